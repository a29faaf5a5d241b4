"""Sheets of one workbook put together: contacts and accounts find their case by a key that both sheets have."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from cases.choices import RowState
from cases.models import ImportRun, RowFinding, StagedRow
from cases.rules.fields import AMOUNTS
from cases.rules.findings import SEVERITIES, Found
from cases.rules.rows import RowReader
from cases.services.imports.findings import state_of
from cases.services.imports.keys import person_index
from cases.services.imports.sheets import columns_of, joined_by

BATCH = 1000


def readers_of(run: ImportRun, *, today: date) -> dict[str, RowReader]:
    """{sheet: reader} of the sheets of a placement that are taken."""
    taken = [sheet for sheet in run.layout if sheet["taken"]]
    return {
        sheet["sheet"]: RowReader(
            columns_of(sheet), today=today, role=sheet["role"], join=joined_by(taken, sheet), has_accounts=has_accounts(run) and not _states_amounts(sheet)
        )
        for sheet in taken
    }


def has_accounts(run: ImportRun) -> bool:
    """Whether a sheet of its own brings the cases' accounts."""
    return any(sheet["taken"] and sheet["role"] == "accounts" for sheet in run.layout)


def _states_amounts(sheet: Mapping[str, Any]) -> bool:
    return any(column["field"] in AMOUNTS for column in sheet["columns"])


def sheets_of(run: ImportRun, *roles: str) -> list[str]:
    return [sheet["sheet"] for sheet in run.layout if sheet["taken"] and sheet["role"] in roles]


class Join:
    """Leads the rows of one sheet to the cases of another; made when those are checked.

    It keeps each key with its case numbers in mind: half a kilobyte for each row of cases, 100 MB for 200,000. `alive` is called now and then meanwhile.
    """

    def __init__(self, run: ImportRun, sheet: Mapping[str, Any], readers: Mapping[str, RowReader], alive: Callable[[], None]) -> None:
        self.field = readers[sheet["sheet"]].join
        self.is_for_all = sheet["role"] == "contacts"
        self.keys: dict[str, set[str]] = {}
        for name, reader in readers.items():
            if reader.role == "cases":
                self._learn(run, name, reader, alive)

    def _learn(self, run: ImportRun, sheet: str, reader: RowReader, alive: Callable[[], None]) -> None:
        rows = run.rows.filter(sheet=sheet).exclude(case_no="").exclude(state=RowState.SKIPPED).order_by("pk").defer("values")
        for number, row in enumerate(rows.iterator(chunk_size=BATCH)):
            if number % BATCH == 0:
                alive()
            if value := reader.join_value(row.cells, self.field):
                self.keys.setdefault(self._key(value), set()).add(row.case_no)

    def _key(self, value: str) -> str:
        return person_index(value) if self.field == "debtor.id_no" else value

    def lead(self, row: StagedRow) -> list[Found]:
        """The row has its case's number; or, of a contact by ID number, its person, of whom there may be several cases."""
        join = row.values.get("join")
        if not join or not join["value"]:
            return []  # the reader has said so already
        key = self._key(join["value"])
        numbers = self.keys.get(key, set())
        if not numbers or (len(numbers) > 1 and not self.is_for_all):
            return [Found("join_unknown", self.field)]
        if self.field == "debtor.id_no" and self.is_for_all:
            row.id_index = key
        else:
            row.case_no = min(numbers)
        return []


def settle_amounts(run: ImportRun, numbers: Iterable[str] | None = None) -> None:
    """With accounts on a sheet of their own: they are what a case owes, and the case's own amount must agree with them. A case without any keeps its own.

    Looks at all cases, or at some again after a change.
    """
    rows = run.rows.filter(sheet__in=sheets_of(run, "cases")).exclude(state=RowState.SKIPPED).exclude(case_no="")
    if numbers is not None:
        rows = rows.filter(case_no__in=numbers)
    run.findings.filter(row__in=rows.values("pk"), code__in=_SETTLED).delete()
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").defer("cells").prefetch_related("findings")[:BATCH]):
        last = batch[-1].pk
        owed = _owed_on_other_sheets(run, {row.case_no for row in batch})
        found = [finding for row in batch if (finding := _settle(row, owed.get(row.case_no)))]
        StagedRow.objects.bulk_update(batch, ["amount", "state"], batch_size=BATCH)
        RowFinding.objects.bulk_create(found)


_SETTLED = ("accounts_missing", "accounts_differ")


def _owed_on_other_sheets(run: ImportRun, numbers: set[str]) -> dict[str, Decimal]:
    """{case number: yuan} of the cases that have an account there."""
    owed: dict[str, Decimal] = {}
    accounts = run.rows.filter(sheet__in=sheets_of(run, "accounts"), case_no__in=numbers).exclude(state=RowState.SKIPPED)
    for number, amount in accounts.values_list("case_no", "amount"):
        owed[number] = owed.get(number, Decimal(0)) + amount
    return owed


def _settle(row: StagedRow, owed: Decimal | None) -> RowFinding | None:
    own = [Decimal(item["amount"]) for item in row.values.get("accounts", []) if item["currency"] == "CNY"]
    row.amount = sum(own, Decimal(0)) if owed is None else Decimal(0)
    code, values = "", {}
    if owed is None and not row.values.get("accounts"):
        code = "accounts_missing"
    elif owed is not None and own and sum(own) != owed:
        code, values = "accounts_differ", {"total": str(sum(own)), "parts": str(owed)}
    severities = [finding.severity for finding in row.findings.all()]
    row.state = state_of([*severities, SEVERITIES[code]] if code else severities)
    return RowFinding(row_id=row.pk, run_id=row.run_id, field="amount.placed", code=code, severity=SEVERITIES[code], values=values) if code else None
