"""Rows back to the bank in its own layout: the whole file with its bad cells marked, or only the rows that were left out."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from audit.services import record
from cases.choices import RowState, Severity
from cases.models import ImportRun, RowFinding, StagedRow
from cases.rules.findings import OURS_ALONE
from cases.rules.headers import letters_of
from cases.wording import finding_text, remedy_text
from staff.exports import LONGEST_CELL, text_cell
from staff.models import User

BAD = PatternFill("solid", fgColor="FFFFC7CE")
DOUBTFUL = PatternFill("solid", fgColor="FFFFEB9C")
BATCH = 1000
# What a spreadsheet itself allows of a sheet's name.
LONGEST_SHEET_NAME = 31
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
NARROWEST, WIDEST = 9, 42
WIDEST_GAP = 1000
# A text that begins so would be taken for a formula or an error; and controls a spreadsheet cannot hold.
_NEEDS_CARE = re.compile(r"^[=#]|[\x00-\x1f]")


@transaction.atomic
def hand_out_errors(*, run: ImportRun, by: User, now: datetime) -> bytes:
    """The error workbook, and on the trail that this person took it."""
    record("import.errors_exported", subject=run, by=by, at=now)
    return error_workbook(run)


@transaction.atomic
def hand_out_left_rows(*, run: ImportRun, by: User, now: datetime) -> bytes:
    """The rows that were left out of a committed import, to be corrected and sent after; and on the trail that this person took them."""
    record("import.left_rows_exported", subject=run, by=by, at=now, changes={"rows": (None, run.rows.count())})
    return left_workbook(run)


def error_workbook(run: ImportRun) -> bytes:
    """An .xlsx with the taken sheets as they came, row by row in its place; cells with findings are filled and commented.

    Every cell is text, so nothing that a bank wrote becomes a formula here (S22).
    """
    book, names = Workbook(write_only=True), set()
    for about in run.layout:
        if about["taken"]:
            _write_whole(_new_sheet(book, about, names), run, about)
    return _bytes_of(book)


def left_workbook(run: ImportRun) -> bytes:
    """An .xlsx of the rows that are left out: the bank's headers, then those rows, their bad cells marked."""
    book, names = Workbook(write_only=True), set()
    for about in run.layout:
        if about["taken"] and run.rows.filter(sheet=about["sheet"], state=RowState.SKIPPED).exists():
            sheet = _new_sheet(book, about, names)
            sheet.append([text_cell(sheet, header, bold=True) for header in _headers(about)])
            for row in _rows(run, about["sheet"], state=RowState.SKIPPED):
                sheet.append(_marked(sheet, row))
    return _bytes_of(book)


def _bytes_of(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _new_sheet(book: Workbook, about: Mapping[str, Any], names: set[str]) -> Worksheet:
    sheet = book.create_sheet(sheet_name(about["sheet"], names))
    for column in about["columns"]:
        longest = max(map(_width, [column["header"], *column["samples"]]))
        sheet.column_dimensions[letters_of(column["index"])].width = min(max(longest + 2, NARROWEST), WIDEST)
    return sheet


def sheet_name(name: str, taken: set[str]) -> str:
    """The name as a spreadsheet takes it, unlike those that are taken already, whatever their case; adds itself to them."""
    plain = (_NOT_IN_A_NAME.sub(" ", name).strip().strip("'") or "Sheet")[:LONGEST_SHEET_NAME]
    free, number = plain, 1
    while free.lower() in taken:
        number += 1
        mark = f" ({number})"
        free = plain[: LONGEST_SHEET_NAME - len(mark)] + mark
    taken.add(free.lower())
    return free


def _width(text: str) -> int:
    """In half-width signs; a Chinese one takes two."""
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)


def _headers(about: Mapping[str, Any]) -> list[str]:
    headers = [""] * (1 + max(column["index"] for column in about["columns"]))
    for column in about["columns"]:
        headers[column["index"]] = column["header"]
    return headers


def _write_whole(sheet: Worksheet, run: ImportRun, about: Mapping[str, Any]) -> None:
    lines = dict(about["head"]) | {number: cells for number, _reason, cells in about["left_out"]}
    headers = range(about["header_row"], (about.get("header_last_row") or about["header_row"]) + 1)
    at = 1
    for row in _rows(run, about["sheet"]):
        _fill(sheet, lines, range(at, row.row), headers)
        sheet.append(_marked(sheet, row))
        at = row.row + 1
    _fill(sheet, lines, range(at, max(lines, default=0) + 1), headers)


def _rows(run: ImportRun, sheet: str, **wanted: Any) -> Iterator[StagedRow]:
    """Row by row in the file's order, so many in memory at a time."""
    last = 0
    rows = run.rows.filter(sheet=sheet, **wanted).order_by("row").prefetch_related("findings").defer("values")
    while batch := list(rows.filter(row__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].row


def _fill(sheet: Worksheet, lines: Mapping[int, list[str]], numbers: range, headers: range) -> None:
    """The rows between two cases: titles, headers, totals, or nothing. A gap that no person has made is closed."""
    if len(numbers) > WIDEST_GAP:
        numbers = [number for number in numbers if number in lines]
    for number in numbers:
        sheet.append([text_cell(sheet, cell, bold=number in headers) if cell else None for cell in lines.get(number, [])])


def _marked(sheet: Worksheet, row: StagedRow) -> list[Any]:
    cells = [_plain(sheet, text) for text in row.cells]
    by_column: dict[int, list[RowFinding]] = {}
    for finding in row.findings.all():
        if finding.code in OURS_ALONE:
            continue
        by_column.setdefault(_index_of(finding.column or "A"), []).append(finding)
    for index, findings in by_column.items():
        cells += [None] * (index + 1 - len(cells))
        cells[index] = _commented(sheet, row.cells[index] if index < len(row.cells) else "", findings)
    return cells


def _plain(sheet: Worksheet, text: str) -> Any:
    """The text itself where a spreadsheet takes it for one; a cell that says so costs five times as much."""
    return text_cell(sheet, text) if _NEEDS_CARE.search(text) or len(text) > LONGEST_CELL else text or None


def _index_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _commented(sheet: Worksheet, text: str, findings: list[RowFinding]) -> Cell:
    cell = text_cell(sheet, text)
    is_bad = any(finding.severity == Severity.ERROR for finding in findings)
    cell.fill = BAD if is_bad else DOUBTFUL
    cell.font = Font(color="FF9C0006" if is_bad else "FF7F6000")
    words = "\n".join(f"{finding_text(finding.code, finding.values)} {remedy_text(finding.code)}" for finding in findings)
    cell.comment = Comment(words, _("Import check"), height=90, width=320)
    return cell
