"""The quality form as a web form, and what its lists are narrowed by."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.choices import Carrier, FormSubject, Grade, LetterKind, RectifyBy, RectifyState, Severity
from letters.forms.letters import EVERY
from letters.models import DispatchDay, Letter, LetterTemplate, QualityCheck, QualityForm, Rectification
from letters.models.quality import group_name, item_name
from letters.selectors_report import item_names
from letters.services.quality import Filled, Found
from staff.models import User

OK = "ok"
ANSWERS = [(OK, _("OK")), *Severity.choices]
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


class QualityFilter(forms.Form):
    """Letters to check."""

    SHOWN = [("", _("All")), ("due", _("To check")), ("done", _("Quality checked")), ("rectify", _("To put right"))]
    shown = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
    grade = forms.ChoiceField(label=_("Grade"), choices=EVERY + Grade.choices, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=EVERY + LetterKind.choices, required=False)
    day = forms.DateField(label=_("Dispatched on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def apply(self, rows: QuerySet[Letter]) -> QuerySet[Letter]:
        asked = self.cleaned_data
        if asked["shown"] == "due":
            rows = rows.filter(due_at__isnull=False)
        elif asked["shown"] == "done":
            rows = rows.filter(quality_check__isnull=False)
        elif asked["shown"] == "rectify":
            rows = rows.filter(quality_check__rectification__state__in=[RectifyState.OPEN, RectifyState.ANSWERED])
        if asked["grade"]:
            rows = rows.filter(quality_check__grade=asked["grade"])
        if asked["kind"]:
            rows = rows.filter(template__kind=asked["kind"])
        if asked["day"]:
            rows = rows.filter(dispatched_at__date=asked["day"])
        return rows


class CheckFilter(forms.Form):
    """Filled forms; the report's numbers open this list."""

    month = forms.ChoiceField(label=_("Month"), required=False)
    subject = forms.ChoiceField(label=_("Filled for"), choices=EVERY + FormSubject.choices, required=False)
    grade = forms.ChoiceField(label=_("Grade"), choices=EVERY + Grade.choices, required=False)
    template = forms.ModelChoiceField(LetterTemplate.objects.order_by("name", "version"), label=_("Template"), required=False)
    person = forms.ModelChoiceField(User.objects.none(), label=_("Dispatched by"), required=False)
    carrier = forms.ChoiceField(label=_("Carrier"), choices=EVERY + Carrier.choices, required=False)
    item = forms.ChoiceField(label=_("Item"), required=False)
    RECTIFIED = [("", _("All")), ("asked", _("Asked to put right")), ("open", _("Not settled yet")), ("on_time", _("On time")), ("late", _("Late"))]
    rectified = forms.ChoiceField(label=_("Rectification"), choices=RECTIFIED, required=False)

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["month"].choices = [("", _("All")), *months_until(now)]
        self.fields["person"].queryset = User.objects.filter(pk__in=Letter.objects.exclude(dispatched_by=None).values("dispatched_by")).order_by("name")
        self.fields["item"].choices = [("", _("All")), *sorted(item_names().items(), key=lambda pair: pair[1])]

    def apply(self, rows: QuerySet[QualityCheck]) -> QuerySet[QualityCheck]:
        asked = self.cleaned_data
        if asked["month"]:
            start, end = month_bounds(asked["month"])
            rows = rows.filter(checked_at__gte=start, checked_at__lt=end)
        if asked["subject"]:
            rows = rows.filter(letter__isnull=asked["subject"] == FormSubject.DAY)
        exact = {"grade": "grade", "template": "letter__template", "person": "letter__dispatched_by", "carrier": "letter__carrier", "item": "defects__item"}
        rows = rows.filter(**{field: asked[name] for name, field in exact.items() if asked[name]})
        return rectified_rows(rows, asked["rectified"], self.now)


def rectified_rows(rows: QuerySet[QualityCheck], asked: str, now: datetime) -> QuerySet[QualityCheck]:
    wanted = rows.filter(rectification__isnull=False).exclude(rectification__state=RectifyState.CANCELLED)
    late = {"late": {"rectification__was_on_time": False}, "on_time": {"rectification__was_on_time": True}}
    if asked in late:
        return wanted.filter(**late[asked])
    if asked == "open":
        return wanted.exclude(rectification__state=RectifyState.ACCEPTED)
    return wanted if asked == "asked" else rows


class RectificationFilter(forms.Form):
    SHOWN = [("", _("All")), ("open", _("To put right")), ("late", _("Overdue")), ("answered", _("To check again")), ("accepted", _("Put right"))]
    shown = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
    to = forms.ChoiceField(label=_("By whom"), choices=EVERY + RectifyBy.choices, required=False)

    def apply(self, rows: QuerySet[Rectification]) -> QuerySet[Rectification]:
        asked = self.cleaned_data
        if asked["shown"] == "late":
            rows = rows.filter(state=RectifyState.OPEN, due_at__lte=timezone.now())
        elif asked["shown"]:
            rows = rows.filter(state=asked["shown"])
        return rows.filter(to=asked["to"]) if asked["to"] else rows


