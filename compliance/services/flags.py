"""Flags: what holds dunning on a case, or asks for care; raised with evidence, lifted with a reason (CR-16, CR-50)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from cases.choices import ENDED, CaseState
from cases.models import Case
from cases.services.casework import lock_case, move_case, touch_case
from cases.services.worklog import set_follow_up
from collection.lib.errors import Refused
from compliance.choices import FLAGS_THAT_HOLD, FlagKind, PolicyKey
from compliance.models import CaseFlag
from compliance.rules.plans import MOST_INSTALMENTS, instalments_fit
from compliance.selectors import figure_in_force
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify

# Who raised one of these doesn't also decide that it is over.
DECIDED_BY_LEAD = (*FLAGS_THAT_HOLD, FlagKind.DISPUTE, FlagKind.COMPLAINT)
# What stops dunning for good or is a reproach to us is never ended by who brought it up, lead or not: two people have looked at it. A dispute
# or hardship may be answered by the lead who noted it; nobody's conduct is judged by that.
FOUR_EYES = (*FLAGS_THAT_HOLD, FlagKind.COMPLAINT)
LONGEST = CaseFlag._meta.get_field("evidence").max_length
LIFT = "compliance.lift_flags"


class CannotFlag(Refused):
    """A flag needs evidence, a case that is still worked, and for some kinds a proof."""

    rule = "CR-16"


class CannotLift(Refused):
    """A flag is lifted with a reason, by who may decide."""

    rule = "CR-16"


@transaction.atomic
def raise_flag(*, case_id: int, kind: str, evidence: str, by: User, now: datetime, is_proven: bool = False) -> CaseFlag:
    """From this moment the gate heeds it, for everybody; the lead is told. Raised already, it stays as it is.

    That contact is lost is no matter of opinion, nor is a plan that was signed: whoever raises one has proven it (CR-10, CR-33) and says so
    with `is_proven`.
    """
    case = lock_case(case_id)
    if kind not in FlagKind.values:
        raise CannotFlag(_("Choose one of the flags offered."))
    if case.state in ENDED:
        raise CannotFlag(_("The case has ended; there is nothing to hold."))
    if not evidence.strip():
        raise CannotFlag(_("Say what shows it: what was said, the paper, the recording."))
    if kind == FlagKind.LOST and not is_proven:
        raise CannotFlag(_("Contact counts as lost only when the attempts prove it."), rule="CR-10")
    if kind == FlagKind.PLAN and not is_proven:
        raise CannotFlag(_("A plan is entered with the number of its instalments, on the page of the case."), rule="CR-33")
    flag, is_new = put_flag(case, kind, evidence.strip(), by=by, now=now)
    if is_new:
        _tell(flag, now)
        touch_case(case, at=now)
    return flag


def put_flag(case: Case, kind: str, evidence: str, *, by: User, now: datetime) -> tuple[CaseFlag, bool]:
    """The flag on a locked case, and whether it is new; what it entails for the case itself has happened. Nobody is told: that is the caller's."""
    defaults = {"debtor_id": case.debtor_id, "evidence": evidence[:LONGEST], "raised_by": by, "raised_at": now}
    flag, is_new = CaseFlag.objects.get_or_create(case=case, kind=FlagKind(kind), lifted_at=None, defaults=defaults)
    if not is_new:
        return flag, False
    record("flag.raised", subject=flag, by=by, at=now, changes={"flag": (None, str(flag.kind))}, reason=flag.evidence)
    # Nobody holds it yet: the flag alone holds calls, also once somebody does.
    if case.state == CaseState.UNASSIGNED and kind != FlagKind.COMPLAINT:
        return flag, True
    if kind == FlagKind.DISPUTE:
        move_case(case, CaseState.DISPUTED, by=by, at=now, reason=flag.evidence)
    if kind == FlagKind.LOST and case.state not in (CaseState.DISPUTED, CaseState.LEGAL):
        move_case(case, CaseState.LOST_CONTACT, by=by, at=now, reason=flag.evidence)
    if kind == FlagKind.COMPLAINT:
        _mark_complaint(case, is_open=True, by=by, now=now)
    return flag, True


