"""Who looks at call issues, lifts flags, answers referrals, keeps the company's quick texts, enters notices of entrustment."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = {
    "team_lead": ["review_issues", "lift_flags", "answer_referrals", "manage_quick_texts", "note_entrustment"],
    "quality": ["review_issues", "answer_referrals", "view_records"],
    "gm_office": ["review_issues", "lift_flags", "answer_referrals"],
    "finance": ["answer_referrals"],
    "data_specialist": ["answer_referrals", "note_entrustment"],
    "data_centre": ["answer_referrals"],
    "administrator": ["manage_quick_texts", "note_entrustment"],
}


def give(apps, schema_editor) -> None:
    for name in ("calls", "compliance"):
        create_permissions(installed.get_app_config(name), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    for group, rights in _groups(apps):
        group.permissions.add(*rights)


def take(apps, schema_editor) -> None:
    for group, rights in _groups(apps):
        group.permissions.remove(*rights)


def _groups(apps):
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label__in=["calls", "compliance"])
    for name, codes in RIGHTS.items():
        yield apps.get_model("auth", "Group").objects.get(name=name), permissions.filter(codename__in=codes)


class Migration(migrations.Migration):
    dependencies = [
        ("workbench", "0003_assignment_rights"),
        ("calls", "0003_dials_amendments_and_referrals"),
        ("compliance", "0003_flags_wishes_and_warnings"),
    ]
    operations = [migrations.RunPython(give, take)]
