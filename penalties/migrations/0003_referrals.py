"""Annex 1 goes on: a referral that is not answered in time (E14)."""

from datetime import UTC, datetime

from django.db import migrations

START = datetime(2020, 1, 1, tzinfo=UTC)


def seed(apps, schema_editor) -> None:
    rule = {"name_zh": "转交事项未按时答复", "name_en": "Referral not answered on time", "severity": "minor", "points": 1, "valid_from": START}
    apps.get_model("penalties", "PenaltyRule").objects.get_or_create(duty_kind_id="referral", defaults=rule)


def unseed(apps, schema_editor) -> None:
    """Only while nobody was held to it: an event keeps the rule that it came of."""
    apps.get_model("penalties", "PenaltyRule").objects.filter(duty_kind="referral", events=None).delete()


class Migration(migrations.Migration):
    dependencies = [("penalties", "0002_seed"), ("duties", "0003_referrals")]
    operations = [migrations.RunPython(seed, unseed)]
