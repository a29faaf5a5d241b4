"""Working time as arithmetic (A1.1–A3.1, domain.md "Duties and their clocks"). No database, no clock.

A day ends at close of business. An event at or after close, or on a rest day, counts as coming on the next working day;
that day is day 0. "Within two days" ends at close on the second working day after it, "the same day" at close of day 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from duties.choices import Counting

SATURDAY = 5


@dataclass(frozen=True)
class WorkingTime:
    """The agency's calendar: opening hours, and the days that differ from the week's own rhythm.

    It carries its zone; moments of any zone may be given, moments of the agency's zone come back. A day that `days` does not
    know follows the weekday rule, so an unknown year never stops the work.
    """

    hours: tuple[tuple[time, time], ...]
    days: Mapping[date, bool]
    zone: ZoneInfo

    def is_working(self, day: date) -> bool:
        return self.days.get(day, day.weekday() < SATURDAY)

    def close_of(self, day: date) -> datetime:
        return self._at(day, self.hours[-1][1])

    def next_working_day(self, day: date) -> date:
        day += timedelta(days=1)
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def day_zero(self, moment: datetime) -> date:
        local = moment.astimezone(self.zone)
        day = local.date()
        if self.is_working(day) and local < self.close_of(day):
            return day
        return self.next_working_day(day)

    def close_after(self, moment: datetime, days: int) -> datetime:
        """Close of business `days` working days after the day that `moment` counts as."""
        day = self.day_zero(moment)
        for _ in range(days):
            day = self.next_working_day(day)
        return self.close_of(day)

    def add_minutes(self, moment: datetime, minutes: float) -> datetime:
        """`minutes` of working time later; a span that fills the last minute before a break ends at the break."""
        return self.add(moment, timedelta(minutes=minutes))

    def add(self, moment: datetime, span: timedelta) -> datetime:
        left, end = span, moment.astimezone(self.zone)
        for opens, closes in self._spans_from(moment):
            start = max(opens, end)
            if closes - start >= left:
                return start + left
            left -= max(closes - start, timedelta(0))
        raise AssertionError("working spans never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; none when `end` is not later."""
        total = timedelta(0)
        for opens, closes in self._spans_from(start):
            if opens >= end:
                break
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        return total

    def _spans_from(self, moment: datetime):
        day = self.day_zero(moment)
        while True:
            for opens, closes in self.hours:
                yield self._at(day, opens), self._at(day, closes)
            day = self.next_working_day(day)

    def _at(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, self.zone)


@dataclass(frozen=True)
class Length:
    """How long a kind of duty may take: so many minutes or days, or by the number of accounts, and its ceiling.

    `steps` are (up to how many accounts, days); past the last step the ceiling holds (A3.1).
    """

    counting: str
    amount: int
    ceiling: int
    steps: Sequence[tuple[int, int]] = ()

    def for_accounts(self, accounts: int | None) -> int:
        if not self.steps:
            return self.amount
        for most, amount in self.steps:
            if (accounts or 0) <= most:
                return amount
        return self.ceiling


def due_at(length: Length, start: datetime, working: WorkingTime, *, accounts: int | None = None, extra: int = 0) -> datetime:
    """The moment by which the duty must be met; `extra` lengthens it, never past the ceiling."""
    amount = min(length.for_accounts(accounts) + extra, max(length.ceiling, length.for_accounts(accounts)))
    if length.counting == Counting.WORKING_DAYS:
        return working.close_after(start, amount)
    if length.counting == Counting.WORKING_MINUTES:
        return working.add_minutes(start, amount)
    return start.astimezone(working.zone) + timedelta(minutes=amount)


def warn_at(start: datetime, due: datetime, working: WorkingTime, *, first: int = 50, last: int = 90) -> tuple[datetime, datetime]:
    """The two moments of warning, in percent of the time: by default at half of it, and when its last tenth begins.

    0 is no warning: its moment is the due time, when it is too late to warn.
    """
    first, last = first or 100, last or 100
    span = working.between(start, due)
    if not span:  # counted by the clock, outside working hours
        return start + (due - start) * first / 100, start + (due - start) * last / 100
    return working.add(start, span * first / 100), working.add(start, span * last / 100)


def passed(counting: str, start: datetime, end: datetime, working: WorkingTime) -> timedelta:
    """How much of a duty's time goes by from `start` to `end`: by the clock, or working time only."""
    return end - start if counting == Counting.CLOCK_MINUTES else working.between(start, end)


def shifted(counting: str, moment: datetime, span: timedelta, working: WorkingTime) -> datetime:
    """`moment` moved on by so much of a duty's time; not at all by none."""
    if not span:
        return moment
    return moment + span if counting == Counting.CLOCK_MINUTES else working.add(moment, span)
