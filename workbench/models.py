from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A person's own way of looking at the queue: its filters under a name, in an order of their own. At most one is the default."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", verbose_name=_("person"))
    name = models.CharField(_("name"), max_length=40)
    # As the queue's query takes them: {"why": "1_broken", "client": 3, "band": "3"}.
    filters = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(_("opened first"), default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["person", "name"], name="workbench_view_name_once_per_person"),
            models.UniqueConstraint(fields=["person"], condition=Q(is_default=True), name="workbench_one_default_view_per_person"),
        ]

    def __str__(self) -> str:
        return self.name
