"""The run of an import becomes a row of its own, so that a bank's other files can be imported too; a placement is only what came of it.

A placement's run keeps the placement's number, so staged rows and findings need only point at the other table. Placements that were never
committed were runs and nothing else: they go. Reversible: the way back makes a placement of every run of that kind, under a number that is free,
and staged rows and findings follow it. What the tables of before cannot hold is gone then: runs of other kinds and of archives, and their rows.
"""

import django.db.models.deletion
from django.conf import settings
from django.core.management.color import no_style
from django.db import migrations, models

import cases.models.fields
import collection.lib.crypto

KINDS = [
    ("placement", "New cases"), ("balance", "Balance update"), ("payment", "Payments"), ("recall", "Recall or stop"), ("retention", "Retention"),
    ("warning", "Warnings"), ("record", "Earlier call records"), ("contact", "Contact update"),
]  # fmt: skip
STATES = [
    ("uploaded", "Being read"), ("read", "Columns to confirm"), ("mapped", "Being checked"), ("validated", "Checked"), ("committing", "Being imported"),
    ("committed", "Imported"), ("failed", "File rejected"), ("cancelled", "Cancelled"), ("undone", "Undone"), ("unpacked", "Unpacked"),
]  # fmt: skip
DEAD = ["failed", "cancelled", "undone"]
# What a run took over from the placement it was.
SHARED = (
    "client_id", "file_id", "state", "code", "team_id", "placed_on", "due_back_on", "layout", "summary", "row_count", "done_rows", "failure", "password",
    "worked_on_at", "attempts", "asked_by_id", "created_by_id", "created_at", "committed_at", "committed_by_id",
)  # fmt: skip
OLD_ONLY = (
    "file", "state", "layout", "summary", "row_count", "done_rows", "failure", "password", "worked_on_at", "attempts", "asked_by", "created_by", "created_at",
)  # fmt: skip


def make_runs(apps, schema_editor) -> None:
    placement_model, run_model = apps.get_model("cases", "Placement"), apps.get_model("cases", "ImportRun")
    for placement in placement_model.objects.order_by("pk").iterator(chunk_size=100):
        run_model.objects.create(pk=placement.pk, kind="placement", **{name: getattr(placement, name) for name in SHARED})
        undone_at = placement.committed_at if placement.state == "undone" else None
        placement_model.objects.filter(pk=placement.pk).update(run_id=placement.pk, undone_at=undone_at)
    _settle(schema_editor, run_model)


def _settle(schema_editor, *numbered) -> None:
    """Deferred checks are done now, so that tables may be altered in this transaction; the next number comes after the ones we gave."""
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), numbered):
            cursor.execute(statement)


def drop_mere_runs(apps, schema_editor) -> None:
    apps.get_model("cases", "Placement").objects.exclude(state__in=["committed", "undone"]).delete()
    _settle(schema_editor)


def remake_placements(apps, schema_editor) -> None:
    """The way back: every run of a placement is a placement again; an archive never was one."""
    placement_model, run_model = apps.get_model("cases", "Placement"), apps.get_model("cases", "ImportRun")
    for run in run_model.objects.filter(kind="placement").exclude(state="unpacked").order_by("pk").iterator(chunk_size=100):
        values = {name: getattr(run, name) for name in SHARED}
        if not placement_model.objects.filter(run_id=run.pk).update(**values):
            placement_model.objects.create(run_id=run.pk, **values)
    _settle(schema_editor, placement_model)


def keep_numbers(apps, schema_editor) -> None:
    """A placement has its run's number, so its rows and findings have the right one already."""


def follow_placements(apps, schema_editor) -> None:
    """The way back: rows and findings of a run are those of its placement; others have no place in the tables of before."""
    placement_model = apps.get_model("cases", "Placement")
    for name in ("RowFinding", "StagedRow"):
        rows = apps.get_model("cases", name).objects
        without = rows.exclude(run__in=placement_model.objects.values("run"))
        without._raw_delete(without.db)
        rows.update(run=models.Subquery(placement_model.objects.filter(run=models.OuterRef("run")).values("pk")))
    _settle(schema_editor)


def forget_runs(apps, schema_editor) -> None:
    apps.get_model("cases", "Placement").objects.update(run_id=None)
    apps.get_model("cases", "ImportRun").objects.all().delete()
    _settle(schema_editor)


def _person(related: str = "+", **options):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related, to=settings.AUTH_USER_MODEL, **options)


def _of_run(model: str, related: str, **options) -> migrations.AlterField:
    field = models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=related, to="cases.importrun", **options)
    return migrations.AlterField(model, "run", field)


