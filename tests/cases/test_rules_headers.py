"""A1.2: which field a column holds, by the headers that banks really use. No database."""

import csv
import re
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.choices import FileKind
from cases.rules.dictionary import UPDATE_HEADERS, currency_and_unit, dictionary, match_header, normalise
from cases.rules.fields import FIELDS, missing_fields
from cases.rules.headers import guess_columns
from cases.rules.kinds import guess_kind, join_field, sheet_role
from tests.factories import make_id_no

TODAY = date(2026, 11, 23)
REAL_HEADERS = Path(__file__).parent / "data" / "placement_headers.tsv"

# The list of real headers names fields more roughly than we do.
FINER = {
    "account.no": {"repay.account"},
    "amount.by_currency": {"account.currency", "amount.other"},
    "amount.interest": {"amount.other"},
    "amount.penalty_fee": {"amount.deposit", "amount.commission_fee"},
    "amount.total_owed": {"amount.other", "amount.with_commission"},
    "card.open_stop_date": {"card.open_date"},
    "debtor.employer": {"debtor.position"},
    "debtor.home_addr": {"debtor.home_addr_part"},
    "debtor.name": {"remark"},
    "debtor.postcode": {"debtor.employer_postcode", "debtor.home_postcode", "debtor.bill_postcode", "debtor.huji_postcode"},
    "overdue.date": {"overdue.count"},
    "overdue.days": {"overdue.count"},
    "overdue.stage": {"overdue.class", "overdue.count"},
    "recall.date": {"ended.date"},
    "remark": {"warning"},
}

# What anchors.md 4.1 lists: cases, debtors, cards, amounts, contacts, loans, another agency's minimum, the other files.
LISTED = """
批次号 委托方 催收区域 案件类型 委案日期 预计退案日期 目标回款率 备注 个案序列号 委案金额 委案期限 催收手别 逾期阶段 委托阶段 委托类型 委案城市 接收方 档案号 申请单号 合同号
预计退案日 催收员ID 催收区域ID 催收小结 M值系数 公司佣金比率 公司佣金金额 催收分类 信贷分类 原催收记录 备注1 备注6 姓名 性别 证件类型 证件号 生日 年龄 本人手机 家庭号码
单位号码 QQ 邮箱 单位名称 案人部门 案人职位 单位地址 单位邮编 家庭地址 家庭邮编 对账单地址 对账单邮编 户籍地址 户籍邮编 省 市 区县 社保电脑号 社保卡号 卡号 账号 账户名称
开户行 卡类 主卡 副卡 副卡卡人 币种 开卡日 停卡日 冻结日 账单日 账单周期 信用额度 固定额度 最后消费日 最后提现日 最后拖欠日 最后还款日 最后还款金额 拖欠级别 欠款 余额 本金
剩余本金 利息 罚息 滞纳金 违约金 超限费 服务费 年费 管理费 表外息 其他费用 最低还款额 每月还款 未出账金额 保证金 逾期日 逾期天数 逾期期数 曾逾期次数 委案期数 已还期数
逾期账龄 联系人1姓名 联系人1证件号 联系人1关系 联系人1手机 联系人1家庭电话 联系人1单位电话 联系人1单位 联系人1地址 商品 商户 贷款日期 贷款截止日 利率 经销商 车价 车型
品牌 牌照号 车架号 发动机号 保单到期日 配偶姓名 配偶手机 担保人姓名 担保人手机 押品编号 押品名称 押品地址 押品类型 押品评估值 退案日期 客户姓名 身份证 贷款类型 贷款本金
期款 期数 已还款金额 未付期款 委外催收费 总欠款金额 还款账号 户名 客户户籍地址 客户手机 委派日期 委案时间 退案时间 总欠款 催收费 还款总额 更新日期 截止日期 最新欠款
CP金额 CP日期 还款金额 还款日期 是否结清 回收催收员 还款人 还款方式
"""


def fields_of(headers: str, *, kind: str | None = None) -> list[str]:
    return [column.field for column in guess_columns(headers.split(), [], today=TODAY, kind=kind)]


