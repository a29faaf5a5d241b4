"""Levelling by moves and exchanges: first the counts, then the amounts, within every rule and room."""

from bisect import bisect_left, insort

from assignment.rules.state import Table, Unit

# Amounts are level when the largest and the smallest differ by no more than this share of the mean: 0.01 %.
LEVEL = 10_000
# Levelling stops after so many tries, also where rules leave it little to exchange.
TRIES, TRIES_PER_SEAT = 5000, 20

Kind = tuple[int, str]
# Amount and number of units, sorted.
Pile = list[tuple[int, int]]
Piles = dict[Kind, Pile]
# How far from the wanted difference; our unit; theirs (-1: nothing comes back).
Found = tuple[int, int, int]
NOTHING: Pile = [(0, -1)]


def level_counts(units: list[Unit], table: Table) -> None:
    """Units go from the fullest to the emptiest, or are exchanged for smaller ones, while that brings two counts closer."""
    stock: list[list[Unit]] = [[] for _ in table.seats]
    for unit in sorted(units, key=lambda unit: (unit.size, unit.order)):
        stock[unit.seat].append(unit)
    while _level_one_count(stock, table):
        pass


def _level_one_count(stock: list[list[Unit]], table: Table) -> bool:
    order = sorted(range(len(table.seats)), key=lambda seat: (table.count[seat], seat))
    givers = [seat for seat in reversed(order) if stock[seat]]
    smallest = min((unit.amount for units in stock for unit in units), default=0)
    for low in order:
        if not table.room[low] or table.room_for_amount[low] < smallest:
            continue
        for high in givers:
            gap = table.count[high] - table.count[low]
            if gap < 2:
                break
            if _even_out(stock, table, high, low, gap):
                return True
    return False


def _even_out(stock: list[list[Unit]], table: Table, high: int, low: int, gap: int) -> bool:
    sizes = {unit.size for unit in stock[low]}
    for unit in stock[high]:
        if unit.size < gap and table.takes(unit, low):
            _hand(stock, table, unit, low)
            return True
        if any(0 < unit.size - size < gap for size in sizes):
            other = next((other for other in stock[low] if 0 < unit.size - other.size < gap and may_exchange(unit, other, table)), None)
            if other is not None:
                _hand(stock, table, other, high)
                _hand(stock, table, unit, low)
                return True
    return False


def _hand(stock: list[list[Unit]], table: Table, unit: Unit, seat: int) -> None:
    stock[unit.seat].remove(unit)
    table.take_back(unit)
    table.give(unit, seat)
    stock[seat].append(unit)


def may_exchange(ours: Unit, theirs: Unit, table: Table) -> bool:
    """Whether both seats may hold the other's unit, with room for it."""
    here, there = ours.seat, theirs.seat
    size, amount = ours.size - theirs.size, ours.amount - theirs.amount
    return (
        table.room[there] >= size
        and table.room[here] >= -size
        and table.room_for_amount[there] >= amount
        and table.room_for_amount[here] >= -amount
        and table.seats[there].pk not in ours.barred
        and table.seats[here].pk not in theirs.barred
    )


def level_amounts(units: list[Unit], table: Table, *, sizes_matter: bool) -> None:
    """Units are exchanged between whoever has most and whoever has least until the amounts are level or no exchange helps.

    With `sizes_matter` only units of equal size change places, so that counts stay as they are.
    """
    if len(table.seats) > 1 and units:
        _Levelling(units, table, sizes_matter).run()


