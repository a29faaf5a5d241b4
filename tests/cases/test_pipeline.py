"""A1.2, annex 2: what an import makes of a workbook as a whole: its sheets together, its own totals, what it is for, what is left out."""

import io
from datetime import timedelta

import pytest
import pyzipper
from openpyxl import Workbook

from audit.models import AuditEvent
from cases.models import Arrival, ArrivalFile, Case, CaseAccount, Contact, ImportRun
from cases.services import cleaning, imports
from collection.lib.errors import Refused
from staff.choices import Role
from tests.cases import files
from tests.factories import MONDAY_9AM, make_user


def clock():
    return MONDAY_9AM


def book(**sheets) -> bytes:
    """A workbook of these sheets, each a list of rows."""
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    return files.content_of(made)


def table(rows: list[dict], *names: str) -> list[list]:
    return [list(names), *([row[name] for name in names] for row in rows)]


def found(run: ImportRun) -> list[tuple]:
    return [(f.row.sheet if f.row else "", f.row.row if f.row else None, f.code) for f in run.findings.select_related("row").order_by("pk")]


WHO = ("案件编号", "姓名", "身份证号", "委案金额", "委案日期")


# --- sheets together --------------------------------------------------------------------------------------------------------


def test_contacts_of_another_sheet_join_their_case_by_number(committed):
    """A1.2: cases on one sheet, contacts on the other, in any order."""
    first, second = files.row(), files.row()
    contacts = [
        ["案件编号", "联系人姓名", "关系", "联系人手机"],
        [second["案件编号"], "赵六", "母亲", "13700000001"],
        [first["案件编号"], "钱七", "朋友", "13700000002"],
    ]

    run = committed(book(案件=table([first, second], *WHO), 联系人=contacts))

    named = Contact.objects.exclude(relation="self").values_list("case__case_no", "name", "relation", "phones__number_last4")
    assert set(named) == {(second["案件编号"], "赵六", "parent", "0001"), (first["案件编号"], "钱七", "friend", "0002")}
    assert (run.placement.case_count, [sheet["role"] for sheet in run.layout]) == (2, ["cases", "contacts"])


def test_contacts_by_id_number_belong_to_every_case_of_the_person(committed):
    """A1.2: one person, two cards, one list of contacts."""
    first = files.row()
    second = files.row(身份证号=first["身份证号"], 姓名=first["姓名"])
    contacts = [["身份证号", "联系人姓名", "关系", "联系人手机"], [first["身份证号"], "赵六", "配偶", "13700000001"]]

    committed(book(案件=table([first, second], *WHO), 联系人=contacts))

    assert set(Contact.objects.filter(name="赵六").values_list("case__case_no", flat=True)) == {first["案件编号"], second["案件编号"]}


def test_accounts_of_another_sheet_bring_the_amounts(committed):
    """A1.2: persons on one sheet, cards with amounts on the other."""
    row = files.row()
    accounts = [["案件编号", "卡号", "币种", "欠款余额"], [row["案件编号"], row["卡号"], "人民币", 1000], [row["案件编号"], row["卡号"], "美元", 50]]

    committed(book(案件=table([row], "案件编号", "姓名", "身份证号", "委案日期", "手机号码"), 账户=accounts))

    assert sorted(CaseAccount.objects.values_list("currency", "amount")) == [("CNY", 1000), ("USD", 50)]
    assert Case.objects.get().amount == 1000


def test_joined_row_without_its_case_is_an_error(checked):
    """A1.2: a contact whose case is not in the file would be lost."""
    row = files.row()
    contacts = [["案件编号", "联系人姓名", "关系", "联系人手机"], ["A-OTHER", "赵六", "母亲", "13700000001"], [None, "钱七", "母亲", "13700000002"]]

    run = checked(book(案件=table([row], *WHO), 联系人=contacts))

    assert found(run) == [("联系人", 2, "join_unknown"), ("联系人", 3, "join_missing")]


