"""A1.2, annex 2: from a bank's file to committed cases, all or nothing, once; mended, left out, undone."""

import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest

from audit.models import AuditEvent
from cases.models import Case, CaseAccount, Debtor, ImportRun, Phone, StagedRow
from cases.selectors import stale_runs
from cases.services import imports
from cases.services.imports.workbook import error_workbook
from collection.lib.errors import Refused
from duties.models import Duty
from staff.models import Notice
from tests.cases import files
from tests.cases.conftest import clock
from tests.factories import MONDAY_9AM, make_case, make_debtor, make_id_no, make_placement


def codes(run) -> list[tuple[str, str]]:
    return [(finding.column, finding.code) for finding in run.findings.order_by("row_id", "pk")]


def test_good_file_becomes_cases_with_everything_it_says(committed, bank, lead):
    """A1.2: debtor, account, contacts, phones, addresses, and the columns that nobody knows."""
    row = files.row(姓名="单小明", 单位电话="0571-88001234转801", 手机号码="13912345678,13800001111", 客户经理="赵经理")

    run = committed(files.workbook([row]))

    case = Case.objects.get()
    debtor, account = case.debtor, case.accounts.get()
    assert (run.state, run.placement.case_count, run.placement.amount, run.team.lead) == ("committed", 1, case.amount, lead)
    assert (case.case_no, case.amount, case.balance, case.placed_on, case.stage) == (
        row["案件编号"],
        row["委案金额"],
        row["委案金额"],
        date(2026, 11, 20),
        "M3",
    )
    assert (debtor.name, debtor.name_pinyin, debtor.id_no, debtor.id_last4) == ("单小明", "shanxiaoming sxm", row["身份证号"], row["身份证号"][-4:])
    assert f"{debtor.born_on:%Y%m%d}" == row["身份证号"][6:14]
    assert (account.card_no, account.amount, account.currency) == (row["卡号"], case.amount, "CNY")
    assert case.extra == {"客户经理": "赵经理"}
    contacts = {contact.relation: contact for contact in case.contacts.all()}
    assert set(contacts) == {"self", "employer", "spouse"}
    assert [phone.number for phone in contacts["self"].phones.order_by("pk")] == ["13912345678", "13800001111"]
    assert [(phone.number, phone.extension) for phone in contacts["employer"].phones.all()] == [("057188001234", "801")]
    assert [(address.text, address.kind) for address in contacts["self"].addresses.all()] == [("浙江省杭州市西湖区文三路1号", "home")]
    assert (contacts["self"].legal_class, contacts["spouse"].legal_class, contacts["spouse"].name) == ("debtor", "unrelated", "李四")
    assert set(Phone.objects.values_list("source", flat=True)) == {"client_file"}


def test_commit_tells_the_lead_and_starts_the_assignment_clock(committed, lead, specialist):
    """A1.2, A2.1: the import duty is met, the lead is told, the lead's clock runs; once."""
    run = committed(files.workbook([files.row(), files.row()]))

    imports.write_import(run_id=run.pk, clock=clock)  # the message came twice

    duty = Duty.objects.get(kind="assignment")
    assert (duty.holder, duty.subject_id, duty.accounts, duty.state) == (lead, run.placement.pk, 2, "open")
    assert Duty.objects.get(kind="import").state == "met"
    assert run.file.arrival.state == "imported"
    assert Notice.objects.filter(recipient=lead).count() == 1
    assert Notice.objects.filter(recipient=specialist, message__contains="is imported").count() == 1
    assert AuditEvent.objects.filter(action="case.imported").count() == 2
    assert AuditEvent.objects.filter(action="import.committed").count() == 1
    assert not StagedRow.objects.exists()  # personal data is not kept twice


