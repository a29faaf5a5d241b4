"""A1.2: every file is read whole or rejected with a reason; hostile ones (S16–S21) end the reader's child only."""

import io
from datetime import date, datetime

import msoffcrypto.format.ooxml
from openpyxl import Workbook

from tests.cases import files
from tests.cases.corpus import books
from tests.cases.corpus.reading import rejected, repacked, replaced, texts

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


def test_locked_file_opens_with_its_password_only(tmp_path):
    """A1.2, annex 2: open (password)."""
    buffer = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(GOOD)).encrypt("secret", buffer)
    path = files.written(tmp_path, buffer.getvalue())

    codes = [rejected(path), rejected(path, password="wrong")]
    rows = texts(path, password="secret")["名单"]

    assert codes == ["locked", "wrong_password"]
    assert rows[1] == [2, ["张三", "12.5"]]


def test_workbook_locked_with_excels_own_password_opens(tmp_path):
    """A1.2: Excel opens such a file without asking, so its sender does not know that there is a password."""
    buffer = io.BytesIO()
    files.lock(io.BytesIO(GOOD), buffer, "VelvetSweatshop")

    assert texts(files.written(tmp_path, buffer.getvalue()))["名单"][1] == [2, ["张三", "12.5"]]


def test_locked_file_of_another_kind_says_so(tmp_path):
    """A1.2: no password that a person enters would open it."""
    content = books.ods_book(books.TABLE)
    locked = repacked(content, replaced("META-INF/manifest.xml", b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>"))

    assert rejected(files.written(tmp_path, locked)) == "locked_other"
