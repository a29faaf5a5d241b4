"""Banks' other files (anchors 4.1): matched with their cases, shown before they count, written whole and once."""

from datetime import date

import pytest

from audit.models import AuditEvent
from cases.choices import CaseState, FileKind
from cases.models import Address, Case, ClientNote, Contact, Phone
from cases.services import imports
from cases.wording import changes_in_words
from staff.models import Notice
from tests.cases import files
from tests.cases.updates import DAY, ONE_OF_EACH, changes_of, codes_of, commit, paid
from tests.factories import MONDAY_9AM, assign, make_case, make_placement

pytestmark = pytest.mark.django_db


# --- matching --------------------------------------------------------------------------------------------------------------------


def test_cases_are_found_by_their_number(placed, checked_update):
    run = checked_update("payment", [paid("A1"), paid("A3")])

    assert list(run.rows.order_by("pk").values_list("case_id", "case_no")) == [(placed["A1"].pk, "A1"), (placed["A3"].pk, "A3")]
    assert (run.summary["good"], run.summary["cases"], run.summary["amount"]) == (2, 2, "5000.00")


def test_cases_are_found_by_card_and_day_of_placement(placed, checked_update):
    card = placed["A2"].accounts.get().card_no
    rows = [{"卡号": f"{card[:4]} {card[4:]}", "委案日期": "2026/11/20", "还款金额": 1, "还款日期": DAY}]

    run = checked_update("payment", rows)

    assert list(run.rows.values_list("case_id", "case_no")) == [(placed["A2"].pk, "A2")]


def test_a_card_without_its_day_names_no_case(placed, checked_update):
    card = placed["A2"].accounts.get().card_no

    run = checked_update(
        "payment", [{"卡号": card, "委案日期": None, "还款金额": 1, "还款日期": DAY}, {"卡号": card, "委案日期": date(2026, 10, 1), "还款金额": 1}]
    )

    assert codes_of(run) == ["required_missing", "required_missing", "case_unknown"]


def test_a_doubt_about_a_row_without_a_number_does_not_hide_that_it_names_no_case(placed, checked_update, specialist):
    """A row without a case cannot be committed, whatever else is found in it."""
    run = checked_update("payment", [paid("A1") | {"账号": None}, paid(None) | {"账号": "9" * 60}])

    assert codes_of(run) == ["text_cut", "required_missing"]
    with pytest.raises(imports.CannotImport):
        imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)


def test_another_banks_case_does_not_exist_here(placed, checked_update):
    """S06: the same words as for a number that nobody has."""
    make_case(case_no="B7", placement=make_placement())

    run = checked_update("payment", [paid("B7"), paid("X9")])

    assert codes_of(run) == ["case_unknown", "case_unknown"]
    assert list(run.findings.values_list("values", flat=True)) == [{}, {}]


def test_the_live_case_of_a_number_is_meant(placed, checked_update):
    old = Case.objects.filter(pk=placed["A1"].pk)
    old.update(state=CaseState.RETURNED, placed_on=date(2026, 6, 1))
    again = make_case(case_no="A1", placement=placed["A1"].placement.__class__.objects.get(pk=make_placement(client=placed["A1"].client).pk))

    run = checked_update("payment", [paid("A1")])

    assert run.rows.get().case_id == again.pk


def test_a_card_that_fits_several_cases_is_not_guessed(placed, checked_update):
    account = placed["A1"].accounts.get()
    placed["A2"].accounts.update(card_index=account.card_index)

    run = checked_update("payment", [{"卡号": account.card_no, "委案日期": date(2026, 11, 20), "还款金额": 1, "还款日期": DAY}])

    assert codes_of(run) == ["case_ambiguous"]


def test_a_row_that_names_somebody_else_is_doubted(placed, checked_update):
    """Never follow a number alone when the file also says who it is."""
    own, other = placed["A1"].debtor, placed["A2"].debtor
    rows = [
        paid("A1", 姓名=own.name, 身份证号=own.id_no),
        paid("A2", 姓名="赵六", 身份证号=other.id_no),
        paid("A3", 姓名=placed["A3"].debtor.name, 身份证号=own.id_no),
    ]

    run = checked_update("payment", rows)

    assert codes_of(run) == ["name_mismatch", "debtor_mismatch"]
    assert [run.summary[state] for state in ("good", "warning", "bad")] == [1, 1, 1]


