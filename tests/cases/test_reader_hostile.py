"""S16–S21, reliability 2.3: a hostile or broken file ends the reader's child, in seconds, with a reason; what only looks hostile is read."""

import resource
import time

import pytest

from cases.reader import Unreadable
from cases.wording import FAILURES
from tests.cases import files
from tests.cases.corpus import books
from tests.cases.corpus.hostile import HOSTILE, with_head, with_part, with_sheet_data
from tests.cases.corpus.reading import rejected, rejection, repacked, replaced, texts

MEGABYTE = 1024
FOR_THE_PARENT = 100 * MEGABYTE


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_its_reason(tmp_path, name):
    """S16–S21: within seconds, and the parent neither dies nor grows."""
    make, codes = HOSTILE[name]
    path = files.written(tmp_path, make())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    code = rejected(path)

    assert code in codes
    assert code in FAILURES
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < FOR_THE_PARENT


def test_value_too_far_to_the_right_is_named(tmp_path):
    """S17: the person is told which cell it is, never what it holds."""
    path = files.written(tmp_path, HOSTILE["S17 far column"][0]())

    assert rejection(path) == ("too_large", "Sheet!XFD1")


def test_slow_file_is_stopped(tmp_path):
    """S17: the reader's time is limited."""
    path = files.written(tmp_path, books.shared_book(books.TABLE))

    assert rejected(path, seconds=0.001) == "too_slow"


def test_external_links_and_commands_are_read_as_the_values_they_had(tmp_path):
    """S19: nothing outside is opened, no formula is run: the cell shows what Excel last showed."""
    cell = b'<row r="1"><c r="A1" t="str"><f>cmd|\'/C calc\'!A0</f><v>#REF!</v></c><c r="B1"><f>[1]Sheet1!A1</f><v>12.5</v></c></row>'
    content = with_sheet_data(cell)()
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    linked = repacked(content, lambda _name, part: part, names={"xl/externalLinks/externalLink1.xml": link})

    assert texts(files.written(tmp_path, linked))["名单"] == [[1, ["#REF!", "12.5"]]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (b"<v>1e400</v>", "#NUM!"),
        (b"<v>NaN</v>", "#NUM!"),
        (b"<v>-1e-7</v>", "-0.0000001"),
        (b"<v>622202123456789012</v>", "6.22202123456789E+17"),
        (b"<v>999999999999999</v>", "999999999999999"),
    ],
)
def test_numbers_at_the_edges(tmp_path, cell, text):
    """A1.2: what is no number is shown as such, what lost digits shows that it did."""
    content = with_sheet_data(b'<row r="1"><c r="A1">' + cell + b"</c></row>")()

    assert texts(files.written(tmp_path, content))["名单"] == [[1, [text]]]


@pytest.mark.parametrize(("name", "kind"), [("名单.csv", "shared.xlsx"), ("名单.xlsx", "old.xls"), ("a.txt", "binary.xlsb"), ("a.xls", "open.ods")])
def test_name_of_the_file_does_not_matter(tmp_path, name, kind):
    """S19: the content decides."""
    path = files.written(tmp_path, books.WRITERS[kind](books.TABLE), name)

    assert texts(path)["名单"] == books.TABLE_TEXTS


def test_text_named_as_a_workbook_is_read(tmp_path):
    """S19: .csv under the name .xlsx."""
    assert texts(files.written(tmp_path, b"a,b\n1,2\n", "a.xlsx")) == {"CSV": [[1, ["a", "b"]], [2, ["1", "2"]]]}


def test_harmless_parts_are_passed_over(tmp_path):
    """S19: pictures, printer settings and comments are in many banks' files."""
    path = files.written(tmp_path, with_part("xl/media/image1.png", b"\x89PNG")())

    assert texts(path)["名单"] == books.TABLE_TEXTS


def test_rows_that_only_one_count_sees_are_refused(tmp_path):
    """A1.2: never a silent short read: a row number that repeats hides a row from the parser."""
    content = files.workbook([{"a": number} for number in range(5)])
    hidden = repacked(content, replaced("sheet1.xml", b'<row r="6"><c r="A6"', b'<row r="5"><c r="A5"'))

    assert rejection(files.written(tmp_path, hidden)) == ("count_mismatch", "名单: 5 / 6")


def test_declaration_may_name_plain_encodings(tmp_path):
    """A1.2: what is refused is what hides a document type, not every declaration."""
    path = files.written(tmp_path, with_head("xl/worksheets/sheet1.xml", b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>")())

    assert texts(path)["名单"] == books.TABLE_TEXTS


def test_reason_names_no_path(tmp_path):
    """F05: what is stored of a failure is a code and a place."""
    began = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        texts(tmp_path / "not-there.xlsx")

    assert (caught.value.code, caught.value.detail) == ("not_a_table", "")
    assert time.monotonic() - began < 5