def test_table_is_found_between_titles_and_totals(checked):
    """A1.2: header row not first; total, note and repeated header are left out, and said to be."""
    rows = [files.row(), files.row()]
    above = [["示例银行信用卡中心委案清单"], [], ["制表日期：2026-11-20"]]
    below = [list(rows[0]), ["合计", None, None, 30000], ["制表人：张三"]]

    run = checked(files.workbook(rows, above=above, below=below))

    sheet = run.layout[0]
    assert (sheet["header_row"], run.row_count) == (4, 2)
    assert [(number, reason) for number, reason, _cells in sheet["left_out"]] == [(7, "header"), (8, "total"), (9, "footer")]
    assert list(run.rows.order_by("pk").values_list("row", flat=True)) == [5, 6]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"身份证号": "110101199003078510"}, [("C", "id_checksum")]),
        ({"身份证号": "110101199013078515"}, [("C", "id_birth")]),
        ({"身份证号": "1101"}, [("C", "id_form")]),
        ({"身份证号": 110101199003078515}, [("C", "lost_precision")]),
        ({"身份证号": None}, [("C", "required_missing")]),
        ({"案件编号": None}, [("A", "required_missing")]),
        ({"案件编号": "1.23457E+17"}, [("A", "lost_precision")]),
        ({"姓名": "  "}, [("B", "required_missing")]),
        ({"委案金额": "一万"}, [("D", "amount_form")]),
        ({"委案金额": -5}, [("D", "amount_negative")]),
        ({"委案金额": None}, [("D", "required_missing")]),
        ({"委案日期": "下周一"}, [("E", "date_form")]),
        ({"手机号码": "12345"}, [("F", "phone_form")]),
        ({"卡号": 6222021000000012}, [("J", "lost_precision")]),
        ({"卡号": "6222021000000010"}, [("J", "card_luhn")]),
        ({"委案日期": "２０２６年１月４日", "委案金额": "￥１２，３４５．６０元"}, []),
        ({"委案日期": 46026}, []),
        ({"委案日期": 20260104}, []),
    ],
)
def test_each_wrong_cell_is_found_with_its_code(checked, cells, found):
    """A1.2: code and cell of every finding; what is written otherwise but right passes."""
    run = checked(files.workbook([files.row(**cells), files.row()]))

    assert codes(run) == found


def test_lost_digits_are_never_repaired(checked, specialist):
    """A1.2: the row is bad, the number appears nowhere, and the commit is refused."""
    run = checked(files.workbook([files.row(身份证号=110101199003078515), files.row()]))

    with pytest.raises(Refused):
        imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)

    row = run.rows.get(state="bad")
    assert "id_no" not in row.values
    assert not Case.objects.exists()
    assert ImportRun.objects.get().state == "validated"


def test_amount_in_ten_thousands_and_its_parts(committed):
    """A1.2: the unit in the header counts; a total that is not the sum of its parts is a warning."""
    rows = [files.row() | {"委案金额(万元)": "1.5", "本金": 12000, "利息": 2000}, files.row() | {"委案金额(万元)": "1.5", "本金": 13000, "利息": 2000}]
    for row in rows:
        del row["委案金额"]

    run = committed(files.workbook(rows))

    assert run.placement.amount == Decimal("30000.00")
    assert run.summary["codes"] == {"amount_parts": 1}
    assert set(CaseAccount.objects.values_list("principal", flat=True)) == {Decimal("12000.00"), Decimal("13000.00")}


def test_one_case_in_several_rows_and_currencies(committed):
    """A1.2: rows of one number and person are one case's accounts; a second currency has its own account and is not lost."""
    first = files.row(手机号码="13900000001") | {"委案金额(美元)": 200}
    second = first | {"卡号": files.luhn("622202109999999"), "委案金额": 500, "手机号码": "13900000002", "委案金额(美元)": None}

    run = committed(files.workbook([first, second]))

    case = Case.objects.get()
    accounts = sorted((account.currency, account.amount) for account in case.accounts.all())
    assert accounts == [("CNY", Decimal(500)), ("CNY", Decimal(first["委案金额"])), ("USD", Decimal(200))]
    assert case.amount == run.placement.amount == first["委案金额"] + 500
    assert case.account_count == 3
    assert sorted(Phone.objects.filter(contact__relation="self").values_list("number_last4", flat=True)) == ["0001", "0002"]


def test_same_case_twice_is_a_duplicate(checked):
    """A1.2: same number and account, or same number and another person."""
    row = files.row()

    run = checked(files.workbook([row, row, row | {"身份证号": make_id_no(), "姓名": "别人"}]))

    assert [(finding.row.row, finding.code, finding.values["row"]) for finding in run.findings.order_by("row__row")] == [
        (3, "duplicate_in_file", 2),
        (4, "duplicate_in_file", 2),
    ]


def test_live_case_of_the_same_number_is_refused_and_another_banks_is_not(checked, bank, team):
    """A1.2: the client's own live case blocks; one that ended comes back, which is only said; another client's is not even mentioned (S06)."""
    rows = [files.row(), files.row(), files.row()]
    ours = make_placement(client=bank, team=team)
    make_case(placement=ours, case_no=rows[0]["案件编号"])
    make_case(placement=ours, case_no=rows[1]["案件编号"], state="returned")
    make_case(case_no=rows[2]["案件编号"])

    run = checked(files.workbook(rows))

    assert codes(run) == [("A", "case_exists"), ("A", "case_returned")]
    assert [finding.values for finding in run.findings.all()] == [{"placement": ours.code}] * 2
    assert sorted(run.rows.values_list("state", flat=True)) == ["bad", "good", "good"]


