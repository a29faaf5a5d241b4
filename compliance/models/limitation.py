"""What interrupted the limitation of a case's debt, with its evidence (CR-34)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from compliance.choices import Interruption


class LimitationEvent(models.Model):
    """One thing that is shown to have happened on a day. `counts` says whether it began the three years anew: it didn't once they were over."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="limitation_events", db_index=False, verbose_name=_("case"))
    kind = models.CharField(_("what happened"), max_length=12, choices=Interruption)
    on = models.DateField(_("on"))
    # Where it can be read or heard: the carrier's proof, the message's id and the reserved address, the recording, the paper.
    evidence = models.CharField(_("evidence"), max_length=300)
    counts = models.BooleanField(_("interrupts"))
    # Empty when a carrier's answer or a bank's file said it.
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by"))
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("interruption of limitation")
        verbose_name_plural = _("interruptions of limitation")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["case", "on", "kind", "evidence"], name="compliance_interruption_once"),
            models.CheckConstraint(condition=Q(kind__in=Interruption.values), name="compliance_interruption_kind_known"),
            models.CheckConstraint(condition=~Q(evidence=""), name="compliance_interruption_needs_evidence"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.on} {self.get_kind_display()}"
