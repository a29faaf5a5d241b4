from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Client
from letters.choices import Grade, LetterKind, LetterState, ReturnReason
from letters.models import Letter, LetterTemplate, QualityForm
from letters.printing.sheet import EDGES
from letters.selectors import addresses_for, templates_for

EVERY = [("", _("All"))]


class LetterFilter(forms.Form):
    q = forms.CharField(label=_("Number, case or debtor"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=EVERY + LetterState.choices, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=EVERY + LetterKind.choices, required=False)
    client = forms.ModelChoiceField(label=_("Client"), queryset=Client.objects.order_by("short_name"), required=False, empty_label=_("All"))

    def apply(self, rows: QuerySet[Letter]) -> QuerySet[Letter]:
        asked = self.cleaned_data
        if asked["q"]:
            text = asked["q"].strip()
            rows = rows.filter(Q(number__icontains=text) | Q(tracking_no__iexact=text) | Q(case__case_no__iexact=text) | Q(case__debtor__name__startswith=text))
        if asked["state"]:
            rows = rows.filter(state=asked["state"])
        if asked["kind"]:
            rows = rows.filter(template__kind=asked["kind"])
        if asked["client"]:
            rows = rows.filter(case__client=asked["client"])
        return rows


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


class AddressField(forms.ModelChoiceField):
    def label_from_instance(self, address: Any) -> str:
        return f"{address.get_kind_display()} · {address.masked} · {address.get_verification_display()}"


class RequestForm(forms.Form):
    template = forms.ModelChoiceField(label=_("Template"), queryset=LetterTemplate.objects.none())
    address = AddressField(label=_("Address"), queryset=None)
    reason = forms.CharField(label=_("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = templates_for(case)
        self.fields["address"].queryset = addresses_for(case)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=200, required=False)


class DispatchForm(forms.Form):
    carrier = forms.CharField(required=False)
    tracking_no = forms.CharField(required=False, max_length=60)


class ReturnForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why it came back"), choices=ReturnReason.choices)


class TemplateForm(forms.Form):
    client = forms.ModelChoiceField(label=_("Client"), queryset=Client.objects.order_by("short_name"), required=False, empty_label=_("Every client"))
    kind = forms.ChoiceField(label=_("Kind"), choices=LetterKind.choices)
    name = forms.CharField(label=_("Name"), max_length=60)
    heading = forms.CharField(label=_("Heading"), max_length=60)
    body = forms.CharField(label=_("Letter text"), widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false"}))
    first_header = forms.CharField(
        label=_("Letterhead of the first page"), required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("The first line is set large.")
    )
    odd_header = forms.CharField(label=_("Header of odd pages"), required=False, max_length=200)
    even_header = forms.CharField(label=_("Header of even pages"), required=False, max_length=200)
    first_footer = forms.CharField(label=_("Footer of the first page"), required=False, max_length=200)
    footer = forms.CharField(label=_("Footer of the other pages"), required=False, max_length=200)
    number_from = forms.IntegerField(label=_("Page numbers start on page"), min_value=1, max_value=20, initial=1, help_text=_("2: after a cover."))
    law_firm = forms.CharField(label=_("Law firm"), required=False, max_length=100, help_text=_("Only for lawyer's letters (CR-27)."))

    @staticmethod
    def initial_of(template: LetterTemplate) -> dict[str, Any]:
        fields = {name: getattr(template, name) for name in ("client", "kind", "name", "heading", "body")}
        return fields | {"number_from": 1} | {name: value for name, value in template.layout.items() if name != "sections"}

    def layout(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*EDGES, "number_from", "law_firm")}


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
