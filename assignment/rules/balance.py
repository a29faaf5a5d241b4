"""Who gets which case, and why (A2.2, in its order): the client's requirements, the placement's make-up, capacity, holdings.

1. Cases of one debtor are one unit. A debtor whom somebody here holds already stays with them; if they have no room, the unit waits.
2. Units that few may hold, and units of several cases, go first, each to the least loaded person who takes it.
3. Single cases fill quotas that level the counts. They are dealt in order of slice and amount, so that everybody gets a like share
   of each stage and each size of debt.
4. Counts, then amounts are levelled by moving and exchanging units (levelling.py).

The same input gives the same plan, in whatever order it comes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assignment.choices import Mode, Reason
from assignment.rules.levelling import level_amounts, level_counts
from assignment.rules.state import NewCase, Seat, Table, Unit, units_of


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where each case goes (None: to nobody) and why."""

    seat_of: dict[int, int | None]
    reason_of: dict[int, Reason]


def propose(
    cases: Iterable[NewCase], seats: Iterable[Seat], *, mode: Mode, pins: Mapping[int, int] | None = None, waiting: frozenset[int] = frozenset()
) -> Proposal:
    """A plan for the cases. `pins` maps a debtor to the person who holds them now. `waiting` are people whom the client allows but
    who have no room or are away: nobody else gets the debtors they hold."""
    table = Table(sorted(seats, key=lambda seat: seat.pk), by_amount=mode == Mode.AMOUNT)
    units = units_of(cases, dict(pins or {}))
    free, bound, left = _sorted_out(units, table, waiting)
    for unit in bound:
        if not _give(unit, table):
            left.append(unit)
    left += _deal_by_amount(free, table) if mode == Mode.AMOUNT else _deal_by_count(free, table)
    left = _place(left, table)
    _level(units, table, mode)
    while left and (rest := _place(left, table)) != left:
        left = rest
        _level(units, table, mode)
    return _proposal(units, table, waiting)


def _level(units: list[Unit], table: Table, mode: Mode) -> None:
    movable = [unit for unit in units if unit.seat is not None and unit.pinned_to is None]
    if mode != Mode.AMOUNT:
        level_counts(movable, table)
    if mode != Mode.COUNT:
        level_amounts(movable, table, sizes_matter=mode == Mode.BOTH)


def _sorted_out(units: list[Unit], table: Table, waiting: frozenset[int]) -> tuple[list[Unit], list[Unit], list[Unit]]:
    """Units free to go anywhere, units to place one by one (most bound first), and units that must wait for their holder."""
    free, bound, left = [], [], []
    for unit in units:
        if unit.pinned_to is not None and (unit.pinned_to in unit.barred or not (unit.pinned_to in table.index or unit.pinned_to in waiting)):
            unit.pinned_to = None
        if unit.pinned_to in waiting:
            left.append(unit)
        elif unit.pinned_to is not None or unit.size > 1 or len(unit.barred) * 2 > len(table.seats):
            bound.append(unit)
        else:
            free.append(unit)
    bound.sort(key=lambda unit: (unit.pinned_to is None, -len(unit.barred), -unit.size, unit.order))
    return free, bound, left


def _give(unit: Unit, table: Table) -> bool:
    if unit.pinned_to is None:
        return table.give_to_least_loaded(unit)
    seat = table.index[unit.pinned_to]
    if not table.takes(unit, seat):
        return False
    table.give(unit, seat)
    table.rank_again(seat)
    return True


def _place(units: list[Unit], table: Table) -> list[Unit]:
    """Give what was left over to whoever has room now; the rest comes back."""
    table.rank()
    placeable = [unit for unit in sorted(units, key=lambda unit: unit.order) if unit.pinned_to is None or unit.pinned_to in table.index]
    given = {id(unit) for unit in placeable if _give(unit, table)}
    return [unit for unit in units if id(unit) not in given]


def _deal_by_amount(units: list[Unit], table: Table) -> list[Unit]:
    """Largest first to whoever has least."""
    return [unit for unit in sorted(units, key=lambda unit: unit.order) if not table.give_to_least_loaded(unit)]


