from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Client
from letters.choices import LetterKind, LetterState, ReturnReason
from letters.forms.payees import TemplateSelect, offer_payees, payee_choice
from letters.models import MOST_TRIES, Letter, LetterTemplate
from letters.selectors import addresses_for, templates_for

EVERY = [("", _("All"))]
ATTENTION = [("", _("All")), ("set_aside", _("Set aside: cannot be printed")), ("silent", _("Sent, and nothing heard"))]


class LetterFilter(forms.Form):
    q = forms.CharField(label=_("Number, case or debtor"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=EVERY + LetterState.choices, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=EVERY + LetterKind.choices, required=False)
    client = forms.ModelChoiceField(label=_("Client"), queryset=Client.objects.order_by("short_name"), required=False, empty_label=_("All"))
    attention = forms.ChoiceField(label=_("Needs a look"), choices=ATTENTION, required=False)

    def __init__(self, *args: Any, is_silent: bool = False, **kwargs: Any) -> None:
        """`is_silent`: no bank and nothing of the debt is named (CR-12)."""
        super().__init__(*args, **kwargs)
        if is_silent:
            del self.fields["kind"], self.fields["client"]

    def apply(self, rows: QuerySet[Letter]) -> QuerySet[Letter]:
        asked = self.cleaned_data
        if asked["attention"] == "set_aside":
            rows = rows.filter(state=LetterState.APPROVED, attempts__gte=MOST_TRIES)
        if asked["attention"] == "silent":
            rows = rows.filter(state=LetterState.DISPATCHED, asked_after_at__isnull=False)
        if asked["q"]:
            text = asked["q"].strip()
            rows = rows.filter(Q(number__icontains=text) | Q(tracking_no__iexact=text) | Q(case__case_no__iexact=text) | Q(case__debtor__name__startswith=text))
        if asked["state"]:
            rows = rows.filter(state=asked["state"])
        if asked.get("kind"):
            rows = rows.filter(template__kind=asked["kind"])
        if asked.get("client"):
            rows = rows.filter(case__client=asked["client"])
        return rows


class AddressField(forms.ModelChoiceField):
    def label_from_instance(self, address: Any) -> str:
        return f"{address.get_kind_display()} · {address.masked} · {address.get_verification_display()}"


class RequestForm(forms.Form):
    template = forms.ModelChoiceField(label=_("Template"), queryset=LetterTemplate.objects.none(), widget=TemplateSelect)
    address = AddressField(label=_("Address"), queryset=None)
    payee = payee_choice()
    reason = forms.CharField(label=_("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, case: Case, today: date, **kwargs: Any) -> None:
        """The account is asked for where there is a choice (CR-28)."""
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = templates_for(case)
        offer_payees(self, case.client, templates_for(case), today=today)
        self.fields["address"].queryset = addresses_for(case)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=200, required=False)


class DispatchForm(forms.Form):
    carrier = forms.CharField(required=False)
    tracking_no = forms.CharField(required=False, max_length=60)


class ReturnForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why it came back"), choices=ReturnReason.choices)
