from django import forms
from django.utils.translation import gettext_lazy as _

from letters.choices import Carrier, FileKind, ReturnReason
from letters.rules import letter_number_in, plain_tracking

DELIVERED = "delivered"


class ResultsForm(forms.Form):
    """Many letters with one outcome, as a scanner gives them: a number and Enter for each."""

    outcome = forms.ChoiceField(
        label=_("What became of them"), choices=[(DELIVERED, _("Delivered")), *((value, label) for value, label in ReturnReason.choices)]
    )
    on = forms.DateField(label=_("The carrier's day"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("Empty: today."))
    numbers = forms.CharField(
        label=_("Letter or tracking numbers"),
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 14, "autofocus": True, "spellcheck": "false", "autocomplete": "off", "class": "tabular"}),
        help_text=_("One on each line, as the scanner gives them."),
    )

    def codes(self) -> list[str]:
        """Each number once, in the order of the scans."""
        read = (letter_number_in(line) or plain_tracking(line) for line in self.cleaned_data["numbers"].splitlines())
        return list(dict.fromkeys(filter(None, read)))

    @property
    def reason(self) -> str:
        outcome = self.cleaned_data["outcome"]
        return "" if outcome == DELIVERED else outcome


class CarrierFileForm(forms.Form):
    kind = forms.ChoiceField(label=_("What the file tells"), choices=FileKind.choices)
    carrier = forms.ChoiceField(label=_("Carrier"), choices=Carrier.choices)
    file = forms.FileField(label=_("File"), widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.xlsb,.ods"}))


class AddressForm(forms.Form):
    text = forms.CharField(
        label=_("Address"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Province, city, district, street, house.")
    )
    postcode = forms.CharField(label=_("Postcode"), max_length=6, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    seen = forms.CharField(max_length=400, widget=forms.HiddenInput, strip=False)