def _deal_by_count(units: list[Unit], table: Table) -> list[Unit]:
    """Single cases by quota: each stretch of cases alike in slice and amount is dealt to as many people, the largest to whoever
    needs the most for each case still to come."""
    quota = _quotas(len(units), table)
    turns = _turns(quota)
    units = sorted(units, key=lambda unit: unit.order)
    dealt, left = units[: len(turns)], units[len(turns) :]
    dealt.sort(key=lambda unit: (unit.slice, -unit.amount, unit.pk))
    level = _amount_level(sum(unit.amount for unit in dealt), [seat for seat, cases in enumerate(quota) if cases], table)
    stretch = sum(1 for cases in quota if cases) or 1
    for start in range(0, len(turns), stretch):
        owners = turns[start : start + stretch]
        owners.sort(key=lambda seat: ((table.amount[seat] - level) / quota[seat], seat))
        for seat in owners:
            quota[seat] = max(quota[seat] - 1, 1)
        left += _deal_stretch(sorted(dealt[start : start + stretch], key=lambda unit: unit.order), owners, table)
    return left


def _deal_stretch(units: list[Unit], owners: list[int], table: Table) -> list[Unit]:
    """One case to each owner in turn; where a rule forbids the pair, the next owner who may takes it."""
    left, waiting = [], owners
    for unit in units:
        for place, seat in enumerate(waiting):
            if table.takes(unit, seat):
                table.give(unit, seat)
                del waiting[place]
                break
        else:
            left.append(unit)
    return left


def _turns(quota: list[int]) -> list[int]:
    """Whose turn it is, spread evenly: somebody with twice the quota comes twice as often."""
    places = [((2 * turn + 1) / cases, seat) for seat, cases in enumerate(quota) for turn in range(cases)]
    places.sort()
    return [seat for _, seat in places]


def _quotas(cases: int, table: Table) -> list[int]:
    """How many cases each seat gets so that the counts end as level as rooms allow; who has less money gets the odd ones."""
    count, room = table.count, [min(place, cases) for place in table.room]
    filled = _highest_level(lambda level: sum(min(room[seat], max(0, level - count[seat])) for seat in range(len(count))), cases, max(count, default=0) + cases)
    quota = [min(room[seat], max(0, filled - count[seat])) for seat in range(len(count))]
    odd = cases - sum(quota)
    takers = [seat for seat in range(len(count)) if quota[seat] < room[seat] and count[seat] + quota[seat] == filled]
    for seat in sorted(takers, key=lambda seat: (table.amount[seat], seat))[:odd]:
        quota[seat] += 1
    return quota


def _amount_level(amount: int, seats: list[int], table: Table) -> int:
    """Up to where the money would fill these seats."""
    if not seats:
        return 0
    top = max(table.amount[seat] for seat in seats) + amount
    return _highest_level(lambda level: sum(max(0, level - table.amount[seat]) for seat in seats), amount, top)


def _highest_level(poured, amount: int, top: int) -> int:
    low = 0
    while low < top:
        middle = (low + top + 1) // 2
        low, top = (middle, top) if poured(middle) <= amount else (low, middle - 1)
    return low


def _proposal(units: list[Unit], table: Table, waiting: frozenset[int]) -> Proposal:
    allowed = frozenset(table.index) | waiting
    seat_of: dict[int, int | None] = {}
    reason_of: dict[int, Reason] = {}
    for unit in units:
        reason = _reason(unit, table, allowed, waiting)
        person = None if unit.seat is None else table.seats[unit.seat].pk
        for case in unit.cases:
            seat_of[case.pk], reason_of[case.pk] = person, reason
    return Proposal(seat_of, reason_of)


def _reason(unit: Unit, table: Table, allowed: frozenset[int], waiting: frozenset[int]) -> Reason:
    if unit.seat is None:
        return _why_nobody(unit, table, waiting)
    if unit.pinned_to is not None:
        return Reason.SAME_DEBTOR_HELD
    if len(allowed) == 1 or (unit.barred and len(allowed - unit.barred) == 1):
        return Reason.CLIENT
    return Reason.SAME_DEBTOR if unit.size > 1 else Reason.BALANCE


def _why_nobody(unit: Unit, table: Table, waiting: frozenset[int]) -> Reason:
    if unit.pinned_to in waiting or waiting - unit.barred:
        return Reason.NO_CAPACITY
    people = [unit.pinned_to] if unit.pinned_to is not None else table.index.keys() - unit.barred
    for person in people:
        seat = table.index[person]
        seated = table.seats[seat]
        used = min(seated.room, seated.room_by_client) - table.room[seat]
        if seated.room_by_client - used >= unit.size:
            return Reason.NO_CAPACITY
    return Reason.NOBODY_ALLOWED
