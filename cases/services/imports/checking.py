"""Every row of the taken sheets read and checked, against the rules and against what is there already."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.services import record
from cases.choices import ImportState, RowState
from cases.models import ImportRun, RowFinding, StagedRow
from cases.rules.findings import Found
from cases.services.imports.controls import Sums, add, amounts_of
from cases.services.imports.findings import FINDING, duplicates, finding_row, state_of
from cases.services.imports.joining import Join, has_accounts, readers_of, settle_amounts
from cases.services.imports.keys import account_index, number_from_card, person_index
from cases.services.imports.known import find_known, known
from cases.services.imports.runs import MOST_ATTEMPTS, Claim, Clock, LostClaim, claim, forget_rows, forget_samples, step_ends
from cases.services.imports.sheets import fingerprint
from cases.services.imports.summary import summarise
from cases.services.imports.updates.checking import UpdateChecker
from collection.lib.bulk import count_anew, load, overlap, update

BATCH = 2000
# The cases before what is joined to them.
ROLES = ("cases", "accounts", "contacts", "updates")
_CHECKED = ("id", "values", "state", "case_no", "id_index", "account_index", "amount")

Checked = list[tuple[StagedRow, list[Found]]]


def check_import(*, run_id: int, clock: Clock) -> None:
    """Every row of the taken sheets has its values and findings, and the placement waits for the commit. Once, however often it is called."""
    hold = claim(run_id, ImportState.MAPPED, clock)
    if hold is None:
        return
    run = ImportRun.objects.select_related("client", "file__arrival").get(pk=run_id)
    if hold.attempts > MOST_ATTEMPTS:
        _give_up(hold)
        return
    try:
        _check_all(run, hold)
    except LostClaim:
        return


def _give_up(hold: Claim) -> None:
    with transaction.atomic():
        run = step_ends(hold, state=ImportState.FAILED, failure="too_many_attempts")
        forget_rows(run)
        forget_samples(run)
        record("import.rejected", subject=run, by=None, at=hold.clock(), reason="too_many_attempts")


def _check_all(run: ImportRun, hold: Claim) -> None:
    checker = checker_of(run, today=timezone.localdate(hold.at))
    if hold.attempts > 1 or not checker.take_over():
        _read_all(run, hold, checker)
    count_anew(StagedRow)
    for compare in checker.comparisons():
        with transaction.atomic():
            hold.keep()
            compare()
            hold.beat(checker.done)  # before it ends: whoever waits for it to take the import over shall see that we live
    with transaction.atomic():
        hold.keep()
        placed_on = run.placed_on or checker.first_day
        summary = summarise(run, checker.sums)
        run = step_ends(hold, state=ImportState.VALIDATED, row_count=checker.done, done_rows=checker.done, summary=summary, placed_on=placed_on)
        changes = {"state": (ImportState.MAPPED, run.state), "rows": (None, run.summary["rows"])}
        record("import.checked", subject=run, by=None, at=hold.clock(), changes=changes)


def _read_all(run: ImportRun, hold: Claim, checker: "Checker | UpdateChecker") -> None:
    run.findings.all().delete()

    def put(checked: Checked) -> None:
        with transaction.atomic():
            hold.keep()
            checker.put(checked)
            hold.beat(checker.done)

    for role in ROLES:
        checker.begin(role, alive=lambda: hold.beat(checker.done))
        overlap(_batches(run, role), checker.read, put)


def _batches(run: ImportRun, role: str) -> Iterator[list[StagedRow]]:
    sheets = [sheet["sheet"] for sheet in run.layout if sheet["taken"] and sheet["role"] == role]
    rows = run.rows.filter(sheet__in=sheets).exclude(state=RowState.SKIPPED).order_by("pk").defer("values")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        yield batch


def checker_of(run: ImportRun, *, today: date) -> "Checker | UpdateChecker":
    """Who checks this kind of file."""
    return Checker(run, today=today) if run.is_placement else UpdateChecker(run, today=today)


class Checker:
    """Checks batches of rows against the rules, and against the cases and debtors that are there already. `sums`: the amounts read so far, by sheet."""

    def __init__(self, run: ImportRun, *, today: date) -> None:
        self.run = run
        self.today = today
        self.sheets = {sheet["sheet"]: sheet for sheet in run.layout if sheet["taken"]}
        self.readers = readers_of(run, today=today)
        self.has_accounts = has_accounts(run)
        self.hidden = {name: set(sheet["hidden_rows"]) for name, sheet in self.sheets.items()}
        self.joins: dict[str, Join] = {}
        self.sums: dict[str, Sums] = {}
        self.first_day: str | None = None
        self.done = 0

    def take_over(self) -> bool:
        """Whether the rows were read just so while they were staged (imports.ahead); the checker then knows what it would know after reading them."""
        told, taken = self.run.summary.get("ahead"), list(self.sheets.values())
        if not told or len(taken) != 1 or told["by"] != fingerprint(taken[0], self.today):
            return False
        self.sums = {sheet: {key: Decimal(amount) for key, amount in found.items()} for sheet, found in told["sums"].items()}
        self.first_day = told["first_day"]
        self.done = self.run.rows.filter(sheet=taken[0]["sheet"]).count()
        return True

    def check(self, rows: Sequence[StagedRow]) -> None:
        """Values, keys, state and findings of these rows are as their cells say. A few statements, whatever their number."""
        for role in {self.sheets[row.sheet]["role"] for row in rows}:
            self.begin(role)
        self.put(self.read(rows))
        find_known(self.run, self.readers, self.run.rows.filter(pk__in=[row.pk for row in rows]))

    def begin(self, role: str, alive: Callable[[], None] = lambda: None) -> None:
        """Makes what leads the rows of these sheets to the cases that were checked before; `alive` is called now and then meanwhile."""
        for name, sheet in self.sheets.items():
            if sheet["role"] == role != "cases":
                self.joins[name] = Join(self.run, sheet, self.readers, alive)

    def read(self, rows: Sequence[StagedRow]) -> Checked:
        """The rows with their findings; the database is not asked."""
        return [(row, self.read_row(row)) for row in rows]

    def put(self, checked: Checked) -> None:
        for row, found in checked:
            row.state = state_of([finding.severity for finding in found])
        update(StagedRow, _CHECKED, ([getattr(row, name) for name in _CHECKED] for row, _found in checked))
        load(RowFinding, FINDING, (finding_row(row.pk, row.run_id, finding) for row, found in checked for finding in found))
        self.done += len(checked)

    def comparisons(self, numbers: Iterable[str] | None = None) -> Iterator[Callable[[], None]]:
        """What only shows between rows: of all of them, or of those of some case numbers again after a change. Steps, each to be called."""
        if numbers is None:
            yield from known(self.run, self.readers)
        if self.has_accounts:
            yield partial(settle_amounts, self.run, numbers)
        yield from duplicates(self.run, numbers)

    def read_row(self, row: StagedRow) -> list[Found]:
        row.values, found = self.readers[row.sheet].read(row.cells)
        accounts = row.values.get("accounts", [])
        row.id_index, row.case_no, row.account_index = "", "", account_index(accounts[0] if accounts else {})
        row.amount = sum((Decimal(item["amount"]) for item in accounts if item["currency"] == "CNY"), Decimal(0))
        if self.sheets[row.sheet]["role"] == "cases":
            if self.has_accounts:  # told apart there
                row.account_index = ""
            found += self._identify(row, accounts[0] if accounts else {})
        else:
            found += self.joins[row.sheet].lead(row)
        if row.row in self.hidden[row.sheet]:
            found.append(Found("hidden_row"))
        add(self.sums.setdefault(row.sheet, {}), amounts_of(row.values))
        return found

    def _identify(self, row: StagedRow, account: Mapping[str, Any]) -> list[Found]:
        """The row has its person's index and its case's number."""
        row.id_index = person_index(row.values.get("id_no", ""))
        row.case_no = row.values.get("case_no", "")
        placed_on = row.values.get("placed_on", "")
        self.first_day = self.first_day or placed_on or None
        if row.case_no or self.readers[row.sheet].number_field:
            return []
        card = account.get("card_no", "")
        if card and placed_on:
            row.case_no = number_from_card(card, placed_on)
            return []
        return [Found("required_missing", "card.no" if not card else "placement.date")]
