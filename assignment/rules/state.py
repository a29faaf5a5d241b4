"""What a solver works on: seats (people who may hold the cases), units (cases that stay together), and who has which.

Units and seats are numbers, and what is known of them lies in parallel lists; who may hold a unit is a set of seats written as the bits of
an integer. That keeps a plan of 100,000 cases among the things that a page can wait for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

NO_LIMIT = 10**15
NOBODY = -1
# Units may go along with others whom this share of seats more may hold.
STRAYS = 8


class NewCase(NamedTuple):
    """A case to give away. `slice` is the part of the placement that everybody gets a like share of (its stage). `barred` may not hold
    it. `rule` sends it to `first` before anybody else; when `strict`, to nobody else. Amounts in cents."""

    pk: int
    amount: int
    debtor: int
    slice: str = ""
    barred: frozenset[int] = frozenset()
    rule: int | None = None
    first: frozenset[int] = frozenset()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """A person (or a team) who may hold cases: the load that counts in the balance, and the room that rules and capacity leave.

    What the client leaves apart from what capacity leaves, so that a case left over is left for the right reason. Loads are levelled over
    `weight`: who has twice the weight gets twice as much; with none, nothing new.
    """

    pk: int
    count: int = 0
    amount: int = 0
    room: int = NO_LIMIT
    room_by_client: int = NO_LIMIT
    room_for_amount: int = NO_LIMIT
    room_for_amount_by_client: int = NO_LIMIT
    weight: int = 1


class Kind(NamedTuple):
    """Units of one kind may go to the same seats: those that the client allows and, where a rule has its say, only those it names."""

    allowed: int
    named: int = 0
    strict: bool = False

    @property
    def seats(self) -> int:
        return self.allowed & self.named if self.named or self.strict else self.allowed

    @property
    def lets_go(self) -> bool:
        """Whether a rule names people, and lets others have what those can't take."""
        return bool(self.named) and not self.strict


@dataclass(slots=True)
class Units:
    """The cases of one debtor are one unit: they go to one person. Units are numbered by their first case's pk.

    `bound_to` is the seat of who holds the debtor now or shall hold him again; `is_held` are the units of the former sort.
    """

    size: list[int]
    amount: list[int]
    slice: list[str]
    kind: list[int]
    kinds: list[Kind]
    bound_to: dict[int, int]
    is_held: set[int]
    seat: list[int] = field(init=False)
    # The seats of each kind, and the number of each kind.
    may: list[int] = field(init=False)
    number_of_kind: dict[Kind, int] = field(init=False)

    def __post_init__(self) -> None:
        self.seat = [NOBODY] * len(self.size)
        self.may = [kind.seats for kind in self.kinds]
        self.number_of_kind = {kind: number for number, kind in enumerate(self.kinds)}

    def largest_first(self, units: list[int]) -> list[int]:
        """By amount, then by number: an order that depends on nothing but the cases."""
        return sorted(sorted(units), key=self.amount.__getitem__, reverse=True)

    def release(self, unit: int) -> None:
        """The unit's rule has no say any more: whoever the client allows may take it."""
        kind = Kind(self.kinds[self.kind[unit]].allowed)
        if kind not in self.number_of_kind:
            self.number_of_kind[kind] = len(self.kinds)
            self.kinds.append(kind)
            self.may.append(kind.seats)
        self.kind[unit] = self.number_of_kind[kind]


@dataclass(slots=True)
class Table:
    """The seats by number, with their loads and rooms now, and the units that go to them."""

    seats: list[Seat]
    units: Units
    count: list[int] = field(init=False)
    amount: list[int] = field(init=False)
    room: list[int] = field(init=False)
    room_for_amount: list[int] = field(init=False)
    weight: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.count = [seat.count for seat in self.seats]
        self.amount = [seat.amount for seat in self.seats]
        self.room = [max(0, min(seat.room, seat.room_by_client)) if seat.weight else 0 for seat in self.seats]
        self.room_for_amount = [max(0, min(seat.room_for_amount, seat.room_for_amount_by_client)) for seat in self.seats]
        self.weight = [max(seat.weight, 1) for seat in self.seats]

    def takes(self, unit: int, seat: int) -> bool:
        """Whether the seat may hold the unit and has room for it."""
        units = self.units
        return bool(units.may[units.kind[unit]] >> seat & 1) and self.has_room(unit, seat)

    def has_room(self, unit: int, seat: int) -> bool:
        return self.room[seat] >= self.units.size[unit] and self.room_for_amount[seat] >= self.units.amount[unit]

    def give(self, unit: int, seat: int) -> None:
        self.units.seat[unit] = seat
        self._shift(seat, self.units.size[unit], self.units.amount[unit])

    def take_back(self, unit: int) -> None:
        self._shift(self.units.seat[unit], -self.units.size[unit], -self.units.amount[unit])
        self.units.seat[unit] = NOBODY

    def _shift(self, seat: int, size: int, amount: int) -> None:
        self.count[seat] += size
        self.amount[seat] += amount
        self.room[seat] -= size
        self.room_for_amount[seat] -= amount

    def load(self, seat: int) -> float:
        return self.count[seat] / self.weight[seat]

    def money_load(self, seat: int) -> float:
        return self.amount[seat] / self.weight[seat]

    def evens_counts(self, high: int, low: int, size: int) -> bool:
        """Whether so many cases less here and more there bring the two counts closer, each over its weight."""
        here, there = self.weight[high], self.weight[low]
        return size * (here + there) < 2 * (self.count[high] * there - self.count[low] * here)

    def movable(self) -> list[int]:
        """Units that have a seat and are not bound to it."""
        units = self.units
        return [unit for unit, seat in enumerate(units.seat) if seat != NOBODY and unit not in units.bound_to]


def bits(mask: int) -> Iterator[int]:
    """The numbers of the seats in a set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def is_stray(mask: int, wide: int) -> bool:
    """Whether units of these seats can go along with those that have `wide`: few of them will find a seat forbidden."""
    return wide & mask == mask and (wide ^ mask).bit_count() * STRAYS <= wide.bit_count()
