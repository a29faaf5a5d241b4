"""A1.2: headers, dates, amounts, numbers, names and relations as banks write them. No database."""

from datetime import date
from decimal import Decimal

import pytest

from cases.choices import Relation
from cases.rules.dictionary import currency_and_unit, dictionary, match_header, normalise
from cases.rules.fields import FIELDS, missing_fields
from cases.rules.headers import guess_columns, letters_of
from cases.rules.people import read_relation, search_form
from cases.rules.rows import SEVERITIES
from cases.rules.table import find_header, left_out_reason
from cases.rules.values import has_lost_precision, read_amount, read_currency, read_date, read_moment, read_name, read_number, read_phones, read_yes_no
from cases.wording import FAILURES, FINDINGS, failure_text, field_choices, field_label, finding_text
from tests.factories import make_id_no

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("身份证号", "debtor.id_no"),
        (" *证件号码（必填）", "debtor.id_no"),
        ("客户　姓名", "debtor.name"),
        ("委案金额(元)", "amount.placed"),
        ("委案金额（万元）", "amount.placed"),
        ("欠款(美元)", "amount.total_owed"),
        ("第二联系人电话", "contact.2.mobile"),
        (" 联系人3关系", "contact.3.relation"),
        ("配偶手机", "contact.7.mobile"),
        ("持卡人手机号2", "debtor.mobile"),
        ("ID number", "debtor.id_no"),
        ("户籍地址", "debtor.huji_addr"),
        ("逾期天数", "overdue.days"),
        ("内部编码", ""),
        ("", ""),
    ],
)
def test_headers_are_known_by_their_synonyms(header, field):
    assert match_header(header)[0] == field


def test_every_header_names_a_field_and_every_field_has_a_label():
    """A1.2: the dictionary, the fields and their words belong together."""
    assert {field for field, _sure in dictionary().values()} <= set(FIELDS)
    assert all(field_label(name) for name in FIELDS)
    assert {name for _title, fields in field_choices() for name, _label in fields} == set(FIELDS)


def test_every_finding_and_failure_has_words():
    values = {
        "most": 1,
        "row": 1,
        "sheet": "a",
        "placement": "P",
        "total": "1",
        "parts": "2",
        "what": ["name"],
        "said": "1",
        "found": "2",
        "currency": "CNY",
        "day": "2026-01-01",
        "rest": "3",
    }
    assert set(SEVERITIES) == set(FINDINGS)
    assert all("%(" not in finding_text(code, values) for code in FINDINGS)
    assert all("%(" not in failure_text(f"{code}:x") for code in FAILURES)


@pytest.mark.parametrize(
    ("header", "currency", "unit"),
    [("委案金额", "", 1), ("委案金额(美元)", "USD", 1), ("本金（港币）", "HKD", 1), ("欠款（万元）", "", 10_000), ("人民币欠款总金额(单位：元)", "CNY", 1)],
)
def test_headers_tell_currency_and_unit(header, currency, unit):
    assert currency_and_unit(header) == (currency, unit)


def test_samples_decide_between_columns():
    """A1.2: the guess scores header and values: a column of names is no phone column, running numbers are no case number."""
    headers = ["序号", "编码", "姓名", "客户手机归属", "联系方式"]
    rows = [[str(number), make_id_no(number), "张三", "杭州", "13800001111"] for number in range(1, 5)]

    columns = guess_columns([*headers], rows, today=TODAY)

    assert [column.field for column in columns][:4] == ["", "debtor.id_no", "debtor.name", ""]


def test_one_column_holds_a_single_field():
    """A1.2: the surest column; those that may repeat all keep it."""
    columns = guess_columns(["案件编号", "案件号", "手机", "手机号码"], [["A1", "B1", "13800001111", "13800002222"]], today=TODAY)

    assert [column.field for column in columns] == ["case.no", "", "debtor.mobile", "debtor.mobile"]


def test_wrong_check_digits_do_not_hide_the_id_column():
    """A1.2: they are errors to show."""
    columns = guess_columns(["身份证号"], [["110101199003078510"], ["110101199003078511"]], today=TODAY)

    assert columns[0].field == "debtor.id_no"


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"case.no", "debtor.name", "debtor.id_no", "amount.placed"}, []),
        ({"card.no", "placement.date", "debtor.name", "debtor.id_no", "amount.total_owed"}, []),
        ({"contract.no", "debtor.name", "debtor.id_no", "amount.overdue"}, []),
        ({"card.no", "debtor.name"}, ["case.no", "debtor.id_no", "amount.placed"]),
    ],
)
def test_what_a_file_must_have(fields, missing):
    assert missing_fields(fields) == missing


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-04",
        "2026/1/4",
        "2026.1.4",
        "2026年1月4日",
        "２０２６年１月４日",
        "20260104",
        "2026-01-04 10:30:00",
        "2026/1/4 9:05",
        "46026",
        "46026.5",
        "20260104103000",
        "4-Jan-2026",
        "Jan 4, 2026",
        "4 January 2026",
        "2026-01-04T10:00:00",
        "2026-01-04 上午10:30",
        "2026年1月4日 10时30分",
        "2026-1-4 星期日",
    ],
)
def test_dates_are_read_in_every_form(text):
    assert read_date(text) == date(2026, 1, 4)


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-02-30", "26/1/4", "下周", "1", "99999999", "2026", "1899-01-01", "2026-01", "01/04/2026", "2026-01-03T16:00:00Z", "4-Jab-2026"]
)
def test_what_is_no_date_is_not_guessed(text):
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("1,234.50", 1, "1234.50"),
        ("￥１２３．４", 1, "123.40"),
        ("1.2万", 1, "12000.00"),
        ("1.5", 10_000, "15000.00"),
        ("-3", 1, "-3.00"),
        ("100元", 1, "100.00"),
        ("(1,234.00)", 1, "-1234.00"),
        ("1234.00-", 1, "-1234.00"),
        ("1，234.5", 1, "1234.50"),
        ("人民币5元整", 1, "5.00"),
        ("1.2万元", 1, "12000.00"),
        ("123", 0.01, "1.23"),
        ("1.5亿", 1, "150000000.00"),
    ],
)
def test_amounts_are_read_in_every_form(text, unit, amount):
    assert read_amount(text, unit) == Decimal(amount)


