"""What letters are made from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Client
from letters.choices import LetterKind


class LetterTemplate(models.Model):
    """The text of a kind of letter: whitelisted placeholders only, no code. A change makes a new version.

    `layout` holds what F asks for: {"first_header", "odd_header", "even_header", "first_footer", "footer", "number_from"}, and
    "law_firm" for a lawyer's letter.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="letter_templates", verbose_name=_("client"))
    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind)
    name = models.CharField(_("name"), max_length=60)
    version = models.PositiveIntegerField(_("version"), default=1)
    heading = models.CharField(_("heading"), max_length=60)
    body = models.TextField(_("body"))
    layout = models.JSONField(_("layout"), default=dict)
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")
        permissions = [("manage_letter_templates", _("Can edit letter templates"))]
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "name", "version"], name="letters_client_template_version_once"),
            models.UniqueConstraint(fields=["kind", "name", "version"], condition=Q(client=None), name="letters_template_version_once"),
            models.CheckConstraint(condition=Q(kind__in=LetterKind.values), name="letters_template_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
