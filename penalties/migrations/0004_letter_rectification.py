"""Annex 1 goes on: defects of a letter that are not put right in time (A1.4, annex 4)."""

from datetime import UTC, datetime

from django.db import migrations

START = datetime(2020, 1, 1, tzinfo=UTC)


def seed(apps, schema_editor) -> None:
    rule = {"name_zh": "信件质量问题未按时整改", "name_en": "Letter's defects not put right on time", "severity": "ordinary", "points": 2, "valid_from": START}
    apps.get_model("penalties", "PenaltyRule").objects.get_or_create(duty_kind_id="letter_rectify", defaults=rule)


def unseed(apps, schema_editor) -> None:
    """Only while nobody was held to it: an event keeps the rule that it came of."""
    apps.get_model("penalties", "PenaltyRule").objects.filter(duty_kind="letter_rectify", events=None).delete()


class Migration(migrations.Migration):
    dependencies = [("penalties", "0003_referrals"), ("duties", "0006_letter_rectification")]
    operations = [migrations.RunPython(seed, unseed)]
