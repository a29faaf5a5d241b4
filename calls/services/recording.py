"""From the wish to call to the record of what came of it."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.selectors import filtering_task_of
from audit.models import AuditEvent
from audit.services import record
from calls.choices import PromiseState, ReviewState
from calls.models import ContactRecord, FilteringReview, Outcome, Promise
from calls.rules import outcome_fits, promise_fault
from calls.selectors import attempts_to_reach, day_counts, holds, recordable, reservations
from cases.choices import ENDED, CaseState
from cases.models import Case, Debtor, Phone
from cases.services.casework import lock_case, mark_number, move_case, stop_case, touch_case
from cases.services.worklog import set_follow_up
from collection.lib.errors import Refused
from collection.lib.money import format_money
from compliance.choices import PolicyKey, TargetClass
from compliance.models import Verdict
from compliance.rules.wording import Hit, wording_hits
from compliance.selectors import figure_in_force, script_for, target_of
from compliance.services import ask_gate, do_not_contact
from staff.models import User
from staff.services import notify

RECORDED_WITHIN = timedelta(hours=24)
SKEW = timedelta(minutes=5)
FOLLOW_UP_HOUR = time(9)


class NotHolder(Refused):
    """Only who holds the case now calls and filters it."""

    def __init__(self) -> None:
        super().__init__(_("The case is no longer yours. Load your queue again."))


def hold_number(case: Case, phone: Phone) -> None:
    """Nobody else passes the gate for this debtor or this number until the transaction ends, so that counts cannot be passed by two."""
    Debtor.objects.select_for_update(of=("self",)).get(pk=case.debtor_id)
    same = Phone.objects.select_for_update(of=("self",)).filter(number_index=phone.number_index).order_by("pk")
    list(same.values_list("pk", flat=True)[:1])


@transaction.atomic
def open_call(*, case_id: int, phone_id: int, by: User, now: datetime) -> Verdict:
    """The gate has answered for this number, and the answer is on record. Allowed, it is reserved for two minutes: it counts as a call.

    Asking again within them gives the same reservation, unless something stands in the way by now.
    """
    case = Case.objects.select_related("client").get(pk=case_id)
    phone = Phone.objects.select_related("contact").get(pk=phone_id, contact__case=case)
    if not holds(by, case):
        raise NotHolder
    hold_number(case, phone)
    case.refresh_from_db(fields=["state", "stopped_at", "stopped_reason", "complaint_open"])
    own = reservations(now).filter(asked_by=by, phone=phone).first()
    counts = day_counts(Debtor(pk=case.debtor_id), [phone.number_index], now=now, apart_from=own).of(phone)
    attempts = attempts_to_reach(Debtor(pk=case.debtor_id), now=now)
    before = transaction.savepoint()
    verdict = ask_gate(case=case, contact=phone.contact, phone=phone, counts=counts, attempts=attempts, by=by, now=now)
    if own and verdict.allowed:
        transaction.savepoint_rollback(before)
        return own
    transaction.savepoint_commit(before)
    return verdict


class CannotRecord(Refused):
    """A record needs an allowed, fresh verdict of one's own, and an outcome that fits whom one called."""


class IdentityFirst(Refused):
    """E12: identity is verified before the debt is spoken of."""

    rule = "CR-17"
    status = 422


class BadPromise(Refused):
    """A promise has an amount up to the balance and a day within the policy."""

    rule = "PTP"
    status = 422


