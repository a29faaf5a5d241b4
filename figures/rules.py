"""Arithmetic of the figures: shares, percentiles, working minutes, curves. No database, no clock."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate

from duties.rules import WorkingTime

TENTH = Decimal("0.1")


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """`part` of `whole` in percent, to a tenth; None where there is nothing to have a part of."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(TENTH, rounding=ROUND_HALF_UP) if whole else None


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest value that at least `percent` of all don't exceed (nearest rank); None of none. `values` are sorted."""
    if not values:
        return None
    rank = -(-len(values) * percent // 100)
    return values[max(rank, 1) - 1]


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_back(day: date, count: int) -> date:
    """The first of the month so many months before the one of `day`."""
    months = day.year * 12 + day.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def presets(today: date) -> list[tuple[str, date, date]]:
    """The periods that are offered by name."""
    monday, last_month = today - timedelta(days=today.weekday()), months_back(today, 1)
    return [
        ("today", today, today),
        ("week", monday, today),
        ("month", month_of(today), today),
        ("last_month", last_month, month_of(today) - timedelta(days=1)),
        ("half_year", months_back(today, 5), today),
    ]


class WorkAxis:
    """Working minutes between any two moments of a stretch of days: opening hours are laid end to end once, then each moment is looked up among them.

    Says the same as `WorkingTime.between`, which walks from day to day and would take minutes for a year's duties.
    """

    def __init__(self, working: WorkingTime, first: date, last: date) -> None:
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        spans = [(day, *span) for day in days if working.is_working(day) for span in working.hours]
        self.opens = [datetime.combine(day, opens, working.zone).timestamp() for day, opens, _closes in spans]
        closes = (datetime.combine(day, closes, working.zone).timestamp() for day, _opens, closes in spans)
        self.lengths = [end - start for start, end in zip(self.opens, closes, strict=True)]
        self.before = list(accumulate(self.lengths, initial=0.0))

    def between(self, start: datetime, end: datetime) -> float:
        """Both must lie in the stretch; 0 when `end` is not later."""
        return max(self._position(end.timestamp()) - self._position(start.timestamp()), 0.0) / 60

    def _position(self, second: float) -> float:
        """So many seconds of work lie before this one."""
        span = bisect_right(self.opens, second) - 1
        return 0.0 if span < 0 else self.before[span] + min(second - self.opens[span], self.lengths[span])


def curve(paid: Mapping[int, Decimal], placed: Decimal, steps: int) -> list[Decimal | None]:
    """The share of `placed` that was recovered by the end of each step since the placement; what was paid before it counts as step 0."""
    total, found = Decimal(0), []
    early = sum((amount for step, amount in paid.items() if step < 0), Decimal(0))
    for step in range(steps):
        total += paid.get(step, Decimal(0)) + (early if step == 0 else 0)
        found.append(share(total, placed))
    return found


def heat(value: int, most: int) -> int:
    """How warm a cell is, 0 to 8: nothing is 0, the most is 8."""
    return 0 if not value or not most else max(1, -(-value * 8 // most))


def sum_of(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))
