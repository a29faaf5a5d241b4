"""A small .xlsb, record by record (MS-XLSB): no program here writes the format."""

import io
import struct
import zipfile
from datetime import date
from typing import Any

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
_ROOT = f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.bin"/></Relationships>'
ERRORS = {"#N/A": 0x2A, "#REF!": 0x17, "#DIV/0!": 0x07}
_DAY_STYLE = 1


def record(kind: int, body: bytes = b"") -> bytes:
    """A type and a size of seven bits a byte, then the body."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    while size >= 0x80:
        head += bytes([size & 0x7F | 0x80])
        size >>= 7
    return head + bytes([size]) + body


def wide(text: str) -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack("<I", len(units) // 2) + units


def xlsb(sheets: dict[str, list[list[Any]]], *, hidden: tuple[str, ...] = (), framed: str = "", **frame: Any) -> bytes:
    """Sheets of rows; None leaves a cell out. `frame` is what surrounds the rows of the sheet `framed`."""
    strings: list[str] = []
    buffer = io.BytesIO()
    relations, bundles = "", b""
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        for number, (name, rows) in enumerate(sheets.items(), start=1):
            book.writestr(f"xl/worksheets/sheet{number}.bin", sheet(rows, strings, **(frame if name == framed else {})))
            relations += f'<Relationship Id="r{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.bin"/>'
            bundles += record(156, struct.pack("<II", name in hidden, number) + wide(f"r{number}") + wide(name))
        for kind in ("styles", "sharedStrings"):
            relations += f'<Relationship Id="{kind}" Type="{_OFFICE}/{kind}" Target="{kind}.bin"/>'
        book.writestr("[Content_Types].xml", _TYPES)
        book.writestr("_rels/.rels", _ROOT)
        book.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>')
        book.writestr("xl/workbook.bin", record(131) + record(143) + bundles + record(144) + record(132))
        book.writestr("xl/styles.bin", _styles())
        items = b"".join(record(19, b"\0" + wide(text)) for text in strings)
        book.writestr("xl/sharedStrings.bin", record(159, struct.pack("<II", len(strings), len(strings))) + items + record(160))
    return buffer.getvalue()


def _styles() -> bytes:
    formats = b"".join(record(47, struct.pack("<HH", 0, number) + bytes(12)) for number in (0, 14))
    return record(278) + record(617, struct.pack("<I", 2)) + formats + record(618) + record(279)


def sheet(
    rows: list[list[Any]], strings: list[str], *, merges: tuple[tuple[int, int, int, int], ...] = (), hidden_rows: tuple[int, ...] = (),
    hidden_columns: tuple[int, ...] = ()
) -> bytes:  # fmt: skip
    width = max(map(len, rows), default=1)
    part = record(129) + record(148, struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, width - 1))
    if hidden_columns:
        part += record(390) + b"".join(record(60, struct.pack("<4IH", at, at, 2560, 0, 1)) for at in hidden_columns) + record(391)
    part += record(145)
    lines = (_row(number, row, strings, is_hidden=number + 1 in hidden_rows) for number, row in enumerate(rows))
    part += b"".join(lines)
    part += record(146)
    if merges:
        boxes = (record(176, struct.pack("<4I", top - 1, bottom - 1, left, right)) for top, left, bottom, right in merges)
        part += record(177, struct.pack("<I", len(merges))) + b"".join(boxes) + record(178)
    return part + record(130)


def _row(number: int, row: list[Any], strings: list[str], *, is_hidden: bool) -> bytes:
    head = record(0, struct.pack("<IIHBB", number, 0, 300, 0, 0x10 * is_hidden) + bytes(5))
    return head + b"".join(cell(column, value, strings) for column, value in enumerate(row) if value is not None)


def cell(column: int, value: Any, strings: list[str]) -> bytes:
    head = struct.pack("<II", column, _DAY_STYLE if isinstance(value, date) else 0)
    if isinstance(value, bool):
        return record(4, head + bytes([value]))
    if isinstance(value, date):
        return record(5, head + struct.pack("<d", (value - date(1899, 12, 30)).days))
    if isinstance(value, int | float):
        return record(5, head + struct.pack("<d", value))
    if value in ERRORS:
        return record(3, head + bytes([ERRORS[value]]))
    strings.append(value)
    return record(7, head + struct.pack("<I", len(strings) - 1))