class DayFilter(forms.Form):
    SHOWN = [("", _("All")), ("due", _("To check")), ("done", _("Quality checked"))]
    shown = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)

    def apply(self, rows: QuerySet[DispatchDay]) -> QuerySet[DispatchDay]:
        asked = self.cleaned_data["shown"]
        return rows.filter(quality_check__isnull=asked == "due") if asked else rows


class HoldFilter(forms.Form):
    shown = forms.ChoiceField(label=_("Show"), choices=[("", _("All")), ("open", _("On hold")), ("released", _("Released"))], required=False)

    def apply(self, rows: QuerySet) -> QuerySet:
        asked = self.cleaned_data["shown"]
        return rows.filter(released_at__isnull=asked == "open") if asked else rows.order_by(F("released_at").asc(nulls_first=True))


class CheckForm(forms.Form):
    """The quality form's items, each OK or a defect of some severity with a note; then words."""

    remark = forms.CharField(label=_("Remark"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    task = forms.CharField(label=_("To put right"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    to = forms.ChoiceField(label=_("By whom"), choices=RectifyBy.choices, required=False, initial=RectifyBy.DISPATCHER)
    reason = forms.CharField(label=_("Why it is amended"), required=False, max_length=200)

    def __init__(self, *args: Any, form: QualityForm, amending: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form = form
        if form.subject == FormSubject.DAY:
            del self.fields["to"]
        if not amending:
            del self.fields["reason"]
        for item in form.items:
            self.fields[f"item_{item['code']}"] = forms.ChoiceField(choices=ANSWERS, required=False)
            self.fields[f"note_{item['code']}"] = forms.CharField(required=False, max_length=200)

    def rows(self) -> list[dict[str, Any]]:
        """The items with what was chosen, in the reader's language."""
        return [item | self._shown(item) for item in self.form.items]

    def _shown(self, item: dict) -> dict[str, Any]:
        code = item["code"]
        severities = [(Severity.SERIOUS, _("Defect"))] if item["serious"] else Severity.choices
        costs = {Severity.SLIGHT: item["slight"], Severity.GENERAL: item["general"], Severity.SERIOUS: item["weight"]}
        return {
            "name": item_name(item),
            "group_name": group_name(item),
            "field": f"item_{code}",
            "chosen": self[f"item_{code}"].value() or "",
            "note": self[f"note_{code}"].value() or "",
            "choices": [{"value": value, "label": label, "cost": costs[value]} for value, label in severities],
        }

    def filled(self) -> Filled:
        given = {item["code"]: self.cleaned_data[f"item_{item['code']}"] for item in self.form.items}
        answers = {code: answer == OK for code, answer in given.items() if answer}
        defects = {code: Found(answer, self.cleaned_data[f"note_{code}"]) for code, answer in given.items() if answer and answer != OK}
        words = {name: self.cleaned_data[name] for name in ("remark", "task")}
        return Filled(answers=answers, defects=defects, to=self.cleaned_data.get("to") or RectifyBy.DISPATCHER, **words)

    @staticmethod
    def values_of(check: QualityCheck) -> dict[str, str]:
        """A filled form as the web form has it, for amending it."""
        values = {f"item_{code}": OK for code, is_ok in check.answers.items() if is_ok}
        for row in check.defects.all():
            values |= {f"item_{row.item}": row.severity, f"note_{row.item}": row.note}
        rectification = getattr(check, "rectification", None)
        words = {"task": rectification.task, "to": rectification.to} if rectification else {}
        return values | {"remark": check.remark} | words


PHOTO_ERRORS = {
    "required": _("Choose a photo."),
    "empty": _("The file is empty: take the photo again, or choose another one."),
    "missing": _("Choose a photo."),
    "invalid": _("The photo did not arrive: choose it again."),
}


class PhotoForm(forms.Form):
    photo = forms.FileField(label=_("Photo"), error_messages=PHOTO_ERRORS, widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}))


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("What was done"), max_length=1000, error_messages={"required": _("Say what was done.")}, widget=forms.Textarea(attrs={"rows": 4})
    )
    photo = forms.FileField(
        label=_("Photo"), required=False, error_messages=PHOTO_ERRORS, widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    )


class VerdictForm(forms.Form):
    decision = forms.ChoiceField(choices=[("accept", _("Accepted")), ("again", _("Again"))])
    verdict = forms.CharField(label=_("What the second look says"), required=False, max_length=300)
