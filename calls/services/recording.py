"""From the wish to call to the record of what came of it."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from calls import talk
from calls.choices import IssueKind
from calls.models import ContactRecord, Dial, Outcome
from calls.rules import direction_fits, outcome_fits
from calls.selectors import holds
from calls.selectors.past import RESERVED_FOR, day_counts, pending_dials
from calls.services.issues import note_issue
from calls.services.outcomes import follow_outcome, follow_up_of, mark_numbers
from calls.services.promises import BadPromise, take_promise
from cases.choices import ENDED, CaseState
from cases.models import Case, Phone
from cases.services.casework import lock_case, move_case
from cases.services.worklog import work_case
from collection.lib.errors import Refused
from compliance.choices import Direction, FlagKind, TargetClass
from compliance.models import Verdict
from compliance.rules.contact import ran_past
from compliance.rules.layers import Limit
from compliance.rules.wording import Hit, wording_hits
from compliance.selectors import script_for, target_of
from compliance.services import ask_gate
from compliance.services.flags import lift_flags_of
from staff.models import User
from staff.services import notify

__all__ = ["BadPromise", "CannotRecord", "IdentityFirst", "NotDisputed", "NotHolder", "answer_dispute", "confirm_identity", "open_call", "record_call"]

RECORDED_WITHIN = timedelta(hours=24)
SKEW = timedelta(minutes=5)
LONGEST_CALL = timedelta(hours=2)


class NotHolder(Refused):
    """Only who holds the case now calls and filters it."""

    def __init__(self) -> None:
        super().__init__(_("The case is no longer yours. Load your queue again."))


def hold_number(case: Case, phone: Phone) -> None:
    """Nobody else passes the gate for this debtor or this number until the transaction ends, so that counts cannot be passed by two.

    Taken before the case's lock, and without the rows' keys: a flag is raised on a locked case and names the debtor.
    """
    talk.DEBTOR.rows(debtor=case.debtor_id)
    talk.NUMBER.rows(number=phone.number_index)


@transaction.atomic
def open_call(*, case_id: int, phone_id: int, by: User, now: datetime) -> Verdict:
    """The gate has answered for this number, and the answer is on record. Allowed, it is reserved for two minutes: it counts as a call.

    Asking again within them gives the same reservation, unless something stands in the way by now. The number itself is shown, or rung,
    by `placing.place_call`; from then on the call counts until it is recorded.
    """
    case = Case.objects.select_related("client").get(pk=case_id)
    phone = Phone.objects.select_related("contact").get(pk=phone_id, contact__case=case)
    if not holds(by, case):
        raise NotHolder
    hold_number(case, phone)
    case.refresh_from_db(fields=["state", "stopped_at", "stopped_reason", "complaint_open"])
    own = pending_dials(now).filter(collector=by, verdict__phone=phone, at__gt=now - RESERVED_FOR).select_related("verdict").first()
    past = day_counts(case, [phone.number_index], now=now, apart_from=own)
    before = transaction.savepoint()
    verdict = ask_gate(case=case, contact=phone.contact, phone=phone, counts=past.of(phone), attempts=past.to_reach, by=by, now=now)
    if own and verdict.allowed:
        transaction.savepoint_rollback(before)
        return own.verdict
    transaction.savepoint_commit(before)
    if verdict.allowed:
        _reserve(verdict)
    return verdict


def _reserve(verdict: Verdict) -> Dial:
    phone, case = verdict.phone, verdict.case
    return Dial.objects.create(
        verdict=verdict,
        case=case,
        collector=verdict.asked_by,
        debtor_id=case.debtor_id,
        number_index=phone.number_index,
        is_to_debtor=target_of(verdict.contact) == TargetClass.DEBTOR,
        at=verdict.at,
    )


class CannotRecord(Refused):
    """A record needs an allowed, fresh verdict of one's own, a call that was placed (F15), and an outcome that fits whom one called."""


class IdentityFirst(Refused):
    """E12: identity is verified before the debt is spoken of."""

    rule = "CR-17"
    status = 422


@dataclass(frozen=True)
class Recorded:
    """The record, the case as it stands after it, and the forbidden phrases found in its note; `is_new` is False when it had been saved before."""

    record: ContactRecord
    case: Case
    hits: tuple[Hit, ...]
    is_new: bool


@dataclass(frozen=True)
class CallOutcome:
    """What the collector entered."""

    outcome: str
    started_at: datetime
    ended_at: datetime
    identity_verified: bool = False
    note: str = ""
    promise_amount: Decimal | None = None
    promise_due_on: date | None = None
    follow_up_at: datetime | None = None