def test_known_debtor_is_linked_and_left_as_is(committed):
    """A1.2: matched by ID number, never by name; what we know is not overwritten, the difference is shown."""
    row = files.row(姓名="王新名")
    known = make_debtor(id_no=row["身份证号"], name="王旧名")
    make_debtor(name="李同名")

    run = committed(files.workbook([row, files.row(姓名="李同名")]))

    known.refresh_from_db()
    assert Case.objects.get(case_no=row["案件编号"]).debtor == known
    assert known.name == "王旧名"
    assert Debtor.objects.filter(name="李同名").count() == 2
    assert run.summary["codes"] == {"debtor_differs": 1}


def test_old_id_number_is_the_same_person(committed):
    """A1.2: 15 digits and 18 digits of one person are one debtor."""
    new = "110101199003078515"
    committed(files.workbook([files.row(身份证号=f"{new[:6]}{new[8:17]}"), files.row(身份证号=new)]))

    assert Debtor.objects.count() == 1


def test_file_without_case_numbers_goes_by_card_and_date(committed):
    """A1.2: card number and placement date stand for the case number."""
    rows = [{name: value for name, value in files.row().items() if name != "案件编号"} for _ in range(2)]

    committed(files.workbook(rows))

    assert all(case.case_no.startswith("K261120") for case in Case.objects.all())
    assert not any(row["卡号"] in case.case_no for row in rows for case in Case.objects.all())


