"""Reads the texts of cells as values. Every reader says no rather than guess."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

from collection.lib.identity import parse_phone, split_phones
from collection.lib.money import parse_money

# What people type into a cell to leave it empty.
BLANKS = {"", "-", "--", "---", "—", "——", "/", "//", "\\", "无", "暂无", "空", "null", "none", "nan", "n/a", "#n/a", "未知", "不详", "0000-00-00"}
# A number that a spreadsheet or its owner has shortened: the digits behind the fifteenth are gone.
_LOST = re.compile(r"^\d(\.\d+)?[eE]\+\d{1,2}$|^\d\.\d+[eE]\d{1,2}$")
_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[\sT]+\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?秒?)?)?$")
_COMPACT_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\d{6})?$")
_SERIAL = re.compile(r"^\d{5}(\.\d+)?$")
# Day 0 of the 1900 calendar as spreadsheets count it, with its 29 February that never was.
_EPOCH = date(1899, 12, 30)
_EARLIEST, _LATEST = date(1930, 1, 1), date(2099, 12, 31)


def fold(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def is_blank(text: str) -> bool:
    return not text or (len(text) <= 10 and text.strip().lower() in BLANKS)


def has_lost_precision(text: str) -> bool:
    """1.10101199003079E+17: an ID or card number that a spreadsheet stored as a number."""
    return bool(_LOST.match(text.strip()))


def clean_number(text: str) -> str:
    """A card, account or ID number without the blanks and dashes it is written with."""
    return re.sub(r"[\s\u3000\-—'`]", "", fold(text)).upper()


def read_date(text: str) -> date | None:
    """2026-01-04, 2026/1/4, 2026.1.4, 2026年1月4日, 20260104, with a time behind it or not, or a spreadsheet's serial number."""
    text = fold(text).strip()
    found = _DATE.match(text) or _COMPACT_DATE.match(text)
    if found:
        try:
            day = date(*map(int, found.groups()))
        except ValueError:
            return None
    elif _SERIAL.match(text):
        day = _EPOCH + timedelta(days=int(float(text)))
    else:
        return None
    return day if _EARLIEST <= day <= _LATEST else None


def read_amount(text: str, unit: int = 1) -> Decimal | None:
    """¥1,234.50, １２３４．５, 1.2万, 12345.67元; in the unit that its header names. None when it is no amount."""
    folded = fold(text).strip()
    if has_lost_precision(folded):
        return None
    if folded.endswith(("万", "万元")):
        folded, unit = folded.rstrip("万元"), 10_000
    try:
        if unit == 1:
            return parse_money(folded)
        return parse_money(str(Decimal(re.sub(r"[\s,¥￥元]", "", folded)) * unit))
    except (ValueError, ArithmeticError):
        return None


def read_number(text: str) -> int | None:
    """45, 45天, 45.0, 每月5日: the one whole number in the cell."""
    found = re.findall(r"\d+(?:\.0+)?(?![\d.])", fold(text))
    return int(float(found[0])) if len(found) == 1 and len(found[0]) < 10 else None


def read_phones(text: str) -> tuple[list[tuple[str, str, str]], list[str]]:
    """The numbers in a cell as (digits, extension, kind), and the parts of it that are none."""
    phones, wrong = [], []
    for part in split_phones(text):
        phone = parse_phone(part)
        if phone is None:
            wrong.append(part)
        elif phone not in phones:
            phones.append(phone)
    return phones, wrong


def read_name(text: str) -> str:
    """A name in one piece: 张　三 is 张三; a Latin name keeps one blank between its words."""
    folded = re.sub(r"\s+", " ", fold(text)).strip()
    return folded if re.search(r"[A-Za-z]", folded) else folded.replace(" ", "")


_CURRENCIES = {"156": "CNY", "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "本币": "CNY", "840": "USD", "美元": "USD", "usd": "USD", "美金": "USD"}
_CURRENCIES |= {"344": "HKD", "港币": "HKD", "港元": "HKD", "hkd": "HKD", "978": "EUR", "欧元": "EUR", "eur": "EUR", "392": "JPY", "日元": "JPY", "jpy": "JPY"}


def read_currency(text: str) -> str:
    """The ISO code of a currency's name, code or number; "" when unknown."""
    return _CURRENCIES.get(fold(text).strip().lower(), "")
