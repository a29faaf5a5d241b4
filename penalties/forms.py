from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from duties.models import DutyKind
from penalties.choices import EventState, Severity
from penalties.models import PenaltyEvent
from penalties.selectors import teams_visible_to
from staff.models import Team, User
from staff.selectors import people_visible_to

MONTHS_SHOWN = 24


def months_until(now: datetime) -> list[tuple[str, str]]:
    """The last two years' months, the present one first, as 2026-11."""
    month, found = timezone.localtime(now).date().replace(day=1), []
    for _number in range(MONTHS_SHOWN):
        found.append((f"{month:%Y-%m}", f"{month:%Y-%m}"))
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def month_of(month: str) -> date:
    """The first day of a month such as 2026-11."""
    return date.fromisoformat(f"{month}-01")


class EventFilter(forms.Form):
    """What the list of events is narrowed by. The choices are only what `user` may see."""

    month = forms.ChoiceField(label=_("Month"), required=False)
    kind = forms.ModelChoiceField(DutyKind.objects.order_by("code"), label=_("Duty"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *EventState.choices], required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False)
    person = forms.ModelChoiceField(User.objects.none(), label=_("Person"), required=False)

    def __init__(self, *args, user: User, now: datetime, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [("", _("All")), *months_until(now)]
        self.fields["team"].queryset = teams_visible_to(user).order_by("name")
        self.fields["person"].queryset = people_visible_to(user).order_by("name")
        if not user.has_perm("penalties.view_all_events") and not self.fields["team"].queryset.exists():
            del self.fields["team"], self.fields["person"]  # who sees only their own has nothing to choose

    def apply(self, rows: QuerySet[PenaltyEvent]) -> QuerySet[PenaltyEvent]:
        data = self.cleaned_data
        if data["month"]:
            rows = rows.filter(month=month_of(data["month"]))
        wanted = {"duty__kind": data["kind"], "state": data["state"], "team": data.get("team"), "person": data.get("person")}
        return rows.filter(**{name: value for name, value in wanted.items() if value})


class StatementFilter(forms.Form):
    """Which month, and which team or whose people."""

    month = forms.ChoiceField(label=_("Month"), required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False)

    def __init__(self, *args, user: User, now: datetime, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = months_until(now)
        self.fields["team"].queryset = teams_visible_to(user).order_by("name")
        if not self.fields["team"].queryset.exists():
            del self.fields["team"]  # who sees only their own has nothing to choose

    def apply(self, rows: QuerySet) -> QuerySet:
        if not self.cleaned_data.get("team"):
            return rows
        own = rows.model is Team
        return rows.filter(**{"pk" if own else "team": self.cleaned_data["team"].pk})


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class AppealForm(forms.Form):
    text = forms.CharField(label=_("Grounds"), max_length=2000, widget=forms.Textarea({"rows": 4}), help_text=_("What happened, and why it wasn't your fault."))
    files = forms.FileField(
        label=_("Files"),
        required=False,
        widget=ManyFiles({"accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("Up to five PDF, JPG or PNG files of 5 MB each. Only you and whoever decides can fetch them."),
    )


class DecisionForm(forms.Form):
    decision = forms.CharField(label=_("Reasons for the decision"), max_length=300, widget=forms.Textarea({"rows": 3}))


class WaiverForm(forms.Form):
    reason = forms.CharField(label=_("Why it is waived"), max_length=300, widget=forms.Textarea({"rows": 2}))


class ReopenForm(forms.Form):
    reason = forms.CharField(label=_("Why the month is opened again"), max_length=300)


class RuleForm(forms.Form):
    """A new version of a line of the schedule, and the month that the draft is tried on."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=60)
    severity = forms.ChoiceField(label=_("Grade"), choices=Severity.choices)
    points = forms.IntegerField(label=_("Penalty points"), min_value=0, max_value=100)
    amount = forms.DecimalField(
        label=_("Amount, yuan"),
        min_value=0,
        max_digits=8,
        decimal_places=2,
        help_text=_("Counts only while the GM office has money penalties turned on."),
    )
    grace_minutes = forms.IntegerField(
        label=_("Grace, minutes"), min_value=0, max_value=10_080, help_text=_("Done so soon after the due time, it is recorded but costs nothing.")
    )
    repeat_multiplier = forms.DecimalField(
        label=_("Times, when repeated"),
        min_value=1,
        max_value=20,
        decimal_places=2,
        help_text=_("From the second time within a month. 1: no more than the first."),
    )
    valid_from = forms.DateField(
        label=_("Valid from"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("Empty: from now on. What falls due before then costs what the present version says."),
    )
    simulated = forms.ChoiceField(label=_("Try the draft on"), required=False)

    def __init__(self, *args, now: datetime, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        months = months_until(now)
        self.fields["simulated"].choices = months
        self.fields["simulated"].initial = months[1][0]

    def clean_valid_from(self) -> datetime | None:
        day = self.cleaned_data["valid_from"]
        return day and timezone.make_aware(datetime.combine(day, time.min))

    def clean_simulated(self) -> str:
        return self.cleaned_data["simulated"] or self.fields["simulated"].initial

    def draft(self) -> dict[str, Any]:
        """What of the rule decides what an event costs."""
        return {name: self.cleaned_data[name] for name in ("points", "amount", "grace_minutes", "repeat_multiplier")}


class ExemptionForm(forms.Form):
    starts_at = forms.DateTimeField(label=_("Exempt from"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    ends_at = forms.DateTimeField(label=_("Exempt until"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    duty_kind = forms.ModelChoiceField(DutyKind.objects.order_by("code"), label=_("Duty"), required=False, empty_label=_("All kinds of duties"))
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True).order_by("name"), label=_("Team"), required=False, empty_label=_("All teams"))
    person = forms.ModelChoiceField(User.objects.filter(is_active=True).order_by("name"), label=_("Person"), required=False, empty_label=_("Everybody"))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))


class PolicyForm(forms.Form):
    appeal_days = forms.IntegerField(label=_("Working days for an appeal"), min_value=1, max_value=60)
    uses_money = forms.BooleanField(
        label=_("Money counts beside points"),
        required=False,
        help_text=_(
            "Only the GM office turns this on. Deductions from wages need a ground in law and in the employment contract; at most a fifth of "
            "the month's wage may go, and never below the local minimum wage (Provisional Rules on Wage Payment, art. 16). Ask a lawyer first."
        ),
    )
    is_checked = forms.BooleanField(label=_("It was checked against labour law"), required=False)
