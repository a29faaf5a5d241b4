"""A quarter of duties before the story begins: most kept, some late, a few missed, so that statements and simulations have something to show."""

from datetime import datetime, timedelta
from random import Random

from duties.models import Duty
from duties.services import meet_duty, open_duty
from penalties.models import PenaltyEvent
from penalties.services_appeals import waive
from penalties.services_months import close_month
from workbench.demo.agency import Agency
from workbench.demo.timeline import Past, Step, Timeline

FIRST, LAST = 27, 85  # working days ago
# kind, who holds it, the hour at which it begins
HELD = [
    ("intake", ("supply1", "supply2"), 9),
    ("import", ("data1", "data2"), 10),
    ("assignment", ("lead1", "lead2", "lead3"), 11),
    ("registry", ("centre1",), 14),
    ("letter_dispatch", ("office1", "office2"), 15),
    ("letter_quality", ("quality1",), 16),
    ("filtering", ("collector1", "collector3", "collector5", "collector6", "collector9", "collector10"), 9),
]
KEPT, LATE = 62, 26  # of a hundred; what is left is done days later
REASONS = ("银行传输系统故障，非本人原因", "当日全公司停电，已有物业证明", "系统升级期间无法登录")


class Quarter:
    def __init__(self, agency: Agency, past: Past, timeline: Timeline) -> None:
        self.agency, self.past, self.timeline, self.rng = agency, past, timeline, Random(85)

    def plan(self) -> None:
        for days_ago in range(LAST, FIRST, -1):
            for kind, holders, hour in self.rng.sample(HELD, 3):
                self.timeline.add(self.past.at(days_ago, hour, self.rng.randint(0, 50)), self._duty(kind, self.rng.choice(holders)))
        for days_ago in range(LAST, 0, -1):
            if self.past.day(days_ago).month != self.past.day(days_ago + 1).month:  # the first working day of a month
                self.timeline.add(self.past.at(days_ago - 2, 16), self._close())

    def _duty(self, kind: str, username: str) -> Step:
        bank, luck, minutes = self.rng.choice(self.agency.banks), self.rng.randint(1, 100), self.rng.randint(10, 200)

        def begin(now: datetime) -> None:
            accounts = 120 if kind == "filtering" else None
            duty = open_duty(kind=kind, subject=bank, holder=self.agency[username], start=now, by=None, path="/placements/", accounts=accounts)
            if duty.starts_at == now:
                self.timeline.add(self._done_at(duty, luck, minutes), done)

        def done(now: datetime) -> None:
            meet_duty(kind=kind, subject=bank, by=self.agency[username], now=now)

        return begin

    def _done_at(self, duty: Duty, luck: int, minutes: int) -> datetime:
        if luck <= KEPT:
            return max(duty.starts_at + timedelta(minutes=5), duty.due_at - timedelta(minutes=minutes))
        return duty.due_at + (timedelta(minutes=minutes) if luck <= KEPT + LATE else timedelta(days=1, minutes=minutes))

    def _close(self) -> Step:
        """The GM office looks through last month's events, waives one, and closes the month."""

        def step(now: datetime) -> None:
            judge = self.agency["gm1"]
            month = (now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
            events = list(PenaltyEvent.objects.filter(month=month, state="recorded").order_by("pk")[:2])
            if events:
                waive(event_id=events[0].pk, reason=self.rng.choice(REASONS), by=judge, now=now)
            close_month(month=month, by=judge, now=now)
            if len(events) > 1:  # known only afterwards: a correction in the next month
                waive(event_id=events[1].pk, reason=self.rng.choice(REASONS), by=judge, now=now + timedelta(minutes=30))

        return step
