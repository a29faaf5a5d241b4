from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assignment.models import Assignment
from assignment.selectors import collectors_visible_to
from cases.choices import CaseState
from cases.models import Case, Client, Placement
from compliance.choices import Channel, Interruption, PolicyKey
from compliance.rules.hours import around, stretches
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


# --- What is agreed with a debtor, or asked for by one; what interrupts the limitation ------------------------------------------

HOURS, BLOCKED, CONSENT, ATTEMPTS = "hours", "blocked", "consent", "attempts"
WISHES = [
    (HOURS, _("Only in these hours")),
    (BLOCKED, _("Not in these hours")),
    ("channel", _("Only by this channel")),
    ("language", _("In this language")),
    ("fewer", _("At most so many conversations a day")),
]
AGREEMENTS = [(CONSENT, _("Agreed on record: also in these hours (CR-01)")), (ATTEMPTS, _("Agreed on record: so many attempts a day (CR-04)"))]


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"))


class WishForm(forms.Form):
    """One request of the debtor. Agreements that allow more are offered to leads and the GM office."""

    wish = forms.ChoiceField(label=_("What the debtor asked for"), choices=WISHES)
    begins, ends = _time(_("From")), _time(_("Until"))
    begins_again, ends_again = _time(_("And from")), _time(_("Until"))
    channel = forms.ChoiceField(label=_("Way of contact"), choices=[("", "—"), *Channel.choices], required=False)
    language = forms.CharField(label=_("Language"), max_length=40, required=False)
    figure = forms.IntegerField(label=_("Times a day"), min_value=0, max_value=99, required=False)
    said_by = forms.ChoiceField(label=_("Said by"), choices=Channel.choices)
    evidence = forms.CharField(label=_("Where it can be heard or read"), max_length=300, help_text=_("The recording's reference, the letter, the message."))
    until = forms.DateField(
        label=_("Holds until"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The last day. Empty: until it is taken back."),
    )

    def __init__(self, *args: Any, may_widen: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if may_widen:
            self.fields["wish"].choices = [*WISHES, *AGREEMENTS]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        wish = data.get("wish")
        if wish in (HOURS, BLOCKED, CONSENT):
            self._need("begins", "ends")
            self._check_stretches()
        elif wish in ("channel", "language"):
            self._need(wish)
        elif wish:
            self._need("figure")
        return data

    def _check_stretches(self) -> None:
        data = self.cleaned_data
        if data.get("begins_again") or data.get("ends_again"):
            self._need("begins_again", "ends_again")
        for begins, ends in (("begins", "ends"), ("begins_again", "ends_again")):
            if data.get(begins) and data.get(ends) and data[ends] <= data[begins]:
                self.add_error(ends, _("The end must be later than the beginning."))
        if data.get("ends") and data.get("begins_again") and data["begins_again"] < data["ends"]:
            self.add_error("begins_again", _("The second stretch begins after the first one has ended."))

    def _stretches(self) -> list[tuple[time, time]]:
        data = self.cleaned_data
        again = [(data["begins_again"], data["ends_again"])] if data.get("begins_again") else []
        return [(data["begins"], data["ends"]), *again]

    def _need(self, *names: str) -> None:
        for name in names:
            if self.cleaned_data.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, _("Fill in this field."))

    def asked(self) -> dict[str, Any]:
        """As `note_wish` takes it."""
        data, wish = self.cleaned_data, self.cleaned_data["wish"]
        until = data["until"]
        about = {"evidence": data["evidence"], "said_by": data["said_by"], "is_consent": wish in (CONSENT, ATTEMPTS)}
        if until:
            about["valid_to"] = timezone.make_aware(datetime.combine(until, time.max), timezone.get_default_timezone())
        return about | self._key_and_value(wish)

    def _key_and_value(self, wish: str) -> dict[str, Any]:
        data = self.cleaned_data
        if wish in (HOURS, CONSENT):
            return {"key": PolicyKey.WINDOW, "value": stretches(self._stretches())}
        if wish == BLOCKED:
            return {"key": PolicyKey.WINDOW, "value": around(self._stretches())}
        if wish == "channel":
            return {"key": PolicyKey.CHANNEL, "value": {"only": data["channel"]}}
        if wish == "language":
            return {"key": PolicyKey.LANGUAGE, "value": {"language": data["language"].strip()}}
        key = PolicyKey.ATTEMPTS_PER_NUMBER if wish == ATTEMPTS else PolicyKey.EFFECTIVE_PER_DAY
        return {"key": key, "value": {"limit": data["figure"]}}


class ZoneForm(forms.Form):
    zone = forms.CharField(
        label=_("Time zone of the debtor"),
        max_length=40,
        required=False,
        help_text=_("Such as America/New_York. Empty: here. Calls are judged by the time there (CR-01)."),
    )


class PlanForm(forms.Form):
    """CR-33: an instalment plan of a card, signed."""

    instalments = forms.IntegerField(label=_("Monthly instalments"), min_value=1, max_value=999, help_text=_("At most 60: a plan ends within five years."))
    evidence = forms.CharField(label=_("Signed paper or recording"), max_length=280)
    is_complete = forms.BooleanField(
        label=_("The plan holds all six items"),
        help_text=_(
            "Balance, its parts and currency; period, way, currency, day and amount of each instalment; fees and interest; no new card meanwhile; rights, duties and breach; whatever else concerns the payments."
        ),
    )


class InterruptionForm(forms.Form):
    """CR-34: what began the limitation anew, with its evidence."""

    event = forms.ChoiceField(label=_("What happened"), choices=Interruption.choices)
    on = forms.DateField(label=_("On"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    evidence = forms.CharField(
        label=_("Evidence"), max_length=300, help_text=_("The proof of delivery, the message and the reserved number, the recording, the paper.")
    )
