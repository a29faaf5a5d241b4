"""What letters are made from: templates in versions, images, and the papers behind what they say."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Client, Payee
from letters.choices import ImageKind, LetterKind, PaperKind


class AuthorityPaper(models.Model):
    """A paper on file that lets letters say what they say: a law firm's engagement (CR-27), or the bank's approval to name a crime (CR-32).

    A firm of no client serves every client. Nothing of a paper changes; a new one takes its place.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=PaperKind)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="authority_papers", verbose_name=_("client"))
    number = models.CharField(_("document number"), max_length=60)
    name = models.CharField(_("law firm"), max_length=100, blank=True)
    lawyer = models.CharField(_("lawyer"), max_length=40, blank=True)
    lawyer_licence = models.CharField(_("lawyer's licence number"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    file = models.FileField(_("file"), upload_to="authority_papers/%Y", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("entered by"))
    entered_at = models.DateTimeField(_("entered"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("authority paper")
        verbose_name_plural = _("authority papers")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PaperKind.values), name="letters_paper_kind_known"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="letters_paper_ends_after_it_starts"),
            models.CheckConstraint(condition=~Q(kind=PaperKind.LAW_FIRM) | ~Q(name=""), name="letters_law_firm_has_a_name"),
            models.CheckConstraint(condition=~Q(kind=PaperKind.CRIME) | Q(client__isnull=False), name="letters_approval_is_a_clients"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}".strip()

    def holds_on(self, day: date) -> bool:
        """On file and in force."""
        return bool(self.file) and self.ended_at is None and self.valid_from <= day <= self.valid_until


class LetterImage(models.Model):
    """A letterhead or seal, as a PNG of our own making: the agency's, a client's or a law firm's. A new one takes its place; none is deleted."""

    kind = models.CharField(_("kind"), max_length=10, choices=ImageKind)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="letter_images", verbose_name=_("client"))
    law_firm = models.ForeignKey(AuthorityPaper, on_delete=models.PROTECT, null=True, blank=True, related_name="images", verbose_name=_("law firm"))
    file = models.FileField(_("image"), upload_to="letter_images/%Y")
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    is_active = models.BooleanField(_("in use"), default=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded"))

    class Meta:
        verbose_name = _("letter image")
        verbose_name_plural = _("letter images")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ImageKind.values), name="letters_image_kind_known"),
            models.CheckConstraint(condition=Q(client=None) | Q(law_firm=None), name="letters_image_has_one_owner"),
            models.UniqueConstraint(fields=["kind", "client"], condition=Q(is_active=True, client__isnull=False), name="letters_one_image_of_a_client_in_use"),
            models.UniqueConstraint(
                fields=["kind", "law_firm"], condition=Q(is_active=True, law_firm__isnull=False), name="letters_one_image_of_a_firm_in_use"
            ),
            models.UniqueConstraint(fields=["kind"], condition=Q(is_active=True, client=None, law_firm=None), name="letters_one_image_of_ours_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.law_firm or self.client or ''}".strip()


class LetterTemplate(models.Model):
    """The text of a kind of letter: whitelisted placeholders only, no code. A change makes a new version.

    `layout` is `letters.layout.Layout` as JSON; `payee` is the account of its client that its letters name unless whoever asks chooses another
    one (CR-28): a template for every client has none. A lawyer's letter names its law firm, and is in use once the GM office has approved it;
    until then it `waits`.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="letter_templates", verbose_name=_("client"))
    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind)
    name = models.CharField(_("name"), max_length=60)
    version = models.PositiveIntegerField(_("version"), default=1)
    heading = models.CharField(_("heading"), max_length=60)
    body = models.TextField(_("body"))
    layout = models.JSONField(_("layout"), default=dict)
    law_firm = models.ForeignKey(AuthorityPaper, on_delete=models.PROTECT, null=True, blank=True, related_name="templates", verbose_name=_("law firm"))
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payee"))
    is_active = models.BooleanField(_("active"), default=True)
    waits = models.BooleanField(_("awaits the GM office"), default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")
        permissions = [
            ("manage_letter_templates", _("Can edit letter templates")),
            ("approve_lawyer_template", _("Can approve templates of lawyer's letters")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "name", "version"], name="letters_client_template_version_once"),
            models.UniqueConstraint(fields=["kind", "name", "version"], condition=Q(client=None), name="letters_template_version_once"),
            models.CheckConstraint(condition=Q(kind__in=LetterKind.values), name="letters_template_kind_known"),
            models.CheckConstraint(condition=Q(waits=False) | Q(is_active=False), name="letters_waiting_template_is_not_in_use"),
            models.CheckConstraint(condition=Q(payee=None) | Q(client__isnull=False), name="letters_only_a_clients_template_names_an_account"),
            models.UniqueConstraint(fields=["client", "kind", "name"], condition=Q(is_active=True), name="letters_one_client_version_in_use"),
            models.UniqueConstraint(fields=["kind", "name"], condition=Q(is_active=True, client=None), name="letters_one_version_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