def test_mended_cell_is_checked_again_and_on_the_trail(checked, specialist):
    """A1.2: mend in place; the row turns good, the duplicate it made is one no more, no number is on the trail."""
    good, bad = files.row(), files.row(身份证号="110101199003078510")
    twin = files.row(案件编号=good["案件编号"])
    run = checked(files.workbook([good, bad, twin]))
    rows = {row.row: row for row in run.rows.all()}

    mended = imports.mend_cell(row_id=rows[3].pk, column=2, text=" 110101199003078515 ", by=specialist, now=MONDAY_9AM)
    imports.mend_cell(row_id=rows[4].pk, column=0, text="A999999", by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert mended.state == "good"
    assert run.findings.count() == 0
    assert (run.summary["good"], run.summary["bad"], run.summary["cases"]) == (3, 0, 3)
    events = AuditEvent.objects.filter(action="import.cell_mended")
    assert [event.changes["cell"][1] for event in events.order_by("pk")] == ["名单 C3", "名单 A4"]
    assert not any("110101" in str(event.changes) for event in events)


def test_mending_the_first_of_two_frees_the_second(checked, specialist):
    """A1.2: a duplicate is one only while its twin is there."""
    row = files.row()
    run = checked(files.workbook([row, row]))
    first = run.rows.get(row=2)

    imports.mend_cell(row_id=first.pk, column=0, text="A888888", by=specialist, now=MONDAY_9AM)

    assert run.findings.count() == 0
    assert set(run.rows.values_list("state", flat=True)) == {"good"}


def test_left_out_rows_are_not_imported_and_named_on_the_trail(checked, specialist):
    """A1.2: leaving rows out needs a reason and is recorded; they can be taken back."""
    run = checked(files.workbook([files.row(), files.row(身份证号="1"), files.row(身份证号="2")]))

    with pytest.raises(Refused):
        imports.skip_rows(run_id=run.pk, reason=" ", by=specialist, now=MONDAY_9AM)
    count = imports.skip_rows(run_id=run.pk, reason="银行补发", by=specialist, now=MONDAY_9AM)
    back = imports.take_rows_back(run_id=run.pk, row_ids=[run.rows.get(row=4).pk], by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    event = AuditEvent.objects.get(action="import.rows_left_out")
    assert (count, back) == (2, 1)
    assert (event.changes["rows"][1], event.reason) == (["名单:3", "名单:4"], "银行补发")
    assert (run.summary["skipped"], run.summary["bad"]) == (1, 1)


def test_one_bad_row_of_many_blocks_all(checked, specialist):
    """A1.2, F21: all or nothing."""
    run = checked(files.workbook([files.row() for _ in range(30)] + [files.row(委案金额="?")]))

    with pytest.raises(Refused, match="1"):
        imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    imports.write_import(run_id=run.pk, clock=clock)

    assert not Case.objects.exists()
    assert not Debtor.objects.exists()


def test_error_workbook_has_the_banks_layout_and_comments(checked):
    """A1.2: same places, bad cells filled and commented, and a formula stays text."""
    rows = [files.row(), files.row(身份证号="110101199003078510", 客户经理="=HYPERLINK(1)")]
    run = checked(files.workbook(rows, above=[["标题"]], below=[["合计", None, None, 2]]))

    book = openpyxl.load_workbook(io.BytesIO(error_workbook(run)))

    sheet = book["名单"]
    assert [cell.value for cell in sheet[2]] == list(rows[0])
    assert (sheet["A1"].value, sheet["A5"].value) == ("标题", "合计")
    assert sheet["C4"].value == "110101199003078510"
    assert "校验" in sheet["C4"].comment.text or "check digit" in sheet["C4"].comment.text
    assert sheet["C4"].fill.fgColor.rgb.endswith("FFC7CE")
    assert sheet["C3"].comment is None
    assert (sheet["O4"].value, sheet["O4"].data_type) == ("=HYPERLINK(1)", "s")


def test_rejected_file_says_why(read):
    """A1.2: a hostile or broken file is "rejected" with a reason; nothing is staged."""
    run = read(b"MZ\x00 not a workbook")

    assert (run.state, run.failure) == ("failed", "not_a_table")
    assert not run.rows.exists()


def test_locked_file_waits_for_its_password_and_forgets_it(read, specialist):
    """A1.2: the password is asked for, used once, and not kept."""
    buffer = io.BytesIO()
    import_file = io.BytesIO(files.workbook([files.row()]))
    files.lock(import_file, buffer, "secret")
    run = read(buffer.getvalue())
    assert (run.state, run.failure) == ("uploaded", "locked")
    assert stale_runs(now=MONDAY_9AM + timedelta(hours=1)) == []

    imports.unlock_file(run_id=run.pk, password="secret", by=specialist, now=MONDAY_9AM)
    imports.read_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert (run.state, run.failure, run.password, run.row_count) == ("read", "", "", 1)


def test_file_is_imported_only_once(committed, specialist):
    """A1.2, F21: two specialists start the same file; the second is told."""
    run = committed(files.workbook([files.row()]))

    with pytest.raises(Refused):
        imports.start_import(file=run.file, by=specialist, now=MONDAY_9AM)

    assert ImportRun.objects.count() == 1


def test_case_imported_meanwhile_sends_the_placement_back(checked, specialist, bank, team):
    """A1.2: what another import took between check and commit is found by the database, and shown."""
    rows = [files.row(), files.row()]
    run = checked(files.workbook(rows))
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    make_case(placement=make_placement(client=bank, team=team), case_no=rows[1]["案件编号"])

    imports.write_import(run_id=run.pk, clock=clock)
    imports.check_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert (run.state, Case.objects.count()) == ("validated", 1)
    assert [code for _column, code in codes(run)] == ["case_exists"]


def test_dead_workers_step_is_taken_over_and_a_living_ones_is_not(read, specialist):
    """F01, F06: the claim is a row; a minute without a sign of life frees it; after three attempts it is put aside."""
    run = read(files.workbook([files.row()]))
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    ImportRun.objects.update(worked_on_at=MONDAY_9AM)

    imports.check_import(run_id=run.pk, clock=lambda: MONDAY_9AM + timedelta(seconds=59))
    alive = ImportRun.objects.get().state
    waiting = stale_runs(now=MONDAY_9AM + timedelta(seconds=61))
    imports.check_import(run_id=run.pk, clock=lambda: MONDAY_9AM + timedelta(seconds=61))

    assert (alive, waiting, ImportRun.objects.get().state) == ("mapped", [(run.pk, "mapped")], "validated")


def test_step_that_kills_its_worker_is_put_aside(read, specialist):
    """F05: no endless loop."""
    run = read(files.workbook([files.row()]))
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    ImportRun.objects.update(attempts=3)

    imports.check_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "too_many_attempts")


def test_cancelled_import_leaves_no_rows(read, specialist):
    """A1.2: and no sample values."""
    run = read(files.workbook([files.row()]))

    imports.cancel_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert (run.state, run.rows.count()) == ("cancelled", 0)
    assert all(column["samples"] == [] for column in run.layout[0]["columns"])


def test_second_sheet_and_hidden_sheet_are_shown(read):
    """A1.2: every sheet with content is listed; without headers it is ignored, hidden it is not taken by itself."""
    book = openpyxl.load_workbook(io.BytesIO(files.workbook([files.row()])))
    book.create_sheet("说明").append(["请按时反馈"])
    hidden = book.create_sheet("隐藏")
    hidden.sheet_state = "hidden"
    row = files.row()
    hidden.append(list(row))
    hidden.append(list(row.values()))

    run = read(files.content_of(book))

    assert [(sheet["sheet"], sheet["header_row"], sheet["is_hidden"], sheet["taken"]) for sheet in run.layout] == [
        ("名单", 1, False, True),
        ("说明", None, False, False),
        ("隐藏", 1, True, False),
    ]
