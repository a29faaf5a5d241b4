"""What the person does about findings: a cell mended in place, rows left out or taken back, differing totals accepted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from cases.choices import ImportState, RowState
from cases.models import ImportRun, RowFinding, StagedRow
from cases.rules.headers import letters_of
from cases.services.imports.checking import Checker, checker_of
from cases.services.imports.controls import Sums, add, amounts_of, differs
from cases.services.imports.joining import sheets_of
from cases.services.imports.runs import CannotImport, lock_run
from cases.services.imports.summary import summarise
from cases.services.imports.updates.checking import UpdateChecker
from collection.lib.bulk import chunks
from staff.models import User

LONGEST_CELL = 2000
BATCH = 1000


def _recheck(run: ImportRun, rows: Sequence[StagedRow], numbers: set[str], now: datetime) -> None:
    """These rows are read again, and with them what other sheets say of their cases."""
    sums = {sheet: {key: Decimal(amount) for key, amount in found.items()} for sheet, found in run.summary.get("sums", {}).items()}
    checker = checker_of(run, today=timezone.localdate(now))
    _read_again(run, checker, rows, sums)
    numbers = (numbers | {row.case_no for row in rows}) - {""}
    if joined := _joined_rows(run, numbers, {row.id_index for row in rows} - {""}, but={row.pk for row in rows}):
        _read_again(run, checker, joined, sums)
        numbers |= {row.case_no for row in joined} - {""}
    for compare in checker.comparisons(numbers):
        compare()
    ImportRun.objects.filter(pk=run.pk).update(summary=summarise(run, sums), accepted_reason="")


def _read_again(run: ImportRun, checker: Checker | UpdateChecker, rows: Sequence[StagedRow], sums: dict[str, Sums]) -> None:
    for row in rows:
        add(sums.setdefault(row.sheet, {}), amounts_of(row.values), sign=-1)
    RowFinding.objects.filter(row__in=[row.pk for row in rows]).delete()
    checker.sums = {}
    checker.check(rows)
    for sheet, found in checker.sums.items():
        add(sums.setdefault(sheet, {}), found)


def _joined_rows(run: ImportRun, numbers: set[str], people: set[str], *, but: set[int]) -> list[StagedRow]:
    """What other sheets say of these cases and people, and what found no case so far: it may find one now."""
    if not run.is_placement:
        return []
    joined = run.rows.filter(sheet__in=sheets_of(run, "accounts", "contacts")).exclude(state=RowState.SKIPPED).exclude(pk__in=but)
    lost = run.findings.filter(code="join_unknown").values("row_id")
    return list(joined.filter(Q(case_no__in=numbers) | Q(case_no="", id_index__in=people) | Q(pk__in=lost)).order_by("pk"))


@transaction.atomic
def mend_cell(*, row_id: int, column: int, text: str, by: User, now: datetime, was: str | None = None) -> StagedRow:
    """The cell says `text` instead, and the row is checked again. The bank's file stays as it came; who mended which cell is on the trail.

    `was` is the text that the person saw: if somebody else has mended the cell meanwhile, nothing is changed (F13).
    """
    row = StagedRow.objects.select_related("run").get(pk=row_id)
    run = lock_run(row.run_id, ImportState.VALIDATED)
    row = StagedRow.objects.select_for_update(of=("self",)).get(pk=row_id)
    known = {item["index"] for sheet in run.layout if sheet["sheet"] == row.sheet and sheet["taken"] for item in sheet["columns"]}
    if column not in known:
        raise CannotImport(_("The sheet has no such column."))
    if len(text) > LONGEST_CELL:
        raise CannotImport(_("The text is too long for a cell."))
    before = row.case_no
    row.cells = [*row.cells, *[""] * (column + 1 - len(row.cells))]
    if was is not None and row.cells[column] != was:
        raise CannotImport(_("Somebody has mended this cell meanwhile; it now says “%(text)s”.") % {"text": row.cells[column]})
    row.cells[column] = "".join(char for char in text if char >= " ").strip()
    row.save(update_fields=["cells"])
    _recheck(run, [row], {before}, now)
    cell = f"{row.sheet} {letters_of(column)}{row.row}"
    record("import.cell_mended", subject=run, by=by, at=now, changes={"cell": (None, cell), "row is": (None, row.state)})
    row.refresh_from_db()
    return row


@transaction.atomic
def skip_rows(*, run_id: int, by: User, now: datetime, reason: str, row_ids: Iterable[int] | None = None) -> int:
    """These rows (all bad ones, without `row_ids`) are left out of the commit; which ones and why is on the trail. Returns how many.

    All or nothing is the rule: whoever imports only the good rows needs the right to (cases.leave_rows_out).
    """
    run = lock_run(run_id, ImportState.VALIDATED)
    if not by.has_perm("cases.leave_rows_out"):
        raise CannotImport(_("You may not leave rows out. Mend them, or ask somebody who may."))
    if not reason.strip():
        raise CannotImport(_("Say why the rows are left out."))
    rows = run.rows.exclude(state=RowState.SKIPPED)
    rows = rows.filter(state=RowState.BAD) if row_ids is None else _all_of(rows, row_ids)
    return _turn(run, rows, skip=True, by=by, now=now, reason=reason.strip())


@transaction.atomic
def take_rows_back(*, run_id: int, row_ids: Iterable[int], by: User, now: datetime) -> int:
    """Rows that were left out are checked and count again. Returns how many."""
    run = lock_run(run_id, ImportState.VALIDATED)
    taken = [sheet["sheet"] for sheet in run.layout if sheet["taken"]]
    rows = _all_of(run.rows.filter(state=RowState.SKIPPED, sheet__in=taken), row_ids)
    return _turn(run, rows, skip=False, by=by, now=now, reason="")


def _all_of(rows: Any, ids: Iterable[int]) -> Any:
    """These of the rows; refused when one of them is not there, or no longer as the person saw it (S09)."""
    wanted = set(ids)
    chosen = rows.filter(pk__in=wanted)
    if chosen.count() != len(wanted):
        raise CannotImport(_("Some of these rows have changed meanwhile. Load the page again."))
    return chosen


def _turn(run: ImportRun, rows: Any, *, skip: bool, by: User, now: datetime, reason: str) -> int:
    if not rows.exists():
        raise CannotImport(_("None of the rows is affected; choose others."))
    rows = (_with_their_cases(run, rows) if run.is_placement else rows).order_by("pk")
    chosen = list(rows.defer("cells", "values") if skip else rows)
    numbers = {row.case_no for row in chosen} - {""}
    for some in chunks(chosen, BATCH):
        run.rows.filter(pk__in=[row.pk for row in some]).update(state=RowState.SKIPPED if skip else RowState.GOOD)
    if skip:
        for compare in checker_of(run, today=timezone.localdate(now)).comparisons(numbers):
            compare()
        ImportRun.objects.filter(pk=run.pk).update(summary=summarise(run))
    else:
        _recheck(run, chosen, numbers, now)
    names = [f"{row.sheet}:{row.row}" for row in chosen[:500]]
    action = "import.rows_left_out" if skip else "import.rows_taken_back"
    record(action, subject=run, by=by, at=now, changes={"rows": (None, names), "count": (None, len(chosen))}, reason=reason)
    return len(chosen)


def _with_their_cases(run: ImportRun, rows: Any) -> Any:
    """These rows; a row of a case brings all rows of that case, on every sheet: part of its debt would be taken for all of it.

    Of the same case twice, only the chosen row: that is what it is chosen for.
    """
    twice = run.findings.filter(code="duplicate_in_file").values("row__case_no")
    whole = rows.filter(sheet__in=sheets_of(run, "cases", "accounts")).exclude(case_no="").exclude(case_no__in=twice)
    numbers, people = set(whole.values_list("case_no", flat=True)), set(whole.exclude(id_index="").values_list("id_index", flat=True))
    others = run.rows.filter(sheet__in=sheets_of(run, "cases")).exclude(case_no__in=numbers).exclude(state=RowState.SKIPPED)
    lonely = people - set(others.filter(id_index__in=people).values_list("id_index", flat=True))
    of_them = Q(case_no__in=numbers) | Q(case_no="", id_index__in=lonely, sheet__in=sheets_of(run, "contacts"))
    same_state = Q(state=RowState.SKIPPED) if rows.filter(state=RowState.SKIPPED).exists() else ~Q(state=RowState.SKIPPED)
    return run.rows.filter(Q(pk__in=rows.values("pk")) | (of_them & same_state))


@transaction.atomic
def accept_totals(*, run_id: int, reason: str, by: User, now: datetime) -> ImportRun:
    """The totals that the file or the bank announced differ from what was read, and that is right for a reason that this person gives."""
    run = lock_run(run_id, ImportState.VALIDATED)
    if not reason.strip():
        raise CannotImport(_("Say why the totals may differ."))
    if not differs(run.summary):
        raise CannotImport(_("The totals agree; there is nothing to accept."))
    run.accepted_reason = reason.strip()[:200]
    run.save(update_fields=["accepted_reason"])
    lines = [f"{line['said']} / {line['found']}" for line in run.summary["controls"] if not line["agrees"]]
    record("import.totals_accepted", subject=run, by=by, at=now, changes={"said / read": (None, lines)}, reason=run.accepted_reason)
    return run
