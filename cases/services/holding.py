"""Who holds a case is known above this app, which is asked for it here: a bank's payment is credited to somebody, its news are told to somebody."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from staff.models import User


@dataclass(frozen=True)
class Holding:
    """Somebody held a case from `since` on, until `until` or still."""

    person: User
    since: datetime
    until: datetime | None


# Each takes ids of cases and returns who held them when, the earliest first.
SOURCES: list[Callable[[Collection[int]], dict[int, list[Holding]]]] = []


def holdings_of(case_ids: Collection[int]) -> dict[int, list[Holding]]:
    found: dict[int, list[Holding]] = {}
    for source in SOURCES:
        found |= source(case_ids)
    return found


def held_now(holdings: list[Holding]) -> User | None:
    return next((holding.person for holding in holdings if holding.until is None), None)


def held_on(holdings: list[Holding], day: date) -> User | None:
    """Who had it on that day; the later one when it changed hands."""
    there = [row for row in holdings if timezone.localdate(row.since) <= day and (row.until is None or timezone.localdate(row.until) >= day)]
    return there[-1].person if there else None
