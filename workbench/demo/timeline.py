"""Weeks that have passed: working moments before now, and the steps of the story in the order of their time."""

import heapq
import itertools
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from duties.rules import WorkingTime
from penalties.services import enforce_duties

Step = Callable[[datetime], None]


class Past:
    """Working days counted back from now. Day 0 is the last one whose morning is over."""

    def __init__(self, now: datetime, working: WorkingTime) -> None:
        self.now, self.working = now.astimezone(working.zone), working
        today = self.now.date()
        begun = working.is_working(today) and self.now.time() >= time(11)
        self._days = [today if begun else self._before(today)]

    def _before(self, day: date) -> date:
        day -= timedelta(days=1)
        while not self.working.is_working(day):
            day -= timedelta(days=1)
        return day

    def day(self, days_ago: int) -> date:
        while len(self._days) <= days_ago:
            self._days.append(self._before(self._days[-1]))
        return self._days[days_ago]

    def at(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        """That moment of that working day; never later than a minute ago."""
        moment = datetime.combine(self.day(days_ago), time(hour, minute), self.working.zone)
        return min(moment, self.now - timedelta(minutes=1))


class Timeline:
    """Steps run in the order of their moments; a step may add later ones. Each day ends with the enforcement of what is overdue."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self._steps: list[tuple[datetime, int, Step]] = []
        self._order = itertools.count()

    def add(self, moment: datetime, step: Step) -> None:
        """Steps that lie in the future are left to whoever uses the desk."""
        if moment < self.past.now:
            heapq.heappush(self._steps, (moment, next(self._order), step))

    def run(self) -> None:
        day: date | None = None
        while self._steps:
            moment, _number, step = heapq.heappop(self._steps)
            if day is not None and moment.date() > day:
                self._end(day)
            day = moment.date()
            step(moment)
        enforce_duties(now=self.past.now)

    def _end(self, day: date) -> None:
        enforce_duties(now=self.past.working.close_of(day) + timedelta(minutes=1))
