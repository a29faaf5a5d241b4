"""A bank's other file from its check to its commit: sent back when a case changed meanwhile, mended, never undone (anchors 4.1)."""

from datetime import date

import pytest

from cases.choices import FileKind
from cases.models import Case, Payment
from cases.services import imports
from tests.cases import files
from tests.cases.conftest import clock
from tests.cases.updates import ONE_OF_EACH, changes_of, codes_of, commit, paid
from tests.factories import MONDAY_9AM, assign, undo_placement

pytestmark = pytest.mark.django_db


def test_a_case_that_changed_meanwhile_sends_the_file_back_to_the_check(placed, checked_update, imported, specialist):
    """What was shown is what happens, or it is shown again."""
    run = checked_update("payment", [paid("A1", 1000), paid("A2", 1000)])
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    imported("payment", [paid("A1", 300, date(2026, 11, 22))])

    imports.write_import(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    sent_back = run.state
    imports.check_import(run_id=run.pk, clock=clock)
    shown = changes_of(run)[0]

    assert sent_back == "mapped"
    assert Case.objects.get(pk=placed["A2"].pk).balance == 10_000
    assert [change for change in shown if change[0] == "balance"] == [["balance", "9700.00", "8700.00"]]


def test_a_row_that_lost_its_case_is_not_dropped_with_those_that_are_written(placed, checked_update, specialist):
    """All rows or none: the file goes back to the check."""
    run = checked_update("payment", [paid("A1"), paid("A2")])
    run.rows.filter(case_no="A2").update(case_id=None)

    commit(run, specialist)

    assert (run.state, run.rows.count(), Payment.objects.count()) == ("mapped", 2, 0)


def test_a_placement_undone_after_the_check_sends_the_file_back_and_is_named(placed, checked_update, specialist):
    run = checked_update("payment", [paid("A1")])
    undo_placement(run_id=placed["A1"].placement.run_id, reason="银行发错", by=specialist)

    sent_back = commit(run, specialist).state
    imports.check_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert (sent_back, run.state, codes_of(run)) == ("mapped", "validated", ["case_unknown"])


def test_a_placement_undone_after_the_check_is_named_when_a_row_is_left_out(placed, checked_update, specialist):
    run = checked_update("payment", [paid("A1", 100), paid("A1", 200)])
    undo_placement(run_id=placed["A1"].placement.run_id, reason="银行发错", by=specialist)

    imports.skip_rows(run_id=run.pk, row_ids=[run.rows.order_by("pk").first().pk], reason="重复", by=specialist, now=MONDAY_9AM)

    assert (codes_of(run), changes_of(run)[1]) == (["case_unknown"], [])


def test_work_on_the_case_meanwhile_is_no_reason_to_send_it_back(placed, checked_update, specialist, collector):
    run = checked_update("recall", [{"案件编号": "A1", "操作类型": "撤案"}])
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    assign(placed["A1"], collector)

    imports.write_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert (run.state, Case.objects.get(pk=placed["A1"].pk).state) == ("committed", "recalled")


def test_mending_and_leaving_out_show_the_other_rows_of_the_case_anew(placed, checked_update, specialist):
    """The second payment's preview rests on the first."""
    run = checked_update("payment", [paid("A1", "两千"), paid("A1", 500), paid("A2", 100)])
    alone = changes_of(run)[1]
    column = next(column["index"] for column in run.layout[0]["columns"] if column["field"] == "payment.amount")
    first = run.rows.order_by("pk").first()

    imports.mend_cell(row_id=first.pk, column=column, text="2000", by=specialist, now=MONDAY_9AM)
    mended = changes_of(run)
    imports.skip_rows(run_id=run.pk, row_ids=[first.pk], reason="银行撤回", by=specialist, now=MONDAY_9AM)
    skipped = changes_of(run)[1]
    imports.take_rows_back(run_id=run.pk, row_ids=[first.pk], by=specialist, now=MONDAY_9AM)

    assert ["balance", "10000.00", "9500.00"] in alone
    assert ["balance", "10000.00", "8000.00"] in mended[0]
    assert ["balance", "8000.00", "7500.00"] in mended[1]
    assert skipped == alone
    assert changes_of(run) == mended


def test_a_mended_row_may_move_to_another_case(placed, checked_update, specialist):
    run = checked_update("recall", [{"案件编号": "A1", "操作类型": "停催"}, {"案件编号": "A1", "操作类型": "恢复"}])
    before = codes_of(run)

    imports.mend_cell(row_id=run.rows.order_by("pk").last().pk, column=0, text="A2", by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert before == ["same_row_twice"]
    assert codes_of(run) == ["no_change"]
    assert list(run.rows.order_by("pk").values_list("case_id", "state")) == [(placed["A1"].pk, "good"), (placed["A2"].pk, "good")]


def test_an_update_is_not_undone(placed, imported, specialist):
    run = imported("balance", ONE_OF_EACH[FileKind.BALANCE])

    with pytest.raises(imports.CannotImport):
        undo_placement(run_id=run.pk, reason="错误", by=specialist)

    assert Case.objects.get(pk=placed["A1"].pk).balance == 9000


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_a_placement_of_cases_that_the_bank_told_more_of_is_not_undone(placed, imported, specialist, kind):
    """What a later file brought would go with the cases, and its import could not be repeated."""
    imported(kind, ONE_OF_EACH[kind])

    with pytest.raises(imports.CannotImport):
        undo_placement(run_id=placed["A1"].placement.run_id, reason="错误", by=specialist)

    assert Case.objects.count() == 3


def test_the_number_of_queries_does_not_grow_with_the_rows(committed, checked_update, specialist, django_assert_max_num_queries):
    """Matching, preview and writing are set-based: 600 rows of 300 cases."""
    committed(files.workbook([files.row(案件编号=f"Q{number}") for number in range(300)]))
    rows = [paid(f"Q{number % 300}", 100 + number // 300) for number in range(600)]

    with django_assert_max_num_queries(150):
        run = checked_update("payment", rows)
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    with django_assert_max_num_queries(80):
        imports.write_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert (run.state, run.summary["changed"]) == ("committed", 300)
