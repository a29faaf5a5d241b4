"""Reads .ods, whose content is looked through a second time, repeats counted (OpenDocument 1.3, part 3, 9.1)."""

import zipfile
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from cases.reader.guard import Rejected
from cases.reader.recount import MOST_CELLS, Recount
from cases.reader.tables import MOST_SHEETS
from cases.reader.values import place
from cases.reader.whole import read_whole

CHUNK = 1024 * 1024
_OFFICE, _TABLE, _TEXT, _CALC = (
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0 ",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0 ",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0 ",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 ",
)
_HIDDEN = ("collapse", "filter")


def read_ods(book: zipfile.ZipFile, content: bytes, most_rows: int | None) -> Iterator[dict[str, Any]]:
    if book.read("mimetype").strip() not in (b"application/vnd.oasis.opendocument.spreadsheet", b"application/vnd.oasis.opendocument.spreadsheet-template"):
        raise Rejected("other_format")
    if b"encryption-data" in book.read("META-INF/manifest.xml"):
        raise Rejected("locked_other")
    yield from read_whole(content, recounts(book), most_rows)


def recounts(book: zipfile.ZipFile) -> list[Recount]:
    """Sheet by sheet, in the order of the document."""
    counter = _Counter()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = counter.start
    parser.EndElementHandler = counter.end
    parser.CharacterDataHandler = counter.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    try:
        with book.open("content.xml") as part:
            parser.ParseFile(part)
    except expat.ExpatError:
        raise Rejected("not_a_table") from None
    return counter.sheets


def _refuse(*_declaration: Any) -> None:
    raise Rejected("bad_xml")


class _Counter:
    """Follows the tables of a document; `row` and `column` are where the next cell stands."""

    def __init__(self) -> None:
        self.sheets: list[Recount] = []
        self.name = ""
        self.row = self.column = self.declared = 0
        self.repeat_row = 1
        self.cell: dict[str, str] | None = None
        self.words: list[str] = []
        self.skipping = ""
        self.filled: list[tuple[int, int, str]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.skipping:
            return
        kind = tag.removeprefix(_TABLE)
        if tag == f"{_OFFICE}annotation" or (kind == "table" and self.cell is not None):  # a comment, or a table inside a cell
            self.skipping = tag
        elif kind == "table":
            self._start_table(attributes)
        elif kind == "table-column":
            self._start_column(attributes)
        elif kind == "table-row":
            self._start_row(attributes)
        elif kind in ("table-cell", "covered-table-cell"):
            self.cell, self.words = attributes, []

    def end(self, tag: str) -> None:
        if self.skipping:
            self.skipping = "" if tag == self.skipping else self.skipping
            return
        kind = tag.removeprefix(_TABLE)
        if kind in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif kind == "table-row":
            self._end_row()

    def text(self, words: str) -> None:
        if self.cell is not None and not self.skipping:
            self.words.append(words)

    def _start_table(self, attributes: dict[str, str]) -> None:
        if len(self.sheets) >= MOST_SHEETS:
            raise Rejected("too_many_sheets")
        self.sheets.append(Recount())
        self.name = attributes.get(f"{_TABLE}name", "")
        self.row = self.declared = 0

    def _start_column(self, attributes: dict[str, str]) -> None:
        repeat = _repeat(attributes, "number-columns-repeated")
        if attributes.get(f"{_TABLE}visibility") in _HIDDEN:
            self.sheets[-1].hide_columns(self.declared, self.declared + repeat - 1)
        self.declared += repeat

    def _start_row(self, attributes: dict[str, str]) -> None:
        self.column, self.filled = 0, []
        self.repeat_row = _repeat(attributes, "number-rows-repeated")
        if attributes.get(f"{_TABLE}visibility") in _HIDDEN:
            self.sheets[-1].hidden_rows += range(self.row, self.row + min(self.repeat_row, 10_000))

    def _end_cell(self) -> None:
        attributes, self.cell = self.cell, None
        sheet, repeat = self.sheets[-1], _repeat(attributes, "number-columns-repeated")
        kind = attributes.get(f"{_OFFICE}value-type", "")
        words = "".join(self.words)
        if f"{_TABLE}formula" in attributes and not kind:
            raise Rejected("formulas_not_calculated", place(self.name, self.row + 1, self.column))
        is_passed_over = bool(words) and (not kind or attributes.get(f"{_CALC}value-type") == "error")
        if is_passed_over or kind not in ("", "string") or attributes.get(f"{_OFFICE}string-value", words):
            self.filled.append((self.column, repeat, words if is_passed_over else ""))
        height, width = _repeat(attributes, "number-rows-spanned"), _repeat(attributes, "number-columns-spanned")
        if height > 1 or width > 1:
            sheet.merge(self.row, self.column, self.row + height - 1, self.column + width - 1)
        self.column += repeat

    def _end_row(self) -> None:
        if self.filled:
            if self.repeat_row * self.column > MOST_CELLS:
                raise Rejected("too_large", self.name)
            for row in range(self.row, self.row + self.repeat_row):
                self._fill(row)
        self.row += self.repeat_row

    def _fill(self, row: int) -> None:
        sheet = self.sheets[-1]
        for column, repeat, passed_over in self.filled:
            sheet.value(row, column + repeat - 1)
            if passed_over:
                for place_right in range(column, column + repeat):
                    sheet.value_passed_over(row, place_right, passed_over)


def _repeat(attributes: dict[str, str], name: str) -> int:
    return max(int(attributes.get(f"{_TABLE}{name}", 1)), 1)
