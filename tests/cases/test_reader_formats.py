"""A1.2: one table, read from every format to the same texts, with what surrounds it; and what only one format can hold."""

import io
import struct
from datetime import date, datetime, time, timedelta

import pytest
import xlsxwriter
import xlwt
from openpyxl import Workbook
from openpyxl.chart import BarChart

from cases.reader import read_file
from tests.cases import files
from tests.cases.corpus import books
from tests.cases.corpus.reading import rejection, repacked, replaced, sheets, texts
from tests.cases.corpus.xlsb import xlsb

KNOWS_MERGES = ("openpyxl.xlsx", "shared.xlsx", "prefixed.xlsx", "old.xls", "binary.xlsb", "open.ods")


@pytest.mark.parametrize("kind", books.WRITERS)
def test_one_table_reads_the_same_from_every_format(tmp_path, kind):
    """A1.2: texts, numbers, dates, truth values and blanks; the row and column numbers of the file."""
    path = files.written(tmp_path, books.WRITERS[kind](books.TABLE), kind)

    found = sheets(path)

    assert [about["sheet"] for about, _rows in found[:2]] == ["名单", "空"]
    assert found[0][1] == books.TABLE_TEXTS
    assert found[1][1] == []


@pytest.mark.parametrize("kind", books.WRITERS)
def test_what_surrounds_the_rows_is_told(tmp_path, kind):
    """A1.2: merged headers, hidden rows, columns and sheets: read, and said."""
    path = files.written(tmp_path, books.WRITERS[kind](books.TABLE), kind)

    found = sheets(path)

    about = found[0][0]
    assert about["merges"] == (books.MERGES if kind in KNOWS_MERGES else [])
    assert (about["hidden_rows"], about["hidden_columns"]) == ([books.HIDDEN_ROW], [books.HIDDEN_COLUMN])
    assert [about["is_hidden"] for about, _rows in found] == [False, False, True][: len(found)]


@pytest.mark.parametrize("kind", books.WRITERS)
def test_first_rows_are_read_alone(tmp_path, kind):
    """A1.2: a template is tried on the first rows of each sheet."""
    path = files.written(tmp_path, books.WRITERS[kind](books.TABLE), kind)

    found = sheets(path, most_rows=2)

    assert found[0][1] == books.TABLE_TEXTS[:2]
    assert found[0][0]["hidden_rows"] == [books.HIDDEN_ROW]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_text_files_of_every_encoding_are_read(tmp_path, encoding, delimiter):
    """A1.2: .csv and .tsv as banks export them, marked or not."""
    lines = ['姓名,身份证号,"备注"', '张三,="110101199003078515","一, 二"', "", '"李,四",1,', "王五,2,x"]
    content = "\r\n".join(lines).replace(",", delimiter)

    rows = texts(files.written(tmp_path, content.encode(encoding), "a.csv"))["CSV"]

    assert rows == [
        [1, ["姓名", "身份证号", "备注"]],
        [2, ["张三", "110101199003078515", f"一{delimiter} 二".replace("\t ", "\t ")]],
        [4, [f"李{delimiter}四", "1"]],
        [5, ["王五", "2", "x"]],
    ]


def test_named_delimiter_is_used(tmp_path):
    """A1.2: Excel's own first line `sep=`."""
    path = files.written(tmp_path, b"sep=;\r\na,b;c\r\n", "a.csv")

    assert texts(path)["CSV"] == [[2, ["a,b", "c"]]]


def test_days_of_the_other_date_system(tmp_path):
    """A1.2: workbooks of the Mac count days from 1904."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"date_1904": True, "default_date_format": "yyyy/m/d"})
    book.add_worksheet("名单").write(0, 0, datetime(2026, 1, 4))
    book.close()

    assert texts(files.written(tmp_path, buffer.getvalue()))["名单"] == [[1, ["2026-01-04"]]]


def test_moments_times_and_durations(tmp_path):
    """A1.2: numbers that a format shows as dates are dates, to the second."""
    book = Workbook()
    book.active.append([datetime(2026, 1, 4, 10, 29, 59), time(8, 5), timedelta(hours=36), date(1999, 12, 31), 45661])
    book.active["E1"].number_format = 'yyyy"年"m"月"d"日"'
    book.active["C1"].number_format = "[h]:mm:ss"

    rows = texts(files.written(tmp_path, books.saved(book)))["Sheet"]

    assert rows == [[1, ["2026-01-04 10:29:59", "08:05:00", "36:00:00", "1999-12-31", "2025-01-04"]]]


def test_rich_text_is_its_text(tmp_path):
    """A1.2: parts of a cell in other fonts."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    bold = book.add_format({"bold": True})
    book.add_worksheet("名单").write_rich_string(0, 0, "张", bold, "三", " 四")
    book.close()

    assert texts(files.written(tmp_path, buffer.getvalue()))["名单"] == [[1, ["张三 四"]]]