def _constraint(model: str, constraint) -> migrations.AddConstraint:
    return migrations.AddConstraint(model_name=model, constraint=constraint)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("staff", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, default="placement", max_length=12, verbose_name="kind of file")),
                ("state", models.CharField(choices=STATES, default="uploaded", max_length=12, verbose_name="state")),
                ("code", models.CharField(max_length=60, verbose_name="import")),
                ("placed_on", models.DateField(blank=True, null=True, verbose_name="placed on")),
                ("due_back_on", models.DateField(blank=True, null=True, verbose_name="due back on")),
                ("announced_cases", models.PositiveIntegerField(blank=True, null=True, verbose_name="announced cases")),
                ("announced_amount", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="announced amount")),
                ("layout", cases.models.fields.EncryptedJSONField(blank=True, default=list)),
                ("summary", models.JSONField(blank=True, default=dict)),
                ("row_count", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("done_rows", models.PositiveIntegerField(default=0)),
                ("accepted_reason", models.CharField(blank=True, max_length=200)),
                ("failure", models.CharField(blank=True, max_length=300, verbose_name="why it failed")),
                ("password", collection.lib.crypto.EncryptedTextField(blank=True)),
                ("worked_on_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("committed_at", models.DateTimeField(blank=True, null=True, verbose_name="imported")),
                ("asked_by", _person(blank=True, null=True)),
                ("client", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="cases.client", verbose_name="client")),
                ("committed_by", _person(blank=True, null=True)),
                ("created_by", _person("created_imports", verbose_name="created by")),
                ("file", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="cases.arrivalfile", verbose_name="file")),
                (
                    "team",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="staff.team", verbose_name="team"
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "permissions": [("leave_rows_out", "Can import the good rows and leave bad ones out")],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            "placement",
            "run",
            models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="placement", to="cases.importrun", verbose_name="import"),
        ),
        migrations.AddField("placement", "undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
        # On the way back these are empty for a moment.
        migrations.AlterField(
            "placement",
            "file",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="placements", to="cases.arrivalfile", verbose_name="file"),
        ),
        migrations.AlterField("placement", "created_by", _person("created_placements", null=True, verbose_name="created by")),
        migrations.AlterField("placement", "created_at", models.DateTimeField(null=True, verbose_name="created")),
        migrations.AlterField("placement", "committed_at", models.DateTimeField(null=True, verbose_name="imported")),
        migrations.AlterField("placement", "committed_by", _person(null=True)),
        migrations.RunPython(make_runs, forget_runs),
        # Staged rows and findings keep their numbers and point at the run.
        migrations.RemoveConstraint("stagedrow", "cases_staged_row_once"),
        migrations.RemoveIndex("stagedrow", "cases_staged_rows_by_state"),
        migrations.RemoveIndex("stagedrow", "cases_staged_rows_by_case"),
        migrations.RemoveIndex("rowfinding", "cases_findings_by_code"),
        migrations.RenameField("stagedrow", "placement", "run"),
        migrations.RenameField("rowfinding", "placement", "run"),
        _of_run("stagedrow", "rows", db_constraint=False),
        _of_run("rowfinding", "findings", db_constraint=False),
        migrations.RunPython(keep_numbers, follow_placements),
        _of_run("stagedrow", "rows"),
        _of_run("rowfinding", "findings"),
        migrations.AddConstraint("stagedrow", models.UniqueConstraint(fields=("run", "sheet", "row"), name="cases_staged_row_once")),
        migrations.AddIndex("stagedrow", models.Index(fields=["run", "state", "id"], name="cases_staged_rows_by_state")),
        migrations.AddIndex("stagedrow", models.Index(fields=["run", "case_no", "id"], name="cases_staged_rows_by_case")),
        migrations.AddIndex("rowfinding", models.Index(fields=["run", "severity", "code"], name="cases_findings_by_code")),
        # A placement is only what came of a run.
        migrations.RemoveConstraint("placement", "cases_placement_state_known"),
        migrations.RemoveConstraint("placement", "cases_placement_code_once_per_client"),
        migrations.RemoveConstraint("placement", "cases_one_live_placement_per_file"),
        migrations.RemoveConstraint("placement", "cases_committed_at_and_by_together"),
        migrations.RemoveIndex("placement", "cases_placement_latest"),
        migrations.RunPython(drop_mere_runs, remake_placements),
        *[migrations.RemoveField("placement", name) for name in OLD_ONLY],
        migrations.AlterField("placement", "committed_at", models.DateTimeField(verbose_name="imported")),
        migrations.AlterField("placement", "committed_by", _person()),
        migrations.AlterField(
            "placement",
            "run",
            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="placement", to="cases.importrun", verbose_name="import"),
        ),
        migrations.AddConstraint(
            "placement", models.UniqueConstraint(condition=models.Q(undone_at=None), fields=("client", "code"), name="cases_placement_code_once_per_client")
        ),
        migrations.AddIndex("placement", models.Index(fields=["-committed_at"], name="cases_placement_latest")),
        migrations.AlterModelOptions(
            "placement",
            {
                "default_permissions": (),
                "permissions": [("view_placement", "Can see imports and placements"), ("import_placement", "Can import the banks' files")],
                "verbose_name": "placement",
                "verbose_name_plural": "placements",
            },
        ),
        migrations.AddIndex("importrun", models.Index(fields=["-created_at"], name="cases_import_latest")),
        _constraint("importrun", models.CheckConstraint(condition=models.Q(state__in=[value for value, _ in STATES]), name="cases_import_state_known")),
        _constraint("importrun", models.CheckConstraint(condition=models.Q(kind__in=[value for value, _ in KINDS]), name="cases_import_kind_known")),
        _constraint(
            "importrun",
            models.UniqueConstraint(condition=~models.Q(state__in=DEAD), fields=("client", "code"), name="cases_import_code_once_per_client"),
        ),
        _constraint("importrun", models.UniqueConstraint(condition=~models.Q(state__in=DEAD), fields=("file",), name="cases_one_live_import_per_file")),
        _constraint(
            "importrun",
            models.CheckConstraint(
                condition=models.Q(committed_at=None, committed_by=None) | models.Q(committed_at__isnull=False, committed_by__isnull=False),
                name="cases_import_committed_at_and_by",
            ),
        ),
    ]
