"""Random situations for the properties of the solver: cases, people, and every rule that can stand between them."""

import random
from dataclasses import dataclass, field

from hypothesis import strategies as st

from assignment.rules.state import NO_LIMIT, NewCase, Seat


@dataclass(frozen=True)
class Situation:
    cases: list[NewCase]
    seats: list[Seat]
    pins: dict[int, int] = field(default_factory=dict)
    formers: dict[int, int] = field(default_factory=dict)
    waiting: frozenset[int] = frozenset()


@st.composite
def situations(draw) -> Situation:
    people = range(1, draw(st.integers(0, 6)) + 1)
    kinds = [(draw(st.frozensets(st.integers(1, 8), max_size=4)), draw(st.frozensets(st.integers(1, 8), max_size=3))) for _ in range(4)]
    bonds = st.dictionaries(st.integers(1, 25), st.integers(1, 9), max_size=4)
    return Situation(
        cases=[_case(draw, number, kinds) for number in range(1, draw(st.integers(0, 30)) + 1)],
        seats=[_seat(draw, number) for number in people],
        pins=draw(bonds),
        formers=draw(bonds),
        waiting=draw(st.frozensets(st.integers(7, 8), max_size=2)),
    )


@st.composite
def crowds(draw) -> Situation:
    """Many people and more cases, each case barred from few of them: what goes by lanes, strays and heaps, which a handful never needs."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    people = range(1, chance.randint(18, 40) + 1)
    groups = [frozenset(chance.sample(people, len(people) // 2)) for _ in range(2)]
    named = frozenset(chance.sample(people, chance.randint(1, 5)))
    debtors = range(1, chance.randint(40, 120))
    cases = [_case_of_crowd(chance, number, people, groups, named, debtors) for number in range(1, chance.randint(60, 150))]
    return Situation(
        cases=cases,
        seats=[_seat_of_crowd(chance, number, len(cases) / len(people)) for number in people],
        pins={chance.choice(debtors): chance.choice(people) for _ in range(5)},
        formers={chance.choice(debtors): chance.choice(people) for _ in range(5)},
        waiting=frozenset(),
    )


def _case_of_crowd(chance: random.Random, number: int, people: range, groups: list, named: frozenset[int], debtors: range) -> NewCase:
    barred = chance.choice([frozenset(), frozenset(), *groups]) | frozenset(chance.sample(people, chance.choice([0, 0, 1, 2])))
    is_ruled = chance.random() < 0.15
    return NewCase(
        pk=number,
        amount=round(chance.lognormvariate(9, 1)),
        debtor=chance.choice(debtors),
        slice=chance.choice(["M1", "M2"]),
        barred=barred,
        rule=1 if is_ruled else None,
        first=named if is_ruled else frozenset(),
        strict=is_ruled and chance.random() < 0.2,
    )


def _seat_of_crowd(chance: random.Random, number: int, share: float) -> Seat:
    return Seat(
        pk=number,
        count=chance.randint(0, 4),
        amount=chance.randint(0, 40_000),
        room=chance.choice([0, round(share * 0.7), round(share * 1.3), NO_LIMIT, NO_LIMIT]),
        room_by_client=chance.choice([round(share), NO_LIMIT, NO_LIMIT]),
        room_for_amount=chance.choice([round(share * 12_000), NO_LIMIT, NO_LIMIT]),
        weight=chance.choice([1, 1, 2, 3]),
    )


def _case(draw, number: int, kinds: list) -> NewCase:
    barred, first = draw(st.sampled_from(kinds)) if draw(st.booleans()) else (frozenset(), frozenset())
    return NewCase(
        pk=number,
        amount=draw(st.integers(0, 50_000)),
        debtor=draw(st.integers(1, 25)),
        slice=draw(st.sampled_from(["M1", "M2"])),
        barred=barred,
        rule=1 if first else None,
        first=first,
        strict=bool(first) and draw(st.integers(0, 3)) == 0,
    )


def _seat(draw, number: int) -> Seat:
    return Seat(
        pk=number,
        count=draw(st.integers(0, 20)),
        amount=draw(st.integers(0, 500_000)),
        room=draw(st.sampled_from([0, 1, 3, 10, NO_LIMIT])),
        room_by_client=draw(st.sampled_from([0, 2, NO_LIMIT])),
        room_for_amount=draw(st.sampled_from([20_000, 100_000, NO_LIMIT])),
        room_for_amount_by_client=draw(st.sampled_from([50_000, NO_LIMIT, NO_LIMIT])),
        weight=draw(st.sampled_from([0, 1, 1, 2, 5])),
    )
