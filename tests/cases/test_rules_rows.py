"""A1.2: what a row of a bank's file says, and everything that is wrong with it. No database."""

from datetime import date
from typing import Any

import pytest

from cases.choices import FileKind, Severity
from cases.rules.findings import SEVERITIES
from cases.rules.headers import guess_columns
from cases.rules.rows import RowReader
from cases.wording import FINDINGS, field_choices, finding_text, remedy_text
from tests.cases.files import luhn
from tests.factories import make_id_no

TODAY = date(2026, 11, 23)
GOOD_ID = make_id_no(1, born="19900307")
GOOD = {"案件编号": "A1", "姓名": "张三", "身份证号": GOOD_ID, "委案金额": "100.00"}


def read(cells: dict[str, str], **options: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The row's values, and its findings as (code, header of the cell)."""
    headers = list(cells)
    reader = RowReader(guess_columns(headers, [], today=TODAY), today=TODAY, **options)
    values, found = reader.read(list(cells.values()))
    return values, [(item.code, headers[item.index] if item.index is not None else "") for item in found]


def found(**cells: str) -> list[tuple[str, str]]:
    return read(GOOD | cells)[1]


def test_a_good_row_says_everything():
    card = luhn("622202100000001")
    cells = GOOD | {
        "卡号": f" {card} ", "委案日期": "2026年11月20日", "预计退案日": "2027/5/20", "逾期天数": "２００天", "逾期阶段": "M3", "账单日": "每月5日",
        "本金": "90", "利息": "7", "滞纳金": "2", "违约金": "1", "手机号码": "13800000000(妻)", "家庭地址": "杭州市文三路1号", "家庭邮编": "310000", "单位名称": "示例厂",
        "联系人1姓名": "李 四", "联系人1关系": "妻子", "联系人1手机": "13900000000 0571-88001234转8", "城市": "杭州", "客户经理": "赵", "备注": "-",
    }  # fmt: skip

    values, codes = read(cells)

    assert codes == []
    assert values == {
        "case_no": "A1", "name": "张三", "id_no": GOOD_ID, "placed_on": "2026-11-20", "due_back_on": "2027-05-20", "stage": "M3", "region": "杭州", "overdue_days": 200,
        "accounts": [{"currency": "CNY", "amount": "100.00", "principal": "90.00", "interest": "7.00", "fees": "3.00", "card_no": card, "bill_day": 5}],
        "contacts": [
            {"relation": "self", "name": "张三", "phones": [["13800000000", "", "mobile"]], "addresses": [["home", "杭州市文三路1号", "310000"]]},
            {"relation": "employer", "name": "示例厂", "phones": [], "addresses": []},
            {
                "relation": "spouse", "said": "妻子", "name": "李四",
                "phones": [["13900000000", "", "mobile"], ["057188001234", "8", "landline"]], "addresses": [],
            },
        ],
        "extra": {"客户经理": "赵", "手机号码": "13800000000(妻)"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "text", "code"),
    [
        ("案件编号", "", "required_missing"), ("案件编号", "1.23457E+17", "lost_precision"), ("案件编号", "A" * 61, "too_long"),
        ("姓名", "无", "required_missing"), ("姓名", "张" * 101, "too_long"),
        ("身份证号", "", "required_missing"), ("身份证号", "1.10101199003079E+17", "lost_precision"), ("身份证号", "12345", "id_form"),
        ("身份证号", "010101199003078515", "id_form"), ("身份证号", "110101199013078515", "id_birth"), ("身份证号", "110101199003078516", "id_checksum"),
        ("委案金额", "", "required_missing"), ("委案金额", "一万", "amount_form"), ("委案金额", "1,23", "amount_form"), ("委案金额", "99999999999", "amount_form"),
        ("委案金额", "US$100", "amount_form"), ("委案金额", "(100.00)", "amount_negative"), ("委案金额", "100-", "amount_negative"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_an_error_at_its_cell(header, text, code):
    """A1.2: lost digits are never repaired, required values never made up."""
    assert found(**{header: text}) == [(code, header)]
    assert SEVERITIES[code] == Severity.ERROR


@pytest.mark.parametrize(
    ("header", "text", "code"),
    [
        ("卡号", "6222021000000011", "card_luhn"), ("手机号码", "12345", "phone_form"), ("手机号码", "1.38E+10", "lost_precision"), ("账单日", "32", "number_form"),
        ("账单日", "0", "number_form"), ("逾期天数", "-3", "number_form"), ("逾期天数", "99999", "number_form"), ("币种", "比索", "currency_unknown"),
        ("委案日期", "26/1/4", "date_form"), ("委案日期", "2026-01", "date_form"), ("委案日期", "2026-02-30", "date_form"), ("逾期日期", "2026-11-24", "date_future"),
        ("本金", "abc", "amount_form"), ("逾期阶段", "M1-M3（含核销前）", "text_cut"), ("性别", "男", ""), ("性别", "女", "gender_differs"),
        ("出生日期", "1990-03-07", ""), ("出生日期", "1990-03-08", "birth_differs"), ("年龄", "36", ""), ("年龄", "37", ""), ("年龄", "40", "birth_differs"),
        ("卡号", "6222****0011", ""), ("开户日期", "1900-01-00", ""), ("开户日期", "0", ""), ("证件类型", "护照", ""),
    ],
)  # fmt: skip
def test_other_values_are_checked(header, text, code):
    """A1.2: ranges, forms, check digits, and the person beside the ID number."""
    assert found(**{header: text}) == ([(code, header)] if code else [])


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        ("110101900307851", "", ""), ("H12345678", "", ""), ("M1234567890", "", ""), ("ABC123456789012", "", ""), ("E12345678", "护照", ""), ("E12345678", "", "id_form"),
        ("12345678", "台胞证", ""), ("12345678", "", "id_form"), ("A123456(7)", "香港居民身份证", ""), ("K1", "护照", "id_form"), ("军字第123号", "军官证", "id_form"), ("12345678", "军官证", ""),
        (make_id_no(3, born="19900307").replace("110101", "810101")[:17] + "X", "港澳居民居住证", ""),
    ],
)  # fmt: skip
def test_documents_have_their_own_forms(number, kind, code):
    """A1.2: 18 and 15 digits, permits of Hong Kong, Macau and Taiwan, permanent residence, passports."""
    assert found(身份证号=number, 证件类型=kind) == ([(code, "身份证号")] if code else [])


def test_dates_must_follow_each_other():
    assert found(委案日期="2026-11-20", 预计退案日="2026-11-19") == [("date_order", "预计退案日")]
    assert found(委案日期="2026-11-20", 逾期日期="2026-11-21") == [("overdue_later", "逾期日期")]


def test_an_amount_is_the_sum_of_its_parts():
    assert found(本金="90", 利息="5", 滞纳金="5") == []
    assert found(本金="90", 利息="5", 滞纳金="6") == [("amount_parts", "委案金额")]
    assert found(本金="90") == []


def test_amounts_are_in_the_unit_and_currency_of_their_headers():
    """A1.2: units in headers, one card in several currencies."""
    cells = {name: text for name, text in GOOD.items() if name != "委案金额"} | {
        "委案金额(人民币万元)": "1.2", "委案金额(美元)": "$5", "本金(美元)": "4", "人民币账号": "R1", "美元账号": "U1", "账单日": "5",
    }  # fmt: skip

    values, codes = read(cells)

    assert codes == []
    assert values["accounts"] == [
        {"currency": "CNY", "amount": "12000.00", "bill_day": 5, "account_no": "R1"},
        {"currency": "USD", "amount": "5.00", "principal": "4.00", "bill_day": 5, "account_no": "U1"},
    ]


def test_nothing_of_a_row_is_lost():
    """A1.2: unknown columns, second amounts, texts that could not be read, parts of accounts and contacts that there are none of."""
    values, codes = read(
        GOOD | {
            "总欠款": "120", "内部编码": "X9", "手机号码": "打不通", "本金(美元)": "4", "联系人1关系": "朋友", "联系人1地址": "某村", "家庭邮编": "31000A", "开户日期": "9999-12-31",
            "批次号": "B7", "外币": "3",
        }
    )  # fmt: skip

    assert codes == [("phone_form", "手机号码")]
    assert values["extra"] == {
        "总欠款": "120", "内部编码": "X9", "手机号码": "打不通", "本金(美元)": "4", "联系人1关系": "朋友", "联系人1地址": "某村", "家庭邮编": "31000A",
        "开户日期": "9999-12-31", "批次号": "B7", "外币": "3",
    }  # fmt: skip


def test_a_foreign_document_takes_gender_and_birthday_from_the_file():
    values, _codes = read(GOOD | {"身份证号": "E12345678", "证件类型": "护照", "性别": "女", "出生日期": "1990-03-07"})

    assert (values["gender"], values["born_on"]) == ("female", "1990-03-07")


def test_contacts_of_another_sheet_name_their_case():
    """A1.2: joined sheets."""
    values, codes = read({"案件编号": "A1", "联系人姓名": "李四", "关系": "朋友", "电话": "13900000000", "渠道": "app"}, role="contacts")
    _values, missing = read({"案件编号": "", "联系人姓名": "李四", "关系": "朋友", "电话": "13900000000"}, role="contacts")

    contact = {"relation": "friend", "said": "朋友", "name": "李四", "phones": [["13900000000", "", "mobile"]], "addresses": []}
    assert (values, codes) == ({"join": {"field": "case.no", "value": "A1"}, "contacts": [contact], "extra": {"渠道": "app"}}, [])
    assert missing == [("join_missing", "案件编号")]


def test_accounts_of_another_sheet_name_their_case():
    """A1.2: one card after the other, joined by the debtor's ID number."""
    card = luhn("622202100000001")
    cells = {"身份证号": f"{GOOD_ID[:17]}{GOOD_ID[17].lower()}", "卡号": card, "欠款金额": "5", "最后还款日期": "2026-01-04"}

    values, codes = read(cells, role="accounts")

    assert codes == []
    assert values["join"] == {"field": "debtor.id_no", "value": GOOD_ID}
    assert values["accounts"] == [{"currency": "CNY", "amount": "5.00", "card_no": card, "last_paid_on": "2026-01-04"}]


def test_cases_whose_accounts_stand_elsewhere_need_no_amount():
    values, codes = read({"案件编号": "A1", "姓名": "张三", "身份证号": GOOD_ID, "账单日": "5"}, has_accounts=True)

    assert codes == []
    assert (values["shared"], "accounts" in values) == ({"bill_day": 5}, False)


def test_rows_are_joined_by_one_way_of_writing():
    reader = RowReader(guess_columns(["身份证号", "卡号"], [], today=TODAY), today=TODAY)

    assert reader.join_value([" 11010119900307851x ", "6222-0210"], "debtor.id_no") == "11010119900307851X"
    assert reader.join_value(["", "6222-0210 1"], "card.no") == "622202101"
    assert reader.join_value(["1.1E+17", ""], "debtor.id_no") == ""


def test_every_finding_has_words_and_a_remedy():
    values = {
        "most": 1,
        "row": 1,
        "sheet": "a",
        "placement": "P",
        "total": "1",
        "parts": "2",
        "what": ["name", "born_on"],
        "said": "1",
        "found": "2",
        "currency": "CNY",
        "day": "2026-01-01",
        "rest": "3",
    }

    assert set(SEVERITIES) == set(FINDINGS)
    assert all("%(" not in finding_text(code, values) and remedy_text(code) for code in SEVERITIES)


def test_notes_leave_a_row_good():
    notes = {code for code, severity in SEVERITIES.items() if severity == Severity.NOTE}

    assert notes == {"debtor_known", "case_returned", "contact_known", "no_change", "payment_in_balance"}


def test_fields_are_offered_for_the_kind_of_file():
    offered = {name for _title, fields in field_choices(FileKind.PAYMENT) for name, _label in fields}

    assert {"case.no", "payment.amount", "remark"} <= offered
    assert not offered & {"amount.placed", "debtor.mobile", "retention.until"}
