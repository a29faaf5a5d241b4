"""The amounts are levelled: units are exchanged between whoever has most and whoever has least, within every rule and room."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from assignment.rules.dealing import Lane, highest_level
from assignment.rules.state import Table

# Amounts are level when the largest and the smallest differ by no more than this share of the mean: 0.01 %.
LEVEL = 10_000
# Levelling ends after so many looks at a unit, also where rules leave it little to exchange.
LOOKS = 1_000_000

# Size, lane and slice.
Sort = tuple[int, int, str]


@dataclass(slots=True)
class Pile:
    """Units by amount, and their amounts."""

    amounts: list[int] = field(default_factory=list)
    units: list[int] = field(default_factory=list)

    def add(self, amount: int, unit: int) -> None:
        place = bisect_left(self.amounts, amount)
        self.amounts.insert(place, amount)
        self.units.insert(place, unit)

    def remove(self, amount: int, unit: int) -> None:
        place = self.units.index(unit, bisect_left(self.amounts, amount))
        del self.amounts[place], self.units[place]


@dataclass(slots=True)
class Pair:
    """An exchange between two seats: what should change hands, at least and at most, and the best found so far (theirs -1: nothing)."""

    high: int
    low: int
    least: int
    wanted: int
    most: int
    error: int
    ours: int = -1
    theirs: int = -1


def level_amounts(table: Table, lanes: list[Lane], *, sizes_matter: bool) -> None:
    """No exchange brings two amounts closer by more than the tolerance afterwards. With `sizes_matter` only units of equal size change
    places, so that counts stay as they are."""
    levelling = _Levelling(table, [lane.mask for lane in lanes], sizes_matter)
    if len(levelling.seats) > 1:
        levelling.run()


class _Levelling:
    """Piles of units by seat and sort; an exchange of two of one sort keeps the slices' shares too."""

    def __init__(self, table: Table, masks: list[int], sizes_matter: bool) -> None:
        self.table, self.units, self.sizes_matter = table, table.units, sizes_matter
        self.masks = [*masks, (1 << len(table.seats)) - 1]
        self.lane_of_kind: dict[int, int] = {}
        self.looks = LOOKS
        # How often each seat's units changed, and what was so when an exchange was last looked for in vain.
        self.changes = [0] * len(table.seats)
        self.in_vain: dict[tuple[int, int], tuple[int, int]] = {}
        self.piles: list[dict[Sort, Pile]] = [{} for _ in table.seats]
        # The seats of all lanes that each seat has or had units of.
        self.reach = [0] * len(table.seats)
        movable = table.movable()
        self._stack(sorted(movable, key=self.units.amount.__getitem__))
        self.seats = [seat for seat, piles in enumerate(self.piles) if piles or table.room[seat] > 0]
        self.level = self._reachable_level(movable)
        self.tolerance = self.level // LEVEL

    def _stack(self, units: list[int]) -> None:
        """Piles of units that come by ascending amount."""
        seats, amounts = self.units.seat, self.units.amount
        for unit in units:
            piles, sort = self.piles[seats[unit]], self._sort_of(unit)
            pile = piles.get(sort)
            if pile is None:
                pile = piles[sort] = Pile()
                self.reach[seats[unit]] |= self.masks[sort[1]]
            pile.amounts.append(amounts[unit])
            pile.units.append(unit)

    def _sort_of(self, unit: int) -> Sort:
        units = self.units
        kind = units.kind[unit]
        lane = self.lane_of_kind.get(kind)
        if lane is None:
            mask = units.may[kind]
            lane = self.lane_of_kind[kind] = next(lane for lane, wide in enumerate(self.masks) if wide & mask == mask)
        return units.size[unit], lane, units.slice[unit]

    def _reachable_level(self, movable: list[int]) -> int:
        """The amount over weight at which everybody could be, but for those who have more than that already."""
        table, total = self.table, sum(self.units.amount[unit] for unit in movable)
        fixed = {seat: table.amount[seat] - sum(sum(pile.amounts) for pile in self.piles[seat].values()) for seat in self.seats}

        def poured(level: int) -> int:
            return sum(max(0, level * table.weight[seat] - amount) for seat, amount in fixed.items())

        return highest_level(poured, total, max((amount // table.weight[seat] for seat, amount in fixed.items()), default=0) + total + 1)

    def run(self) -> None:
        """Help the one who has most and the one who has least. Whom nothing helps is left out until others have changed."""
        stuck: set[int] = set()
        changed = False
        while self.looks > 0:
            order = self._in_order(seat for seat in self.seats if seat not in stuck)
            if len(order) < 2 or not self._are_apart(order[-1], order[0]):
                if not (stuck and changed):
                    return
                stuck, changed = set(), False
            elif self._help(order[-1], order[0]) or self._unload(order[-1]) or self._load(order[0]):
                changed = True
            else:
                stuck |= {order[-1], order[0]}

    def _in_order(self, seats) -> list[int]:
        """By amount over weight, ascending."""
        amount, weight = self.table.amount, self.table.weight
        return sorted(seats, key=lambda seat: (amount[seat] / weight[seat], seat))

    def _unload(self, high: int) -> bool:
        return any(self._help(high, seat) for seat in self._in_order(self.seats) if self._are_apart(high, seat))

    def _load(self, low: int) -> bool:
        return any(self._help(seat, low) for seat in reversed(self._in_order(self.seats)) if self._are_apart(seat, low))

    def _are_apart(self, high: int, low: int) -> bool:
        return self.table.money_load(high) - self.table.money_load(low) > self.tolerance

    def _help(self, high: int, low: int) -> bool:
        """The exchange that brings one of the two nearest to the level, or both nearest to each other, if any helps."""
        now = self.changes[high], self.changes[low]
        pair = self._pair(high, low)
        if pair is None or self.in_vain.get((high, low)) == now or not self._share_a_lane(high, low):
            return False
        here, there = self.piles[high], self.piles[low]
        for sort, pile in here.items():
            if sort in there and pair.error > pair.least:
                self._search(pair, pile, there[sort])
        if pair.error > pair.least:
            for ours, theirs in self._unlike(pair):
                self._search(pair, ours, theirs)
        if pair.ours < 0:
            self.in_vain[high, low] = now
            return False
        self._exchange(pair)
        return True

    def _share_a_lane(self, high: int, low: int) -> bool:
        """Whether anything that either has, or had, may go to the other; nothing may come back where sizes don't matter."""
        return bool(self.reach[high] >> low & 1) and (not self.sizes_matter or bool(self.reach[low] >> high & 1))

    def _pair(self, high: int, low: int) -> Pair | None:
        table = self.table
        here, there = table.weight[high], table.weight[low]
        even = (table.amount[high] * there - table.amount[low] * here) // (here + there)
        least = max(1, self.tolerance * min(here, there) // 2)
        most = min(2 * even - least, table.room_for_amount[low])
        if most < least or not self.piles[high]:
            return None
        wanted = min(table.amount[high] - self.level * here, self.level * there - table.amount[low])
        return Pair(high, low, least, min(max(wanted if wanted > 0 else even, least), most), most, error=most + 1)

    def _unlike(self, pair: Pair) -> Iterator[tuple[Pile, Pile]]:
        """What may go and what may come back, whatever its slice: by size, or all together, and nothing may come back, where sizes don't matter."""
        ours, theirs = self._piles_for(pair.high, pair.low), self._piles_for(pair.low, pair.high)
        if not self.sizes_matter:
            theirs.setdefault(0, []).append(Pile([0], [-1]))
        for size in ours:
            if size in theirs and self._may_help(pair, ours[size], theirs[size]):
                yield self._merged(ours[size]), self._merged(theirs[size])

    def _piles_for(self, here: int, there: int) -> dict[int, list[Pile]]:
        found: dict[int, list[Pile]] = {}
        for (size, lane, _), pile in self.piles[here].items():
            if self.masks[lane] >> there & 1:
                found.setdefault(size if self.sizes_matter else 0, []).append(pile)
        return found

    def _may_help(self, pair: Pair, ours: list[Pile], theirs: list[Pile]) -> bool:
        largest = max(pile.amounts[-1] for pile in ours) - min(pile.amounts[0] for pile in theirs)
        smallest = min(pile.amounts[0] for pile in ours) - max(pile.amounts[-1] for pile in theirs)
        return largest >= pair.least and smallest <= pair.most

    def _merged(self, piles: list[Pile]) -> Pile:
        if len(piles) == 1:
            return piles[0]
        pairs = sorted(pair for pile in piles for pair in zip(pile.amounts, pile.units, strict=True))
        self.looks -= len(pairs)
        return Pile([amount for amount, _ in pairs], [unit for _, unit in pairs])

    def _search(self, pair: Pair, ours: Pile, theirs: Pile) -> None:
        """The pair of units whose difference is nearest to what is wanted, nearer than what was found before."""
        amounts, least, most, wanted = theirs.amounts, pair.least, pair.most, pair.wanted
        if ours.amounts[-1] - amounts[0] < least or ours.amounts[0] - amounts[-1] > most:
            return
        self.looks -= len(amounts)
        for amount, unit in zip(ours.amounts, ours.units, strict=True):
            self.looks -= 1
            place = bisect_left(amounts, amount - wanted)
            for index, by in ((place, 1), (place - 1, -1)):
                while 0 <= index < len(amounts):
                    difference = amount - amounts[index]
                    error = abs(difference - wanted)
                    if error >= pair.error or not least <= difference <= most:
                        break
                    if self._is_legal(unit, theirs.units[index], pair):
                        pair.error, pair.ours, pair.theirs = error, unit, theirs.units[index]
                        break
                    index += by
            if pair.error <= least:
                return

    def _is_legal(self, ours: int, theirs: int, pair: Pair) -> bool:
        units, room = self.units, self.table.room
        if not units.may[units.kind[ours]] >> pair.low & 1:
            return False
        if theirs >= 0 and not units.may[units.kind[theirs]] >> pair.high & 1:
            return False
        more = units.size[ours] - (units.size[theirs] if theirs >= 0 else 0)
        return more == 0 or (room[pair.low] >= more and room[pair.high] >= -more)

    def _exchange(self, pair: Pair) -> None:
        for unit, seat in ((pair.ours, pair.low), (pair.theirs, pair.high)):
            if unit < 0:
                continue
            amount, here, sort = self.units.amount[unit], self.units.seat[unit], self._sort_of(unit)
            pile = self.piles[here][sort]
            pile.remove(amount, unit)
            if not pile.units:
                del self.piles[here][sort]
            self.piles[seat].setdefault(sort, Pile()).add(amount, unit)
            self.reach[seat] |= self.masks[sort[1]]
            self.table.take_back(unit)
            self.table.give(unit, seat)
        self.changes[pair.high] += 1
        self.changes[pair.low] += 1
