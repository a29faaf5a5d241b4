"""Files made to do harm, each built when a test needs it: name -> (what makes it, the reasons for which it may be refused)."""

import io
import os
import random
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable

import xlwt
from openpyxl import Workbook

from tests.cases.corpus import books
from tests.cases.corpus.reading import repacked, replaced, same

MEGABYTE = 1024 * 1024
DOCTYPE = b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>'
EXTERNAL = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def good() -> bytes:
    return books.shared_book(books.TABLE)


def with_part(name: str, part: bytes = b"x") -> Callable[[], bytes]:
    return lambda: repacked(good(), same, names={name: part})


def with_sheet_data(rows: bytes) -> Callable[[], bytes]:
    """The first sheet's rows are these."""

    def change(name: str, part: bytes) -> bytes:
        if "sheet1" not in name:
            return part
        head, _data, rest = part.partition(b"<sheetData>")
        return head + b"<sheetData>" + rows + b"</sheetData>" + rest.partition(b"</sheetData>")[2]

    return lambda: repacked(good(), change)


def with_head(target: str, head: bytes) -> Callable[[], bytes]:
    """A part that begins with this instead of its XML declaration."""
    return lambda: repacked(good(), lambda name, part: head + part.split(b"?>", 1)[-1] if name == target else part)


def bomb() -> bytes:
    """400 MB of one cell."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good())) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if not name.endswith("sheet1.xml"):
                new.writestr(name, old.read(name))
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _megabyte in range(400):
                part.write(b"1" * MEGABYTE)
    return buffer.getvalue()


def bomb_of_many_parts() -> bytes:
    """Nothing that is suspicious alone: 300 parts of 19 MB."""
    buffer = io.BytesIO(good())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as book:
        for number in range(300):
            book.writestr(f"xl/worksheets/extra{number}.xml", b"")
    content = buffer.getvalue()
    return _with_sizes(content, 19 * MEGABYTE)


def _with_sizes(content: bytes, size: int) -> bytes:
    """The directory says of every empty part that it has this size."""
    changed = bytearray(content)
    at = changed.find(b"PK\x01\x02")
    while at >= 0:
        if struct.unpack_from("<I", changed, at + 24)[0] == 0:
            struct.pack_into("<I", changed, at + 24, size)
        at = changed.find(b"PK\x01\x02", at + 4)
    return bytes(changed)


def bomb_of_one_kernel() -> bytes:
    """Entries that share their bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        for name in ("[Content_Types].xml", "a.xml", "b.xml"):
            book.writestr(name, os.urandom(1000))
        for entry in book.filelist[1:]:
            entry.header_offset = 0
    return buffer.getvalue()


def small_in_the_directory() -> bytes:
    """The directory says ten bytes; a megabyte is packed."""
    content = bytearray(repacked(good(), replaced("sheet1.xml", b"</sheetData>", b"</sheetData>" + b" " * MEGABYTE)))
    at = content.rfind(b"xl/worksheets/sheet1.xml") - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", content, at + 24, 10)
    return bytes(content)


def corner(last: str, dimension: bytes = b"") -> Callable[[], bytes]:
    def make() -> bytes:
        book = Workbook()
        book.active["A1"], book.active[last] = 1, 2
        content = books.saved(book)
        return repacked(content, replaced("sheet1.xml", b"A1:" + last.encode(), dimension)) if dimension else content

    return make


def sheets(count: int) -> Callable[[], bytes]:
    def make() -> bytes:
        book = Workbook()
        for number in range(count - 1):
            book.create_sheet(f"S{number}")
        return books.saved(book)

    return make


def linked() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        link = zipfile.ZipInfo("xl/workbook.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def doubled() -> bytes:
    buffer = io.BytesIO(good())
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "a") as book:
        warnings.simplefilter("ignore")
        book.writestr("xl/worksheets/sheet1.xml", b"<worksheet><sheetData/></worksheet>")
    return buffer.getvalue()


