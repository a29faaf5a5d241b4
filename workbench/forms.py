from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from assignment.models import Assignment
from assignment.selectors import collectors_visible_to
from cases.choices import CaseState
from cases.models import Case, Client, Placement
from staff.models import User


class CaseFilter(forms.Form):
    """What the list of cases is narrowed by. The choices are only what `user` may see."""

    q = forms.CharField(label=_("Name or case number"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *CaseState.choices], required=False)
    stage = forms.CharField(label=_("Stage"), required=False, max_length=10)
    client = forms.ModelChoiceField(Client.objects.order_by("short_name"), label=_("Client"), required=False)
    placement = forms.ModelChoiceField(Placement.objects.none(), label=_("Placement"), required=False)
    collector = forms.ModelChoiceField(User.objects.none(), label=_("Collector"), required=False)

    def __init__(self, *args, user: User, cases: QuerySet[Case], names_banks: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["placement"].queryset = Placement.objects.filter(pk__in=cases.values("placement")).order_by("-pk")
        self.fields["collector"].queryset = collectors_visible_to(user).order_by("name")
        if not names_banks:
            del self.fields["client"], self.fields["placement"]
        if not self.fields["collector"].queryset.exists():
            del self.fields["collector"]  # who sees only their own has nothing to choose

    def apply(self, rows: QuerySet[Case]) -> QuerySet[Case]:
        asked = self.cleaned_data
        if text := asked["q"].strip():
            rows = rows.filter(Q(debtor__name__startswith=text) | Q(case_no__startswith=text) | Q(debtor__name_pinyin__startswith=text.lower()))
        for name in ("state", "stage", "client", "placement"):
            if asked.get(name):
                rows = rows.filter(**{name: asked[name]})
        if asked.get("collector"):
            rows = rows.filter(pk__in=Assignment.objects.open().filter(collector=asked["collector"]).values("case"))
        return rows


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class AnswerForm(forms.Form):
    """How the debtor's objection was answered (CR-50)."""

    answer = forms.CharField(label=_("Answer to the objection"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
