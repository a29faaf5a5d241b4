from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.choices import ArrivalState, Channel, LegalBasis, PlacementState, RegistryState
from cases.models import Arrival, Client, Placement, RegistryRequest
from staff.choices import Role
from staff.models import Team, User
from staff.selectors import people_on_duty, people_with_role

ALL = ("", _("All"))


def _search(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=60, widget=forms.TextInput({"type": "search"}))


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


def _reason() -> forms.CharField:
    return forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput({"autocomplete": "off"}))


class ClientChoiceMixin(forms.Form):
    client = forms.ModelChoiceField(Client.objects.order_by("code"), label=_("Client"), required=False, empty_label=_("All"))


class ArrivalFilter(ClientChoiceMixin):
    state = forms.ChoiceField(label=_("State"), choices=[ALL, *ArrivalState.choices], required=False)
    q = _search(_("File or note"))
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


class ReasonForm(forms.Form):
    reason = _reason()


class DelegateForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("Person"), empty_label=_("Choose…"))
    reason = _reason()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = User.objects.filter(is_active=True).order_by("name")


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("Data specialist"), required=False, empty_label=_("Who has the least to do"))

    def __init__(self, *args: Any, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment = now or timezone.now()
        self.fields["to"].queryset = people_on_duty(Role.DATA_SPECIALIST, now=moment) or people_with_role(Role.DATA_SPECIALIST)


class PlacementFilter(ClientChoiceMixin):
    state = forms.ChoiceField(label=_("State"), choices=[ALL, *PlacementState.choices], required=False)
    team = forms.ModelChoiceField(Team.objects.order_by("name"), label=_("Team"), required=False, empty_label=_("All"))
    q = _search(_("Placement or file"))
    field_order = ["q", "client", "team", "state"]

    def apply(self, rows: QuerySet[Placement]) -> QuerySet[Placement]:
        data = self.cleaned_data
        for name in ("client", "team", "state"):
            if data[name]:
                rows = rows.filter(**{name: data[name]})
        if data["q"]:
            rows = rows.filter(Q(code__icontains=data["q"]) | Q(file__name__icontains=data["q"]))
        return rows


class PasswordForm(forms.Form):
    password = forms.CharField(label=_("Password of the file"), max_length=200, widget=forms.PasswordInput({"autocomplete": "off"}))


class MappingForm(forms.Form):
    """What the placement is called, whose it is, and its days; the columns come beside it (`chosen`)."""

    code = forms.CharField(label=_("Placement"), max_length=60)
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True).order_by("name"), label=_("Team"), empty_label=_("Choose…"))
    placed_on = _day(_("Placed on"), required=False, help_text=_("For rows without a date of their own."))
    due_back_on = _day(_("Due back on"), required=False)
    save_template = forms.BooleanField(label=_("Remember the columns as this client's template"), required=False)

    def __init__(self, *args: Any, placement: Placement, **kwargs: Any) -> None:
        initial = {name: getattr(placement, name) for name in ("code", "placed_on", "due_back_on")}
        initial |= {"team": placement.team or placement.client.team, "save_template": True}
        super().__init__(*args, initial=initial, **kwargs)
        self.placement = placement

    def chosen(self) -> dict[str, dict[int, str]]:
        """{sheet: {column index: field}} of the sheets that are ticked."""
        result = {}
        for position, sheet in enumerate(self.placement.layout):
            if self.data.get(f"take-{position}"):
                names = {column["index"]: f"field-{position}-{column['index']}" for column in sheet["columns"]}
                result[sheet["sheet"]] = {index: self.data[name] for index, name in names.items() if name in self.data}
        return result


class MendForm(forms.Form):
    column = forms.IntegerField(min_value=0, max_value=1000)
    text = forms.CharField(required=False, max_length=2000, strip=True)


class RowsForm(forms.Form):
    """Some rows, or all bad ones."""

    reason = forms.CharField(required=False, max_length=200)
    everything = forms.BooleanField(required=False)
    ids = forms.TypedMultipleChoiceField(required=False, coerce=int)

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["ids"].choices = [(value, value) for value in data.getlist("ids") if value.isdecimal() and len(value) < 19]


class RegistryFilter(forms.Form):
    state = forms.ChoiceField(label=_("State"), choices=[ALL, ("open", _("Under way")), *RegistryState.choices], required=False)
    q = _search(_("Case or debtor"))
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
    expires_on = _day(_("May be used until"))


class ClientFilter(forms.Form):
    q = _search(_("Code or name"))
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
        fields = ("code", "name", "short_name", "team", "entrusted_from", "entrusted_until", "service_phone", "payee_account", "is_active")
        widgets = {name: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}) for name in ("entrusted_from", "entrusted_until")}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("entrusted_from") and data.get("entrusted_until") and data["entrusted_until"] < data["entrusted_from"]:
            self.add_error("entrusted_until", _("The entrustment would end before it starts."))
        return data
