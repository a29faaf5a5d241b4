"""What a page of figures, or a list of the rows behind a number, is narrowed by. The address holds all of it."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Client
from figures.choices import RobotKind
from figures.models import RecoveryTarget
from figures.selectors.question import NONE, Question, may_be_teamless, people_to_choose, sees_all, teams_to_choose
from staff.models import User

LONGEST_DAYS = 3700
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


def _choice(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, required=False, coerce=int, empty_value=None)


def _hidden(longest: int = 60) -> forms.CharField:
    return forms.CharField(required=False, max_length=longest, widget=forms.HiddenInput)


def _number(most: int) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=0, max_value=most, widget=forms.HiddenInput)


class PeriodForm(forms.Form):
    """Days, client, team and person; the choices are only what `user` may see figures of."""

    since = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    client = _choice(_("Client"))
    team = _choice(_("Team"))
    person = _choice(_("Person"))

    def __init__(self, *args: Any, user: User, now: datetime, period: tuple[date, date], without: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.now, self.period = user, now, period
        nobody = [(str(NONE), _("None of them"))]
        self.fields["client"].choices = [("", _("All")), *Client.objects.order_by("short_name").values_list("pk", "short_name")]
        self.fields["team"].choices = [("", _("All")), *teams_to_choose(user).values_list("pk", "name"), *(nobody if may_be_teamless(user) else [])]
        self.fields["person"].choices = [("", _("All")), *people_to_choose(user).values_list("pk", "name"), *(nobody if sees_all(user) else [])]
        for name in ("team", "person"):
            if len(self.fields[name].choices) <= 2 and not sees_all(user):
                self.fields[name].widget = forms.HiddenInput()  # nothing to choose from; an address may still name it
        for name in without:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        first, last = self.days()
        if not EARLIEST <= min(first, last) <= max(first, last) < LATEST:
            self.add_error(None, _("Choose days between 2000 and 2100."))
        elif first > last:
            self.add_error("until", _("The period ends before it begins."))
        elif (last - first).days > LONGEST_DAYS:
            self.add_error("until", _("Choose at most ten years."))
        return self.cleaned_data

    def days(self) -> tuple[date, date]:
        given = getattr(self, "cleaned_data", {})
        return given.get("since") or self.period[0], given.get("until") or self.period[1]

    def question(self) -> Question:
        """What was asked; where that can't be read, of the page's own period."""
        if not (self.is_bound and self.is_valid()):
            return Question(self.user, self.now, *self.period)
        asked = self.cleaned_data
        return Question(self.user, self.now, *self.days(), asked.get("client"), asked.get("team"), asked.get("person"))


class RowsFilter(PeriodForm):
    """The same for a list of rows, with which of the numbers they are behind. Without one, the list's first."""

    MEASURES: list[tuple[str, Any]] = []
    measure = forms.ChoiceField(label=_("Which"), required=False)

    field_order = ["measure"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = self.MEASURES

    @property
    def chosen(self) -> str:
        return (self.cleaned_data.get("measure") if self.is_bound and self.is_valid() else "") or self.MEASURES[0][0]

    def asked(self, name: str) -> Any:
        return self.cleaned_data.get(name) if self.is_bound and self.is_valid() else None

    def apply(self, rows: QuerySet) -> QuerySet:
        return rows  # the list asks the selectors, which narrow by all of it


class DutyRowsFilter(RowsFilter):
    MEASURES = [
        ("overdue", _("Overdue")),
        ("soon", _("Within the hour")),
        ("today", _("Later today")),
        ("due_today", _("Due today")),
        ("later", _("Later")),
        ("paused", _("Paused")),
        ("kept", _("Met in time")),
        ("missed", _("Missed")),
        ("met", _("Met, in time or late")),
    ]
    kind = _hidden(40)
    month = forms.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", required=False, widget=forms.HiddenInput)


class CallRowsFilter(RowsFilter):
    MEASURES = [("dials", _("Dials")), ("reached", _("Reached")), ("right_party", _("Right party"))]
    weekday = _number(6)
    hour = _number(23)


class PromiseRowsFilter(RowsFilter):
    MEASURES = [("promises", _("Promises made")), ("kept", _("Promises kept")), ("broken", _("Promises broken"))]


class PaymentRowsFilter(RowsFilter):
    MEASURES = [
        ("credited", _("Paid in the period")),
        ("placed", _("Paid on cases placed in the period")),
        ("vintage", _("Paid by a step since the placement")),
    ]
    placement = _number(2**62)
    stage = _hidden(10)
    cohort = forms.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", required=False, widget=forms.HiddenInput)
    unit = forms.ChoiceField(choices=[("week", _("Weeks")), ("month", _("Months"))], required=False, widget=forms.HiddenInput)
    step = _number(200)


class CaseRowsFilter(RowsFilter):
    MEASURES = [("placed", _("Cases placed in the period")), ("owing", _("Of these, still owing"))]
    placement = _number(2**62)
    stage = _hidden(10)


class RollRowsFilter(RowsFilter):
    MEASURES = [("rolled", _("Cases of the period"))]
    rolled_from = _hidden(10)
    rolled_to = _hidden(10)


class LetterRowsFilter(RowsFilter):
    MEASURES = [
        ("asked", _("Asked for")),
        ("approved", _("Approved")),
        ("refused", _("Refused")),
        ("printed", _("Printed")),
        ("mailed", _("Mailed")),
        ("delivered", _("Delivered")),
        ("came_back", _("Came back")),
    ]
    template = _hidden(100)
    carrier = _hidden(12)


class TargetForm(forms.Form):
    percent = forms.DecimalField(label=_("Target, percent of the amount placed"), min_value=0, max_value=100, decimal_places=2, required=False)
    percent.help_text = _("Empty: no target of its own.")


class TargetFilter(forms.Form):
    """The list of targets has nothing to be narrowed by but the client."""

    client = forms.ModelChoiceField(Client.objects.order_by("short_name"), label=_("Client"), required=False)

    def apply(self, rows: QuerySet[RecoveryTarget]) -> QuerySet[RecoveryTarget]:
        return rows.filter(client=self.cleaned_data["client"]) if self.cleaned_data["client"] else rows


class RobotForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=RobotKind.choices)
    person = forms.ModelChoiceField(User.objects.filter(is_active=True).order_by("name"), label=_("Whose figures"))
    person.help_text = _("The robot posts what this person sees: a lead's team, or everything for the GM office.")
    url = forms.CharField(label=_("Address"), max_length=500, required=False, widget=forms.TextInput({"autocomplete": "off"}))
    secret = forms.CharField(label=_("Signing secret"), max_length=200, required=False, widget=forms.TextInput({"autocomplete": "off"}))
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].required = is_new
        if not is_new:
            self.fields["url"].help_text = _("Kept secret: empty leaves it as it is.")
            self.fields["secret"].help_text = _("DingTalk: signs each message. Empty leaves it as it is.")


class WishForm(forms.Form):
    by_mail = forms.BooleanField(label=_("Send me the morning's figures by e-mail on working days"), required=False)
