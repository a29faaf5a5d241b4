"""Own records and promises are amended for a while; what they said before is kept, with who changed it, when and why (F13)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import plain, record
from calls.choices import IssueKind, PromiseState
from calls.models import ContactRecord, Promise, RecordAmendment
from calls.selectors import amendable_until, holds
from calls.services.issues import note_issue
from calls.services.promises import call_off, check_promise, judge_cases
from cases.choices import ENDED
from cases.services.casework import lock_case
from cases.services.worklog import set_follow_up
from collection.lib.errors import Outdated, Refused
from compliance.rules.wording import Hit, wording_hits
from staff.models import User

KEEP: Any = object()


class CannotAmend(Refused):
    """Who wrote a record amends it, in time, with a reason."""

    rule = "E14"


@dataclass(frozen=True)
class Amended:
    """The record as it is now, and the forbidden phrases found in its note."""

    record: ContactRecord
    hits: tuple[Hit, ...]


@transaction.atomic
def amend_record(*, record_id: int, version: int, note: str, reason: str, by: User, now: datetime, follow_up_at: datetime | None = KEEP) -> Amended:
    """The note says this from now on, and the follow-up is then. What follows from the outcome stays: a wrong outcome is told to the lead."""
    case = lock_case(ContactRecord.objects.values_list("case", flat=True).get(pk=record_id))
    row = ContactRecord.objects.select_for_update(of=("self",)).select_related("case__client", "collector").get(pk=record_id)
    _check_may(row, reason, by, now)
    if row.version != version:
        raise _changed_meanwhile({"note": row.note, "version": row.version, "at": plain(row.amended_at)}, {"note": note.strip(), "version": version})
    before, after = {"note": row.note}, {"note": note.strip()}
    # Whoever holds the case by now has plans of their own.
    moves_follow_up = follow_up_at is not KEEP and follow_up_at != case.follow_up_at and case.state not in ENDED and holds(by, case)
    if moves_follow_up:
        before["follow_up_at"], after["follow_up_at"] = plain(case.follow_up_at), plain(follow_up_at)
    if before == after:
        raise CannotAmend(_("Nothing was changed."))
    row.note, row.version, row.amended_at = note.strip(), row.version + 1, now
    row.save(update_fields=["note", "version", "amended_at"])
    if moves_follow_up:
        set_follow_up(case, follow_up_at, by=by, now=now)
    hits = tuple(wording_hits(row.note))
    if hits:
        note_issue(row, IssueKind.WORDING, "CR-31", now)
    _keep(row, before, after, reason, by, now, hits)
    return Amended(row, hits)


@transaction.atomic
def amend_promise(*, promise_id: int, version: int, amount: Decimal, due_on: date, reason: str, by: User, now: datetime) -> Promise:
    """A promise that was misheard or mistyped says this from now on, within the policy. Only an open one; a new agreement is a new call."""
    entered = {"amount": str(amount), "due_on": due_on.isoformat()}
    promise = _open_promise(promise_id, {**entered, "version": version}, reason, by, now)
    case, before = promise.case, _said(promise)
    if (promise.amount, promise.due_on) == (amount, due_on):
        raise CannotAmend(_("Nothing was changed."))
    check_promise(case, amount, due_on, now)
    promise.amount, promise.due_on, promise.version = amount, due_on, promise.version + 1
    promise.save(update_fields=["amount", "due_on", "version"])
    record("promise.amended", subject=promise, by=by, at=now, changes={name: (before[name], entered[name]) for name in entered}, reason=reason.strip())
    _keep(promise.record, before, entered, reason, by, now, ())
    # What was paid already may keep it now, or was paid after its day.
    judge_cases([case.pk], by=by, now=now)
    promise.refresh_from_db(fields=["state", "paid", "settled_at"])
    return promise


@transaction.atomic
def cancel_promise(*, promise_id: int, version: int, reason: str, by: User, now: datetime) -> Promise:
    """There was no such promise: it was taken by mistake. Its case is worked again; the call stays on record."""
    promise = _open_promise(promise_id, {"version": version}, reason, by, now)
    call_off(promise, reason=reason.strip(), by=by, now=now)
    _keep(promise.record, _said(promise), {"state": str(PromiseState.CANCELLED)}, reason, by, now, ())
    return promise


def _open_promise(promise_id: int, entered: dict[str, Any], reason: str, by: User, now: datetime) -> Promise:
    """The promise, its case locked before it, if this person may change it and saw it as it is."""
    case = lock_case(Promise.objects.values_list("case", flat=True).get(pk=promise_id))
    promise = Promise.objects.select_for_update(of=("self",)).select_related("record__case__client", "record__collector").get(pk=promise_id)
    promise.case = case
    _check_may(promise.record, reason, by, now)
    if promise.version != entered["version"]:
        raise _changed_meanwhile({**_said(promise), "version": promise.version}, entered)
    if promise.state != PromiseState.OPEN:
        raise CannotAmend(_("The promise is “%(state)s”; it is no longer changed.") % {"state": promise.get_state_display()})
    return promise


def _said(promise: Promise) -> dict[str, str]:
    return {"amount": str(promise.amount), "due_on": promise.due_on.isoformat()}


def _changed_meanwhile(current: dict[str, Any], entered: dict[str, Any]) -> Outdated:
    """Somebody, or another tab, was quicker: both texts are shown, and the person decides."""
    return Outdated(_("It was changed meanwhile. Compare both versions, and save again."), entered=entered, current=current, rule="F13")


def _check_may(row: ContactRecord, reason: str, by: User, now: datetime) -> None:
    if row.collector_id != by.pk:
        raise CannotAmend(_("Only who wrote the record amends it."))
    if amendable_until(row, now) is None:
        raise CannotAmend(_("The time to amend this record is over. Tell your team lead what was wrong."))
    if not reason.strip():
        raise CannotAmend(_("Say why it is amended."))


def _keep(row: ContactRecord, before: dict[str, Any], after: dict[str, Any], reason: str, by: User, now: datetime, hits: tuple[Hit, ...]) -> None:
    RecordAmendment.objects.create(record=row, at=now, by=by, reason=reason.strip()[:200], before=before, after=after)
    # The texts themselves stay with the record, where only who sees the case reads them.
    changes: dict[str, tuple[Any, Any]] = {"version": (row.version - 1, row.version)} if "note" in after else {}
    if hits:
        changes["wording"] = (None, [hit.pattern for hit in hits])
    record("call.amended", subject=row, by=by, at=now, changes=changes, reason=reason.strip()[:200])
