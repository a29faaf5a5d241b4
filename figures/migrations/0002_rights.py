"""Who sees which figures. Everybody has the duty board, with their own duties on it; rows are scoped besides."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = {
    "collector": ["view_activity"],
    "team_lead": ["view_activity", "view_recovery"],
    "gm_office": ["view_activity", "view_recovery", "set_target"],
    "finance": ["view_activity", "view_recovery"],
    "administrator": ["view_activity", "view_recovery", "manage_digest"],
}


def give(apps, schema_editor) -> None:
    create_permissions(installed.get_app_config("figures"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    for group, rights in _groups(apps):
        group.permissions.add(*rights)


def take(apps, schema_editor) -> None:
    for group, rights in _groups(apps):
        group.permissions.remove(*rights)


def _groups(apps):
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="figures")
    for name, codes in RIGHTS.items():
        yield apps.get_model("auth", "Group").objects.get(name=name), permissions.filter(codename__in=codes)


class Migration(migrations.Migration):
    dependencies = [("figures", "0001_initial"), ("workbench", "0001_groups")]
    operations = [migrations.RunPython(give, take)]
