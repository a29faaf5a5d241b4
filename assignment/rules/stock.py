"""What each seat could pass on, and the chains by which one case's move makes room for another's: from A to B, so that B's goes to C."""

from collections import deque

from assignment.rules.state import NOBODY, Table, bits

# By kind and size.
Piles = dict[tuple[int, int], list[int]]


class Stock:
    """The movable units of each seat, by kind and size."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.piles: list[Piles] = [{} for _ in table.seats]
        self.moves = 0
        # By seat, the ways that no chain may use any more: there is no room for the money.
        self.blocked: dict[int, int] = {}
        # The seats from where no chain leads to anybody who has less, as far as has been looked.
        self.closed = 0
        self._reach: dict[int, dict[int, int]] = {}
        self._smallest: dict[int, int] = {}
        seats, kinds, sizes = table.units.seat, table.units.kind, table.units.size
        for unit in table.movable():
            piles, key = self.piles[seats[unit]], (kinds[unit], sizes[unit])
            pile = piles.get(key)
            if pile is None:
                piles[key] = [unit]
            else:
                pile.append(unit)
        # Everybody has a single case that is no larger than this; the seats with less room for money need a closer look.
        self.small = max(self.smallest(seat) for seat in range(len(table.seats)))
        self.tight = sum(1 << seat for seat, room in enumerate(table.room_for_amount) if room < self.small)

    def reach(self, seat: int) -> dict[int, int]:
        """Where units of each size could go from here, room aside."""
        if seat not in self._reach:
            found: dict[int, int] = {}
            for kind, size in self.piles[seat]:
                found[size] = found.get(size, 0) | self.table.units.may[kind]
            self._reach[seat] = found
        return self._reach[seat]

    def look_again(self) -> None:
        """After changes ways may be open that were not."""
        self.blocked.clear()
        self.closed = 0

    def closure(self, start: int) -> dict[int, int]:
        """All seats that single cases can go to from here, also by chains; for each the seat before it (NOBODY: it is one of the first)."""
        before = dict.fromkeys(bits(start), NOBODY)
        seen, waiting = start, deque(before)
        while waiting:
            seat = waiting.popleft()
            for after in bits(self.ways(seat) & ~seen):
                before[after] = seat
                seen |= 1 << after
                waiting.append(after)
        return before

    def ways(self, seat: int) -> int:
        """Where a single case of this seat could go now if somebody there moved on."""
        reached = self.reach(seat).get(1, 0)
        for after in bits(reached & self.tight):
            if self.table.room_for_amount[after] < self.smallest(seat):
                reached &= ~(1 << after)
        return reached & ~self.blocked.get(seat, 0)

    def smallest(self, seat: int) -> int:
        """The smallest amount of a single case here."""
        if seat not in self._smallest:
            amount = self.table.units.amount
            self._smallest[seat] = min((min(map(amount.__getitem__, pile)) for (_, size), pile in self.piles[seat].items() if size == 1), default=0)
        return self._smallest[seat]

    def carry(self, before: dict[int, int], goal: int, times: int = 1) -> int:
        """So many cases move along every link that leads to the goal. Where money has no room the link is blocked and fewer move; how many did."""
        for done in range(times):
            if not self._carry_one(before, goal):
                return done
        return times

    def _carry_one(self, before: dict[int, int], goal: int) -> bool:
        steps = []
        while before[goal] != NOBODY:
            here = before[goal]
            unit = self._single(here, goal)
            if unit is None:
                self.blocked[here] = self.blocked.get(here, 0) | 1 << goal
                return False
            steps.append((unit, goal))
            goal = here
        for unit, seat in steps:
            self.move(unit, seat)
        return True

    def move(self, unit: int, seat: int) -> None:
        self.withdraw(unit)
        self.add(unit, seat)

    def withdraw(self, unit: int) -> None:
        units = self.table.units
        here, key = units.seat[unit], (units.kind[unit], units.size[unit])
        pile = self.piles[here][key]
        pile.remove(unit)
        if not pile:
            del self.piles[here][key]
            self._reach.pop(here, None)
        self._smallest.pop(here, None)
        self.table.take_back(unit)
        if self.table.room_for_amount[here] >= self.small:
            self.tight &= ~(1 << here)

    def add(self, unit: int, seat: int) -> bool:
        key = self.table.units.kind[unit], self.table.units.size[unit]
        if key not in self.piles[seat]:
            self._reach.pop(seat, None)
        self.piles[seat].setdefault(key, []).append(unit)
        self._smallest.pop(seat, None)
        self.table.give(unit, seat)
        if self.table.room_for_amount[seat] < self.small:
            self.tight |= 1 << seat
        return True

    def _single(self, here: int, there: int) -> int | None:
        """A single case that may go there. Taken from all over the fullest pile, so that what stays is made up as it was; where money is
        short, the smallest."""
        units, room = self.table.units, self.table.room_for_amount[there]
        fitting = [(-len(pile), kind) for (kind, size), pile in self.piles[here].items() if size == 1 and units.may[kind] >> there & 1]
        if not fitting:
            return None
        pile = self.piles[here][min(fitting)[1], 1]
        self.moves += 1
        unit = pile[self.moves * 61 % len(pile)]
        if units.amount[unit] > room:
            unit = min((unit for _, kind in fitting for unit in self.piles[here][kind, 1]), key=lambda unit: (units.amount[unit], unit))
        return unit if units.amount[unit] <= room else None
