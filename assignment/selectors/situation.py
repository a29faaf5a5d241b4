"""What a plan is made from: the clients' requirements, and the people who may take cases as they stand now."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils import timezone

from assignment.choices import CapacityLevel, EndReason, Obstacle
from assignment.models import Assignment, AssignmentPlan, Capacity, ClientRequirement, LevelCapacity
from assignment.rules.eligibility import Bars, Candidate, Limits, Requirement, limits_of, obstacles_of
from assignment.selectors import collectors_of, teams_to_plan_for
from assignment.selectors.scope import cases_to_plan
from cases.choices import ENDED
from cases.models import Client
from staff.choices import Level
from staff.models import Leave, Team, User
from staff.selectors import people_off_shift, qualified_people


def cents(amount: Decimal | None) -> int:
    return int((amount or Decimal(0)) * 100)


def yuan(amount: int) -> Decimal:
    return Decimal(amount) / 100


@dataclass(frozen=True, slots=True)
class Standing:
    """One collector: who, as the rules see them, and why they can take nothing now."""

    person: User
    candidate: Candidate
    obstacles: list[Obstacle]

    @property
    def may_take(self) -> bool:
        return not self.obstacles

    @property
    def held_amount(self) -> Decimal:
        return yuan(self.candidate.held_amount)

    @property
    def max_amount(self) -> Decimal | None:
        """What the capacity of the person, or of their level, allows in yuan; None: no limit."""
        return None if self.candidate.max_amount is None else yuan(self.candidate.max_amount)

    @property
    def labels(self) -> list[str]:
        return [str(obstacle.label) for obstacle in self.obstacles]


@dataclass
class Situation:
    """What holds for one client's cases in a plan: what it asks, and how everybody stands to it."""

    client: Client
    requirement: Requirement
    people: list[Standing]
    today: date
    bars: Bars = field(init=False)

    def __post_init__(self) -> None:
        self.bars = Bars([standing.candidate for standing in self.people], self.requirement, self.today)


def situations_of(plan: AssignmentPlan, *, now: datetime) -> list[Situation]:
    """The situation of each client whose cases the plan is about, of the placement's client at least. A fixed number of queries for each."""
    clients = set(cases_to_plan(plan).order_by().values_list("client", flat=True).distinct())
    if plan.placement is not None:
        clients.add(plan.placement.client_id)
    people = list(_people_of(plan).select_related("capacity", "team"))
    return [situation_of(client, people, now=now) for client in Client.objects.filter(pk__in=clients).order_by("pk")]


def _people_of(plan: AssignmentPlan):
    return collectors_of(plan.team) if plan.team else collectors_of(*teams_to_plan_for())


def situation_of(client: Client, people: list[User], *, now: datetime) -> Situation:
    requirement = requirement_of(client)
    return Situation(client, requirement, standings(people, client, now=now, requirement=requirement), timezone.localdate(now))


def requirement_of(client: Client) -> Requirement:
    """What the client asks; nothing when no requirement was entered. Four queries at most."""
    row = ClientRequirement.objects.filter(client=client).prefetch_related("teams", "people", "barred_people").first()
    if row is None:
        return Requirement()
    return Requirement(
        teams=frozenset(team.pk for team in row.teams.all()),
        people=frozenset(person.pk for person in row.people.all()),
        barred=frozenset(person.pk for person in row.barred_people.all()),
        months_of_service=row.min_months_of_service,
        max_cases=row.max_cases_per_person,
        max_amount=None if row.max_amount_per_person is None else cents(row.max_amount_per_person),
        training=row.training_required,
        licence=bool(row.licence),
        region_must_match=row.region_must_match,
        dialect_must_match=row.dialect_must_match,
        previous=row.previous_collector,
        senior_stages=frozenset(row.senior_stages),
        senior_months=row.senior_months,
    )


def standings_of(team: Team, client: Client, *, now: datetime, requirement: Requirement | None = None) -> list[Standing]:
    """The team's collectors with capacity, holdings, leave and obstacles. A fixed number of queries, however many people."""
    return standings(list(collectors_of(team).select_related("capacity")), client, now=now, requirement=requirement)


def standings(people: list[User], client: Client, *, now: datetime, requirement: Requirement | None = None) -> list[Standing]:
    requirement = requirement or requirement_of(client)
    facts = _facts_of(people, client, requirement, now)
    found = []
    for person in people:
        candidate = facts.candidate(person)
        found.append(Standing(person, candidate, obstacles_of(candidate, requirement, today=facts.today)))
    return found


