"""A1.2: cases, accounts and contacts on sheets of their own stay together, whatever is mended, left out or taken back; nothing of a case is lost."""

import pytest

from cases.models import Case, CaseAccount, Contact
from cases.services import imports
from tests.cases import files
from tests.cases.conftest import clock
from tests.cases.test_pipeline import WHO, book, found, table
from tests.factories import MONDAY_9AM

PERSON = ("案件编号", "姓名", "身份证号", "委案日期", "手机号码")
ACCOUNT = ["案件编号", "卡号", "币种", "欠款余额"]


@pytest.fixture
def two(checked):
    """Two persons on one sheet, their cards with amounts on the other."""
    first, second = files.row(案件编号="A1"), files.row(案件编号="A2")
    accounts = [ACCOUNT, ["A1", first["卡号"], "人民币", 1000], ["A2", second["卡号"], "人民币", 2000]]
    return checked(book(案件=table([first, second], *PERSON), 账户=accounts))


@pytest.fixture
def commit(specialist):
    def committed(run):
        imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
        imports.write_import(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        return run

    return committed


def amounts() -> list[tuple]:
    return list(Case.objects.order_by("case_no").values_list("case_no", "amount", "account_count"))


def states(run) -> list[tuple]:
    return list(run.rows.order_by("pk").values_list("sheet", "row", "state"))


def test_case_without_an_account_row_keeps_its_own_amount(checked, commit):
    """Amounts on both sheets: the accounts count where there are any, and a difference is said."""
    first, second = files.row(案件编号="A1", 委案金额=1000), files.row(案件编号="A2", 委案金额=2500)
    accounts = [ACCOUNT, ["A1", first["卡号"], "人民币", 600], ["A1", first["卡号"], "美元", 50]]

    run = checked(book(案件=table([first, second], *WHO), 账户=accounts))
    says = found(run)
    commit(run)

    assert says == [("案件", 2, "accounts_differ")]
    assert amounts() == [("A1", 600, 2), ("A2", 2500, 1)]


def test_case_without_amount_and_account_is_an_error(checked):
    first, second = files.row(案件编号="A1"), files.row(案件编号="A2")

    run = checked(book(案件=table([first, second], *PERSON), 账户=[ACCOUNT, ["A1", first["卡号"], "人民币", 600]]))

    assert found(run) == [("案件", 3, "accounts_missing")]


def test_what_a_persons_row_says_of_all_cards_reaches_each(checked, commit):
    """Bill day and days stand beside the person, amounts beside the card."""
    row = files.row(案件编号="A1") | {"账单日": "7"}
    accounts = [ACCOUNT, ["A1", row["卡号"], "人民币", 600], ["A1", files.luhn("622202100000111"), "人民币", 400]]

    commit(checked(book(案件=table([row], *PERSON, "账单日"), 账户=accounts)))

    assert list(CaseAccount.objects.values_list("bill_day", flat=True)) == [7, 7]


def test_left_out_and_taken_back_a_case_is_whole_again(two, specialist, commit):
    row = two.rows.get(sheet="案件", case_no="A1")

    imports.skip_rows(run_id=two.pk, by=specialist, now=MONDAY_9AM, reason="待核实", row_ids=[row.pk])
    out = states(two)
    imports.take_rows_back(run_id=two.pk, by=specialist, now=MONDAY_9AM, row_ids=[row.pk])
    commit(two)

    assert [state for _sheet, _row, state in out] == ["skipped", "good", "skipped", "good"]
    assert amounts() == [("A1", 1000, 1), ("A2", 2000, 1)]


def test_mended_case_number_leaves_its_accounts_without_a_case_and_back(two, specialist, commit):
    """A joined row that has lost its case is an error at once, and finds it again."""
    row = two.rows.get(sheet="案件", case_no="A1")

    imports.mend_cell(row_id=row.pk, column=0, text="A9", by=specialist, now=MONDAY_9AM)
    lost = found(two)
    imports.mend_cell(row_id=row.pk, column=0, text="A1", by=specialist, now=MONDAY_9AM)
    commit(two)

    assert sorted(lost) == [("案件", 2, "accounts_missing"), ("账户", 2, "join_unknown")]
    assert amounts() == [("A1", 1000, 1), ("A2", 2000, 1)]


def test_case_of_two_cards_is_left_out_as_a_whole(checked, specialist, commit):
    """Part of a debt is never taken for all of it; corrected and sent again, the case comes in."""
    row = files.row(案件编号="A1")
    bad = row | {"卡号": files.luhn("622202100000099"), "委案金额": "abc"}
    run = checked(files.workbook([row, bad, files.row(案件编号="A2", 委案金额=7)]))

    imports.skip_rows(run_id=run.pk, by=specialist, now=MONDAY_9AM, reason="金额错误")
    commit(run)

    assert amounts() == [("A2", 7, 1)]
    assert found(checked(files.workbook([row, bad | {"委案金额": 500}]))) == []


def test_of_the_same_case_twice_only_the_chosen_row_is_left_out(checked, specialist, commit):
    row = files.row(案件编号="A1", 委案金额=100)
    run = checked(files.workbook([row, row]))

    imports.skip_rows(run_id=run.pk, by=specialist, now=MONDAY_9AM, reason="重复")
    commit(run)

    assert amounts() == [("A1", 100, 1)]


def test_contacts_of_a_person_go_with_the_persons_last_case(checked, specialist, commit):
    """By ID number: contacts stay while one of the person's cases stays, and are among the rows left out after that."""
    row = files.row(案件编号="A1")
    contacts = [["身份证号", "联系人姓名", "关系", "联系人手机"], [row["身份证号"], "赵六", "配偶", "13700000001"]]
    run = checked(book(案件=table([row, row | {"案件编号": "A2"}, files.row(案件编号="A3")], *WHO), 联系人=contacts))
    first, second = run.rows.get(case_no="A1"), run.rows.get(case_no="A2")

    imports.skip_rows(run_id=run.pk, by=specialist, now=MONDAY_9AM, reason="不导入", row_ids=[first.pk])
    one = run.rows.get(sheet="联系人").state
    imports.skip_rows(run_id=run.pk, by=specialist, now=MONDAY_9AM, reason="不导入", row_ids=[second.pk])
    commit(run)

    assert one == "good"
    assert sorted(run.rows.values_list("sheet", "state")) == [("案件", "skipped"), ("案件", "skipped"), ("联系人", "skipped")]
    assert not Contact.objects.filter(name="赵六").exists()


def test_rows_of_a_case_that_say_different_things_lose_nothing(committed):
    """Warnings stand side by side; of what a case has only once, the others are kept with it."""
    row = files.row(案件编号="A1") | {"产品": "信用卡", "警告": "勿联系"}
    other = row | {"卡号": files.luhn("622202100000099"), "产品": "现金贷", "警告": "有自杀倾向", "逾期阶段": "M4"}

    committed(files.workbook([row, other]))

    case = Case.objects.get()
    assert (case.product, case.stage, case.warning) == ("信用卡", "M3", "勿联系；有自杀倾向")
    assert {"信用卡 / 现金贷", "M3 / M4"} <= set(case.extra.values())
