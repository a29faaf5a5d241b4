"""Groups and what each may do (domain.md, "Who may do what"). A person may hold several groups; rows are always scoped besides."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = {
    "supply_chain": [
        "cases.view_arrival",
        "cases.register_arrival",
        "cases.view_placement",
        "duties.extend_duty",
        "letters.view_letter",
        "letters.check_quality",
    ],
    "data_specialist": ["cases.view_arrival", "cases.view_placement", "cases.import_placement"],
    "team_lead": [
        "cases.view_placement",
        "cases.view_case",
        "cases.work_case",
        "cases.stop_case",
        "cases.reveal_personal_data",
        "cases.export_cases",
        "cases.approve_registry",
        "assignment.assign_cases",
        "assignment.manage_capacity",
        "calls.view_records",
        "compliance.enter_instruction",
        "compliance.view_contactpolicy",
        "duties.extend_duty",
        "duties.hand_over_duty",
        "letters.view_letter",
        "letters.request_letter",
        "letters.approve_letter",
    ],
    "collector": [
        "cases.view_case",
        "cases.work_case",
        "cases.reveal_personal_data",
        "cases.request_registry",
        "calls.record_call",
        "calls.view_records",
        "letters.view_letter",
        "letters.request_letter",
    ],
    "data_centre": ["cases.handle_registry"],
    "admin_office": ["letters.view_letter", "letters.dispatch_letter"],
    "quality": ["compliance.view_contactpolicy", "letters.view_letter", "letters.check_quality"],
    "gm_office": [
        "audit.read_trail",
        "cases.view_arrival",
        "cases.delegate_arrival",
        "cases.view_placement",
        "cases.view_case",
        "cases.stop_case",
        "cases.approve_registry",
        "calls.view_records",
        "compliance.approve_instruction",
        "compliance.view_contactpolicy",
        "duties.extend_duty",
        "duties.hand_over_duty",
        "duties.manage_calendar",
        "letters.view_letter",
        "letters.approve_letter",
        "letters.approve_lawyer_letter",
        "penalties.view_all_events",
        "penalties.decide_appeals",
        "penalties.manage_schedule",
    ],
    "finance": [],
    "administrator": [
        "audit.read_trail",
        "staff.manage_people",
        "cases.manage_clients",
        "duties.manage_calendar",
        "calls.manage_outcomes",
        "compliance.enter_instruction",
        "compliance.manage_policies",
        "compliance.manage_scripts",
        "compliance.view_contactpolicy",
        "letters.manage_letter_templates",
        "penalties.manage_schedule",
        "assignment.manage_capacity",
    ],
}


def make_groups(apps, schema_editor) -> None:
    for config in installed.get_app_configs():
        create_permissions(config, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in permission_model.objects.select_related("content_type")}
    for name, permissions in GROUPS.items():
        group, _ = group_model.objects.get_or_create(name=name)
        group.permissions.set([known[permission] for permission in permissions])


def remove_groups(apps, schema_editor) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("assignment", "0001_initial"),
        ("audit", "0001_initial"),
        ("calls", "0001_initial"),
        ("cases", "0001_initial"),
        ("compliance", "0001_initial"),
        ("duties", "0001_initial"),
        ("letters", "0001_initial"),
        ("penalties", "0001_initial"),
        ("staff", "0001_initial"),
    ]
    operations = [migrations.RunPython(make_groups, remove_groups)]
