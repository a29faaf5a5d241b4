from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.choices import FileKind, ImportState
from cases.forms.common import ALL, ClientChoiceMixin, day_field, search_field
from cases.models import ImportRun
from cases.services.imports import SheetChoice
from staff.models import Team

MOST_ROWS_AT_ONCE = 1000


class ImportFilter(ClientChoiceMixin):
    kind = forms.ChoiceField(label=_("Kind of file"), choices=[ALL, *FileKind.choices], required=False)
    state = forms.ChoiceField(label=_("State"), choices=[ALL, ("open", _("Under way")), *ImportState.choices], required=False)
    q = search_field(_("Import or file"))
    field_order = ["q", "client", "kind", "state"]

    def apply(self, rows: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
        data = self.cleaned_data
        for name in ("client", "kind"):
            if data[name]:
                rows = rows.filter(**{name: data[name]})
        if data["state"] == "open":
            rows = rows.filter(state__in=[ImportState.UPLOADED, ImportState.READ, ImportState.MAPPED, ImportState.VALIDATED, ImportState.COMMITTING])
        elif data["state"]:
            rows = rows.filter(state=data["state"])
        if data["q"]:
            rows = rows.filter(Q(code__icontains=data["q"]) | Q(file__name__icontains=data["q"]))
        return rows


class PasswordForm(forms.Form):
    password = forms.CharField(label=_("Password of the file"), max_length=200, widget=forms.PasswordInput({"autocomplete": "off"}))


class MappingForm(forms.Form):
    """What the import is called, whose it is, its days and what the bank announced; the sheets and columns come as one field, `choice`."""

    code = forms.CharField(label=_("Placement"), max_length=60)
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True).order_by("name"), label=_("Team"), empty_label=_("Choose…"))
    placed_on = day_field(_("Placed on"), required=False, help_text=_("For rows without a date of their own."))
    due_back_on = day_field(_("Due back on"), required=False)
    announced_cases = forms.IntegerField(label=_("Announced cases"), required=False, min_value=0)
    announced_amount = forms.DecimalField(label=_("Announced amount (yuan)"), required=False, max_digits=14, decimal_places=2)
    save_template = forms.BooleanField(label=_("Remember the columns as this client's template"), required=False)
    # {position of a taken sheet: {"role", "columns": {index: [field, unit, currency]}}}: one field, because a file may have a thousand columns.
    choice = forms.JSONField(widget=forms.HiddenInput, error_messages={"required": _("Choose a sheet to import."), "invalid": _("Load the page again.")})

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        names = ("code", "placed_on", "due_back_on", "announced_cases", "announced_amount")
        initial = {name: getattr(run, name) for name in names} | {"team": run.team or run.client.team, "save_template": True}
        super().__init__(*args, initial=initial, **kwargs)
        self.run = run
        if not run.is_placement:  # its code is only to be spoken of; the cases' own teams keep them
            for name in ("team", "placed_on", "due_back_on", "announced_cases", "announced_amount"):
                del self.fields[name]
            self.fields["code"].label = _("Import")

    def clean_choice(self) -> dict[str, SheetChoice]:
        """What was chosen for the sheets that are taken, by their names."""
        try:
            return {self.run.layout[int(place)]["sheet"]: _sheet_choice(chosen) for place, chosen in self.cleaned_data["choice"].items()}
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise forms.ValidationError(_("Load the page again.")) from error

    @property
    def chosen(self) -> dict[str, SheetChoice]:
        return getattr(self, "cleaned_data", {}).get("choice") or {}

    @property
    def about(self) -> dict[str, Any]:
        """The other values, for confirm_mapping."""
        return {name: value for name, value in self.cleaned_data.items() if name != "choice"}


def _sheet_choice(chosen: dict[str, Any]) -> SheetChoice:
    columns = {int(index): (str(field), unit, str(currency)) for index, (field, unit, currency) in chosen["columns"].items()}
    if not all(isinstance(unit, int | float) for _field, unit, _currency in columns.values()):
        raise TypeError("a unit is a number")
    return SheetChoice(
        fields={index: field for index, (field, _unit, _currency) in columns.items()},
        units={index: unit for index, (_field, unit, _currency) in columns.items()},
        currencies={index: currency for index, (_field, _unit, currency) in columns.items()},
        role=str(chosen.get("role", "")),
    )


class KindForm(forms.Form):
    kind = forms.ChoiceField(choices=FileKind)


class HeaderForm(forms.Form):
    """Which rows of a sheet name its columns."""

    sheet = forms.IntegerField(min_value=0, max_value=200)
    first_row = forms.IntegerField(min_value=1, max_value=200)
    last_row = forms.IntegerField(min_value=1, max_value=200, required=False)


class MendForm(forms.Form):
    column = forms.IntegerField(min_value=0, max_value=1000)
    text = forms.CharField(required=False, max_length=2000, strip=True)
    # What the cell said when the person saw it.
    was = forms.CharField(required=False, strip=False, empty_value=None)


class RowsForm(forms.Form):
    """Some rows, or all bad ones."""

    reason = forms.CharField(required=False, max_length=200)
    everything = forms.BooleanField(required=False)
    ids = forms.TypedMultipleChoiceField(required=False, coerce=int)

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        given = data.getlist("ids")[:MOST_ROWS_AT_ONCE]
        self.fields["ids"].choices = [(value, value) for value in given if value.isdecimal() and len(value) < 19]
