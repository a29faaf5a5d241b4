"""The child process: limits first, then the file. Speaks JSON lines on standard output; knows neither Django nor the database."""

import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import defusedxml
import olefile
import orjson
import python_calamine

from cases.reader.archives import unpack
from cases.reader.guard import Rejected, check_workbook
from cases.reader.limits import limit
from cases.reader.ods import read_ods
from cases.reader.text import read_text
from cases.reader.xls import read_xls, unlocked
from cases.reader.xlsb import read_xlsb
from cases.reader.xlsx import read_xlsx

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK"
_OTHER_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF")
_OTHER_FORMATS = (
    b"%PDF",
    b"{\\rtf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
)
# What broken files make the libraries raise.
BROKEN = (
    python_calamine.CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    defusedxml.DefusedXmlException,
    ParseError,
    olefile.olefile.NotOleFileError,
    LookupError,
    AssertionError,
    ValueError,
    TypeError,
    ArithmeticError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


def main() -> None:
    order = orjson.loads(sys.stdin.buffer.read())
    limit(order["parent"])
    try:
        with open(order["path"], "rb") as file:
            if order["is_archive"]:
                _unpack(file, order["password"])
            else:
                for message in read(file, order["password"], order["most_rows"]):
                    _send(message)
        _send({"end": True})
    except Rejected as rejected:
        _send({"rejected": rejected.code, "detail": rejected.detail})
    except MemoryError:
        _send({"rejected": "too_large", "detail": ""})
    except BROKEN:
        _send({"rejected": "not_a_table", "detail": ""})
    except BaseException as error:
        if not is_panic(error):
            raise
        _send({"rejected": "not_a_table", "detail": ""})


def is_panic(error: BaseException) -> bool:
    """Whether calamine gave up on records that make no sense: Rust's panic, which is no Exception here and has no name to import."""
    return type(error).__name__ == "PanicException"


def _send(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(message) + b"\n")
    sys.stdout.buffer.flush()


def _unpack(file: BinaryIO, password: str) -> None:
    """Each member's bytes follow its message in pieces: {"bytes": how many}, then so many bytes."""
    if not file.read(2).startswith(ZIP):
        raise Rejected("not_an_archive")
    for name, chunks in unpack(file, file.seek(0, io.SEEK_END), password):
        _send({"member": name})
        for chunk in chunks:
            _send({"bytes": len(chunk)})
            sys.stdout.buffer.write(chunk)


def read(file: BinaryIO, password: str, most_rows: int | None) -> Iterator[dict[str, Any]]:
    """The kind is what the content shows, whatever the file is called."""
    head = file.read(4096)
    file.seek(0)
    if not head.strip():
        raise Rejected("empty")
    if head.startswith(_OTHER_ARCHIVES):
        raise Rejected("other_archive")
    if head.startswith(_OTHER_FORMATS):
        raise Rejected("other_format")
    if head.startswith(OLE):
        content = unlocked(file.read(), password)
        if content.startswith(OLE):
            return read_xls(content, most_rows)
        return _read_zip(io.BytesIO(content), most_rows)
    if head.startswith(ZIP):
        return _read_zip(file, most_rows)
    return read_text(file, most_rows)


def _read_zip(file: BinaryIO, most_rows: int | None) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(file) as book:
        names = {name.lower() for name in book.namelist()}
        if "[content_types].xml" not in names and "mimetype" not in names:
            raise Rejected("archive")
        check_workbook(book, file.seek(0, io.SEEK_END))
        if "mimetype" in names:
            yield from read_ods(book, _content(file), most_rows)
        elif any(name.endswith("workbook.bin") for name in names):
            yield from read_xlsb(book, _content(file), most_rows)
        elif any(name.startswith(("word/", "ppt/")) for name in names):
            raise Rejected("other_format")
        else:
            yield from read_xlsx(book, most_rows)


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
