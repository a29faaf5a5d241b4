"""What is found in one sheet while it is read: where its table begins, its columns, and which rows are no data."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any

from cases.choices import FileKind
from cases.rules.fields import missing_fields
from cases.rules.headers import SAMPLES, Column, guess_columns
from cases.rules.kinds import guess_kind, join_field, sheet_role
from cases.rules.table import LOOKED_THROUGH, Header, MergedCells, find_header, header_of, left_out_reason

# So many rows that are no data are shown with their cells, the rest is counted; a sheet of more is hardly a table.
MOST_LEFT_OUT = 2000
LEAST_COLUMNS = 3
LONGEST_SHOWN = 500

Row = tuple[int, list[str]]


@dataclass
class Sheet:
    """One sheet as it comes from the reader. `chosen`: the header's first and last row, if a person said where it is."""

    sheet: str
    is_hidden: bool = False
    merges: Sequence[Sequence[int]] = ()
    hidden_rows: Collection[int] = ()
    hidden_columns: Collection[int] = ()
    chosen: tuple[int, int] | None = None
    row_count: int = 0
    columns: list[Column] = field(default_factory=list)
    head: list[list[Any]] = field(default_factory=list)
    left_out: list[list[Any]] = field(default_factory=list)
    left_out_more: int = 0
    role: str = ""
    taken: bool = False
    template: str = ""
    header: Header | None = None
    merged: MergedCells | None = None
    waiting: list[Row] = field(default_factory=list)
    samples: list[list[str]] = field(default_factory=list)
    filled: set[int] = field(default_factory=set)
    is_decided: bool = False
    first_rows: list[Row] = field(default_factory=list)

    def take(self, rows: list[Row]) -> Iterator[Row]:
        """The rows of these that are data; the first ones wait until the header is found."""
        self.waiting += rows
        if self.is_decided or len(self.waiting) >= max(LOOKED_THROUGH, self.chosen[1] if self.chosen else 0):
            yield from self.decide()

    def decide(self) -> Iterator[Row]:
        if not self.is_decided:
            self._find_header()
        rows, self.waiting = self.waiting, []
        for number, read in rows:
            self.row_count += 1
            if self.header is None:
                continue
            cells = self.merged.fill(number, read)
            if reason := left_out_reason(cells, self.header.cells):
                if len(self.left_out) < MOST_LEFT_OUT:
                    self.left_out.append([number, reason, [cell[:LONGEST_SHOWN] for cell in cells]])
                else:
                    self.left_out_more += 1
                continue
            self.filled.update(index for index, cell in enumerate(cells) if cell)
            if len(self.samples) < SAMPLES:
                self.samples.append(cells)
            yield number, cells

    def _find_header(self) -> None:
        self.is_decided = True
        self.first_rows = self.waiting[:LOOKED_THROUGH]
        if self.chosen:
            first, last = self.chosen
            part, above = [row for row in self.waiting if first <= row[0] <= last], [row for row in self.waiting if row[0] < first]
            self.header = header_of(part, self.merges, above)
        else:
            self.header = find_header(self.waiting, self.merges)
        if self.header is None:
            return
        self.merged = MergedCells(self.header, self.merges)
        self.head = [[number, [cell[:LONGEST_SHOWN] for cell in cells]] for number, cells in self.waiting if number <= self.header.last_row]
        self.waiting = [row for row in self.waiting if row[0] > self.header.last_row]

    def guess(self, today: date, kind: str | None = None) -> None:
        """Columns: every one that has a header or holds something."""
        if self.header is None:
            return
        cells = self.header.cells
        width = max([len(cells), *(index + 1 for index in self.filled)])
        headers = cells + [""] * (width - len(cells))
        columns = guess_columns(headers, self.samples, today=today, kind=kind, unit=self.header.unit)
        self.columns = [column for column in columns if column.header or column.index in self.filled]

    @property
    def fields(self) -> set[str]:
        return {column.field for column in self.columns if column.field}

    def layout(self) -> dict[str, Any]:
        names = ("sheet", "is_hidden", "role", "row_count", "head", "left_out", "left_out_more", "taken", "template")
        found = {name: getattr(self, name) for name in names}
        found |= {"header_row": self.header.first_row if self.header else None, "header_last_row": self.header.last_row if self.header else None}
        found |= {"hidden_rows": sorted(self.hidden_rows), "hidden_columns": sorted(self.hidden_columns), "is_header_chosen": self.chosen is not None}
        found["columns"] = [asdict(column) | {"column": column.letters} for column in self.columns]
        return found


