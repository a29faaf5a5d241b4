"""Rows are checked already while they are staged, by the columns that the first sheet seems to have: the reader's process leaves us the time.

If the person confirms just these columns, the check takes over what was found (Checker.take_over). If not, it reads the rows anew.
"""

from collections.abc import Sequence
from copy import copy
from datetime import date
from typing import Any

from cases.choices import FileKind
from cases.models import ImportRun, RowFinding, StagedRow
from cases.services.imports.checking import Checked, Checker
from cases.services.imports.findings import FINDING, finding_row, state_of
from cases.services.imports.guessing import guess_sheets
from cases.services.imports.sheets import Sheet, fingerprint
from collection.lib.bulk import load, reserve_ids

_STAGED = ("id", "run_id", "sheet", "row", "cells", "values", "state", "case_no", "id_index", "account_index", "amount")

SheetRow = tuple[Sheet, int, list[str]]


class Ahead:
    """Stages rows, those of the first sheet as they would be after the check."""

    def __init__(self, run: ImportRun, *, today: date) -> None:
        self.run, self.today = run, today
        self.sheet: Sheet | None = None
        self.checker: Checker | None = None
        self.by = ""

    def read(self, rows: Sequence[SheetRow]) -> Checked:
        """The rows with their findings. The first time, the database is asked for the client's templates."""
        if self.sheet is None:
            self._begin(rows[0][0])
        return [self._read(*row) for row in rows]

    def _begin(self, sheet: Sheet) -> None:
        self.sheet = sheet
        kind = guess_sheets(self.run, [sheet], self.today)
        if kind == FileKind.PLACEMENT and sheet.taken and sheet.role == "cases":
            layout = sheet.layout()
            as_if = copy(self.run)
            as_if.layout, as_if.kind = [layout], kind
            self.checker, self.by = Checker(as_if, today=self.today), fingerprint(layout, self.today)

    def _read(self, sheet: Sheet, number: int, cells: list[str]) -> tuple[StagedRow, list]:
        row = StagedRow(run_id=self.run.pk, sheet=sheet.sheet, row=number, cells=cells)
        return row, self.checker.read_row(row) if self.checker and sheet is self.sheet else []

    def put(self, checked: Checked) -> int:
        for pk, (row, found) in zip(reserve_ids(StagedRow, len(checked)), checked, strict=True):
            row.pk, row.state = pk, state_of([finding.severity for finding in found])
        load(RowFinding, FINDING, (finding_row(row.pk, row.run_id, finding) for row, found in checked for finding in found))
        return load(StagedRow, _STAGED, ([getattr(row, name) for name in _STAGED] for row, _found in checked))

    def told(self) -> dict[str, Any]:
        """What the check needs to know instead of reading: by what, and what it would have added up."""
        if not self.checker:
            return {}
        sums = {sheet: {key: str(amount) for key, amount in found.items()} for sheet, found in self.checker.sums.items()}
        return {"ahead": {"by": self.by, "sums": sums, "first_day": self.checker.first_day}}