def test_ended_cases_are_left_alone(placed, checked_update):
    Case.objects.filter(pk=placed["A1"].pk).update(state=CaseState.RETURNED, ended_at=MONDAY_9AM)

    codes = {kind: codes_of(checked_update(kind, rows)) for kind, rows in ONE_OF_EACH.items()}

    assert codes == {kind: ["case_ended"] for kind in ONE_OF_EACH} | {"payment": ["paid_after_end"]}


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_nothing_is_changed_before_the_commit(placed, checked_update, kind):
    before = Case.objects.values().get(pk=placed["A1"].pk)

    run = checked_update(kind, ONE_OF_EACH[kind])

    assert (run.state, run.summary["good"]) == ("validated", 1)
    assert changes_of(run)[0]
    assert Case.objects.values().get(pk=placed["A1"].pk) == before
    assert not ClientNote.objects.exists()
    assert all(label and after for label, _before, after in changes_in_words(changes_of(run)[0]))


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_each_kind_changes_its_case_once_and_tells_its_holder_once(placed, imported, collector, kind):
    """One event for the case, one notice for the holder."""
    assign(placed["A1"], collector)
    version = placed["A1"].version

    run = imported(kind, ONE_OF_EACH[kind])

    events = AuditEvent.objects.filter(subject_type="cases.case", subject_id=str(placed["A1"].pk)).exclude(action="case.imported")
    assert (run.state, run.summary["changed"]) == ("committed", 1)
    assert events.count() == 1
    assert Case.objects.get(pk=placed["A1"].pk).version == version + 1
    assert Notice.objects.filter(recipient=collector, message__contains="of your cases").count() == 1
    assert AuditEvent.objects.get(action="import.committed", changes__kind__isnull=False).changes["changed"] == [None, 1]


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_rows_that_change_nothing_are_a_note(placed, imported, checked_update, kind):
    imported(kind, ONE_OF_EACH[kind])

    run = checked_update(kind, files.workbook(ONE_OF_EACH[kind], sheet="再次下发"))

    expected = {FileKind.PAYMENT: "payment_known", FileKind.CONTACT: "contact_known"}.get(kind, "no_change")
    assert codes_of(run) == [expected]
    assert changes_of(run) == [[]]


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_columns_that_nobody_knows_are_shown_and_kept_with_the_case(placed, checked_update, specialist, kind):
    """A1.2: of every kind of file; also where the row says nothing new but that."""
    row = ONE_OF_EACH[kind][0] | {"银行内部标识": "甲组", "分行备忘": "须回访"}
    run = checked_update(kind, [row])
    shown = [header for name, _before, header in changes_of(run)[0] if name == "extra"]
    commit(run, specialist)
    again = checked_update(kind, [row | {"银行内部标识": "乙组"}])
    new = changes_of(again)
    commit(again, specialist)

    case, trail = Case.objects.get(pk=placed["A1"].pk), AuditEvent.objects.exclude(action="case.imported").filter(subject_type="cases.case")
    assert (shown, new) == (["银行内部标识", "分行备忘"], [[["extra", "", "银行内部标识"]]])
    assert (case.extra["银行内部标识"], case.extra["分行备忘"]) == ("甲组 / 乙组", "须回访")
    assert [event.changes["extra"][1] for event in trail.order_by("pk") if "extra" in event.changes] == [["分行备忘", "银行内部标识"], ["银行内部标识"]]


@pytest.mark.parametrize(
    ("kind", "cells", "kept"),
    [
        ("recall", {"操作类型": "停催", "合同编号": "HT-1"}, {"合同编号": "HT-1"}),
        ("balance", {"最新欠款": 9000, "逾期金额": 800}, {"逾期金额": "800"}),
        ("payment", {"还款金额": 5, "还款日期": DAY, "是否结清": "分期中"}, {"是否结清": "分期中"}),
    ],
)
def test_columns_that_are_known_but_not_used_are_kept_too(placed, imported, kind, cells, kept):
    imported(kind, [{"案件编号": "A1"} | cells])

    extra = Case.objects.get(pk=placed["A1"].pk).extra
    assert {header: extra.get(header) for header in kept} == kept


def test_a_holder_of_many_cases_is_told_once(placed, imported, collector):
    for case in placed.values():
        assign(case, collector)

    imported("warning", [{"案件编号": number, "警告信息": "投诉倾向"} for number in placed])

    notice = Notice.objects.get(recipient=collector, message__contains="of your cases")
    assert (notice.values["count"], notice.is_urgent) == ("3", True)
    assert "A1、A2、A3" in notice.values["cases"]


