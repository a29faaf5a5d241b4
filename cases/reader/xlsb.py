"""Reads .xlsb, whose binary records are looked through a second time (MS-XLSB 2.1.4: a type and a size of seven bits a byte, then the body)."""

import struct
import zipfile
from collections.abc import Iterator
from typing import Any

from cases.reader.container import part_of, relations
from cases.reader.guard import Rejected
from cases.reader.recount import ERRORS, Recount
from cases.reader.whole import read_whole

ROW, ERROR, SHARED, FORMULA_ERROR = 0, 3, 7, 11
# RK, BOOL, REAL, ST, FMLA_STRING, FMLA_NUM, FMLA_BOOL, rich string.
_VALUES = (2, 4, 5, 6, 8, 9, 10, 62)
_TEXTS = (6, 8)
_STRING_ITEM, _COLUMN, _MERGE, _BUNDLE_SHEET = 19, 60, 176, 156
_HIDDEN_ROW = 0x10


def read_xlsb(book: zipfile.ZipFile, content: bytes, most_rows: int | None) -> Iterator[dict[str, Any]]:
    yield from read_whole(content, recounts(book), most_rows)


def recounts(book: zipfile.ZipFile) -> list[Recount]:
    """Sheet by sheet, in the order of the workbook."""
    path = next((target for kind, target, _key in relations(book, "") if kind == "officeDocument"), "")
    targets = {key: (kind, target) for kind, target, key in relations(book, path)}
    if any("macrosheet" in kind.lower() for kind, _target in targets.values()):
        raise Rejected("macros")
    strings = next((target for kind, target in targets.values() if kind == "sharedStrings"), "")
    blank = _blank_strings(part_of(book, strings)) if strings else set()
    sheets = (targets.get(_key_of(body), ("", "")) for kind, body in _records(part_of(book, path)) if kind == _BUNDLE_SHEET)
    return [_recount(part_of(book, target), blank) for kind, target in sheets if kind == "worksheet"]


def _key_of(body: bytes) -> str:
    """The relation of a sheet of the workbook."""
    size = struct.unpack_from("<I", body, 8)[0]
    return body[12 : 12 + 2 * size].decode("utf-16-le")


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(part)
    while at < end:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (part[at] << 7)
            at += 1
        size = shift = 0
        while True:
            byte = part[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 21:
                break
        if at + size > end:
            raise Rejected("truncated")
        yield kind, part[at : at + size]
        at += size


def _blank_strings(part: bytes) -> set[int]:
    items = (body for kind, body in _records(part) if kind == _STRING_ITEM)
    return {index for index, body in enumerate(items) if not struct.unpack_from("<I", body, 1)[0]}


def _recount(part: bytes, blank: set[int]) -> Recount:
    found = Recount()
    row = 0
    for kind, body in _records(part):
        if kind == ROW:
            row = struct.unpack_from("<I", body)[0]
            if body[11] & _HIDDEN_ROW:
                found.hidden_rows.append(row)
        elif kind in (ERROR, FORMULA_ERROR):
            found.value_passed_over(row, struct.unpack_from("<I", body)[0], ERRORS.get(body[8], "#N/A"))
        elif kind in _VALUES:
            if kind not in _TEXTS or struct.unpack_from("<I", body, 8)[0]:
                found.value(row, struct.unpack_from("<I", body)[0])
        elif kind == SHARED:
            column, _style, index = struct.unpack_from("<3I", body)
            if index not in blank:
                found.value(row, column)
        elif kind == _COLUMN:
            first, last, _width, _style, options = struct.unpack_from("<4IH", body)
            if options & 1:
                found.hide_columns(first, last)
        elif kind == _MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            found.merge(top, left, bottom, right)
    return found
