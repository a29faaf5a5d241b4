"""A part of a workbook, cut into stretches of whole rows, so that a workbook of any length is read in the same memory.

Nothing is parsed here: cuts are made at end tags, and what could make a cut or a count wrong (comments, CDATA, instructions, entities) is
refused; spreadsheet programs do not write it.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from cases.reader.guard import Rejected
from cases.reader.tables import MOST_NOTED
from cases.reader.values import column_of

STRETCH = 4 * 1024 * 1024
# The longest row, or the longest part before or behind the rows.
LONGEST = 64 * 1024 * 1024

_DECLARATION = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")
_PREFIX = re.compile(rb"<(\w+):(?:worksheet|sst)[\s>]")
_BAD_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_DATA = re.compile(rb"<sheetData\b[^<>]*>")
_HIDDEN = rb"""[^<>]*\bhidden=["'](?:1|true)["'][^<>]*"""
_HIDDEN_ROW = re.compile(rb"<row\b(" + _HIDDEN + rb")>")
_HIDDEN_COLUMN = re.compile(rb"<col\b(" + _HIDDEN + rb")>")
_MERGE = re.compile(rb"""<mergeCell\b[^<>]*\bref=["']([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?["']""")
_NUMBERS = {name: re.compile(rb"""\b%s=["'](\d{1,7})["']""" % name) for name in (b"r", b"min", b"max")}


@dataclass
class Frame:
    """What stands around the rows of a sheet, as in tables.Sheet."""

    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)


def survey(book: zipfile.ZipFile, part: str) -> Frame:
    """Goes once through the whole part, for what stands behind the rows; this also proves that it is complete, and its checksum."""
    frame = Frame()
    for kind, stretch in stretches(book, part):
        if kind == "head":
            for attributes in _HIDDEN_COLUMN.findall(stretch):
                frame.hidden_columns += range((number_in(b"min", attributes) or 1) - 1, min(number_in(b"max", attributes) or 0, MOST_NOTED))
        elif kind == "tail":
            frame.merges = [_merge(*ref) for ref in _MERGE.findall(stretch)[:MOST_NOTED]]
        elif b"hidden=" in stretch and len(frame.hidden_rows) < MOST_NOTED:
            frame.hidden_rows += [number for attributes in _HIDDEN_ROW.findall(stretch) if (number := number_in(b"r", attributes))]
    return frame


def number_in(name: bytes, attributes: bytes) -> int | None:
    """The value of a numeric attribute (r, min, max)."""
    found = _NUMBERS[name].search(attributes)
    return int(found.group(1)) if found else None


def _merge(left: bytes, top: bytes, right: bytes, bottom: bytes) -> tuple[int, int, int, int]:
    return int(top), column_of(left.decode()), int(bottom or top), column_of((right or left).decode())


def stretches(book: zipfile.ZipFile, part: str) -> Iterator[tuple[str, bytes]]:
    """("head", all before the rows), ("rows", whole rows) any number of times, ("tail", all behind the rows)."""
    pieces = cut(book, part, b"row")
    piece = next(pieces)
    data = _DATA.search(piece)
    if data is None:
        raise Rejected("truncated" if b"<worksheet" in piece else "not_a_table")
    yield "head", piece[: data.end()]
    if data.group().endswith(b"/>"):
        yield "tail", piece[data.end() :]
        return
    piece = piece[data.end() :]
    for following in pieces:
        yield "rows", piece
        piece = following
    rows, end, tail = piece.partition(b"</sheetData>")
    if not end:
        raise Rejected("truncated")
    if rows.strip():
        yield "rows", rows
    yield "tail", tail


def cut(book: zipfile.ZipFile, part: str, tag: bytes) -> Iterator[bytes]:
    """The part in pieces that end behind an end tag of this name; the last one is what follows the last of them, and may be empty."""
    end, prefix, rest, is_first = b"", b"", b"", True
    with book.open(part) as stream:
        while chunk := stream.read(STRETCH):
            if is_first:
                chunk = _DECLARATION.sub(b"", chunk, count=1)
                found = _PREFIX.search(chunk)
                prefix = found.group(1) + b":" if found else b""
                end, is_first = b"</" + prefix + tag + b">", False
            block = rest + chunk
            at = block.rfind(end) + len(end)
            if at >= len(end):
                yield _plain(block[:at], prefix)
            elif len(block) > LONGEST:
                raise Rejected("too_large")
            else:
                at = 0
            rest = block[at:]
    yield _plain(rest, prefix)


def _plain(piece: bytes, prefix: bytes) -> bytes:
    """The piece without namespace prefixes. The rare sign is looked for first: that is what makes the check free."""
    if (b"!" in piece and b"<!" in piece) or (b"?" in piece and b"<?" in piece) or (b"&" in piece and _BAD_ENTITY.search(piece)):
        raise Rejected("bad_xml")
    return piece.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</") if prefix else piece
