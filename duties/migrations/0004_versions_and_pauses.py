"""Kinds keep their versions, working hours know their department, clocks can be paused, hand-overs are remembered."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

START = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
ROLES = [
    ("supply_chain", "Supply chain"),
    ("data_specialist", "Data specialist"),
    ("team_lead", "Team lead"),
    ("collector", "Collector"),
    ("data_centre", "Data centre"),
    ("admin_office", "Admin office"),
    ("quality", "Quality supervision"),
    ("gm_office", "GM office"),
    ("finance", "Finance"),
    ("administrator", "Administrator"),
]
COUNTING = [
    ("working_minutes", "working minutes"),
    ("clock_minutes", "clock minutes"),
    ("working_days", "working days, to close of business"),
]
TERMS = ("counting", "amount", "ceiling", "steps")
HELD_BY = {
    "intake": "supply_chain",
    "import": "data_specialist",
    "assignment": "team_lead",
    "filtering": "collector",
    "registry": "data_centre",
    "letter_dispatch": "admin_office",
    "letter_quality": "quality",
    "appeal": "gm_office",
}
# Where somebody outside may have to be waited for. Intake and filtering have ceilings of the procedure (A1.1, A3.1) instead.
PAUSED = ("import", "assignment", "registry", "letter_dispatch", "referral")
PERSON = settings.AUTH_USER_MODEL


def person(**options) -> models.ForeignKey:
    return models.ForeignKey(PERSON, on_delete=django.db.models.deletion.PROTECT, related_name="+", db_index=False, **options)


def keep_versions(apps, schema_editor) -> None:
    version = apps.get_model("duties", "DutyKindVersion")
    version.objects.bulk_create(
        version(
            kind=kind,
            department=HELD_BY.get(kind.code, ""),
            may_pause=kind.code in PAUSED,
            valid_from=START,
            **{name: getattr(kind, name) for name in TERMS},
        )
        for kind in apps.get_model("duties", "DutyKind").objects.all()
    )


def put_back(apps, schema_editor) -> None:
    for version in apps.get_model("duties", "DutyKindVersion").objects.filter(valid_to=None):
        apps.get_model("duties", "DutyKind").objects.filter(pk=version.kind_id).update(**{name: getattr(version, name) for name in TERMS})


class Migration(migrations.Migration):
    dependencies = [("duties", "0003_referrals"), ("staff", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="DutyKindVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("counting", models.CharField(choices=COUNTING, max_length=20, verbose_name="counted in")),
                ("amount", models.PositiveIntegerField(verbose_name="length")),
                ("ceiling", models.PositiveIntegerField(verbose_name="longest, extensions included")),
                ("steps", models.JSONField(blank=True, default=list, verbose_name="length by accounts")),
                ("department", models.CharField(blank=True, choices=ROLES, max_length=20, verbose_name="held by")),
                ("first_warning", models.PositiveSmallIntegerField(default=50, verbose_name="first warning, percent of the time")),
                ("last_warning", models.PositiveSmallIntegerField(default=90, verbose_name="last warning, percent of the time")),
                ("tells_lead", models.BooleanField(default=True, verbose_name="the lead is told with the last warning")),
                ("may_pause", models.BooleanField(default=False, verbose_name="may be paused")),
                ("valid_from", models.DateTimeField(verbose_name="valid from")),
                ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="valid to")),
                ("created_by", person(null=True, blank=True)),
                (
                    "kind",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="duties.dutykind", verbose_name="duty"),
                ),
            ],
            options={
                "verbose_name": "version of a duty kind",
                "verbose_name_plural": "versions of duty kinds",
                "default_permissions": (),
            },
        ),
        migrations.RunPython(keep_versions, put_back),
    ]