def test_headers_that_banks_really_use_are_known(capsys):
    """A1.2: each of 632 headers from running systems maps to its field; the rate is printed."""
    with REAL_HEADERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    said = [(row, re.sub(r"contact\.\d+", "contact.N", match_header(row["header"])[0])) for row in rows]
    as_listed = Counter(field == row["field"] for row, field in said)
    wrong = [(row["header"], row["field"], field) for row, field in said if field not in {row["field"], *FINER.get(row["field"], ())}]
    with capsys.disabled():
        sys.stdout.write(f"\nreal headers: {len(rows)}, {as_listed[True] / len(rows):.1%} as listed, {1 - len(wrong) / len(rows):.1%} right\n")

    assert wrong == []


def test_every_listed_field_is_known():
    """anchors 4.1: what has no place of its own is at least known and kept."""
    assert [header for header in LISTED.split() if not match_header(header)[0]] == []


@pytest.mark.parametrize("part", ["姓名", "关系", "手机", "家庭电话", "单位电话", "地址", "单位", "身份证号"])
@pytest.mark.parametrize(
    "spelling", ["联系人三{}", "联系人3-{}", "第3联系人{}", "第三联系人{}", "联系人{}3", "联系人{}_3", "联系3{}", "联系人３－{}", "联系人(3){}", "联系人3.{}"]
)
def test_contacts_are_known_in_all_spellings(spelling, part):
    """A1.2: up to six contacts of eight columns."""
    assert match_header(spelling.format(part))[0].startswith("contact.3.")


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("紧急联系人2电话", "contact.24.mobile"), ("担保人2姓名", "contact.26.name"), ("父亲手机", "contact.19.mobile"), ("联系人1与持卡人关系", "contact.1.relation"),
        ("联系人7姓名", ""), ("岳父手机", ""), ("催收员手机", "collector"), ("手机归属地", ""), ("身份证有效期", ""), ("是否本行", ""),
    ],
)  # fmt: skip
def test_nobody_elses_number_becomes_the_debtors(header, field):
    """CR-11: a third party's number under the debtor's name would be called as the debtor's."""
    assert match_header(header)[0] == field


@pytest.mark.parametrize("header", ["收款账号", "附卡卡号", "已还本金", "上次委案日期", "可用额度", "逾期天数（最大）", "身份证号码（配偶）", "是否逾期金额"])
def test_a_known_header_inside_another_meaning_is_not_believed(header):
    """A1.2: the paid principal is not the principal."""
    assert match_header(header) == ("", 0.0)


def test_of_two_known_headers_inside_one_the_surer_counts():
    """A1.2: an unread currency column would turn dollars into yuan."""
    assert [match_header(header)[0] for header in ("账户币种", "该户币种", "外币币种")] == ["account.currency", "account.currency", "amount.other"]


def test_an_unknown_column_of_id_numbers_is_the_debtors_unless_it_says_whose():
    rows = [[make_id_no(number)] for number in range(3)]

    assert [guess_columns([header], rows, today=TODAY)[0].field for header in ("客户识别码", "身份证号码（配偶）")] == ["debtor.id_no", ""]


def test_repeated_headers_are_several_contacts():
    """A1.2: 联系人姓名 three times, by turns, in blocks, or counted by another program."""
    by_turns = fields_of("联系人姓名 联系人关系 联系人手机 联系人姓名 联系人关系 联系人手机 联系人姓名 联系人关系 联系人手机")
    in_blocks = fields_of("联系人姓名 联系人姓名 联系人手机 联系人手机")
    counted = fields_of("联系人姓名 联系人姓名.1 联系人姓名.2")
    uneven = fields_of("联系人姓名 联系人手机 联系人姓名 联系人关系 联系人手机")
    too_many = fields_of(" ".join(["联系人姓名"] * 8))

    assert by_turns == [f"contact.{slot}.{part}" for slot in (1, 2, 3) for part in ("name", "relation", "mobile")]
    assert in_blocks == ["contact.1.name", "contact.2.name", "contact.1.mobile", "contact.2.mobile"]
    assert counted == ["contact.1.name", "contact.2.name", "contact.3.name"]
    assert uneven == ["contact.1.name", "contact.1.mobile", "contact.2.name", "contact.2.relation", "contact.2.mobile"]
    assert too_many == [*(f"contact.{slot}.name" for slot in range(1, 7)), "", ""]


def test_a_bare_phone_beside_a_contact_is_the_contacts():
    """CR-11: 联系人 | 关系 | 电话: not the debtor's."""
    fields = fields_of("案件编号 姓名 手机 联系人姓名 关系 电话 委案金额 电话号码")

    assert fields == ["case.no", "debtor.name", "debtor.mobile", "contact.1.name", "contact.1.relation", "contact.1.mobile", "amount.placed", "debtor.mobile"]


