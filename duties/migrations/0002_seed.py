"""The working calendar, the working hours and the duty kinds that the agency starts with; all are edited in the browser."""

import csv
from datetime import date, time
from pathlib import Path

from django.db import migrations

CALENDAR = Path(__file__).resolve().parent.parent / "data" / "calendar_cn.csv"
HOURS = [(time(8, 30), time(12)), (time(13, 30), time(17, 30))]
MINUTES, DAYS = "working_minutes", "working_days"
KINDS = [
    # code, Chinese, English, counted in, length, ceiling, steps, rule
    ("intake", "接收案件", "Take in an arrival", MINUTES, 60, 180, [], "A1.1"),
    ("import", "案件导入", "Import a placement", MINUTES, 30, 30, [], "A1.2"),
    ("assignment", "案件分配", "Assign a placement", DAYS, 0, 0, [], "A2.1"),
    ("filtering", "新案过滤", "Filter new cases", DAYS, 2, 4, [[300, 2], [500, 3]], "A3.1"),
    ("registry", "户籍调取", "Submit a registry request", DAYS, 0, 0, [], "A1.3"),
    ("letter_dispatch", "信函寄送", "Dispatch a letter", DAYS, 1, 1, [], "A1.4"),
    ("letter_quality", "信件质量检查", "Check a letter's quality", DAYS, 1, 1, [], "A1.4"),
    ("appeal", "申诉处理", "Decide an appeal", DAYS, 5, 5, [], "A4"),
]


def seed(apps, schema_editor) -> None:
    apps.get_model("duties", "WorkingHours").objects.bulk_create(
        apps.get_model("duties", "WorkingHours")(opens=opens, closes=closes) for opens, closes in HOURS
    )
    kind_model = apps.get_model("duties", "DutyKind")
    names = ("code", "name_zh", "name_en", "counting", "amount", "ceiling", "steps", "rule")
    kind_model.objects.bulk_create(kind_model(**dict(zip(names, row, strict=True))) for row in KINDS)
    day_model = apps.get_model("duties", "CalendarDay")
    with CALENDAR.open(encoding="utf-8", newline="") as file:
        day_model.objects.bulk_create(
            day_model(day=date.fromisoformat(row["day"]), is_working=row["is_working"] == "1", name=row["name"], source=row["source"])
            for row in csv.DictReader(file)
        )


def unseed(apps, schema_editor) -> None:
    for model in ("CalendarDay", "DutyKind", "WorkingHours"):
        apps.get_model("duties", model).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("duties", "0001_initial")]
    operations = [migrations.RunPython(seed, unseed)]