class _Levelling:
    """Piles of units by seat and kind, each sorted by amount; an exchange of two of one kind keeps the slices' shares too."""

    def __init__(self, units: list[Unit], table: Table, sizes_matter: bool) -> None:
        self.units, self.table, self.sizes_matter = units, table, sizes_matter
        self.mean = sum(table.amount) // len(table.seats)
        self.tolerance = self.mean // LEVEL
        self.step = max(1, self.tolerance // 2)
        self.tries = TRIES + TRIES_PER_SEAT * len(table.seats)
        self.piles: list[Piles] = [{} for _ in table.seats]
        for number, unit in enumerate(units):
            self.piles[unit.seat].setdefault(_kind(unit), []).append((unit.amount, number))
        for piles in self.piles:
            for pile in piles.values():
                pile.sort()

    def run(self) -> None:
        """Help the one who has most and the one who has least. Whom nothing helps is left out until others have changed."""
        stuck: set[int] = set()
        changed = False
        while self.tries > 0:
            order = sorted((seat for seat in range(len(self.table.seats)) if seat not in stuck), key=lambda seat: (self.table.amount[seat], seat))
            if len(order) < 2 or self._gap(order[-1], order[0]) <= self.tolerance:
                if not (stuck and changed):
                    return
                stuck, changed = set(), False
            elif self._help(order[-1], order[0]) or self._unload(order[-1]) or self._load(order[0]):
                changed = True
            else:
                stuck |= {order[-1], order[0]}

    def _gap(self, high: int, low: int) -> int:
        return self.table.amount[high] - self.table.amount[low]

    def _by_amount(self) -> list[int]:
        return sorted(range(len(self.table.seats)), key=lambda seat: (self.table.amount[seat], seat))

    def _unload(self, high: int) -> bool:
        return any(self._help(high, seat) for seat in self._by_amount())

    def _load(self, low: int) -> bool:
        return any(self._help(seat, low) for seat in reversed(self._by_amount()))

    def _help(self, high: int, low: int) -> bool:
        """The exchange that brings one of the two nearest to the mean, or both nearest to each other, if any helps."""
        gap = self._gap(high, low)
        if gap < 2 * self.step or not self.piles[high]:
            return False
        self.tries -= 1
        wanted = min(self.table.amount[high] - self.mean, self.mean - self.table.amount[low])
        wanted = min(max(wanted if wanted > 0 else gap // 2, self.step), gap - self.step)
        best = self._best(high, low, gap, wanted, alike=True)
        if best is None or best[0] > self.step:
            others = self._best(high, low, gap, wanted, alike=False)
            best = min((found for found in (best, others) if found is not None), default=None)
        if best is None:
            return False
        self._exchange(best[1], best[2], high, low)
        return True

    def _best(self, high: int, low: int, gap: int, wanted: int, *, alike: bool) -> Found | None:
        best: Found | None = None
        for kind, ours in self.piles[high].items():
            for theirs in self._matching(low, kind, alike):
                closest = best[0] if best else gap
                best = self._nearest(ours, theirs, (high, low), gap - self.step, wanted, closest) or best
        return best

    def _matching(self, seat: int, kind: Kind, alike: bool) -> list[Pile]:
        """What may come back for a unit of `kind`; where sizes don't matter, also nothing."""
        piles = self.piles[seat]
        if alike:
            return [piles[kind]] if kind in piles else []
        found = [pile for other, pile in piles.items() if other != kind and (other[0] == kind[0] or not self.sizes_matter)]
        return found if self.sizes_matter else [*found, NOTHING]

    def _nearest(self, ours: Pile, theirs: Pile, seats: tuple[int, int], most: int, wanted: int, closest: int) -> Found | None:
        """The pair whose difference is nearest to `wanted`, nearer than `closest`, and helps: at least a step, at most `most`."""
        if ours[-1][0] - theirs[0][0] < self.step or ours[0][0] - theirs[-1][0] > most:
            return None
        best: Found | None = None
        for amount, number in ours:
            start = bisect_left(theirs, (amount - wanted, -2))
            for index, by in ((start, 1), (start - 1, -1)):
                while 0 <= index < len(theirs):
                    difference = amount - theirs[index][0]
                    error = abs(difference - wanted)
                    if error >= closest or not self.step <= difference <= most:
                        break
                    if self._is_legal(number, theirs[index][1], *seats):
                        best, closest = (error, number, theirs[index][1]), error
                        break
                    index += by
        return best

    def _is_legal(self, ours: int, theirs: int, high: int, low: int) -> bool:
        unit = self.units[ours]
        if theirs >= 0:
            return may_exchange(unit, self.units[theirs], self.table)
        return self.table.takes(unit, low) and unit.seat == high

    def _exchange(self, ours: int, theirs: int, high: int, low: int) -> None:
        for number in (ours, theirs):
            if number >= 0:
                unit = self.units[number]
                pile = self.piles[unit.seat][_kind(unit)]
                pile.pop(bisect_left(pile, (unit.amount, number)))
                if not pile:
                    del self.piles[unit.seat][_kind(unit)]
                self.table.take_back(unit)
        for number, seat in ((ours, low), (theirs, high)):
            if number >= 0:
                unit = self.units[number]
                self.table.give(unit, seat)
                insort(self.piles[seat].setdefault(_kind(unit), []), (unit.amount, number))


def _kind(unit: Unit) -> Kind:
    return unit.size, unit.slice
