"""What a cell holds, as text: the one form in which everything behind the reader sees it."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

# Excel keeps 15 digits: any longer number has already lost some.
EXACT_BELOW = 10**15

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_AS_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_HALF_A_SECOND = timedelta(microseconds=500_000)
_MIDNIGHT = time(0)


def texts_of(values: Iterable[Any], left: int = 0) -> list[str]:
    """The row from column A on, without the blanks at its end; [] for an empty row. `left` columns before the first value are blank."""
    cells = [""] * left
    # Nearly every text of a bank's file is one that `clean` would not change; this is asked four million times for 100,000 rows.
    cells += [
        value if value.__class__ is str and (not value or (value.isprintable() and value[0] not in "=' " and value[-1] != " ")) else text_of(value)
        for value in values
    ]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def text_of(value: Any) -> str:
    """Numbers in full, a number too long for a spreadsheet with an exponent (its digits are lost), days as 2026-01-04."""
    return _TEXT_OF[value.__class__](value)


def _number(value: float) -> str:
    if not math.isfinite(value):  # 1e400: what Excel itself would show
        return "#NUM!"
    if abs(value) >= EXACT_BELOW:
        return f"{value:.14E}"
    text = format(value, ".15g")
    return f"{Decimal(text):f}" if "e" in text else text


def _moment(value: datetime) -> str:
    """To the second: a spreadsheet keeps moments as fractions of a day."""
    if value.microsecond:
        value = (value + _HALF_A_SECOND).replace(microsecond=0)
    text = value.isoformat(" ")
    return text[:10] if value.time() == _MIDNIGHT else text


def clean(text: str) -> str:
    """Without control and direction signs, blanks around it, and the marks by which tables keep a number as text (="1", '1)."""
    text = _CONTROL.sub("", text)
    as_text = _AS_TEXT.match(text)
    text = (as_text.group(1) if as_text else text).strip().strip("\u3000\xa0")
    return text[1:] if text[:1] == "'" and text[1:2].isdigit() else text


def _whole(value: int) -> str:
    return _number(float(value)) if abs(value) >= EXACT_BELOW else str(value)


def _duration(value: timedelta) -> str:
    """Hours may be more than a day's: 36:00:00."""
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _clock(value: time) -> str:
    return value.replace(microsecond=0).isoformat()


_TEXT_OF: dict[type, Callable[[Any], str]] = {
    str: clean,
    float: _number,
    int: _whole,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: _moment,
    date: date.isoformat,
    time: _clock,
    timedelta: _duration,
    type(None): lambda value: "",
}


def column_of(letters: str) -> int:
    """0 for A, 26 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def letters_of(column: int) -> str:
    """A for 0, AA for 26."""
    letters = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        letters = chr(65 + rest) + letters
        column -= 1
    return letters


def place(sheet: str, row: int, column: int) -> str:
    """Where a cell is, in words for a person: 名单!C5. `row` from 1, `column` from 0."""
    return f"{clean(sheet)}!{letters_of(column)}{row}"


def is_blank(values: Sequence[Any]) -> bool:
    """Whether a row holds nothing at all, not even a space."""
    return all(value is None or value == "" for value in values)
