"""The GM office edits letter templates too, and approves those of lawyers' letters (CR-27)."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = ["manage_letter_templates", "approve_lawyer_template"]


def give(apps, schema_editor) -> None:
    create_permissions(installed.get_app_config("letters"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    _gm_office(apps).permissions.add(*_rights(apps))


def take(apps, schema_editor) -> None:
    _gm_office(apps).permissions.remove(*_rights(apps))


def _gm_office(apps):
    return apps.get_model("auth", "Group").objects.get(name="gm_office")


def _rights(apps):
    return apps.get_model("auth", "Permission").objects.filter(content_type__app_label="letters", codename__in=RIGHTS)


class Migration(migrations.Migration):
    dependencies = [("workbench", "0008_penalty_rights"), ("letters", "0006_what_letters_are_made_from")]
    operations = [migrations.RunPython(give, take)]
