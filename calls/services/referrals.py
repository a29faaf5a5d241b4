"""What the customer says is passed to the department concerned, and its reply comes back (E14)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from calls.choices import Department, ReferralState
from calls.models import ContactRecord, Referral
from calls.selectors import ROLE_OF_DEPARTMENT, holder_of, referrals_visible_to
from cases.models import Case
from cases.services.casework import lock_case
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.models import Duty
from duties.selectors import least_loaded
from duties.services import cancel_duty, meet_duty, open_duty
from staff.models import User
from staff.selectors import people_on_duty, people_with_role
from staff.services import notify


class CannotRefer(Refused):
    """A referral says what it is about, and is answered once, by the department it went to."""

    rule = "E14"


@transaction.atomic
def refer(*, case_id: int, department: str, text: str, by: User, now: datetime, record_id: int | None = None) -> Referral:
    """The department is told and has a duty to answer; `record_id` names the call in which it was said."""
    case = lock_case(case_id)
    if department not in Department.values:
        raise CannotRefer(_("Choose the department that it concerns."))
    if not text.strip():
        raise CannotRefer(_("Say what it is about."))
    row = ContactRecord.objects.filter(pk=record_id, case=case).first() if record_id else None
    if record_id and row is None:
        raise CannotRefer(_("This call is not on the case."))
    referral = put_referral(case=case, department=department, text=text.strip(), by=by, now=now, record_of=row)
    if not _duty_of(referral):
        raise CannotRefer(_("Nobody of that department is there to take it. Choose another one."))
    return referral


def put_referral(*, case: Case, department: str, text: str, by: User, now: datetime, record_of: ContactRecord | None = None) -> Referral:
    """The referral, with its duty and a notice to who is to answer. Without anybody there it waits for whoever opens the list."""
    referral = Referral.objects.create(case=case, record=record_of, department=Department(department), text=text[:500], asked_by=by, asked_at=now)
    record("referral.made", subject=referral, by=by, at=now, changes={"department": (None, str(referral.department))})
    answerer = _answerer(case, department, now)
    if answerer:
        path = f"/referrals/{referral.pk}/"
        open_duty(kind=Kind.REFERRAL, subject=referral, holder=answerer, start=now, by=by, path=path)
        message = gettext_noop("%(by)s passes on from case %(case)s: %(text)s")
        notify([answerer], message, now=now, path=path, by=by, case=case, text=referral.text[:150])
    return referral


def _answerer(case: Case, department: str, now: datetime) -> User | None:
    if department == Department.LEAD:
        team = case.home_team
        return team.lead if team else None
    role = ROLE_OF_DEPARTMENT[Department(department)]
    return least_loaded(people_on_duty(role, now=now)) or people_with_role(role).first()


def _duty_of(referral: Referral) -> Duty | None:
    return Duty.objects.unmet().about(referral).filter(kind_id=Kind.REFERRAL).first()


def _locked(referral_id: int) -> Referral:
    referral = Referral.objects.select_for_update(of=("self",)).select_related("asked_by", "case").get(pk=referral_id)
    if referral.state != ReferralState.OPEN:
        raise CannotRefer(_("This referral is closed already: “%(state)s”.") % {"state": referral.get_state_display()})
    return referral


@transaction.atomic
def answer_referral(*, referral_id: int, reply: str, by: User, now: datetime) -> Referral:
    """The reply is on the case's timeline and in the inbox of who asked and of who holds the case now; the duty is met."""
    referral = _locked(referral_id)
    duty = _duty_of(referral)
    if by.pk == referral.asked_by_id and not (duty and duty.holder_id == by.pk):
        raise CannotRefer(_("The department answers, not who asked."))
    if not referrals_visible_to(by).filter(pk=referral.pk).exists():
        raise CannotRefer(_("This referral went to another department."))
    if not reply.strip():
        raise CannotRefer(_("Enter the reply."))
    _close(referral, ReferralState.ANSWERED, reply.strip(), by, now)
    meet_duty(kind=Kind.REFERRAL, subject=referral, by=by, now=now)
    message = gettext_noop("Reply on case %(case)s: %(reply)s")
    told = [person for person in (referral.asked_by, holder_of(referral.case)) if person != by]
    notify(told, message, now=now, path=f"/cases/{referral.case_id}/", case=referral.case, reply=referral.reply[:150])
    return referral


@transaction.atomic
def withdraw_referral(*, referral_id: int, reason: str, by: User, now: datetime) -> Referral:
    """Who asked needs no reply any more; the duty is gone."""
    referral = _locked(referral_id)
    if referral.asked_by_id != by.pk:
        raise CannotRefer(_("Who asked withdraws it."))
    if not reason.strip():
        raise CannotRefer(_("Say why it is withdrawn."))
    _close(referral, ReferralState.WITHDRAWN, reason.strip(), by, now)
    cancel_duty(kind=Kind.REFERRAL, subject=referral, by=by, now=now, reason=referral.reply)
    return referral


def _close(referral: Referral, state: str, reply: str, by: User, now: datetime) -> None:
    referral.state, referral.reply, referral.closed_by, referral.closed_at = state, reply[:500], by, now
    referral.save(update_fields=["state", "reply", "closed_by", "closed_at"])
    record(f"referral.{state}", subject=referral, by=by, at=now, changes={"state": (str(ReferralState.OPEN), str(state))})
