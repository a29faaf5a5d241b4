"""A1.2: whatever a file holds is read without a fault, and what was understood is understood the same when written in one form. No database."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cases.choices import Severity
from cases.rules.headers import guess_columns
from cases.rules.rows import RowReader
from cases.rules.values import read_amount, read_date, read_moment, read_name, read_number, read_phones, read_yes_no
from collection.lib.identity import document_fault, parse_phone, plain, resident_id_fault
from collection.lib.money import LARGEST, round_money
from tests.cases.files import luhn
from tests.factories import make_id_no

TODAY = date(2026, 11, 23)
HEADERS = [
    "案件编号",
    "姓名",
    "身份证号",
    "证件类型",
    "性别",
    "出生日期",
    "委案日期",
    "预计退案日",
    "委案金额",
    "本金",
    "利息",
    "违约金",
    "滞纳金",
    "委案金额(美元)",
    "本金(美元)",
    "币种",
    "卡号",
    "账号",
    "账单日",
    "开户日期",
    "逾期日期",
    "逾期天数",
    "逾期阶段",
    "最后还款日期",
    "最后还款金额",
    "手机号码",
    "家庭电话",
    "家庭地址",
    "家庭邮编",
    "单位名称",
    "单位电话",
    "单位地址",
    "联系人1姓名",
    "联系人1关系",
    "联系人1手机",
    "联系人1地址",
    "配偶姓名",
    "配偶手机",
    "城市",
    "警告信息",
    "备注",
    "内部编码",
]
READER = RowReader(guess_columns(HEADERS, [], today=TODAY), today=TODAY)
ODD = st.sampled_from(
    ["", "-", "无", "1.1E+17", "0", "-1", "合计", "2026-13-01", "46026", "13800000000", "(1)", "１２", "NaN", "٣", "1e999", "²", "𝟙", "9" * 400]
)


@given(st.lists(st.one_of(st.text(), ODD), max_size=len(HEADERS) + 2))
def test_any_row_is_read_without_a_fault(cells):
    """A1.2: findings, never a broken import."""
    values, found = READER.read(cells)

    assert all(item.index is None or item.index < len(HEADERS) for item in found)
    assert any(item.severity == Severity.ERROR for item in found) or {"case_no", "name", "id_no", "accounts"} <= set(values)


@given(st.one_of(st.text(), ODD), st.sampled_from([1, 1000, 10_000, 0.01]), st.sampled_from(["", "CNY", "USD"]))
def test_any_text_is_read_without_a_fault(text, unit, currency):
    amount = read_amount(text, unit, currency)

    assert amount is None or (amount == round_money(amount) and abs(amount) <= LARGEST)
    for read in (read_date, read_moment, read_number, read_phones, read_name, read_yes_no, plain, parse_phone):
        read(text)
    assert document_fault(plain(text), text, today=TODAY) in ("", "form", "province", "birth", "checksum")


@given(st.text(alphabet="0123456789X", min_size=18, max_size=18))
def test_a_faultless_id_carries_a_day_that_was(number):
    if not resident_id_fault(number, today=TODAY):
        assert date(1900, 1, 1) <= date(int(number[6:10]), int(number[10:12]), int(number[12:14])) <= TODAY


AMOUNTS = st.decimals(min_value=0, max_value=99_999_999, places=2)


@given(AMOUNTS, st.sampled_from(["{:f}", "{:,}", "¥{:,}", "{:f}元", " {:,} ", "RMB{:f}"]))
def test_amounts_are_read_in_every_dress(amount, dress):
    assert read_amount(dress.format(amount)) == amount


@given(AMOUNTS, st.sampled_from([1000, 10_000]))
def test_a_unit_multiplies(amount, unit):
    """A1.2: 1.5 under 万元 is 15,000.00."""
    total = amount * unit
    expected = total if total <= LARGEST else None

    assert read_amount(str(amount), unit) == expected
    assert read_amount(f"({amount})", unit) == (None if expected is None else -expected)


@given(st.integers(0, 10**11))
def test_cents_are_hundredths(cents):
    assert read_amount(str(cents), 0.01) == Decimal(cents) / 100


@given(
    st.dates(date(1930, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%d-%b-%Y", "%Y-%m-%d 10:30:00"]),
)
def test_days_are_read_in_every_form(day, form):
    assert read_date(day.strftime(form)) == day


DAYS = st.dates(date(2020, 1, 1), TODAY)
MOBILES = st.integers(0, 10**9 - 1).map(lambda number: f"13{number:09}")
LANDLINES = st.integers(0, 10**7 - 1).map(lambda number: f"0571-8{number:07}")
PHONES = st.one_of(
    MOBILES, LANDLINES, st.builds("{}转{}".format, LANDLINES, st.integers(1, 999)), st.builds("{}、{}".format, MOBILES, LANDLINES), st.builds("{} {}".format, MOBILES, MOBILES),
    st.builds("+86 {}".format, MOBILES), st.just("无"), st.just(""),
)  # fmt: skip
NAMES = st.sampled_from(["张三", "王　小明", "欧阳 修", "John  Smith", "阿卜杜拉·买买提"])
PLACES = st.sampled_from(["", "浙江省杭州市文三路1号", "某村 3 组"])


@st.composite
def bank_rows(draw: Any) -> dict[str, str]:
    """Rows that are right, written as untidily as banks do."""
    principal, interest = draw(AMOUNTS), draw(st.decimals(min_value=0, max_value=9999, places=2))
    placed = draw(DAYS)
    born = draw(st.dates(date(1950, 1, 1), date(2005, 1, 1)))
    return {
        "案件编号": draw(st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True).filter(lambda text: not re.fullmatch(r"\d+E\d+|0+|NAN|NAT", text))),
        "姓名": draw(NAMES),
        "身份证号": draw(st.sampled_from(["{}", " {}", "{} "])).format(make_id_no(draw(st.integers(0, 999)), born=f"{born:%Y%m%d}")),
        "委案日期": placed.strftime(draw(st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"]))),
        "委案金额": f"{principal + interest:,}",
        "本金": f"¥{principal}",
        "利息": str(interest),
        "委案金额(美元)": draw(st.sampled_from(["", "0", "12.5", "US$7"])),
        "卡号": draw(st.sampled_from(["", luhn("622202100000001"), f"{luhn('622202100000001')[:4]} {luhn('622202100000001')[4:]}"])),
        "账单日": draw(st.sampled_from(["", "5", "每月28日", "１２"])),
        "逾期天数": draw(st.sampled_from(["", "0", "45天", "360"])),
        "手机号码": draw(PHONES),
        "家庭电话": draw(PHONES),
        "家庭地址": draw(PLACES),
        "单位名称": draw(st.sampled_from(["", "示例机械厂"])),
        "联系人1姓名": draw(NAMES),
        "联系人1关系": draw(st.sampled_from(["", "配偶", "父亲", "村委会主任"])),
        "联系人1手机": draw(PHONES),
        "联系人1地址": draw(PLACES),
    }


def canonical(values: dict[str, Any]) -> dict[str, str]:
    """The values as a clean file would have them."""
    debtor, *others = values["contacts"]
    employer = next((item for item in others if item["relation"] == "employer" and "said" not in item), {})
    contact = next((item for item in others if "said" in item), {})
    yuan = next(item for item in values["accounts"] if item["currency"] == "CNY")
    dollars = next((item for item in values["accounts"] if item["currency"] == "USD"), {})
    return {
        "案件编号": values["case_no"],
        "姓名": values["name"],
        "身份证号": values["id_no"],
        "委案日期": values["placed_on"],
        "委案金额": yuan["amount"],
        "本金": yuan["principal"],
        "利息": yuan["interest"],
        "委案金额(美元)": dollars.get("amount", ""),
        "卡号": yuan.get("card_no", ""),
        "账单日": str(yuan.get("bill_day", "")),
        "逾期天数": str(values.get("overdue_days", "")),
        "手机号码": written(debtor),
        "家庭地址": "".join(text for _kind, text, _code in debtor["addresses"]),
        "单位名称": employer.get("name", ""),
        "联系人1姓名": contact["name"],
        "联系人1关系": contact["said"],
        "联系人1手机": written(contact),
        "联系人1地址": "".join(text for _kind, text, _code in contact["addresses"]),
    }


def written(person: dict[str, Any]) -> str:
    return "/".join(f"{number}转{extension}" if extension else number for number, extension, _kind in person["phones"])


def read(cells: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    values, found = READER.read([cells.get(header, "") for header in HEADERS])
    return values, [item.code for item in found]


@given(bank_rows())
def test_what_was_read_reads_back_the_same(cells):
    """A1.2: a row that was understood, written out in one form, says the same."""
    values, codes = read(cells)

    again, codes_again = read(canonical(values))

    assert (codes, codes_again) == ([], [])
    assert again == {name: value for name, value in values.items() if name != "extra"}
