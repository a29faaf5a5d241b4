from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from assignment.models import Assignment, AssignmentPlan, FilteringTask
from cases.models import Case, Placement
from cases.models.case import CaseQuerySet, in_teams
from collection.lib.prepared import Given
from staff.choices import Role
from staff.models import Team, User
from staff.selectors import teams_led_by


def cases_visible_to(user: User) -> CaseQuerySet:
    """The cases whose content this person may see: all for the GM office, the team's for its lead, and for a collector only
    those assigned to them now. Everybody else sees none. No query of its own but the groups'."""
    return cases_visible_in(user.roles, user)


def cases_visible_in(roles: Collection[str], person: User | Given) -> CaseQuerySet:
    """The same for a person of these roles, who may stand in a prepared query."""
    if Role.GM_OFFICE in roles:
        return Case.objects.all()
    wanted = Q(pk__in=[])
    if Role.TEAM_LEAD in roles:
        wanted |= in_teams(teams_led_by(person))
    if Role.COLLECTOR in roles:
        wanted |= Q(Exists(Assignment.objects.open().filter(case=OuterRef("pk"), collector=person)))
    return Case.objects.filter(wanted)


def cases_of_reader(user: User) -> CaseQuerySet:
    """The cases that this person may plan: the teams' own, all for the GM office."""
    return Case.objects.all() if user.has_role(Role.GM_OFFICE) else Case.objects.of_teams(teams_led_by(user))


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
    """The imported placements whose cases this person may see assigned: the own teams', those that head office gave them cases of,
    and all for the GM office."""
    committed = Placement.objects.filter(undone_at=None)
    if user.has_role(Role.GM_OFFICE):
        return committed
    if user.has_role(Role.TEAM_LEAD):
        shares = Case.objects.filter(placement=OuterRef("pk"), team__in=teams_led_by(user))
        return committed.filter(Q(team__in=teams_led_by(user)) | Exists(shares))
    return committed.none()


def plans_visible_to(user: User) -> QuerySet[AssignmentPlan]:
    """The plans for the teams that this person leads; all, those for teams too, for the GM office."""
    if user.has_role(Role.GM_OFFICE):
        return AssignmentPlan.objects.all()
    if user.has_role(Role.TEAM_LEAD):
        return AssignmentPlan.objects.filter(team__in=teams_led_by(user))
    return AssignmentPlan.objects.none()


def collectors_of(*teams: Team) -> QuerySet[User]:
    return User.objects.filter(team__in=teams, is_active=True, groups__name=Role.COLLECTOR).order_by("staff_no", "pk")


def teams_to_plan_for() -> QuerySet[Team]:
    """The teams that head office may give cases to: each has a lead, who is told."""
    return Team.objects.filter(is_active=True, lead__isnull=False).order_by("pk")


def collectors_visible_to(user: User) -> QuerySet[User]:
    """Whose capacity this person may set: everybody's for administrators and the GM office, the team's for its lead."""
    collectors = User.objects.filter(is_active=True, groups__name=Role.COLLECTOR)
    if user.has_role(Role.ADMINISTRATOR) or user.has_role(Role.GM_OFFICE):
        return collectors
    if user.has_role(Role.TEAM_LEAD):
        return collectors.filter(team__in=teams_led_by(user))
    return collectors.none()
