"""A plan that counts: everybody has their cases, at once and once."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assignment.choices import PlanState
from assignment.models import AssignmentPlan
from assignment.selectors.proposal import is_stale
from assignment.selectors.situation import situations_of
from assignment.services.clocks import meet_lead_duties, placements_of
from assignment.services.giving import give_to_people
from assignment.services.jobs import Clock, Hold, plan_of, take_up, work_ends, work_on
from assignment.services.plans import lock_draft
from assignment.services.refusals import CannotPlan, StalePlan
from assignment.services.sharing import give_to_teams
from audit.services import record
from staff.models import User


@transaction.atomic
def ask_apply(*, plan_id: int, version: int, by: User, now: datetime) -> AssignmentPlan:
    """The draft, as the person saw it, waits to be applied by a worker, or by `apply_asked_plan`. Nobody can change it meanwhile."""
    plan = lock_draft(plan_id, version)
    if not plan.lines.exclude(collector=None, team=None, set_aside_reason="").exists():
        raise CannotPlan(_("This plan gives no case to anybody. Move cases by hand, or set them aside with a reason."))
    plan.state, plan.asked_by, plan.worked_on_at, plan.attempts, plan.done_cases, plan.failure = PlanState.APPLYING, by, None, 0, 0, ""
    plan.save(update_fields=["state", "asked_by", "worked_on_at", "attempts", "done_cases", "failure"])
    record("plan.apply_asked", subject=plan, by=by, at=now, changes={"state": (PlanState.DRAFT, plan.state)})
    return plan


@transaction.atomic
def apply_plan(*, plan_id: int, version: int, by: User, now: datetime) -> AssignmentPlan:
    """Every case of the plan is held by its collector, who is told once and has a filtering task with its deadline (A2.1, A3.1); of a
    plan for teams, is the team's, whose lead is told and must assign it that day.

    All or nothing. A plan whose cases, people or limits changed since it was made is refused, so that no cap and no holder is
    overrun; whoever applies it a second time is told that it was applied already.
    """
    ask_apply(plan_id=plan_id, version=version, by=by, now=now)
    hold = take_up(plan_id, PlanState.APPLYING, lambda: now)
    _apply(hold, plan_of(hold))
    return plan_of(hold)


def apply_asked_plan(*, plan_id: int, clock: Clock) -> None:
    """The worker's half, once, however often it is called. A refusal makes the plan a draft again, with the reason on it."""
    work_on(plan_id, PlanState.APPLYING, clock, _apply)


def _apply(hold: Hold, plan: AssignmentPlan) -> None:
    now, by = hold.clock(), plan.asked_by
    give = give_to_teams if plan.for_teams else give_to_people
    given = give(plan, hold, check=lambda: _check_still_true(plan, now), by=by, now=now)
    work_ends(hold, state=PlanState.APPLIED, version=plan.version + 1, applied_by=by, applied_at=now, done_cases=given, failure="")
    record("plan.applied", subject=plan, by=by, at=now, changes={"state": (PlanState.DRAFT, PlanState.APPLIED), "cases": (None, given)})
    for placement in placements_of(plan):
        meet_lead_duties(placement, by=by, now=now)


def _check_still_true(plan: AssignmentPlan, now: datetime) -> None:
    if is_stale(plan, situations_of(plan, now=now)):
        raise StalePlan(_("Cases, holdings, leave or limits have changed since this plan was made. Plan again, then apply."))
