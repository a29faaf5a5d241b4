"""How far assigning and filtering are: counts beside the rows, in the same query."""

from django.db.models import Count, DecimalField, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from assignment.choices import OPEN_PLANS
from assignment.models import Assignment, FilteringTask, TeamShare
from assignment.selectors import cases_of_reader, plans_visible_to
from assignment.selectors.scope import set_aside
from cases.choices import ENDED, CaseState
from cases.models import Placement
from duties.choices import Kind
from duties.models import Duty
from staff.choices import Role
from staff.models import User
from staff.selectors import teams_led_by

TO_FILTER = (CaseState.ASSIGNED, CaseState.FILTERING)


def with_progress(placements: QuerySet[Placement], user: User) -> QuerySet[Placement]:
    """Each with `total`, `unassigned`, `to_decide` (neither assigned nor set aside) of the cases that this person sees, the clock of assigning
    them and the draft's id."""
    cases = cases_of_reader(user).filter(placement=OuterRef("pk"))
    unassigned = cases.filter(state=CaseState.UNASSIGNED)
    clock = _assignment_clock(user)
    drafts = plans_visible_to(user).filter(placement=OuterRef("pk"), state__in=OPEN_PLANS).order_by("-pk")
    return placements.annotate(
        total=_count(cases, "placement"),
        unassigned=_count(unassigned, "placement"),
        to_decide=_count(unassigned.filter(~Exists(set_aside())), "placement"),
        due_at=Subquery(clock.values("due_at")[:1]),
        clock_from=Subquery(clock.values("starts_at")[:1]),
        draft=Subquery(drafts.values("pk")[:1]),
    )


def with_filtering_progress(tasks: QuerySet[FilteringTask]) -> QuerySet[FilteringTask]:
    """Each with how many cases it has, how many are filtered, and its clock."""
    held = Assignment.objects.open().filter(filtering_task=OuterRef("pk"))
    clock = Duty.objects.filter(kind=Kind.FILTERING, subject_type=FilteringTask._meta.label_lower, subject_id=OuterRef("pk")).order_by("-pk")
    return tasks.annotate(
        cases=_count(held, "filtering_task"),
        filtered=_count(held.exclude(case__state__in=TO_FILTER), "filtering_task"),
        due_at=Subquery(clock.values("due_at")[:1]),
        clock_from=Subquery(clock.values("starts_at")[:1]),
        first_due_at=Subquery(clock.values("first_due_at")[:1]),
        is_late=Exists(clock.filter(missed_at__isnull=False)),
    )


def _assignment_clock(user: User) -> QuerySet[Duty]:
    """The placement's own duty, or that of a share of it which this person sees; the first that is due."""
    shares = TeamShare.objects.filter(placement=OuterRef(OuterRef("pk")))
    if not user.has_role(Role.GM_OFFICE):
        shares = shares.filter(team__in=teams_led_by(user))
    duties = Duty.objects.unmet().filter(kind=Kind.ASSIGNMENT)
    own = Q(subject_type=Placement._meta.label_lower, subject_id=OuterRef("pk"))
    given = Q(subject_type=TeamShare._meta.label_lower, subject_id__in=shares.values("pk"))
    return duties.filter(own | given).order_by("due_at")


def _count(rows: QuerySet, by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(how_many=Count("pk")).values("how_many")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def with_holdings(people: QuerySet[User]) -> QuerySet[User]:
    """Each with how many live cases they hold, and worth what."""
    held = Assignment.objects.open().filter(collector=OuterRef("pk")).exclude(case__state__in=ENDED).order_by().values("collector")
    amount = Subquery(held.annotate(total=Sum("case__amount")).values("total"), output_field=DecimalField(max_digits=14, decimal_places=2))
    return people.annotate(held=_count(held, "collector"), held_amount=amount)