def packed(name: str, content: bytes = b"1,2") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def packed_office(part: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr(part, "<x/>")
    return buffer.getvalue()


def macro_sheet() -> bytes:
    """An .xls with a sheet of Excel 4.0 macros."""
    book = xlwt.Workbook()
    book.add_sheet("Auto_Open").write(0, 0, 1)
    buffer = io.BytesIO()
    book.save(buffer)
    content = bytearray(buffer.getvalue())
    content[content.find(struct.pack("<HH", 0x0085, 8 + len("Auto_Open"))) + 4 + 5] = 1
    return bytes(content)


def noise() -> bytes:
    return random.Random(1).randbytes(100_000)


def lying_ods() -> bytes:
    """A million rows of sixteen thousand cells in a few bytes."""
    cell = b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" office:value-type="float"'
    return repacked(
        books.ods_book(books.TABLE), replaced("content.xml", b"<table:table-row>", cell + b' office:value="1"/></table:table-row><table:table-row>')
    )


def cut_short(kind: str, part: float) -> Callable[[], bytes]:
    def make() -> bytes:
        content = books.WRITERS[kind](books.TABLE)
        return content[: int(len(content) * part)]

    return make


_WIDE_ROW = b'<row r="1">' + b"<c><v>1</v></c>" * 1_000_000 + b"</row>"
_BROKEN = {"not_a_table", "truncated"}

HOSTILE: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "S16 bomb": (bomb, {"zip_bomb"}),
    "S16 bomb of many parts": (bomb_of_many_parts, {"too_large"}),
    "S16 bomb of one kernel": (bomb_of_one_kernel, {"bad_container"}),
    "S16 directory that lies": (small_in_the_directory, _BROKEN),
    "S16 archive of archives": (lambda: packed("inner.zip", packed("inner.zip", packed("a"))), {"archive"}),
    "S17 far corner": (corner("XFD1048576"), {"too_large"}),
    "S17 far corner, lying dimension": (corner("XFD1048576", b"A1:B2"), {"too_large"}),
    "S17 far column": (corner("XFD1"), {"too_large"}),
    "S17 million columns": (with_sheet_data(_WIDE_ROW), {"too_large"}),
    "S17 million columns, many rows": (with_sheet_data(_WIDE_ROW + b"<row><c><v>1</v></c></row>" * 100_000), {"too_large"}),
    "S17 cell in a far row": (
        with_sheet_data(b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c><c r="B1"><v>1</v></c></row>'),
        {"count_mismatch", "too_large"},
    ),
    "S17 two thousand sheets": (sheets(1_999), {"too_large", "too_many_sheets"}),
    "S17 hundred and one sheets": (sheets(101), {"too_many_sheets"}),
    "S17 repeated cells": (lying_ods, {"too_large"}),
    "row that never closes": (with_sheet_data(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"<c><v>1</v></c></row'), _BROKEN | {"count_mismatch"}),
    "S18 DTD behind a long comment": (with_head("xl/worksheets/sheet1.xml", b"<!--" + b"-" * 8192 + b"-->" + DOCTYPE), {"bad_xml"}),
    "S18 comment between rows": (with_sheet_data(b'<row r="1"><c r="A1"><v>1<!-- x -->2</v></c></row>'), {"bad_xml"}),
    "S18 CDATA": (with_sheet_data(b'<row r="1"><c r="A1"><v><![CDATA[12]]></v></c></row>'), {"bad_xml"}),
    "S18 unknown entity": (with_sheet_data(b'<row r="1"><c r="A1" t="str"><v>&lol;</v></c></row>'), {"bad_xml"}),
    "S19 macros": (with_part("xl/vbaProject.bin"), {"macros"}),
    "S19 macro sheet": (with_part("xl/macrosheets/sheet1.xml", b"<x/>"), {"macros"}),
    "S19 macro sheet, old": (macro_sheet, {"macros"}),
    "S19 embedded program": (with_part("xl/embeddings/oleObject1.bin", b"MZ\x90"), {"embedded"}),
    "S19 control": (with_part("xl/activeX/activeX1.bin"), {"embedded"}),
    "S19 web page": (lambda: "\ufeff <table><tr><td>姓名</td></tr></table>".encode(), {"html"}),
    "S19 web page in UTF-16": (lambda: "<html><body><table></table></body></html>".encode("utf-16"), {"html"}),
    "S19 mail": (lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related", {"html"}),
    "S19 Excel 2003 XML": (
        lambda: b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        {"xml_table"},
    ),
    "S19 document": (lambda: packed_office("word/document.xml"), {"other_format"}),
    "S19 PDF": (lambda: b"%PDF-1.7\n", {"other_format"}),
    "S19 program": (lambda: b"MZ\x90\0\x03\0\0\0" + noise(), {"not_a_table"}),
    "S19 other archive": (lambda: b"Rar!\x1a\x07\x00" + noise(), {"other_archive"}),
    "S21 zip slip": (with_part("xl/../../evil.xml"), {"bad_container"}),
    "S21 absolute path": (with_part("/etc/evil"), {"bad_container"}),
    "S21 other system's path": (with_part("xl\\evil"), {"bad_container"}),
    "S21 drive": (with_part("C:/evil"), {"bad_container"}),
    "S21 link": (linked, {"bad_container"}),
    "S21 duplicate entries": (doubled, {"bad_container"}),
    "S21 names that differ in case": (with_part("xl/WORKBOOK.xml", b"<x/>"), {"bad_container"}),
    "noise": (noise, {"not_a_table"}),
    "noise in a zip's clothes": (lambda: b"PK\x03\x04" + noise(), _BROKEN),
    "noise in OLE's clothes": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise(), _BROKEN),
    "NUL": (lambda: b"a,b\n" * 50 + b"1,\0\n", {"not_a_table"}),
    "empty": (lambda: b"", {"empty"}),
    "blanks": (lambda: b" \r\n" * 100, {"empty"}),
    "unclosed quotation mark": (lambda: b'a,b\n"never closed,1\n' + b"x,y\n" * 500, {"broken_csv"}),
    "text that breaks off in a character": (lambda: "姓名,金额\n张三,1\n李".encode()[:-1], {"not_a_table"}),
}
for _target in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "[Content_Types].xml"):
    HOSTILE |= {
        f"S18 external entity in {_target}": (with_head(_target, EXTERNAL), {"bad_xml"}),
        f"S18 entity bomb in {_target}": (with_head(_target, DOCTYPE), {"bad_xml"}),
        f"S18 UTF-16 in {_target}": (with_head(_target, '<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16")), {"bad_xml"}),
        f"S18 UTF-7 in {_target}": (with_head(_target, b'<?xml version="1.0" encoding="UTF-7"?>'), {"bad_xml"}),
    }
for _kind in books.WRITERS:
    HOSTILE |= {f"cut short at {_part}, {_kind}": (cut_short(_kind, _part), _BROKEN) for _part in (0.1, 0.5, 0.9)}
