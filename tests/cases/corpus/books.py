"""One made-up table in every format that the reader takes."""

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import xlsxwriter
import xlwt
from odf.element import Element
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableColumn, TableRow
from odf.text import P
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.cases.corpus.reading import repacked
from tests.cases.corpus.xlsb import xlsb as binary_book

Rows = list[list[Any]]

TABLE: Rows = [
    ["委案名单", None, None, None, None, None],
    ["姓名", "身份证号", "金额", "委案日期", "确认", "备注"],
    ["张三", "110101199003078515", 1234.56, date(2026, 1, 4), True, "a & b <c> \"d\"\n第二行"],
    [None, None, None, None, None, None],
    ["李䶮", "'0571-8800", 20000, date(2025, 12, 31), False, ""],
    ["王五", "110101199003078523", -0.5, date(2026, 2, 28), None, "　全角空格　"],
    ["合计", None, 101199003078512345, None, None, None],
]  # fmt: skip
TABLE_TEXTS = [
    [1, ["委案名单"]],
    [2, ["姓名", "身份证号", "金额", "委案日期", "确认", "备注"]],
    [3, ["张三", "110101199003078515", "1234.56", "2026-01-04", "TRUE", 'a & b <c> "d"\n第二行']],
    [5, ["李䶮", "0571-8800", "20000", "2025-12-31", "FALSE"]],
    [6, ["王五", "110101199003078523", "-0.5", "2026-02-28", "", "全角空格"]],
    [7, ["合计", "", "1.01199003078512E+17"]],
]
# What every format that knows of it says around TABLE.
MERGES, HIDDEN_ROW, HIDDEN_COLUMN = [[1, 0, 1, 5]], 6, 4


def openpyxl_book(rows: Rows) -> bytes:
    book = Workbook()
    page = book.active
    page.title = "名单"
    _append(page, rows)
    page.merge_cells("A1:F1")
    page.row_dimensions[HIDDEN_ROW].hidden = True
    page.column_dimensions["E"].hidden = True
    book.create_sheet("空")
    hidden = book.create_sheet("藏")
    hidden.append(["x"])
    hidden.sheet_state = "veryHidden"
    return saved(book)


def _append(page: Worksheet, rows: Rows) -> None:
    for row in rows:
        page.append(row)
    for cell in (cell for line in page.iter_rows() for cell in line if cell.data_type == "f"):
        cell.data_type = "s"


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def shared_book(rows: Rows) -> bytes:
    return _xlsxwriter_book(rows, {})


def inline_book(rows: Rows) -> bytes:
    return _xlsxwriter_book(rows, {"constant_memory": True})


def _xlsxwriter_book(rows: Rows, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True, "default_date_format": "yyyy-mm-dd", "in_memory": True}
    book = xlsxwriter.Workbook(buffer, plain | options)
    page = book.add_worksheet("名单")
    page.set_column(HIDDEN_COLUMN, HIDDEN_COLUMN, None, None, {"hidden": True})
    for number, row in enumerate(rows):
        if number + 1 == HIDDEN_ROW:
            page.set_row(number, None, None, {"hidden": True})
        for column, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(number, column, value)
            elif value is not None:
                page.write(number, column, value)
    if not options and rows and rows[0]:
        page.merge_range("A1:F1", rows[0][0])
    book.add_worksheet("空")
    hidden = book.add_worksheet("藏")
    hidden.write(0, 0, "x")
    hidden.hide()
    book.close()
    return buffer.getvalue()


def prefixed_book(rows: Rows) -> bytes:
    """As programs on .NET write it: every element in a named namespace."""

    def prefixed(name: str, part: bytes) -> bytes:
        if not name.endswith(("sheet1.xml", "sharedStrings.xml")):
            return part
        head, _end, body = part.partition(b"?>")
        body = body.replace(b"</", b"\0").replace(b"<", b"<x:").replace(b"\0", b"</x:").replace(b"xmlns=", b"xmlns:x=")
        return head + b"?>" + body

    return repacked(shared_book(rows), prefixed)


def xls_book(rows: Rows) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("名单")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for number, row in enumerate(rows[1:], start=1):
        for column, value in enumerate(row):
            if value is not None:
                page.write(number, column, value, day) if isinstance(value, date) else page.write(number, column, value)
    page.write_merge(0, 0, 0, 5, rows[0][0])
    page.row(HIDDEN_ROW - 1).hidden = True
    page.col(HIDDEN_COLUMN).hidden = True
    book.add_sheet("空")
    hidden = book.add_sheet("藏")
    hidden.write(0, 0, "x")
    hidden.visibility = 2
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def xlsb_book(rows: Rows) -> bytes:
    frame = {"merges": ((1, 0, 1, 5),), "hidden_rows": (HIDDEN_ROW,), "hidden_columns": (HIDDEN_COLUMN,)}
    return binary_book({"名单": rows, "空": [], "藏": [["x"]]}, hidden=("藏",), framed="名单", **frame)


def ods_book(rows: Rows) -> bytes:
    document = OpenDocumentSpreadsheet()
    page = Table(name="名单")
    page.addElement(TableColumn(numbercolumnsrepeated=HIDDEN_COLUMN))
    page.addElement(TableColumn(visibility="collapse"))
    for number, row in enumerate(rows, start=1):
        line = TableRow(visibility="collapse") if number == HIDDEN_ROW else TableRow()
        page.addElement(line)
        for value in row:
            line.addElement(_ods_cell(value))
    first = page.getElementsByType(TableRow)[0]
    first.childNodes[0].setAttribute("numbercolumnsspanned", 6)
    document.spreadsheet.addElement(page)
    document.spreadsheet.addElement(Table(name="空"))
    buffer = io.BytesIO()
    document.write(buffer)
    return buffer.getvalue()


def _ods_cell(value: Any) -> Element:
    if value is None:
        return TableCell()
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, datetime | date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, int | float):
        return TableCell(valuetype="float", value=repr(value))
    cell = TableCell(valuetype="string")
    for line in value.split("\n"):
        cell.addElement(P(text=line))
    return cell


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "openpyxl.xlsx": openpyxl_book,
    "shared.xlsx": shared_book,
    "inline.xlsx": inline_book,
    "prefixed.xlsx": prefixed_book,
    "old.xls": xls_book,
    "binary.xlsb": xlsb_book,
    "open.ods": ods_book,
}
