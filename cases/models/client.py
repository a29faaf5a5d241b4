from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.choices import ClientKind


class Client(models.Model):
    """A bank that entrusts cases, and the terms of its entrustment."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=100, unique=True)
    short_name = models.CharField(_("short name"), max_length=20)
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("serving team"))
    entrusted_from = models.DateField(_("entrusted from"))
    entrusted_until = models.DateField(_("entrusted until"))
    service_phone = models.CharField(_("bank's contact phone"), max_length=40, blank=True)
    # What it entrusts: people's debts, or companies' (C3.2), which are called at other hours.
    kind = models.CharField(_("kind of debtors"), max_length=8, choices=ClientKind, default=ClientKind.CONSUMER, db_default=ClientKind.CONSUMER)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        permissions = [("manage_clients", _("Can manage clients"))]
        constraints = [models.CheckConstraint(condition=Q(entrusted_until__gte=F("entrusted_from")), name="cases_entrustment_ends_after_it_starts")]

    def __str__(self) -> str:
        return self.short_name

    @property
    def is_business(self) -> bool:
        return self.kind == ClientKind.BUSINESS

    def entrusts_on(self, day: date) -> bool:
        return self.is_active and self.entrusted_from <= day <= self.entrusted_until

    def payees_on(self, day: date) -> list["Payee"]:
        """Where its debtors may be told to pay that day, the first entered first. From what is prefetched, where it is."""
        return [payee for payee in sorted(self.payees.all(), key=lambda one: one.pk) if payee.holds_on(day)]

    def payee_words(self, day: date) -> str:
        """The account that is told when nobody chose one; empty when there is none."""
        return next((payee.words for payee in self.payees_on(day)), "")


class Payee(models.Model):
    """An account of a client that letters and scripts may tell debtors to pay to: no other may be named (CR-28).

    Nothing of an account changes; a new one takes its place, and this one ends.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="payees", verbose_name=_("client"))
    name = models.CharField(_("account holder"), max_length=100, blank=True)
    bank = models.CharField(_("bank and branch"), max_length=100, blank=True)
    account = models.CharField(_("account number"), max_length=200)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"), null=True)

    class Meta:
        verbose_name = _("payee")
        verbose_name_plural = _("payees")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~Q(account=""), name="cases_payee_has_an_account"),
            models.CheckConstraint(condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="cases_payee_ends_after_it_starts"),
            models.UniqueConstraint(fields=["client", "account", "valid_from"], name="cases_payee_once"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """As letters and scripts name it: 户名, 开户行, 账号."""
        parts = [("户名", self.name), ("开户行", self.bank), ("账号", self.account)]
        return "　".join(f"{label}：{text}" for label, text in parts if text) if self.name or self.bank else self.account

    @property
    def label(self) -> str:
        """As it is chosen from a list: first what tells two of them apart."""
        return " · ".join(filter(None, (self.account, self.bank, self.name)))

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