@dataclass(frozen=True)
class Recorded:
    """The record, and the forbidden phrases found in its note; `is_new` is False when it had been saved before."""

    record: ContactRecord
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

    Sent twice with the same `request_key` it is recorded once (F14).
    """
    verdict = Verdict.objects.select_related("case__client", "contact", "phone").get(pk=verdict_id)
    entered = CallOutcome(outcome, started_at, ended_at, identity_was_verified(verdict), note.strip(), promise_amount, promise_due_on, follow_up_at)
    hold_number(verdict.case, verdict.phone)
    case = lock_case(verdict.case_id)
    if done := ContactRecord.objects.filter(collector=by, request_key=request_key).first():
        return _same_again(done, verdict, entered)
    _check_verdict(verdict, by, now)
    kind = _fitting_outcome(entered, verdict)
    _check_times(entered, verdict, now)
    hits = tuple(wording_hits(entered.note))
    row = _write(entered, verdict, kind, request_key, by, now, hits)
    _mark_number(row, kind, case, by, now)
    if case.state not in ENDED:  # a case that ended during the call: the record stands, and nothing follows from it
        if kind.creates_promise:
            _take_promise(row, entered, case, by, now)
        _follow_outcome(kind, case, by, now)
        set_follow_up(case, _follow_up(entered, kind, now), by=by, now=now)
    touch_case(case, at=now)
    return Recorded(row, hits, is_new=True)


def identity_was_verified(verdict: Verdict) -> bool:
    """Whether `confirm_identity` was passed in this call (CR-17): what the trail says, not what the browser says."""
    return AuditEvent.objects.about(verdict).filter(action="call.identity_verified").exists()


def _same_again(done: ContactRecord, verdict: Verdict, entered: CallOutcome) -> Recorded:
    if done.verdict_id != verdict.pk or done.outcome_id != entered.outcome:
        raise CannotRecord(_("Something else was saved under this key already. Load the page again."))
    return Recorded(done, tuple(wording_hits(done.note)), is_new=False)


def _check_verdict(verdict: Verdict, by: User, now: datetime) -> None:
    if not recordable(by).filter(pk=verdict.pk).exists():
        raise NotHolder
    if not verdict.allowed:
        raise CannotRecord(_("The gate refused this call; there is nothing to record."), rule=verdict.objections[0]["rule"])
    if ContactRecord.objects.filter(verdict=verdict).exists():
        raise CannotRecord(_("This call is on record already."))
    if now - verdict.at > RECORDED_WITHIN:
        raise CannotRecord(_("The call was too long ago to be recorded. Tell your team lead."))


def _fitting_outcome(entered: CallOutcome, verdict: Verdict) -> Outcome:
    outcome = Outcome.objects.filter(pk=entered.outcome, is_active=True).first()
    is_third_party = target_of(verdict.contact) == TargetClass.THIRD_PARTY
    if outcome is None or not outcome_fits(outcome.target, is_third_party=is_third_party):
        raise CannotRecord(_("This outcome doesn't fit whom you called. Choose one of those offered."), rule="CR-12" if is_third_party else "")
    if outcome.creates_promise and not entered.identity_verified:
        raise IdentityFirst(_("A promise is taken from the debtor only: verify identity first."))
    if is_third_party and entered.promise_amount is not None:
        raise CannotRecord(_("A third party promises nothing for the debtor."), rule="CR-12")
    return outcome


def _check_times(entered: CallOutcome, verdict: Verdict, now: datetime) -> None:
    if entered.ended_at < entered.started_at:
        raise CannotRecord(_("The call ends before it begins. Check its times."))
    if entered.started_at < verdict.at - SKEW or entered.ended_at > now + SKEW:
        raise CannotRecord(_("The call's times don't fit the moment at which the gate was asked."))


def _write(entered: CallOutcome, verdict: Verdict, kind: Outcome, request_key: uuid.UUID, by: User, now: datetime, hits: tuple[Hit, ...]) -> ContactRecord:
    row = ContactRecord.objects.create(
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
    record("call.recorded", subject=row, by=by, at=now, changes=changes)
    return row


def _take_promise(row: ContactRecord, entered: CallOutcome, case: Case, by: User, now: datetime) -> None:
    """The new promise stands; one that was open before is cancelled by it."""
    max_days = figure_in_force(PolicyKey.PROMISE_DAYS, case.client, now) or 0
    today = timezone.localdate(now)
    fault = promise_fault(entered.promise_amount, entered.promise_due_on, balance=case.balance, today=today, max_days=max_days)
    if fault:
        words = {
            "amount": _("Enter how much is promised."),
            "balance": _("More is promised than is owed: the balance is %(balance)s.") % {"balance": format_money(case.balance)},
            "past": _("Enter the day of the promise, today or later."),
            "far": _("The promise lies too far ahead: %(days)s days at most.") % {"days": max_days},
        }
        raise BadPromise(words[fault])
    for earlier in Promise.objects.select_for_update(of=("self",)).filter(case=case, state=PromiseState.OPEN):
        earlier.state, earlier.settled_at = PromiseState.CANCELLED, now
        earlier.save(update_fields=["state", "settled_at"])
        record("promise.cancelled", subject=earlier, by=by, at=now, changes={"state": (PromiseState.OPEN, PromiseState.CANCELLED)})
    promise = Promise.objects.create(case=case, record=row, amount=entered.promise_amount, due_on=entered.promise_due_on)
    record("promise.made", subject=promise, by=by, at=now, changes={"amount": (None, promise.amount), "due_on": (None, promise.due_on)})


def _mark_number(row: ContactRecord, kind: Outcome, case: Case, by: User, now: datetime) -> None:
    if kind.marks_number:
        mark_number(phone=row.phone, status=kind.marks_number, by=by, now=now)
    if kind.bars_number:
        do_not_contact(phone=row.phone, reason=kind.name_zh, by=by, now=now, case=case)


def _follow_outcome(kind: Outcome, case: Case, by: User, now: datetime) -> None:
    if to := _next_state(case, kind):
        move_case(case, to, by=by, at=now, reason=kind.code)
    if kind.moves_to == CaseState.DISPUTED:
        _tell_lead(gettext_noop("The debtor of case %(case)s disputes the debt: %(outcome)s. Calls wait for your answer."), case, kind, now)
    if kind.stops_case and case.stopped_at is None:
        stop_case(case_id=case.pk, reason=kind.name_zh, by=by, now=now)
        _tell_lead(gettext_noop("Case %(case)s was stopped: %(outcome)s."), case, kind, now)


def _next_state(case: Case, kind: Outcome) -> str:
    """Where the call takes the case. While it is being filtered only a dispute moves it; the rest follows from its classification."""
    if case.state in (CaseState.ASSIGNED, CaseState.FILTERING) and _is_being_filtered(case):
        return kind.moves_to if kind.moves_to == CaseState.DISPUTED else ""
    if kind.moves_to:
        return kind.moves_to
    if case.state in (CaseState.ASSIGNED, CaseState.FILTERING) or (case.state == CaseState.LOST_CONTACT and kind.is_right_party):
        return CaseState.WORKING
    return ""


def _is_being_filtered(case: Case) -> bool:
    task = filtering_task_of(case)
    return task is not None and not FilteringReview.objects.filter(task=task, case=case, state=ReviewState.CLASSIFIED).exists()


def _tell_lead(message: str, case: Case, kind: Outcome, now: datetime) -> None:
    team = case.home_team
    notify([team.lead if team else None], message, now=now, path=f"/cases/{case.pk}/", is_urgent=True, case=case, outcome=kind)


def _follow_up(entered: CallOutcome, kind: Outcome, now: datetime) -> datetime | None:
    """What was entered, else the promised day, else the outcome's own number of days; in the morning."""
    if entered.follow_up_at:
        return entered.follow_up_at
    if kind.creates_promise:
        day = entered.promise_due_on
    elif kind.follow_up_days is not None:
        day = timezone.localdate(now) + timedelta(days=kind.follow_up_days)
    else:
        return None
    return timezone.make_aware(datetime.combine(day, FOLLOW_UP_HOUR))


