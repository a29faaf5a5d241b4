"""Head office gives placements to teams and sees to what leads can't; it and administrators keep rules, level capacities and re-assignment."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = {
    "gm_office": ["assign_cases", "plan_teams", "manage_capacity", "manage_level_capacity", "manage_rules", "manage_reassign"],
    "administrator": ["manage_level_capacity", "manage_rules", "manage_reassign"],
}


def give(apps, schema_editor) -> None:
    create_permissions(installed.get_app_config("assignment"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    for group, rights in _groups(apps):
        group.permissions.add(*rights)


def take(apps, schema_editor) -> None:
    for group, rights in _groups(apps):
        group.permissions.remove(*rights)


def _groups(apps):
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="assignment")
    for name, codes in RIGHTS.items():
        yield apps.get_model("auth", "Group").objects.get(name=name), permissions.filter(codename__in=codes)


class Migration(migrations.Migration):
    dependencies = [("workbench", "0002_import_rights"), ("assignment", "0003_rules_scopes_and_jobs")]
    operations = [migrations.RunPython(give, take)]
