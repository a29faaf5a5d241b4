"""A1.2: every file is read whole or rejected with a reason; hostile ones (S16–S21) end the reader's child only."""

import io
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest
from openpyxl import Workbook

from cases.reader import Unreadable, read_file
from tests.cases import files


def texts(path, **kwargs):
    """{sheet: [[row, cells], …]}"""
    found, sheet = {}, ""
    for message in read_file(path, **kwargs):
        if "sheet" in message:
            sheet = message["sheet"]
            found[sheet] = []
        else:
            found[sheet] += message["rows"]
    return found


def rejected(path, **kwargs) -> str:
    begun = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        texts(path, **kwargs)
    assert time.monotonic() - begun < 10
    return caught.value.code


def repacked(content: bytes, change, *, names: dict[str, bytes] | None = None) -> bytes:
    """The workbook with its parts passed through `change(name, bytes)`, and more parts added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in (names or {}).items():
            new.writestr(name, part)
    return buffer.getvalue()


def same(_name: str, part: bytes) -> bytes:
    return part


GOOD = files.workbook([{"姓名": "张三", "金额": 12.5}])


def test_every_kind_of_value_becomes_text(tmp_path):
    """A1.2: numbers in full, dates as ISO, a number longer than a spreadsheet keeps shows that digits are lost."""
    book = Workbook()
    book.active.append(["张三", 1234.56, 100, date(2026, 1, 4), datetime(2026, 1, 4, 10, 30), True, 110101199003078512, "\u3000空 \u200b", "'0571"])
    path = files.written(tmp_path, files.content_of(book))

    rows = texts(path)["Sheet"]

    assert rows == [[1, ["张三", "1234.56", "100", "2026-01-04", "2026-01-04 10:30:00", "TRUE", "1.10101199003078E+17", "空", "0571"]]]


def test_rows_keep_their_numbers_and_columns(tmp_path):
    """A1.2: a table that starts at C5 is shown at C5."""
    book = Workbook()
    book.active["C5"], book.active["D7"] = "here", "there"

    rows = texts(files.written(tmp_path, files.content_of(book)))["Sheet"]

    assert rows == [[5, ["", "", "here"]], [7, ["", "", "", "there"]]]


def test_lying_dimension_loses_no_row(tmp_path):
    """A1.2, reliability 2.3-4: the sheet says A1:B2 and holds ten rows."""
    content = files.workbook([{"a": number, "b": number} for number in range(10)])
    lying = repacked(content, lambda name, part: part.replace(b'<dimension ref="A1:B11"', b'<dimension ref="A1:B2"') if "sheet1" in name else part)
    assert lying != content

    rows = texts(files.written(tmp_path, lying))["名单"]

    assert len(rows) == 11


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_files_of_every_encoding_are_read(tmp_path, encoding):
    """A1.2: .csv as banks export it."""
    path = files.written(tmp_path, '姓名,身份证号\r\n张三,="110101199003078515"\r\n\r\n"李,四",1\r\n'.encode(encoding), "a.csv")

    rows = texts(path)["CSV"]

    assert rows == [[1, ["姓名", "身份证号"]], [2, ["张三", "110101199003078515"]], [4, ["李,四", "1"]]]


def test_locked_file_opens_with_its_password_only(tmp_path):
    """A1.2, annex 2: open (password)."""
    buffer = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(GOOD)).encrypt("secret", buffer)
    path = files.written(tmp_path, buffer.getvalue())

    codes = [rejected(path), rejected(path, password="wrong")]
    rows = texts(path, password="secret")["名单"]

    assert codes == ["locked", "wrong_password"]
    assert rows[1] == [2, ["张三", "12.5"]]


def test_far_corner_cell_kills_the_child_only(tmp_path):
    """S17, reliability 2.3-3: A1 and XFD1048576 abort the parser; with a lying dimension too."""
    book = Workbook()
    book.active["A1"], book.active["XFD1048576"] = 1, 2
    content = files.content_of(book)
    lying = repacked(content, lambda name, part: part.replace(b'ref="A1:XFD1048576"', b'ref="A1:B2"') if "sheet1" in name else part)
    assert lying != content

    codes = [rejected(files.written(tmp_path, part, name)) for name, part in (("a.xlsx", content), ("b.xlsx", lying))]

    assert set(codes) <= {"crashed", "too_large"}


def test_zip_bomb_is_not_opened(tmp_path):
    """S16: 400 MB of one cell in a small file."""
    bomb = repacked(GOOD, lambda name, part: part.replace(b"12.5", b"1" * 400_000_000) if "sheet1" in name else part)

    begun = time.monotonic()
    code = rejected(files.written(tmp_path, bomb))

    assert code == "zip_bomb"
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "head",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>',
        '<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>',
    ],
    ids=["external entity", "entity bomb", "UTF-16", "UTF-7"],
)
@pytest.mark.parametrize("target", ["xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_document_types_are_refused(tmp_path, head, target):
    """S18: no entity is ever expanded, no file or address touched."""
    evil = repacked(GOOD, lambda name, part: head + part.split(b"?>", 1)[-1] if name == target else part)

    assert rejected(files.written(tmp_path, evil)) == "bad_xml"


@pytest.mark.parametrize(
    ("name", "code"),
    [("xl/vbaProject.bin", "macros"), ("xl/../../evil.xml", "bad_container"), ("/etc/evil", "bad_container"), ("xl\\evil", "bad_container")],
)
def test_containers_that_are_no_spreadsheet_are_refused(tmp_path, name, code):
    """S19, S21: macros, and entries that want to leave the container."""
    assert rejected(files.written(tmp_path, repacked(GOOD, same, names={name: b"x"}))) == code


def test_names_that_differ_only_in_case_are_refused(tmp_path):
    """S21: two parts of one name, one for each reader."""
    assert rejected(files.written(tmp_path, repacked(GOOD, same, names={"xl/WORKBOOK.xml": b"<x/>"}))) == "bad_container"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "html"),
        (b"MZ\x00\x01exe", "not_a_table"),
        (b"PK\x03\x04broken", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not_a_table"),
        (b'a,b\n"never closed,1\n', "broken_csv"),
    ],
    ids=["empty", "web page", "program", "broken zip", "broken OLE", "broken csv"],
)
def test_what_is_no_table_is_refused(tmp_path, content, code):
    """S19: whatever the name says, the content decides."""
    assert rejected(files.written(tmp_path, content)) == code


def test_packed_archive_is_named_as_such(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("cases.xlsx", GOOD)

    assert rejected(files.written(tmp_path, buffer.getvalue())) == "archive"


def test_formula_without_result_is_refused(tmp_path):
    """A1.2: a value that was never calculated must not be read as blank."""
    book = Workbook()
    book.active.append(["a", "=1+1"])

    assert rejected(files.written(tmp_path, files.content_of(book))) == "formulas_not_calculated"


def test_rows_that_only_one_reader_sees_are_refused(tmp_path):
    """A1.2: never a silent short read: a row number that repeats hides a row from the parser."""
    content = files.workbook([{"a": number} for number in range(5)])

    def hide(name: str, part: bytes) -> bytes:
        return part.replace(b'<row r="6"><c r="A6"', b'<row r="5"><c r="A5"') if "sheet1" in name else part

    assert rejected(files.written(tmp_path, repacked(content, hide))) == "count_mismatch"


def test_slow_file_is_stopped(tmp_path):
    """S17: the reader's time is limited."""
    path = files.written(tmp_path, GOOD)

    assert rejected(path, seconds=0.001) in ("too_slow", "crashed")


def test_old_excel_file_is_read_and_counted():
    """A1.2: .xls, its rows counted a second time from its own records; blank formula rows and empty sheets do not confuse the count."""
    sheets = texts(Path(__file__).parent / "data" / "placement.xls")

    assert {name: len(rows) for name, rows in sheets.items()} == {"名单": 5, "空": 0, "说明": 1}
    assert sheets["名单"][1] == [2, ["X001", "张三", "110101199003078515", "1234.5", "2026-11-20"]]
    assert sheets["名单"][3][1][2] == "1.10101199003079E+17"