def test_errors_are_shown_not_read_as_blank(tmp_path):
    """A1.2: a #N/A in the amount is no missing amount."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    page = book.add_worksheet("名单")
    page.write_formula(0, 0, "=NA()", None, "#N/A")
    page.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    book.close()

    binary = xlsb({"名单": [["#N/A"], [None, "#DIV/0!"]]})
    found = [texts(files.written(tmp_path, content)) for content in (buffer.getvalue(), binary)]

    assert found == [{"名单": [[1, ["#N/A"]], [2, ["", "#DIV/0!"]]]}] * 2


def test_results_of_formulas_are_read(tmp_path):
    """A1.2: cached values, also an empty text."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    page = book.add_worksheet("名单")
    page.write_formula(0, 0, "=1+1", None, 2)
    page.write_formula(0, 1, '=IF(1,"","x")', None, "")
    page.write_formula(0, 2, '="甲"&"乙"', None, "甲乙")
    book.close()

    as_excel = repacked(buffer.getvalue(), replaced("sheet1.xml", b'r="B1"', b'r="B1" t="str"'))

    assert texts(files.written(tmp_path, as_excel))["名单"] == [[1, ["2", "", "甲乙"]]]


def test_blank_results_and_empty_texts_of_old_files_do_not_confuse_the_count(tmp_path):
    """A1.2: .xls: a formula that gives nothing in a row of its own, empty texts, a row of spaces."""
    book = xlwt.Workbook()
    page = book.add_sheet("名单")
    page.write(0, 0, "a")
    page.write(1, 1, xlwt.Formula("1+1.5"))
    page.write(3, 0, xlwt.Formula('""'))
    page.write(4, 2, "")
    page.write(5, 0, " ")
    buffer = io.BytesIO()
    book.save(buffer)
    calculated = buffer.getvalue().replace(b"\3\0\0\0\0\0\xff\xff", struct.pack("<d", 2.5), 1)

    assert texts(files.written(tmp_path, calculated))["名单"] == [[1, ["a"]], [2, ["", "2.5"]]]


def never_calculated_xlsx() -> bytes:
    book = Workbook()
    book.active.append(["a"])
    book.active["C4"] = "=1+1"
    return books.saved(book)


def never_calculated_zeros() -> bytes:
    """A program that writes 0 for what it can't calculate, and asks Excel to."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("Sheet").write_formula("C4", "=1+1")
    book.close()
    return buffer.getvalue()


def never_calculated_xls() -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("Sheet")
    page.write(3, 0, "a")
    page.write(3, 2, xlwt.Formula("1+1"))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("make", "place"),
    [(never_calculated_xlsx, "Sheet!C4"), (never_calculated_zeros, "Sheet!C4"), (never_calculated_xls, "Sheet!C4")],
    ids=["xlsx", "zeros", "xls"],
)
def test_formula_without_result_is_refused_with_its_place(tmp_path, make, place):
    """A1.2: a value that was never calculated must not be read as blank or zero."""
    assert rejection(files.written(tmp_path, make())) == ("formulas_not_calculated", place)


def test_sheets_of_one_name_are_told_apart(tmp_path):
    """A1.2: two sheets that differ only in an invisible sign."""
    book = Workbook()
    book.active.title = "名单"
    book.active["A1"] = 1
    book.create_sheet("名单\u200b")["A1"] = 2

    found = texts(files.written(tmp_path, books.saved(book)))

    assert found == {"名单": [[1, ["1"]]], "名单 (2)": [[1, ["2"]]]}


def test_chart_sheets_are_passed_over(tmp_path):
    """A1.2: a sheet that is only a picture has no rows."""
    book = Workbook()
    book.active["A1"] = 1
    book.create_chartsheet("图").add_chart(BarChart())

    assert texts(files.written(tmp_path, books.saved(book))) == {"Sheet": [[1, ["1"]]]}


def test_rows_and_cells_need_not_say_where_they_stand(tmp_path):
    """A1.2: the numbers are optional in the format, and some programs leave them out, for rows in all stretches."""
    content = files.workbook([{"a": number, "b": "x"} for number in range(3)])

    def bare(name: str, part: bytes) -> bytes:
        if "sheet1" not in name:
            return part
        for number in range(1, 5):
            part = part.replace(b'<row r="%d"' % number, b"<row").replace(b' r="A%d"' % number, b"").replace(b' r="B%d"' % number, b"")
        return part

    assert texts(files.written(tmp_path, repacked(content, bare)))["名单"] == [[1, ["a", "b"]], [2, ["0", "x"]], [3, ["1", "x"]], [4, ["2", "x"]]]


def test_row_far_below_costs_nothing(tmp_path):
    """A1.2: somebody pressed Ctrl+Down and left a sign in the last row."""
    book = Workbook()
    book.active["A1"], book.active["AN1048576"] = "x", "y"

    rows = texts(files.written(tmp_path, books.saved(book)))["Sheet"]

    assert rows == [[1, ["x"]], [1048576, [""] * 39 + ["y"]]]


def test_sheet_longer_than_a_stretch_keeps_every_row(tmp_path):
    """A1.2: the cuts fall between rows, wherever the file's blocks end."""
    count = 60_000
    path = files.written(tmp_path, books.shared_book([[f"名{number}", number, "重复", "x" * 40] for number in range(count)]))

    found = 0
    for message in read_file(path):
        for number, cells in message.get("rows", ()):
            if cells != ["x"]:
                assert cells == [f"名{number - 1}", str(number - 1), "重复", "x" * 40]
                found += 1

    assert found == count


def test_quotation_marks_of_either_kind(tmp_path):
    """A1.2: XML may be written with either."""
    single = repacked(books.shared_book(books.TABLE), replaced("sheet1.xml", b' t="s"', b" t='s'"))

    assert texts(files.written(tmp_path, single))["名单"] == books.TABLE_TEXTS
