"""What banks tell of cases that they placed before: payments, balances, warnings, and what was done before we had the case."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.choices import EntryReason, NoteKind
from cases.models.case import Case, CaseAccount
from cases.models.imports import ImportRun
from collection.lib.crypto import EncryptedTextField


def _person(label) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label)


def _run() -> models.ForeignKey:
    return models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("import"))


class Payment(models.Model):
    """Money that the bank says it got (回款), or with a minus sign a payment taken back. Written once: the database refuses a change.

    `number` tells apart payments of a case that are alike in currency, day and amount: the second of a day is number 2.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="payments", verbose_name=_("case"))
    # The account that the bank named; none: it paid for the case, and the ledger says which accounts it went to.
    account = models.ForeignKey(CaseAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="payments", verbose_name=_("account"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    paid_on = models.DateField(_("paid on"))
    number = models.PositiveSmallIntegerField(default=1)
    method = models.CharField(_("way of payment"), max_length=40, blank=True)
    payer = EncryptedTextField(_("payer"), blank=True)
    is_settling = models.BooleanField(_("settles the case"), default=False)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    # Who held the case on the day of the payment.
    credited_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="credited_payments", verbose_name=_("credited to")
    )
    run = _run()
    sheet = models.CharField(max_length=100, blank=True)
    row = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField(_("recorded"))
    by = _person(_("recorded by"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["case", "currency", "paid_on", "amount", "number"], name="cases_payment_taken_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses=None) | Q(amount__lt=0, reverses__isnull=False), name="cases_negative_payment_takes_one_back"
            ),
        ]
        indexes = [
            models.Index(fields=["credited_to", "paid_on"], name="cases_payments_credited"),
            models.Index(fields=["paid_on"], name="cases_payments_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.paid_on} {self.amount} {self.currency}"


class BalanceEntry(models.Model):
    """One line of an account's ledger. It opens with the amount placed; the last line's `after` is what is owed. Written once.

    `parts` tells how the split of the debt changed: {"principal" | "interest" | "fees": [before, after]} as texts.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="balance_entries", verbose_name=_("case"))
    account = models.ForeignKey(CaseAccount, on_delete=models.PROTECT, related_name="balance_entries", verbose_name=_("account"))
    currency = models.CharField(_("currency"), max_length=3)
    before = models.DecimalField(_("before"), max_digits=14, decimal_places=2)
    after = models.DecimalField(_("after"), max_digits=14, decimal_places=2)
    parts = models.JSONField(default=dict, blank=True)
    as_of = models.DateField(_("as of"))
    reason = models.CharField(_("why"), max_length=10, choices=EntryReason)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("payment"))
    run = _run()
    at = models.DateTimeField(_("recorded"))
    by = _person(_("recorded by"))

    class Meta:
        verbose_name = _("balance entry")
        verbose_name_plural = _("balance entries")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=EntryReason.values), name="cases_entry_reason_known"),
            models.CheckConstraint(
                condition=Q(reason=EntryReason.STATED, payment=None) | (~Q(reason=EntryReason.STATED) & Q(payment__isnull=False)),
                name="cases_entry_of_a_payment_names_it",
            ),
        ]
        indexes = [models.Index(fields=["case", "id"], name="cases_ledger_of_case"), models.Index(fields=["account", "id"], name="cases_ledger_of_account")]

    def __str__(self) -> str:
        return f"{self.case} {self.as_of} {self.before} → {self.after} {self.currency}"


class StageChange(models.Model):
    """A case came into another stage (M1 → M2), as the bank told; what it was before the first one stands here too. Written once."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, db_index=False, related_name="stage_changes", verbose_name=_("case"))
    before = models.CharField(_("before"), max_length=10, blank=True)
    after = models.CharField(_("after"), max_length=10)
    run = _run()
    at = models.DateTimeField(_("recorded"))
    by = _person(_("recorded by"))

    class Meta:
        verbose_name = _("change of stage")
        verbose_name_plural = _("changes of stage")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=~Q(before=models.F("after")), name="cases_stage_really_changed")]
        indexes = [models.Index(fields=["case", "at"], name="cases_stages_of_case"), models.Index(fields=["at"], name="cases_stages_by_time")]

    def __str__(self) -> str:
        return f"{self.case} {self.before} → {self.after}"


class ClientNote(models.Model):
    """What the bank says of a case in words: a warning, or a record of what was done before we had it (委前催记)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="client_notes", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=8, choices=NoteKind)
    # When it happened; of a warning, when it came.
    at = models.DateTimeField(_("moment"))
    person = models.CharField(_("person"), max_length=60, blank=True)
    result = models.CharField(_("result"), max_length=60, blank=True)
    text = EncryptedTextField(_("text"))
    # What the same text is found by again.
    text_index = models.CharField(max_length=40)
    run = _run()
    created_at = models.DateTimeField(_("recorded"))
    created_by = _person(_("recorded by"))

    class Meta:
        verbose_name = _("client's note")
        verbose_name_plural = _("client's notes")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="cases_note_kind_known"),
            models.UniqueConstraint(fields=["case", "kind", "at", "text_index"], name="cases_same_note_once"),
        ]
        indexes = [models.Index(fields=["case", "-at"], name="cases_notes_of_case")]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
