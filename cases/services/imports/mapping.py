"""The person confirms what the file is for, which sheets count, and what each column holds; the client's template remembers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from cases.choices import FileKind, ImportState, RowState
from cases.models import ImportRun
from cases.rules.fields import FIELDS
from cases.services.imports.runs import CannotImport, forget_rows, lock_run
from cases.services.imports.sheets import guess_again, problems_of
from cases.services.imports.templates import save_template as save_as_template
from cases.wording import field_label
from staff.models import Team, User

ROLES = ("cases", "contacts", "accounts")
UNITS = (1, 100, 1_000, 10_000)
CURRENCIES = ("", "CNY", "USD", "HKD", "EUR", "JPY")


@dataclass(frozen=True)
class SheetChoice:
    """What a person chose for a sheet: {column index: …}; what is not named stays as it is. `role` counts in placements only."""

    fields: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[int, int] = field(default_factory=dict)
    currencies: Mapping[int, str] = field(default_factory=dict)
    role: str = ""


# {sheet: choice}: a sheet that is not in it is not taken.
Chosen = Mapping[str, SheetChoice]


@transaction.atomic
def confirm_mapping(
    *,
    run_id: int,
    by: User,
    now: datetime,
    chosen: Chosen | None = None,
    code: str = "",
    team: Team | None = None,
    placed_on: date | None = None,
    due_back_on: date | None = None,
    announced_cases: int | None = None,
    announced_amount: Decimal | None = None,
    save_template: bool = True,
) -> ImportRun:
    """The columns are as `chosen` says (as guessed, without it), and the rows wait to be checked. May be called again until the commit.

    `announced_cases` and `announced_amount` (yuan) are what the bank said beside the file; the check compares.
    """
    run = lock_run(run_id, ImportState.READ, ImportState.VALIDATED)
    layout = _choose(run.layout, chosen, run.kind)
    taken = [sheet for sheet in layout if sheet["taken"]]
    _check_sheets(taken, run.kind)
    _rename(run, code.strip())
    run.team = team or run.team or run.client.team
    if run.is_placement:
        _check_team(run)
    if placed_on and due_back_on and due_back_on < placed_on:
        raise CannotImport(_("The placement would go back before it came."))
    before = run.state
    run.layout, run.state, run.placed_on, run.due_back_on = layout, ImportState.MAPPED, placed_on, due_back_on
    run.announced_cases, run.announced_amount, run.accepted_reason = announced_cases, announced_amount, ""
    run.worked_on_at, run.attempts, run.done_rows = None, 0, 0
    run.save()
    names = [sheet["sheet"] for sheet in taken]
    run.rows.exclude(sheet__in=names).update(state=RowState.SKIPPED)
    run.rows.filter(sheet__in=names, state=RowState.SKIPPED).update(state=RowState.GOOD)
    if save_template:
        for sheet in taken:
            save_as_template(run, sheet, by=by, now=now)
    changes = {"state": (before, run.state), "sheets": (None, names), "team": (None, run.team)}
    record("import.mapped", subject=run, by=by, at=now, changes=changes)
    return run


def _check_team(run: ImportRun) -> None:
    if run.team is None or run.team.lead is None:
        raise CannotImport(_("Choose a team that has a lead: the lead is told when the placement is in."))


@transaction.atomic
def choose_kind(*, run_id: int, kind: str, by: User, now: datetime) -> ImportRun:
    """The file is for something else than was guessed; its columns are guessed anew for that."""
    run = lock_run(run_id, ImportState.READ, ImportState.VALIDATED)
    before, run.kind = run.kind, FileKind(kind)
    if before == run.kind:
        return run
    today = timezone.localdate(now)
    layout = [guess_again(sheet, run.kind, today) if sheet["header_row"] is not None else sheet for sheet in run.layout]
    run.layout = [sheet | {"taken": bool(sheet["header_row"]) and not problems_of(layout, sheet["sheet"], run.kind)} for sheet in layout]
    run.state = ImportState.READ
    run.save(update_fields=["kind", "layout", "state"])
    record("import.kind_chosen", subject=run, by=by, at=now, changes={"kind": (FileKind(before).label, run.get_kind_display())})
    return run


@transaction.atomic
def choose_header(*, run_id: int, sheet: str, first_row: int, last_row: int, by: User, now: datetime) -> ImportRun:
    """The headers of a sheet stand in these rows (1 is the first, three at most); the file is read again. A locked file asks for its password again."""
    run = lock_run(run_id, ImportState.READ, ImportState.VALIDATED)
    if not 1 <= first_row <= last_row <= 200 or last_row - first_row > 2:
        raise CannotImport(_("Headers stand in one to three rows that follow each other, within the first 200."))
    if sheet not in [known["sheet"] for known in run.layout]:
        raise CannotImport(_("The file has no such sheet."))
    place = {"header_row": first_row, "header_last_row": last_row, "is_header_chosen": True}
    run.layout = [known | place if known["sheet"] == sheet else known for known in run.layout]
    run.state, run.worked_on_at, run.attempts, run.done_rows, run.failure = ImportState.UPLOADED, None, 0, 0, ""
    run.save(update_fields=["layout", "state", "worked_on_at", "attempts", "done_rows", "failure"])
    forget_rows(run)
    record("import.header_chosen", subject=run, by=by, at=now, changes={"sheet": (None, sheet), "rows": (None, f"{first_row}–{last_row}")})
    return run


def _choose(layout: Sequence[dict[str, Any]], chosen: Chosen | None, kind: str) -> list[dict[str, Any]]:
    if chosen is None:
        return list(layout)
    result = []
    for sheet in layout:
        choice = chosen.get(sheet["sheet"])
        if choice is None or sheet["header_row"] is None:
            result.append(sheet | {"taken": False})
            continue
        columns = [_chosen_column(column, choice, kind) for column in sheet["columns"]]
        role = choice.role if kind == FileKind.PLACEMENT and choice.role in ROLES else sheet["role"]
        result.append(sheet | {"taken": True, "columns": columns, "role": role})
    return result


def _chosen_column(column: dict[str, Any], choice: SheetChoice, kind: str) -> dict[str, Any]:
    index = column["index"]
    target = choice.fields.get(index, column["field"])
    if target and (target not in FIELDS or not FIELDS[target].serves(kind)):
        raise CannotImport(_("“%(field)s” is not a field of such a file.") % {"field": target})
    unit, currency = choice.units.get(index, column["unit"]), choice.currencies.get(index, column["currency"])
    if unit not in (*UNITS, column["unit"]) or currency not in CURRENCIES:
        raise CannotImport(_("Column %(column)s: choose a unit and a currency of the list.") % {"column": column["column"]})
    confidence = column["confidence"] if target == column["field"] else 1.0
    return column | {"field": target, "confidence": confidence, "unit": unit, "currency": currency}


def _check_sheets(taken: list[dict[str, Any]], kind: str) -> None:
    if not taken:
        raise CannotImport(_("Choose a sheet to import."))
    if kind == FileKind.PLACEMENT and not any(sheet["role"] == "cases" for sheet in taken):
        raise CannotImport(_("None of the sheets holds cases. Choose the one that names debtors and amounts."))
    for sheet in taken:
        _check_columns(sheet)
        missing = problems_of(taken, sheet["sheet"], kind)
        if missing == ["join"]:
            raise CannotImport(
                _("Sheet %(sheet)s: no column leads to a case of another sheet. Choose a case, card or ID number in both, or leave the sheet out.")
                % {"sheet": sheet["sheet"]}
            )
        if missing:
            names = "、".join(field_label(name) for name in missing)
            raise CannotImport(_("Sheet %(sheet)s: no column for %(fields)s. Choose one, or leave the sheet out.") % {"sheet": sheet["sheet"], "fields": names})


def _check_columns(sheet: dict[str, Any]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for column in sheet["columns"]:
        key = (column["field"], column["currency"])
        if not column["field"] or FIELDS[column["field"]].many:
            continue
        if key in seen:
            values = {"sheet": sheet["sheet"], "first": seen[key], "second": column["column"], "field": field_label(column["field"])}
            raise CannotImport(_("Sheet %(sheet)s: columns %(first)s and %(second)s are both “%(field)s”. Choose one of them.") % values)
        seen[key] = column["column"]


def _rename(run: ImportRun, code: str) -> None:
    if not code or code == run.code:
        return
    others = ImportRun.objects.filter(client=run.client, code=code).exclude(pk=run.pk)
    if others.exclude(state__in=[ImportState.FAILED, ImportState.CANCELLED, ImportState.UNDONE]).exists():
        raise CannotImport(_("This client already has a placement %(code)s. Choose another name.") % {"code": code})
    run.code = code[:60]
