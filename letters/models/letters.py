"""A letter on its way, and the run it is printed in."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Address, Case, Payee
from letters.choices import ON_THE_WAY, UNPRINTED, Carrier, LetterState
from letters.models.templates import LetterTemplate

MOST_TRIES = 3


class PrintRun(models.Model):
    """Letters printed together as one PDF."""

    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="print_runs", verbose_name=_("started by"))
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    pdf = models.FileField(upload_to="print_runs/%Y/%m", blank=True)
    total = models.PositiveIntegerField(_("letters"))
    done = models.PositiveIntegerField(_("printed"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    worked_on_at = models.DateTimeField(null=True, blank=True)
    # How often a worker took it up since the last letter that came out of it: a run that only fails is not tried for ever.
    stalls = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    cancelled_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stopped by"))

    class Meta:
        verbose_name = _("print run")
        verbose_name_plural = _("print runs")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None) | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="letters_run_stopped_at_and_by_together",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Letter(models.Model):
    """One letter to one address, from the request to its delivery. Once rendered, its PDF and hash never change."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="letters", verbose_name=_("case"))
    template = models.ForeignKey(LetterTemplate, on_delete=models.PROTECT, related_name="letters", verbose_name=_("template"))
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="letters", verbose_name=_("address"))
    # Where the debtor is told to pay; empty on letters from before there was a choice, and where the client has no account.
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payee"))
    state = models.CharField(_("state"), max_length=12, choices=LetterState, default=LetterState.REQUESTED)
    number = models.CharField(_("letter number"), max_length=30, blank=True)
    reason = models.CharField(_("why"), max_length=200)
    balance = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    balance_on = models.DateField(_("as of"))
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="requested_letters", verbose_name=_("requested by"))
    requested_at = models.DateTimeField(_("requested"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    refusal = models.CharField(_("why refused"), max_length=200, blank=True)
    print_run = models.ForeignKey(PrintRun, on_delete=models.PROTECT, null=True, blank=True, related_name="letters", verbose_name=_("print run"))
    # Why the last try to print it failed; empty once it is printed.
    failure = models.CharField(_("why it was not printed"), max_length=300, blank=True)
    # Counted before each try, so that a letter that kills its worker is set aside too.
    attempts = models.PositiveSmallIntegerField(_("tries to print it"), default=0)
    pdf = models.FileField(upload_to="letters/%Y/%m", blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField(_("pages"), null=True, blank=True)
    # Where it begins in its run's file.
    first_page = models.PositiveIntegerField(_("page in the run"), null=True, blank=True)
    rendered_at = models.DateTimeField(_("printed"), null=True, blank=True)
    carrier = models.CharField(_("carrier"), max_length=12, choices=Carrier, blank=True)
    tracking_no = models.CharField(_("tracking number"), max_length=30, blank=True)
    dispatched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dispatched by")
    )
    dispatched_at = models.DateTimeField(_("dispatched"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    returned_at = models.DateTimeField(_("came back"), null=True, blank=True)
    return_reason = models.CharField(_("why it came back"), max_length=200, blank=True)
    # When the admin office was reminded that the carrier never said what became of it.
    asked_after_at = models.DateTimeField(_("asked after"), null=True, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        default_permissions = ()
        permissions = [
            ("view_letter", _("Can see letters")),
            ("request_letter", _("Can ask for a letter")),
            ("approve_letter", _("Can approve letters")),
            ("approve_lawyer_letter", _("Can approve lawyer's letters")),
            ("dispatch_letter", _("Can print and dispatch letters")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=LetterState.values), name="letters_state_known"),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="letters_number_used_once"),
            models.UniqueConstraint(fields=["carrier", "tracking_no"], condition=~Q(tracking_no=""), name="letters_tracking_number_used_once"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False), name="letters_decided_at_and_by_together"
            ),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=models.F("requested_by")), name="letters_nobody_approves_their_own"),
            models.CheckConstraint(
                condition=Q(dispatched_at=None, dispatched_by=None) | Q(dispatched_at__isnull=False, dispatched_by__isnull=False),
                name="letters_dispatched_at_and_by_together",
            ),
            models.CheckConstraint(condition=Q(state__in=UNPRINTED) | ~Q(number=""), name="letters_printed_letter_has_a_number"),
            models.UniqueConstraint(fields=["case", "template", "address"], condition=Q(state__in=ON_THE_WAY), name="letters_same_letter_once_at_a_time"),
            models.CheckConstraint(condition=Q(delivered_at=None) | Q(returned_at=None), name="letters_delivered_or_returned"),
        ]
        indexes = [models.Index(fields=["state", "id"], name="letters_by_state"), models.Index(fields=["case", "-id"], name="letters_of_case")]

    def __str__(self) -> str:
        return self.number or f"{self.case} {self.template.get_kind_display()}"

    @property
    def is_set_aside(self) -> bool:
        """Printing it failed so often that nobody tries again by themselves."""
        return self.state == LetterState.APPROVED and self.attempts >= MOST_TRIES


class LetterNumber(models.Model):
    """The counter of letter numbers of one year, so that they have no gaps and never repeat."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
