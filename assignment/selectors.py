from django.db.models import Exists, OuterRef, Q

from assignment.models import Assignment, FilteringTask
from cases.models import Case
from cases.models.case import CaseQuerySet
from staff.choices import Role
from staff.models import User
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
