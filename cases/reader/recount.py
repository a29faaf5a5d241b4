"""Counts the rows of a sheet a second time, from the file's own records: a short read must never pass silently (design/reliability.md 2.3-4)."""

import re
import struct
import zipfile
from collections.abc import Iterator
from posixpath import join, normpath

from defusedxml import ElementTree

from cases.reader.guard import Rejected

CHUNK = 1024 * 1024
LONGEST_ROW = 64 * 1024 * 1024

_ROW_END = re.compile(rb"</(?:\w+:)?row\s*>")
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s>])([^>]*?)(?<!/)>(.*?)</(?:\w+:)?c\s*>", re.DOTALL)
_TYPE = re.compile(rb"""\bt=["'](\w+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?[vt](?:\s[^>]*)?>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_ITEM_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<")


def rows_in_xlsx(book: zipfile.ZipFile) -> dict[str, int]:
    """{sheet: rows that hold a value}. A formula that was never calculated has none: such a file is rejected, not read as blank."""
    blank = _blank_strings(book)
    return {name: sum(_holds_value(row, blank) for row in _pieces(book, part, _ROW_END)) for name, part in _sheet_parts(book)}


def _sheet_parts(book: zipfile.ZipFile) -> list[tuple[str, str]]:
    workbook = _workbook_part(book)
    folder, _, file = workbook.rpartition("/")
    targets = {}
    for relation in ElementTree.fromstring(book.read(f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels")):
        target = relation.get("Target", "")
        targets[relation.get("Id")] = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
    sheets = [element for element in ElementTree.fromstring(book.read(workbook)).iter() if element.tag.endswith("}sheet")]
    found = []
    for sheet in sheets:
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        if "worksheets/" in targets.get(key, "") and targets[key] in book.NameToInfo:
            found.append((sheet.get("name", ""), targets[key]))
    return found


def _workbook_part(book: zipfile.ZipFile) -> str:
    for relation in ElementTree.fromstring(book.read("_rels/.rels")):
        if relation.get("Type", "").endswith("/officeDocument"):
            return relation.get("Target", "").lstrip("/")
    raise Rejected("not_a_table")


def _pieces(book: zipfile.ZipFile, part: str, end: re.Pattern) -> Iterator[bytes]:
    """The part cut behind each end tag, one megabyte in memory at a time."""
    rest = b""
    with book.open(part) as stream:
        while chunk := stream.read(CHUNK):
            *whole, rest = end.split(rest + chunk)
            if len(rest) > LONGEST_ROW:
                raise Rejected("too_large")
            yield from whole


def _blank_strings(book: zipfile.ZipFile) -> set[bytes]:
    part = next((name for name in book.namelist() if name.lower().endswith("sharedstrings.xml")), "")
    if not part:
        return set()
    items = enumerate(_pieces(book, part, _ITEM_END))
    return {str(index).encode() for index, item in items if not any(text.strip() for text in _TEXT.findall(item))}


def _holds_value(row: bytes, blank: set[bytes]) -> bool:
    found = False
    for attributes, body in _CELL.findall(row):
        value = _VALUE.search(body)
        if value is None:
            if _FORMULA.search(body):
                raise Rejected("formulas_not_calculated")
            continue
        kind = _TYPE.search(attributes)
        text = value.group(1).strip()
        if kind and kind.group(1) == b"s" and text in blank:
            continue
        if kind and kind.group(1) == b"inlineStr":
            text = b"".join(_TEXT.findall(body)).strip()
        if text and not (kind and kind.group(1) == b"e"):
            found = True
    return found


_CELL_RECORDS = {0x0203: "number", 0x027E: "rk", 0x00BD: "mulrk", 0x00FD: "label", 0x0204: "label", 0x00D6: "label", 0x0006: "formula", 0x0205: "bool"}
BOUNDSHEET, BOF, EOF = 0x0085, 0x0809, 0x000A


def rows_in_xls(stream: bytes) -> list[int]:
    """Rows that hold a value, sheet by sheet, from the BIFF records of the workbook stream."""
    starts = [struct.unpack_from("<I", body)[0] for kind, body in _records(stream, 0) if kind == BOUNDSHEET and body[5:6] == b"\0"]
    return [len({struct.unpack_from("<H", body)[0] for kind, body in _records(stream, start) if _is_value(kind, body)}) for start in starts]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    depth = 0
    while start + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, start)
        yield kind, stream[start + 4 : start + 4 + size]
        depth += (kind == BOF) - (kind == EOF)
        if kind == EOF and depth <= 0:
            return
        start += 4 + size


def _is_value(kind: int, body: bytes) -> bool:
    if kind not in _CELL_RECORDS or len(body) < 6:
        return False
    if kind == 0x0006:  # a formula whose result is an empty text or an error
        return not (body[12:14] == b"\xff\xff" and body[6:7] in (b"\x03", b"\x02"))
    if kind == 0x0205:  # an error value
        return body[7:8] != b"\x01"
    return True
