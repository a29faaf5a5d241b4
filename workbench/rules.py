"""What the desk says of a case's figures, and how a script's places are filled. No database, no clock."""

import re
from collections.abc import Mapping
from datetime import date

IDENTITY = "{identity}"


def stage_span(stage: str) -> tuple[int, int | None] | None:
    """The days overdue that a stage stands for: M1 is 1 to 30, M3 is 61 to 90, M6+ is from 151 on. None when it isn't a known one."""
    found = re.fullmatch(r"M(\d{1,2})(\+)?", stage.strip().upper())
    if not found or found.group(1) == "0":
        return None
    number = int(found.group(1))
    return (number - 1) * 30 + 1, None if found.group(2) else number * 30


def contradicts(stage: str, overdue_days: int | None) -> bool:
    """Whether stage and days overdue can't both be right (five days of grace for a month's length)."""
    span = stage_span(stage)
    if span is None or overdue_days is None:
        return False
    first, last = span
    return overdue_days < first - 5 or (last is not None and overdue_days > last + 5)


def next_bill_on(bill_day: int, today: date) -> date:
    """The next day that the card's bill is made; a short month's last day stands for a day it hasn't."""
    year, month = today.year, today.month
    while True:
        day = _day_of(year, month, bill_day)
        if day >= today:
            return day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _day_of(year: int, month: int, day: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    last = (following - date.resolution).day
    return date(year, month, min(day, last))


def mask_numbers(text: str) -> str:
    """Numbers of seven digits or more inside a text keep their ends only: the file's own columns may hold phones and ids."""
    return re.sub(r"(?<!\d)(\d{3})[\dXx\s-]{2,}?(\d{2}[\dXx]{2})(?![\dXx])", _masked, text)


def _masked(found: re.Match) -> str:
    digits = re.sub(r"\D", "", found.group(0))
    return found.group(0) if len(digits) < 7 else f"{found.group(1)}****{found.group(2)}"


def fill(text: str, values: Mapping[str, str]) -> str:
    """The script with its places filled; a place that has no value is left as it stands."""
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found.group(1), found.group(0)), text)


def opening_and_body(text: str) -> tuple[str, str]:
    """What is said before identity is verified, and after (CR-17). A third party's script has no second part."""
    opening, _mark, body = text.partition(IDENTITY)
    return opening.strip(), body.strip()
