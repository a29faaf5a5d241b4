"""Rows are checked while they are staged; what the person then confirms decides whether that counts (A1.2; issue 2: speed)."""

from cases.models import ImportRun, RowFinding, StagedRow
from cases.services import imports
from cases.services.imports.mapping import SheetChoice
from tests.cases import files
from tests.cases.conftest import clock
from tests.factories import MONDAY_9AM, make_case, make_placement

WRONG = {"身份证号": "110101199003078510", "手机号码": "12345", "委案金额": "一万"}


def messy() -> bytes:
    """Good rows, wrong cells of several kinds, the same case twice, a total."""
    good = files.row()
    return files.workbook([good, *(files.row(**{name: text}) for name, text in WRONG.items()), good], below=[["合计", None, None, 50000]])


def found(run: ImportRun) -> tuple[list, list]:
    rows = StagedRow.objects.filter(run=run).order_by("row").values_list("row", "cells", "values", "state", "case_no", "id_index", "account_index", "amount")
    findings = RowFinding.objects.filter(run=run).order_by("row__row", "code").values_list("row__row", "column", "field", "code", "severity", "values")
    return list(rows), list(findings)


def check(run: ImportRun, specialist, **chosen) -> ImportRun:
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM, **chosen)
    imports.check_import(run_id=run.pk, clock=clock)
    return ImportRun.objects.get(pk=run.pk)


def test_what_was_found_while_staging_is_what_the_check_finds(read, specialist, bank, team):
    """A1.2: with the columns confirmed as guessed, nothing is read again, and nothing differs from reading again: values, findings, totals."""
    run = read(messy())
    make_case(placement=make_placement(client=bank, team=team), case_no=StagedRow.objects.filter(run=run).order_by("row")[1].case_no)
    ahead = check(run, specialist)
    at_once, summary = found(ahead), ahead.summary

    ImportRun.objects.filter(pk=run.pk).update(summary={})
    anew = check(run, specialist)

    assert found(anew) == at_once
    assert anew.summary == summary
    assert summary["codes"] == {"amount_form": 1, "case_exists": 1, "duplicate_in_file": 1, "id_checksum": 1, "phone_form": 1}


def test_other_columns_than_guessed_are_read_anew(read, specialist):
    """A1.2: what was found by the guess is gone; the warning of the phone column with it, once that column is left alone."""
    run = read(files.workbook([files.row(手机号码="12345"), files.row()]))
    before = list(run.findings.values_list("code", flat=True))
    sheet = run.layout[0]
    phone = next(column["index"] for column in sheet["columns"] if column["header"] == "手机号码")
    chosen = {sheet["sheet"]: SheetChoice({phone: ""})}

    checked = check(run, specialist, chosen=chosen)

    assert before == ["phone_form"]
    assert not checked.findings.exists()
    assert checked.rows.get(row=2).values["extra"]["手机号码"] == "12345"


def test_check_that_was_broken_off_is_not_half_counted(read, specialist):
    """F01: a worker that died between the comparisons; the next one reads anew and finds everything once."""
    run = read(messy())
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    imports.check_import(run_id=run.pk, clock=clock)
    whole = found(run)
    summary = run.summary  # as it was before that check
    ImportRun.objects.filter(pk=run.pk).update(state="mapped", attempts=1, summary=summary)

    imports.check_import(run_id=run.pk, clock=clock)

    assert found(run) == whole
