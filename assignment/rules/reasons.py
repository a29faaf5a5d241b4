"""Why each case goes where it goes: the first that is true, in the order of A2.2."""

from assignment.choices import Reason
from assignment.rules.state import NOBODY, NewCase, Table, bits


class Reasons:
    """The reasons of a finished plan."""

    def __init__(self, table: Table) -> None:
        self.table, self.units = table, table.units
        # By kind and size: the most money for which the client leaves room somewhere; -1: no room for so many cases.
        self.widest: dict[tuple[int, int], int] = {}

    def of(self, case: NewCase, unit: int) -> Reason:
        units = self.units
        seat, kind = units.seat[unit], units.kinds[units.kind[unit]]
        if seat == NOBODY:
            return self._why_nobody(unit)
        if unit in units.bound_to:
            return Reason.SAME_DEBTOR_HELD if unit in units.is_held else Reason.PREVIOUS
        if kind.allowed & (kind.allowed - 1) == 0:
            return Reason.CLIENT
        if kind.named and self.table.seats[seat].pk in case.first:
            return Reason.RULE
        return Reason.SAME_DEBTOR if units.size[unit] > 1 else Reason.BALANCE

    def _why_nobody(self, unit: int) -> Reason:
        kind = self.units.kinds[self.units.kind[unit]]
        if not kind.allowed:
            return Reason.NOBODY_ALLOWED
        if unit in self.units.bound_to:
            return Reason.HOLDER_FULL
        if kind.strict:
            return Reason.RULE_FULL
        return Reason.CLIENT_LIMIT if self.units.amount[unit] > self._widest_by_client(unit) else Reason.NO_CAPACITY

    def _widest_by_client(self, unit: int) -> int:
        key = self.units.kind[unit], self.units.size[unit]
        if key not in self.widest:
            seats = bits(self.units.kinds[key[0]].allowed)
            self.widest[key] = max((self._room_by_client(seat, key[1]) for seat in seats), default=-1)
        return self.widest[key]

    def _room_by_client(self, number: int, size: int) -> int:
        seat, table = self.table.seats[number], self.table
        if seat.room_by_client - (table.count[number] - seat.count) < size:
            return -1
        return seat.room_for_amount_by_client - (table.amount[number] - seat.amount)
