"""Every row read and checked; the findings; mending a cell in place, leaving rows out."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from cases.choices import PlacementState, RowState, Severity
from cases.models import Case, Debtor, Placement, RowFinding, StagedRow
from cases.rules.headers import letters_of
from cases.rules.rows import Found, RowReader
from cases.services.imports.mapping import columns_of
from cases.services.imports.runs import MOST_ATTEMPTS, CannotImport, Claim, Clock, LostClaim, claim, lock_placement, step_ends
from collection.lib.crypto import blind_index
from collection.lib.identity import resident_id_check_digit
from staff.models import User

BATCH = 1000
LONGEST_CELL = 2000
_CHECKED = ["cells", "values", "state", "case_no", "id_index", "account_index", "amount"]


def check_placement(*, placement_id: int, clock: Clock) -> None:
    """Every row of the taken sheets has its values and findings, and the placement waits for the commit. Once, however often it is called."""
    run = claim(placement_id, PlacementState.MAPPED, clock)
    if run is None:
        return
    placement = Placement.objects.select_related("client").get(pk=placement_id)
    if run.attempts > MOST_ATTEMPTS:
        _give_up(run)
        return
    try:
        _check_all(placement, run)
    except LostClaim:
        return


def _give_up(run: Claim) -> None:
    with transaction.atomic():
        placement = step_ends(run, state=PlacementState.FAILED, failure="too_many_attempts")
        record("placement.rejected", subject=placement, by=None, at=run.clock(), reason="too_many_attempts")


def _check_all(placement: Placement, run: Claim) -> None:
    placement.findings.all().delete()
    checker = Checker(placement, today=timezone.localdate(run.at))
    last, done = 0, 0
    while batch := list(placement.rows.filter(pk__gt=last).exclude(state=RowState.SKIPPED).order_by("pk")[:BATCH]):
        with transaction.atomic():
            checker.check(batch)
        last, done = batch[-1].pk, done + len(batch)
        run.beat(done)
    with transaction.atomic():
        _find_duplicates(placement)
        placed_on = placement.placed_on or checker.first_day
        placement = step_ends(run, state=PlacementState.VALIDATED, row_count=done, done_rows=done, summary=summarise(placement), placed_on=placed_on)
        changes = {"state": (PlacementState.MAPPED, placement.state), "rows": (None, placement.summary["rows"])}
        record("placement.checked", subject=placement, by=None, at=run.clock(), changes=changes)


class Checker:
    """Checks batches of rows against the rules, and against the cases and debtors that are there already."""

    def __init__(self, placement: Placement, *, today: date) -> None:
        self.placement = placement
        self.today = today
        self.readers = {sheet["sheet"]: RowReader(columns_of(sheet), today=today) for sheet in placement.layout if sheet["taken"]}
        self.first_day: str | None = None

    def check(self, rows: Sequence[StagedRow]) -> None:
        """Values, keys, state and findings of these rows are as their cells say. Four statements, whatever their number."""
        found: dict[int, list[Found]] = {row.pk: self._read(row) for row in rows}
        for row_id, finding in (*self._known_cases(rows), *self._known_debtors(rows)):
            found[row_id].append(finding)
        for row in rows:
            row.state = _state_of(finding.severity for finding in found[row.pk])
        StagedRow.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=_CHECKED)
        RowFinding.objects.bulk_create(_finding(row, finding) for row in rows for finding in found[row.pk])

    def _read(self, row: StagedRow) -> list[Found]:
        row.values, found = self.readers[row.sheet].read(row.cells)
        row.id_index = blind_index("id", id_key(row.values.get("id_no", "")))
        account = next(iter(row.values.get("accounts", [])), {})
        card, placed_on = account.get("card_no", ""), row.values.get("placed_on", "")
        row.account_index = blind_index("account", "|".join([card, account.get("account_no", ""), account.get("currency", "")]))
        row.case_no = row.values.get("case_no", "")
        if not row.case_no and not self.readers[row.sheet].number_field:
            row.case_no = _number_from_card(card, placed_on, found)
        row.amount = sum((Decimal(item["amount"]) for item in row.values.get("accounts", []) if item["currency"] == "CNY"), Decimal(0))
        self.first_day = self.first_day or placed_on or None
        return found

    def _known_cases(self, rows: Sequence[StagedRow]) -> Iterable[tuple[int, Found]]:
        numbers = {row.case_no for row in rows if row.case_no}
        live = Case.objects.live().filter(client=self.placement.client, case_no__in=numbers).exclude(placement=self.placement)
        known = dict(live.values_list("case_no", "placement__code"))
        return [
            (row.pk, Found("case_exists", "case.no", self._index(row, "case.no", "contract.no", "card.no"), {"placement": known[row.case_no]}))
            for row in rows
            if row.case_no in known
        ]

    def _known_debtors(self, rows: Sequence[StagedRow]) -> Iterable[tuple[int, Found]]:
        known = dict(Debtor.objects.filter(id_index__in={row.id_index for row in rows if row.id_index}).values_list("id_index", "name"))
        for row in rows:
            if row.id_index in known:
                other = known[row.id_index] if known[row.id_index] != row.values.get("name") else ""
                yield row.pk, Found("debtor_known", "debtor.name", self._index(row, "debtor.name"), {"name": other} if other else {})

    def _index(self, row: StagedRow, *fields: str) -> int | None:
        by_field = self.readers[row.sheet].by_field
        return next((by_field[name][0].index for name in fields if name in by_field), None)


def id_key(id_no: str) -> str:
    """What a person is recognised by: the 18 digits, also of a number that was given in its old form of 15."""
    if len(id_no) == 15 and id_no.isdigit():
        first = f"{id_no[:6]}19{id_no[6:]}"
        return first + resident_id_check_digit(first)
    return id_no


def _number_from_card(card: str, placed_on: str, found: list[Found]) -> str:
    """A file without case numbers: card and placement date stand for one. The same again gives the same number."""
    if not card or not placed_on:
        if not any(item.code == "lost_precision" for item in found):
            found.append(Found("required_missing", "card.no" if not card else "placement.date"))
        return ""
    return f"K{placed_on.replace('-', '')[2:]}{blind_index('card', card)[:10].upper()}"


def _state_of(severities: Iterable[str]) -> str:
    kinds = set(severities)
    return RowState.BAD if Severity.ERROR in kinds else RowState.WARNING if kinds else RowState.GOOD


def _finding(row: StagedRow, found: Found) -> RowFinding:
    column = letters_of(found.index) if found.index is not None else ""
    return RowFinding(
        row_id=row.pk, placement_id=row.placement_id, column=column, field=found.field, code=found.code, severity=found.severity, values=found.values
    )


def _find_duplicates(placement: Placement, numbers: Iterable[str] | None = None) -> None:
    """Rows of one case number are one case's accounts only if they name the same person and different accounts; the others are duplicates.

    Looks at all rows, or at those of some case numbers again after a change.
    """
    rows = placement.rows.exclude(state=RowState.SKIPPED).exclude(case_no="")
    if numbers is not None:
        rows = rows.filter(case_no__in=numbers)
        placement.findings.filter(code="duplicate_in_file", row__case_no__in=numbers).delete()
    else:
        repeated = rows.values("case_no").annotate(times=Count("pk")).filter(times__gt=1).values("case_no")
        rows = rows.filter(case_no__in=repeated)
    first_of: dict[str, StagedRow] = {}
    accounts: dict[tuple[str, str], StagedRow] = {}
    found = []
    for row in rows.order_by("case_no", "pk").defer("cells", "values"):
        first = first_of.setdefault(row.case_no, row)
        same = accounts.setdefault((row.case_no, row.account_index), row)
        twin = first if first.id_index != row.id_index else same
        if twin is not row:
            found.append(_finding(row, Found("duplicate_in_file", "case.no", None, {"row": twin.row, "sheet": twin.sheet})))
    RowFinding.objects.bulk_create(found)
    for start in range(0, len(found), BATCH):
        StagedRow.objects.filter(pk__in=[finding.row_id for finding in found[start : start + BATCH]]).update(state=RowState.BAD)
    if numbers is not None:
        _refresh_states(rows)


def _refresh_states(rows: Any) -> None:
    for row in rows.defer("cells", "values").prefetch_related("findings"):
        state = _state_of(finding.severity for finding in row.findings.all())
        if state != row.state:
            StagedRow.objects.filter(pk=row.pk).update(state=state)


def summarise(placement: Placement) -> dict[str, Any]:
    """How many rows are good, doubtful, bad and left out, how many cases and how much money, and how often each finding. Three queries."""
    taken = [sheet["sheet"] for sheet in placement.layout if sheet["taken"]]
    rows = placement.rows.filter(sheet__in=taken)
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    kept = rows.exclude(state=RowState.SKIPPED)
    codes = placement.findings.exclude(row__state=RowState.SKIPPED).order_by().values_list("code").annotate(Count("pk"))
    amount = sum(kept.values_list("amount", flat=True), Decimal(0))
    return {state: counts.get(state, 0) for state in RowState.values} | {
        "rows": sum(counts.values()),
        "cases": kept.exclude(case_no="").order_by().values("case_no").distinct().count(),
        "amount": str(amount),
        "codes": dict(codes),
    }


def _recheck(placement: Placement, rows: Sequence[StagedRow], numbers: set[str], now: datetime) -> None:
    RowFinding.objects.filter(row__in=[row.pk for row in rows]).delete()
    Checker(placement, today=timezone.localdate(now)).check(rows)
    _find_duplicates(placement, (numbers | {row.case_no for row in rows}) - {""})
    Placement.objects.filter(pk=placement.pk).update(summary=summarise(placement))


@transaction.atomic
def mend_cell(*, row_id: int, column: int, text: str, by: User, now: datetime) -> StagedRow:
    """The cell says `text` instead, and the row is checked again. The bank's file stays as it came; who mended which cell is on the trail."""
    row = StagedRow.objects.select_related("placement").get(pk=row_id)
    placement = lock_placement(row.placement_id, PlacementState.VALIDATED)
    row = StagedRow.objects.select_for_update(of=("self",)).get(pk=row_id)
    known = {item["index"] for sheet in placement.layout if sheet["sheet"] == row.sheet and sheet["taken"] for item in sheet["columns"]}
    if column not in known:
        raise CannotImport(_("The sheet has no such column."))
    if len(text) > LONGEST_CELL:
        raise CannotImport(_("The text is too long for a cell."))
    before = row.case_no
    row.cells = [*row.cells, *[""] * (column + 1 - len(row.cells))]
    row.cells[column] = "".join(char for char in text if char >= " ").strip()
    _recheck(placement, [row], {before}, now)
    cell = f"{row.sheet} {letters_of(column)}{row.row}"
    record("placement.cell_mended", subject=placement, by=by, at=now, changes={"cell": (None, cell), "row is": (None, row.state)})
    row.refresh_from_db()
    return row


