from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Client
from letters.choices import LetterKind
from letters.models import LetterTemplate
from letters.printing.sheet import EDGES


class TemplateForm(forms.Form):
    client = forms.ModelChoiceField(label=_("Client"), queryset=Client.objects.order_by("short_name"), required=False, empty_label=_("Every client"))
    kind = forms.ChoiceField(label=_("Kind"), choices=LetterKind.choices)
    name = forms.CharField(label=_("Name"), max_length=60)
    heading = forms.CharField(label=_("Heading"), max_length=60)
    body = forms.CharField(label=_("Letter text"), widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false"}))
    first_header = forms.CharField(
        label=_("Letterhead of the first page"), required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("The first line is set large.")
    )
    odd_header = forms.CharField(label=_("Header of odd pages"), required=False, max_length=200)
    even_header = forms.CharField(label=_("Header of even pages"), required=False, max_length=200)
    first_footer = forms.CharField(label=_("Footer of the first page"), required=False, max_length=200)
    footer = forms.CharField(label=_("Footer of the other pages"), required=False, max_length=200)
    number_from = forms.IntegerField(label=_("Page numbers start on page"), min_value=1, max_value=20, initial=1, help_text=_("2: after a cover."))
    law_firm = forms.CharField(label=_("Law firm"), required=False, max_length=100, help_text=_("Only for lawyer's letters (CR-27)."))

    @staticmethod
    def initial_of(template: LetterTemplate) -> dict[str, Any]:
        fields = {name: getattr(template, name) for name in ("client", "kind", "name", "heading", "body")}
        return fields | {"number_from": 1} | {name: value for name, value in template.layout.items() if name != "sections"}

    def layout(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*EDGES, "number_from", "law_firm")}
