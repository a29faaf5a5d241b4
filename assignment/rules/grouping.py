"""From cases to units: who belongs together, who may hold them, and whom a debtor is bound to."""

from collections.abc import Mapping, Sequence

from assignment.rules.state import Kind, NewCase, Seat, Units


def units_of(cases: Sequence[NewCase], seats: Sequence[Seat], pins: Mapping[int, int], formers: Mapping[int, int]) -> tuple[Units, list[int]]:
    """The units of these cases (by ascending pk), and the unit of each case."""
    numbers: dict[int, int] = {}
    unit_of = [numbers.setdefault(case.debtor, len(numbers)) for case in cases]
    size, amount = [0] * len(numbers), [0] * len(numbers)
    for case, unit in zip(cases, unit_of, strict=True):
        size[unit] += 1
        amount[unit] += case.amount
    kinds = _Kinds(seats)
    slices, kind = [""] * len(numbers), [0] * len(numbers)
    groups: dict[int, list[NewCase]] = {}
    for case, unit in zip(cases, unit_of, strict=True):
        if size[unit] == 1:
            slices[unit], kind[unit] = case.slice, kinds.of_case(case)
        else:
            groups.setdefault(unit, []).append(case)
    for unit, group in groups.items():
        slices[unit], kind[unit] = group[0].slice, kinds.of_group(group)
    units = Units(size, amount, slices, kind, list(kinds.numbers), {}, set())
    _bind(units, numbers, {seat.pk: number for number, seat in enumerate(seats)}, pins, formers)
    return units, unit_of


def _bind(units: Units, numbers: dict[int, int], seats: dict[int, int], pins: Mapping[int, int], formers: Mapping[int, int]) -> None:
    """Who holds a debtor now comes before who held him once; somebody whom the client bars, or who is not of the plan, binds nobody."""
    for is_held, bonds in ((False, formers), (True, pins)):
        for debtor, person in bonds.items():
            unit, seat = numbers.get(debtor), seats.get(person)
            if unit is not None and seat is not None and units.kinds[units.kind[unit]].allowed >> seat & 1:
                units.bound_to[unit] = seat
                if is_held:
                    units.is_held.add(unit)


class _Kinds:
    """Kinds by number. Cases share few sets of barred people, and each set is translated once."""

    def __init__(self, seats: Sequence[Seat]) -> None:
        self.bit = {seat.pk: 1 << number for number, seat in enumerate(seats)}
        self.everybody = (1 << len(seats)) - 1
        self.masks: dict[frozenset[int], int] = {}
        self.numbers: dict[Kind, int] = {}
        self.of_words: dict[tuple, int] = {}

    def of_case(self, case: NewCase) -> int:
        words = case.barred, case.first, case.strict
        number = self.of_words.get(words)
        if number is None:
            number = self.of_words[words] = self._number(self._kind(case))
        return number

    def of_group(self, group: list[NewCase]) -> int:
        """Who may hold all of them. Of their rules every strict one holds; else that of the largest case has its say."""
        kinds = [(case, self._kind(case)) for case in group]
        allowed = self.everybody
        for _, kind in kinds:
            allowed &= kind.allowed
        strict = [kind.named for _, kind in kinds if kind.strict]
        if strict:
            named = self.everybody
            for mask in strict:
                named &= mask
            return self._number(Kind(allowed, named, strict=True))
        ruled = [(-case.amount, case.pk, kind.named) for case, kind in kinds if kind.named & allowed]
        return self._number(Kind(allowed, min(ruled)[2] if ruled else 0))

    def _kind(self, case: NewCase) -> Kind:
        allowed = self.everybody & ~self._mask(case.barred)
        named = self._mask(case.first)
        return Kind(allowed, named, strict=True) if case.strict else Kind(allowed, named if named & allowed else 0)

    def _mask(self, people: frozenset[int]) -> int:
        mask = self.masks.get(people)
        if mask is None:
            mask = 0
            for person in people:
                mask |= self.bit.get(person, 0)
            self.masks[people] = mask
        return mask

    def _number(self, kind: Kind) -> int:
        return self.numbers.setdefault(kind, len(self.numbers))
