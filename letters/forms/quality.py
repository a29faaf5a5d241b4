from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from letters.choices import Grade, LetterKind
from letters.forms.letters import EVERY
from letters.models import Letter, QualityForm


class QualityFilter(forms.Form):
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
            rows = rows.filter(quality_check__rectified_at=None).exclude(quality_check=None).exclude(quality_check__rectification="")
        if asked["grade"]:
            rows = rows.filter(quality_check__grade=asked["grade"])
        if asked["kind"]:
            rows = rows.filter(template__kind=asked["kind"])
        if asked["day"]:
            rows = rows.filter(dispatched_at__date=asked["day"])
        return rows


class CheckForm(forms.Form):
    """The quality form's items as ok / defect, then words."""

    defects = forms.CharField(label=_("Defects"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    rectification = forms.CharField(label=_("To put right"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    rectify_by = forms.DateField(label=_("Put right by"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, form: QualityForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = form.items
        for item in form.items:
            self.fields[f"item_{item['code']}"] = forms.ChoiceField(choices=[("ok", _("OK")), ("defect", _("Defect"))], required=False)

    def rows(self) -> list[dict[str, Any]]:
        """The items with what was chosen, in the reader's language."""
        name = "name_en" if (get_language() or "").startswith("en") else "name_zh"
        return [item | {"name": item[name], "field": f"item_{item['code']}", "chosen": self.data.get(f"item_{item['code']}", "")} for item in self.items]

    def answers(self) -> dict[str, bool]:
        given = {item["code"]: self.cleaned_data[f"item_{item['code']}"] for item in self.items}
        return {code: answer == "ok" for code, answer in given.items() if answer}
