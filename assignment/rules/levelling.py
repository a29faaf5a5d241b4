"""The counts are levelled: by chains of single cases, then by groups that move or are exchanged for smaller ones."""

from assignment.rules.state import NOBODY, Table, bits
from assignment.rules.stock import Stock


def level_counts(table: Table) -> bool:
    """No move, no chain of moves and no exchange brings two counts closer afterwards, within every rule and room. Whether anything moved."""
    if not _is_uneven(table):
        return False
    stock, changed = Stock(table), False
    while _by_chains(stock, table) or _by_groups(stock, table):
        stock.look_again()
        changed = True
    return changed


def _is_uneven(table: Table) -> bool:
    """Whether the fullest and the emptiest that has room are further apart than one case: only then is there anything to look at."""
    givers = sorted(set(table.units.seat) - {NOBODY}, key=lambda seat: -_after_giving(table, seat))
    takers = _takers(table)
    return bool(givers and takers) and table.evens_counts(givers[0], takers[0], 1)


def _after_giving(table: Table, seat: int) -> float:
    """Whoever has more of this should give one case to whoever has less of `_after_taking`."""
    return (2 * table.count[seat] - 1) / table.weight[seat]


def _after_taking(table: Table, seat: int) -> float:
    return (2 * table.count[seat] + 1) / table.weight[seat]


def _takers(table: Table) -> list[int]:
    return sorted((seat for seat, room in enumerate(table.room) if room > 0), key=lambda seat: (_after_taking(table, seat), seat))


def _by_chains(stock: Stock, table: Table) -> bool:
    """From the fullest down, single cases go along chains to the emptiest seat that they can reach."""
    changed = False
    while _one_chain(stock, table):
        changed = True
    return changed


def _one_chain(stock: Stock, table: Table) -> bool:
    """As many cases as even out the fullest that can be helped and the emptiest it can reach: at once if possible, else by a chain."""
    takers = _takers(table)
    for high in _givers(stock, table):
        if not takers or not table.evens_counts(high, takers[0], 1):
            return False
        ways = stock.ways(high)
        if not ways & ~stock.closed:
            continue
        before: dict[int, int] = dict.fromkeys(bits(ways), high) | {high: NOBODY}
        low = next((seat for seat in takers if ways >> seat & 1), None)
        if low is None or not table.evens_counts(high, low, 1):
            before = stock.closure(1 << high)
            low = next((seat for seat in takers if seat in before), None)
        if low is None or not table.evens_counts(high, low, 1):
            # Others who have no more than this one will look in vain where it did.
            stock.closed |= sum(1 << seat for seat in before)
            continue
        gap = table.count[high] * table.weight[low] - table.count[low] * table.weight[high]
        times = min(max(1, gap // (table.weight[high] + table.weight[low])), table.room[low])
        if stock.carry(before, low, times):
            return True
    return False


def _givers(stock: Stock, table: Table) -> list[int]:
    return sorted((seat for seat, piles in enumerate(stock.piles) if piles), key=lambda seat: (-_after_giving(table, seat), seat))


def _by_groups(stock: Stock, table: Table) -> bool:
    """One move or exchange of units of different sizes between two seats."""
    takers = _takers(table)
    for high in _givers(stock, table):
        for low in takers:
            if not table.evens_counts(high, low, 1):
                break
            found = _best_of(stock, table, high, low)
            if found:
                ours, theirs = found
                if theirs is not None:
                    stock.move(theirs, high)
                stock.move(ours, low)
                return True
    return False


def _best_of(stock: Stock, table: Table, high: int, low: int) -> tuple[int, int | None] | None:
    """What brings the two counts closest: our unit, and theirs that comes back."""
    sizes = {size for size, mask in stock.reach(high).items() if mask >> low & 1}
    backs = {0, *(size for size, mask in stock.reach(low).items() if mask >> high & 1)}
    gap = table.count[high] * table.weight[low] - table.count[low] * table.weight[high]
    both = table.weight[high] + table.weight[low]
    pairs = [(abs(gap - (size - back) * both), size, back) for size in sizes for back in backs if size > back and table.evens_counts(high, low, size - back)]
    for _, size, back in sorted(pairs):
        if size - back > table.room[low]:
            continue
        ours = _of_size(stock, table, high, low, size)
        theirs = _of_size(stock, table, low, high, back)[::-1] if back else [None]
        for mine in ours:
            for yours in theirs:
                if _money_fits(table, mine, yours, high, low):
                    return mine, yours
    return None


def _of_size(stock: Stock, table: Table, here: int, there: int, size: int) -> list[int]:
    """Units of a size that may go there, the smallest amount first."""
    units = table.units
    found = [unit for (kind, of), pile in stock.piles[here].items() if of == size and units.may[kind] >> there & 1 for unit in pile]
    return sorted(found, key=lambda unit: (units.amount[unit], unit))


def _money_fits(table: Table, ours: int, theirs: int | None, high: int, low: int) -> bool:
    amount = table.units.amount[ours] - (0 if theirs is None else table.units.amount[theirs])
    return table.room_for_amount[low] >= amount and table.room_for_amount[high] >= -amount
