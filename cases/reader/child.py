"""The child process: limits first, then the file. Speaks JSON lines on standard output; knows neither Django nor the database."""

import csv
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msoffcrypto
import msoffcrypto.exceptions
import olefile
import python_calamine

from cases.reader.guard import Rejected, check_container
from cases.reader.recount import rows_in_xls, rows_in_xlsx

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 150
MOST_SHEETS = 100
MOST_ROWS = 500_000
MOST_COLUMNS = 1_000
ROWS_AT_ONCE = 500
# Excel keeps 15 digits: any longer number has already lost some.
EXACT_BELOW = 10**15
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_AS_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)


def main() -> None:
    _limit()
    password = sys.stdin.buffer.read().decode()
    try:
        with open(sys.argv[1], "rb") as file:
            for message in read(file.read(), password):
                _send(message)
        _send({"end": True})
    except Rejected as rejected:
        _send({"rejected": rejected.code, "detail": rejected.detail})
    except MemoryError:
        _send({"rejected": "too_large", "detail": ""})
    except (python_calamine.CalamineError, zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, csv.Error, SyntaxError):
        _send({"rejected": "not_a_table", "detail": ""})


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _send(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    sys.stdout.buffer.flush()


def read(content: bytes, password: str) -> Iterator[dict[str, Any]]:
    """The kind is what the content shows, whatever the file is called."""
    if not content.strip():
        raise Rejected("empty")
    if content.startswith(OLE):
        content = _unlocked(content, password)
    if content.startswith(OLE):
        return _read_xls(content)
    if content.startswith(b"PK"):
        return _read_xlsx(content)
    return _read_text(content)


def _unlocked(content: bytes, password: str) -> bytes:
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(content))
        if not office.is_encrypted():
            return content
        if not password:
            raise Rejected("locked")
        office.load_key(password=password, verify_password=True)
        clear = io.BytesIO()
        office.decrypt(clear)
    except msoffcrypto.exceptions.InvalidKeyError:
        raise Rejected("wrong_password") from None
    except (msoffcrypto.exceptions.FileFormatError, msoffcrypto.exceptions.ParseError, msoffcrypto.exceptions.DecryptionError):
        raise Rejected("not_a_table") from None
    return clear.getvalue()


def _read_xlsx(content: bytes) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        names = set(container.namelist())
        if "[Content_Types].xml" not in names:
            raise Rejected("other_format" if "mimetype" in names else "archive")
        if any(name.lower().endswith("workbook.bin") for name in names):
            raise Rejected("other_format")
        check_container(container)
        counts = rows_in_xlsx(container)
    book = _open(content)
    yield from _read_sheets(book, lambda position, name: counts.get(name))


def _read_xls(content: bytes) -> Iterator[dict[str, Any]]:
    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        if ole.exists("_VBA_PROJECT_CUR") or ole.exists("Macros"):
            raise Rejected("macros")
        stream = next((ole.openstream(name).read() for name in ("Workbook", "Book") if ole.exists(name)), b"")
    if not stream:
        raise Rejected("not_a_table")
    book = _open(content)
    tables = [sheet.name for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
    counts = dict(zip(tables, rows_in_xls(stream), strict=False))
    yield from _read_sheets(book, lambda position, name: counts.get(name))


def _open(content: bytes) -> python_calamine.CalamineWorkbook:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError:
        raise Rejected("locked") from None
    if len(book.sheet_names) > MOST_SHEETS:
        raise Rejected("too_large")
    return book


def _read_sheets(book: python_calamine.CalamineWorkbook, count_of: Callable[[int, str], int | None]) -> Iterator[dict[str, Any]]:
    for position, about in enumerate(book.sheets_metadata):
        if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(position)
        if sheet.total_width > MOST_COLUMNS or sheet.total_height > MOST_ROWS:
            raise Rejected("too_large", about.name)
        yield {"sheet": _clean(about.name), "is_hidden": about.visible != python_calamine.SheetVisibleEnum.Visible}
        found, left = 0, sheet.start[1] if sheet.start else 0
        for message in _batches(_texts(row, left) for row in sheet.iter_rows()):
            found += len(message["rows"])
            yield message
        expected = count_of(position, about.name)
        if expected is None or expected != found:
            raise Rejected("count_mismatch", f"{_clean(about.name)}: {found} / {expected}")


def _read_text(content: bytes) -> Iterator[dict[str, Any]]:
    text = _decoded(content)
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text, re.IGNORECASE):
        raise Rejected("html")
    lines = io.StringIO(text, newline="")
    yield {"sheet": "CSV", "is_hidden": False}
    try:
        yield from _batches(_texts(row, 0) for row in csv.reader(lines, delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise Rejected("broken_csv", str(error)) from None


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if b"\0" in content:
        raise Rejected("not_a_table")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Rejected("not_a_table")


def _delimiter(text: str) -> str:
    head = text[:20_000]
    return max(",\t;|", key=lambda sign: (head.count(sign), sign == ","))


def _batches(rows: Iterator[list[str]]) -> Iterator[dict[str, Any]]:
    """Rows that hold something, with their number in the sheet."""
    batch = []
    for number, cells in enumerate(rows, start=1):
        if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
            raise Rejected("too_large")
        if cells:
            batch.append([number, cells])
        if len(batch) == ROWS_AT_ONCE:
            yield {"rows": batch}
            batch = []
    if batch:
        yield {"rows": batch}


def _texts(row: list[Any], left: int) -> list[str]:
    """The row from column A on, without the blanks at its end; [] for an empty row."""
    cells = [""] * left + [text_of(value) for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time(0) else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date | time):
        return value.isoformat()
    return "" if value is None else str(value)


def _number(value: float) -> str:
    if abs(value) >= EXACT_BELOW:
        return f"{value:.14E}"
    if isinstance(value, int):
        return str(value)
    return f"{Decimal(format(value, '.15g')):f}"


def _clean(text: str) -> str:
    text = _CONTROL.sub("", text)
    as_text = _AS_TEXT.match(text)
    text = (as_text.group(1) if as_text else text).strip().strip("\u3000\xa0")
    return text[1:] if text[:1] == "'" and text[1:2].isdigit() else text
