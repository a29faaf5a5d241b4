"""The first and the third principle of A2.2: the client's requirements, then capacity. Every objection is returned, not only the first."""

from dataclasses import dataclass
from datetime import date

from assignment.choices import CLIENT_OBSTACLES, Obstacle

NO_LIMIT = 10**15


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a client asks of who holds its cases. The default asks nothing; no teams means every team."""

    teams: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()
    months_of_service: int = 0
    max_cases: int | None = None
    training: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A collector as the rules see one: standing, limits (None: no limit set) and what is held now."""

    pk: int
    team: int
    joined_on: date | None = None
    is_trained: bool = True
    is_away: bool = False
    max_cases: int | None = None
    max_amount: int | None = None
    max_new: int | None = None
    held_count: int = 0
    held_amount: int = 0
    held_of_client: int = 0
    new_today: int = 0


def months_between(start: date, end: date) -> int:
    """Whole months: from the 31st to the 30th is not yet one."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def obstacles_of(person: Candidate, requirement: Requirement, *, today: date) -> list[Obstacle]:
    """Why this person can take no case of the client now; empty when they can."""
    served = months_between(person.joined_on, today) if person.joined_on else 0
    found = {
        Obstacle.TEAM: bool(requirement.teams) and person.team not in requirement.teams,
        Obstacle.BARRED: person.pk in requirement.barred,
        Obstacle.SERVICE: served < requirement.months_of_service,
        Obstacle.TRAINING: requirement.training and not person.is_trained,
        Obstacle.CLIENT_LIMIT: room_by_client(person, requirement) <= 0,
        Obstacle.LEAVE: person.is_away,
        Obstacle.FULL: _left(person.max_cases, person.held_count) <= 0 or room_for_amount(person) <= 0,
        Obstacle.DAY_FULL: _left(person.max_new, person.new_today) <= 0,
    }
    return [obstacle for obstacle, stands in found.items() if stands]


def is_barred_by_client(obstacles: list[Obstacle]) -> bool:
    return any(obstacle in CLIENT_OBSTACLES for obstacle in obstacles)


def room_by_client(person: Candidate, requirement: Requirement) -> int:
    """How many more of the client's cases the client lets this person hold."""
    return _left(requirement.max_cases, person.held_of_client)


def room_by_capacity(person: Candidate) -> int:
    """How many more cases the person's own capacity takes today."""
    return min(_left(person.max_cases, person.held_count), _left(person.max_new, person.new_today))


def room_for_amount(person: Candidate) -> int:
    """How much more money, in cents."""
    return _left(person.max_amount, person.held_amount)


def _left(most: int | None, used: int) -> int:
    return NO_LIMIT if most is None else max(0, most - used)