def test_what_is_said_of_a_left_out_case_is_left_out_with_it(checked, specialist):
    """A1.2: the case goes, and its contacts on the other sheet go with it."""
    good, bad = files.row(), files.row(身份证号="110101199003078510")
    contacts = [["案件编号", "联系人姓名", "关系", "联系人手机"], [bad["案件编号"], "赵六", "母亲", "13700000001"]]
    run = checked(book(案件=table([good, bad], *WHO), 联系人=contacts))

    imports.skip_rows(run_id=run.pk, by=specialist, now=MONDAY_9AM, reason="证件号错误")

    assert sorted(run.rows.filter(state="skipped").values_list("sheet", flat=True)) == ["案件", "联系人"]


# --- the table's shape ------------------------------------------------------------------------------------------------------


def test_header_of_two_rows_is_read_as_one(committed):
    """A1.2: 联系人1 over 姓名, 关系 and 手机."""
    row = files.row()
    above = ["", "", "", "", "", "联系人1", "", ""]
    header = [*WHO, "姓名", "关系", "手机"]

    run = committed(book(名单=[["委案名单"], above, header, [*(row[name] for name in WHO), "李四", "配偶", "13700000009"]]))

    contact = Contact.objects.exclude(relation="self").get()
    assert (contact.name, contact.relation, contact.phones.get().number_last4) == ("李四", "spouse", "0009")
    assert (run.layout[0]["header_row"], run.layout[0]["header_last_row"]) == (2, 3)


def test_header_row_chosen_by_hand_is_used(read, specialist):
    """A1.2: the guess was wrong; the file is read again with the header that the person names."""
    row = files.row()
    run = read(book(名单=[list(WHO), ["说明"] * 5, ["案号A", "客户A", "证件A", "钱A", "日A"], [row[name] for name in WHO]]))

    imports.choose_header(run_id=run.pk, sheet="名单", first_row=3, last_row=3, by=specialist, now=MONDAY_9AM)
    imports.read_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert (run.state, run.row_count, [column["header"] for column in run.layout[0]["columns"]][:2]) == ("read", 1, ["案号A", "客户A"])
    assert AuditEvent.objects.about(run).filter(action="import.header_chosen").count() == 1


def test_kind_chosen_by_hand_guesses_the_columns_anew(read, specialist):
    """A1.2: the person says what the file is for."""
    run = read(book(名单=[["案件编号", "金额", "日期"], ["A1", 100, "2026-11-20"]]))

    imports.choose_kind(run_id=run.pk, kind="payment", by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert run.kind == "payment"
    assert [column["field"] for column in run.layout[0]["columns"]] == ["case.no", "payment.amount", "payment.date"]


def test_the_tables_unit_outlives_the_choice_of_a_kind(read, specialist):
    """A1.2: 单位：万元 above the table counts whatever the file is said to be for."""
    run = read(book(名单=[["单位：万元"], ["案件编号", "金额", "日期"], ["A1", 100, "2026-11-20"]]))

    imports.choose_kind(run_id=run.pk, kind="payment", by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert {column["header"]: column["unit"] for column in run.layout[0]["columns"]}["金额"] == 10_000


# --- totals -----------------------------------------------------------------------------------------------------------------


def test_total_row_that_agrees_is_shown_and_blocks_nothing(checked, specialist):
    rows = [files.row(委案金额=100), files.row(委案金额=250.5)]

    run = checked(files.workbook(rows, below=[["合计", "2户", None, 350.5]]))

    assert [(line["said"], line["agrees"]) for line in run.summary["controls"]] == [("2", True), ("350.50", True)] or all(
        line["agrees"] for line in run.summary["controls"]
    )
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)


def test_total_row_that_differs_blocks_until_it_is_accepted_with_a_reason(checked, specialist):
    """A1.2: a file that lost rows on its way shows here, and nothing is imported without somebody saying why that is right."""
    run = checked(files.workbook([files.row(委案金额=100)], below=[["合计", None, None, 350.5]]))

    with pytest.raises(Refused):
        imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    with pytest.raises(Refused):
        imports.accept_totals(run_id=run.pk, reason=" ", by=specialist, now=MONDAY_9AM)
    imports.accept_totals(run_id=run.pk, reason="银行确认合计行未更新", by=specialist, now=MONDAY_9AM)
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)

    assert ("", None, "control_amount") in found(run)
    assert AuditEvent.objects.about(run).get(action="import.totals_accepted").reason == "银行确认合计行未更新"


