"""What a plan is made from: the cases to give away, the people of the team as they stand, the client's requirements."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils import timezone

from assignment.choices import EndReason, Holdings, Obstacle
from assignment.models import Assignment, Capacity, ClientRequirement
from assignment.rules.eligibility import (
    Candidate,
    Requirement,
    is_barred_by_client,
    obstacles_of,
    room_by_capacity,
    room_by_client,
    room_for_amount,
)
from assignment.rules.state import NewCase, Seat
from assignment.selectors import collectors_of, unassigned_cases_of
from cases.choices import ENDED
from cases.models import Client, Placement
from staff.models import Leave, Team, User
from staff.selectors import qualified_people


def cents(amount: Decimal | None) -> int:
    return int((amount or Decimal(0)) * 100)


def yuan(amount: int) -> Decimal:
    return Decimal(amount) / 100


@dataclass(frozen=True, slots=True)
class Standing:
    """One collector of the team: who, as the rules see them, with what capacity, and why they can take nothing now."""

    person: User
    candidate: Candidate
    capacity: Capacity | None
    obstacles: list[Obstacle]

    @property
    def may_take(self) -> bool:
        return not self.obstacles

    @property
    def held_amount(self) -> Decimal:
        return yuan(self.candidate.held_amount)

    @property
    def labels(self) -> list[str]:
        return [str(obstacle.label) for obstacle in self.obstacles]


def requirement_of(client: Client) -> Requirement:
    """What the client asks; nothing when no requirement was entered. Three queries at most."""
    row = ClientRequirement.objects.filter(client=client).prefetch_related("teams", "barred_people").first()
    if row is None:
        return Requirement()
    return Requirement(
        teams=frozenset(team.pk for team in row.teams.all()),
        barred=frozenset(person.pk for person in row.barred_people.all()),
        months_of_service=row.min_months_of_service,
        max_cases=row.max_cases_per_person,
        training=row.training_required,
    )


def standings_of(team: Team, client: Client, *, now: datetime, requirement: Requirement | None = None) -> list[Standing]:
    """The team's collectors with capacity, holdings, leave and obstacles. A fixed number of queries, however many people."""
    return standings(list(collectors_of(team).select_related("capacity")), client, now=now, requirement=requirement)


def standings(people: list[User], client: Client, *, now: datetime, requirement: Requirement | None = None) -> list[Standing]:
    requirement = requirement or requirement_of(client)
    today = timezone.localdate(now)
    away = set(Leave.objects.covering(now).filter(person__in=people).values_list("person_id", flat=True))
    trained = qualified_people(now)
    held, fresh = _holdings_of(people, client), _new_today(people, now)
    found = []
    for person in people:
        capacity = getattr(person, "capacity", None)
        count, amount, of_client = held.get(person.pk, (0, 0, 0))
        candidate = Candidate(
            pk=person.pk,
            team=person.team_id or 0,
            joined_on=person.joined_on,
            is_trained=person.pk in trained,
            is_away=person.pk in away,
            max_cases=capacity.max_cases if capacity else None,
            max_amount=cents(capacity.max_amount) if capacity else None,
            max_new=capacity.max_new_per_day if capacity else None,
            held_count=count,
            held_amount=amount,
            held_of_client=of_client,
            new_today=fresh.get(person.pk, 0),
        )
        found.append(Standing(person, candidate, capacity, obstacles_of(candidate, requirement, today=today)))
    return found


def _holdings_of(people: list[User], client: Client) -> dict[int, tuple[int, int, int]]:
    """Live cases that each holds now: how many, worth what, and how many of this client. One query."""
    rows = (
        Assignment.objects.open()
        .filter(collector__in=people)
        .exclude(case__state__in=ENDED)
        .values("collector")
        .annotate(count=Count("pk"), amount=Sum("case__amount"), of_client=Count("pk", filter=Q(case__client=client)))
    )
    return {row["collector"]: (row["count"], cents(row["amount"]), row["of_client"]) for row in rows}


def _new_today(people: list[User], now: datetime) -> dict[int, int]:
    """Cases that each was given since midnight; those of a plan that was undone don't count. One query."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    given = Assignment.objects.filter(collector__in=people, assigned_at__gte=midnight).exclude(end_reason=EndReason.UNDONE)
    return dict(given.values_list("collector").annotate(Count("pk")).order_by())


def seats_of(people: list[Standing], requirement: Requirement, holdings: str) -> tuple[list[Seat], frozenset[int]]:
    """Who can take cases now, and whom the client allows but who has no room or is away."""
    seats = []
    for standing in people:
        if not standing.may_take:
            continue
        candidate, counts = standing.candidate, holdings == Holdings.CUMULATIVE
        seats.append(
            Seat(
                candidate.pk,
                count=candidate.held_count if counts else 0,
                amount=candidate.held_amount if counts else 0,
                room=room_by_capacity(candidate),
                room_by_client=room_by_client(candidate, requirement),
                room_for_amount=room_for_amount(candidate),
            )
        )
    waiting = (standing.person.pk for standing in people if standing.obstacles and not is_barred_by_client(standing.obstacles))
    return seats, frozenset(waiting)


def new_cases_of(placement: Placement) -> list[NewCase]:
    rows = unassigned_cases_of(placement).order_by("pk").values_list("pk", "amount", "debtor_id", "stage")
    return [NewCase(pk, cents(amount), debtor, stage) for pk, amount, debtor, stage in rows.iterator(chunk_size=5000)]


def holders_of_debtors(placement: Placement, people: list[Standing]) -> Mapping[int, int]:
    """Which of these people already hold live cases of the placement's debtors: whoever holds most of them. One query."""
    rows = (
        Assignment.objects.open()
        .filter(collector__in=[standing.person for standing in people], case__debtor__in=unassigned_cases_of(placement).values("debtor"))
        .exclude(case__state__in=ENDED)
        .values_list("case__debtor", "collector")
        .annotate(held=Count("pk"))
        .order_by("held", "-collector")
    )
    return {debtor: collector for debtor, collector, _ in rows}


def basis_of(placement: Placement, people: list[Standing], requirement: Requirement) -> str:
    """A fingerprint of what a plan is made from. When it changes, the plan is stale. One query."""
    cases = unassigned_cases_of(placement).aggregate(count=Count("pk"), which=Sum("pk"), amount=Sum("amount"))
    parts = [
        (cases["count"], cases["which"], cents(cases["amount"])),
        (sorted(requirement.teams), sorted(requirement.barred), requirement.months_of_service, requirement.max_cases, requirement.training),
        sorted((repr(standing.candidate), [str(obstacle) for obstacle in standing.obstacles]) for standing in people),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()
