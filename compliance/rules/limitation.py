"""Limitation of actions (诉讼时效): three years, interrupted by what is shown to have reached the debtor (民法典 188, 195, 201–203; CR-34)."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from compliance.choices import Interruption

YEARS, LONGEST_YEARS = 3, 20
ONE_DAY = timedelta(days=1)
# Holidays in a row, at most: a deadline is not moved further than this.
LONGEST_HOLIDAY = timedelta(days=15)


class Standing(StrEnum):
    """How much time is left to go to court; each later one is more pressing."""

    UNKNOWN = "unknown"
    SAFE = "safe"
    IN_180 = "in_180"
    IN_90 = "in_90"
    IN_30 = "in_30"
    BARRED = "barred"


@dataclass(frozen=True)
class Happened:
    """Something that may interrupt: what, and on which day."""

    kind: str
    on: date


@dataclass(frozen=True)
class Debt:
    """One debt of a case: since when it is due, and when a part of it was last paid."""

    due_on: date
    paid_on: date | None = None


@dataclass(frozen=True)
class Limitation:
    """From which day the term runs, its last day, and how it stands. Both days are None when nobody knows since when the debt is due."""

    starts_on: date | None
    ends_on: date | None
    standing: Standing
    days_left: int | None = None


def corresponding_day(start: date, years: int) -> date:
    """The same day `years` later; a month that hasn't the day ends the term with its last one (民法典 202)."""
    year = start.year + years
    return date(year, start.month, min(start.day, monthrange(year, start.month)[1]))


def deadline(start: date, is_working: Callable[[date], bool] | None = None) -> date:
    """The last day of a term that runs from `start`, which isn't counted; on a rest day it ends with the next day that is none (民法典 203)."""
    last = corresponding_day(start, YEARS)
    furthest = last + LONGEST_HOLIDAY
    while is_working and not is_working(last) and last < furthest:
        last += ONE_DAY
    return last


def runs_from(due_on: date, events: Iterable[Happened], is_working: Callable[[date], bool] | None = None) -> tuple[date, list[Happened]]:
    """From which day the term runs now, and the events that began it anew. What comes when it is over revives nothing, but an acknowledgement."""
    start, counted = due_on, []
    for event in sorted(events, key=lambda event: event.on):
        in_time = event.on <= deadline(start, is_working)
        if event.on >= start and (in_time or event.kind == Interruption.ACKNOWLEDGED):
            start = event.on
            counted.append(event)
    return start, counted


def interrupting(debts: Sequence[Debt], events: Sequence[Happened], is_working: Callable[[date], bool] | None = None) -> set[Happened]:
    """Which of the events began the term anew, for every one of these debts that was due by then: what is over for one is not taken as saved,
    and what falls due later takes nothing from those before it."""
    counted = [(debt.due_on, set(runs_from(debt.due_on, [*events, *_paid(debt)], is_working)[1])) for debt in debts]
    found = set()
    for event in events:
        of_those_due = [kept for due_on, kept in counted if due_on <= event.on]
        if of_those_due and all(event in kept for kept in of_those_due):
            found.add(event)
    return found


def limitation(debts: Iterable[Debt], interrupted_on: date | None, today: date, is_working: Callable[[date], bool] | None = None) -> Limitation:
    """How a case stands today: by the debt whose term ends first, the safe one. Never longer than twenty years (民法典 188).

    `interrupted_on` is the last event that `interrupting` counted.
    """
    found = [_limitation(debt, interrupted_on, today, is_working) for debt in debts]
    return min(found, key=lambda one: one.ends_on) if found else Limitation(None, None, Standing.UNKNOWN)


def _limitation(debt: Debt, interrupted_on: date | None, today: date, is_working: Callable[[date], bool] | None) -> Limitation:
    shown = [Happened(Interruption.ACKNOWLEDGED, interrupted_on)] if interrupted_on else []
    start, _counted = runs_from(debt.due_on, [*shown, *_paid(debt)], is_working)
    ends = min(deadline(start, is_working), corresponding_day(debt.due_on, LONGEST_YEARS))
    left = (ends - today).days
    return Limitation(start, ends, _standing(left), left)


def _paid(debt: Debt) -> list[Happened]:
    return [Happened(Interruption.PAID, debt.paid_on)] if debt.paid_on else []


def _standing(left: int) -> Standing:
    if left < 0:
        return Standing.BARRED
    for most, standing in ((30, Standing.IN_30), (90, Standing.IN_90), (180, Standing.IN_180)):
        if left <= most:
            return standing
    return Standing.SAFE


def hangs_on_holidays(one: Limitation, today: date) -> bool:
    """Whether it seems over only as long as nobody asks the calendar of rest days."""
    return one.ends_on is not None and one.ends_on < today <= one.ends_on + LONGEST_HOLIDAY
