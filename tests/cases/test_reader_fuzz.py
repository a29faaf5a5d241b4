"""A1.2, S16–S21: damaged files end as rows that agree with the count or as a known reason; what is written comes back equal.

`tools/fuzz_reader.py` does the same for as long as it is told.
"""

import io
import tempfile
from datetime import date
from pathlib import Path
from random import Random

import pytest
import python_calamine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cases.reader import Unreadable
from cases.reader.values import texts_of
from cases.wording import FAILURES
from tests.cases import files
from tests.cases.corpus import books
from tests.cases.corpus.mutations import flipped, mutated, originals
from tests.cases.corpus.reading import sheets, texts

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
ORIGINALS = originals()
# Their parts have checksums: no flipped bit may change a row.
PROTECTED = [kind for kind in ORIGINALS if kind.endswith((".xlsx", ".xlsb", ".ods"))]
KNOWN = {"", *FAILURES} - {"crashed", "too_slow"}

words = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Cn", "Co", "Zs", "Zl", "Zp")), min_size=1, max_size=12).filter(
    lambda word: not word.startswith(("=", "'"))
)
values = st.one_of(
    st.none(),
    words,
    st.integers(-(10**14), 10**14),
    st.decimals(-1_000_000, 1_000_000, places=2).map(float),
    st.dates(date(1901, 1, 1), date(2099, 12, 31)),
    st.booleans(),
)
tables = st.lists(st.lists(values, max_size=6), min_size=1, max_size=12)


def read(content: bytes, name: str = "file") -> list[tuple[str, list]]:
    with tempfile.TemporaryDirectory() as folder:
        return [(about["sheet"], rows) for about, rows in sheets(files.written(Path(folder), content, name))]


def read_or_refused(content: bytes) -> tuple[list[tuple[str, list]], str]:
    """(what was read, why not)."""
    try:
        return read(content), ""
    except Unreadable as reason:
        return [], reason.code


def expected(table: list[list]) -> list[list]:
    rows = ((number, texts_of(row)) for number, row in enumerate(table, start=1))
    return [[number, cells] for number, cells in rows if cells]


@few
@given(st.sampled_from(sorted(ORIGINALS)), st.integers(0, 2**32))
def test_damaged_file_is_read_or_refused_with_a_known_reason(kind, seed):
    """S16–S21: whatever is damaged, the reader does not hang, die or invent a reason."""
    content = mutated(ORIGINALS[kind], kind, Random(seed))

    found, code = read_or_refused(content)

    assert code in KNOWN
    assert all(cells and cells[-1] for _sheet, rows in found for _number, cells in rows)


@few
@given(st.sampled_from(PROTECTED), st.integers(0, 2**32))
@example("binary.xlsb", 111085430)  # the styles' name in the directory: dates came as numbers
def test_flipped_bits_never_change_a_row(kind, seed):
    """A1.2: the same rows, or none."""
    found, code = read_or_refused(flipped(ORIGINALS[kind], Random(seed)))

    assert code or found[0] == ("名单", books.TABLE_TEXTS)


@pytest.mark.parametrize("kind", books.WRITERS)
@settings(few, max_examples=15)
@given(table=tables)
def test_what_is_written_comes_back(kind, table):
    """A1.2: every format, every writer: the same rows, numbers and texts."""
    framed = [["标题", None, None, None, None, None], *table]

    assert read(books.WRITERS[kind](framed))[0][1] == expected(framed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@settings(few, max_examples=15)
@given(table=st.lists(st.lists(words, min_size=2, max_size=6), min_size=1, max_size=12))
def test_text_that_is_written_comes_back(encoding, table):
    """A1.2: quoted or not, in every encoding."""
    framed = [["案件编号", "姓名", "证件号码"], *table]
    lines = (",".join('"{}"'.format(cell.replace('"', '""')) for cell in row) for row in framed)

    assert read("\r\n".join(lines).encode(encoding), "a.csv") == [("CSV", expected(framed))]


@pytest.mark.parametrize("kind", [kind for kind in books.WRITERS if kind.endswith(".xlsx")])
@settings(few, max_examples=10)
@given(table=tables)
def test_stretches_read_as_the_whole(kind, table):
    """A1.2: cut into stretches, a workbook reads as calamine reads it whole."""
    content = books.WRITERS[kind]([["标题", None, None, None, None, None], *table])

    whole = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)

    left = whole.start[1] if whole.start else 0
    rows = ((number, texts_of(row, left)) for number, row in enumerate(whole.iter_rows(), start=1))
    assert read(content)[0][1] == [[number, cells] for number, cells in rows if cells]


def test_every_original_is_valid(tmp_path):
    """The damages start from files that can be read."""
    for kind, content in ORIGINALS.items():
        assert texts(files.written(tmp_path, content, kind))


def test_a_sign_within_quotes_does_not_cut():
    """A1.2: rows of unlike length whose cells hold another list's sign."""
    content = '"案件编号","姓名","证件号码"\r\n"0","0","0",";0"\r\n"0",";"'.encode("utf-8-sig")

    assert read(content, "a.csv") == [("CSV", [[1, ["案件编号", "姓名", "证件号码"]], [2, ["0", "0", "0", ";0"]], [3, ["0", ";"]]])]
