"""The first and the third principle of A2.2: the client's requirements, then capacity. Every objection is returned, not only the first.

What depends on the person alone is judged by `obstacles_of`. What depends on case and person too (region, dialect, seniors' stages, the
former holder) is judged by kinds of cases, never pair by pair: `Bars` answers a whole kind with one shared set.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from assignment.choices import BARRED_BY_CLIENT, Obstacle, PreviousCollector
from assignment.rules.state import NO_LIMIT, Seat


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a client asks of who holds its cases. The default asks nothing; no teams or people means all of them. Amounts in cents.

    `senior_stages` are for those who have served `senior_months` (None: nobody becomes a senior by service), or whose level says so.
    """

    teams: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()
    months_of_service: int = 0
    max_cases: int | None = None
    max_amount: int | None = None
    training: bool = False
    licence: bool = False
    region_must_match: bool = False
    dialect_must_match: bool = False
    previous: str = PreviousCollector.ANY
    senior_stages: frozenset[str] = frozenset()
    senior_months: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A collector as the rules see one: standing, limits (None: no limit set) and what is held now. Amounts in cents.

    `has_licence` is about the licence that the client in question asks for. `regions` and `dialects` are what the person covers and speaks,
    each written as the beginning of a region's name.
    """

    pk: int
    team: int
    joined_on: date | None = None
    is_trained: bool = True
    has_licence: bool = True
    is_senior: bool = False
    regions: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    is_away: bool = False
    has_shift: bool = True
    max_cases: int | None = None
    max_amount: int | None = None
    max_new: int | None = None
    held_count: int = 0
    held_amount: int = 0
    held_of_client: int = 0
    held_amount_of_client: int = 0
    new_today: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may hold (None: no limit), by a row of their own, of their level, or of probation. Amounts in cents."""

    max_cases: int | None = None
    max_amount: int | None = None
    max_new: int | None = None


def limits_of(own: Limits | None, level: str, *, on_probation: bool, by_level: Mapping[str, Limits], probation: Limits | None) -> Limits:
    """The person's own row comes first, then that of probation while it lasts, then that of the level."""
    if own is not None:
        return own
    if on_probation and probation is not None:
        return probation
    return by_level.get(level, Limits())


def months_between(start: date, end: date) -> int:
    """Whole months: from the 31st to the 30th is not yet one."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def obstacles_of(person: Candidate, requirement: Requirement, *, today: date) -> list[Obstacle]:
    """Why this person can take no case of the client now; empty when they can."""
    found = {
        Obstacle.TEAM: bool(requirement.teams) and person.team not in requirement.teams,
        Obstacle.NAMED: bool(requirement.people) and person.pk not in requirement.people,
        Obstacle.BARRED: person.pk in requirement.barred,
        Obstacle.SERVICE: _months_served(person, today) < requirement.months_of_service,
        Obstacle.LICENCE: requirement.licence and not person.has_licence,
        Obstacle.TRAINING: requirement.training and not person.is_trained,
        Obstacle.CLIENT_LIMIT: room_by_client(person, requirement) <= 0,
        Obstacle.CLIENT_AMOUNT: room_for_amount_by_client(person, requirement) <= 0,
        Obstacle.LEAVE: person.is_away,
        Obstacle.SHIFT: not person.has_shift,
        Obstacle.FULL: _left(person.max_cases, person.held_count) <= 0 or room_for_amount(person) <= 0,
        Obstacle.DAY_FULL: _left(person.max_new, person.new_today) <= 0,
    }
    return [obstacle for obstacle, stands in found.items() if stands]


def obstacles_to_case(person: Candidate, requirement: Requirement, *, stage: str, region: str, former: int | None, today: date) -> list[Obstacle]:
    """Why this person may not hold a case of this stage and region that `former` held before. A case of unknown region bars nobody."""
    found = {
        Obstacle.SENIOR: stage in requirement.senior_stages and not _is_senior(person, requirement, today),
        Obstacle.REGION: requirement.region_must_match and not covers(person.regions, region),
        Obstacle.DIALECT: requirement.dialect_must_match and not covers(person.dialects, region),
        Obstacle.FORMER: requirement.previous == PreviousCollector.NOT and former == person.pk,
    }
    return [obstacle for obstacle, stands in found.items() if stands]


def covers(names: Iterable[str], region: str) -> bool:
    """Whether one of these names begins the region's, or is the whole of it: 广东 covers 广东省深圳市, but 海南 not 青海省海南州."""
    return not region or any(name and region.startswith(name) for name in names)


