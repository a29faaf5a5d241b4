from datetime import date, time
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Client, Placement
from compliance.choices import WINDOWS, Layer, PolicyKey, TargetClass
from compliance.models import ClientInstruction, ContactPolicy, DoNotContact, Script
from compliance.rules.hours import Hours
from compliance.rules.layers import wall_text

ALL = ("", _("All"))
# A debtor's own ways to be reached are no limits that anybody sets.
LIMITS = [choice for choice in PolicyKey.choices if choice[0] not in (PolicyKey.CHANNEL, PolicyKey.LANGUAGE)]
WHEN = [("", _("In force and to come")), ("all", _("All versions"))]


def _clients() -> QuerySet[Client]:
    return Client.objects.order_by("code")


def _beginning() -> forms.DateTimeField:
    return forms.DateTimeField(
        label=_("Valid from"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: at once."),
    )


class PolicyFilter(forms.Form):
    key = forms.ChoiceField(label=_("Limit"), choices=[ALL, *LIMITS], required=False)
    layer = forms.ChoiceField(
        label=_("Layer"), choices=[ALL, *((layer.value, layer.label) for layer in Layer if layer not in (Layer.DEBTOR, Layer.CONSENT))], required=False
    )
    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"), required=False)
    when = forms.ChoiceField(label=_("Versions"), choices=WHEN, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = _clients()

    def apply(self, rows: QuerySet[ContactPolicy]) -> QuerySet[ContactPolicy]:
        wanted = {name: self.cleaned_data[name] for name in ("key", "layer", "client")}
        return rows.filter(**{name: value for name, value in wanted.items() if value})


HOURS_FIELDS = ("opens", "closes", "rest_from", "rest_until", "weekdays", "month_end")


class PolicyForm(forms.Form):
    """A new version of one limit, for the company or for one client; hours, or a figure."""

    client = forms.ModelChoiceField(Client.objects.none(), label=_("For"), required=False, empty_label=_("The whole company"))
    opens = forms.TimeField(label=_("Calls from"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(label=_("Calls until"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    rest_from = forms.TimeField(label=_("Rest from"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    rest_until = forms.TimeField(
        label=_("Rest until"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=_("Nobody is called meanwhile. Empty: no rest."),
    )
    weekdays = forms.BooleanField(label=_("Monday to Friday only"), required=False)
    month_end = forms.IntegerField(
        label=_("Not on the month's last days"), min_value=0, max_value=5, required=False, help_text=_("How many days; empty or 0: none.")
    )
    limit = forms.IntegerField(label=_("Figure"), min_value=0, max_value=10_000)
    source = forms.CharField(label=_("Based on"), max_length=100, help_text=_("The contract, the policy or the person's decision that it comes from."))
    valid_from = _beginning()

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = _clients().filter(is_active=True)
        wall = _("The law's limit: %(wall)s. It cannot be crossed here.") % {"wall": wall_text(key)}
        if key in WINDOWS:
            del self.fields["limit"]
            self.fields["closes"].help_text = wall
        else:
            for name in HOURS_FIELDS:
                del self.fields[name]
            self.fields["limit"].help_text = wall

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        opens, closes = data.get("opens"), data.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", _("The end must be later than the beginning."))
        elif opens and closes:
            self._check_rest(opens, closes, data.get("rest_from"), data.get("rest_until"))
        return data

    def _check_rest(self, opens: time, closes: time, begins: time | None, ends: time | None) -> None:
        if (begins is None) != (ends is None):
            self.add_error("rest_from" if begins is None else "rest_until", _("A rest has a beginning and an end."))
        elif begins and not opens < begins < ends < closes:
            self.add_error("rest_until", _("The rest lies between the first and the last call, and ends after it begins."))

    def value(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "limit" in data:
            return {"limit": data["limit"]}
        opens, closes, begins, ends = (f"{data[name]:%H:%M}" if data[name] else "" for name in ("opens", "closes", "rest_from", "rest_until"))
        value: dict[str, Any] = {"spans": [[opens, begins], [ends, closes]]} if begins else {"from": opens, "to": closes}
        return value | {name: data[name] for name in ("weekdays", "month_end") if data[name]}


def hours_as_entered(value: dict[str, Any]) -> dict[str, Any]:
    """A limit's hours as `PolicyForm` shows them. More than two stretches are shown as the first and the last."""
    hours = Hours.of(value)
    first, last = hours.spans[0], hours.spans[-1]
    rest = {"rest_from": first[1], "rest_until": last[0]} if len(hours.spans) > 1 else {}
    return {"opens": first[0], "closes": last[1], "weekdays": hours.weekdays, "month_end": hours.month_end or None} | rest


class ScriptFilter(forms.Form):
    target = forms.ChoiceField(label=_("For"), choices=[ALL, *TargetClass.choices], required=False)
    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"), required=False)
    when = forms.ChoiceField(label=_("Versions"), choices=WHEN, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = _clients()

    def apply(self, rows: QuerySet[Script]) -> QuerySet[Script]:
        wanted = {name: self.cleaned_data[name] for name in ("target", "client")}
        return rows.filter(**{name: value for name, value in wanted.items() if value})


class ScriptForm(forms.Form):
    """A script, or a new version of one: then whom it is for, its title and its client are as they were."""

    target = forms.ChoiceField(label=_("For"), choices=TargetClass.choices)
    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"), required=False, empty_label=_("Every client"))
    title = forms.CharField(label=_("Title"), max_length=60)
    text = forms.CharField(label=_("Text"), max_length=5000, widget=forms.Textarea({"rows": 16}))
    valid_from = _beginning()

    def __init__(self, *args: Any, script: Script | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.script = script
        self.fields["client"].queryset = _clients().filter(Q(is_active=True) | Q(pk=script.client_id if script else None))
        for name in ("target", "client", "title"):
            self.fields[name].disabled = script is not None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        same = {name: data.get(name) for name in ("target", "client", "title")}
        if self.script is None and data.get("title") and Script.objects.filter(**same).exists():
            self.add_error("title", _("There is such a script already: open it in the list and make a new version."))
        return data


class NumberFilter(forms.Form):
    """The whole number never stands in an address; its last digits do."""

    last4 = forms.RegexField(
        r"^\d{1,4}\Z", label=_("Last digits of the number"), required=False, max_length=4, widget=forms.TextInput({"inputmode": "numeric"})
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=60)

    def apply(self, rows: QuerySet[DoNotContact]) -> QuerySet[DoNotContact]:
        wanted = {"number_masked__endswith": self.cleaned_data["last4"], "reason__icontains": self.cleaned_data["reason"]}
        return rows.filter(**{name: value for name, value in wanted.items() if value})


class InstructionFilter(forms.Form):
    STATES = [ALL, ("waiting", _("Awaiting approval")), ("open", _("In force")), ("coming", _("To come")), ("ended", _("Expired"))]
    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["client"].queryset = _clients()

    def apply(self, rows: QuerySet[ClientInstruction]) -> QuerySet[ClientInstruction]:
        data, today = self.cleaned_data, self.today
        states = {
            "waiting": Q(approved_at=None, expires_on__gte=today),
            "open": Q(approved_at__isnull=False, valid_from__lte=today, expires_on__gte=today),
            "coming": Q(approved_at__isnull=False, valid_from__gt=today),
            "ended": Q(expires_on__lt=today),
        }
        if data["client"]:
            rows = rows.filter(client=data["client"])
        return rows.filter(states[data["state"]]) if data["state"] else rows


class InstructionForm(forms.Form):
    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"), empty_label=_("Choose…"))
    number = forms.CharField(label=_("Document number"), max_length=60)
    file = forms.FileField(
        label=_("Document"),
        widget=forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png"}),
        help_text=_("The bank's signed document as PDF, JPG or PNG. The GM office reads it before it approves."),
    )
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    expires_on = forms.DateField(
        label=_("Expires on"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), help_text=_("The last day on which it holds.")
    )

    def __init__(self, *args: Any, clients: QuerySet[Client], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = clients.order_by("code")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        begins, ends = data.get("valid_from"), data.get("expires_on")
        if begins and ends and ends < begins:
            self.add_error("expires_on", _("The end must be later than the beginning."))
        return data


class NoticeFilter(forms.Form):
    client = forms.ModelChoiceField(Client.objects.order_by("code"), label=_("Client"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), ("missing", _("Missing")), ("filed", _("On file"))], required=False)

    def apply(self, rows: QuerySet[Placement]) -> QuerySet[Placement]:
        asked = self.cleaned_data
        if asked["client"]:
            rows = rows.filter(client=asked["client"])
        return rows.filter(notified_on__isnull=asked["state"] == "missing") if asked["state"] else rows


class NoticeForm(forms.Form):
    """When, by which way, and where it can be read."""

    notified_on = forms.DateField(label=_("Notified on"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    way = forms.CharField(label=_("By which way"), max_length=60, help_text=_("Text message, letter, e-mail, the bank's app …"))
    evidence = forms.CharField(label=_("Where it can be read"), max_length=300, help_text=_("The bank's document number, or the batch of its messages."))
    file = forms.FileField(label=_("Document"), required=False, widget=forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png"}), help_text=_("PDF, JPG or PNG."))
