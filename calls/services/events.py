"""What the telephone system tells of a call: in whatever order, however often, each event counts once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit.services import record
from calls.choices import Backend, EventKind, IssueKind
from calls.models import CallEvent, CallIssue, ContactRecord, Dial
from calls.services.inbound import take_inbound
from collection.lib.errors import Refused
from compliance.choices import Direction

RECORDING_WITHIN = timedelta(hours=24)
LOOKED_BACK = timedelta(days=14)
NEAR = timedelta(days=30)
# How long what is told of a call that came in waits for its answer.
WAITED_FOR = timedelta(days=2)
BATCH = 500


class UnknownCall(Refused):
    """No call of ours has this name."""

    status = 404


class EventFarAway(Refused):
    """What is told of a call happened near it: a clock that is years off would make the call last for years."""


class EventReused(Refused):
    """An event's id names one event of one call."""

    rule = "F14"


@dataclass(frozen=True)
class Told:
    """One event as it was told."""

    event_id: str
    call_ref: UUID
    kind: str
    at: datetime
    line: str = ""
    cause: str = ""
    recording: str = ""
    # Of a call that came in: that it did, who answered, and the number that rang.
    direction: str = Direction.OUT
    agent: str = ""
    number: str = ""


@transaction.atomic
def take_event(*, told: Told, now: datetime) -> bool:
    """The call, and its record if there is one, know it from now on. False when it was told before: nothing changes then.

    What is told of a call that came in before its answer waits for it: opened when it rings, a call that nobody answers would be somebody's to record.
    """
    dial, comes_in = _dial_of(told), told.direction == Direction.IN
    if dial is None and comes_in:
        _one_at_a_time(told.call_ref)
        dial = _dial_of(told) or (_answered(told, now) if told.kind == EventKind.ANSWER else None)
    if dial is None and (not comes_in or told.kind == EventKind.ANSWER):
        raise UnknownCall(_("There is no such call."))
    if abs(told.at - (dial.at if dial else now)) > NEAR:
        raise EventFarAway(_("The event's time is too far from its call. Check the telephone system's clock."))
    values = {name: value for name, value in (("line", told.line), ("cause", told.cause), ("recording", told.recording)) if value}
    of_call = {"dial": dial, "call_ref": None if dial else told.call_ref}
    event, is_new = CallEvent.objects.get_or_create(
        event_id=told.event_id, defaults={**of_call, "kind": EventKind(told.kind), "at": told.at, "received_at": now, "values": values}
    )
    if (event.dial_id, event.call_ref, event.kind) != (dial and dial.pk, of_call["call_ref"], told.kind):
        raise EventReused(_("This event's id was used for another one already."))
    if is_new and dial:
        _apply(dial, event, now)
    return is_new


def _dial_of(told: Told) -> Dial | None:
    rows = Dial.objects.select_for_update(of=("self",), no_key=True).select_related("case")
    return rows.filter(call_ref=told.call_ref, backend=Backend.CTI).first()


def _one_at_a_time(call_ref: UUID) -> None:
    """What is told at the same moment of a call that isn't open yet is taken one after the other, so that its answer finds what waits for it."""
    if connection.vendor == "postgresql":  # SQLite has one writer at a time
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [call_ref.int >> 65])


def _answered(told: Told, now: datetime) -> Dial | None:
    dial = take_inbound(call_ref=told.call_ref, agent=told.agent, number=told.number, at=told.at, now=now)
    if dial is None:
        return None
    for event in CallEvent.objects.filter(dial=None, call_ref=told.call_ref).order_by("at", "pk"):
        event.dial, event.call_ref = dial, None
        event.save(update_fields=["dial", "call_ref"])
        _apply(dial, event, now)
    return dial


def forget_unanswered(*, now: datetime) -> int:
    """Calls that rang and that nobody answered, or that concern no case: what was told of them is no longer waited with."""
    return CallEvent.objects.filter(dial=None, received_at__lt=now - WAITED_FOR).delete()[0]


def _apply(dial: Dial, event: CallEvent, now: datetime) -> None:
    """In whatever order events come: the first start, the first answer, the last end and the last recording count."""
    line, cause, recording = (event.values.get(name, "") for name in ("line", "cause", "recording"))
    before = {name: getattr(dial, name) for name in ("rung_at", "answered_at", "ended_at", "recording_ref", "line", "cause", "cancelled_at")}
    if event.kind == EventKind.START:
        if dial.rung_at is None or event.at <= dial.rung_at:
            dial.rung_at, dial.line = event.at, line[:30] or dial.line
    elif event.kind == EventKind.ANSWER:
        dial.answered_at = min(filter(None, (dial.answered_at, event.at)))
    elif event.kind == EventKind.END:
        if dial.ended_at is None or event.at >= dial.ended_at:
            dial.ended_at, dial.cause = event.at, cause[:30] or dial.cause
    elif not dial.events.filter(kind=EventKind.RECORDING, at__gt=event.at).exists():
        dial.recording_ref = recording[:200]
    if dial.cancelled_at and event.kind in (EventKind.START, EventKind.ANSWER, EventKind.RECORDING):
        dial.cancelled_at = None  # it rang, whatever was said: it counts
    changed = [name for name in before if getattr(dial, name) != before[name]]
    dial.save(update_fields=changed)
    record("call.event", subject=dial, by=None, at=now, changes={"event": (None, event.kind)} | {name: (before[name], getattr(dial, name)) for name in changed})
    _update_record(dial)
    if line and dial.direction == Direction.OUT and settings.PBX_LINES and line not in settings.PBX_LINES:
        _raise_issue(dial, IssueKind.UNKNOWN_LINE, "CR-08", now)


def _update_record(dial: Dial) -> None:
    """Duration and recording of a record are the telephone system's, not the caller's (CR-21)."""
    ContactRecord.objects.filter(verdict=dial.verdict_id).update(talk_seconds=dial.talk_seconds, recording_ref=dial.recording_ref)
    if dial.recording_ref:
        CallIssue.objects.filter(verdict=dial.verdict_id, kind=IssueKind.NO_RECORDING, seen_at=None).delete()


def _raise_issue(dial: Dial, kind: str, rule: str, now: datetime) -> None:
    row = ContactRecord.objects.filter(verdict=dial.verdict_id).first()
    defaults = {"rule": rule, "case": dial.case, "collector_id": dial.collector_id, "record": row, "at": now}
    issue, is_new = CallIssue.objects.get_or_create(verdict_id=dial.verdict_id, kind=kind, defaults=defaults)
    if is_new:
        record("call.issue", subject=issue, by=None, at=now, changes={"kind": (None, str(kind)), "rule": (None, rule)})


def miss_recordings(*, now: datetime) -> int:
    """Calls that somebody answered and that have no recording a day later are issues (CR-21). Only the telephone system's calls have one to miss."""
    if settings.DIALLING != Backend.CTI:
        return 0
    found = 0
    while batch := _miss_batch(now):
        found += batch
    return found


@transaction.atomic
def _miss_batch(now: datetime) -> int:
    rows = Dial.objects.filter(backend=Backend.CTI, recording_ref="", cancelled_at=None, at__lt=now - RECORDING_WITHIN, at__gt=now - LOOKED_BACK)
    spoken = Q(answered_at__isnull=False) | Q(verdict__record__outcome__is_contact=True)
    rows = rows.filter(spoken).exclude(verdict__issues__kind=IssueKind.NO_RECORDING).select_related("case").defer("case__extra")
    dials = list(rows.order_by("pk")[:BATCH])
    for dial in dials:
        _raise_issue(dial, IssueKind.NO_RECORDING, "CR-21", now)
    return len(dials)
