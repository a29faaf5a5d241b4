"""What follows from the outcome of a call: for the number, the case, the lead, the departments, and the next follow-up."""

from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from assignment.selectors import filtering_task_of
from calls.choices import ReviewState
from calls.models import ContactRecord, FilteringReview, Outcome
from calls.services.referrals import put_referral
from cases.choices import CaseState
from cases.models import Case
from cases.services.casework import mark_number, move_case, stop_case
from compliance.services import do_not_contact
from compliance.services.flags import put_flag
from staff.models import User
from staff.services import notify

FOLLOW_UP_HOUR = time(9)


def mark_numbers(row: ContactRecord, kind: Outcome, case: Case, by: User, now: datetime) -> None:
    if kind.marks_number:
        mark_number(phone=row.phone, status=kind.marks_number, by=by, now=now)
    if kind.bars_number:  # the person refused, not the line: none of their numbers is called again
        for phone in row.contact.phones.order_by("pk"):
            do_not_contact(phone=phone, reason=kind.name_zh, by=by, now=now, case=case)


def follow_outcome(row: ContactRecord, kind: Outcome, case: Case, by: User, now: datetime) -> None:
    if to := _next_state(case, kind):
        move_case(case, to, by=by, at=now, reason=kind.code)
    if kind.raises_flag:
        put_flag(case, kind.raises_flag, f"{kind.name_zh} ({row.started_at:%Y-%m-%d}, #{row.pk}) {row.note}".strip(), by=by, now=now)
    if kind.moves_to == CaseState.DISPUTED:
        _tell_lead(gettext_noop("The debtor of case %(case)s disputes the debt: %(outcome)s. Calls wait for your answer."), case, kind, now)
    if kind.stops_case and case.stopped_at is None:
        stop_case(case_id=case.pk, reason=kind.name_zh, by=by, now=now)
        _tell_lead(gettext_noop("Case %(case)s was stopped: %(outcome)s."), case, kind, now)
    if kind.refers_to:
        put_referral(case=case, department=kind.refers_to, text=f"{kind.name_zh}. {row.note}".strip(), by=by, now=now, record_of=row)


def _next_state(case: Case, kind: Outcome) -> str:
    """Where the call takes the case. While it is being filtered only a dispute moves it; the rest follows from its classification.

    A case that went back to the pool while the call was open stays there.
    """
    if case.state == CaseState.UNASSIGNED:
        return ""
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


def follow_up_of(kind: Outcome, *, entered: datetime | None, promised_on, now: datetime) -> datetime | None:
    """What was entered, else the promised day, else the outcome's own number of days; in the morning."""
    if entered:
        return entered
    if kind.creates_promise:
        day = promised_on
    elif kind.follow_up_days is not None:
        day = timezone.localdate(now) + timedelta(days=kind.follow_up_days)
    else:
        return None
    return timezone.make_aware(datetime.combine(day, FOLLOW_UP_HOUR))
