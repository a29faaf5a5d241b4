"""Limits that came with the workbench: the gap between conversations, promises, amendments, numbers shown. All are edited in the browser."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import migrations

START = datetime(2025, 2, 28, tzinfo=ZoneInfo("Asia/Shanghai"))
DEFAULT = "公司默认值"
POLICIES = [
    # key, rule, figure; the strict profile (CR-06) and the notice of entrustment (CR-19) are off until somebody enters them
    ("voice.effective.gap_minutes", "CR-05", 120),
    ("promise.least_amount", "PTP", 100),
    ("promise.max_broken_in_row", "PTP", 3),
    ("promise.grace_days", "PTP", 1),
    ("record.amend_minutes", "E14", 120),
    ("call.disclosed_per_user_day", "CR-46", 300),
]


def seed(apps, schema_editor) -> None:
    policies = apps.get_model("compliance", "ContactPolicy").objects
    for key, rule, figure in POLICIES:
        policies.get_or_create(key=key, layer="company", version=1, defaults={"rule": rule, "value": {"limit": figure}, "source": DEFAULT, "valid_from": START})


def unseed(apps, schema_editor) -> None:
    apps.get_model("compliance", "ContactPolicy").objects.filter(key__in=[key for key, _rule, _figure in POLICIES]).delete()


class Migration(migrations.Migration):
    dependencies = [("compliance", "0003_flags_wishes_and_warnings")]
    operations = [migrations.RunPython(seed, unseed)]
