"""A duty of its own for what a customer said and another department answers (E14)."""

from django.db import migrations


def seed(apps, schema_editor) -> None:
    names = {"name_zh": "转交事项答复", "name_en": "Answer a referral"}
    apps.get_model("duties", "DutyKind").objects.get_or_create(
        code="referral", defaults={**names, "counting": "working_days", "amount": 1, "ceiling": 3, "steps": [], "rule": "E14"}
    )


def unseed(apps, schema_editor) -> None:
    if not apps.get_model("duties", "Duty").objects.filter(kind="referral").exists():
        apps.get_model("duties", "DutyKind").objects.filter(code="referral").delete()


class Migration(migrations.Migration):
    dependencies = [("duties", "0002_seed")]
    operations = [migrations.RunPython(seed, unseed)]
