"""Statements by month, appeals' files, grace, repeats and exemptions; fewer indexes on events, because each missed duty pays for every one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0005_kinds_say_it_by_versions"),
        ("penalties", "0004_letter_rectification"),
        ("staff", "0002_people_at_work"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AppealFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                ("file", models.FileField(upload_to="appeals/%Y/%m")),
                ("size", models.PositiveIntegerField(verbose_name="size")),
                ("sha256", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "file of an appeal",
                "verbose_name_plural": "files of appeals",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ClosedMonth",
            fields=[
                ("month", models.DateField(primary_key=True, serialize=False, verbose_name="month")),
                ("closed_at", models.DateTimeField(verbose_name="closed")),
                ("events", models.PositiveIntegerField(verbose_name="missed duties")),
                ("points", models.IntegerField(verbose_name="points")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("reopened_at", models.DateTimeField(blank=True, null=True, verbose_name="reopened")),
                ("reopen_reason", models.CharField(blank=True, max_length=300, verbose_name="why reopened")),
            ],
            options={
                "verbose_name": "closed month",
                "verbose_name_plural": "closed months",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(db_index=True, verbose_name="month")),
                ("points", models.IntegerField(verbose_name="points")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=10, verbose_name="amount")),
                ("made_at", models.DateTimeField(verbose_name="made")),
            ],
            options={
                "verbose_name": "correction",
                "verbose_name_plural": "corrections",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Exemption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("created_at", models.DateTimeField(verbose_name="entered")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back")),
            ],
            options={
                "verbose_name": "exemption",
                "verbose_name_plural": "exemptions",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("appeal_days", models.PositiveSmallIntegerField(default=5, verbose_name="days for an appeal")),
                ("uses_money", models.BooleanField(default=False, verbose_name="money counts beside points")),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "penalty policy",
                "verbose_name_plural": "penalty policy",
                "permissions": [("turn_on_money", "Can turn on money penalties"), ("close_months", "Can close monthly statements")],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="penaltyevent",
            name="amount",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=10, verbose_name="amount"),
        ),
        migrations.AddField(
            model_name="penaltyevent",
            name="month",
            field=models.DateField(null=True, verbose_name="month"),
        ),
        migrations.AddField(
            model_name="penaltyevent",
            name="relief",
            field=models.CharField(
                blank=True, choices=[("grace", "Done within the grace time"), ("exemption", "Exempt")], max_length=10, verbose_name="why it costs nothing"
            ),
        ),
        migrations.AddField(
            model_name="penaltyevent",
            name="repeat_no",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="so many times in the month"),
        ),
        migrations.AddField(
            model_name="penaltyrule",
            name="grace_minutes",
            field=models.PositiveIntegerField(default=0, verbose_name="grace, minutes"),
        ),
        migrations.AddField(
            model_name="penaltyrule",
            name="repeat_multiplier",
            field=models.DecimalField(decimal_places=2, default=1, max_digits=4, verbose_name="times, when repeated within a month"),
        ),
        migrations.AlterField(
            model_name="penaltyevent",
            name="person",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="penalty_events", to=settings.AUTH_USER_MODEL, verbose_name="person"
            ),
        ),
        migrations.AlterField(
            model_name="penaltyevent",
            name="rule",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="penalties.penaltyrule",
                verbose_name="rule",
            ),
        ),
        migrations.AlterField(
            model_name="penaltyevent",
            name="team",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="penalty_events",
                to="staff.team",
                verbose_name="team",
            ),
        ),
        migrations.AlterField(
            model_name="penaltyevent",
            name="waived_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="waived by",
            ),
        ),
        migrations.AddConstraint(
            model_name="penaltyrule",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="penalties_rule_amount_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="penaltyrule",
            constraint=models.CheckConstraint(condition=models.Q(("repeat_multiplier__gte", 1)), name="penalties_repeated_costs_no_less"),
        ),
        migrations.AddField(
            model_name="appealfile",
            name="appeal",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="files", to="penalties.appeal", verbose_name="appeal"),
        ),
        migrations.AddField(
            model_name="closedmonth",
            name="closed_by",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="closed by"
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="event",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="correction", to="penalties.penaltyevent", verbose_name="penalty event"
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="made_by",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="made by"
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="created_by",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="entered by"
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="duty_kind",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="duties.dutykind", verbose_name="duty"
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="person",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="person"
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="team",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.team", verbose_name="team"),
        ),
        migrations.AddField(
            model_name="penaltyevent",
            name="exemption",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="penalties.exemption",
                verbose_name="exemption",
            ),
        ),
        migrations.AddIndex(
            model_name="penaltyevent",
            index=models.Index(fields=["month", "person"], name="penalties_of_month"),
        ),
        migrations.AddConstraint(
            model_name="penaltyevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("relief", ""), models.Q(("amount", 0), ("points", 0), ("relief__in", ["grace", "exemption"])), _connector="OR"),
                name="penalties_relief_costs_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="penaltyevent",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="penalties_amount_not_negative"),
        ),
        migrations.AddField(
            model_name="policy",
            name="changed_by",
            field=models.ForeignKey(
                blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="appealfile",
            constraint=models.UniqueConstraint(fields=("appeal", "sha256"), name="penalties_appeal_file_once"),
        ),
        migrations.AddConstraint(
            model_name="closedmonth",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="penalties_month_by_its_first_day"),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(condition=models.Q(("amount__lte", 0), ("points__lte", 0)), name="penalties_correction_lowers"),
        ),
        migrations.AddIndex(
            model_name="exemption",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["starts_at", "ends_at"], name="penalties_exemptions_in_force"),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="penalties_exemption_ends_after_it_starts"),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(condition=models.Q(("pk", 1)), name="penalties_one_policy"),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(condition=models.Q(("appeal_days__gte", 1)), name="penalties_time_for_an_appeal"),
        ),
    ]
