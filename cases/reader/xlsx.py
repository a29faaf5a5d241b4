"""Reads .xlsx sheet by sheet, each in stretches of whole rows.

calamine alone holds a whole sheet, and asks for 512 GB when one cell stands in a far corner. Every stretch is given to it as a small workbook
of its own, with the file's styles and date system: memory does not grow with the file, and what is read is what calamine reads.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from cases.reader.container import local, part_of, path_of, relations, xml_of
from cases.reader.guard import Rejected
from cases.reader.shared_strings import SharedStrings
from cases.reader.sheet_xml import stretches, survey
from cases.reader.stretch import SheetReader
from cases.reader.tables import MOST_SHEETS, Row, Sheet, SheetNames, batches

_MACRO_SHEETS = ("xlMacrosheet", "xlIntlMacrosheet")


@dataclass(frozen=True)
class Part:
    """A worksheet of the workbook."""

    name: str
    path: str
    is_hidden: bool


@dataclass
class Workbook:
    sheets: list[Part]
    strings: str
    styles: bytes
    is_1904: bool
    is_to_calculate: bool


def read_xlsx(book: zipfile.ZipFile, most_rows: int | None) -> Iterator[dict[str, Any]]:
    workbook = _workbook(book)
    strings = SharedStrings(book, workbook.strings)
    names = SheetNames()
    for part in workbook.sheets:
        frame = survey(book, part.path)
        sheet = Sheet(names.of(part.name), part.is_hidden, frame.merges, frame.hidden_rows, frame.hidden_columns)
        yield sheet.message()
        reader = SheetReader(sheet.sheet, strings, workbook.styles, workbook.is_1904)
        yield from batches(sheet.sheet, _rows(book, part, reader), most_rows)
        if workbook.is_to_calculate and reader.first_formula and not reader.has_results:
            raise Rejected("formulas_not_calculated", reader.first_formula)


def _rows(book: zipfile.ZipFile, part: Part, reader: SheetReader) -> Iterator[Row]:
    for kind, stretch in stretches(book, part.path):
        if kind == "rows":
            yield from reader.rows(stretch)


def _workbook(book: zipfile.ZipFile) -> Workbook:
    path = next((target for kind, target, _key in relations(book, "") if kind == "officeDocument"), "")
    root = xml_of(book, path)
    targets = {key: (kind, target) for kind, target, key in relations(book, path)}
    if any(kind in _MACRO_SHEETS for kind, _target in targets.values()):
        raise Rejected("macros")
    others = dict(targets.values())
    sheets = list(_sheets(book, root, targets))
    if len(sheets) > MOST_SHEETS:
        raise Rejected("too_many_sheets", str(len(sheets)))
    settings = {name: value for element in root for name, value in element.attrib.items() if local(element.tag) in ("workbookPr", "calcPr")}
    return Workbook(
        sheets=sheets,
        strings=path_of(book, others["sharedStrings"]) if "sharedStrings" in others else "",
        styles=part_of(book, others["styles"]) if "styles" in others else b"",
        is_1904=settings.get("date1904") in ("1", "true"),
        is_to_calculate=settings.get("fullCalcOnLoad") in ("1", "true"),
    )


def _sheets(book: zipfile.ZipFile, root: Element, targets: dict[str, tuple[str, str]]) -> Iterator[Part]:
    for sheet in (element for element in root.iter() if local(element.tag) == "sheet"):
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        kind, target = targets.get(key, ("", ""))
        if kind == "worksheet":
            yield Part(sheet.get("name", ""), path_of(book, target), sheet.get("state", "visible") != "visible")
        elif kind not in ("chartsheet", "dialogsheet"):
            raise Rejected("not_a_table")
