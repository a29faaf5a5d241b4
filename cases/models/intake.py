"""What banks put in their channel: arrivals and their files."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.choices import ArrivalState, Channel
from cases.models.client import Client


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
    # The archive that this file came in, as its member.
    packed_in = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("packed in"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["client", "sha256"], name="cases_file_taken_once_per_client")]

    def __str__(self) -> str:
        return self.name