@transaction.atomic
def skip_rows(*, placement_id: int, by: User, now: datetime, reason: str, row_ids: Iterable[int] | None = None) -> int:
    """These rows (all bad ones, without `row_ids`) are left out of the commit; which ones and why is on the trail. Returns how many."""
    placement = lock_placement(placement_id, PlacementState.VALIDATED)
    if not reason.strip():
        raise CannotImport(_("Say why the rows are left out."))
    rows = placement.rows.exclude(state=RowState.SKIPPED)
    rows = rows.filter(state=RowState.BAD) if row_ids is None else rows.filter(pk__in=list(row_ids))
    return _turn(placement, rows, skip=True, by=by, now=now, reason=reason.strip())


@transaction.atomic
def take_rows_back(*, placement_id: int, row_ids: Iterable[int], by: User, now: datetime) -> int:
    """Rows that were left out are checked and count again. Returns how many."""
    placement = lock_placement(placement_id, PlacementState.VALIDATED)
    taken = [sheet["sheet"] for sheet in placement.layout if sheet["taken"]]
    rows = placement.rows.filter(state=RowState.SKIPPED, pk__in=list(row_ids), sheet__in=taken)
    return _turn(placement, rows, skip=False, by=by, now=now, reason="")


def _turn(placement: Placement, rows: Any, *, skip: bool, by: User, now: datetime, reason: str) -> int:
    chosen = list(rows.order_by("pk"))
    if not chosen:
        raise CannotImport(_("None of the rows is affected; choose others."))
    numbers = {row.case_no for row in chosen}
    if skip:
        rows.update(state=RowState.SKIPPED)
        _find_duplicates(placement, numbers - {""})
        Placement.objects.filter(pk=placement.pk).update(summary=summarise(placement))
    else:
        _recheck(placement, chosen, numbers, now)
    names = [f"{row.sheet}:{row.row}" for row in chosen[:500]]
    action = "placement.rows_left_out" if skip else "placement.rows_taken_back"
    record(action, subject=placement, by=by, at=now, changes={"rows": (None, names), "count": (None, len(chosen))}, reason=reason)
    return len(chosen)
