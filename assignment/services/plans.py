"""A plan while it is a draft: made, changed by hand, its left-over cases set aside, thrown away."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from assignment.choices import Holdings, Mode, PlanState, Reason
from assignment.models import AssignmentPlan, PlanLine
from assignment.rules.balance import propose
from assignment.rules.eligibility import Candidate, Requirement, room_by_capacity, room_by_client, room_for_amount
from assignment.selectors.situation import (
    basis_of,
    cents,
    holders_of_debtors,
    new_cases_of,
    requirement_of,
    seats_of,
    standings,
    standings_of,
)
from assignment.services.refusals import CannotPlan, MayNotHold, NeedsReason, NotInDraft, StalePlan
from audit.services import record
from cases.choices import PlacementState
from cases.models import Placement
from staff.models import Team, User

AT_ONCE = 1000


@transaction.atomic
def make_plan(*, placement: Placement, team: Team, mode: str, holdings: str, by: User, now: datetime) -> AssignmentPlan:
    """A draft says where each unassigned case of the placement would go, and why (A2.2). The team's earlier draft is discarded."""
    placement = Placement.objects.select_for_update(of=("self",)).select_related("client").get(pk=placement.pk)
    _check_may_plan(placement, now)
    requirement = requirement_of(placement.client)
    people = standings_of(team, placement.client, now=now, requirement=requirement)
    cases = new_cases_of(placement)
    if not cases:
        raise CannotPlan(_("Every case of this placement is assigned already."))
    seats, waiting = seats_of(people, requirement, holdings)
    proposal = propose(cases, seats, mode=Mode(mode), pins=holders_of_debtors(placement, people), waiting=waiting)
    for draft in AssignmentPlan.objects.filter(placement=placement, team=team, state=PlanState.DRAFT):
        _discard(draft, by=by, now=now)
    plan = AssignmentPlan.objects.create(
        placement=placement,
        team=team,
        mode=Mode(mode),
        holdings=Holdings(holdings),
        basis=basis_of(placement, people, requirement),
        created_by=by,
        created_at=now,
    )
    lines = (PlanLine(plan_id=plan.pk, case_id=case.pk, collector_id=proposal.seat_of[case.pk], reason=proposal.reason_of[case.pk]) for case in cases)
    PlanLine.objects.bulk_create(lines, batch_size=AT_ONCE)
    left = sum(1 for person in proposal.seat_of.values() if person is None)
    record("plan.made", subject=plan, by=by, at=now, changes={"mode": (None, plan.mode), "cases": (None, len(cases)), "left": (None, left)})
    return plan


def _check_may_plan(placement: Placement, now: datetime) -> None:
    if placement.state != PlacementState.COMMITTED:
        raise CannotPlan(_("This placement is not imported yet. Its cases can be assigned when its import is done."))
    if not placement.client.entrusts_on(timezone.localdate(now)):
        raise CannotPlan(_("%(client)s's entrustment has ended. Enter its new term before you assign its cases.") % {"client": placement.client}, rule="CR-40")


@transaction.atomic
def move_lines(*, plan_id: int, case_ids: Iterable[int], to: User | None, version: int, by: User, now: datetime) -> int:
    """These cases go to another collector, or to nobody; the same debtor's other cases of the plan go along. Returns how many moved.

    The client's requirements and the person's capacity hold by hand too.
    """
    plan = lock_draft(plan_id, version)
    lines = _with_same_debtors(plan, _lines_of(plan, case_ids))
    lines = [line for line in lines if line.collector_id != (to.pk if to else None)]
    if to is not None:
        _check_may_take(plan, to, lines, now)
    for batch in _batches(lines):
        PlanLine.objects.filter(pk__in=[line.pk for line in batch]).update(collector=to, reason=Reason.MANUAL, moved_by=by, set_aside_reason="")
    _note_change(plan, "plan.lines_moved", by=by, now=now, changes={"cases": (None, _named(lines)), "collector": (None, to)})
    return len(lines)


@transaction.atomic
def set_aside(*, plan_id: int, case_ids: Iterable[int], reason: str, by: User, now: datetime) -> int:
    """These cases go to nobody, for the lead's reason: then they don't keep the lead's duty open (A2.1). Returns how many."""
    plan = lock_draft(plan_id)
    if not reason.strip():
        raise NeedsReason(_("Say why these cases are set aside."))
    lines = _lines_of(plan, case_ids)
    for batch in _batches([line for line in lines if line.collector_id is not None]):
        PlanLine.objects.filter(pk__in=[line.pk for line in batch]).update(collector=None, reason=Reason.MANUAL, moved_by=by)
    for batch in _batches(lines):
        PlanLine.objects.filter(pk__in=[line.pk for line in batch]).update(set_aside_reason=reason.strip())
    _note_change(plan, "plan.lines_set_aside", by=by, now=now, changes={"cases": (None, _named(lines))}, reason=reason.strip())
    return len(lines)


