"""Reads the texts of cells as values. Every reader says no rather than guess."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from collection.lib.identity import Phone, find_phones
from collection.lib.money import parse_money, round_money

# What people type into a cell to leave it empty.
BLANKS = {
    "",
    "-",
    "--",
    "---",
    "—",
    "——",
    "/",
    "//",
    "\\",
    "无",
    "暂无",
    "空",
    "null",
    "none",
    "nan",
    "n/a",
    "#n/a",
    "未知",
    "不详",
    "0000-00-00",
    "(null)",
    "nat",
}
# A number that a spreadsheet or its owner has shortened: the digits behind the fifteenth are gone.
_LOST = re.compile(r"^\d(\.\d+)?[eE]\+\d{1,2}$|^\d\.\d+[eE]\d{1,2}$")
_CLOCK = r"(?P<clock>(?:\s*(?:星期|周)[一二三四五六日天])?(?:[\sT]+(?:上午|下午)?\d{1,2}[:时点]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?秒?)?分?(?:\s*\+0?8:?00)?|\s+\d{1,2}[时点])?)"
_DATE = re.compile(rf"^(?P<year>\d{{4}})\s*[-/.年]\s*(?P<month>\d{{1,2}})\s*[-/.月]\s*(?P<day>\d{{1,2}})\s*[日号]?{_CLOCK}$")
_COMPACT_DATE = re.compile(r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?P<clock>\d{6}|\s\d{1,2}:\d{2}(?::\d{2})?|)$")
_MONTHS = {name: number for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}
_NAMED_DATE = re.compile(rf"^(?P<day>\d{{1,2}})[-\s/]?(?P<month>[a-z]{{3,9}})\.?[-\s/,]*(?P<year>\d{{4}}){_CLOCK}$", re.IGNORECASE)
_AMERICAN_DATE = re.compile(rf"^(?P<month>[a-z]{{3,9}})\.?\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_CLOCK}$", re.IGNORECASE)
_SERIAL = re.compile(r"^(?P<days>\d{5})(?P<part>\.\d+)?$")
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
    if text.isdigit() and text.isascii():
        return text
    return re.sub(r"[\s\u3000\-—'`]", "", fold(text)).upper()


@lru_cache(maxsize=4096)
def read_date(text: str) -> date | None:
    """2026-01-04, 2026/1/4, 2026.1.4, 2026年1月4日, 20260104, 4-Jan-2026, with a time behind it or not, or a spreadsheet's serial number.

    26/1/4 and 2026-01 are no day.
    """
    found = _date_in(text)
    return found[0] if found else None


def read_moment(text: str) -> datetime | None:
    """A day and the time behind it, midnight without one; as written, without a zone."""
    found = _date_in(text)
    if found is None:
        return None
    day, clock = found
    parts = [int(part) for part in re.findall(r"\d+", re.sub(r"\.\d+|\+0?8:?00", "", clock))]
    if len(parts) == 1 and len(clock) == 6:
        parts = [int(clock[:2]), int(clock[2:4]), int(clock[4:])]
    if parts and "下午" in clock and parts[0] < 12:
        parts[0] += 12
    try:
        return datetime.combine(day, time(*parts[:3]))
    except ValueError:
        return None


def _date_in(text: str) -> tuple[date, str] | None:
    """The day and what is written of the time."""
    text = fold(text).strip()
    if found := _SERIAL.match(text):
        seconds = round(float(found["part"] or 0) * 86_400)
        day, clock = _EPOCH + timedelta(days=int(found["days"])), str(timedelta(seconds=min(seconds, 86_399)))
    else:
        found = _DATE.match(text) or _COMPACT_DATE.match(text) or _NAMED_DATE.match(text) or _AMERICAN_DATE.match(text)
        if not found:
            return None
        month = found["month"] if found["month"].isdigit() else _MONTHS.get(found["month"][:3].lower(), 0)
        try:
            day, clock = date(int(found["year"]), int(month), int(found["day"])), found["clock"] or ""
        except ValueError:
            return None
    return (day, clock) if _EARLIEST <= day <= _LATEST else None


_SIMPLE_AMOUNT = re.compile(r"\d{1,10}(?:\.\d{1,2})?", re.ASCII)
_SIGNS = {"USD": "$", "HKD": "$", "AUD": "$", "CAD": "$", "SGD": "$", "EUR": "€", "GBP": "£"}
_FOREIGN_SIGN = re.compile(r"[$€£]|usd|hkd|eur|jpy|gbp|us\$|hk\$|美元|美金|港币|港元|欧元|日元|英镑", re.IGNORECASE)
_TIMES = {"亿": 100_000_000, "万": 10_000, "千": 1_000}
_MAGNITUDE = re.compile(r"([亿万千])元?$")


def read_amount(text: str, unit: int | float = 1, currency: str = "") -> Decimal | None:
    """¥1,234.50, １２３４．５, 1.2万, 12345.67元, (12.00), 12-; in the unit that its header names. None when it is no amount, or one of another currency."""
    if unit == 1 and _SIMPLE_AMOUNT.fullmatch(text):
        return round_money(Decimal(text))
    folded = fold(text).strip()
    if has_lost_precision(folded):
        return None
    if sign := _FOREIGN_SIGN.search(folded):
        if not currency or (read_currency(sign.group()) != currency and sign.group() not in _SIGNS.get(currency, "")):
            return None
        folded = _FOREIGN_SIGN.sub("", folded)
    elif currency not in ("", "CNY", "JPY") and re.search("[¥元圆]|人民币|rmb|cny", folded, re.IGNORECASE):
        return None
    if said := _MAGNITUDE.search(folded):
        folded, unit = folded[: said.start()], _TIMES[said.group(1)]
    try:
        return parse_money(folded, unit=Decimal(str(unit)))
    except ValueError:
        return None


def read_number(text: str) -> int | None:
    """45, 45天, 45.0, 每月5日: the one whole number in the cell."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    found = re.findall(r"(?<![\d.])\d+(?:\.0+)?(?![\d.])", fold(text))
    return int(float(found[0])) if len(found) == 1 and len(found[0]) < 10 else None


