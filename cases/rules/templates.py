"""A client's column template beside a file's columns, or beside another version of itself: what is the same, new, gone, or read otherwise."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cases.rules.headers import normalise

# What a template says of a column besides its header.
KEPT = ("field", "currency", "unit")
# From this share of common headers on, a file is taken for a changed layout of the template's.
ALIKE = 0.6

Columns = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Line:
    """One header in both, or in one of them."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def change(self) -> str:
        """ "new", "gone", "changed" (read as another field, currency or unit), or "" for the same."""
        if self.before is None or self.after is None:
            return "new" if self.before is None else "gone"
        return "" if all(said(self.before)[name] == said(self.after)[name] for name in KEPT) else "changed"


def said(column: Mapping[str, Any]) -> dict[str, Any]:
    """What a template keeps of a column; older ones were kept without currency and unit."""
    return {"header": column["header"], "field": column["field"], "currency": column.get("currency", ""), "unit": column.get("unit", 1)}


def side_by_side(before: Columns, after: Columns) -> list[Line]:
    """The columns of `after` in their order, each beside its own of `before`; then those that are gone. A header that comes twice pairs by its turn."""
    waiting: dict[str, list[Mapping[str, Any]]] = {}
    for column in before:
        waiting.setdefault(normalise(column["header"]), []).append(column)
    lines = []
    for column in after:
        same = waiting.get(normalise(column["header"]))
        lines.append(Line(same.pop(0) if same else None, column))
    gone = {id(column) for columns in waiting.values() for column in columns}
    return lines + [Line(column, None) for column in before if id(column) in gone]


def likeness(headers: Sequence[str], others: Sequence[str]) -> float:
    """The share of headers that two layouts have in common: 1 for the same ones in any order."""
    one, two = Counter(map(normalise, headers)), Counter(map(normalise, others))
    return (one & two).total() / max(one.total(), two.total(), 1)