def _tell(flag: CaseFlag, now: datetime) -> None:
    team = flag.case.home_team
    people = [team.lead if team else None]
    if flag.kind == FlagKind.COMPLAINT:
        people += people_with_role(Role.QUALITY)
    message = gettext_noop("Case %(case)s is flagged: %(flag)s. %(evidence)s")
    told = [person for person in people if person != flag.raised_by]
    words = {"flag": flag.get_kind_display(), "evidence": flag.evidence[:150]}
    notify(told, message, now=now, path=f"/cases/{flag.case_id}/", is_urgent=flag.kind in DECIDED_BY_LEAD, case=flag.case, **words)


@transaction.atomic
def note_plan(*, case_id: int, instalments: int, evidence: str, by: User, now: datetime) -> CaseFlag:
    """The debtor signed an instalment plan: dunning of the case stops while it is performed, and what was to be taken up again is not (CR-33).

    It goes on when the flag is lifted, because the plan is broken or done.
    """
    case = lock_case(case_id)
    most = figure_in_force(PolicyKey.INSTALMENTS, case.client, now) or MOST_INSTALMENTS
    if not instalments_fit(instalments, most):
        raise CannotFlag(_("A plan has at most %(most)s monthly instalments.") % {"most": most}, rule="CR-33")
    words = f"{instalments} × {evidence.strip()}" if evidence.strip() else ""
    flag = raise_flag(case_id=case_id, kind=FlagKind.PLAN, evidence=words, by=by, now=now, is_proven=True)
    case.refresh_from_db()
    set_follow_up(case, None, by=by, now=now)
    return flag


@transaction.atomic
def lift_flag(*, flag_id: int, reason: str, by: User, now: datetime) -> CaseFlag:
    """What held is answered or over: calls may go on under the gate's other rules, and who raised it is told."""
    case_id = CaseFlag.objects.values_list("case_id", flat=True).get(pk=flag_id)
    case = lock_case(case_id)
    flag = CaseFlag.objects.select_for_update(of=("self",)).select_related("raised_by").get(pk=flag_id)
    if flag.lifted_at:
        raise CannotLift(_("This flag is lifted already."))
    if not reason.strip():
        raise CannotLift(_("Say why it is lifted."))
    if flag.kind in DECIDED_BY_LEAD and not by.has_perm(LIFT):
        raise CannotLift(_("Your team lead or the GM office lifts it."))
    if flag.kind in FOUR_EYES and flag.raised_by_id == by.pk:
        raise CannotLift(_("You raised it yourself: somebody else who may lifts it."))
    _lift(flag, case, reason.strip(), by, now)
    if flag.raised_by != by:
        message = gettext_noop("On case %(case)s “%(flag)s” is lifted: %(reason)s")
        words = {"flag": flag.get_kind_display(), "reason": flag.lift_reason[:150]}
        notify([flag.raised_by], message, now=now, path=f"/cases/{case.pk}/", case=case, **words)
    return flag


def lift_flags_of(case: Case, kind: str, reason: str, *, by: User, now: datetime) -> int:
    """Every open flag of this kind on a locked case is lifted; nobody is told. Returns how many."""
    flags = list(CaseFlag.objects.select_for_update(of=("self",)).filter(case=case, kind=kind, lifted_at=None))
    for flag in flags:
        _lift(flag, case, reason, by, now)
    return len(flags)


def _lift(flag: CaseFlag, case: Case, reason: str, by: User, now: datetime) -> None:
    flag.lifted_at, flag.lifted_by, flag.lift_reason = now, by, reason[:LONGEST]
    flag.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    record("flag.lifted", subject=flag, by=by, at=now, changes={"flag": (str(flag.kind), None)}, reason=flag.lift_reason)
    if flag.kind == FlagKind.DISPUTE and case.state == CaseState.DISPUTED:
        move_case(case, CaseState.WORKING, by=by, at=now, reason=flag.lift_reason)
    if flag.kind == FlagKind.LOST and case.state == CaseState.LOST_CONTACT:
        move_case(case, CaseState.WORKING, by=by, at=now, reason=flag.lift_reason)
    if flag.kind == FlagKind.COMPLAINT:
        _mark_complaint(case, is_open=False, by=by, now=now)


def _mark_complaint(case: Case, *, is_open: bool, by: User, now: datetime) -> None:
    before, case.complaint_open = case.complaint_open, is_open
    if before == is_open:
        return
    case.version += 1
    case.save(update_fields=["complaint_open", "version"])
    record("case.complaint_opened" if is_open else "case.complaint_closed", subject=case, by=by, at=now, changes={"complaint_open": (before, is_open)})
