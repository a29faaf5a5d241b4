"""Who sees results of letter quality, edits its forms and sampling, and releases what a serious defect holds (A1.4, annex 4)."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = {
    "supply_chain": ["view_quality"],
    "quality": ["view_quality", "manage_quality"],
    "gm_office": ["view_quality", "manage_quality", "release_letters"],
    "administrator": ["manage_quality"],
    "team_lead": ["view_quality"],
    "admin_office": ["view_quality"],
}


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
    dependencies = [("workbench", "0006_duty_rights"), ("letters", "0005_quality_old_columns")]
    operations = [migrations.RunPython(give, take)]
