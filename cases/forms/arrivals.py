from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.choices import ArrivalState, Channel
from cases.forms.common import ALL, ClientChoiceMixin, reason_field, search_field
from cases.models import Arrival, Client
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty, people_with_role


class ArrivalFilter(ClientChoiceMixin):
    state = forms.ChoiceField(label=_("State"), choices=[ALL, *ArrivalState.choices], required=False)
    q = search_field(_("File or note"))
    field_order = ["q", "client", "state"]

    def apply(self, rows: QuerySet[Arrival]) -> QuerySet[Arrival]:
        data = self.cleaned_data
        if data["client"]:
            rows = rows.filter(client=data["client"])
        if data["state"]:
            rows = rows.filter(state=data["state"])
        if data["q"]:
            rows = rows.filter(Q(files__name__icontains=data["q"]) | Q(note__icontains=data["q"])).distinct()
        return rows


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files from one control; a service decides what may be among them."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        if not data:
            return [] if not self.required else super().clean(None, initial)
        # An empty file, a long name: the service says it in its own words.
        return list(data) if isinstance(data, list | tuple) else [data]


class MomentField(forms.DateTimeField):
    """A moment of the agency's clock, from the browser's own control."""

    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "step": "60"})

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **options)


class ArrivalForm(forms.Form):
    client = forms.ModelChoiceField(Client.objects.filter(is_active=True).order_by("code"), label=_("Client"), empty_label=_("Choose…"))
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    received_at = MomentField(label=_("Arrived in the channel"), help_text=_("The hour of intake runs from this moment (A1.1)."))
    files = ManyFilesField(label=_("Files"))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)


class DelegateForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("Person"), empty_label=_("Choose…"))
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = User.objects.filter(is_active=True).order_by("name")


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("Data specialist"), required=False, empty_label=_("Who has the least to do"))

    def __init__(self, *args: Any, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment = now or timezone.now()
        self.fields["to"].queryset = people_on_duty(Role.DATA_SPECIALIST, now=moment) or people_with_role(Role.DATA_SPECIALIST)
