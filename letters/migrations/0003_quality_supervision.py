"""Annex 4 in full: forms for a letter and for a day, defects by item, the sample, rectification, photos, holds."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("letters", "0002_seed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField("qualitycheck", "defects", "remark"),
        migrations.RenameField("qualitycheck", "rectification", "old_rectification"),
        migrations.AlterField("qualitycheck", "remark", models.TextField(blank=True, verbose_name="remark")),
        migrations.CreateModel(
            name="DispatchDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("seed", models.PositiveIntegerField(verbose_name="seed")),
                ("letters", models.PositiveIntegerField(default=0, verbose_name="letters")),
            ],
            options={
                "verbose_name": "day's dispatch",
                "verbose_name_plural": "days' dispatch",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField(verbose_name="place in the day")),
                ("facts", models.JSONField()),
                ("reasons", models.JSONField(default=list)),
                ("is_drawn", models.BooleanField(verbose_name="to check")),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "drawn letter",
                "verbose_name_plural": "drawn letters",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="LetterHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
                ("placed_at", models.DateTimeField(verbose_name="held")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="released")),
                ("release_reason", models.CharField(blank=True, max_length=300, verbose_name="why released")),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "permissions": [("release_letters", "Can release letters that a serious defect holds")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="QualityDefect",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=30, verbose_name="item")),
                (
                    "severity",
                    models.CharField(choices=[("slight", "Slight"), ("general", "Ordinary"), ("serious", "Serious")], max_length=8, verbose_name="severity"),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="what is wrong")),
                ("points", models.PositiveSmallIntegerField(verbose_name="points")),
            ],
            options={
                "verbose_name": "defect",
                "verbose_name_plural": "defects",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="QualityDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("values", models.JSONField()),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="QualityPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(upload_to="quality/%Y/%m")),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("uploaded_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "photo",
                "verbose_name_plural": "photos",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Rectification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.TextField(verbose_name="to put right")),
                (
                    "to",
                    models.CharField(
                        choices=[("dispatcher", "Who dispatched it"), ("template", "Who wrote the template")], max_length=10, verbose_name="by whom"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "To put right"), ("answered", "To check again"), ("accepted", "Put right"), ("cancelled", "Not needed any more")],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="asked")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled")),
                ("was_on_time", models.BooleanField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "rectification",
                "verbose_name_plural": "rectifications",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RectificationAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="what was done")),
                ("answered_at", models.DateTimeField(verbose_name="answered")),
                ("was_on_time", models.BooleanField()),
                ("is_accepted", models.BooleanField(blank=True, null=True)),
                ("verdict", models.CharField(blank=True, max_length=300, verbose_name="what the second look says")),
                ("judged_at", models.DateTimeField(blank=True, null=True, verbose_name="checked")),
            ],
            options={
                "verbose_name": "answer",
                "verbose_name_plural": "answers",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SamplingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(unique=True, verbose_name="version")),
                ("every", models.PositiveSmallIntegerField(default=1, verbose_name="check one letter in")),
                ("lawyers_letters", models.BooleanField(default=True, verbose_name="every lawyer's letter")),
                (
                    "amount_from",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="every letter about this amount or more"),
                ),
                ("template_days", models.PositiveSmallIntegerField(default=0, verbose_name="days that a new version of a template is watched")),
                ("person_days", models.PositiveSmallIntegerField(default=0, verbose_name="days that somebody new to dispatching is watched")),
                ("foreign_addresses", models.BooleanField(default=False, verbose_name="every address that is not from the bank's file")),
                ("defect_days", models.PositiveSmallIntegerField(default=0, verbose_name="days that earlier defects count")),
                ("defects_from", models.PositiveSmallIntegerField(default=2, verbose_name="letters with defects that make a risk")),
                ("valid_from", models.DateTimeField(verbose_name="valid from")),
            ],
            options={
                "verbose_name": "sampling rule",
                "verbose_name_plural": "sampling rules",
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="qualitycheck",
            options={
                "default_permissions": (),
                "permissions": [("check_quality", "Can fill letter quality forms"), ("view_quality", "Can see results of letter quality")],
                "verbose_name": "letter quality check",
                "verbose_name_plural": "letter quality checks",
            },
        ),
        migrations.AlterModelOptions(
            name="qualityform",
            options={
                "default_permissions": (),
                "permissions": [("manage_quality", "Can edit the quality forms and the sampling rule")],
                "verbose_name": "letter quality form",
                "verbose_name_plural": "letter quality forms",
            },
        ),
        migrations.RemoveConstraint(
            model_name="qualityform",
            name="letters_quality_form_version_once",
        ),
        migrations.RemoveConstraint(
            model_name="qualityform",
            name="letters_sample_at_least_one",
        ),
        migrations.AddField(
            model_name="qualitycheck",
            name="amended_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="amended"),
        ),
        migrations.AddField(
            model_name="qualitycheck",
            name="facts",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="qualityform",
            name="created_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="entered by"
            ),
        ),
        migrations.AddField(
            model_name="qualityform",
            name="serious_below",
            field=models.PositiveSmallIntegerField(default=60, verbose_name="serious below"),
        ),
        migrations.AddField(
            model_name="qualityform",
            name="subject",
            field=models.CharField(choices=[("letter", "One letter"), ("day", "A day's dispatch")], default="letter", max_length=8, verbose_name="filled for"),
        ),
        migrations.AlterField(
            model_name="qualitycheck",
            name="letter",
            field=models.OneToOneField(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="quality_check", to="letters.letter", verbose_name="letter"
            ),
        ),
        migrations.AddConstraint(
            model_name="qualityform",
            constraint=models.UniqueConstraint(fields=("subject", "version"), name="letters_quality_form_subject_version_once"),
        ),
        migrations.AddConstraint(
            model_name="qualityform",
            constraint=models.CheckConstraint(condition=models.Q(("subject__in", ["letter", "day"])), name="letters_quality_form_subject_known"),
        ),
        migrations.AddConstraint(
            model_name="qualityform",
            constraint=models.CheckConstraint(condition=models.Q(("serious_below__lte", 100)), name="letters_serious_below_at_most_100"),
        ),
        migrations.AddField(
            model_name="qualitycheck",
            name="dispatch_day",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="quality_check",
                to="letters.dispatchday",
                verbose_name="day's dispatch",
            ),
        ),
        migrations.AddIndex(
            model_name="qualitycheck",
            index=models.Index(fields=["-checked_at", "grade"], name="letters_checks_latest"),
        ),
        migrations.AddConstraint(
            model_name="qualitycheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dispatch_day", None), ("letter__isnull", False)), models.Q(("dispatch_day__isnull", False), ("letter", None)), _connector="OR"
                ),
                name="letters_check_of_a_letter_or_a_day",
            ),
        ),
        migrations.AddField(
            model_name="draw",
            name="dispatch_day",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="draws", to="letters.dispatchday", verbose_name="day's dispatch"),
        ),
        migrations.AddField(
            model_name="draw",
            name="letter",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="draw", to="letters.letter", verbose_name="letter"),
        ),
        migrations.AddField(
            model_name="letterhold",
            name="check_row",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="letters.qualitycheck", verbose_name="filled form"
            ),
        ),
        migrations.AddField(
            model_name="letterhold",
            name="placed_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="held by"),
        ),
        migrations.AddField(
            model_name="letterhold",
            name="print_run",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="letters.printrun", verbose_name="print run"
            ),
        ),
        migrations.AddField(
            model_name="letterhold",
            name="released_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="released by"
            ),
        ),
        migrations.AddField(
            model_name="letterhold",
            name="template",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="letters.lettertemplate", verbose_name="template"
            ),
        ),
        migrations.AddField(
            model_name="qualitydefect",
            name="check_row",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="defects", to="letters.qualitycheck"),
        ),
        migrations.AddField(
            model_name="qualitydraft",
            name="dispatch_day",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="letters.dispatchday"),
        ),
        migrations.AddField(
            model_name="qualitydraft",
            name="letter",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="letters.letter"),
        ),
        migrations.AddField(
            model_name="qualitydraft",
            name="person",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="qualityphoto",
            name="dispatch_day",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="quality_photos", to="letters.dispatchday"
            ),
        ),
        migrations.AddField(
            model_name="qualityphoto",
            name="letter",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="quality_photos", to="letters.letter"),
        ),
        migrations.AddField(
            model_name="qualityphoto",
            name="uploaded_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="rectification",
            name="check_row",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="rectification", to="letters.qualitycheck", verbose_name="filled form"
            ),
        ),
        migrations.AddField(
            model_name="rectification",
            name="holder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rectifications", to=settings.AUTH_USER_MODEL, verbose_name="held by"
            ),
        ),
        migrations.AddField(
            model_name="rectificationanswer",
            name="answered_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="answered by"),
        ),
        migrations.AddField(
            model_name="rectificationanswer",
            name="judged_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="checked by"
            ),
        ),
        migrations.AddField(
            model_name="rectificationanswer",
            name="rectification",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="letters.rectification"),
        ),
        migrations.AddField(
            model_name="qualityphoto",
            name="answer",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="letters.rectificationanswer"
            ),
        ),
        migrations.AddField(
            model_name="samplingrule",
            name="created_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="entered by"
            ),
        ),
        migrations.AddField(
            model_name="draw",
            name="rule",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="draws", to="letters.samplingrule", verbose_name="rule"),
        ),
        migrations.AddIndex(
            model_name="letterhold",
            index=models.Index(condition=models.Q(("released_at", None)), fields=["id"], name="letters_open_holds"),
        ),
        migrations.AddConstraint(
            model_name="letterhold",
            constraint=models.CheckConstraint(
                condition=models.Q(("print_run__isnull", False), ("template__isnull", False), _connector="OR"), name="letters_hold_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="letterhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at", None), ("released_by", None)),
                    models.Q(("released_at__isnull", False), ("released_by__isnull", False)),
                    _connector="OR",
                ),
                name="letters_released_at_and_by_together",
            ),
        ),
        migrations.AddIndex(
            model_name="qualitydefect",
            index=models.Index(fields=["item"], name="letters_defects_by_item"),
        ),
        migrations.AddConstraint(
            model_name="qualitydefect",
            constraint=models.UniqueConstraint(fields=("check_row", "item"), name="letters_defect_once_per_item"),
        ),
        migrations.AddConstraint(
            model_name="qualitydefect",
            constraint=models.CheckConstraint(condition=models.Q(("severity__in", ["slight", "general", "serious"])), name="letters_severity_known"),
        ),
        migrations.AddConstraint(
            model_name="qualitydraft",
            constraint=models.UniqueConstraint(fields=("letter", "person"), name="letters_one_draft_of_a_letter"),
        ),
        migrations.AddConstraint(
            model_name="qualitydraft",
            constraint=models.UniqueConstraint(fields=("dispatch_day", "person"), name="letters_one_draft_of_a_day"),
        ),
        migrations.AddConstraint(
            model_name="qualitydraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dispatch_day", None), ("letter__isnull", False)), models.Q(("dispatch_day__isnull", False), ("letter", None)), _connector="OR"
                ),
                name="letters_draft_of_a_letter_or_a_day",
            ),
        ),
        migrations.AddIndex(
            model_name="rectification",
            index=models.Index(fields=["state", "due_at"], name="letters_rectify_by_state"),
        ),
        migrations.AddConstraint(
            model_name="rectification",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "answered", "accepted", "cancelled"])), name="letters_rectify_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="rectification",
            constraint=models.CheckConstraint(condition=models.Q(("to__in", ["dispatcher", "template"])), name="letters_rectify_by_known"),
        ),
        migrations.AddConstraint(
            model_name="rectificationanswer",
            constraint=models.UniqueConstraint(condition=models.Q(("is_accepted", None)), fields=("rectification",), name="letters_one_answer_waits"),
        ),
        migrations.AddConstraint(
            model_name="rectificationanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("judged_by", None), models.Q(("judged_by", models.F("answered_by")), _negated=True), _connector="OR"),
                name="letters_nobody_accepts_their_own_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="qualityphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dispatch_day", None), ("letter__isnull", False)), models.Q(("dispatch_day__isnull", False), ("letter", None)), _connector="OR"
                ),
                name="letters_photo_of_a_letter_or_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="samplingrule",
            constraint=models.CheckConstraint(condition=models.Q(("defects_from__gte", 1)), name="letters_defects_from_at_least_one"),
        ),
        migrations.AddIndex(
            model_name="draw",
            index=models.Index(condition=models.Q(("is_drawn", True), ("opened_at", None)), fields=["id"], name="letters_drawn_without_checker"),
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.UniqueConstraint(fields=("dispatch_day", "place"), name="letters_place_in_the_day_once"),
        ),
    ]
