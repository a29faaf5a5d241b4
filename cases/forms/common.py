"""What the forms of this app share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Client

ALL = ("", _("All"))


def search_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=60, widget=forms.TextInput({"type": "search"}))


def day_field(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


def reason_field() -> forms.CharField:
    return forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput({"autocomplete": "off"}))


class ClientChoiceMixin(forms.Form):
    client = forms.ModelChoiceField(Client.objects.order_by("code"), label=_("Client"), required=False, empty_label=_("All"))


class ReasonForm(forms.Form):
    reason = reason_field()