@pytest.mark.parametrize("text", ["一万", "1.2.3", "1e5", "1.23457E+17", "12 个", "1,23", "1,2345", "$5", "5美元", "--5", "99999999999"])
def test_what_is_no_amount_is_not_guessed(text):
    assert read_amount(text) is None


@pytest.mark.parametrize(
    ("text", "lost"), [("1.10101199003079E+17", True), ("1E+17", True), ("6.22202E+15", True), ("3E12", False), ("110101199003078515", False)]
)
def test_lost_digits_are_seen(text, lost):
    assert has_lost_precision(text) is lost


def test_amounts_of_another_currency_are_not_taken():
    assert (read_amount("$5", 1, "USD"), read_amount("US$5", 1, "HKD"), read_amount("¥5", 1, "USD"), read_amount("5", 1, "USD")) == (5, None, None, 5)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-04 10:30:05", "2026-01-04 10:30:05"), ("2026/1/4 9:05", "2026-01-04 09:05:00"), ("20260104103000", "2026-01-04 10:30:00"), ("46026.5", "2026-01-04 12:00:00"),
        ("2026年1月4日 下午3:05", "2026-01-04 15:05:00"), ("2026-01-04", "2026-01-04 00:00:00"), ("2026-01-04 25:00", "None"), ("10:30", "None"),
    ],
)  # fmt: skip
def test_moments_are_read_with_their_time(text, moment):
    """Earlier call records carry one."""
    assert str(read_moment(text)) == moment


def test_phones_names_numbers_and_currencies():
    assert [phone[0] for phone in read_phones("13800001111/0571-88001234转8，12345")[0]] == ["13800001111", "057188001234"]
    assert read_phones("13800001111，12345")[1] == ["12345"]
    assert read_phones("张三13800000000(妻) 13900000000") == ([("13800000000", "", "mobile"), ("13900000000", "", "mobile")], [], "张三 妻")
    assert (read_yes_no("是"), read_yes_no("未结清"), read_yes_no("?")) == (True, False, None)
    assert (read_name("张　三"), read_name(" John  Smith ")) == ("张三", "John Smith")
    assert (read_number("45天"), read_number("每月5日"), read_number("1-3"), read_number("1.5"), read_number("无")) == (45, 5, None, None, None)
    assert (read_currency("美元"), read_currency("156"), read_currency("比索")) == ("USD", "CNY", "")


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("本人", Relation.SELF), ("配偶", Relation.SPOUSE), ("妻子", Relation.SPOUSE), ("父亲", Relation.PARENT), ("母亲", Relation.PARENT), ("儿子", Relation.CHILD),
        ("妹妹", Relation.SIBLING), ("岳父", Relation.RELATIVE), ("表弟", Relation.RELATIVE), ("朋友", Relation.FRIEND), ("同事", Relation.COLLEAGUE),
        ("村委会主任", Relation.COMMITTEE), ("社区居委会", Relation.COMMITTEE), ("单位人事", Relation.EMPLOYER), ("担保人", Relation.GUARANTOR), ("房东", Relation.OTHER), ("", Relation.OTHER),
    ],
)  # fmt: skip
def test_relations_are_read_from_text(text, relation):
    """A3.2: who is called in which step depends on it."""
    assert read_relation(text) == relation


@pytest.mark.parametrize(
    ("name", "found_by"),
    [("张三", "zhangsan zs"), ("单雄信", "shanxiongxin sxx"), ("曾国藩", "zengguofan zgf"), ("仇英", "qiuying qy"), ("查良镛", "zhaliangyong zly"),
     ("解缙", "xiejin xj"), ("尉迟恭", "yuchigong ycg"), ("John Smith", "johnsmith js")],
)  # fmt: skip
def test_names_are_found_by_pinyin(name, found_by):
    """Surnames that are read otherwise than the word."""
    assert search_form(name)[: len(name) and 60] == found_by


def test_header_row_and_rows_that_are_no_cases():
    rows = [(1, ["示例银行"]), (3, ["案件编号", "姓名", "身份证号", "委案金额"]), (4, ["A1", "张三", "1", "2"])]
    header = rows[1][1]

    assert find_header(rows).last_row == 3
    assert find_header([(1, ["请按时反馈", "谢谢"])]) is None
    assert left_out_reason(["合计", "", "", "100"], header) == "total"
    assert left_out_reason(["合计量贩店", "张三", "110", "5"], header) == ""
    assert left_out_reason(["", "", "", "5"], header) == ""


def test_columns_are_lettered_as_in_a_spreadsheet():
    assert [letters_of(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert normalise("　*姓 名：") == "姓名"
