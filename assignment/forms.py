from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from assignment.choices import Holdings, Mode, Reason
from assignment.models import PlanLine
from staff.models import Team, User

NOBODY = "nobody"


class BoardFilter(forms.Form):
    """What the board shows: what is still to be assigned, unless more is asked for."""

    WHICH = [("open", _("Still to assign")), ("done", _("All assigned")), ("all", _("All"))]
    which = forms.ChoiceField(label=_("Show"), choices=WHICH, required=False)
    q = forms.CharField(label=_("Placement or client"), required=False, max_length=60, widget=forms.TextInput({"type": "search"}))

    def apply(self, rows: QuerySet) -> QuerySet:
        data = self.cleaned_data
        if data["which"] in ("", "open"):
            rows = rows.filter(Q(unassigned__gt=0) & (Q(to_decide__gt=0) | Q(due_at__isnull=False)))
        elif data["which"] == "done":
            rows = rows.filter(to_decide=0)
        if data["q"]:
            rows = rows.filter(Q(code__icontains=data["q"]) | Q(client__short_name__icontains=data["q"]) | Q(client__name__icontains=data["q"]))
        return rows


class PlanForm(forms.Form):
    """What a plan balances, and whether what people hold counts."""

    mode = forms.ChoiceField(label=_("Balance"), choices=Mode.choices, initial=Mode.BOTH, widget=forms.RadioSelect)
    holdings = forms.ChoiceField(label=_("Count in the balance"), choices=Holdings.choices, initial=Holdings.CUMULATIVE, widget=forms.RadioSelect)


class LineFilter(forms.Form):
    """Which cases of a plan are shown, and which ones “all of this filter” means."""

    q = forms.CharField(label=_("Case or debtor"), required=False, max_length=60, widget=forms.TextInput({"type": "search"}))
    collector = forms.ChoiceField(label=_("Goes to"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False, choices=[("", _("Every reason")), *Reason.choices])

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collector"].choices = [("", _("Everybody")), (NOBODY, _("Nobody")), *((str(person.pk), str(person)) for person in people)]

    def apply(self, rows: QuerySet[PlanLine]) -> QuerySet[PlanLine]:
        data = self.cleaned_data
        if data["q"]:
            rows = rows.filter(Q(case__case_no__icontains=data["q"]) | Q(case__debtor__name__icontains=data["q"]))
        if data["collector"]:
            rows = rows.filter(collector=None if data["collector"] == NOBODY else data["collector"])
        if data["reason"]:
            rows = rows.filter(reason=data["reason"])
        return rows


class CapacityForm(forms.Form):
    max_cases = forms.IntegerField(label=_("Most cases"), min_value=0, max_value=100_000, help_text=_("Live cases that this collector may hold at a time."))
    max_amount = forms.DecimalField(label=_("Most money (yuan)"), min_value=0, max_digits=14, decimal_places=2)
    max_new_per_day = forms.IntegerField(label=_("Most new cases a day"), min_value=0, max_value=100_000)


class RequirementForm(forms.Form):
    """Who may hold a client's cases (A2.2, first principle)."""

    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), label=_("Only these teams"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: every team.")
    )
    barred_people = forms.ModelMultipleChoiceField(User.objects.none(), label=_("Not these people"), required=False, widget=forms.CheckboxSelectMultiple)
    min_months_of_service = forms.IntegerField(label=_("Months of service at least"), min_value=0, max_value=600, initial=0)
    max_cases_per_person = forms.IntegerField(
        label=_("Most of its cases for one person"), min_value=1, required=False, help_text=_("Empty: as many as the capacity takes.")
    )
    training_required = forms.BooleanField(label=_("Only people with valid training (CR-47)"), required=False)

    def __init__(self, *args: Any, teams: QuerySet[Team], people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teams"].queryset = teams
        self.fields["barred_people"].queryset = people


class FilteringFilter(forms.Form):
    STATES = [("open", _("Open")), ("late", _("Late")), ("done", _("Done")), ("all", _("All"))]
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    collector = forms.ModelChoiceField(User.objects.none(), label=_("Collector"), required=False)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collector"].queryset = people
        if len(people) < 2:
            del self.fields["collector"]

    def apply(self, rows: QuerySet) -> QuerySet:
        data = self.cleaned_data
        if data["state"] in ("", "open"):
            rows = rows.open()
        elif data["state"] == "late":
            rows = rows.open().filter(is_late=True)
        elif data["state"] == "done":
            rows = rows.exclude(done_at=None)
        return rows.filter(collector=data["collector"]) if data.get("collector") else rows


class ExtendFilteringForm(forms.Form):
    reason = forms.CharField(label=_("Why more time is needed"), max_length=200, widget=forms.Textarea({"rows": 3}))
    days = forms.IntegerField(label=_("How many working days more"), min_value=1, required=False, help_text=_("Empty: to the fourth day, the longest allowed."))


class TransferForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("To"))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people
