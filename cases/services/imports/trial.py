"""A template tried on a file: would it be recognised, what would be read, and what is wrong with it. Nothing is stored but that it was tried."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.services import record
from cases.choices import FileKind
from cases.models import ImportTemplate
from cases.reader import Unreadable, read_file
from cases.rules import fields as known
from cases.rules.findings import Found
from cases.rules.headers import Column
from cases.rules.kinds import sheet_role
from cases.rules.rows import RowReader
from cases.rules.templates import Line, likeness, side_by_side
from cases.rules.updates import UpdateReader
from cases.rules.values import clean_number, fold, read_amount, read_currency, read_date, read_moment, read_name, read_number, read_phones
from cases.services.imports.sheets import Sheet
from cases.services.imports.templates import template_for
from collection.lib.identity import plain
from collection.lib.money import format_money
from staff.models import User

MOST_ROWS = 200
# A person waits for it.
SECONDS = 30


@dataclass(frozen=True)
class TriedRow:
    """One row: for each column the text of the file and what it is read as; and the row's findings."""

    number: int
    cells: list[tuple[str, str]]
    found: list[Found]


@dataclass(frozen=True)
class TriedSheet:
    """One sheet under the template. `recognised_by` is what an import would take today; `missing` are the fields it lacks."""

    sheet: str
    header_row: int
    recognised_by: ImportTemplate | None
    likeness: float
    lines: list[Line]
    columns: list[Column]
    missing: list[str]
    rows: list[TriedRow]

    @property
    def codes(self) -> Counter[str]:
        return Counter(found.code for row in self.rows for found in row.found)


def try_template(*, template: ImportTemplate, path: str | Path, name: str, password: str = "", by: User, now: datetime) -> list[TriedSheet]:
    """The sheets of the file that have a header, the likest first, each with its first 200 rows as the template reads them.

    Raises Unreadable with the reason.
    """
    today = timezone.localdate(now)
    tables = [_tried(template, sheet, rows, today) for sheet, rows in _read(path, password) if sheet.header]
    if not tables:
        raise Unreadable("no_table")
    with transaction.atomic():
        record("template.tried", subject=template, by=by, at=now, changes={"file": (None, name)})
    return sorted(tables, key=lambda table: -table.likeness)


def _read(path: str | Path, password: str) -> list[tuple[Sheet, list[tuple[int, list[str]]]]]:
    found: list[tuple[Sheet, list[tuple[int, list[str]]]]] = []
    for message in read_file(path, password=password, seconds=SECONDS, most_rows=MOST_ROWS):
        if "sheet" in message:
            about = {name: message[name] for name in ("sheet", "is_hidden", "merges", "hidden_columns")}
            found.append((Sheet(**about, hidden_rows=set(message["hidden_rows"])), []))
        else:
            sheet, rows = found[-1]
            rows += sheet.take([(number, cells) for number, cells in message["rows"]])
    for sheet, rows in found:
        rows += sheet.decide()
    return found


def _tried(template: ImportTemplate, sheet: Sheet, rows: Sequence[tuple[int, list[str]]], today: date) -> TriedSheet:
    sheet.guess(today, template.kind)
    headers = [column.header for column in sheet.columns]
    lines = side_by_side(template.columns, [asdict(column) for column in sheet.columns])
    columns = [_as_said(column, line) for column, line in zip(sheet.columns, lines, strict=False)]
    reader = _reader(template.kind, columns, today)
    return TriedSheet(
        sheet=sheet.sheet,
        header_row=sheet.header.first_row,
        recognised_by=template_for(template.client, headers),
        likeness=likeness(headers, [column["header"] for column in template.columns]),
        lines=lines,
        columns=columns,
        missing=known.missing_fields({column.field for column in columns if column.field}, template.kind),
        rows=[_row(reader, columns, number, cells) for number, cells in rows],
    )


def _as_said(column: Column, line: Line) -> Column:
    """The column as the template says; one that it does not know as it would be guessed."""
    if line.before is None:
        return column
    said = line.before
    return replace(column, field=said["field"], currency=said.get("currency", column.currency), unit=said.get("unit", column.unit), confidence=1.0)


def _reader(kind: str, columns: Sequence[Column], today: date) -> RowReader | UpdateReader:
    if kind != FileKind.PLACEMENT:
        return UpdateReader(kind, columns, today=today, day=today)
    return RowReader(columns, today=today, role=sheet_role(columns) or "cases")


def _row(reader: RowReader | UpdateReader, columns: Sequence[Column], number: int, cells: Sequence[str]) -> TriedRow:
    texts = [cells[column.index] if column.index < len(cells) else "" for column in columns]
    _values, found = reader.read(cells)
    return TriedRow(number, [(text, read_as(column, text)) for column, text in zip(columns, texts, strict=True)], found)


def read_as(column: Column, text: str) -> str:
    """What a cell is read as, in its one way of writing; "" for a value that cannot be read."""
    if not column.field or not text.strip():
        return text
    reads = _READ.get(known.FIELDS[column.field].kind)
    return reads(text, column) if reads else text


def _amount(text: str, column: Column) -> str:
    amount = read_amount(text, column.unit, column.currency)
    return "" if amount is None else format_money(amount, column.currency or "CNY")


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


_READ: dict[str, Callable[[str, Column], str]] = {
    known.NAME: lambda text, _column: read_name(text),
    known.ID: lambda text, _column: plain(text),
    known.CARD: lambda text, _column: clean_number(text),
    known.AMOUNT: _amount,
    known.DATE: lambda text, _column: _shown(read_date(text)),
    known.MOMENT: lambda text, _column: _shown(read_moment(text)),
    known.NUMBER: lambda text, _column: _shown(read_number(text)),
    known.PHONES: lambda text, _column: "、".join(f"{number}-{extension}" if extension else number for number, extension, _kind in read_phones(text)[0]),
    known.CURRENCY: lambda text, _column: read_currency(text),
    known.TEXT: lambda text, _column: fold(text),
}
