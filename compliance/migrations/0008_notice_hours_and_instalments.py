"""The bank's notice of entrustment is asked for from the first day (CR-19); hours of business clients (CR-02); instalments (CR-33)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import migrations

START = datetime(2025, 2, 28, tzinfo=ZoneInfo("Asia/Shanghai"))
POLICIES = [
    # key, rule, layer, value, source
    ("entrustment.notice", "CR-19", "company", {"limit": 1}, "银行保险机构消费者权益保护管理办法 第41条"),
    (
        "contact.window.business",
        "CR-02",
        "company",
        {"spans": [["09:30", "11:30"], ["14:00", "17:00"]], "weekdays": True, "month_end": 2},
        "催收电话管理制度 C3.2",
    ),
    ("instalment.max_months", "CR-33", "law", {"limit": 60}, "商业银行信用卡业务监督管理办法 第70条"),
]


def seed(apps, schema_editor) -> None:
    policies = apps.get_model("compliance", "ContactPolicy").objects
    for key, rule, layer, value, source in POLICIES:
        if not policies.filter(key=key, layer=layer).exists():  # somebody put it in force already
            policies.create(key=key, rule=rule, layer=layer, value=value, source=source, version=1, valid_from=START)


def unseed(apps, schema_editor) -> None:
    apps.get_model("compliance", "ContactPolicy").objects.filter(key__in=[row[0] for row in POLICIES], created_by=None).delete()


class Migration(migrations.Migration):
    dependencies = [("compliance", "0007_agreements_and_notices")]
    operations = [migrations.RunPython(seed, unseed)]
