"""Reads what calamine holds whole (.xls, .xlsb, .ods): smaller by nature, counted before and compared after."""

import io
from collections.abc import Iterator
from typing import Any

import python_calamine

from cases.reader.guard import Rejected
from cases.reader.recount import Recount
from cases.reader.tables import MOST_SHEETS, Row, Sheet, SheetNames, batches
from cases.reader.values import clean, is_blank, texts_of


def read_whole(content: bytes, recounts: list[Recount], most_rows: int | None) -> Iterator[dict[str, Any]]:
    """`recounts` has one for each worksheet, in the file's order."""
    names = SheetNames()
    book = _open(content)
    worksheets = [(index, about) for index, about in enumerate(book.sheets_metadata) if about.typ == python_calamine.SheetTypeEnum.WorkSheet]
    if len(worksheets) != len(recounts):
        raise Rejected("count_mismatch", f"{len(worksheets)} / {len(recounts)}")
    if len(worksheets) > MOST_SHEETS:
        raise Rejected("too_many_sheets", str(len(worksheets)))
    for (index, about), recount in zip(worksheets, recounts, strict=True):
        name = names.of(about.name)
        recount.check(name)
        is_hidden = about.visible != python_calamine.SheetVisibleEnum.Visible
        yield Sheet(name, is_hidden, recount.merges, [row + 1 for row in recount.hidden_rows], recount.hidden_columns).message()
        yield from batches(name, _rows(book.get_sheet_by_index(index), recount, name), most_rows)


def _open(content: bytes) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError:
        raise Rejected("locked_other") from None


def _rows(sheet: python_calamine.CalamineSheet, recount: Recount, name: str) -> Iterator[Row]:
    left = sheet.start[1] if sheet.start else 0
    found = 0
    for row, values in enumerate(sheet.iter_rows()):
        cells = texts_of(values, left)
        if row in recount.passed_over:
            cells = _completed(cells, recount.passed_over[row])
        if cells:
            yield row + 1, cells
        found += bool(cells) or not is_blank(values)
    bottom = sheet.end[0] if sheet.end else -1
    for row in sorted(row for row in recount.passed_over if row > bottom):
        yield row + 1, _completed([], recount.passed_over[row])
        found += 1
    if found != len(recount.filled):
        raise Rejected("count_mismatch", f"{name}: {found} / {len(recount.filled)}")


def _completed(cells: list[str], passed_over: dict[int, str]) -> list[str]:
    cells = cells + [""] * (max(passed_over) + 1 - len(cells))
    for column, text in passed_over.items():
        cells[column] = clean(text)
    return cells