@dataclass
class _Facts:
    """What is known of all the people together, each by one query."""

    today: date
    away: set[int]
    off_shift: set[int]
    trained: set[int]
    licensed: set[int]
    held: dict[int, dict]
    fresh: dict[int, int]
    levels: dict[str, Limits]

    def candidate(self, person: User) -> Candidate:
        limits, held = self._limits(person), self.held.get(person.pk, {})
        return Candidate(
            pk=person.pk,
            team=person.team_id or 0,
            joined_on=person.joined_on,
            is_trained=person.pk in self.trained,
            has_licence=person.pk in self.licensed,
            is_senior=person.level == Level.SENIOR,
            regions=tuple(person.regions),
            dialects=tuple(person.dialects),
            is_away=person.pk in self.away,
            has_shift=person.pk not in self.off_shift,
            max_cases=limits.max_cases,
            max_amount=limits.max_amount,
            max_new=limits.max_new,
            held_count=held.get("count", 0),
            held_amount=cents(held.get("amount")),
            held_of_client=held.get("of_client", 0),
            held_amount_of_client=cents(held.get("amount_of_client")),
            new_today=self.fresh.get(person.pk, 0),
        )

    def _limits(self, person: User) -> Limits:
        own, probation = getattr(person, "capacity", None), self.levels.get(CapacityLevel.PROBATION)
        on_probation = person.probation_until is not None and person.probation_until >= self.today
        return limits_of(own and _limits(own), person.level, on_probation=on_probation, by_level=self.levels, probation=probation)


def _limits(row: Capacity | LevelCapacity) -> Limits:
    return Limits(row.max_cases, cents(row.max_amount), row.max_new_per_day)


def _facts_of(people: list[User], client: Client, requirement: Requirement, now: datetime) -> _Facts:
    return _Facts(
        today=timezone.localdate(now),
        away=set(Leave.objects.covering(now).filter(person__in=people).values_list("person_id", flat=True)),
        off_shift=people_off_shift(now),
        trained=qualified_people(now),
        licensed=_licensed(client, now) if requirement.licence else set(),
        held=_holdings_of(people, client),
        fresh=_new_today(people, now),
        levels={row.level: _limits(row) for row in LevelCapacity.objects.all()},
    )


def _licensed(client: Client, now: datetime) -> set[int]:
    kind = ClientRequirement.objects.values_list("licence", flat=True).get(client=client)
    return qualified_people(now, kind=kind)


def _holdings_of(people: list[User], client: Client) -> dict[int, dict]:
    """Live cases that each holds now: how many, worth what, and of these the client's. One query."""
    ours = Q(case__client=client)
    rows = Assignment.objects.open().filter(collector__in=people).exclude(case__state__in=ENDED).order_by().values("collector")
    totals = {"count": Count("pk"), "amount": Sum("case__amount")}
    of_client = {"of_client": Count("pk", filter=ours), "amount_of_client": Sum("case__amount", filter=ours)}
    return {row["collector"]: row for row in rows.annotate(**totals, **of_client)}


def _new_today(people: list[User], now: datetime) -> dict[int, int]:
    """Cases that each was given since midnight; those of a plan that was undone don't count. One query."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    given = Assignment.objects.filter(collector__in=people, assigned_at__gte=midnight).exclude(end_reason=EndReason.UNDONE)
    return dict(given.values_list("collector").annotate(Count("pk")).order_by())


def former_holders(cases, client: Client) -> dict[int, int]:
    """Who held these cases' debtors for this client last, by debtor; plans that were undone don't count. One query."""
    ended = Assignment.objects.filter(case__client=client, case__debtor__in=cases.values("debtor")).exclude(ended_at=None).exclude(end_reason=EndReason.UNDONE)
    return dict(ended.order_by("ended_at", "pk").values_list("case__debtor", "collector"))


def holders_of_debtors(cases, people: Iterable[User]) -> dict[int, int]:
    """Which of these people already hold live cases of these cases' debtors: whoever holds most of them. One query."""
    rows = (
        Assignment.objects.open()
        .filter(collector__in=list(people), case__debtor__in=cases.values("debtor"))
        .exclude(case__state__in=ENDED)
        .values_list("case__debtor", "collector")
        .annotate(held=Count("pk"))
        .order_by("held", "-collector")
    )
    return {debtor: collector for debtor, collector, _ in rows}
