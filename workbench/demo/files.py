"""Bank files as banks send them: two banks, two layouts. For the demo's own imports, and to try the import by hand."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from openpyxl import Workbook

from workbench.demo.people import card, mobile, person, person_name

RELATIONS = ("配偶", "父亲", "母亲", "兄弟", "姐妹", "同事", "朋友")
JIANGNAN = [
    "案件编号", "客户姓名", "证件号", "卡号", "委案金额", "本金", "利息", "滞纳金", "信用额度", "账单日", "逾期期数", "逾期天数", "首次逾期日期",
    "最后还款日期", "最后还款金额", "委案日期", "退案日期", "委案城市", "产品名称", "手机", "住宅地址", "家庭邮编", "单位名称", "单位电话",
    "联系人1姓名", "联系人1关系", "联系人1手机", "备注",
]  # fmt: skip
BEICHEN = [
    "个案序列号", "姓名", "公民身份号码", "信用卡号", "委托金额", "欠款本金", "欠款利息", "逾期级别", "拖欠天数", "委托日期", "退件日期", "所在城市", "产品类型",
    "手机1", "家庭地址", "工作单位", "办公电话", "第一联系人姓名", "第一联系人与本人关系", "第一联系人手机", "第二联系人姓名", "第二联系人与本人关系", "第二联系人手机",
]  # fmt: skip


@dataclass(frozen=True)
class Debt:
    """One line of a bank's file, before it is put into that bank's columns."""

    number: int
    case_no: str
    amount: Decimal
    principal: Decimal
    stage: int
    overdue: int
    contacts: tuple[tuple[str, str, str], ...]


def debt(number: int, case_no: str) -> Debt:
    rng = Random(number * 31 + 7)
    stage = rng.choices((2, 3, 4, 5, 6, 7), (20, 30, 20, 12, 10, 8))[0]
    principal = Decimal(rng.randint(8, 900)) * 100 + Decimal(rng.randint(0, 9999)) / 100
    amount = (principal * (Decimal(100 + stage * 4 + rng.randint(0, 9)) / 100)).quantize(Decimal("0.01"))
    others = [(person_name(rng), rng.choice(RELATIONS), mobile(number * 3 + 50_000_000 + index)) for index in range(2)]
    return Debt(number, case_no, amount, principal, stage, (stage - 1) * 30 + rng.randint(1, 29), tuple(others))


def jiangnan_row(row: Debt, *, placed_on: date) -> list:
    who, rng = person(row.number), Random(row.number + 5)
    interest = ((row.amount - row.principal) * Decimal("0.7")).quantize(Decimal("0.01"))
    paid = placed_on - timedelta(days=row.overdue + rng.randint(3, 40))
    first = row.contacts[0]
    return [
        row.case_no, who.name, who.id_no, card(row.number), row.amount, row.principal, interest, row.amount - row.principal - interest,
        rng.choice((5000, 10000, 20000, 50000)), rng.randint(1, 28), f"M{row.stage}", row.overdue, placed_on - timedelta(days=row.overdue), paid,
        rng.randint(1, 30) * 100, placed_on, placed_on + timedelta(days=120), who.home[3:6], "标准信用卡", who.mobile, who.home, who.postcode,
        who.company, who.work_phone, first[0], first[1], first[2], rng.choice(("", "", "", "曾承诺还款", "多次更换号码", "偏好下午联系")),
    ]  # fmt: skip


def beichen_row(row: Debt, *, placed_on: date) -> list:
    who = person(row.number)
    (name, relation, phone), (name2, relation2, phone2) = row.contacts
    return [
        row.case_no, who.name, who.id_no, card(row.number), f"{row.amount:,.2f}", f"{row.principal:,.2f}", f"{row.amount - row.principal:,.2f}",
        f"M{row.stage}", row.overdue, f"{placed_on:%Y/%m/%d}", f"{placed_on + timedelta(days=90):%Y/%m/%d}", who.home[3:6], "现金分期", who.mobile, who.home,
        who.company, who.work_phone, name, relation, phone, name2, relation2, phone2,
    ]  # fmt: skip


def jiangnan_book(numbers: range, *, placed_on: date, prefix: str) -> bytes:
    """One sheet with a title above its headers and a total below its rows."""
    rows = [jiangnan_row(debt(number, f"{prefix}{number:06}"), placed_on=placed_on) for number in numbers]
    book, sheet = _sheet("委案明细")
    sheet.append([f"示例江南银行信用卡中心委外案件明细（{placed_on:%Y-%m-%d}）"])
    sheet.append(JIANGNAN)
    for row in rows:
        sheet.append(row)
    sheet.append(["合计", None, None, None, sum(row[4] for row in rows)])
    return _bytes(book)


def beichen_book(numbers: range, *, placed_on: date, prefix: str, spoil: bool = False) -> bytes:
    """Headers in the first row; amounts and days as text. Spoilt, a few cells are wrong, as happens."""
    rows = [beichen_row(debt(number, f"{prefix}{number:06}"), placed_on=placed_on) for number in numbers]
    if spoil:
        _spoil(rows)
    book, sheet = _sheet("Sheet1")
    sheet.append(BEICHEN)
    for row in rows:
        sheet.append(row)
    return _bytes(book)


def _payment(number: int, case_no: str, owed: Decimal, day: date) -> list:
    settles = number % 5 == 4
    amount = owed if settles else (owed / (6 + number % 4)).quantize(Decimal("0.01"))
    return [case_no, amount, day - timedelta(days=number % 2), ("网银转账", "自动代扣", "柜面还款")[number % 3], "是" if settles else "否"]


def _balance(number: int, case_no: str, owed: Decimal, day: date) -> list:
    return [case_no, (owed * (Decimal(1004 + number % 9) / 1000)).quantize(Decimal("0.01")), day]


def _recall(number: int, case_no: str, _owed: Decimal, _day: date) -> list:
    return [case_no, *(("停催", "客户向银行投诉，处理期间停催"), ("撤案", "银行收回自行处理"), ("退案", "委托到期退案"))[number % 3]]


def _retention(number: int, case_no: str, _owed: Decimal, day: date) -> list:
    return [case_no, day + timedelta(days=150 + number % 3 * 30)]


def _warning(number: int, case_no: str, _owed: Decimal, _day: date) -> list:
    return [case_no, ("客户曾多次投诉，注意用语", "客户近期住院，请先询问是否方便", "同名客户较多，务必核实身份")[number % 3]]


def _record(number: int, case_no: str, _owed: Decimal, day: date) -> list:
    moment = datetime.combine(day - timedelta(days=90 + number), time(10, 5 + number % 50))
    return [case_no, f"{moment:%Y-%m-%d %H:%M}", "前手催收员", ("本人接听，称下月发工资后还款", "电话无人接听", "家属转告，答应联系本人")[number % 3]]


def _contact(number: int, case_no: str, _owed: Decimal, _day: date) -> list:
    rng = Random(number + 77)
    return [case_no, mobile(80_000_000 + number), person_name(rng), rng.choice(RELATIONS), mobile(81_000_000 + number)]


# {kind: (what the bank calls it, headers, row)}: the other files that banks send.
UPDATES = {
    "payment": ("还款明细", ["案件编号", "还款金额", "还款日期", "还款方式", "是否结清"], _payment),
    "balance": ("余额更新", ["案件编号", "最新欠款", "截止日期"], _balance),
    "recall": ("停催撤案", ["案件编号", "操作类型", "停催原因"], _recall),
    "retention": ("留案", ["案件编号", "留案至"], _retention),
    "warning": ("警告信息", ["案件编号", "警告信息"], _warning),
    "record": ("委前催记", ["案件编号", "催收时间", "催收员", "催收内容"], _record),
    "contact": ("联系人更新", ["案件编号", "新手机", "联系人1姓名", "联系人1关系", "联系人1手机"], _contact),
}


def update_book(kind: str, cases: Sequence[tuple[str, Decimal]], *, day: date) -> bytes:
    """What the bank says as of that day of these cases: (case number, what is owed)."""
    title, headers, row_of = UPDATES[kind]
    book, sheet = _sheet(title)
    sheet.append(headers)
    for number, (case_no, owed) in enumerate(cases):
        sheet.append(row_of(number, case_no, owed, day))
    return _bytes(book)


def _spoil(rows: list[list]) -> None:
    """An ID number with a wrong check digit, an amount in words, no name, a month of thirteen, the same case twice."""
    id_no = rows[3][2]
    rows[3][2] = id_no[:-1] + ("1" if id_no[-1] != "1" else "2")
    rows[6][4] = "壹万贰仟元整"
    rows[9][1] = ""
    rows[12][9] = "2026/13/05"
    rows[15][0] = rows[14][0]
    rows[16][13] = "12345"


def _sheet(title: str):
    book = Workbook()
    sheet = book.active
    sheet.title = title
    return book, sheet


def _bytes(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write_files(folder: Path, *, today: date) -> list[Path]:
    """The two files of the README's walk-through: a clean one, and one with a few bad cells. And one of each other kind, about cases of the demo."""
    folder.mkdir(parents=True, exist_ok=True)
    start = 9_000_000 + today.toordinal() % 1000 * 1000  # other people every day, so that a file can be imported again tomorrow
    clean, spoilt = folder / f"江南银行_委案_{today:%Y%m%d}.xlsx", folder / f"北辰银行_委案_{today:%Y%m%d}_有误.xlsx"
    clean.write_bytes(jiangnan_book(range(start, start + 120), placed_on=today, prefix=f"JN{today:%y%m%d}-"))
    spoilt.write_bytes(beichen_book(range(start + 500, start + 560), placed_on=today, prefix=f"BC{today:%y%m%d}-", spoil=True))
    cases = [(f"JN{number:06}", debt(number, "").amount) for number in range(1, 13)]
    others = [folder / f"江南银行_{title}_{today:%Y%m%d}.xlsx" for title, _headers, _row in UPDATES.values()]
    for kind, path in zip(UPDATES, others, strict=True):
        path.write_bytes(update_book(kind, cases, day=today))
    return [clean, spoilt, *others]
