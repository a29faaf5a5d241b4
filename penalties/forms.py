from datetime import datetime, timedelta

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


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """From the first moment of a month (2026-11) to the first one of the next, in the agency's zone."""
    start = datetime.strptime(month, "%Y-%m")  # noqa: DTZ007 -- made aware below
    end = (start + timedelta(days=31)).replace(day=1)
    return timezone.make_aware(start), timezone.make_aware(end)


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
            start, end = month_bounds(data["month"])
            rows = rows.filter(due_at__gte=start, due_at__lt=end)
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

    def apply(self, rows: QuerySet) -> QuerySet:
        if not self.cleaned_data["team"]:
            return rows
        own = rows.model is Team
        return rows.filter(**{"pk" if own else "team": self.cleaned_data["team"].pk})


class AppealForm(forms.Form):
    text = forms.CharField(label=_("Grounds"), max_length=2000, widget=forms.Textarea({"rows": 4}), help_text=_("What happened, and why it wasn't your fault."))


class DecisionForm(forms.Form):
    decision = forms.CharField(label=_("Reasons for the decision"), max_length=300, widget=forms.Textarea({"rows": 3}))


class WaiverForm(forms.Form):
    reason = forms.CharField(label=_("Why it is waived"), max_length=300, widget=forms.Textarea({"rows": 2}))


class RuleForm(forms.Form):
    """A new version of a line of the schedule."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=60)
    severity = forms.ChoiceField(label=_("Grade"), choices=Severity.choices)
    points = forms.IntegerField(label=_("Penalty points"), min_value=0, max_value=100)
