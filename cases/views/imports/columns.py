"""The second step: what the file is for, which sheets count, and what each column holds (annex 2)."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from cases import tasks
from cases.choices import FileKind
from cases.forms.imports import HeaderForm, KindForm, MappingForm
from cases.models import ImportRun
from cases.rules.fields import AMOUNTS, FIELDS
from cases.rules.headers import agreement, letters_of
from cases.rules.kinds import JOIN_FIELDS
from cases.rules.people import sound_of
from cases.rules.templates import side_by_side
from cases.selectors import template_like
from cases.services import imports
from cases.services.imports.mapping import CURRENCIES, ROLES, UNITS
from cases.services.imports.sheets import joined_by, problems_of
from cases.views.imports.common import ImportAction, runs_for, state_of, steps_at
from cases.wording import LEFT_OUT, field_choices, field_label
from collection.lib.errors import Refused
from staff.pages import DeskPermission

SHOWN_LEFT_OUT = 200
MOST_CANDIDATES = 4
ROLE_NAMES = {"cases": gettext_lazy("Cases"), "contacts": gettext_lazy("Contacts of the cases"), "accounts": gettext_lazy("Accounts of the cases")}
UNIT_NAMES = {
    0.01: gettext_lazy("fen"),
    1: gettext_lazy("yuan"),
    100: gettext_lazy("hundreds"),
    1_000: gettext_lazy("thousands"),
    10_000: gettext_lazy("ten thousands"),
}
# Any of these will do where the first is missing.
INSTEAD = {"case.no": ("case.no", "contract.no"), "amount.placed": AMOUNTS, "join": JOIN_FIELDS}


def columns_context(run: ImportRun, form: MappingForm | None = None) -> dict[str, Any]:
    layout = [_as_chosen(sheet, form) for sheet in run.layout]
    taken = [sheet for sheet in layout if sheet["taken"]]
    sheets = [_sheet(run, layout, place, sheet) for place, sheet in enumerate(layout)]
    return {
        "mapping_form": form or MappingForm(run=run),
        "sheets": sheets,
        "needs": [need for sheet in sheets for need in sheet["needs"]],
        "has_no_cases": run.is_placement and not any(sheet["role"] == "cases" for sheet in taken),
        "kinds": FileKind.choices,
        "field_groups": _field_groups(run.kind),
        "units": [(unit, UNIT_NAMES[unit]) for unit in UNITS],
        "currencies": CURRENCIES,
        "roles": [(role, ROLE_NAMES[role]) for role in ROLES],
    }


def _field_groups(kind: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The fields of such a file for the picker, in groups, each with what it takes: an amount has a unit and a currency."""
    return [(title, [_option(name, label) for name, label in fields]) for title, fields in field_choices(kind)]


def _option(name: str, label: str) -> dict[str, Any]:
    """One field of the picker; it is found by its words, by their pinyin and its initials."""
    return {"value": name, "label": label, "sound": sound_of(label), "is_amount": FIELDS[name].kind == "amount", "is_many": FIELDS[name].many}


def _as_chosen(sheet: dict[str, Any], form: MappingForm | None) -> dict[str, Any]:
    """The sheet of the layout as the person has chosen it on a form that was refused."""
    if form is None:
        return sheet
    choice = form.chosen.get(sheet["sheet"])
    if choice is None:
        return sheet | {"taken": False}
    columns = [
        column
        | {
            "field": choice.fields.get(column["index"], column["field"]),
            "unit": choice.units.get(column["index"], column["unit"]),
            "currency": choice.currencies.get(column["index"], column["currency"]),
        }
        for column in sheet["columns"]
    ]
    return sheet | {"taken": True, "role": choice.role or sheet["role"], "columns": columns}


def _sheet(run: ImportRun, layout: Sequence[dict[str, Any]], place: int, sheet: dict[str, Any]) -> dict[str, Any]:
    hidden = set(sheet.get("hidden_columns", []))
    columns = [_column(column, is_hidden=column["index"] in hidden) for column in sheet["columns"]]
    has_table = sheet["header_row"] is not None
    join = joined_by(layout, sheet) if sheet["role"] in ("contacts", "accounts") else ""
    return sheet | {
        "place": place,
        "has_table": has_table,
        "columns": columns,
        "kept": sum(not column["field"] for column in columns),
        "needs": _needs(run, layout, place, sheet) if has_table else [],
        "join_label": field_label(join) if join else "",
        "hidden_letters": "、".join(map(letters_of, sorted(hidden))),
        "hidden_count": len(sheet.get("hidden_rows", [])),
        "left_groups": _left_out(sheet),
        "kin": _kin(run, sheet) if has_table and not sheet["template"] else None,
        "last_row": sheet.get("header_last_row") or sheet["header_row"],
    }


