from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Client
from letters.choices import Envelope, FirstPage, ImageKind, LetterKind, PaperKind
from letters.forms.payees import PayeeOfTemplate
from letters.layout import LAST_START, MOST_DAYS, Layout
from letters.models import AuthorityPaper, LetterTemplate

MOST_BODY = 20_000
# The fields of the form that are a template's layout, in the names of `Layout`.
LAYOUT_FIELDS = (
    "first_page", "first_header", "first_footer", "odd_even", "odd_header", "even_header", "footer", "even_footer", "cover", "number_from",
    "envelope", "letterhead_image", "seal_image", "qr", "pay_days",
)  # fmt: skip


class FirmField(forms.ModelChoiceField):
    def label_from_instance(self, paper: AuthorityPaper) -> str:
        return f"{paper.name} · {paper.number} · {paper.client or _('Every client')}"


def edge(label: Any, **extra: Any) -> forms.CharField:
    """A line above or below the pages."""
    return forms.CharField(label=label, required=False, max_length=200, **extra)


class TemplateForm(forms.Form):
    client = forms.ModelChoiceField(label=_("Client"), queryset=Client.objects.order_by("short_name"), required=False, empty_label=_("Every client"))
    kind = forms.ChoiceField(label=_("Kind"), choices=LetterKind.choices)
    name = forms.CharField(label=_("Name"), max_length=60)
    law_firm = FirmField(
        label=_("Law firm"),
        queryset=AuthorityPaper.objects.filter(kind=PaperKind.LAW_FIRM, ended_at=None).select_related("client").order_by("name"),
        required=False,
        empty_label=_("None"),
        help_text=_("Only for lawyer's letters, from a firm whose engagement is on file (CR-27)."),
    )
    payee = PayeeOfTemplate()
    heading = forms.CharField(label=_("Heading"), max_length=60)
    body = forms.CharField(label=_("Letter text"), max_length=MOST_BODY, widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false"}))
    pay_days = forms.IntegerField(label=_("Days to pay"), min_value=1, max_value=MOST_DAYS, initial=15, help_text=_("{pay_by} is today and these days."))
    first_page = forms.ChoiceField(label=_("First page"), choices=FirstPage.choices, initial=FirstPage.OWN)
    first_header = forms.CharField(
        label=_("Letterhead of the first page"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The first line is set large."),
    )
    first_footer = edge(_("Footer of the first page"))
    odd_even = forms.BooleanField(label=_("Odd and even pages differ"), required=False, initial=True)
    odd_header = edge(_("Header of odd pages"))
    even_header = edge(_("Header of even pages"))
    footer = edge(_("Footer of odd pages"))
    even_footer = edge(_("Footer of even pages"))
    cover = forms.CharField(
        label=_("Text of the cover"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A page before the letter, with the address; page numbers start after it. Empty: no cover."),
    )
    number_from = forms.IntegerField(label=_("Page numbers start on page"), min_value=1, max_value=LAST_START, initial=1, help_text=_("2: after a cover."))
    envelope = forms.ChoiceField(label=_("Envelope"), choices=Envelope.choices, initial=Envelope.DL_LEFT)
    letterhead_image = forms.BooleanField(label=_("Letterhead as an image"), required=False)
    seal_image = forms.BooleanField(label=_("Seal as an image"), required=False)
    qr = forms.BooleanField(label=_("QR code beside the letter number"), required=False)

    def offer_payees(self, template: LetterTemplate | None, *, today: date) -> None:
        """The accounts that may be chosen for it: of a new template's client as far as it is chosen; a template for every client has none."""
        if template and template.client is None:
            del self.fields["payee"]
        else:
            self.fields["payee"].offer(client=template and template.client, kept=template and template.payee, today=today)

    @staticmethod
    def initial_of(template: LetterTemplate) -> dict[str, Any]:
        fields = {name: getattr(template, name) for name in ("client", "kind", "name", "heading", "body", "law_firm", "payee")}
        layout = Layout.of(template.layout).stored()
        return fields | {name: layout[name] for name in LAYOUT_FIELDS}

    def layout(self) -> Layout:
        return Layout.of({name: self.cleaned_data[name] for name in LAYOUT_FIELDS if self.cleaned_data.get(name) is not None} | self._texts())

    def _texts(self) -> dict[str, str]:
        """Browsers send line ends as two characters."""
        return {name: self.cleaned_data.get(name, "").replace("\r\n", "\n") for name in ("first_header", "cover")}


class ImageForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=ImageKind.choices)
    client = forms.ModelChoiceField(
        label=_("Client"),
        queryset=Client.objects.order_by("short_name"),
        required=False,
        empty_label=_("Our own"),
        help_text=_("A client without an image of its own uses ours."),
    )
    law_firm = FirmField(
        label=_("Law firm"),
        queryset=AuthorityPaper.objects.filter(kind=PaperKind.LAW_FIRM, ended_at=None).select_related("client").order_by("name"),
        required=False,
        empty_label=_("None"),
        help_text=_("For lawyer's letters; leave the client empty then."),
    )
    image = forms.FileField(
        label=_("Image"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text=_("PNG or JPEG, at most 2 MB. A seal on a transparent ground looks best."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("client") and data.get("law_firm"):
            self.add_error("law_firm", _("An image belongs to a client or to a law firm, not to both."))
        return data


class PaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=PaperKind.choices)
    client = forms.ModelChoiceField(label=_("Client"), queryset=Client.objects.order_by("short_name"), required=False, empty_label=_("Every client"))
    number = forms.CharField(label=_("Document number"), max_length=60)
    name = forms.CharField(label=_("Law firm"), max_length=100, required=False)
    lawyer = forms.CharField(label=_("Lawyer"), max_length=40, required=False)
    lawyer_licence = forms.CharField(label=_("Lawyer's licence number"), max_length=40, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(label=_("Valid until"), widget=forms.DateInput(attrs={"type": "date"}))
    file = forms.FileField(
        label=_("File"), widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}), help_text=_("The signed paper as PDF, PNG or JPEG, at most 10 MB.")
    )
