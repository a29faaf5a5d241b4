"""Enforcement of duties: what nothing newly missed costs, and a newly missed one set-based against row by row, in the same run."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from audit.services import record
from collection.lib.bulk import load
from duties.models import Duty, DutyKind
from penalties.models import PenaltyEvent, PenaltyRule
from penalties.services import enforce_duties
from staff.models import Team, User

OPEN = (20_000, 100_000)
OPEN_ON_POSTGRES = (200_000, 1_000_000)
OPEN_LONG = (1_000_000, 5_000_000)
MISSED = (100, 10_000)
ROW_BY_ROW = 300
START = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
FAR = START + timedelta(days=300)


class Undo(Exception):
    """Nothing that was measured stays."""


def run(*, long: bool = False) -> dict:
    figures: dict = {}
    sizes = OPEN_LONG if long else (OPEN_ON_POSTGRES if connection.vendor == "postgresql" else OPEN)
    try:
        with transaction.atomic():
            _measure(figures, sizes)
            raise Undo
    except Undo:
        return figures


def _measure(figures: dict, sizes: tuple[int, int]) -> None:
    people = _people()
    made, nothing = 0, {}
    for size in sizes:
        _open_duties(made, size, people, due=FAR)
        made = size
        _analyze()
        nothing[size] = min(_seconds(lambda: enforce_duties(now=START)) for _time in range(15))
        figures[f"nothing newly missed among {size:,} open, ms"] = round(nothing[size] * 1000, 2)
    figures[f"the same at {sizes[1]:,} as at {sizes[0]:,} open (ratio)"] = round(nothing[sizes[1]] / nothing[sizes[0]], 2)
    _check_references_at_once()
    each: dict[int, float] = {}
    for number, count in enumerate(MISSED):
        moment = START + timedelta(days=number)
        first = 10_000_000 + number * 100_000
        _open_duties(first, first + count, people, due=moment)
        spent = _seconds(lambda at=moment: enforce_duties(now=at))
        each[count] = spent / count
        figures[f"{count:,} newly missed, ms"] = round(spent * 1000, 1)
        figures[f"each of {count:,}, µs"] = round(each[count] * 1e6, 1)
    slow = _row_by_row(people)
    figures[f"row by row through the ORM, each of {ROW_BY_ROW}, µs"] = round(slow * 1e6, 1)
    figures[f"set-based is faster by (ratio, {MISSED[-1]:,} missed)"] = round(slow / each[MISSED[-1]], 1)


def _check_references_at_once() -> None:
    """Foreign keys are otherwise checked at the commit, which never comes here: their cost belongs to both sides."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _people() -> list[User]:
    team = Team.objects.create(name="bench")
    rows = [User(username=f"bench{number}", name=f"B{number}", staff_no=f"bench{number}", team=team, password="!") for number in range(50)]
    return User.objects.bulk_create(rows)


def _open_duties(first: int, last: int, people: list[User], *, due: datetime) -> None:
    kind = "filtering"
    fields = ("kind_id", "subject_type", "subject_id", "subject", "holder_id", "starts_at", "due_at", "first_due_at", "half_at", "last_tenth_at")
    start, holders = START - timedelta(days=2), [person.pk for person in people]
    load(
        Duty,
        fields,
        ((kind, "bench.subject", number, f"#{number}", holders[number % len(holders)], start, due, due, due, due) for number in range(first, last)),
    )


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE duties_duty" if connection.vendor == "postgresql" else "ANALYZE")


def _row_by_row(people: list[User]) -> float:
    """The peer: the same work one duty at a time, as one would first write it."""
    moment = START + timedelta(days=5)
    _open_duties(20_000_000, 20_000_000 + ROW_BY_ROW, people, due=moment)
    kind = DutyKind.objects.get(pk="filtering")
    spent = _seconds(lambda: [_enforce_one(duty, kind, moment) for duty in Duty.objects.running().filter(due_at__lte=moment).select_related("holder")])
    return spent / ROW_BY_ROW


def _enforce_one(duty: Duty, kind: DutyKind, now: datetime) -> None:
    with transaction.atomic():
        duty.missed_at, duty.missed_holder = duty.due_at, duty.holder
        duty.save(update_fields=["missed_at", "missed_holder"])
        rule = PenaltyRule.objects.filter(duty_kind=kind, valid_from__lte=duty.due_at).order_by("-version").first()
        event = PenaltyEvent.objects.create(
            duty=duty,
            rule=rule,
            person=duty.holder,
            team_id=duty.holder.team_id,
            due_at=duty.due_at,
            month=timezone.localdate(duty.due_at).replace(day=1),
            points=rule.points if rule else 0,
            recorded_at=now,
        )
        record("penalty.recorded", subject=event, by=None, at=now, changes={"points": (None, event.points)})
        duty.recorded_at = now
        duty.save(update_fields=["recorded_at"])