def _column(column: dict[str, Any], *, is_hidden: bool) -> dict[str, Any]:
    sure, field = column["confidence"], column["field"]
    return column | {
        "label": field_label(field) if field in FIELDS else "",
        "is_amount": field in FIELDS and FIELDS[field].kind == "amount",
        "is_hidden": is_hidden,
        "tone": "quiet" if not field else "good" if sure >= 0.9 else "warn" if sure >= 0.7 else "bad",
        "percent": round(sure * 100),
        "has_odd_unit": column["unit"] not in UNITS,
        "unit_name": UNIT_NAMES.get(column["unit"], column["unit"]),
    }


def _needs(run: ImportRun, layout: Sequence[dict[str, Any]], place: int, sheet: dict[str, Any]) -> list[dict[str, Any]]:
    """What the sheet lacks, each with the fields that would do and the columns that could hold it."""
    others = [other for other in layout if other["taken"] or other is sheet]
    return [
        {
            "place": place,
            "sheet": sheet["sheet"],
            "fields": INSTEAD.get(field, (field,)),
            "label": _("a case, card or ID number that another sheet has too") if field == "join" else field_label(field),
            "candidates": _candidates(sheet, "case.no" if field == "join" else field),
        }
        for field in problems_of(others, sheet["sheet"], run.kind)
    ]


def _candidates(sheet: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Columns without a field whose samples look like this one's values."""
    today, kind = timezone.localdate(), FIELDS[field].kind
    free = [column for column in sheet["columns"] if not column["field"] and column["samples"]]
    fitting = [column for column in free if agreement(field, column["samples"], today) > 1]
    if kind == "text":  # any text could be one: go by the header
        fitting = [column for column in free if any(word in column["header"] for word in ("号", "编", "No", "no", "ID"))]
    return fitting[:MOST_CANDIDATES]


def _left_out(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that are no data, by the reason why."""
    rows = sorted(sheet.get("left_out", []), key=lambda row: row[1])
    groups = []
    for reason, members in groupby(rows, key=lambda row: row[1]):
        lines = [(number, " ".join(cell for cell in cells if cell)[:120]) for number, _reason, cells in members]
        groups.append({"reason": LEFT_OUT.get(reason, reason), "count": len(lines), "rows": sorted(lines)[:SHOWN_LEFT_OUT]})
    return groups


def _kin(run: ImportRun, sheet: dict[str, Any]) -> dict[str, Any] | None:
    """The client's template that the sheet is most like, and what has changed since."""
    template = template_like(client=run.client, kind=run.kind, headers=[column["header"] for column in sheet["columns"]])
    if template is None:
        return None
    lines = side_by_side(template.columns, sheet["columns"])
    return {
        "template": template,
        "new": [line.after for line in lines if line.before is None],
        "gone": [line.before for line in lines if line.after is None],
    }


class ImportMapping(DeskPermission, View):
    """The columns, confirmed; what is wrong with them is said on the same page, with every choice still there."""

    permission_required = "cases.import_placement"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(runs_for(request.user), pk=pk)
        form = MappingForm(request.POST, run=run)
        if form.is_valid():
            try:
                imports.confirm_mapping(run_id=pk, chosen=form.chosen, by=request.user, now=timezone.now(), **form.about)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                tasks.check_import.delay_on_commit(pk)
                return HttpResponseRedirect(reverse("cases:import-detail", args=[pk]))
        context = {"run": run, "steps": steps_at(1), "badge": state_of(run), "may_import": True, "shows_columns": True, **columns_context(run, form)}
        return render(request, "cases/import_detail.html", context, status=422)


class ImportKind(ImportAction):
    def do(self, run: ImportRun) -> str:
        form = KindForm(self.request.POST)
        if not form.is_valid():
            raise imports.CannotImport(_("Choose what the file is for."))
        run = imports.choose_kind(run_id=run.pk, kind=form.cleaned_data["kind"], **self.who)
        return _("Columns guessed anew for “%(kind)s”.") % {"kind": run.get_kind_display()}


class ImportHeader(ImportAction):
    def do(self, run: ImportRun) -> str:
        form = HeaderForm(self.request.POST)
        if not form.is_valid() or form.cleaned_data["sheet"] >= len(run.layout):
            raise imports.CannotImport(_("Enter the number of the row that names the columns."))
        data = form.cleaned_data
        place: Mapping[str, Any] = run.layout[data["sheet"]]
        imports.choose_header(run_id=run.pk, sheet=place["sheet"], first_row=data["first_row"], last_row=data["last_row"] or data["first_row"], **self.who)
        tasks.read_import.delay_on_commit(run.pk)
        return ""
