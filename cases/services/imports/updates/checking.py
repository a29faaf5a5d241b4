"""The rows of an update, read, matched with their cases, and looked at beside each other: what would each of them do?"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from django.db.models import QuerySet
from django.utils import timezone

from cases.choices import FileKind, RowState, Severity
from cases.models import Case, ImportRun, RowFinding, StagedRow
from cases.rules.findings import Found
from cases.rules.updates import UpdateReader, read_action
from cases.services.books import Place, Planned
from cases.services.imports.controls import Sums, add, amounts_of
from cases.services.imports.findings import finding_of, state_of
from cases.services.imports.sheets import columns_of
from cases.services.imports.updates import BOOKS
from cases.services.imports.updates.matching import match
from collection.lib.bulk import update

CASES_AT_ONCE = 500
_CHECKED = ("id", "values", "state", "case_no", "id_index", "account_index", "amount", "case_id", "case_version")
# What is found by looking at all rows of a case, and so anew after each change; everything else is found in one row.
_PLANNED = (
    "case_ended", "same_row_twice", "account_unknown", "account_unclear", "total_missing", "not_yet", "stopped_by_us", "payment_unknown", "retention_past", "balance_older",
    "nothing_owed", "overpaid", "paid_after_end", "payment_known", "payment_twice", "rest_waived", "retention_shorter", "contact_known", "no_change",
    "payment_in_balance",
)  # fmt: skip


class UpdateChecker:
    """Checks batches of rows against the rules and the client's cases; `comparisons` then plans what they do, case by case."""

    first_day: str | None = None  # what a placement's rows say of its day; these say nothing of the kind

    def __init__(self, run: ImportRun, *, today: date) -> None:
        self.run, self.today = run, today
        day = min(timezone.localdate(run.file.arrival.received_at), today)
        taken = [sheet for sheet in run.layout if sheet["taken"]]
        self.readers = {
            sheet["sheet"]: UpdateReader(run.kind, columns_of(sheet), today=today, day=day, said=_said_by_name(run, sheet["sheet"])) for sheet in taken
        }
        self.hidden = {sheet["sheet"]: set(sheet["hidden_rows"]) for sheet in taken}
        self.sums: dict[str, Sums] = {}
        self.done = 0

    def take_over(self) -> bool:
        """Updates are not read ahead."""
        return False

    def check(self, rows: Sequence[StagedRow]) -> None:
        """Values, case, state and own findings of these rows are as their cells say. A few statements, whatever their number."""
        self.put(self.read(rows))

    def begin(self, role: str, alive: Callable[[], None] = lambda: None) -> None:
        """No sheet of an update waits for another."""

    def read(self, rows: Sequence[StagedRow]) -> list[tuple[StagedRow, list[Found]]]:
        """The rows with their own findings; the database is not asked."""
        return [(row, self._read(row)) for row in rows]

    def _read(self, row: StagedRow) -> list[Found]:
        row.values, found = self.readers[row.sheet].read(row.cells)
        row.case_no, row.amount = row.values.get("case_no", ""), _amount(self.run.kind, row)
        row.id_index = row.account_index = ""
        if row.row in self.hidden[row.sheet]:
            found.append(Found("hidden_row"))
        add(self.sums.setdefault(row.sheet, {}), amounts_of(row.values))
        return found

    def put(self, checked: Sequence[tuple[StagedRow, list[Found]]]) -> None:
        matched = match(self.run.client, [row for row, _found in checked])
        for row, found in checked:
            found += matched.get(row.pk, [])
            row.state = state_of([finding.severity for finding in found])
        update(StagedRow, _CHECKED, ([getattr(row, name) for name in _CHECKED] for row, _found in checked))
        RowFinding.objects.bulk_create(self._finding(row, finding) for row, found in checked for finding in found)
        self.done += len(checked)

    def comparisons(self, numbers: Iterable[str] | None = None) -> Iterator[Callable[[], None]]:
        """Every row's `changes`: what it would do to its case after the rows before it. All rows, or those of some case numbers again after a change."""
        rows = self.run.rows.filter(sheet__in=self.readers).exclude(state=RowState.SKIPPED).exclude(case_id=None)
        if numbers is not None:
            rows = rows.filter(case_no__in=numbers)
            self.run.findings.filter(row__in=rows.values("pk"), code__in=_PLANNED).delete()
        for batch in batches_by_case(rows):
            yield partial(self._plan, batch)

    def _plan(self, rows: list[StagedRow]) -> None:
        own: dict[int, list[str]] = {row.pk: [] for row in rows}
        for row_id, severity in RowFinding.objects.filter(row__in=rows).values_list("row_id", "severity"):
            own[row_id].append(severity)
        cases = {case.pk: case for case in Case.objects.filter(pk__in={row.case_id for row in rows})}
        book = BOOKS[self.run.kind](list(cases.values()), today=self.today)
        findings: list[RowFinding] = []
        for row in rows:
            if Severity.ERROR in own[row.pk]:
                row.values.pop("changes", None)
                continue
            case = cases.get(row.case_id)  # none: its placement was undone since
            planned = book.plan(case, row.values, Place(row.sheet, row.row)) if case else Planned().find("case_unknown", "case.no")
            row.values["changes"] = planned.changes
            row.state = state_of([*own[row.pk], *(found.severity for found in planned.found)])
            findings += [self._finding(row, found) for found in planned.found]
        update(StagedRow, ["id", "values", "state"], ((row.pk, row.values, row.state) for row in rows))
        RowFinding.objects.bulk_create(findings)

    def _finding(self, row: StagedRow, found: Found) -> RowFinding:
        """The finding with its column, where the sheet has one for its field."""
        if found.index is None:
            column = next(iter(self.readers[row.sheet].by_field.get(found.field, ())), None)
            found = Found(found.code, found.field, column.index if column else None, found.values)
        return finding_of(row, found)


def _said_by_name(run: ImportRun, sheet: str) -> str:
    """A recall file may say what it does in the name of its sheet, or in its own."""
    if run.kind != FileKind.RECALL:
        return ""
    return next((name for name in (sheet, run.file.name) if read_action(name)), "")


def _amount(kind: str, row: StagedRow) -> Decimal:
    """What the row adds to the file's total in yuan."""
    if kind == FileKind.PAYMENT and row.values.get("currency") == "CNY":
        return Decimal(row.values.get("amount", 0))
    return sum((Decimal(item.get("amount", 0)) for item in row.values.get("balances", []) if item["currency"] == "CNY"), Decimal(0))


def batches_by_case(rows: QuerySet[StagedRow]) -> Iterator[list[StagedRow]]:
    """So many cases at a time, all rows of a case together and in the file's order."""
    last = 0
    while ids := list(rows.filter(case_id__gt=last).order_by("case_id").values_list("case_id", flat=True).distinct()[:CASES_AT_ONCE]):
        yield list(rows.filter(case_id__gte=ids[0], case_id__lte=ids[-1]).order_by("case_id", "pk"))
        last = ids[-1]
