"""The second principle of A2.2, the placement's make-up: which assignment rule takes which case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from assignment.rules.eligibility import covers


class Traits(NamedTuple):
    """What rules ask of a case. The amount in cents; None or "": not known, so a rule that asks for it doesn't fit. `age`: the debtor's."""

    pk: int
    client: int
    amount: int
    stage: str = ""
    region: str = ""
    product: str = ""
    overdue_days: int | None = None
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """From and to, both included; None: no end."""

    start: int | None = None
    end: int | None = None

    def asks(self) -> bool:
        return self.start is not None or self.end is not None

    def holds(self, value: int | None) -> bool:
        if value is None:
            return not self.asks()
        return (self.start is None or value >= self.start) and (self.end is None or value <= self.end)


@dataclass(frozen=True, slots=True)
class Rule:
    """A slice of the cases that goes to `people` first, to nobody else when `strict`. What is left empty asks nothing. A region is
    written as the beginning of its name. Of several that fit, the one with the smallest priority takes the case, then the oldest."""

    pk: int
    priority: int
    people: frozenset[int]
    strict: bool = False
    client: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    stages: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    amount: Range = Range()
    overdue: Range = Range()
    age: Range = Range()

    def is_valid_on(self, today: date) -> bool:
        return (self.valid_from is None or self.valid_from <= today) and (self.valid_until is None or self.valid_until >= today)

    def fits_kind(self, client: int, stage: str, region: str, product: str) -> bool:
        return (
            self.client in (None, client)
            and (not self.stages or stage in self.stages)
            and (not self.products or product in self.products)
            and (not self.regions or (bool(region) and covers(self.regions, region)))
        )

    def fits_figures(self, case: Traits) -> bool:
        return self.amount.holds(case.amount) and self.overdue.holds(case.overdue_days) and self.age.holds(case.age)


def match_rules(cases: Iterable[Traits], rules: Iterable[Rule], *, today: date) -> dict[int, Rule]:
    """The rule that takes each case, by the case's pk; cases that none fits are left out. Words are compared once for each kind of case
    (client, stage, region, product), only figures case by case."""
    in_order = sorted((rule for rule in rules if rule.is_valid_on(today)), key=lambda rule: (rule.priority, rule.pk))
    of_kind: dict[tuple, list[Rule]] = {}
    taken: dict[int, Rule] = {}
    if not in_order:
        return taken
    for case in cases:
        kind = case.client, case.stage, case.region, case.product
        if kind not in of_kind:
            of_kind[kind] = [rule for rule in in_order if rule.fits_kind(*kind)]
        for rule in of_kind[kind]:
            if rule.fits_figures(case):
                taken[case.pk] = rule
                break
    return taken
