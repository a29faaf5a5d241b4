"""From the bank's channel to a committed placement: arrivals, their files, and the staged rows of an import."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.choices import ArrivalState, Channel, PlacementState, RowState, Severity
from cases.models.client import Client
from cases.models.fields import EncryptedJSONField
from collection.lib.crypto import EncryptedTextField


class Arrival(models.Model):
    """Files that a bank put in its channel (A1.1). Its clock is the duty "intake", its import's the duty "import"."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="arrivals", verbose_name=_("client"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    received_at = models.DateTimeField(_("received"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=ArrivalState, default=ArrivalState.WAITING)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="registered_arrivals", verbose_name=_("registered by"))
    registered_at = models.DateTimeField(_("registered"))
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    handed_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    data_specialist = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="arrivals_to_import", verbose_name=_("data specialist")
    )
    rejected_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        default_permissions = ()
        permissions = [
            ("view_arrival", _("Can see arrivals")),
            ("register_arrival", _("Can register arrivals and hand them over")),
            ("delegate_arrival", _("Can delegate an arrival")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ArrivalState.values), name="cases_arrival_state_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="cases_arrival_channel_known"),
            models.CheckConstraint(
                condition=Q(handed_over_at=None, handed_over_by=None) | Q(handed_over_at__isnull=False, handed_over_by__isnull=False),
                name="cases_handed_over_at_and_by_together",
            ),
        ]
        indexes = [models.Index(fields=["-received_at"], name="cases_arrival_latest")]

    def __str__(self) -> str:
        return f"{self.client.short_name} #{self.pk}"


class ArrivalFile(models.Model):
    """A file as it came, unchanged, with its hash; (client, hash) is unique so that no file is taken twice."""

    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="files", verbose_name=_("arrival"))
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("file name"), max_length=255)
    file = models.FileField(upload_to="arrivals/%Y/%m")
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["client", "sha256"], name="cases_file_taken_once_per_client")]

    def __str__(self) -> str:
        return self.name


class ImportTemplate(models.Model):
    """A client's column mapping, recognised next time by its headers. A change makes a new version."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="templates", verbose_name=_("client"))
    name = models.CharField(_("name"), max_length=60)
    version = models.PositiveIntegerField(_("version"), default=1)
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField(_("columns"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("import template")
        verbose_name_plural = _("import templates")
        constraints = [models.UniqueConstraint(fields=["client", "fingerprint", "version"], name="cases_template_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Placement(models.Model):
    """One imported batch of cases (委案批次), from one file; while it is not committed, the run of its import."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="placements", verbose_name=_("client"))
    code = models.CharField(_("placement"), max_length=60)
    file = models.ForeignKey(ArrivalFile, on_delete=models.PROTECT, related_name="placements", verbose_name=_("file"))
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="placements", verbose_name=_("team"))
    state = models.CharField(_("state"), max_length=12, choices=PlacementState, default=PlacementState.UPLOADED)
    placed_on = models.DateField(_("placed on"), null=True, blank=True)
    due_back_on = models.DateField(_("due back on"), null=True, blank=True)
    # What the reader found, sample values included: [{"sheet", "is_hidden", "row_count", "header_row", "columns": [{"index", "column", "header",
    # "field", "confidence", "currency", "unit", "samples"}], "head": [[row, cells]], "left_out": [[row, reason, cells]]}]; no header row: ignored.
    layout = EncryptedJSONField(default=list, blank=True)
    # How the check came out: {"good", "warning", "bad", "skipped": rows, "codes": {code: findings}}
    summary = models.JSONField(default=dict, blank=True)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    case_count = models.PositiveIntegerField(_("cases"), default=0)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, default=0)
    done_rows = models.PositiveIntegerField(default=0)
    # A code of cases.wording.FAILURES, with what it is about after a colon.
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)
    # The file's password, only until the file is read.
    password = EncryptedTextField(blank=True)
    # A running job renews this; a stale one is taken over (kill -9 of a worker).
    worked_on_at = models.DateTimeField(null=True, blank=True)
    # How often a job took this step up; a file that kills its worker is put aside after a few.
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="created_placements", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"))
    committed_at = models.DateTimeField(_("imported"), null=True, blank=True)
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        default_permissions = ()
        permissions = [("view_placement", _("Can see placements")), ("import_placement", _("Can import placements"))]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PlacementState.values), name="cases_placement_state_known"),
            models.UniqueConstraint(
                fields=["client", "code"],
                condition=~Q(state__in=[PlacementState.FAILED, PlacementState.CANCELLED, PlacementState.UNDONE]),
                name="cases_placement_code_once_per_client",
            ),
            models.UniqueConstraint(
                fields=["file"],
                condition=~Q(state__in=[PlacementState.FAILED, PlacementState.CANCELLED, PlacementState.UNDONE]),
                name="cases_one_live_placement_per_file",
            ),
            models.CheckConstraint(
                condition=Q(committed_at=None, committed_by=None) | Q(committed_at__isnull=False, committed_by__isnull=False),
                name="cases_committed_at_and_by_together",
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="cases_placement_latest")]

    def __str__(self) -> str:
        return self.code


class StagedRow(models.Model):
    """One data row of the file while its placement is not committed: the cells as text, and what they were read as."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="rows")
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

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["placement", "sheet", "row"], name="cases_staged_row_once"),
            models.CheckConstraint(condition=Q(state__in=RowState.values), name="cases_staged_row_state_known"),
        ]
        indexes = [
            models.Index(fields=["placement", "state", "id"], name="cases_staged_rows_by_state"),
            models.Index(fields=["placement", "case_no", "id"], name="cases_staged_rows_by_case"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}:{self.row}"


class RowFinding(models.Model):
    """What is wrong with one cell: a code with values; its message and remedy are made in the reader's language."""

    row = models.ForeignKey(StagedRow, on_delete=models.CASCADE, related_name="findings")
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="findings")
    column = models.CharField(max_length=5, blank=True)
    field = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity)
    values = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(severity__in=Severity.values), name="cases_finding_severity_known")]
        indexes = [models.Index(fields=["placement", "severity", "code"], name="cases_findings_by_code")]

    def __str__(self) -> str:
        return f"{self.column}{self.row_id} {self.code}"
