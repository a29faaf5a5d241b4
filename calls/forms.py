from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from calls.choices import Department, IssueKind, OutcomeGroup, ReferralState, Target
from calls.models import Category, Dial, Outcome
from calls.selectors import cancelled_on
from compliance.choices import FlagKind

ALL = ("", _("All"))
STATES = [ALL, ("active", _("In use")), ("off", _("Not in use"))]


class _SettingFilter(forms.Form):
    q = forms.CharField(label=_("Code or name"), required=False, max_length=60, widget=forms.TextInput({"type": "search"}))
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        data = self.cleaned_data
        if data["q"]:
            rows = rows.filter(Q(code__icontains=data["q"]) | Q(name_zh__icontains=data["q"]) | Q(name_en__icontains=data["q"]))
        return rows.filter(is_active=data["state"] == "active") if data["state"] else rows


class OutcomeFilter(_SettingFilter):
    target = forms.ChoiceField(label=_("Offered for"), choices=[ALL, *Target.choices], required=False)
    group = forms.ChoiceField(label=_("Kind of outcome"), choices=[ALL, *OutcomeGroup.choices], required=False)
    field_order = ["q", "target", "group", "state"]

    def apply(self, rows: QuerySet[Outcome]) -> QuerySet[Outcome]:
        wanted = {name: self.cleaned_data[name] for name in ("target", "group")}
        return super().apply(rows).filter(**{name: value for name, value in wanted.items() if value})


class CategoryFilter(_SettingFilter):
    def apply(self, rows: QuerySet[Category]) -> QuerySet[Category]:
        return super().apply(rows)


class _NamesForm(forms.Form):
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=60)
    position = forms.IntegerField(label=_("Position"), min_value=0, max_value=999, help_text=_("The lower, the earlier in the list."))


class OutcomeForm(_NamesForm):
    hotkey = forms.CharField(label=_("Key"), max_length=1, required=False, help_text=_("One letter or digit that chooses it on the desk."))
    follow_up_days = forms.IntegerField(label=_("Follow up after days"), min_value=0, max_value=90, required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False)


class CategoryForm(_NamesForm):
    is_active = forms.BooleanField(label=_("In use"), required=False)


class NewCategoryForm(_NamesForm):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        validators=[RegexValidator(r"^[a-z0-9_-]+\Z", _("Small letters, digits, hyphens and underscores only."))],
        help_text=_("Stays as it is; small letters, digits and underscores."),
    )
    field_order = ["code"]


# --- Referrals, issues, flags, quick texts ------------------------------------------------------------------------------------------


def _area(label: Any, length: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, widget=forms.Textarea({"rows": 4}), **more)


class ReferralFilter(forms.Form):
    state = forms.ChoiceField(label=_("State"), choices=[ALL, *ReferralState.choices], required=False)
    department = forms.ChoiceField(label=_("Department"), choices=[ALL, *Department.choices], required=False)

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{name: value for name, value in self.cleaned_data.items() if value})


class ReplyForm(forms.Form):
    reply = _area(_("Reply"), 500)


class IssueFilter(forms.Form):
    kind = forms.ChoiceField(label=_("Issue"), choices=[ALL, *IssueKind.choices], required=False)
    state = forms.ChoiceField(label=_("State"), choices=[ALL, ("waiting", _("To look at")), ("done", _("Looked at"))], required=False)

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        data = self.cleaned_data
        rows = rows.filter(kind=data["kind"]) if data["kind"] else rows
        return rows.filter(seen_at__isnull=data["state"] == "waiting") if data["state"] else rows


class DayFilter(forms.Form):
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def apply(self, rows: QuerySet[Dial]) -> QuerySet[Dial]:
        day = self.cleaned_data["day"]
        return cancelled_on(rows, day) if day else rows


class NoteForm(forms.Form):
    note = _area(_("What was found"), 200)


class FlagFilter(forms.Form):
    kind = forms.ChoiceField(label=_("Flag"), choices=[ALL, *FlagKind.choices], required=False)
    state = forms.ChoiceField(label=_("State"), choices=[ALL, ("open", _("Standing")), ("lifted", _("Lifted"))], required=False)

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        data = self.cleaned_data
        rows = rows.filter(kind=data["kind"]) if data["kind"] else rows
        return rows.filter(lifted_at__isnull=data["state"] == "open") if data["state"] else rows


class LiftForm(forms.Form):
    reason = _area(_("Why it is lifted"), 200)


class QuickTextForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=30)
    text = _area(_("Text"), 300)
    target = forms.ChoiceField(label=_("For"), choices=Target.choices, initial=Target.ANY)
    position = forms.IntegerField(label=_("Position"), min_value=0, max_value=999, initial=0, help_text=_("The lower, the earlier in the list."))
    is_shared = forms.BooleanField(label=_("For the whole company"), required=False)