@transaction.atomic
def discard_plan(*, plan_id: int, by: User, now: datetime) -> AssignmentPlan:
    """The draft is thrown away; nothing was assigned by it."""
    plan = lock_draft(plan_id)
    _discard(plan, by=by, now=now)
    return plan


def lock_draft(plan_id: int, version: int | None = None) -> AssignmentPlan:
    """The plan, locked, still a draft, and still the one that the person looked at."""
    plan = AssignmentPlan.objects.select_for_update(of=("self",)).select_related("placement__client", "team").get(pk=plan_id)
    if plan.state != PlanState.DRAFT:
        raise NotInDraft(_("This plan is no longer a draft: it is “%(state)s”.") % {"state": plan.get_state_display()})
    if version is not None and plan.version != version:
        raise StalePlan(_("Somebody changed this plan meanwhile. Load the page again, then repeat your change."))
    return plan


def _discard(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    plan.state = PlanState.DISCARDED
    plan.save(update_fields=["state"])
    record("plan.discarded", subject=plan, by=by, at=now, changes={"state": (PlanState.DRAFT, PlanState.DISCARDED)})


def _lines_of(plan: AssignmentPlan, case_ids: Iterable[int]) -> list[PlanLine]:
    lines = []
    for batch in _batches(list(case_ids)):
        lines += plan.lines.filter(case__in=batch).select_related("case").only("plan", "collector", "case__case_no", "case__debtor", "case__amount")
    if not lines:
        raise CannotPlan(_("Choose at least one case of this plan."))
    return lines


def _with_same_debtors(plan: AssignmentPlan, lines: list[PlanLine]) -> list[PlanLine]:
    found = {line.pk: line for line in lines}
    for batch in _batches(sorted({line.case.debtor_id for line in lines})):
        companions = plan.lines.filter(case__debtor__in=batch).select_related("case")
        found |= {line.pk: line for line in companions.only("plan", "collector", "case__case_no", "case__debtor", "case__amount")}
    return list(found.values())


def _check_may_take(plan: AssignmentPlan, person: User, lines: list[PlanLine], now: datetime) -> None:
    """Refuse, with every reason, what the client's requirements or the capacity don't allow."""
    if person.team_id != plan.team_id or not person.is_active:
        raise MayNotHold(_("%(person)s is not a collector of %(team)s.") % {"person": person, "team": plan.team})
    requirement = requirement_of(plan.placement.client)
    standing = standings([person], plan.placement.client, now=now, requirement=requirement)[0]
    if standing.obstacles:
        raise MayNotHold(_("%(person)s can take no case: %(why)s.") % {"person": person, "why": "; ".join(standing.labels)})
    planned = plan.lines.filter(collector=person).aggregate(amount=Sum("case__amount"))
    count, amount = plan.lines.filter(collector=person).count() + len(lines), cents(planned["amount"]) + sum(cents(line.case.amount) for line in lines)
    check_room(person, standing.candidate, count=count, amount=amount, requirement=requirement)


def check_room(person: User, candidate: Candidate, *, count: int, amount: int, requirement: Requirement) -> None:
    """Refuse more cases or money than the client or the capacity lets this person have."""
    if count > room_by_client(candidate, requirement):
        raise MayNotHold(
            _("%(person)s may have %(room)s more cases of this client, not %(count)s.")
            % {"person": person, "room": room_by_client(candidate, requirement), "count": count}
        )
    if count > room_by_capacity(candidate):
        raise MayNotHold(
            _("%(person)s has room for %(room)s more cases today, not %(count)s. Choose somebody else, or raise the capacity.")
            % {"person": person, "room": room_by_capacity(candidate), "count": count}
        )
    if amount > room_for_amount(candidate):
        raise MayNotHold(
            _("%(person)s has room for ¥%(room)s more, not ¥%(amount)s. Choose somebody else, or raise the capacity.")
            % {"person": person, "room": f"{room_for_amount(candidate) / 100:,.2f}", "amount": f"{amount / 100:,.2f}"}
        )


def _note_change(plan: AssignmentPlan, action: str, *, by: User, now: datetime, changes: dict, reason: str = "") -> None:
    if not AssignmentPlan.objects.filter(pk=plan.pk, version=plan.version, state=PlanState.DRAFT).update(version=F("version") + 1):
        raise StalePlan(_("Somebody changed this plan meanwhile. Load the page again, then repeat your change."))
    record(action, subject=plan, by=by, at=now, changes=changes, reason=reason)


def _named(lines: Sequence[PlanLine]) -> str:
    """The case numbers as the trail keeps them: the first ones, and how many in all."""
    names = ", ".join(line.case.case_no for line in islice(lines, 50))
    return names if len(lines) <= 50 else f"{names} … ({len(lines)})"


def _batches(rows: Sequence, size: int = AT_ONCE):
    return (rows[start : start + size] for start in range(0, len(rows), size))