def likely_header(sheets: Sequence[Sheet]) -> dict[str, Any] | None:
    """Where the header of a table with unknown headers most likely is: the fullest of the first rows that has another one like it below. None: no table."""
    found: list[tuple[int, int, Sheet]] = []
    for sheet in sheets:
        widths = [(number, sum(map(bool, cells))) for number, cells in sheet.first_rows]
        for (number, width), (_next, below) in pairwise(widths):
            if width >= LEAST_COLUMNS and below >= LEAST_COLUMNS:
                found.append((width, -number, sheet))
    if not found:
        return None
    _width, number, sheet = max(found, key=lambda item: item[:2])
    return {"sheet": sheet.sheet, "header_row": -number, "header_last_row": -number, "is_header_chosen": True}


def kind_of(sheets: Sequence[Sheet], file_name: str) -> FileKind:
    """What the file is for, by its first visible table that could be something."""
    tables = [sheet for sheet in sheets if sheet.samples and not sheet.is_hidden] or [sheet for sheet in sheets if sheet.samples]
    if {"cases", "accounts"} <= {sheet_role(sheet.columns) for sheet in tables}:
        return FileKind.PLACEMENT
    kinds = [guess_kind(sheet.fields, sheet.sheet, file_name) for sheet in tables]
    sure = [kind for kind, sheet in zip(kinds, tables, strict=True) if not missing_fields(sheet.fields, kind)]
    return next(iter(sure or kinds), FileKind.PLACEMENT)


def take_sheets(sheets: Sequence[Sheet], kind: str) -> None:
    """Each sheet has its role in a file of this kind, and those that can be imported are taken. If none can be, the best one is, to be mapped by hand."""
    tables = [sheet for sheet in sheets if sheet.header]
    for sheet in tables:
        sheet.role = sheet_role(sheet.columns) if kind == FileKind.PLACEMENT else "updates"
    for sheet in tables:
        sheet.taken = not sheet.is_hidden and bool(sheet.samples) and not problems_of(as_layouts(tables), sheet.sheet, kind)
    if not any(sheet.taken and sheet.role in ("cases", "updates") for sheet in tables):
        best = max(tables, key=lambda sheet: (not sheet.is_hidden, len(sheet.samples)))
        best.taken, best.role = True, "cases" if kind == FileKind.PLACEMENT else "updates"


def as_layouts(sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    return [{"sheet": sheet.sheet, "role": sheet.role, "columns": [asdict(column) for column in sheet.columns]} for sheet in sheets]


def columns_of(sheet: Mapping[str, Any]) -> list[Column]:
    """The columns of a sheet of the layout, as the rules know them."""
    return [Column(**{name: value for name, value in column.items() if name != "column"}) for column in sheet["columns"]]


def fingerprint(sheet: Mapping[str, Any], today: date) -> str:
    """All that the reading of a sheet's rows depends on."""
    columns = [[column[name] for name in ("index", "header", "field", "currency", "unit")] for column in sheet["columns"]]
    return hashlib.sha256(json.dumps([sheet["sheet"], sheet["role"], sorted(sheet["hidden_rows"]), columns, str(today)]).encode()).hexdigest()


def problems_of(layout: Sequence[Mapping[str, Any]], name: str, kind: str) -> list[str]:
    """The fields that this sheet lacks to be imported beside the others; "join" when it has none that leads to a case."""
    sheet = next(sheet for sheet in layout if sheet["sheet"] == name)
    fields = {column["field"] for column in sheet["columns"] if column["field"]}
    if kind != FileKind.PLACEMENT:
        return missing_fields(fields, kind)
    if sheet["role"] == "cases":
        return missing_fields(fields, has_accounts=any(other["role"] == "accounts" for other in layout))
    return [] if joined_by(layout, sheet) else ["join"]


def joined_by(layout: Sequence[Mapping[str, Any]], sheet: Mapping[str, Any]) -> str:
    """The field by which the rows of a sheet of contacts or accounts find their case in a sheet of cases; "" when they can't."""
    cases = [other for other in layout if other["role"] == "cases" and other["sheet"] != sheet["sheet"]]
    return next((found for other in cases if (found := join_field(columns_of(sheet), columns_of(other)))), "")


def guess_again(sheet: Mapping[str, Any], kind: str, today: date) -> dict[str, Any]:
    """The sheet of a layout with its columns guessed as those of a file of this kind, by its headers and the samples that were kept."""
    headers = [""] * (1 + max((column["index"] for column in sheet["columns"]), default=-1))
    samples = [list(headers) for _ in range(3)]
    for column in sheet["columns"]:
        headers[column["index"]] = column["header"]
        for row, text in zip(samples, column["samples"], strict=False):
            row[column["index"]] = text
    guessed = {column.index: column for column in guess_columns(headers, samples, today=today, kind=kind)}
    kept = {column["index"]: column for column in sheet["columns"]}
    columns = [replace(guessed[index], samples=kept[index]["samples"], unit=kept[index]["unit"]) for index in sorted(kept)]
    role = sheet_role(columns) if kind == FileKind.PLACEMENT else "updates"
    return dict(sheet) | {"role": role, "template": "", "columns": [asdict(column) | {"column": column.letters} for column in columns]}
