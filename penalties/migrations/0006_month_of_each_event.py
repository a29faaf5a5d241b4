"""Each event belongs to the statement of the month it was due in; the penalty policy has its one row."""

from django.db import migrations, models
from django.db.models.functions import TruncMonth
from django.utils import timezone


def fill(apps, schema_editor) -> None:
    month = TruncMonth("due_at", tzinfo=timezone.get_default_timezone(), output_field=models.DateField())
    apps.get_model("penalties", "PenaltyEvent").objects.filter(month=None).update(month=month)
    apps.get_model("penalties", "Policy").objects.get_or_create(pk=1)


def empty(apps, schema_editor) -> None:
    apps.get_model("penalties", "Policy").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("penalties", "0005_months_grace_and_exemptions")]
    operations = [migrations.RunPython(fill, empty)]
