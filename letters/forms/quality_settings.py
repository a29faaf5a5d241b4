"""The quality form's own items as rows, and the sampling rule."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.choices import ItemGroup
from letters.models import QualityForm, SamplingRule

POINTS = {"min_value": 1, "max_value": 100}


class ItemForm(forms.Form):
    code = forms.RegexField(r"^[a-z][a-z0-9_]{0,29}$", label=_("Code"), max_length=30, error_messages={"invalid": _("Small letters, digits and _.")})
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=90)
    group = forms.ChoiceField(label=_("Group of items"), choices=ItemGroup.choices)
    slight = forms.IntegerField(label=_("Slight"), **POINTS)
    general = forms.IntegerField(label=_("Ordinary"), **POINTS)
    weight = forms.IntegerField(label=_("Serious"), **POINTS)
    serious = forms.BooleanField(label=_("Always serious"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name != "serious":
                field.widget.attrs |= {"class": "form-select" if name == "group" else "form-control"}
            field.widget.attrs["aria-label"] = field.label


class BaseItems(forms.BaseFormSet):
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].widget.attrs |= {"class": "form-control", "aria-label": _("Place")}
        form.fields["DELETE"].widget.attrs["aria-label"] = _("Take out")

    def items(self) -> list[dict]:
        """The rows in the order of the page, without those taken out and those left empty."""
        rows = [form.cleaned_data for form in self.ordered_forms if form.cleaned_data.get("code")]
        names = list(ItemForm.base_fields)
        return [{name: row[name].strip() if isinstance(row[name], str) else row[name] for name in names} for row in rows]


Items = forms.formset_factory(ItemForm, formset=BaseItems, extra=1, can_delete=True, can_order=True, max_num=41, absolute_max=41)


class QualityFormSettings(forms.Form):
    serious_below = forms.IntegerField(label=_("Serious below"), min_value=1, max_value=100, help_text=_("Fewer points than this make the whole serious."))
    valid_from = forms.DateTimeField(
        label=_("Valid from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text=_("Empty: at once."),
    )
    based_on = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def initial_of(form: QualityForm) -> dict[str, Any]:
        return {"serious_below": form.serious_below, "based_on": form.version}

    def moment(self, now: datetime) -> datetime:
        return self.cleaned_data["valid_from"] or timezone.localtime(now)


class SamplingForm(forms.ModelForm):
    based_on = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = SamplingRule
        fields = ["every", "lawyers_letters", "amount_from", "foreign_addresses", "template_days", "person_days", "defect_days", "defects_from"]
        help_texts = {
            "every": _("1: every letter; 20: each 20th of a day; 0: by risk alone."),
            "amount_from": _("Empty: no matter how much."),
            "template_days": _("0: new versions are no risk."),
            "person_days": _("0: somebody new is no risk."),
            "defect_days": _("0: earlier defects are no risk."),
            "defects_from": _("Within those days, by the same person or with the same carrier."),
        }
