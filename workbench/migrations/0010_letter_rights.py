"""Leads and head office keep rules that ask for letters; so head office may ask for letters too (somebody else approves them)."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = {"team_lead": ["manage_letter_rules"], "gm_office": ["manage_letter_rules", "request_letter"]}


def give(apps, schema_editor) -> None:
    create_permissions(installed.get_app_config("letters"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    for group, rights in _groups(apps):
        group.permissions.add(*rights)


def take(apps, schema_editor) -> None:
    for group, rights in _groups(apps):
        group.permissions.remove(*rights)


def _groups(apps):
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="letters")
    for name, codes in RIGHTS.items():
        yield apps.get_model("auth", "Group").objects.get(name=name), permissions.filter(codename__in=codes)


class Migration(migrations.Migration):
    dependencies = [("workbench", "0009_letter_template_rights"), ("letters", "0008_letter_flow")]
    operations = [migrations.RunPython(give, take)]
