from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.choices import LegalBasis, RegistryState
from cases.models.case import Case
from collection.lib.crypto import EncryptedTextField


def _person(related_name: str, label) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name=related_name, verbose_name=label)


class RegistryRequest(models.Model):
    """A household-registry look-up (A1.3): asked with basis and purpose, approved, submitted, confirmed by phone, answered."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="registry_requests", verbose_name=_("case"))
    legal_basis = models.CharField(_("legal basis"), max_length=10, choices=LegalBasis)
    purpose = models.CharField(_("purpose"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=RegistryState, default=RegistryState.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="registry_requests", verbose_name=_("requested by"))
    requested_at = models.DateTimeField(_("requested"))
    decided_by = _person("+", _("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    refusal = models.CharField(_("why refused"), max_length=200, blank=True)
    submitted_to = models.CharField(_("submitted to"), max_length=100, blank=True)
    submitted_by = _person("+", _("submitted by"))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    confirmed_with = models.CharField(_("spoken to"), max_length=60, blank=True)
    confirmed_by = _person("+", _("confirmed by"))
    confirmed_at = models.DateTimeField(_("confirmed by phone"), null=True, blank=True)
    answer = EncryptedTextField(_("answer"), blank=True)
    answered_by = _person("+", _("answered by"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    expires_on = models.DateField(_("may be used until"), null=True, blank=True)

    class Meta:
        verbose_name = _("registry request")
        verbose_name_plural = _("registry requests")
        default_permissions = ()
        permissions = [
            ("request_registry", _("Can ask for a registry look-up")),
            ("approve_registry", _("Can approve a registry look-up")),
            ("handle_registry", _("Can submit, confirm and answer registry requests")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RegistryState.values), name="cases_registry_state_known"),
            models.CheckConstraint(condition=Q(legal_basis__in=LegalBasis.values), name="cases_registry_basis_lawful"),
            models.CheckConstraint(
                condition=Q(submitted_at=None, submitted_by=None) | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="cases_registry_submitted_at_and_by_together",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=~Q(state__in=[RegistryState.ANSWERED, RegistryState.REFUSED, RegistryState.EXPIRED]),
                name="cases_one_registry_request_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} #{self.pk}"