def test_a_bare_phone_behind_a_numbered_contact_stays_the_debtors():
    assert fields_of("联系人1姓名 联系人1手机 手机号码") == ["contact.1.name", "contact.1.mobile", "debtor.mobile"]
    assert fields_of("联系人1姓名 关系 电话 联系人2姓名 关系 电话")[2::3] == ["contact.1.mobile", "contact.2.mobile"]


def test_a_list_of_contacts_names_contacts():
    assert fields_of("案件编号 姓名 关系 电话") == ["case.no", "contact.1.name", "contact.1.relation", "contact.1.mobile"]


@pytest.mark.parametrize(
    ("header", "currency", "unit"),
    [
        ("金额（分）", "", 0.01), ("欠款(千元)", "", 1_000), ("欠款（人民币万元）", "CNY", 10_000), ("欧元本金", "EUR", 1), ("Europe", "", 1), ("本金(USD)", "USD", 1), ("金额(单位:亿元)", "", 100_000_000),
    ],
)  # fmt: skip
def test_units_and_currencies_of_headers(header, currency, unit):
    assert currency_and_unit(header) == (currency, unit)


def test_the_tables_unit_holds_where_a_header_names_none():
    """A1.2: 单位：万元 above the table."""
    columns = guess_columns(["委案金额", "本金(元)", "利息(美元)", "内部金额"], [], today=TODAY, unit=10_000)

    assert [column.unit for column in columns] == [10_000, 1, 10_000, 10_000]


def test_a_file_of_another_kind_gives_headers_another_meaning():
    """A1.2: the other files that banks send."""
    assert fields_of("案件编号 最新欠款 截止日期 姓名", kind=FileKind.BALANCE) == ["case.no", "balance.new_amount", "balance.date", "debtor.name"]
    assert fields_of("案件编号 还款金额 还款日 还款方式", kind=FileKind.PAYMENT) == ["case.no", "payment.amount", "payment.date", "payment.method"]
    assert fields_of("案件编号 退案日期 备注 逾期天数", kind=FileKind.RECALL) == ["case.no", "recall.on", "recall.reason", ""]
    assert fields_of("案件编号 退案日期", kind=FileKind.RETENTION) == ["case.no", "retention.until"]
    assert fields_of("案件编号 催收时间 催收记录 催收员", kind=FileKind.RECORD) == ["case.no", "record.at", "record.text", "record.person"]
    assert fields_of("案件编号 还款金额 留案至", kind=FileKind.PLACEMENT) == ["case.no", "", ""]


def test_headers_of_other_files_name_fields_of_their_kind():
    with UPDATE_HEADERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row for row in rows if row["kind"] not in FIELDS[row["field"]].files] == []


@pytest.mark.parametrize("kind", FileKind.values)
def test_dictionary_of_a_kind_names_only_its_fields(kind):
    named = {field for field, _sure in dictionary(kind).values() if field}

    assert {field for field in named if kind not in FIELDS[field].files} == set()
    assert set(missing_fields(set(), kind)) <= named


@pytest.mark.parametrize(
    ("kind", "headers", "sheet", "file"),
    [
        (FileKind.PLACEMENT, "案件编号 姓名 身份证号 委案金额 还款日", "Sheet1", "a.xlsx"),
        (FileKind.PLACEMENT, "案件编号 姓名 身份证号 最新欠款 最后还款金额", "Sheet1", "a.xlsx"),
        (FileKind.PAYMENT, "案件编号 还款金额 还款日期", "Sheet1", "a.xlsx"),
        (FileKind.PAYMENT, "案件编号 姓名 身份证号 还款金额 还款日期 最新欠款", "Sheet1", "银行-还款0104.xlsx"),
        (FileKind.BALANCE, "案件编号 最新欠款 更新日期", "Sheet1", "a.xlsx"),
        (FileKind.BALANCE, "案件编号 姓名 身份证号 欠款", "余额更新", "a.xlsx"),
        (FileKind.RECALL, "案件编号 姓名", "停催名单", "a.xlsx"),
        (FileKind.RECALL, "卡号 委案日期 撤案原因", "Sheet1", "a.xlsx"),
        (FileKind.RETENTION, "案件编号 留案至", "Sheet1", "a.xlsx"),
        (FileKind.WARNING, "案件编号 警告信息", "Sheet1", "a.xlsx"),
        (FileKind.RECORD, "案件编号 催收时间 催收内容", "Sheet1", "a.xlsx"),
        (FileKind.CONTACT, "案件编号 手机号 家庭地址", "Sheet1", "a.xlsx"),
        # A name that the columns can't bear out is not believed.
        (FileKind.PLACEMENT, "案件编号 姓名 身份证号 委案金额", "留案", "还款.xlsx"),
    ],
)
def test_kind_of_file_is_guessed_by_columns_and_names(kind, headers, sheet, file):
    assert guess_kind(set(fields_of(headers)), sheet, file) == kind


