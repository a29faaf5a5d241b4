import re
from datetime import date, datetime, time

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from duties.choices import Counting
from duties.models import Duty, DutyKind
from duties.services_settings import TERMS, Terms
from staff.choices import Role
from staff.models import User
from staff.selectors import people_visible_to


class DutyFilter(forms.Form):
    """What the list of duties is narrowed by; without an answer only what is still to be done."""

    STATES = [
        ("unmet", _("Still to be done")),
        ("open", _("Open, in time")),
        ("paused", _("Paused")),
        ("missed", _("Missed")),
        ("met", _("Met in time")),
        ("met_late", _("Met late")),
        ("cancelled", _("Cancelled")),
        ("all", _("All")),
    ]
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    kind = forms.ModelChoiceField(DutyKind.objects.order_by("code"), label=_("Duty"), required=False)
    holder = forms.ModelChoiceField(User.objects.none(), label=_("Held by"), required=False)
    due_by = forms.DateField(label=_("Due until"), required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        people = people_visible_to(user).order_by("name")
        if people.count() > 1:
            self.fields["holder"].queryset = people
        else:
            del self.fields["holder"]

    def apply(self, rows: QuerySet[Duty]) -> QuerySet[Duty]:
        data = self.cleaned_data
        rows = rows.filter(state_condition(data["state"] or "unmet"))
        if data["kind"]:
            rows = rows.filter(kind=data["kind"])
        if data.get("holder"):
            rows = rows.filter(holder=data["holder"])
        if data["due_by"]:
            end = timezone.make_aware(datetime.combine(data["due_by"], time.max))
            rows = rows.filter(due_at__lte=end)
        return rows


def state_condition(state: str) -> Q:
    unmet = Q(met_at=None, cancelled_at=None)
    return {
        "unmet": unmet,
        "open": unmet & Q(missed_at=None, paused_at=None),
        "paused": unmet & Q(paused_at__isnull=False),
        "missed": unmet & Q(missed_at__isnull=False),
        "met": Q(met_at__isnull=False, missed_at=None),
        "met_late": Q(met_at__isnull=False, missed_at__isnull=False),
        "cancelled": Q(cancelled_at__isnull=False),
        "all": Q(),
    }[state]


class ExtendForm(forms.Form):
    reason = forms.CharField(label=_("Why more time is needed"), max_length=200, widget=forms.Textarea({"rows": 3}))
    extra = forms.IntegerField(label=_("How much more"), min_value=1, required=False)


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("Hand over to"))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args, candidates: QuerySet[User], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = candidates


class PauseForm(forms.Form):
    reason = forms.CharField(label=_("What is being waited for"), max_length=200, widget=forms.Textarea({"rows": 2}))


class DayForm(forms.Form):
    """Days that differ from the week, or follow it again."""

    KINDS = [("rest", _("Rest day")), ("work", _("Working day")), ("week", _("As the week says"))]
    day = forms.DateField(label=_("Day"), widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To, for several days"), required=False, widget=forms.DateInput({"type": "date"}))
    kind = forms.ChoiceField(label=_("The day is a"), choices=KINDS)
    name = forms.CharField(label=_("Name"), max_length=60, required=False)


class HoursForm(forms.Form):
    """Up to three stretches of the working day."""

    def __init__(self, *args, spans: list[tuple[time, time]] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for number in range(3):
            opens, closes = spans[number] if number < len(spans) else (None, None)
            required = number == 0
            self.fields[f"opens{number}"] = _time_field(_("Opens"), opens, required)
            self.fields[f"closes{number}"] = _time_field(_("Closes"), closes, required)

    def pairs(self) -> list[tuple]:
        return [(self[f"opens{number}"], self[f"closes{number}"]) for number in range(3)]

    def clean(self) -> dict:
        data = super().clean()
        for number in range(3):
            if bool(data.get(f"opens{number}")) != bool(data.get(f"closes{number}")) and not self.errors:
                self.add_error(f"closes{number}", _("Give both ends of the stretch, or neither."))
        return data

    def spans(self) -> list[tuple[time, time]]:
        data = self.cleaned_data
        return [(data[f"opens{number}"], data[f"closes{number}"]) for number in range(3) if data.get(f"opens{number}")]


def _time_field(label, initial: time | None, required: bool) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, initial=initial, required=required, widget=widget)


class KindForm(forms.Form):
    """The terms of a kind; steps as lines of "accounts = days"."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=60)
    counting = forms.ChoiceField(label=_("Counted in"), choices=Counting.choices)
    amount = forms.IntegerField(label=_("Length"), min_value=0, max_value=100_000)
    ceiling = forms.IntegerField(label=_("Longest, extensions included"), min_value=0, max_value=100_000)
    steps = forms.CharField(
        label=_("Length by accounts"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One step a line: up to how many accounts = days. Past the last step the longest time holds."),
    )
    department = forms.ChoiceField(
        label=_("Held by"),
        required=False,
        choices=[("", _("Several departments: the agency's hours")), *Role.choices],
        help_text=_("The working hours of this department count."),
    )
    first_warning = forms.IntegerField(label=_("First warning, percent of the time"), min_value=0, max_value=99, help_text=_("To the holder. 0: none."))
    last_warning = forms.IntegerField(label=_("Last warning, percent of the time"), min_value=0, max_value=99, help_text=_("To the holder. 0: none."))
    tells_lead = forms.BooleanField(label=_("The team lead is told with the last warning"), required=False)
    may_pause = forms.BooleanField(label=_("The clock may be paused, for instance to wait for the bank"), required=False)
    valid_from = forms.DateField(
        label=_("Valid from"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("Empty: from now on. Duties that have begun keep the version they began under."),
    )

    def clean_valid_from(self) -> datetime | None:
        day = self.cleaned_data["valid_from"]
        return day and timezone.make_aware(datetime.combine(day, time.min))

    def terms(self) -> Terms:
        return Terms(**{name: self.cleaned_data[name] for name in TERMS})

    def clean_steps(self) -> list[list[int]]:
        found = []
        for line in filter(None, map(str.strip, self.cleaned_data["steps"].splitlines())):
            parts = re.fullmatch(r"(\d{1,6})\s*[=:：＝]\s*(\d{1,3})", line, re.ASCII)
            if parts is None:
                raise forms.ValidationError(_("“%(line)s” is not a step. Write for example: 300 = 2"), params={"line": line})
            found.append([int(parts[1]), int(parts[2])])
        return found

    @staticmethod
    def steps_as_text(steps: list[list[int]]) -> str:
        return "\n".join(f"{most} = {amount}" for most, amount in steps)


def year_of(text: str, today: date) -> int:
    """The year asked for in an address, within reason; else this one."""
    return int(text) if re.fullmatch(r"20\d\d", text, re.ASCII) else today.year
