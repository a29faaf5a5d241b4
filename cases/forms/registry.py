from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.choices import LegalBasis, RegistryState
from cases.forms.common import ALL, day_field, search_field
from cases.models import RegistryRequest


class RegistryFilter(forms.Form):
    state = forms.ChoiceField(label=_("State"), choices=[ALL, ("open", _("Under way")), *RegistryState.choices], required=False)
    q = search_field(_("Case or debtor"))
    field_order = ["q", "state"]

    def apply(self, rows: QuerySet[RegistryRequest]) -> QuerySet[RegistryRequest]:
        data = self.cleaned_data
        if data["state"] == "open":
            rows = rows.exclude(state__in=[RegistryState.ANSWERED, RegistryState.REFUSED, RegistryState.EXPIRED])
        elif data["state"]:
            rows = rows.filter(state=data["state"])
        if data["q"]:
            rows = rows.filter(Q(case__case_no__icontains=data["q"]) | Q(case__debtor__name__icontains=data["q"]))
        return rows


class LookupForm(forms.Form):
    """What a collector asks for on a case."""

    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=LegalBasis.choices)
    purpose = forms.CharField(label=_("Purpose"), max_length=200)


class SubmitForm(forms.Form):
    submitted_to = forms.CharField(label=_("Submitted to"), max_length=100, help_text=_("Bank or department, and the person if known."))


class ConfirmForm(forms.Form):
    confirmed_with = forms.CharField(label=_("Spoken to"), max_length=60, help_text=_("Who confirmed on the phone that it arrived."))


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Answer"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    address = forms.CharField(label=_("Registered address"), max_length=300, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    expires_on = day_field(_("May be used until"))
