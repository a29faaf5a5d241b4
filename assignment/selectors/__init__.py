from django.db.models import Exists, OuterRef, Q, QuerySet

from assignment.choices import PlanState
from assignment.models import Assignment, AssignmentPlan, FilteringTask, PlanLine
from cases.choices import CaseState, PlacementState
from cases.models import Case, Placement
from cases.models.case import CaseQuerySet
from staff.choices import Role
from staff.models import Team, User
from staff.selectors import teams_led_by


def cases_visible_to(user: User) -> CaseQuerySet:
    """The cases whose content this person may see: all for the GM office, the team's for its lead, and for a collector only
    those assigned to them now. Everybody else sees none. No query of its own but the groups'."""
    if user.has_role(Role.GM_OFFICE):
        return Case.objects.all()
    wanted = Q(pk__in=[])
    if user.has_role(Role.TEAM_LEAD):
        wanted |= Q(placement__team__in=teams_led_by(user))
    if user.has_role(Role.COLLECTOR):
        wanted |= Q(Exists(Assignment.objects.open().filter(case=OuterRef("pk"), collector=user)))
    return Case.objects.filter(wanted)


def holder_of(case: Case) -> User | None:
    """Who holds the case now. One query."""
    held = Assignment.objects.open().filter(case=case).select_related("collector").first()
    return held.collector if held else None


def cases_of_task(task: FilteringTask) -> CaseQuerySet:
    """The cases that the task's collector has to filter in it: those still held under it. Classified ones are included."""
    return Case.objects.filter(Exists(Assignment.objects.open().filter(case=OuterRef("pk"), filtering_task=task)))


def filtering_task_of(case: Case) -> FilteringTask | None:
    """The filtering task that the case is in now, done or not; None when it came without one. One query."""
    held = Assignment.objects.open().filter(case=case).select_related("filtering_task").first()
    return held.filtering_task if held else None


def filtering_tasks_visible_to(user: User) -> QuerySet[FilteringTask]:
    """All for the GM office, the team's for its lead, the own ones for a collector."""
    if user.has_role(Role.GM_OFFICE):
        return FilteringTask.objects.all()
    wanted = Q(collector=user)
    if user.has_role(Role.TEAM_LEAD):
        wanted |= Q(collector__team__in=teams_led_by(user))
    return FilteringTask.objects.filter(wanted)


def placements_to_plan_for(user: User) -> QuerySet[Placement]:
    """The imported placements whose cases this person may see assigned: the own teams', all for the GM office."""
    committed = Placement.objects.filter(state=PlacementState.COMMITTED)
    if user.has_role(Role.GM_OFFICE):
        return committed
    if user.has_role(Role.TEAM_LEAD):
        return committed.filter(team__in=teams_led_by(user))
    return committed.none()


def plans_visible_to(user: User) -> QuerySet[AssignmentPlan]:
    """The plans for the teams that this person leads; all for the GM office."""
    if user.has_role(Role.GM_OFFICE):
        return AssignmentPlan.objects.all()
    if user.has_role(Role.TEAM_LEAD):
        return AssignmentPlan.objects.filter(team__in=teams_led_by(user))
    return AssignmentPlan.objects.none()


def unassigned_cases_of(placement: Placement) -> CaseQuerySet:
    return Case.objects.filter(placement=placement, state=CaseState.UNASSIGNED)


def cases_still_to_assign(placement: Placement) -> CaseQuerySet:
    """Unassigned, and not set aside with a reason in a plan that counts: while there is one, the lead's duty stands (A2.1)."""
    applied = PlanLine.objects.filter(plan__placement=placement, plan__state=PlanState.APPLIED, collector=None)
    return unassigned_cases_of(placement).exclude(pk__in=applied.exclude(set_aside_reason="").values("case"))


def collectors_of(team: Team) -> QuerySet[User]:
    return User.objects.filter(team=team, is_active=True, groups__name=Role.COLLECTOR).order_by("staff_no", "pk")


def collectors_visible_to(user: User) -> QuerySet[User]:
    """Whose capacity this person may set: everybody's for administrators and the GM office, the team's for its lead."""
    collectors = User.objects.filter(is_active=True, groups__name=Role.COLLECTOR)
    if user.has_role(Role.ADMINISTRATOR) or user.has_role(Role.GM_OFFICE):
        return collectors
    if user.has_role(Role.TEAM_LEAD):
        return collectors.filter(team__in=teams_led_by(user))
    return collectors.none()
