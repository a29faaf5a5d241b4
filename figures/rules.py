"""Arithmetic of the figures: shares, percentiles, working minutes, curves. No database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

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
    """Working minutes between any two moments of a stretch of days, each in a few steps: the days are counted once.

    Says the same as `WorkingTime.between`, which walks from day to day and would take minutes for a year's duties.
    """

    def __init__(self, working: WorkingTime, first: date, last: date) -> None:
        self.zone, self.first = working.zone, first
        self.spans = [(_minutes(opens), _minutes(closes)) for opens, closes in working.hours]
        length = sum(closes - opens for opens, closes in self.spans)
        self.works = [working.is_working(first + timedelta(days=number)) for number in range((last - first).days + 1)]
        self.before = [0.0]
        for is_working in self.works:
            self.before.append(self.before[-1] + (length if is_working else 0))

    def between(self, start: datetime, end: datetime) -> float:
        """Both must lie in the stretch; 0 when `end` is not later."""
        return max(self._position(end) - self._position(start), 0.0)

    def _position(self, moment: datetime) -> float:
        local = moment.astimezone(self.zone)
        number = (local.date() - self.first).days
        if not self.works[number]:
            return self.before[number]
        minute = local.hour * 60 + local.minute + local.second / 60 + local.microsecond / 60_000_000
        return self.before[number] + sum(min(max(minute - opens, 0.0), closes - opens) for opens, closes in self.spans)


def _minutes(moment) -> float:
    return moment.hour * 60 + moment.minute


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
