"""A duty of its own for putting right what the letter quality form found (A1.4, annex 4)."""

from django.db import migrations


def seed(apps, schema_editor) -> None:
    names = {"name_zh": "信件质量整改", "name_en": "Put a letter's defects right"}
    apps.get_model("duties", "DutyKind").objects.get_or_create(
        code="letter_rectify", defaults={**names, "counting": "working_days", "amount": 2, "ceiling": 5, "steps": [], "rule": "A1.4"}
    )


def unseed(apps, schema_editor) -> None:
    if not apps.get_model("duties", "Duty").objects.filter(kind="letter_rectify").exists():
        apps.get_model("duties", "DutyKind").objects.filter(code="letter_rectify").delete()


class Migration(migrations.Migration):
    dependencies = [("duties", "0003_referrals")]
    operations = [migrations.RunPython(seed, unseed)]
