"""The file as the bank laid it out, with its bad cells marked: to fix, and to send again."""

import io
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from audit.services import record
from cases.choices import RowState, Severity
from cases.models import Placement, RowFinding, StagedRow
from cases.rules.headers import letters_of
from cases.wording import finding_text, remedy_text
from staff.exports import text_cell
from staff.models import User

BAD = PatternFill("solid", fgColor="FFFFC7CE")
DOUBTFUL = PatternFill("solid", fgColor="FFFFEB9C")
BATCH = 1000


@transaction.atomic
def hand_out_errors(*, placement: Placement, by: User, now: datetime) -> bytes:
    """The error workbook, and on the trail that this person took it."""
    record("placement.errors_exported", subject=placement, by=by, at=now)
    return error_workbook(placement)


def error_workbook(placement: Placement) -> bytes:
    """An .xlsx with the taken sheets as they came, row by row in its place; cells with findings are filled and commented.

    Every cell is text, so nothing that a bank wrote becomes a formula here.
    """
    book = Workbook(write_only=True)
    for about in placement.layout:
        if about["taken"]:
            sheet = book.create_sheet(about["sheet"][:31])
            _write(sheet, placement, about)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write(sheet: Worksheet, placement: Placement, about: dict) -> None:
    lines = dict(about["head"]) | {number: cells for number, _reason, cells in about["left_out"]}
    at = 1
    for row in _rows(placement, about["sheet"]):
        at = _fill(sheet, lines, at, row.row, about["header_row"])
        sheet.append(_marked(sheet, row))
        at = row.row + 1
    _fill(sheet, lines, at, max(lines, default=0) + 1, about["header_row"])


def _rows(placement: Placement, sheet: str) -> Iterator[StagedRow]:
    last = 0
    rows = placement.rows.filter(sheet=sheet).order_by("row").prefetch_related("findings")
    while batch := list(rows.filter(row__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].row


def _fill(sheet: Worksheet, lines: dict[int, list[str]], at: int, until: int, header_row: int) -> int:
    """The rows between two cases: titles, headers, totals, or nothing."""
    for number in range(at, until):
        sheet.append([text_cell(sheet, cell, bold=number == header_row) if cell else None for cell in lines.get(number, [])])
    return until


def _marked(sheet: Worksheet, row: StagedRow) -> list[Cell | None]:
    by_column: dict[str, list[RowFinding]] = {}
    for finding in row.findings.all():
        by_column.setdefault(finding.column or "A", []).append(finding)
    width = max([len(row.cells), *(_index_of(column) + 1 for column in by_column)])
    cells = row.cells + [""] * (width - len(row.cells))
    return [_cell(sheet, text, by_column.get(letters_of(index), []), row.state) for index, text in enumerate(cells)]


def _index_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cell(sheet: Worksheet, text: str, findings: list[RowFinding], state: str) -> Cell | None:
    if not text and not findings:
        return None
    cell = text_cell(sheet, text)
    if findings and state != RowState.SKIPPED:
        is_bad = any(finding.severity == Severity.ERROR for finding in findings)
        cell.fill = BAD if is_bad else DOUBTFUL
        cell.font = Font(color="FF9C0006" if is_bad else "FF7F6000")
        words = "\n".join(f"{finding_text(finding.code, finding.values)} {remedy_text(finding.code)}" for finding in findings)
        cell.comment = Comment(words, _("Import check"), height=90, width=320)
    return cell
