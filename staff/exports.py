"""Lists as .xlsx. Every cell is text or a number, never a formula, whatever a bank's file put into it."""

import io
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

LONGEST_CELL = 32_767  # a spreadsheet's own limit
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook_of(columns: list, rows: Iterable, *, title: str, person: Any, serial: int | str, now: datetime) -> bytes:
    """The workbook's bytes. Its last line names the exporter, the moment and the serial number that the trail knows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.append([text_cell(sheet, column.label, bold=True) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, column, row) for column in columns])
    stamp = _("Exported by %(person)s on %(when)s, no. %(serial)s") % {"person": person, "when": f"{timezone.localtime(now):%Y-%m-%d %H:%M}", "serial": serial}
    sheet.append([])
    sheet.append([text_cell(sheet, stamp)])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def attachment(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def text_cell(sheet: Worksheet, value: Any, *, bold: bool = False) -> WriteOnlyCell:
    """A cell that a spreadsheet shows as it is: "=1+1" stays four characters."""
    cell = WriteOnlyCell(sheet, value="")
    cell.value = "".join(char for char in str(value) if char >= " " or char in "\t\n")[:LONGEST_CELL]
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _cell(sheet: Worksheet, column: Any, row: Any) -> WriteOnlyCell:
    value = column.value_of(row)
    if isinstance(value, tuple):  # a state is (value, label), a countdown (due, start)
        value = value[0] if column.kind == "countdown" else value[1]
    if value is None or value == "":
        return WriteOnlyCell(sheet, value=None)
    if column.kind in ("money", "number") and isinstance(value, int | Decimal):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = "#,##0.00" if column.kind == "money" else "0"
        return cell
    if isinstance(value, datetime):
        return text_cell(sheet, f"{timezone.localtime(value):%Y-%m-%d %H:%M}")
    if isinstance(value, date):
        return text_cell(sheet, f"{value:%Y-%m-%d}")
    return text_cell(sheet, value)
