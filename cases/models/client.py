from datetime import date

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
    payee_account = models.CharField(_("payee account"), max_length=200, blank=True, help_text=_("The only account that letters and scripts may name (CR-28)."))
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