def read_phones(text: str) -> tuple[list[Phone], list[str], str]:
    """The numbers in a cell as (digits, extension, kind), the parts of it that are none, and the words around the numbers."""
    return find_phones(text)


def read_name(text: str) -> str:
    """A name in one piece: 张　三 is 张三; a Latin name keeps one blank between its words."""
    if text.isalpha() and not text.isascii() and unicodedata.is_normalized("NFKC", text):
        return text
    folded = re.sub(r"\s+", " ", fold(text)).strip()
    return folded if re.search(r"[A-Za-z]", folded) else folded.replace(" ", "")


_YES = {"是", "y", "yes", "true", "1", "已结清", "结清", "已还清", "全额结清", "有"}
_NO = {"否", "n", "no", "false", "0", "未结清", "未还清", "部分还款", "部分结清", "没有"}


def read_yes_no(text: str) -> bool | None:
    plain = fold(text).strip().lower()
    return True if plain in _YES else False if plain in _NO else None


def read_gender(text: str) -> str:
    """male or female, "" when the text says neither."""
    return {"男": "male", "男性": "male", "m": "male", "male": "male", "女": "female", "女性": "female", "f": "female", "female": "female"}.get(
        text.strip().lower(), ""
    )


_CURRENCIES = {
    "156": "CNY",
    "人民币": "CNY",
    "人民币元": "CNY",
    "rmb": "CNY",
    "cny": "CNY",
    "本币": "CNY",
    "840": "USD",
    "美元": "USD",
    "usd": "USD",
    "美金": "USD",
}
_CURRENCIES |= {"344": "HKD", "港币": "HKD", "港元": "HKD", "hkd": "HKD", "978": "EUR", "欧元": "EUR", "eur": "EUR", "392": "JPY", "日元": "JPY", "jpy": "JPY"}
_CURRENCIES |= {
    "826": "GBP",
    "英镑": "GBP",
    "gbp": "GBP",
    "036": "AUD",
    "澳元": "AUD",
    "aud": "AUD",
    "124": "CAD",
    "加元": "CAD",
    "cad": "CAD",
    "us$": "USD",
    "hk$": "HKD",
}
_CURRENCIES |= {"702": "SGD", "新加坡元": "SGD", "sgd": "SGD", "446": "MOP", "澳门元": "MOP", "mop": "MOP", "€": "EUR", "£": "GBP"}


@lru_cache(maxsize=256)
def read_currency(text: str) -> str:
    """The ISO code of a currency's name, code or number; "" when unknown."""
    return _CURRENCIES.get(fold(text).strip().lower(), "")
