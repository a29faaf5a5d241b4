"""The lengths leave the kinds; pauses, hand-overs, department hours and who changed a day come in. No row of a large table is rewritten."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def forget_departments(apps, schema_editor) -> None:
    apps.get_model("duties", "WorkingHours").objects.exclude(department="").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0004_versions_and_pauses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="when")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
            ],
            options={
                "verbose_name": "hand-over of a duty",
                "verbose_name_plural": "hand-overs of duties",
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="duty",
            options={
                "default_permissions": (),
                "permissions": [
                    ("extend_duty", "Can extend a duty"),
                    ("hand_over_duty", "Can give a duty to somebody else"),
                    ("pause_duty", "Can pause the clock of a duty"),
                ],
                "verbose_name": "duty",
                "verbose_name_plural": "duties",
            },
        ),
        migrations.RemoveConstraint(
            model_name="dutykind",
            name="duties_counting_known",
        ),
        migrations.RemoveConstraint(
            model_name="dutykind",
            name="duties_ceiling_not_below_length",
        ),
        # With a default, so that the way back can put the columns in again before their values.
        migrations.AlterField("dutykind", "amount", models.PositiveIntegerField(default=0, verbose_name="length")),
        migrations.AlterField("dutykind", "ceiling", models.PositiveIntegerField(default=0, verbose_name="longest, extensions included")),
        migrations.AlterField("dutykind", "counting", models.CharField(default="working_days", max_length=20, verbose_name="counted in")),
        migrations.RemoveField(
            model_name="dutykind",
            name="amount",
        ),
        migrations.RemoveField(
            model_name="dutykind",
            name="ceiling",
        ),
        migrations.RemoveField(
            model_name="dutykind",
            name="counting",
        ),
        migrations.RemoveField(
            model_name="dutykind",
            name="steps",
        ),
        migrations.AddField(
            model_name="calendarday",
            name="changed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="changed"),
        ),
        migrations.AddField(
            model_name="calendarday",
            name="changed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="changed by",
            ),
        ),
        migrations.AddField(
            model_name="duty",
            name="pause_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="reason for the pause"),
        ),
        migrations.AddField(
            model_name="duty",
            name="paused_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="paused"),
        ),
        migrations.AddField(
            model_name="duty",
            name="paused_for",
            field=models.DurationField(default=datetime.timedelta, verbose_name="paused for"),
        ),
        migrations.AddField(
            model_name="workinghours",
            name="department",
            field=models.CharField(
                blank=True,
                choices=[
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
                ],
                max_length=20,
                verbose_name="department",
            ),
        ),
        migrations.AlterField(
            model_name="workinghours",
            name="closes",
            field=models.TimeField(verbose_name="to"),
        ),
        migrations.AlterField(
            model_name="workinghours",
            name="opens",
            field=models.TimeField(verbose_name="from"),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(("paused_at", None), models.Q(("cancelled_at", None), ("met_at", None), ("missed_at", None)), _connector="OR"),
                name="duties_only_what_runs_is_paused",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutykindversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("counting__in", ["working_minutes", "clock_minutes", "working_days"])), name="duties_counting_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="dutykindversion",
            constraint=models.CheckConstraint(condition=models.Q(("ceiling__gte", models.F("amount"))), name="duties_ceiling_not_below_length"),
        ),
        migrations.AddConstraint(
            model_name="dutykindversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_warning__gte", models.F("first_warning")), ("last_warning__lte", 100)), name="duties_warnings_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="dutykindversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"), name="duties_version_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="dutykindversion",
            constraint=models.UniqueConstraint(fields=("kind", "version"), name="duties_version_once"),
        ),
        migrations.AddConstraint(
            model_name="dutykindversion",
            constraint=models.UniqueConstraint(condition=models.Q(("valid_to", None)), fields=("kind",), name="duties_one_last_version"),
        ),
        migrations.AddConstraint(
            model_name="workinghours",
            constraint=models.UniqueConstraint(fields=("department", "opens"), name="duties_hours_open_once"),
        ),
        migrations.AddField(
            model_name="handover",
            name="by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="duty",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="hand_overs", to="duties.duty", verbose_name="duty"),
        ),
        migrations.AddField(
            model_name="handover",
            name="from_person",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="from"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="to_person",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="to"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(condition=models.Q(("from_person", models.F("to_person")), _negated=True), name="duties_handed_to_somebody_else"),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_departments),
    ]
