"""What the desk says of a case's figures, and how a script's places are filled. No database, no clock."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum

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


_DAY = re.compile(r"(19|20)\d\d-?(0[1-9]|1[0-2])-?([0-2]\d|3[01])(?!\d)")


def mask_numbers(text: str) -> str:
    """Numbers of seven digits or more inside a text keep their ends only: the file's own columns may hold phones and ids. A day is no number."""
    return re.sub(r"(?<!\d)\d[\d\s-]{4,}\d[\dXx](?![\dXx])", _masked, text)


def _masked(found: re.Match) -> str:
    digits = re.sub(r"[^\dXx]", "", found.group(0))
    day = _DAY.match(found.group(0))
    if len(digits) < 7 or (day and len(digits) <= 14):
        return found.group(0)
    shown = (3, 4) if len(digits) > 8 else (2, 2)
    return f"{digits[: shown[0]]}****{digits[-shown[1] :]}"


def fill(text: str, values: Mapping[str, str]) -> str:
    """The script with its places filled; a place that has no value is left as it stands."""
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found.group(1), found.group(0)), text)


def opening_and_body(text: str) -> tuple[str, str]:
    """What is said before identity is verified, and after (CR-17). A third party's script has no second part."""
    opening, _mark, body = text.partition(IDENTITY)
    return opening.strip(), body.strip()


class Timing(StrEnum):
    """How good a moment is for a call that nobody asked for (C3.2)."""

    GOOD = "good"
    FAIR = "fair"
    WEEKEND = "weekend"
    MONTH_END = "month_end"
    HALF_DAY_END = "half_day_end"
    CLOSED = "closed"


# Near the end of the morning, and of the afternoon.
HALF_DAY_ENDS = ((time(11, 30), time(13, 30)), (time(17, 0), time(18, 0)))
LAST_DAYS_OF_MONTH = 2


def timing_of(local: datetime, *, is_closed: bool) -> Timing:
    """C3.2: not at weekends, at month end, or near the end of the morning or afternoon; better in the morning. Never outside the hours
    that the limits in force open (`is_closed`)."""
    if is_closed:
        return Timing.CLOSED
    if local.weekday() >= 5:
        return Timing.WEEKEND
    if (local + timedelta(days=LAST_DAYS_OF_MONTH)).month != local.month:
        return Timing.MONTH_END
    if any(start <= local.time() < end for start, end in HALF_DAY_ENDS):
        return Timing.HALF_DAY_END
    return Timing.GOOD if local.time() < HALF_DAY_ENDS[0][0] else Timing.FAIR