@dataclass
class Bars:
    """Who may not hold a case, by kind of case. Kinds that bar the same people share one set: a plan of many cases has few."""

    people: list[Candidate]
    requirement: Requirement
    today: date
    _by_kind: dict[tuple, frozenset[int]] = field(default_factory=dict)
    _asked: dict[tuple, frozenset[int]] = field(default_factory=dict)
    _sets: dict[frozenset[int], frozenset[int]] = field(default_factory=dict)

    def of(self, stage: str = "", region: str = "", former: int | None = None) -> frozenset[int]:
        """The people who may not hold cases of this stage and region that `former` held before."""
        kind = stage, region, former
        if kind not in self._by_kind:
            barred = self._barred(stage=stage) | self._barred(region=region)
            if former is not None and self.requirement.previous == PreviousCollector.NOT:
                barred |= {former}
            self._by_kind[kind] = self._sets.setdefault(barred, barred)
        return self._by_kind[kind]

    def _barred(self, *, stage: str = "", region: str = "") -> frozenset[int]:
        """Everybody is asked once for a stage and once for a region, not for each pair of them."""
        if (stage, region) not in self._asked:
            barred = (p.pk for p in self.people if obstacles_to_case(p, self.requirement, stage=stage, region=region, former=None, today=self.today))
            self._asked[stage, region] = frozenset(barred)
        return self._asked[stage, region]


def is_barred_by_client(obstacles: list[Obstacle]) -> bool:
    """Whether the client doesn't want this person at all; a limit that is reached is another matter."""
    return any(obstacle in BARRED_BY_CLIENT for obstacle in obstacles)


def room_by_client(person: Candidate, requirement: Requirement) -> int:
    """How many more of the client's cases the client lets this person hold."""
    return _left(requirement.max_cases, person.held_of_client)


def room_for_amount_by_client(person: Candidate, requirement: Requirement) -> int:
    """How much more of the client's money, in cents."""
    return _left(requirement.max_amount, person.held_amount_of_client)


def room_by_capacity(person: Candidate) -> int:
    """How many more cases the person's own capacity takes today."""
    return min(_left(person.max_cases, person.held_count), _left(person.max_new, person.new_today))


def room_for_amount(person: Candidate) -> int:
    """How much more money, in cents."""
    return _left(person.max_amount, person.held_amount)


def seat_of(person: Candidate, requirement: Requirement, *, counts_holdings: bool, weight: int = 1) -> Seat:
    """The seat of somebody whom the client doesn't bar. Who is away keeps a seat without room: nobody else gets the debtors they hold."""
    is_here = person.has_shift and not person.is_away
    return Seat(
        person.pk,
        count=person.held_count if counts_holdings else 0,
        amount=person.held_amount if counts_holdings else 0,
        room=room_by_capacity(person) if is_here else 0,
        room_by_client=room_by_client(person, requirement),
        room_for_amount=room_for_amount(person) if is_here else 0,
        room_for_amount_by_client=room_for_amount_by_client(person, requirement),
        weight=weight,
    )


def _is_senior(person: Candidate, requirement: Requirement, today: date) -> bool:
    by_service = requirement.senior_months is not None and _months_served(person, today) >= requirement.senior_months
    return person.is_senior or by_service


def _months_served(person: Candidate, today: date) -> int:
    return months_between(person.joined_on, today) if person.joined_on else 0


def _left(most: int | None, used: int) -> int:
    return NO_LIMIT if most is None else max(0, most - used)
