"""Single cases by quota: lanes of cases that the same people may hold, each dealt so that counts end level, slices and sizes of debt alike."""

import heapq
from dataclasses import dataclass

from assignment.rules.state import Table, bits, is_stray

# With so few kinds each has a lane of its own; with more, kinds of so many cases do.
LANES, LANE_SIZE = 64, 32


@dataclass(slots=True)
class Lane:
    """Units that may go to these seats; a few of them not to each. `lets_go`: a rule names the seats, and others may have what they can't take."""

    mask: int
    lets_go: bool
    units: list[int]


def lanes_of(units: list[int], table: Table) -> tuple[list[Lane], list[int]]:
    """The lanes of these units, the most bound first, and the units that fit in none."""
    piles = _by_seats(units, table)
    in_order = sorted(piles, key=lambda lane: (lane[0].bit_count(), lane))
    lanes = {lane: Lane(*lane, piles[lane]) for lane in in_order if len(piles) <= LANES or len(piles[lane]) >= LANE_SIZE}
    wide, strays = list(lanes.values()), []
    for mask, lets_go in in_order:
        if (mask, lets_go) not in lanes:
            host = next((lane for lane in wide if lane.lets_go == lets_go and is_stray(mask, lane.mask)), None)
            (strays if host is None else host.units).extend(piles[mask, lets_go])
    return wide, strays


def _by_seats(units: list[int], table: Table) -> dict[tuple[int, bool], list[int]]:
    """Units by the seats that they may have, and by whether a rule would let them go."""
    of_kind: dict[int, list[int]] = {}
    for unit in units:
        of_kind.setdefault(table.units.kind[unit], []).append(unit)
    piles: dict[tuple[int, bool], list[int]] = {}
    for kind, alike in of_kind.items():
        piles.setdefault((table.units.may[kind], table.units.kinds[kind].lets_go), []).extend(alike)
    return piles


def _slice_by_slice(units: list[int], table: Table) -> list[int]:
    by_slice: dict[str, list[int]] = {}
    slices = table.units.slice
    for unit in units:
        by_slice.setdefault(slices[unit], []).append(unit)
    return [unit for name in sorted(by_slice) for unit in by_slice[name]]


def quotas(cases: int, mask: int, table: Table) -> dict[int, int]:
    """How many cases each seat gets so that the counts, over the weights, end as level as rooms allow; of equals, who has less money gets
    the odd one."""
    count, weight = table.count, table.weight
    seats = [seat for seat in bits(mask) if table.room[seat] > 0]
    room = {seat: min(table.room[seat], cases) for seat in seats}

    def poured(level: int) -> int:
        return sum(min(room[seat], max(0, level * weight[seat] - count[seat])) for seat in seats)

    filled = highest_level(poured, cases, max((count[seat] // weight[seat] for seat in seats), default=0) + cases + 1)
    quota = {seat: min(room[seat], max(0, filled * weight[seat] - count[seat])) for seat in seats}
    odd = cases - sum(quota.values())
    heap = [_next(seat, quota, table) for seat in seats if quota[seat] < room[seat]]
    heapq.heapify(heap)
    while odd and heap:
        seat = heapq.heappop(heap)[2]
        quota[seat] += 1
        odd -= 1
        if quota[seat] < room[seat]:
            heapq.heappush(heap, _next(seat, quota, table))
    return {seat: cases for seat, cases in quota.items() if cases}


def _next(seat: int, quota: dict[int, int], table: Table) -> tuple[float, float, int]:
    return (2 * (table.count[seat] + quota[seat]) + 1) / table.weight[seat], table.money_load(seat), seat


def highest_level(poured, amount: int, top: int) -> int:
    """The highest whole level up to which this amount fills."""
    low = 0
    while low < top:
        middle = (low + top + 1) // 2
        low, top = (middle, top) if poured(middle) <= amount else (low, middle - 1)
    return low


class Dealer:
    """Deals lane by lane. Round by round everybody's turn comes; of a round's cases the largest goes to whoever needs most money for each
    case still to come, from this lane or another."""

    def __init__(self, table: Table, units: list[int]) -> None:
        self.table = table
        everybody = (1 << len(table.seats)) - 1
        self.to_come = quotas(len(units), everybody, table)
        self.targets = self._targets(sum(table.units.amount[unit] for unit in units))
        self.late: list[int] = []
        self.owed: list[int] = []

    def _targets(self, amount: int) -> list[int]:
        """What money everybody would end with if it filled them to one level over their weights, no further than their rooms."""
        table = self.table

        def share(seat: int, level: int) -> int:
            return min(table.room_for_amount[seat], max(0, level * table.weight[seat] - table.amount[seat])) if table.room[seat] > 0 else 0

        def poured(level: int) -> int:
            return sum(share(seat, level) for seat in range(len(table.seats)))

        level = highest_level(poured, amount, max((load // weight for load, weight in zip(table.amount, table.weight, strict=True)), default=0) + amount + 1)
        return [load + share(seat, level) for seat, load in enumerate(table.amount)]

    def deal(self, lane: Lane) -> list[int]:
        """The lane's units go to its seats; whom the quotas leave out, or who found no seat in two rounds, comes back."""
        quota = quotas(len(lane.units), lane.mask, self.table)
        dealt, left = self._fitting(lane, sum(quota.values()))
        units = _slice_by_slice(dealt, self.table)
        self.late, self.owed = [], []
        rounds, start = max(quota.values(), default=0), 0
        for turn in range(rounds):
            owners = [seat for seat, cases in quota.items() if (turn + 1) * cases // rounds > turn * cases // rounds]
            left += self._round(units[start : start + len(owners)], owners)
            start += len(owners)
        return left + self.late

    def _fitting(self, lane: Lane, places: int) -> tuple[list[int], list[int]]:
        """The units that there are places for, and the others: the smallest where those go to nobody, some of each size where a rule lets
        them go on to others."""
        in_order = self.table.units.largest_first(lane.units)
        if places >= len(in_order) or not lane.lets_go:
            return in_order[:places], in_order[places:]
        chosen = {number * len(in_order) // places for number in range(places)}
        return [in_order[number] for number in sorted(chosen)], [unit for number, unit in enumerate(in_order) if number not in chosen]

    def _round(self, stretch: list[int], owners: list[int]) -> list[int]:
        table, units, to_come, targets, amounts = self.table, self.table.units, self.to_come, self.targets, self.table.amount
        late, owners = self.late, self.owed + owners
        owners.sort(key=lambda seat: (amounts[seat] - targets[seat]) / max(to_come.get(seat, 1), 1))
        waiting = set(late)
        self.late, self.owed, left = [], [], []
        for unit, seat in zip(units.largest_first(late + stretch), owners, strict=False):
            if table.takes(unit, seat):
                table.give(unit, seat)
                to_come[seat] = to_come.get(seat, 1) - 1
            else:
                self.owed.append(seat)
                (left if unit in waiting else self.late).append(unit)
        return left
