"""Reliability 2.3: what an import keeps in mind, and how long it is silent, does not depend on how large or how odd the file is."""

from datetime import timedelta

import pytest

from cases.services import imports
from cases.services.imports import findings, known
from cases.services.imports.sheets import MOST_LEFT_OUT
from tests.cases import files
from tests.cases.test_pipeline import found
from tests.factories import MONDAY_9AM

pytestmark = pytest.mark.django_db


def test_rows_that_are_no_data_are_counted_beyond_those_that_are_shown(read):
    """A1.2: nothing of the file is passed over in silence, however much of it is no data."""
    run = read(files.workbook([files.row()], below=[["合计", None, None, 10_000]] * (MOST_LEFT_OUT + 3)))

    (sheet,) = run.layout
    assert (len(sheet["left_out"]), sheet["left_out_more"]) == (MOST_LEFT_OUT, 3)


def test_case_that_the_file_says_very_often_is_found_each_time(checked, monkeypatch):
    """A1.2: each row that says a case again names the row that said it first, also across batches and steps."""
    monkeypatch.setattr(findings, "BATCH", 2)
    monkeypatch.setattr(findings, "NUMBERS_AT_ONCE", 1)
    often, twice, once = files.row(案件编号="A1"), files.row(案件编号="B1"), files.row(案件编号="C1")
    other = files.row(案件编号="A1")  # another person

    run = checked(files.workbook([often, twice, often, once, often, twice, other]))

    said = run.findings.filter(code="duplicate_in_file").order_by("row__row").values_list("row__row", "values__row")
    assert list(said) == [(4, 2), (6, 2), (7, 3), (8, 2)]
    assert list(run.rows.order_by("row").values_list("state", flat=True)) == ["good", "good", "bad", "good", "bad", "bad", "bad"]


def test_known_cases_are_found_in_every_stretch_and_a_sign_of_life_is_given_after_each(committed, read, specialist, monkeypatch):
    """F06: a comparison of many rows is many steps."""
    rows = [files.row() for _ in range(5)]
    committed(files.workbook(rows))
    run = read(files.workbook([*rows, files.row()]))
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    monkeypatch.setattr(known, "ROWS_AT_ONCE", 2)
    seen = []

    def clock():
        run.refresh_from_db()
        seen.append(run.worked_on_at)
        return MONDAY_9AM + timedelta(seconds=20 * len(seen))

    imports.check_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert run.state == "validated"
    assert [code for _sheet, _row, code in found(run)].count("case_exists") == 5
    assert len(set(seen)) >= 4  # nothing yet, the claim, and after each of three stretches
