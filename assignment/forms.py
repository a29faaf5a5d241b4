from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from assignment.choices import Holdings, Mode, PlanState, Reason
from assignment.models import PlanLine
from staff.models import Team, User

NOBODY = "nobody"
MOST_WEIGHT = 10_000


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


class PlanFilter(forms.Form):
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *PlanState.choices], required=False)
    q = forms.CharField(label=_("Placement"), required=False, max_length=60, widget=forms.TextInput({"type": "search"}))

    def apply(self, rows: QuerySet) -> QuerySet:
        data = self.cleaned_data
        if data["state"]:
            rows = rows.filter(state=data["state"])
        return rows.filter(placement__code__icontains=data["q"]) if data["q"] else rows


class PlanForm(forms.Form):
    """What a plan balances, whether what people hold counts, and each one's share when it goes by shares."""

    mode = forms.ChoiceField(label=_("Balance"), choices=Mode.choices, initial=Mode.BOTH, widget=forms.RadioSelect)
    holdings = forms.ChoiceField(label=_("Count in the balance"), choices=Holdings.choices, initial=Holdings.CUMULATIVE, widget=forms.RadioSelect)

    def __init__(self, *args: Any, takers: list[User] | list[Team], proposed: dict[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.takers, self.proposed = takers, proposed
        for taker in takers:
            share = forms.IntegerField(label=str(taker), min_value=0, max_value=MOST_WEIGHT, required=False, initial=proposed.get(taker.pk, 0))
            self.fields[f"weight_{taker.pk}"] = share

    @property
    def shares(self) -> list[dict[str, Any]]:
        """A line for each taker: the field, and the share that last months' results propose."""
        return [{"taker": taker, "bound": self[f"weight_{taker.pk}"], "proposed": self.proposed.get(taker.pk, 0)} for taker in self.takers]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("mode") == Mode.WEIGHTS and not self.weights():
            self.add_error("mode", _("Give at least one a share above zero."))
        return data

    def weights(self) -> dict[int, int] | None:
        """The shares above zero, by id; None when the plan doesn't go by shares."""
        if self.cleaned_data.get("mode") != Mode.WEIGHTS:
            return None
        entered = {taker.pk: self.cleaned_data.get(f"weight_{taker.pk}") or 0 for taker in self.takers}
        return {pk: weight for pk, weight in entered.items() if weight}


class LineFilter(forms.Form):
    """Which cases of a plan are shown, and which ones “all of this filter” means."""

    q = forms.CharField(label=_("Case or debtor"), required=False, max_length=60, widget=forms.TextInput({"type": "search"}))
    to = forms.ChoiceField(label=_("Goes to"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False, choices=[("", _("Every reason")), *Reason.choices])
    stage = forms.CharField(label=_("Stage"), required=False, max_length=10)
    region = forms.CharField(label=_("Region"), required=False, max_length=60)
    product = forms.CharField(label=_("Product"), required=False, max_length=60)
    rule = forms.IntegerField(label=_("Rule number"), required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, takers: list[User] | list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = "team" if takers and isinstance(takers[0], Team) else "collector"
        self.fields["to"].choices = [("", _("Everybody")), (NOBODY, _("Nobody")), *((str(taker.pk), str(taker)) for taker in takers)]

    def apply(self, rows: QuerySet[PlanLine]) -> QuerySet[PlanLine]:
        data = self.cleaned_data
        if data["q"]:
            rows = rows.filter(Q(case__case_no__icontains=data["q"]) | Q(case__debtor__name__icontains=data["q"]))
        if data["to"]:
            rows = rows.filter(collector=None, team=None) if data["to"] == NOBODY else rows.filter(**{self.key: data["to"]})
        for name in ("reason", "rule"):
            if data[name]:
                rows = rows.filter(**{name: data[name]})
        for name in ("stage", "region", "product"):
            if data[name]:
                rows = rows.filter(**{f"case__{name}__iexact": data[name]})
        return rows


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
    to = forms.ModelChoiceField(User.objects.none(), label=_("To"), empty_label=_("Choose a person"))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people


class ReturnForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))


class HandOverForm(forms.Form):
    """All of a person's cases: to one colleague, or balanced over the team."""

    to = forms.ModelChoiceField(
        User.objects.none(), label=_("To"), required=False, empty_label=_("Balanced over the team"), help_text=_("The team's requirements and capacities hold.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people
