"""What the forms, the sample and the filled checks of before are in the fuller shape; the day's form and the first sampling rule."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations

SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)

GROUPS = {
    "addressee": "addressee",
    "address": "address",
    "amount": "amount",
    "content": "content",
    "payee": "content",
    "privacy": "envelope",
    "seal": "seal",
    "envelope": "envelope",
    "attachments": "attachments",
    "deadline": "deadline",
    "tracking": "tracking",
}

DAY_ITEMS = [
    # code, Chinese, English, group, slight, ordinary, serious, serious flag
    ("counts", "寄出数量与寄件清单、打印批次一致", "Number dispatched as on the dispatch list and in the print runs", "handover", 8, 14, 20, True),
    ("list", "寄件清单齐全，逐件登记邮件号码", "Dispatch list present, each letter with its tracking number", "handover", 5, 10, 15, False),
    ("receipt", "承运人交接回执已签收并存档", "Carrier's hand-over receipt signed and filed", "handover", 5, 10, 15, False),
    ("deadline", "应寄函件均在规定时限内寄出", "Everything due was sent within its deadline", "deadline", 5, 10, 15, False),
    ("seal", "用印登记与当日函件数量一致", "Seal register agrees with the day's letters", "seal", 5, 10, 15, False),
    ("envelope", "信封封口、标签、邮资符合要求", "Envelopes closed, labelled and stamped as required", "envelope", 3, 6, 10, False),
    ("leftover", "未寄出函件已说明原因并妥善保管", "Letters not sent are explained and kept safely", "handover", 3, 6, 10, False),
]
NAMES = ("code", "name_zh", "name_en", "group", "slight", "general", "weight", "serious")


def seed(apps, schema_editor) -> None:
    form = apps.get_model("letters", "QualityForm")
    newest = form.objects.order_by("-version").first()
    for row in form.objects.all():
        row.items = [_fuller(item) for item in row.items]
        row.save(update_fields=["items"])
    items = [dict(zip(NAMES, item, strict=True)) for item in DAY_ITEMS]
    names = {"name_zh": "信件发送质量监督表（当日寄件）", "name_en": "Letter quality form (a day's dispatch)"}
    form.objects.create(subject="day", items=items, valid_from=SEEDED_AT, **names)
    apps.get_model("letters", "SamplingRule").objects.create(
        version=1,
        every=newest.sample_every if newest else 1,
        amount_from=Decimal(50000),
        template_days=7,
        person_days=30,
        foreign_addresses=True,
        defect_days=30,
        valid_from=SEEDED_AT,
    )
    _keep_filled_forms(apps)


def _fuller(item: dict) -> dict:
    """What a defect cost before is what a serious one costs now; lesser ones cost two thirds and a third."""
    weight = item["weight"]
    group = GROUPS.get(item["code"], "content")
    return item | {"group": group, "slight": max(1, round(weight / 3)), "general": max(1, round(weight * 2 / 3))}


def _keep_filled_forms(apps) -> None:
    defect, rectification = apps.get_model("letters", "QualityDefect"), apps.get_model("letters", "Rectification")
    for check in apps.get_model("letters", "QualityCheck").objects.select_related("form", "letter").iterator():
        items = {item["code"]: item for item in check.form.items}
        for code, is_ok in check.answers.items():
            if not is_ok and code in items:
                defect.objects.create(check_row=check, item=code, severity="serious" if items[code]["serious"] else "general", points=items[code]["weight"])
        if check.old_rectification and check.rectify_by:
            due = datetime.combine(check.rectify_by, datetime.max.time(), tzinfo=UTC)
            rectification.objects.create(
                check_row=check,
                task=check.old_rectification,
                to="dispatcher",
                holder_id=check.letter.dispatched_by_id,
                state="accepted" if check.rectified_at else "open",
                opened_at=check.checked_at,
                due_at=due,
                settled_at=check.rectified_at,
                was_on_time=check.rectified_at <= due if check.rectified_at else None,
            )


def unseed(apps, schema_editor) -> None:
    """Refused by the database once a day's form was filled or a sample drawn: those would have nowhere to go."""
    form = apps.get_model("letters", "QualityForm")
    rule = apps.get_model("letters", "SamplingRule").objects.order_by("-version").first()
    for row in form.objects.filter(subject="letter"):
        row.items = [{key: value for key, value in item.items() if key not in ("group", "slight", "general")} for item in row.items]
        row.sample_every = max(1, rule.every) if rule else 1
        row.save(update_fields=["items", "sample_every"])
    form.objects.filter(subject="day").delete()
    for row in apps.get_model("letters", "Rectification").objects.select_related("check_row"):
        check = row.check_row
        check.old_rectification, check.rectify_by, check.rectified_at = row.task, row.due_at.date(), row.settled_at
        check.save(update_fields=["old_rectification", "rectify_by", "rectified_at"])
    apps.get_model("letters", "Rectification").objects.filter(answers=None).delete()
    apps.get_model("letters", "QualityDefect").objects.all().delete()
    apps.get_model("letters", "SamplingRule").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("letters", "0003_quality_supervision")]
    operations = [migrations.RunPython(seed, unseed)]
