"""The way of a file into the system: the run of its import, the client's templates, staged rows and what was found in them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.choices import FileKind, ImportState, RowState, Severity
from cases.models.client import Client
from cases.models.fields import EncryptedJSONField
from cases.models.intake import ArrivalFile
from collection.lib.crypto import EncryptedTextField

DEAD_STATES = [ImportState.FAILED, ImportState.CANCELLED, ImportState.UNDONE]


class ImportTemplate(models.Model):
    """A client's column mapping for one kind of file, recognised next time by its headers. A change makes a new version."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="templates", verbose_name=_("client"))
    kind = models.CharField(_("kind of file"), max_length=12, choices=FileKind, default=FileKind.PLACEMENT)
    name = models.CharField(_("name"), max_length=60)
    version = models.PositiveIntegerField(_("version"), default=1)
    fingerprint = models.CharField(max_length=64)
    # [{"header", "field", "currency", "unit"}], in the order of the sheet.
    columns = models.JSONField(_("columns"))
    # A retired template is no longer recognised; its versions stay to be read.
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("import template")
        verbose_name_plural = _("import templates")
        constraints = [
            models.UniqueConstraint(fields=["client", "fingerprint", "version"], name="cases_template_version_once"),
            models.CheckConstraint(condition=Q(kind__in=FileKind.values), name="cases_template_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ImportRun(models.Model):
    """One file's import (A1.2, annex 2): read, mapped, checked, committed. The row is the job that workers claim."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="imports", verbose_name=_("client"))
    file = models.ForeignKey(ArrivalFile, on_delete=models.PROTECT, related_name="runs", verbose_name=_("file"))
    kind = models.CharField(_("kind of file"), max_length=12, choices=FileKind, default=FileKind.PLACEMENT)
    state = models.CharField(_("state"), max_length=12, choices=ImportState, default=ImportState.UPLOADED)
    # What the placement will be called and whose it is; a file of another kind has its code only to be spoken of.
    code = models.CharField(_("import"), max_length=60)
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="imports", verbose_name=_("team"))
    placed_on = models.DateField(_("placed on"), null=True, blank=True)
    due_back_on = models.DateField(_("due back on"), null=True, blank=True)
    # What the bank announced beside the file; the check compares.
    announced_cases = models.PositiveIntegerField(_("announced cases"), null=True, blank=True)
    announced_amount = models.DecimalField(_("announced amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    # What the reader found, sample values included: [{"sheet", "is_hidden", "role", "row_count", "header_row", "columns": [{"index", "column", "header",
    # "field", "confidence", "currency", "unit", "samples"}], "head": [[row, cells]], "left_out": [[row, reason, cells]]}]; no header row: ignored.
    layout = EncryptedJSONField(default=list, blank=True)
    # How the check came out: {"good", "warning", "bad", "skipped": rows, "codes": {code: findings}, "cases", "amount"}
    summary = models.JSONField(default=dict, blank=True)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    done_rows = models.PositiveIntegerField(default=0)
    # Why totals that differ from the file's own were accepted, by whom is on the trail.
    accepted_reason = models.CharField(max_length=200, blank=True)
    # Why the placement is taken back.
    undo_reason = models.CharField(max_length=200, blank=True)
    # A code of cases.wording.FAILURES, with what it is about after a colon.
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)
    # The file's password, only until the file is read.
    password = EncryptedTextField(blank=True)
    # A running job renews this; a stale one is taken over (kill -9 of a worker).
    worked_on_at = models.DateTimeField(null=True, blank=True)
    # How often a job took this step up; a file that kills its worker is put aside after a few.
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="created_imports", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"))
    committed_at = models.DateTimeField(_("imported"), null=True, blank=True)
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        permissions = [("leave_rows_out", _("Can import the good rows and leave bad ones out"))]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="cases_import_state_known"),
            models.CheckConstraint(condition=Q(kind__in=FileKind.values), name="cases_import_kind_known"),
            models.UniqueConstraint(fields=["client", "code"], condition=~Q(state__in=DEAD_STATES), name="cases_import_code_once_per_client"),
            models.UniqueConstraint(fields=["file"], condition=~Q(state__in=DEAD_STATES), name="cases_one_live_import_per_file"),
            models.CheckConstraint(
                condition=Q(committed_at=None, committed_by=None) | Q(committed_at__isnull=False, committed_by__isnull=False),
                name="cases_import_committed_at_and_by",
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="cases_import_latest")]

    def __str__(self) -> str:
        return self.code

    @property
    def is_placement(self) -> bool:
        return self.kind == FileKind.PLACEMENT


class Placement(models.Model):
    """One imported batch of cases (委案批次), from one file."""

    run = models.OneToOneField(ImportRun, on_delete=models.PROTECT, related_name="placement", verbose_name=_("import"))
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="placements", verbose_name=_("client"))
    code = models.CharField(_("placement"), max_length=60)
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="placements", verbose_name=_("team"))
    placed_on = models.DateField(_("placed on"), null=True, blank=True)
    due_back_on = models.DateField(_("due back on"), null=True, blank=True)
    case_count = models.PositiveIntegerField(_("cases"), default=0)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, default=0)
    committed_at = models.DateTimeField(_("imported"))
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        default_permissions = ()
        permissions = [("view_placement", _("Can see imports and placements")), ("import_placement", _("Can import the banks' files"))]
        constraints = [
            models.UniqueConstraint(fields=["client", "code"], condition=Q(undone_at=None), name="cases_placement_code_once_per_client"),
        ]
        indexes = [models.Index(fields=["-committed_at"], name="cases_placement_latest")]

    def __str__(self) -> str:
        return self.code


class StagedRow(models.Model):
    """One data row of the file while its import is not committed: the cells as text, and what they were read as."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, db_index=False, related_name="rows")  # the constraint's index serves
    sheet = models.CharField(max_length=100)
    row = models.PositiveIntegerField()
    cells = EncryptedJSONField()
    values = EncryptedJSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=RowState, default=RowState.GOOD)
    # What rows are compared by; the person and the account as blind indexes.
    case_no = models.CharField(max_length=60, blank=True)
    id_index = models.CharField(max_length=40, blank=True)
    account_index = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    # The case that a row of an update is about, and its version when that was shown.
    case_id = models.BigIntegerField(null=True, blank=True)
    case_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["run", "sheet", "row"], name="cases_staged_row_once"),
            models.CheckConstraint(condition=Q(state__in=RowState.values), name="cases_staged_row_state_known"),
        ]
        indexes = [
            models.Index(fields=["run", "state", "id"], name="cases_staged_rows_by_state"),
            models.Index(fields=["run", "case_no", "id"], name="cases_staged_rows_by_case"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}:{self.row}"


class RowFinding(models.Model):
    """What is wrong with one cell, or with the file (no row): a code with values; its message and remedy are made in the reader's language."""

    row = models.ForeignKey(StagedRow, on_delete=models.CASCADE, null=True, blank=True, related_name="findings")
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="findings")
    column = models.CharField(max_length=5, blank=True)
    field = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity)
    values = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(severity__in=Severity.values), name="cases_finding_severity_known")]
        indexes = [models.Index(fields=["run", "severity", "code"], name="cases_findings_by_code")]

    def __str__(self) -> str:
        return f"{self.column}{self.row_id} {self.code}"