def test_what_the_other_files_must_have():
    """A1.2: matched by case number, or card and placement date."""
    assert missing_fields({"card.no"}, FileKind.PAYMENT) == ["case.no", "payment.amount", "payment.date"]
    assert missing_fields({"card.no", "placement.date", "payment.amount", "payment.date"}, FileKind.PAYMENT) == []
    assert missing_fields({"case.no"}, FileKind.RECALL) == []
    assert missing_fields({"case.no", "debtor.name", "debtor.id_no"}, has_accounts=True) == []


@pytest.mark.parametrize(
    ("role", "headers"),
    [
        ("cases", "案件编号 姓名 身份证号 委案金额 联系人1姓名"),
        ("contacts", "案件编号 联系人姓名 关系 电话"),
        ("contacts", "案件编号 姓名 关系 电话"),
        ("contacts", "身份证号 姓名 案件编号 联系人姓名 联系人电话"),
        ("accounts", "案件编号 卡号 币种 欠款"),
        ("accounts", "身份证号 卡号 欠款金额"),
        ("cases", "案件编号 姓名 身份证号 委案日期 联系人1姓名"),
        ("", "城市 备注"),
        ("", "联系人姓名 联系人电话"),
    ],
)
def test_role_of_a_sheet(role, headers):
    """A1.2: joined sheets: cases, their contacts, their accounts."""
    assert sheet_role(guess_columns(headers.split(), [], today=TODAY)) == role


def test_sheets_are_joined_by_the_surest_field_that_both_have():
    cases = guess_columns(["案件编号", "姓名", "身份证号", "卡号", "欠款"], [], today=TODAY)

    assert join_field(guess_columns(["卡号", "身份证号", "联系人"], [], today=TODAY), cases) == "debtor.id_no"
    assert join_field(guess_columns(["合同号", "联系人"], [], today=TODAY), cases) == ""


SURE_HEADERS = sorted(
    {
        "案件编号",
        "姓名",
        "身份证号",
        "委案金额",
        "案件号",
        "委案金额(美元)",
        "本金",
        "卡号",
        "委案日期",
        "联系人1姓名",
        "联系人2手机",
        "逾期天数",
        "客户编号",
        "手机号码",
        "证件号码",
        "内部备注",
    }
)


@given(st.permutations(SURE_HEADERS))
def test_guess_does_not_depend_on_the_order_of_columns(headers):
    """A1.2: the same fields for the same headers, however the bank moves its columns."""
    cells = {header: make_id_no(index) if header in ("身份证号", "证件号码") else str(1000 + index) for index, header in enumerate(SURE_HEADERS)}

    guessed = {column.header: column.field for column in guess_columns(headers, [[cells[header] for header in headers]], today=TODAY)}

    assert guessed == {column.header: column.field for column in guess_columns(SURE_HEADERS, [[cells[header] for header in SURE_HEADERS]], today=TODAY)}


@given(st.lists(st.text(max_size=20), max_size=12), st.lists(st.lists(st.text(max_size=12), max_size=12), max_size=5))
def test_any_headers_are_guessed_without_a_fault(headers, rows):
    columns = guess_columns(headers, rows, today=TODAY)

    assert [column.header for column in columns] == headers
    assert all(column.field == "" or column.field in FIELDS for column in columns)


@given(st.sampled_from(sorted(dictionary())), st.sampled_from(["{}", " {} ", "*{}", "{}（必填）", "{}：", "{}(元)"]))
def test_known_headers_are_known_however_they_are_dressed(header, dress):
    assert match_header(dress.format(header)) == dictionary()[normalise(header)]
