"""Who gets which case, and why (A2.2, in its order): the client's requirements, the placement's make-up, capacity, holdings.

1. Cases of one debtor are one unit (grouping.py). Who holds a debtor keeps them, and so does who held him once, where the client wants that;
   if they have no room, the unit waits.
2. Groups, and units that few may hold, go first, one by one, to the least loaded seat that takes them (placing.py).
3. Single cases are dealt in lanes of those that the same people may hold, the most bound first, by quotas that level the counts; within a
   lane everybody gets a like share of each stage and each size of debt (dealing.py). A rule's people are a lane of their own: what they
   can't take goes on to the others, unless the rule is strict.
4. Who found no seat is let in where others can move on (stock.py).
5. Counts are levelled (levelling.py), then amounts (exchanging.py), each over the seats' weights, until neither can be bettered.

The same input gives the same plan, in whatever order it comes. Teams are seats like people: the two levels share this solver (teams.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from assignment.choices import Mode, Reason
from assignment.rules.dealing import Dealer, Lane, lanes_of
from assignment.rules.exchanging import level_amounts
from assignment.rules.grouping import units_of
from assignment.rules.levelling import level_counts
from assignment.rules.placing import Usher, make_room
from assignment.rules.reasons import Reasons
from assignment.rules.state import NOBODY, NewCase, Seat, Table


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where each case goes (None: to nobody) and why."""

    seat_of: dict[int, int | None]
    reason_of: dict[int, Reason]


def propose(
    cases: Iterable[NewCase],
    seats: Iterable[Seat],
    *,
    mode: Mode,
    pins: Mapping[int, int] | None = None,
    formers: Mapping[int, int] | None = None,
    waiting: frozenset[int] = frozenset(),
) -> Proposal:
    """A plan for the cases. `pins` maps a debtor to the person who holds them now, `formers` to who shall hold them again. `waiting` are
    people whom the client allows but who have no room or are away: nobody else gets the debtors they are bound to."""
    in_order = sorted(cases, key=attrgetter("pk"))
    people = sorted([*seats, *(Seat(pk, room=0, room_for_amount=0) for pk in waiting)], key=attrgetter("pk"))
    units, unit_of = units_of(in_order, people, pins or {}, formers or {})
    table = Table(people, units)
    lanes, left = _seat(table, by_amount=mode == Mode.AMOUNT)
    _level(table, lanes, mode)
    while left and len(rest := _place(left, table, lanes, by_amount=mode == Mode.AMOUNT)) < len(left):
        left = rest
        _level(table, lanes, mode)
    return _proposal(in_order, unit_of, table)


def _seat(table: Table, *, by_amount: bool) -> tuple[list[Lane], list[int]]:
    """Every unit its first seat; the lanes, and who found no seat though not bound to anybody."""
    units = table.units
    for unit in units.largest_first(list(units.bound_to)):
        if table.has_room(unit, units.bound_to[unit]):
            table.give(unit, units.bound_to[unit])
    free = [unit for unit in range(len(units.size)) if unit not in units.bound_to]
    lanes, strays = lanes_of([unit for unit in free if units.size[unit] == 1], table)
    if by_amount:
        return lanes, _place(free, table, lanes, by_amount=True)
    left = _place([unit for unit in free if units.size[unit] > 1] + strays, table, lanes, by_amount=False)
    dealer = Dealer(table, [unit for lane in lanes for unit in lane.units])
    for lane in lanes:
        left += dealer.deal(lane)
    return lanes, _place(left, table, lanes, by_amount=False)


def _place(left: list[int], table: Table, lanes: list[Lane], *, by_amount: bool) -> list[int]:
    """One by one, the most bound first, then the largest. Whom a rule's people can't take goes on to the others, unless the rule is strict.
    Who finds no seat comes back."""
    units = table.units
    in_order = sorted(units.largest_first(left), key=lambda unit: (units.may[units.kind[unit]].bit_count(), -units.size[unit]))
    left = make_room(Usher(table, lanes, by_amount=by_amount).lead(in_order), table)
    freed = {unit for unit in left if units.kinds[units.kind[unit]].lets_go}
    if not freed:
        return left
    for unit in freed:
        units.release(unit)
    return [unit for unit in left if unit not in freed] + _place(units.largest_first(list(freed)), table, lanes, by_amount=by_amount)


def _level(table: Table, lanes: list[Lane], mode: Mode) -> None:
    """Exchanges of amounts leave the counts as they are, but who changed places may open a way by which counts come closer: then again. Each
    time counts are closer than before, so that it ends."""
    if mode == Mode.AMOUNT:
        level_amounts(table, lanes, sizes_matter=False)
        return
    level_counts(table)
    while mode != Mode.COUNT:
        level_amounts(table, lanes, sizes_matter=True)
        if not level_counts(table):
            return


def _proposal(cases: list[NewCase], unit_of: list[int], table: Table) -> Proposal:
    reasons, seats = Reasons(table), [seat.pk for seat in table.seats]
    seat_of = table.units.seat
    return Proposal(
        {case.pk: None if seat_of[unit] == NOBODY else seats[seat_of[unit]] for case, unit in zip(cases, unit_of, strict=True)},
        {case.pk: reasons.of(case, unit) for case, unit in zip(cases, unit_of, strict=True)},
    )
