"""Money is Decimal yuan with two places."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
LARGEST = Decimal("9999999999.99")

_SIGNS = re.compile(r"[\s¥￥$元圆]|RMB|CNY|USD|HKD|人民币|整$", re.IGNORECASE)
# Thousands are separated in threes or not at all: 1,23 may be one and a quarter.
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+", re.ASCII)


def round_money(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_money(text: str, *, unit: Decimal = Decimal(1)) -> Decimal:
    """Read an amount as people type it (full-width digits, separators, a currency sign, (1.00) and 1.00- for -1.00), given in `unit` yuan.

    Raise ValueError for what is no amount, or one of more than ten digits.
    """
    plain = _SIGNS.sub("", unicodedata.normalize("NFKC", text)).replace("−", "-")
    minus = False
    if plain.startswith("(") and plain.endswith(")"):  # accountants' negative
        plain, minus = plain[1:-1], True
    elif plain.startswith(("-", "+")):
        plain, minus = plain[1:], plain[0] == "-"
    elif plain.endswith("-"):  # as bookkeeping systems print it
        plain, minus = plain[:-1], True
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"not an amount: {text!r}")
    try:
        amount = round_money(Decimal(plain.replace(",", "")) * unit)
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {text!r}") from error
    if amount > LARGEST:
        raise ValueError(f"amount out of range: {text!r}")
    return -amount if minus and amount else amount


def format_money(amount: Decimal, currency: str = "CNY") -> str:
    sign = {"CNY": "¥", "USD": "US$", "HKD": "HK$"}.get(currency, f"{currency} ")
    minus = "-" if amount < 0 else ""
    return f"{minus}{sign}{abs(round_money(amount)):,.2f}"


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ["", "拾", "佰", "仟"]
_GROUPS = ["", "万", "亿", "万亿"]


def money_in_words(amount: Decimal) -> str:
    """Write an amount in the capital characters that Chinese letters carry (支付结算办法, annex 1)."""
    cents = int(round_money(abs(amount)) * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = ("负" if amount < 0 else "") + (f"{_integer_in_words(yuan)}元" if yuan else "")
    if not jiao and not fen:
        return f"{words or '零元'}整"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif yuan:
        words += "零"
    return words + (f"{_DIGITS[fen]}分" if fen else "整")


def _integer_in_words(number: int) -> str:
    groups = []
    while number:
        groups.append(number % 10_000)
        number //= 10_000
    words, gap = "", False
    for index in reversed(range(len(groups))):
        group = groups[index]
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _group_in_words(group) + _GROUPS[index]
        gap = False
    return words


def _group_in_words(group: int) -> str:
    words, zero = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            words += ("零" if zero and words else "") + _DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return words