FACTORS = ("name", "id_last4", "card_last4", "address")


@transaction.atomic
def confirm_identity(*, verdict_id: int, factors: list[str], by: User, now: datetime) -> Verdict:
    """At least two things showed that it is the debtor (CR-17): from here the debt may be spoken of in this call, and is shown."""
    verdict = Verdict.objects.select_related("case__client", "case__debtor", "contact").get(pk=verdict_id)
    if verdict.asked_by_id != by.pk:
        raise NotHolder
    if not verdict.allowed or target_of(verdict.contact) == TargetClass.THIRD_PARTY:
        raise IdentityFirst(_("The debt is spoken of with the debtor only."), rule="CR-12")
    known = [factor for factor in FACTORS if factor in factors]
    if len(known) < 2:
        raise IdentityFirst(_("Verify at least two of: full name, last four of the ID number, last four of the card, address."))
    record("call.identity_verified", subject=verdict, by=by, at=now, changes={"factors": (None, known)})
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
    move_case(case, CaseState.WORKING, by=by, at=now, reason=answer.strip())
    held = case.assignments.filter(ended_at=None).select_related("collector").first()
    message = gettext_noop("The objection on case %(case)s is answered: %(answer)s")
    notify([held.collector if held else None], message, now=now, path=f"/cases/{case.pk}/", case=case, answer=answer.strip()[:150])
    return case
