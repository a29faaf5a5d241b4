"""Enforcement (A4): what is over is missed, recorded once against who held it, and everybody concerned is told once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from duties.models import Duty
from duties.services import local, mark_missed, mark_recorded
from penalties.models import PenaltyEvent
from penalties.selectors import Share, newly_recorded, policy, shares_from, terms_of
from penalties.statements import Terms, insert_events, insert_trail, lock_enforcement, record_late
from staff.choices import Role
from staff.models import Notice, User
from staff.selectors import people_with_role
from staff.services import notice_for, notify_many


@dataclass(frozen=True)
class Enforcement:
    """What one run newly recorded: duties marked missed, and penalty events."""

    missed: int
    events: int


@transaction.atomic
def enforce_duties(*, now: datetime) -> Enforcement:
    """Every duty that is over is missed and has one penalty event, against who held it when it was due (A4).

    Run by whomever and as often as you like: nothing happens twice. After a pause it catches up with the true due times. A miss
    that a late hand-over or a late "done" settled is recorded here too; one with a grace time, once that is over or the duty is done.
    Each person is told once per run, whatever the number.
    """
    lock_enforcement()
    terms = terms_of(now)
    missed, shares = _record(now, terms) if connection.vendor == "postgresql" else _record_in_steps(now, terms)
    if shares:
        _tell(shares, now)
    return Enforcement(missed=missed, events=sum(share.events for share in shares))


def _record(now: datetime, terms: Terms) -> tuple[int, list[Share]]:
    missed, rows = record_late(now, terms)
    return missed, shares_from(rows)


def _record_in_steps(now: datetime, terms: Terms) -> tuple[int, list[Share]]:
    missed = mark_missed(now=now)
    if not insert_events(now, terms):
        return missed, []
    insert_trail(now, terms)
    shares = newly_recorded()
    mark_recorded(duties=Duty.objects.filter(penalty_event__isnull=False), now=now)
    return missed, shares


def _tell(shares: list[Share], now: datetime) -> None:
    """One line each, in one statement: who missed, who leads them, and the GM office (F09: a digest, no flood)."""
    total, path = sum(share.events for share in shares), reverse("penalties:event-list")
    only = PenaltyEvent.objects.select_related("duty__kind").in_bulk([share.last for share in shares if share.events == 1])
    days = policy().appeal_days
    notices = [_own_notice(share, only.get(share.last), path, days, now) for share in shares]
    for lead, count in _by_lead(shares).items():
        notices.append(notice_for(lead, gettext_noop("%(count)s missed duties in your team were recorded."), now=now, path=path, count=count))
    message = gettext_noop("%(count)s missed duties of %(people)s people were recorded.")
    notices += [notice_for(chief, message, now=now, path=path, count=total, people=len(shares)) for chief in people_with_role(Role.GM_OFFICE)]
    notify_many(notices)


def _own_notice(share: Share, event: PenaltyEvent | None, path: str, days: int, now: datetime) -> Notice:
    if event is None:
        message = gettext_noop("You missed %(count)s duties: %(points)s points. You can appeal within %(days)s working days.")
        return notice_for(share.person, message, now=now, path=path, is_urgent=True, count=share.events, points=share.points, days=days)
    message = gettext_noop("You missed: %(duty)s, due %(due)s, %(points)s points. You can appeal within %(days)s working days.")
    values = {"duty": event.duty, "due": local(event.due_at), "points": event.points, "days": days}
    return notice_for(share.person, message, now=now, path=reverse("penalties:event-detail", args=[event.pk]), is_urgent=True, **values)


def _by_lead(shares: list[Share]) -> dict[User, int]:
    leads: dict[User, int] = {}
    for share in shares:
        lead = share.person.team.lead if share.person.team else None
        if lead and lead != share.person:
            leads[lead] = leads.get(lead, 0) + share.events
    return leads
