"""What carriers send."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from letters.choices import Carrier, FileKind


class CarrierFile(models.Model):
    """What a carrier sent: tracking numbers, or results. Read and shown first; then all its lines are written, or none.

    `lines`: [{"row", "letter", "number", "tracking", "outcome", "reason", "on", "fault", "warning"}], `letter` the id, `fault` and
    `warning` codes. It names no person: addressees are matched when the file is read, and dropped.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=FileKind)
    carrier = models.CharField(_("carrier"), max_length=12, choices=Carrier)
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    lines = models.JSONField(default=list)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded"))
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by"))
    committed_at = models.DateTimeField(_("written"), null=True, blank=True)

    class Meta:
        verbose_name = _("carrier's file")
        verbose_name_plural = _("carriers' files")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "sha256"], condition=Q(committed_at__isnull=False), name="letters_carrier_file_written_once"),
            models.CheckConstraint(
                condition=Q(committed_at=None, committed_by=None) | Q(committed_at__isnull=False, committed_by__isnull=False),
                name="letters_file_written_at_and_by_together",
            ),
        ]

    def __str__(self) -> str:
        return self.name
