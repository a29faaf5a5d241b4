"""Reads one stretch of a sheet's rows with calamine, and counts its rows in the XML as well: a short read must never pass silently."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import python_calamine

from cases.reader.guard import Rejected
from cases.reader.shared_strings import SharedStrings
from cases.reader.sheet_xml import number_in
from cases.reader.tables import MOST_COLUMNS, Row
from cases.reader.values import column_of, is_blank, place, texts_of

# A sheet may jump this many rows before the stretch is cut there: what lies between would be held as blanks.
LONGEST_GAP = 1_000
LAST_ROW = 1_048_576
# A value takes more than this much.
WIDE_FROM = 8 * MOST_COLUMNS

_ROW = re.compile(rb"<row\b([^<>]*)>")
_VALUE = re.compile(rb"<[vt](?:\s[^<>]*)?>[^<]")
_ERROR = re.compile(rb"""(<c\b[^<>]*\bt=)["']e["']""")
_CELL = re.compile(rb"<c\b([^<>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_FORMULA = re.compile(rb"<c\b([^<>]*)>\s*<f\b[^<>]*?(?:/>|>[^<]*</f>)(.*?)</c>", re.DOTALL)
_CACHED = re.compile(rb"<v(?:\s[^<>]*)?>\s*([^<\s][^<]*)")
_PLACE = re.compile(rb"""\br=["']([A-Za-z]{1,3})(\d{1,7})["']""")
_TEXT_TYPE = re.compile(rb"""\bt=["']str["']""")

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_WORKBOOK_TYPE}"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r" Type="{_OFFICE}/worksheet" Target="sheet.xml"/></Relationships>',
}
_BOOK = '<workbook xmlns="%s" xmlns:r="%s"><workbookPr date1904="%d"/><sheets><sheet name="S" sheetId="1" r:id="r"/></sheets></workbook>'


@dataclass
class SheetReader:
    """Reads the stretches of one sheet in their order."""

    name: str
    strings: SharedStrings
    styles: bytes
    is_1904: bool
    next_row: int = 1
    first_formula: str = ""
    has_results: bool = False

    def rows(self, stretch: bytes) -> Iterator[Row]:
        stretch = self.strings.put_into(stretch)
        if b"<f" in stretch:
            self._look_at_formulas(stretch)
        if b't="e"' in stretch or b"t='e'" in stretch:
            stretch = _ERROR.sub(rb'\1"str"', stretch)
        for part in self._parts(stretch):
            yield from self._read(part)

    def _look_at_formulas(self, stretch: bytes) -> None:
        """A formula that was never calculated has no value: it must not be read as blank."""
        for attributes, rest in _FORMULA.findall(stretch):
            cached = _CACHED.search(rest)
            if cached is None and not (b"<v" in rest and _TEXT_TYPE.search(attributes)):
                raise Rejected("formulas_not_calculated", self._place(attributes))
            self.first_formula = self.first_formula or self._place(attributes)
            self.has_results = self.has_results or cached is None or cached.group(1) != b"0"

    def _place(self, attributes: bytes) -> str:
        found = _PLACE.search(attributes)
        return place(self.name, int(found.group(2)), column_of(found.group(1).decode())) if found else self.name

    def _parts(self, stretch: bytes) -> Iterator[bytes]:
        """The stretch with its rows numbered, cut where the numbers jump."""
        first, last = _ROW.search(stretch), _ROW.search(stretch, max(stretch.rfind(b"<row"), 0))
        if first is None or last is None:
            raise Rejected("not_a_table", self.name)
        if number_in(b"r", first.group(1)) is None or number_in(b"r", last.group(1)) is None:
            stretch = self._numbered(stretch)
            first, last = _ROW.search(stretch), _ROW.search(stretch, stretch.rfind(b"<row"))
        top, bottom = number_in(b"r", first.group(1)), number_in(b"r", last.group(1))
        if top < self.next_row or bottom > LAST_ROW:
            raise Rejected("count_mismatch", f"{self.name}: {top} / {self.next_row}")
        self.next_row = bottom + 1
        if bottom - top < stretch.count(b"<row") + LONGEST_GAP:
            yield stretch
        else:
            yield from _cut_at_gaps(stretch)

    def _numbered(self, stretch: bytes) -> bytes:
        """Rows need not say their number; then it is one more than that of the row before."""
        number = self.next_row - 1

        def numbered(row: re.Match) -> bytes:
            nonlocal number
            given = number_in(b"r", row.group(1))
            number = number + 1 if given is None else given
            return row.group() if given is not None else b'<row r="%d"%b>' % (number, row.group(1))

        return _ROW.sub(numbered, stretch)

    def _read(self, stretch: bytes) -> Iterator[Row]:
        expected = self._count(stretch)
        sheet = self._book(stretch).get_sheet_by_index(0)
        if sheet.start is None:
            number, left, values = 1, 0, []
        else:
            number, left, values = sheet.start[0] + 1, sheet.start[1], sheet.to_python(skip_empty_area=True)
        found = 0
        for position, row in enumerate(values, start=number):
            cells = texts_of(row, left)
            if cells:
                yield position, cells
            found += bool(cells) or not is_blank(row)
        if found != expected:
            raise Rejected("count_mismatch", f"{self.name}: {found} / {expected}")

    def _count(self, stretch: bytes) -> int:
        """Rows with a value, by their XML."""
        count = 0
        for row in stretch.split(b"</row>"):
            if _VALUE.search(row):
                count += 1
                last = row.rfind(b' r="') + 4
                if len(row) > WIDE_FROM or row[last : last + 3].isalpha():
                    self._check_width(row)
        return count

    def _check_width(self, row: bytes) -> None:
        """A value far to the right would be read as thousands of blanks in every row."""
        column = -1
        for attributes, body in _CELL.findall(row):
            found = _PLACE.search(attributes)
            column = column_of(found.group(1).decode()) if found else column + 1
            if column >= MOST_COLUMNS and _VALUE.search(body):
                raise Rejected("too_large", self._place(attributes))

    def _book(self, stretch: bytes) -> python_calamine.CalamineWorkbook:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as book:
            for name, part in _PARTS.items():
                book.writestr(name, part)
            book.writestr("xl/workbook.xml", _BOOK % (_MAIN, _OFFICE, self.is_1904))
            if self.styles:
                book.writestr("xl/styles.xml", self.styles)
            book.writestr("xl/sheet.xml", b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (_MAIN.encode(), stretch))
        file.seek(0)
        return python_calamine.CalamineWorkbook.from_filelike(file)


def _cut_at_gaps(stretch: bytes) -> Iterator[bytes]:
    start, before = 0, 0
    for row in _ROW.finditer(stretch):
        number = number_in(b"r", row.group(1)) or before + 1
        if before and number - before > LONGEST_GAP:
            yield stretch[start : row.start()]
            start = row.start()
        before = number
    yield stretch[start:]
