from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.forms.common import ALL, search_field
from cases.models import Client, Payee


class ClientFilter(forms.Form):
    q = search_field(_("Code or name"))
    is_active = forms.ChoiceField(label=_("State"), choices=[ALL, ("1", _("Active")), ("0", _("Inactive"))], required=False)

    def apply(self, rows: QuerySet[Client]) -> QuerySet[Client]:
        data = self.cleaned_data
        if data["q"]:
            rows = rows.filter(Q(code__icontains=data["q"]) | Q(name__icontains=data["q"]) | Q(short_name__icontains=data["q"]))
        if data["is_active"]:
            rows = rows.filter(is_active=data["is_active"] == "1")
        return rows


class ClientForm(forms.ModelForm):
    class Meta:
        model = Client
        fields = ("code", "name", "short_name", "team", "kind", "entrusted_from", "entrusted_until", "service_phone", "is_active")
        widgets = {name: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}) for name in ("entrusted_from", "entrusted_until")}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("entrusted_from") and data.get("entrusted_until") and data["entrusted_until"] < data["entrusted_from"]:
            self.add_error("entrusted_until", _("The entrustment would end before it starts."))
        return data


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PayeeForm(forms.ModelForm):
    class Meta:
        model = Payee
        fields = ("name", "bank", "account", "valid_from", "valid_until", "note")
        widgets = {"valid_from": _day(), "valid_until": _day()}
        help_texts = {
            "account": _("As the client's written instruction says it; it can't be changed later."),
            "valid_until": _("Empty: until somebody ends it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = self.fields["bank"].required = True


class PayeePeriodForm(forms.ModelForm):
    class Meta:
        model = Payee
        fields = ("valid_from", "valid_until", "note")
        widgets = {"valid_from": _day(), "valid_until": _day()}
        help_texts = {"valid_until": _("Empty: until somebody ends it.")}
