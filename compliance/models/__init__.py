from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Client, Contact, Debtor, Phone, Placement
from compliance.choices import AGREED, Channel, Direction, FlagKind, Layer, PolicyKey, TargetClass
from compliance.models.limitation import LimitationEvent

__all__ = [
    "CaseFlag",
    "ClientInstruction",
    "ContactPolicy",
    "DebtorWish",
    "DoNotContact",
    "EntrustmentNotice",
    "LimitationEvent",
    "Script",
    "Verdict",
]


class ContactPolicy(models.Model):
    """One limit of one layer, with its validity and source. A change is a new row; verdicts keep the version they used.

    `value` is {"from": "09:00", "to": "20:00"} for hours and {"limit": 3} for counts.
    """

    key = models.CharField(_("limit"), max_length=40, choices=PolicyKey)
    rule = models.CharField(_("rule"), max_length=10)
    layer = models.CharField(_("layer"), max_length=10, choices=Layer)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="policies", verbose_name=_("client"))
    value = models.JSONField(_("value"))
    source = models.CharField(_("source"), max_length=100)
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("contact limit")
        verbose_name_plural = _("contact limits")
        permissions = [("manage_policies", _("Can edit contact limits"))]
        constraints = [
            models.UniqueConstraint(fields=["key", "client", "version"], condition=Q(layer=Layer.CLIENT), name="compliance_client_policy_version_once"),
            models.UniqueConstraint(fields=["key", "layer", "version"], condition=~Q(layer=Layer.CLIENT), name="compliance_policy_version_once"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="compliance_policy_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(layer=Layer.CLIENT) | Q(client=None), name="compliance_only_client_layer_has_client"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.key} v{self.version}"


class DoNotContact(models.Model):
    """A number that nobody may call again, for any case (CR-13). Never lifted by a collector."""

    number_index = models.CharField(max_length=40)
    number_masked = models.CharField(_("number"), max_length=40)
    reason = models.CharField(_("reason"), max_length=200)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(_("asked"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("do-not-contact entry")
        verbose_name_plural = _("do-not-contact list")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["number_index"], name="compliance_number_barred_once")]

    def __str__(self) -> str:
        return self.number_masked


class ClientInstruction(models.Model):
    """A bank's written instruction that opens the whole call order of A3.2 (compliance.md, "Where the procedure meets the law")."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="instructions", verbose_name=_("client"))
    number = models.CharField(_("document number"), max_length=60)
    file = models.FileField(_("file"), upload_to="instructions/%Y", blank=True)
    valid_from = models.DateField(_("valid from"))
    expires_on = models.DateField(_("expires on"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by"))
    entered_at = models.DateTimeField(_("entered"))
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by"))
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)

    class Meta:
        verbose_name = _("client's written instruction")
        verbose_name_plural = _("clients' written instructions")
        default_permissions = ()
        permissions = [
            ("enter_instruction", _("Can enter clients' written instructions")),
            ("approve_instruction", _("Can approve clients' written instructions")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["client", "number"], name="compliance_instruction_number_once"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None) | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="compliance_instruction_approved_at_and_by_together",
            ),
            models.CheckConstraint(condition=Q(approved_by=None) | ~Q(approved_by=F("entered_by")), name="compliance_nobody_approves_own_instruction"),
            models.CheckConstraint(condition=Q(expires_on__gte=F("valid_from")), name="compliance_instruction_ends_after_it_starts"),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.number}"


class Script(models.Model):
    """What a caller says (E13): locked, versioned, in force from a moment. Placeholders in braces are filled by the desk.

    In a debtor's script the line {identity} stands before everything that tells of the debt: the rest is shown once identity is verified.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="scripts", verbose_name=_("client"))
    target = models.CharField(_("for"), max_length=12, choices=TargetClass)
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("text"))
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("script")
        verbose_name_plural = _("scripts")
        permissions = [("manage_scripts", _("Can edit scripts"))]
        constraints = [
            models.UniqueConstraint(fields=["client", "target", "title", "version"], name="compliance_client_script_version_once"),
            models.UniqueConstraint(fields=["target", "title", "version"], condition=Q(client=None), name="compliance_script_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class Verdict(models.Model):
    """The gate's answer to one wish to call: allowed or not, by which rules and versions, on which counts. Never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="verdicts")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="verdicts")
    phone = models.ForeignKey(Phone, on_delete=models.PROTECT, related_name="verdicts")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    allowed = models.BooleanField()
    # [{"rule", "version", "message", "values"}], every objection, not only the first.
    objections = models.JSONField(default=list)
    # The same for what has to be acknowledged only (CR-05, CR-06).
    warnings = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    # An inbound call is not judged: whoever rings may be spoken with.
    direction = models.CharField(max_length=3, choices=Direction, default=Direction.OUT, db_default=Direction.OUT)
    # The counts and limits it was judged by, so that it can be replayed.
    inputs = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("gate verdict")
        verbose_name_plural = _("gate verdicts")
        default_permissions = ()
        indexes = [models.Index(fields=["case", "-at"], name="compliance_verdicts_of_case"), models.Index(fields=["at"], name="compliance_verdicts_by_time")]

    def __str__(self) -> str:
        return f"{self.case} {'✓' if self.allowed else '✗'}"


def _person(related_name: str, label, *, is_optional: bool = False) -> models.ForeignKey:
    empty = {"null": True, "blank": True} if is_optional else {}
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name=related_name, verbose_name=label, **empty)


class CaseFlag(models.Model):
    """What holds dunning on a case, or asks for care, with its evidence (CR-16, CR-50). What is said of the person holds on every case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="flags", verbose_name=_("case"))
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="flags", verbose_name=_("debtor"))
    kind = models.CharField(_("flag"), max_length=10, choices=FlagKind)
    evidence = models.CharField(_("evidence"), max_length=300)
    raised_by = _person("+", _("raised by"))
    raised_at = models.DateTimeField(_("raised"))
    lifted_by = _person("+", _("lifted by"), is_optional=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lift_reason = models.CharField(_("why lifted"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        default_permissions = ()
        permissions = [("lift_flags", _("Can lift flags that hold dunning"))]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind"], condition=Q(lifted_at=None), name="compliance_flag_raised_once"),
            models.CheckConstraint(condition=Q(kind__in=FlagKind.values), name="compliance_flag_kind_known"),
            models.CheckConstraint(condition=~Q(evidence=""), name="compliance_flag_needs_evidence"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lift_reason="") | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="compliance_flag_lifted_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"


class DebtorWish(models.Model):
    """What a debtor asked for: fewer calls, other hours. The strictest layer; or, as a recorded consent, hours beyond the law's (CR-01)."""

    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="wishes", verbose_name=_("debtor"))
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name=_("case"))
    key = models.CharField(_("limit"), max_length=40, choices=PolicyKey)
    value = models.JSONField(_("value"))
    # Given on record, it stands in the place of the law's hours (CR-01), or of the law's attempts per number (CR-04).
    is_consent = models.BooleanField(_("agreement beyond the law's limit"), default=False)
    said_by = models.CharField(_("said by"), max_length=10, choices=Channel, default=Channel.PHONE, db_default=Channel.PHONE)
    # Where it can be heard or read: the recording's reference, the letter, the message.
    evidence = models.CharField(_("evidence"), max_length=300)
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    entered_by = _person("+", _("entered by"))

    class Meta:
        verbose_name = _("debtor's request")
        verbose_name_plural = _("debtors' requests")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["debtor", "key", "is_consent", "version"], name="compliance_wish_version_once"),
            models.CheckConstraint(condition=~Q(evidence=""), name="compliance_wish_needs_evidence"),
            models.CheckConstraint(condition=Q(is_consent=False) | Q(key__in=AGREED), name="compliance_consent_is_to_hours_or_attempts"),
            models.CheckConstraint(
                condition=~Q(is_consent=True, key=PolicyKey.ATTEMPTS_PER_NUMBER) | Q(valid_to__isnull=False), name="compliance_agreed_attempts_expire"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debtor} {self.get_key_display()}"


class EntrustmentNotice(models.Model):
    """The bank told the debtors of a placement that we act for it: when, by which way, where that can be read (CR-19)."""

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="entrustment_notices", verbose_name=_("placement"))
    notified_on = models.DateField(_("notified on"))
    way = models.CharField(_("way"), max_length=60)
    evidence = models.CharField(_("evidence"), max_length=300)
    file = models.FileField(_("file"), upload_to="entrustment/%Y", blank=True)
    entered_by = _person("+", _("entered by"))
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("notice of entrustment")
        verbose_name_plural = _("notices of entrustment")
        default_permissions = ()
        permissions = [("note_entrustment", _("Can enter notices of entrustment"))]
        constraints = [models.CheckConstraint(condition=~Q(evidence="") & ~Q(way=""), name="compliance_notice_needs_evidence")]

    def __str__(self) -> str:
        return f"{self.placement} {self.notified_on}"
