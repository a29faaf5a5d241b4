"""Which cases a plan is about, as they are now."""

from django.db.models import Exists, OuterRef

from assignment.choices import EndReason, PlanLevel, PlanState, Scope
from assignment.models import Assignment, AssignmentPlan, PlanLine
from cases.choices import CaseState
from cases.models import Case, Placement
from cases.models.case import CaseQuerySet
from staff.models import Team


def unassigned_cases_of(placement: Placement) -> CaseQuerySet:
    return Case.objects.filter(placement=placement, state=CaseState.UNASSIGNED)


def cases_in_pool(team: Team | None = None) -> CaseQuerySet:
    """Unassigned cases that somebody gave back; the team's, or all."""
    given_back = Assignment.objects.filter(case=OuterRef("pk"), end_reason=EndReason.RETURNED_TO_POOL)
    rows = Case.objects.filter(Exists(given_back), state=CaseState.UNASSIGNED)
    return rows if team is None else rows.of_teams([team])


def cases_to_plan(plan: AssignmentPlan) -> CaseQuerySet:
    """The unassigned cases of the plan's scope: for people, those of the team; for teams, a placement's that no team was given yet.

    Of a selection the plan's lines are the choice.
    """
    if plan.scope == Scope.POOL:
        return cases_in_pool(plan.team)
    rows = Case.objects.filter(state=CaseState.UNASSIGNED)
    if plan.level == PlanLevel.PEOPLE:
        rows = rows.of_teams([plan.team_id])
    elif plan.scope == Scope.PLACEMENT:
        rows = rows.filter(team=None)
    return rows.filter(placement=plan.placement_id) if plan.scope == Scope.PLACEMENT else rows.filter(plan_lines__plan=plan)


def cases_still_to_assign(placement: Placement, team: Team | None = None) -> CaseQuerySet:
    """Unassigned, and not set aside with a reason in a plan that counts: while there is one, the lead's duty stands (A2.1).

    Without a team: those that head office gave to no team, the placement's own lead's; with one: those that this team was given.
    """
    return unassigned_cases_of(placement).filter(~Exists(set_aside()), team=team)


def set_aside():
    """The applied plan's line that sets the outer case aside. Once somebody gets the case the reason is spent."""
    since = Assignment.objects.filter(case=OuterRef("case"), assigned_at__gte=OuterRef("plan__applied_at")).exclude(end_reason=EndReason.UNDONE)
    lines = PlanLine.objects.filter(case=OuterRef("pk"), plan__state=PlanState.APPLIED, collector=None).exclude(set_aside_reason="")
    return lines.filter(~Exists(since))
