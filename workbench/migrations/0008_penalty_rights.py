"""The GM office closes monthly statements and turns money penalties on."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = ("close_months", "turn_on_money")


def give(apps, schema_editor) -> None:
    create_permissions(installed.get_app_config("penalties"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    _gm_office(apps).permissions.add(*_rights(apps))


def take(apps, schema_editor) -> None:
    _gm_office(apps).permissions.remove(*_rights(apps))


def _gm_office(apps):
    return apps.get_model("auth", "Group").objects.get(name="gm_office")


def _rights(apps):
    return apps.get_model("auth", "Permission").objects.filter(content_type__app_label="penalties", codename__in=RIGHTS)


class Migration(migrations.Migration):
    dependencies = [("workbench", "0007_quality_rights"), ("penalties", "0005_months_grace_and_exemptions")]
    operations = [migrations.RunPython(give, take)]
