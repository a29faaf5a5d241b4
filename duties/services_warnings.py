"""Warnings before time is over: to the holder at half the time, to the holder and the lead in its last tenth; one line each, a digest of many (F09)."""

from collections import defaultdict
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_noop

from audit.services import event_for, record_many
from duties.models import Duty, DutyKindVersion
from duties.selectors import page_for
from duties.services import BATCH, local
from staff.models import Notice, User
from staff.services import notice_for, notify_many

FIRST, LAST = 1, 2
LIST = "/duties/"

HALF = gettext_noop("Half the time is gone: %(duty)s is due %(due)s.")
HALF_OF_MANY = gettext_noop("Half the time is gone for %(count)s duties; the first is due %(due)s.")
SOON = gettext_noop("Almost due: %(duty)s at %(due)s.")
SOON_OF_MANY = gettext_noop("Almost due: %(count)s duties, the first at %(due)s.")
LEAD = gettext_noop("%(holder)s has little time left: %(duty)s, due %(due)s.")
LEAD_OF_MANY = gettext_noop("Little time is left for %(count)s duties of your team; the first is due %(due)s.")


def send_warnings(*, now: datetime) -> int:
    """Holders whose half time or last tenth has come are told once each; a lead is told of the last tenth. Returns of how many duties.

    What became due meanwhile is not warned of any more: after a pause of the scheduler nobody gets yesterday's warnings.
    """
    sent = 0
    while batch := _warn_batch(now):
        sent += batch
    return sent


@transaction.atomic
def _warn_batch(now: datetime) -> int:
    """Warn of up to BATCH duties; who sets `warnings_sent` first sends, so two sweeps at once warn once."""
    running = Duty.objects.running().filter(due_at__gt=now)
    last = _claim(running.filter(last_tenth_at__lte=now, warnings_sent__lt=LAST), LAST, now)
    half = _claim(running.filter(half_at__lte=now, warnings_sent=0), FIRST, now)
    notices = [_line(person, duties, HALF, HALF_OF_MANY, now) for person, duties in _by_holder(half).items()]
    notices += [_line(person, duties, SOON, SOON_OF_MANY, now, is_urgent=True) for person, duties in _by_holder(last).items()]
    notices += [_line(lead, duties, LEAD, LEAD_OF_MANY, now) for lead, duties in _by_lead(last).items()]
    notify_many(notices)
    return len(half) + len(last)


def _claim(due: models.QuerySet, level: int, now: datetime) -> list[Duty]:
    rows = due.select_for_update(of=("self",), skip_locked=True).select_related("kind", "holder__team__lead").order_by("pk")[:BATCH]
    duties = list(rows)
    Duty.objects.filter(pk__in=[duty.pk for duty in duties]).update(warnings_sent=level)
    record_many(event_for("duty.warned", subject=duty, by=None, at=now, changes={"warning": (duty.warnings_sent, level)}) for duty in duties)
    return duties


def _by_holder(duties: list[Duty]) -> dict[User, list[Duty]]:
    found: dict[User, list[Duty]] = defaultdict(list)
    for duty in duties:
        found[duty.holder].append(duty)
    return found


def _by_lead(duties: list[Duty]) -> dict[User, list[Duty]]:
    found: dict[User, list[Duty]] = defaultdict(list)
    silent = {(row.kind_id, row.valid_from, row.valid_to) for row in DutyKindVersion.objects.filter(tells_lead=False)} if duties else set()
    for duty in duties:
        lead = duty.holder.team.lead if duty.holder.team else None
        is_silent = any(duty.kind_id == kind and start <= duty.starts_at and (end is None or duty.starts_at < end) for kind, start, end in silent)
        if lead and lead != duty.holder and not is_silent:
            found[lead].append(duty)
    return found


def _line(person: User, duties: list[Duty], of_one: str, of_many: str, now: datetime, *, is_urgent: bool = False) -> Notice:
    first = min(duties, key=lambda duty: (duty.due_at, duty.pk))
    values = {"due": local(first.due_at)}
    if len(duties) > 1:
        return notice_for(person, of_many, now=now, path=LIST, is_urgent=is_urgent, count=len(duties), **values)
    return notice_for(person, of_one, now=now, path=page_for(first, person), is_urgent=is_urgent, duty=first, holder=first.holder, **values)
