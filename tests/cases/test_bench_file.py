"""The bench measures what it says: a file of 40 columns in which nothing is wrong, and everybody once."""

from bench.parts.bank_file import HEADERS, rows, write_workbook
from cases.models import Address, Phone


def test_benchs_file_is_imported_whole_and_without_a_finding(committed, tmp_path):
    run = committed(write_workbook(tmp_path / "placement.xlsx", rows(30)).read_bytes())

    columns = run.layout[0]["columns"]
    assert [column["header"] for column in columns] == list(HEADERS)
    assert (run.summary["good"], run.summary["cases"], run.summary["codes"]) == (30, 30, {})
    assert [column["header"] for column in columns if not column["field"]] == []
    assert (Phone.objects.count(), Address.objects.count()) == (30 * 5, 30 * 2)


def test_benchs_people_are_all_different():
    """Across the turn of the birthdays, too."""
    people = [line[2] for start in (0, 17_990, 299_990) for line in rows(20, first=start)]

    assert len(set(people)) == len(people)
