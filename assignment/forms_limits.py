"""What is entered about limits and steering: capacities, clients' requirements, rules, re-assignment."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from assignment.choices import PreviousCollector, ReassignTo
from cases.models import Client
from staff.choices import QualificationKind
from staff.models import Team, User

DAY = {"widget": forms.DateInput({"type": "date"}, format="%Y-%m-%d"), "required": False}
MOST_CASES = 100_000
MOST_DAYS = 36_500
MONEY = {"max_digits": 14, "decimal_places": 2, "min_value": 0}


class WordsField(forms.CharField):
    """Several words in one line, parted by commas, spaces or 、; as a list without repetitions."""

    def prepare_value(self, value: Any) -> Any:
        return "、".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        text = super().to_python(value) or ""
        for mark in "，、;；,":
            text = text.replace(mark, " ")
        return list(dict.fromkeys(text.split()))


class CapacityFilter(forms.Form):
    q = forms.CharField(label=_("Name or number"), required=False, max_length=60, widget=forms.TextInput({"type": "search"}))
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False)

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams

    def apply(self, rows: QuerySet[User]) -> QuerySet[User]:
        data = self.cleaned_data
        if data["q"]:
            rows = rows.filter(Q(name__icontains=data["q"]) | Q(staff_no__icontains=data["q"]))
        return rows.filter(team=data["team"]) if data["team"] else rows


class CapacityForm(forms.Form):
    max_cases = forms.IntegerField(label=_("Most cases"), min_value=0, max_value=MOST_CASES, help_text=_("Live cases that may be held at a time."))
    max_amount = forms.DecimalField(label=_("Most money (yuan)"), **MONEY)
    max_new_per_day = forms.IntegerField(label=_("Most new cases a day"), min_value=0, max_value=MOST_CASES)


class RequirementForm(forms.Form):
    """Who may hold a client's cases (A2.2, first principle)."""

    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), label=_("Only these teams"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: every team.")
    )
    people = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Only these people"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: everybody.")
    )
    barred_people = forms.ModelMultipleChoiceField(User.objects.none(), label=_("Not these people"), required=False, widget=forms.CheckboxSelectMultiple)
    min_months_of_service = forms.IntegerField(label=_("Months of service at least"), min_value=0, max_value=600, initial=0)
    max_cases_per_person = forms.IntegerField(
        label=_("Most of its cases for one person"), min_value=1, max_value=MOST_CASES, required=False, help_text=_("Empty: as many as the capacity takes.")
    )
    max_amount_per_person = forms.DecimalField(
        label=_("Most of its money for one person (yuan)"), required=False, help_text=_("Empty: as much as the capacity takes."), **MONEY
    )
    training_required = forms.BooleanField(label=_("Only people with valid training (CR-47)"), required=False)
    licence = forms.ChoiceField(label=_("Licence"), choices=[("", _("None needed")), *QualificationKind.choices], required=False)
    region_must_match = forms.BooleanField(label=_("Only people who cover the case's region"), required=False)
    dialect_must_match = forms.BooleanField(label=_("Only people who speak the dialect of the case's region"), required=False)
    previous_collector = forms.ChoiceField(label=_("Who held the debtor before"), choices=PreviousCollector.choices)
    senior_stages = WordsField(label=_("Stages for seniors only"), required=False, help_text=_("For example M4、M5、M6. Empty: every stage is for everybody."))
    senior_months = forms.IntegerField(
        label=_("Senior after so many months"), min_value=1, max_value=600, required=False, help_text=_("Empty: only who has the level counts as senior.")
    )

    def __init__(self, *args: Any, teams: QuerySet[Team], people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teams"].queryset = teams
        self.fields["people"].queryset = people
        self.fields["barred_people"].queryset = people


class RuleForm(forms.Form):
    """Which cases a rule takes, and to whom it sends them (A2.2, second principle). What is left empty asks nothing."""

    name = forms.CharField(label=_("Name"), max_length=60)
    priority = forms.IntegerField(label=_("Priority"), min_value=1, max_value=9999, help_text=_("The smallest number is asked first; it takes the case."))
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)
    client = forms.ModelChoiceField(
        Client.objects.filter(is_active=True).order_by("short_name"), label=_("Client"), required=False, empty_label=_("Every client")
    )
    valid_from = forms.DateField(label=_("Valid from"), **DAY)
    valid_until = forms.DateField(label=_("Valid until"), help_text=_("Both days count."), **DAY)
    stages = WordsField(label=_("Stages"), required=False, help_text=_("Several with commas: M3、M4"))
    regions = WordsField(label=_("Regions"), required=False)
    products = WordsField(label=_("Products"), required=False)
    amount_from = forms.DecimalField(label=_("Amount from (yuan)"), required=False, **MONEY)
    amount_to = forms.DecimalField(label=_("Amount to (yuan)"), required=False, **MONEY)
    overdue_from = forms.IntegerField(label=_("Days overdue from"), min_value=0, max_value=MOST_DAYS, required=False)
    overdue_to = forms.IntegerField(label=_("Days overdue to"), min_value=0, max_value=MOST_DAYS, required=False)
    age_from = forms.IntegerField(label=_("Debtor's age from"), min_value=0, max_value=150, required=False)
    age_to = forms.IntegerField(label=_("Debtor's age to"), min_value=0, max_value=150, required=False)
    team = forms.ModelChoiceField(
        Team.objects.filter(is_active=True).order_by("name"), label=_("To the team"), required=False, empty_label=_("No team: the people below")
    )
    people = forms.ModelMultipleChoiceField(User.objects.none(), label=_("To these people"), required=False, widget=forms.CheckboxSelectMultiple)
    is_strict = forms.BooleanField(label=_("To nobody else: what they can't take waits"), required=False)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if bool(data.get("team")) == bool(data.get("people")):
            self.add_error("team", _("Choose either a team or people."))
        for first, last in (("valid_from", "valid_until"), ("amount_from", "amount_to"), ("overdue_from", "overdue_to"), ("age_from", "age_to")):
            if data.get(first) is not None and data.get(last) is not None and data[first] > data[last]:
                self.add_error(last, _("The end lies before the beginning."))
        return data


class PolicyForm(forms.Form):
    """When cases that nobody touches go to somebody else. Off unless it is turned on."""

    is_active = forms.BooleanField(label=_("Active: runs every night"), required=False)
    after_days = forms.IntegerField(
        label=_("Days untouched"),
        min_value=1,
        max_value=365,
        initial=14,
        help_text=_("Retained, promised and disputed cases, and those with a complaint, stay where they are."),
    )
    to = forms.ChoiceField(label=_("Then they go to"), choices=ReassignTo.choices, widget=forms.RadioSelect)
