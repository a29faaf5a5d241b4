"""Who pauses a duty's clock."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = ("team_lead", "gm_office")


def give(apps, schema_editor) -> None:
    create_permissions(installed.get_app_config("duties"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    for group, right in _groups(apps):
        group.permissions.add(right)


def take(apps, schema_editor) -> None:
    for group, right in _groups(apps):
        group.permissions.remove(right)


def _groups(apps):
    right = apps.get_model("auth", "Permission").objects.get(content_type__app_label="duties", codename="pause_duty")
    for name in GROUPS:
        yield apps.get_model("auth", "Group").objects.get(name=name), right


class Migration(migrations.Migration):
    dependencies = [("workbench", "0005_saved_views"), ("duties", "0005_kinds_say_it_by_versions")]
    operations = [migrations.RunPython(give, take)]
