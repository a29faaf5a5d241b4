"""Loads as lengths of bars, in per cent of the fullest."""

from dataclasses import dataclass
from decimal import Decimal

from assignment.selectors.loads import Load


@dataclass(frozen=True, slots=True)
class Bar:
    """What was held before, and what is added, as shares of the longest bar."""

    before: str
    added: str


@dataclass(frozen=True, slots=True)
class LoadBars:
    load: Load
    count: Bar
    amount: Bar


def bars_of(loads: list[Load]) -> list[LoadBars]:
    most_cases = max((load.after_count for load in loads), default=0)
    most_money = max((load.after_amount for load in loads), default=Decimal(0))
    return [LoadBars(load, _bar(load.before_count, load.new_count, most_cases), _bar(load.before_amount, load.new_amount, most_money)) for load in loads]


def _bar(before: Decimal | int, added: Decimal | int, most: Decimal | int) -> Bar:
    """Lengths as text with a point: a template's own number would carry the language's separator."""
    scale = Decimal(100) / Decimal(most) if most else Decimal(0)
    return Bar(f"{before * scale:.2f}", f"{added * scale:.2f}")