@transaction.atomic
def record_call(
    *,
    verdict_id: int,
    outcome: str,
    started_at: datetime,
    ended_at: datetime,
    request_key: uuid.UUID,
    by: User,
    now: datetime,
    note: str = "",
    promise_amount: Decimal | None = None,
    promise_due_on: date | None = None,
    follow_up_at: datetime | None = None,
) -> Recorded:
    """The call is on record, and everything that follows from its outcome has happened: number, promise, case, follow-up, do-not-contact.

    Sent twice with the same `request_key` it is recorded once (F14). Raises Verdict.DoesNotExist when there is no such call of one's own.
    """
    verdict = talk.CALL.first(verdict=verdict_id, person=by.pk)
    if verdict is None:
        raise Verdict.DoesNotExist
    hold_number(verdict.case, verdict.phone)
    case = lock_case(verdict.case_id)
    standing = talk.standing_of_call(verdict_id, by=by, key=request_key)
    entered = CallOutcome(outcome, started_at, ended_at, standing.is_identified, note.strip(), promise_amount, promise_due_on, follow_up_at)
    if standing.saved:
        return _same_again(standing.saved, case, verdict, entered)
    dial = talk.DIAL.first(verdict=verdict_id)  # locked, so that it is not cancelled while it is recorded
    _check_verdict(verdict, standing, dial, now)
    kind = _fitting_outcome(entered, verdict)
    _check_times(entered, dial.placed_at if dial and dial.placed_at else verdict.at, verdict, now)
    hits = tuple(wording_hits(entered.note))
    row = _write(entered, verdict, dial, kind, request_key, by, now, hits)
    mark_numbers(row, kind, case, by, now)
    if case.state not in ENDED:  # a case that ended during the call: the record stands, and nothing follows from it
        if kind.creates_promise:
            take_promise(row, case, entered.promise_amount, entered.promise_due_on, by=by, now=now)
        follow_outcome(row, kind, case, by, now)
    comes_up = case.follow_up_at
    if standing.is_held and case.state not in ENDED:  # whoever holds it by now has plans of their own
        comes_up = follow_up_of(kind, entered=entered.follow_up_at, promised_on=entered.promise_due_on, now=now)
    work_case(case, follow_up_at=comes_up, by=by, now=now)
    return Recorded(row, case, hits, is_new=True)


def _same_again(record_id: int, case: Case, verdict: Verdict, entered: CallOutcome) -> Recorded:
    done = ContactRecord.objects.get(pk=record_id)
    if done.verdict_id != verdict.pk or done.outcome_id != entered.outcome:
        raise CannotRecord(_("Something else was saved under this key already. Load the page again."))
    return Recorded(done, case, tuple(wording_hits(done.note)), is_new=False)


def _check_verdict(verdict: Verdict, standing: talk.TalkStanding, dial: Dial | None, now: datetime) -> None:
    if not standing.is_recordable:
        raise NotHolder
    if not verdict.allowed:
        raise CannotRecord(_("The gate refused this call; there is nothing to record."), rule=verdict.objections[0]["rule"])
    if standing.is_recorded:
        raise CannotRecord(_("This call is on record already."))
    if dial and dial.cancelled_at:
        raise CannotRecord(_("This call was cancelled. Ask the gate again before you call."))
    if verdict.direction == Direction.OUT and (dial is None or dial.placed_at is None):
        raise CannotRecord(_("This call was never placed: the number was not shown and nobody was rung."), rule="F15")
    if now - verdict.at > RECORDED_WITHIN:
        raise CannotRecord(_("The call was too long ago to be recorded. Tell your team lead."))


def _fitting_outcome(entered: CallOutcome, verdict: Verdict) -> Outcome:
    outcome = talk.OUTCOME.first(outcome=entered.outcome)
    is_third_party = target_of(verdict.contact) == TargetClass.THIRD_PARTY
    if outcome is None or not outcome_fits(outcome.target, is_third_party=is_third_party):
        raise CannotRecord(_("This outcome doesn't fit whom you called. Choose one of those offered."), rule="CR-12" if is_third_party else "")
    is_inbound = verdict.direction == Direction.IN
    means = {name: getattr(outcome, name) for name in ("is_contact", "is_right_party", "counts_as_attempt")}
    if not direction_fits(outcome.group, is_inbound=is_inbound, **means):
        said = _("Who rang you did answer. Choose what came of the call.") if is_inbound else _("You made this call. If they rang you, open it as inbound.")
        raise CannotRecord(said, rule="CR-10" if is_inbound else "CR-03")
    if outcome.creates_promise and not entered.identity_verified:
        raise IdentityFirst(_("A promise is taken from the debtor only: verify identity first."))
    if is_third_party and entered.promise_amount is not None:
        raise CannotRecord(_("A third party promises nothing for the debtor."), rule="CR-12")
    return outcome


