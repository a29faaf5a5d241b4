"""Random situations for the properties of the solver: cases, people, and every rule that can stand between them."""

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
