"""Units placed one by one: each to the least loaded seat that takes it, or into room that others make by moving on."""

import heapq

from assignment.rules.dealing import Lane
from assignment.rules.state import NOBODY, Table, bits, is_stray
from assignment.rules.stock import Stock

# A unit that may go to so few seats asks each of them; one that may go further asks the least loaded first.
FEW = 16


class Usher:
    """Leads units to seats. Loads only grow and rooms only shrink while it works: what one unit found too narrow needs no second look."""

    def __init__(self, table: Table, lanes: list[Lane], *, by_amount: bool) -> None:
        self.table, self.by_amount = table, by_amount
        self.lanes = [*(lane.mask for lane in lanes), (1 << len(table.seats)) - 1]
        self.lane_of: dict[int, int] = {}
        # The seats of a lane, the least loaded first, or as loaded as they were when last looked at.
        self.heaps: dict[int, list[tuple[float, float, int]]] = {}
        # By kind and size: the widest room for money that was left when the last unit of it found no seat.
        self.widest: dict[tuple[int, int], int] = {}

    def lead(self, units: list[int]) -> list[int]:
        """Gives each unit a seat; who found none comes back."""
        amount = self.table.units.amount
        self.smallest = min((amount[unit] for unit in units), default=0)
        return [unit for unit in units if not self._seat(unit)]

    def _seat(self, unit: int) -> bool:
        units, table = self.table.units, self.table
        kind, size = units.kind[unit], units.size[unit]
        if self.widest.get((kind, size), units.amount[unit]) < units.amount[unit]:
            return False
        mask = units.may[kind]
        seat = self._among_few(unit, mask) if mask.bit_count() <= FEW else self._among_many(unit, mask)
        if seat is None:
            self.widest[kind, size] = max((table.room_for_amount[seat] for seat in bits(mask) if table.room[seat] >= size), default=-1)
            return False
        table.give(unit, seat)
        return True

    def _among_few(self, unit: int, mask: int) -> int | None:
        found = min((self._entry(seat) for seat in bits(mask) if self.table.takes(unit, seat)), default=None)
        return None if found is None else found[2]

    def _among_many(self, unit: int, mask: int) -> int | None:
        """The least loaded that takes it. Seats without any room leave the heap for good; those that don't take this unit go back."""
        heap, table = self._heap(mask), self.table
        passed: list[tuple[float, float, int]] = []
        found = None
        while heap and found is None:
            seat = heap[0][2]
            entry = self._entry(seat)
            if not table.room[seat] or table.room_for_amount[seat] < self.smallest:
                heapq.heappop(heap)
            elif entry != heap[0]:
                heapq.heapreplace(heap, entry)
            elif table.takes(unit, seat):
                found = seat
            else:
                passed.append(heapq.heappop(heap))
        for entry in passed:
            heapq.heappush(heap, entry)
        return found

    def _heap(self, mask: int) -> list[tuple[float, float, int]]:
        """That of the lane which has these seats and few more, or of everybody."""
        if mask not in self.lane_of:
            self.lane_of[mask] = next((lane for lane in self.lanes if is_stray(mask, lane)), self.lanes[-1])
        lane = self.lane_of[mask]
        if lane not in self.heaps:
            self.heaps[lane] = [self._entry(seat) for seat in bits(lane)]
            heapq.heapify(self.heaps[lane])
        return self.heaps[lane]

    def _entry(self, seat: int) -> tuple[float, float, int]:
        count, amount = self.table.load(seat), self.table.money_load(seat)
        return (amount, count, seat) if self.by_amount else (count, amount, seat)


def make_room(left: list[int], table: Table) -> list[int]:
    """Seats for single cases that found none: others move on, one for another, or somebody whom a rule only sent there first makes way
    (the client's requirements come before the rule). Who still has none comes back."""
    if not left or not any(table.room):
        return left
    stock, widest, hopeless = Stock(table), max(table.room_for_amount), set()
    still_left = []
    for unit in left:
        may_fit = table.units.size[unit] == 1 and table.units.amount[unit] <= widest
        if not may_fit or not (_by_chain(unit, stock, table, hopeless) or _by_making_way(unit, stock, table)):
            still_left.append(unit)
    return still_left


def _by_chain(unit: int, stock: Stock, table: Table, hopeless: set[int]) -> bool:
    """`hopeless`: sets of seats from where no chain leads to any room. Room that is taken meanwhile opens none, so they stay so."""
    units = table.units
    start = sum(1 << seat for seat in bits(units.may[units.kind[unit]]) if table.room_for_amount[seat] >= units.amount[unit])
    while start not in hopeless:
        before = stock.closure(start)
        goal = next((seat for seat in before if table.room[seat] > 0), None)
        if goal is None:
            hopeless.add(start)
        elif stock.carry(before, goal):
            while before[goal] != NOBODY:
                goal = before[goal]
            return stock.add(unit, goal)
    return False


def _by_making_way(unit: int, stock: Stock, table: Table) -> bool:
    units = table.units
    if units.kinds[units.kind[unit]].lets_go:
        return False
    for seat in bits(units.may[units.kind[unit]]):
        for (kind, _), pile in stock.piles[seat].items():
            if not units.kinds[kind].lets_go:
                continue
            for other in pile:
                if table.room_for_amount[seat] + units.amount[other] >= units.amount[unit] and _moves_off(other, stock, table):
                    return stock.add(unit, seat)
    return False


def _moves_off(unit: int, stock: Stock, table: Table) -> bool:
    """The rule no longer holds the unit: it goes to the least loaded seat that the client allows, if one has room."""
    here, allowed = table.units.seat[unit], table.units.kinds[table.units.kind[unit]].allowed
    fits = [seat for seat in bits(allowed & ~(1 << here)) if table.has_room(unit, seat)]
    if not fits:
        return False
    stock.withdraw(unit)
    table.units.release(unit)
    return stock.add(unit, min(fits, key=lambda seat: (table.load(seat), seat)))
