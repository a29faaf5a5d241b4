"""Reads .xls (and .et of WPS), whose records are looked through a second time (MS-XLS 2.4)."""

import io
import struct
from collections.abc import Iterator
from typing import Any

import msoffcrypto
import msoffcrypto.exceptions
import olefile

from cases.reader.guard import Rejected
from cases.reader.recount import ERRORS, Recount
from cases.reader.whole import read_whole

BOF, EOF, CONTINUE, BOUNDSHEET, SST, LABELSST = 0x0809, 0x000A, 0x003C, 0x0085, 0x00FC, 0x00FD
ROW, COLINFO, MERGES, FORMULA, BOOLERR, MULRK = 0x0208, 0x007D, 0x00E5, 0x0006, 0x0205, 0x00BD
# RK, NUMBER, LABEL, RSTRING: a value whatever it says.
_VALUES = (0x027E, 0x0203, 0x0204, 0x00D6)
_WORKSHEET, _MACRO_SHEET, _VBA_MODULE = 0, 1, 6
_SPECIAL = b"\xff\xff"
_IS_ERROR, _IS_BLANK = 2, 3
# Excel opens files with this password without asking for one.
_DEFAULT_PASSWORD = "VelvetSweatshop"


def unlocked(content: bytes, password: str) -> bytes:
    """The content of an OLE file without its encryption; what is inside may be a .xls or a .xlsx."""
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(content))
        if not office.is_encrypted():
            return content
        return _decrypted(office, password)
    except (msoffcrypto.exceptions.FileFormatError, msoffcrypto.exceptions.ParseError):
        raise Rejected("not_a_table") from None


def _decrypted(office: Any, password: str) -> bytes:
    for attempt in filter(None, (_DEFAULT_PASSWORD, password)):
        clear = io.BytesIO()
        try:
            office.load_key(password=attempt, verify_password=True)
            office.decrypt(clear)
        except (msoffcrypto.exceptions.InvalidKeyError, msoffcrypto.exceptions.DecryptionError):
            continue
        return clear.getvalue()
    raise Rejected("wrong_password" if password else "locked")


def read_xls(content: bytes, most_rows: int | None) -> Iterator[dict[str, Any]]:
    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        _check_parts(ole.listdir(streams=True, storages=True))
        stream = next((ole.openstream(name).read() for name in ("Workbook", "Book") if ole.exists(name)), b"")
    if not stream:
        raise Rejected("other_format")
    yield from read_whole(content, recounts(stream), most_rows)


def _check_parts(paths: list[list[str]]) -> None:
    names = {path[0].upper() for path in paths}
    if names & {"_VBA_PROJECT_CUR", "MACROS", "VBA"}:
        raise Rejected("macros")
    if any(name.startswith("MBD") for name in names):
        raise Rejected("embedded")


def recounts(stream: bytes) -> list[Recount]:
    """Sheet by sheet, in the order of the workbook."""
    blank: set[int] = set()
    starts = []
    shared: list[bytes] = []
    for kind, body in _records(stream, 0):
        if kind == BOUNDSHEET and len(body) > 5:
            starts += _start(body)
        if kind == SST or (kind == CONTINUE and shared):
            shared.append(body)
        elif shared and not blank:
            blank, shared = _blank_strings(shared) or {-1}, []
    return [_recount(stream, start, blank) for start in starts]


def _start(body: bytes) -> list[int]:
    if body[5] in (_MACRO_SHEET, _VBA_MODULE):
        raise Rejected("macros")
    return list(struct.unpack_from("<I", body)) if body[5] == _WORKSHEET else []


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    depth = 0
    while start + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, start)
        yield kind, stream[start + 4 : start + 4 + size]
        depth += (kind == BOF) - (kind == EOF)
        if kind == EOF and depth <= 0:
            return
        start += 4 + size
    raise Rejected("truncated")


def _recount(stream: bytes, start: int, blank: set[int]) -> Recount:
    found = Recount()
    depth = 0
    for kind, body in _records(stream, start):
        depth += (kind == BOF) - (kind == EOF)
        if depth == 1:  # a chart inside the sheet has records of its own
            _note(found, kind, body, blank)
    return found


def _note(found: Recount, kind: int, body: bytes, blank: set[int]) -> None:
    if kind in _VALUES:
        found.value(*struct.unpack_from("<HH", body))
    elif kind == LABELSST:
        if struct.unpack_from("<I", body, 6)[0] not in blank:
            found.value(*struct.unpack_from("<HH", body))
    elif kind == MULRK:
        found.value(struct.unpack_from("<H", body)[0], struct.unpack_from("<H", body, len(body) - 2)[0])
    elif kind == FORMULA:
        _note_formula(found, body)
    elif kind == BOOLERR:
        _note_result(found, body, is_error=body[7] == 1, code=body[6])
    elif kind == ROW:
        if struct.unpack_from("<H", body, 12)[0] & 0x20:
            found.hidden_rows.append(struct.unpack_from("<H", body)[0])
    elif kind == COLINFO:
        first, last, _width, _format, options = struct.unpack_from("<5H", body)
        if options & 1:
            found.hide_columns(first, last)
    elif kind == MERGES:
        for top, bottom, left, right in struct.iter_unpack("<4H", body[2 : 2 + 8 * struct.unpack_from("<H", body)[0]]):
            found.merge(top, left, bottom, right)


def _note_formula(found: Recount, body: bytes) -> None:
    found.has_results = found.has_results or body[12:14] != _SPECIAL or body[6] != _IS_BLANK
    if body[12:14] != _SPECIAL:
        found.value(*struct.unpack_from("<HH", body))
    elif body[6] == _IS_BLANK:
        found.blank_formulas.setdefault(*struct.unpack_from("<HH", body))
    else:
        _note_result(found, body, is_error=body[6] == _IS_ERROR, code=body[8])


def _note_result(found: Recount, body: bytes, *, is_error: bool, code: int) -> None:
    row, column = struct.unpack_from("<HH", body)
    if is_error:
        found.value_passed_over(row, column, ERRORS.get(code, "#N/A"))
    else:
        found.value(row, column)


def _blank_strings(blocks: list[bytes]) -> set[int]:
    """Which of the shared strings are empty. A string may go on in the next block, whose first byte then says how it is kept."""
    count = struct.unpack_from("<I", blocks[0], 4)[0]
    blank = set()
    block, at = 0, 8
    for index in range(count):
        while at >= len(blocks[block]):
            block, at = block + 1, at - len(blocks[block])
            if block >= len(blocks):
                raise Rejected("truncated")
        length, options = struct.unpack_from("<HB", blocks[block], at)
        if not length:
            blank.add(index)
        block, at = _behind(blocks, block, at, length, options)
    return blank


def _behind(blocks: list[bytes], block: int, at: int, length: int, options: int) -> tuple[int, int]:
    """Where the string ends: its characters, then its runs and its phonetic part."""
    at += 3
    extra = 0
    if options & 0x08:
        extra += 4 * struct.unpack_from("<H", blocks[block], at)[0]
        at += 2
    if options & 0x04:
        extra += struct.unpack_from("<I", blocks[block], at)[0]
        at += 4
    width = 1 + (options & 1)
    while length * width > len(blocks[block]) - at:
        length -= (len(blocks[block]) - at) // width
        block += 1
        if block >= len(blocks):
            raise Rejected("truncated")
        width, at = 1 + (blocks[block][0] & 1), 1
    return block, at + length * width + extra