# --- retention, warnings, records, contacts --------------------------------------------------------------------------------------


def test_retention_sets_both_days(placed, imported):
    imported("retention", ONE_OF_EACH[FileKind.RETENTION])

    case = Case.objects.get(pk=placed["A1"].pk)
    assert (case.retained_until, case.due_back_on) == (date(2027, 3, 31), date(2027, 3, 31))


def test_retention_in_the_past_or_shorter_is_found(placed, imported, checked_update):
    imported("retention", ONE_OF_EACH[FileKind.RETENTION])

    run = checked_update("retention", [{"案件编号": "A1", "留案至": date(2027, 2, 1)}, {"案件编号": "A2", "留案至": date(2026, 11, 1)}])

    assert codes_of(run) == ["retention_shorter", "retention_past"]


def test_a_warning_shows_at_once_and_earlier_ones_stay_in_the_history(placed, imported):
    Case.objects.filter(pk=placed["A1"].pk).update(warning="曾被起诉")

    imported("warning", ONE_OF_EACH[FileKind.WARNING])

    assert Case.objects.get(pk=placed["A1"].pk).warning == "客户患病，注意态度"
    assert [(note.text, note.kind) for note in ClientNote.objects.order_by("at", "pk")] == [("曾被起诉", "warning"), ("客户患病，注意态度", "warning")]


def test_warnings_of_one_file_stand_side_by_side_and_long_ones_are_kept_whole(placed, imported, checked_update):
    imported("warning", [{"案件编号": "A1", "警告信息": "甲"}, {"案件编号": "A1", "警告信息": "乙" * 400}])
    twice = checked_update("warning", [{"案件编号": "A2", "警告信息": "丙"}, {"案件编号": "A2", "警告信息": "丙"}])

    assert Case.objects.get(pk=placed["A1"].pk).warning == ("甲；" + "乙" * 400)[:300]
    assert ClientNote.objects.order_by("-pk").first().text == "乙" * 400
    assert codes_of(twice) == ["same_row_twice"]


def test_earlier_records_are_kept_with_moment_and_person(placed, imported):
    imported("record", ONE_OF_EACH[FileKind.RECORD])

    note = ClientNote.objects.get()
    assert (note.person, note.text, note.at.isoformat()) == ("张明", "本人称月底还款", "2026-10-08T02:30:00+00:00")
    assert "月底" not in str(AuditEvent.objects.filter(action="case.records_added").values_list("changes", flat=True))


def test_new_contacts_are_added_and_what_is_there_stays(placed, imported, checked_update):
    own = Contact.objects.get(case=placed["A1"], relation="self")
    known = {phone.pk: phone.number for phone in Phone.objects.filter(contact__case=placed["A1"])}
    rows = [
        {
            "案件编号": "A1",
            "新手机": f"13700009999 {next(iter(known.values()))}",
            "新地址": "浙江省宁波市海曙区中山路2号",
            "联系人1姓名": "钱七",
            "联系人1关系": "同事",
            "联系人1手机": "13600008888",
        }
    ]

    run = checked_update("contact", rows)
    changes = changes_of(run)[0]
    imported("contact", [rows[0] | {"备用": "x"}])

    assert [(name, before) for name, before, _after in changes] == [("phone", ""), ("address", ""), ("contact", ""), ("phone", "")]
    assert "137****9999" in changes[0][2]
    assert "中山路" not in str(changes)
    added = Phone.objects.filter(contact__case=placed["A1"]).exclude(pk__in=known)
    assert sorted((phone.number, phone.source, phone.verification) for phone in added) == [
        ("13600008888", "client_file", "pending"),
        ("13700009999", "client_file", "pending"),
    ]
    assert {phone.pk: phone.number for phone in Phone.objects.filter(pk__in=known)} == known
    assert Address.objects.filter(contact=own).count() == 2
    assert Contact.objects.filter(case=placed["A1"], name="钱七", legal_class="unrelated", relation="colleague").count() == 1


def test_words_that_are_no_number_are_kept_with_the_case(placed, imported):
    imported("contact", [{"案件编号": "A1", "新手机": "13700009999（已离职）"}])

    assert Case.objects.get(pk=placed["A1"].pk).extra["新手机"] == "13700009999（已离职）"
