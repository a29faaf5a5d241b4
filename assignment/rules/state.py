"""What a solver works on: seats (people who may hold the cases), units (cases that stay together), and who has which."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to give away. `slice` is the part of the placement that everybody gets a like share of (its stage)."""

    pk: int
    amount: int
    debtor: int
    slice: str = ""
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Seat:
    """A person who may hold cases: the load that counts in the balance, and the room that rules and capacity leave.

    `room_by_client` apart from `room`, so that a case left over is left for the right reason.
    """

    pk: int
    count: int = 0
    amount: int = 0
    room: int = 10**15
    room_by_client: int = 10**15
    room_for_amount: int = 10**15


@dataclass(slots=True)
class Unit:
    """The cases of one debtor: they go to one person."""

    cases: list[NewCase]
    size: int
    amount: int
    slice: str
    barred: frozenset[int]
    pk: int
    pinned_to: int | None = None
    seat: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        return -self.amount, self.pk


@dataclass(slots=True)
class Table:
    """The seats by index, with their loads and rooms now. The heap gives the least loaded one; its old entries are skipped."""

    seats: list[Seat]
    by_amount: bool
    count: list[int] = field(init=False)
    amount: list[int] = field(init=False)
    room: list[int] = field(init=False)
    room_for_amount: list[int] = field(init=False)
    heap: list[tuple[int, int, int]] = field(init=False)
    index: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.count = [seat.count for seat in self.seats]
        self.amount = [seat.amount for seat in self.seats]
        self.room = [min(seat.room, seat.room_by_client) for seat in self.seats]
        self.room_for_amount = [seat.room_for_amount for seat in self.seats]
        self.index = {seat.pk: number for number, seat in enumerate(self.seats)}
        self.rank()

    def rank(self) -> None:
        self.heap = [self._entry(seat) for seat in range(len(self.seats))]
        heapq.heapify(self.heap)

    def rank_again(self, seat: int) -> None:
        """After a seat got something other than through the heap."""
        heapq.heappush(self.heap, self._entry(seat))

    def _entry(self, seat: int) -> tuple[int, int, int]:
        if self.by_amount:
            return self.amount[seat], self.count[seat], seat
        return self.count[seat], self.amount[seat], seat

    def takes(self, unit: Unit, seat: int) -> bool:
        """Whether the seat may hold the unit and has room for it."""
        return self.room[seat] >= unit.size and self.room_for_amount[seat] >= unit.amount and self.seats[seat].pk not in unit.barred

    def give(self, unit: Unit, seat: int) -> None:
        unit.seat = seat
        self._shift(seat, unit.size, unit.amount)

    def take_back(self, unit: Unit) -> None:
        self._shift(unit.seat, -unit.size, -unit.amount)
        unit.seat = None

    def _shift(self, seat: int, size: int, amount: int) -> None:
        self.count[seat] += size
        self.amount[seat] += amount
        self.room[seat] -= size
        self.room_for_amount[seat] -= amount

    def give_to_least_loaded(self, unit: Unit) -> bool:
        """The least loaded seat that takes the unit gets it; False when none does."""
        passed: list[tuple[int, int, int]] = []
        given = False
        while self.heap and not given:
            entry = heapq.heappop(self.heap)
            seat = entry[2]
            if entry != self._entry(seat) or not self.room[seat]:
                continue
            if self.takes(unit, seat):
                self.give(unit, seat)
                passed.append(self._entry(seat))
                given = True
            else:
                passed.append(entry)
        for entry in passed:
            heapq.heappush(self.heap, entry)
        return given


def units_of(cases: Iterable[NewCase], pins: dict[int, int]) -> list[Unit]:
    """The cases by debtor, in an order that depends on nothing but the cases; `pins` says who holds a debtor already."""
    together: dict[int, list[NewCase]] = {}
    for case in sorted(cases, key=lambda case: case.pk):
        together.setdefault(case.debtor, []).append(case)
    return [_unit(group, pins.get(debtor)) for debtor, group in together.items()]


def _unit(group: list[NewCase], holder: int | None) -> Unit:
    first = group[0]
    if len(group) == 1:
        return Unit(group, 1, first.amount, first.slice, first.barred, first.pk, holder)
    barred = frozenset().union(*(case.barred for case in group))
    return Unit(group, len(group), sum(case.amount for case in group), first.slice, barred, first.pk, holder)