def test_mended_amount_makes_the_total_agree(checked, specialist):
    """A1.2: compared again after every change."""
    run = checked(files.workbook([files.row(委案金额="一百")], below=[["合计", None, None, 350.5]]))
    row = run.rows.get()

    imports.mend_cell(row_id=row.pk, column=3, text="350.50", by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert found(run) == []
    assert all(line["agrees"] for line in run.summary["controls"])


@pytest.mark.parametrize(("cases", "amount", "codes"), [(1, "100.00", []), (2, "100.00", ["control_count"]), (1, "99.00", ["control_amount"])])
def test_announced_totals_are_compared(read, specialist, cases, amount, codes):
    """A1.2: what the bank's mail said, entered beside the file."""
    run = read(files.workbook([files.row(委案金额=100)]))

    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM, announced_cases=cases, announced_amount=amount)
    imports.check_import(run_id=run.pk, clock=clock)

    assert [code for _sheet, _row, code in found(run)] == codes


# --- left out ---------------------------------------------------------------------------------------------------------------


def test_leaving_rows_out_needs_the_right(checked):
    """A1.2: all or nothing, unless somebody may decide otherwise."""
    run = checked(files.workbook([files.row(), files.row(身份证号="110101199003078510")]))
    stranger = make_user(Role.SUPPLY_CHAIN)

    with pytest.raises(Refused):
        imports.skip_rows(run_id=run.pk, by=stranger, now=MONDAY_9AM, reason="不需要")

    assert not run.rows.filter(state="skipped").exists()


def test_rows_left_out_stay_a_month_to_be_sent_after(checked, specialist):
    """A1.2: what is left is known, and then forgotten."""
    run = checked(files.workbook([files.row(), files.row(身份证号="110101199003078510")]))
    imports.skip_rows(run_id=run.pk, by=specialist, now=MONDAY_9AM, reason="证件号错误")
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    imports.write_import(run_id=run.pk, clock=clock)
    kept = [(row.row, row.findings.get().code) for row in run.rows.all()]

    early = cleaning.forget_left_rows(now=MONDAY_9AM + timedelta(days=29))
    late = cleaning.forget_left_rows(now=MONDAY_9AM + timedelta(days=31))

    assert kept == [(3, "id_checksum")]
    assert (early, late, run.rows.count(), run.findings.count()) == (0, 1, 0, 0)


def test_stored_file_of_no_arrival_is_removed_and_others_are_not(handed_over, time_machine):
    """F22, F33: a server killed between file and row leaves no file behind for ever."""
    known = handed_over(files.workbook([files.row()])).files.get()
    storage = ArrivalFile._meta.get_field("file").storage
    orphan = storage.save("arrivals/2026/11/orphan.xlsx", files.upload(b"x"))

    soon = cleaning.remove_orphan_files(now=storage.get_modified_time(orphan) + timedelta(hours=1))
    later = cleaning.remove_orphan_files(now=storage.get_modified_time(orphan) + timedelta(days=2))

    assert (soon, later, storage.exists(orphan), storage.exists(known.file.name)) == (0, 1, False, True)


# --- archives ---------------------------------------------------------------------------------------------------------------


def packed(members: dict[str, bytes], password: str = "") -> bytes:
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES if password else None) as archive:
        if password:
            archive.setpassword(password.encode())
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_archive_becomes_its_files_each_with_an_import(read, specialist):
    """A1.2: a .zip of several files; each is kept with its own hash in the same arrival, and imported by itself."""
    run = read(packed({"名单/一月.xlsx": files.workbook([files.row()]), "名单/二月.xlsx": files.workbook([files.row(), files.row()])}))

    members = run.file.members.order_by("pk")
    assert run.state == "unpacked"
    assert [(file.name, file.arrival_id, file.runs.get().state) for file in members] == [
        ("一月.xlsx", run.file.arrival_id, "uploaded"),
        ("二月.xlsx", run.file.arrival_id, "uploaded"),
    ]
    for file in members:
        imports.read_import(run_id=file.runs.get().pk, clock=clock)
    assert [file.runs.get().row_count for file in members] == [1, 2]


