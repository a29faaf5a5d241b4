"""Data specialists may import the good rows of a file and leave bad ones out, with a reason; whoever wants all or nothing takes the right from the group."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations


def give(apps, schema_editor) -> None:
    create_permissions(installed.get_app_config("cases"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    _group(apps).permissions.add(_right(apps))


def take(apps, schema_editor) -> None:
    _group(apps).permissions.remove(_right(apps))


def _group(apps):
    return apps.get_model("auth", "Group").objects.get(name="data_specialist")


def _right(apps):
    return apps.get_model("auth", "Permission").objects.get(content_type__app_label="cases", codename="leave_rows_out")


class Migration(migrations.Migration):
    dependencies = [("workbench", "0001_groups"), ("cases", "0003_import_kinds")]
    operations = [migrations.RunPython(give, take)]
