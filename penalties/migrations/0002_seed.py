"""The penalty schedule (annex 1) that the agency starts with: one rule for every duty kind; edited in the browser."""

from datetime import UTC, datetime

from django.db import migrations

START = datetime(2020, 1, 1, tzinfo=UTC)
RULES = [
    # duty kind, Chinese, English, grade, points
    ("intake", "未按时接收案件", "Arrival not taken in on time", "ordinary", 2),
    ("import", "未按时导入案件", "Placement not imported on time", "ordinary", 2),
    ("assignment", "未当日分案", "Placement not assigned the same day", "ordinary", 3),
    ("filtering", "新案过滤超期", "New cases not filtered on time", "serious", 5),
    ("registry", "户籍调取未当日提交", "Registry request not submitted the same day", "ordinary", 2),
    ("letter_dispatch", "信函未按时寄出", "Letter not dispatched on time", "ordinary", 2),
    ("letter_quality", "未按时填写质量监督表", "Letter quality form not filled on time", "minor", 1),
    ("appeal", "申诉未按时处理", "Appeal not decided on time", "minor", 1),
]


def seed(apps, schema_editor) -> None:
    model = apps.get_model("penalties", "PenaltyRule")
    names = ("duty_kind_id", "name_zh", "name_en", "severity", "points")
    model.objects.bulk_create(model(valid_from=START, **dict(zip(names, row, strict=True))) for row in RULES)


def unseed(apps, schema_editor) -> None:
    apps.get_model("penalties", "PenaltyRule").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("penalties", "0001_initial"), ("duties", "0002_seed")]
    operations = [migrations.RunPython(seed, unseed)]