def test_arrival_is_imported_when_the_archives_files_are(read, specialist):
    """A1.2: the duty of the import is met by the members, not by the archive."""
    run = read(packed({"一月.xlsx": files.workbook([files.row()])}))
    member = run.file.members.get().runs.get()
    before = run.file.arrival.state

    imports.read_import(run_id=member.pk, clock=clock)
    imports.confirm_mapping(run_id=member.pk, by=specialist, now=MONDAY_9AM)
    imports.check_import(run_id=member.pk, clock=clock)
    imports.commit_import(run_id=member.pk, by=specialist, now=MONDAY_9AM)
    imports.write_import(run_id=member.pk, clock=clock)

    arrival = Arrival.objects.get(pk=run.file.arrival_id)
    assert (before, arrival.state) == ("handed_over", "imported")


def test_locked_archive_waits_for_its_password_which_opens_its_files_too(read, specialist):
    """A1.2, annex 2: open (password)."""
    inner = io.BytesIO()
    files.lock(io.BytesIO(files.workbook([files.row()])), inner, "geheim")
    run = read(packed({"一月.xlsx": inner.getvalue()}, password="geheim"))
    waits = (run.state, run.failure)

    imports.unlock_file(run_id=run.pk, password="geheim", by=specialist, now=MONDAY_9AM)
    (member,) = imports.read_import(run_id=run.pk, clock=clock)
    imports.read_import(run_id=member, clock=clock)

    run.refresh_from_db()
    assert waits == ("uploaded", "locked")
    assert (run.state, run.password, ImportRun.objects.get(pk=member).state) == ("unpacked", "", "read")


def test_archive_within_an_archive_is_rejected_and_nothing_is_kept(read):
    """S16: nested archives are not followed."""
    run = read(packed({"一月.xlsx": files.workbook([files.row()]), "二月.zip": packed({"a.xlsx": files.workbook([files.row()])})}))

    assert (run.state, run.failure.partition(":")[0], run.file.members.count(), ImportRun.objects.count()) == ("failed", "nested_archive", 0, 1)


def test_member_that_came_before_is_named_and_not_taken_again(committed, read):
    """A1.2: the same file by its hash, also inside an archive."""
    content = files.workbook([files.row()])
    committed(content)

    run = read(packed({"旧.xlsx": content, "新.xlsx": files.workbook([files.row()])}))

    assert [(line["member"], line["is_new"]) for line in run.layout] == [("委案1.xlsx", False), ("新.xlsx", True)]
    assert run.file.members.count() == 1


def test_worker_that_lost_its_import_adds_no_row(read, specialist, handed_over):
    """F01: cancelled while it is being read: what the reader still brings is not kept."""
    file = handed_over(files.workbook([files.row() for _ in range(3)])).files.get()
    run = imports.start_import(file=file, by=specialist, now=MONDAY_9AM)
    moments = iter([MONDAY_9AM])

    def cancelled_meanwhile():
        try:
            return next(moments)
        finally:
            ImportRun.objects.filter(pk=run.pk).update(state="cancelled")

    imports.read_import(run_id=run.pk, clock=cancelled_meanwhile)

    run.refresh_from_db()
    assert (run.state, run.rows.count()) == ("cancelled", 0)


def test_table_of_unknown_headers_waits_to_be_mapped_by_hand(read, specialist):
    """A1.2: no header that we know, and the file is not lost: every column can be chosen."""
    run = read(book(数据=[["导出"], ["甲", "乙", "丙", "丁"], ["Z1", "王五", "110101199003078515", "88.5"], ["Z2", "赵六", "110101199003078523", "1"]]))

    imports.choose_kind(run_id=run.pk, kind="placement", by=specialist, now=MONDAY_9AM)
    fields = {0: "case.no", 1: "debtor.name", 2: "debtor.id_no", 3: "amount.placed"}
    imports.confirm_mapping(run_id=run.pk, chosen={"数据": imports.SheetChoice(fields=fields, role="cases")}, by=specialist, now=MONDAY_9AM)
    imports.check_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert (run.state, run.layout[0]["header_row"], run.summary["good"], run.summary["amount"]) == ("validated", 2, 2, "89.50")


def test_text_that_is_no_table_is_rejected(read):
    assert read(book(说明=[["尊敬的合作方："], ["请查收附件"], ["谢谢"]])).failure == "no_table"