def _check_times(entered: CallOutcome, placed_at: datetime, verdict: Verdict, now: datetime) -> None:
    """A call counts on the day of its start (CR-03, CR-04, CR-10): however late it is recorded, it began when it was placed."""
    if entered.ended_at < entered.started_at:
        raise CannotRecord(_("The call ends before it begins. Check its times."))
    if not verdict.at - SKEW <= entered.started_at <= placed_at + SKEW or entered.ended_at > now + SKEW:
        raise CannotRecord(_("The call's times don't fit the moment at which the gate was asked."))


def _write(
    entered: CallOutcome, verdict: Verdict, dial: Dial | None, kind: Outcome, request_key: uuid.UUID, by: User, now: datetime, hits: tuple[Hit, ...]
) -> ContactRecord:
    row = ContactRecord.objects.create(
        direction=verdict.direction,
        ran_past=_ran_past(entered, verdict),
        recording_ref=dial.recording_ref if dial else "",
        talk_seconds=dial.talk_seconds if dial else None,
        case=verdict.case,
        contact=verdict.contact,
        phone=verdict.phone,
        number_index=verdict.phone.number_index,
        debtor_id=verdict.case.debtor_id,
        verdict=verdict,
        script=script_for(verdict.case.client, target_of(verdict.contact), verdict.at),
        collector=by,
        outcome=kind,
        identity_verified=entered.identity_verified,
        started_at=entered.started_at,
        ended_at=entered.ended_at,
        note=entered.note,
        request_key=request_key,
    )
    changes = {"outcome": (None, kind.code), "phone": (None, verdict.phone.masked), "identity_verified": (None, entered.identity_verified)}
    if hits:
        changes["wording"] = (None, [hit.pattern for hit in hits])
    if dial:
        dial.recorded_at = now
        dial.save(update_fields=["recorded_at"])
    if row.ran_past:
        changes["ran_past"] = (None, True)
        note_issue(row, IssueKind.RAN_PAST, "CR-09", now)
    if hits:
        note_issue(row, IssueKind.WORDING, "CR-31", now)
    record("call.recorded", subject=row, by=by, at=now, changes=changes)
    return row


def _ran_past(entered: CallOutcome, verdict: Verdict) -> bool:
    """CR-09: a call that began within the hours may end after them; it is flagged."""
    if verdict.direction == Direction.IN or "facts" not in verdict.inputs:
        return False
    limits = [Limit(**row) for row in verdict.inputs["limits"]]
    return ran_past(entered.started_at, entered.ended_at, limits, zone=verdict.inputs["facts"].get("zone", settings.TIME_ZONE))


FACTORS = ("name", "id_last4", "card_last4", "address")


@transaction.atomic
def confirm_identity(*, verdict_id: int, factors: list[str], by: User, now: datetime) -> Verdict:
    """At least two things showed that it is the debtor (CR-17): from here the debt may be spoken of in this call, and is shown."""
    verdict = Verdict.objects.select_related("case__client", "case__debtor", "contact").get(pk=verdict_id)
    if verdict.asked_by_id != by.pk:
        raise NotHolder
    dial = Dial.objects.filter(verdict=verdict).first()
    over = ContactRecord.objects.filter(verdict=verdict).exists() or (dial and dial.cancelled_at)
    if over or now - verdict.at > LONGEST_CALL:
        raise IdentityFirst(_("This call is over. Ask the gate again, and verify identity in the new call."))
    if not verdict.allowed or target_of(verdict.contact) == TargetClass.THIRD_PARTY:
        raise IdentityFirst(_("The debt is spoken of with the debtor only."), rule="CR-12")
    if verdict.direction == Direction.OUT and (dial is None or dial.placed_at is None):
        raise IdentityFirst(_("This call was never placed: the number was not shown and nobody was rung."))
    known = [factor for factor in FACTORS if factor in factors]
    if len(known) < 2:
        raise IdentityFirst(_("Verify at least two of: full name, last four of the ID number, last four of the card, address."))
    record(talk.IDENTIFIED, subject=verdict, by=by, at=now, changes={"factors": (None, known)})
    return verdict


class NotDisputed(Refused):
    """Only a disputed case has an objection to answer."""


@transaction.atomic
def answer_dispute(*, case_id: int, answer: str, by: User, now: datetime) -> Case:
    """The debtor's objection is answered (CR-50): the case is worked on again, and its holder is told."""
    case = lock_case(case_id)
    if case.state != CaseState.DISPUTED:
        raise NotDisputed(_("The debtor disputes nothing on this case."))
    if not answer.strip():
        raise NotDisputed(_("Say how the objection was answered."), rule="CR-50")
    lift_flags_of(case, FlagKind.DISPUTE, answer.strip(), by=by, now=now)
    move_case(case, CaseState.WORKING, by=by, at=now, reason=answer.strip())
    held = case.assignments.filter(ended_at=None).select_related("collector").first()
    message = gettext_noop("The objection on case %(case)s is answered: %(answer)s")
    notify([held.collector if held else None], message, now=now, path=f"/cases/{case.pk}/", case=case, answer=answer.strip()[:150])
    return case
