"""A duty of its own for putting right what the letter quality form found (A1.4, annex 4)."""

from datetime import UTC, datetime

from django.db import migrations

START = datetime(2020, 1, 1, tzinfo=UTC)


def seed(apps, schema_editor) -> None:
    names = {"name_zh": "信件质量整改", "name_en": "Put a letter's defects right", "rule": "A1.4"}
    kind, is_new = apps.get_model("duties", "DutyKind").objects.get_or_create(code="letter_rectify", defaults=names)
    if is_new:
        apps.get_model("duties", "DutyKindVersion").objects.create(kind=kind, counting="working_days", amount=2, ceiling=5, valid_from=START)


def unseed(apps, schema_editor) -> None:
    if not apps.get_model("duties", "Duty").objects.filter(kind="letter_rectify").exists():
        apps.get_model("duties", "DutyKind").objects.filter(code="letter_rectify").delete()


class Migration(migrations.Migration):
    dependencies = [("duties", "0005_kinds_say_it_by_versions")]
    operations = [migrations.RunPython(seed, unseed)]
