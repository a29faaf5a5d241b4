"""A table of figures, the same for page, export, API and chart: each number with the address of the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import quote_plus

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from collection.lib.money import format_money
from figures.selectors.question import Question

# Kinds of numbers: number (a count), money (yuan), percent, minutes (of work), moment; text is none.


@dataclass(frozen=True)
class Head:
    """A column. `tip` says what exactly is counted."""

    key: str
    label: Any
    kind: str = "number"
    tip: Any = ""


@dataclass(frozen=True)
class Cell:
    """One number; None where there is nothing to say. `url` opens its rows, `heat` 0–8 says how warm it is among its like."""

    value: Any
    kind: str = "number"
    url: str = ""
    heat: int | None = None

    @property
    def text(self) -> str:
        if self.value is None or self.value == "":
            return "—"
        return SAID[self.kind](self.value)


@dataclass(frozen=True)
class Line:
    label: str
    cells: list[Cell]
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """`first` names the first column. `chart` is what figures.js draws of it, None: the table speaks for itself."""

    code: str
    title: Any
    first: Any
    heads: list[Head]
    lines: list[Line]
    note: Any = ""
    total: Line | None = None
    chart: dict[str, Any] | None = None
    is_heat: bool = False
    actions: list[tuple[Any, str]] = field(default_factory=list)

    @property
    def chart_id(self) -> str:
        return f"chart-{self.code}"

    def plain(self) -> dict[str, Any]:
        """For the API: numbers as they are."""
        lines = [*self.lines, *([self.total] if self.total else [])]
        return {
            "code": self.code,
            "title": str(self.title),
            "columns": [{"key": head.key, "label": str(head.label), "kind": head.kind} for head in self.heads],
            "rows": [
                {
                    "label": line.label,
                    "is_total": line is self.total,
                    "values": [_plain(cell.value) for cell in line.cells],
                    "urls": [cell.url for cell in line.cells],
                }
                for line in lines
            ],
        }


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)


def minutes_text(minutes: float) -> str:
    """Working time: 2h 10m; a day of work is not twenty-four hours, so hours go on."""
    whole = round(minutes)
    if whole < 60:
        return _("%(minutes)sm") % {"minutes": whole}
    return _("%(hours)sh %(minutes)sm") % {"hours": whole // 60, "minutes": whole % 60}


SAID = {
    "number": lambda value: f"{value:,}",
    "money": lambda value: format_money(Decimal(value)),
    "percent": lambda value: f"{value}%",
    "minutes": minutes_text,
    "moment": lambda value: f"{timezone.localtime(value):%Y-%m-%d %H:%M}",
    "text": str,
}


def rows_url(page: str, question: Question, **more: Any) -> str:
    """The list of the rows behind a number: the question, narrowed by `more` (which may name another team, person or days)."""
    asked = {"since": question.first, "until": question.last, "client": question.client, "team": question.team, "person": question.person} | more
    return f"{_list_url(page)}?{'&'.join(f'{name}={_in_address(value)}' for name, value in asked.items() if value is not None)}"


@cache
def _list_url(page: str) -> str:
    return reverse(f"figures:{page}")


def _in_address(value: Any) -> str:
    """A page has thousands of addresses, and most values are numbers and days, which stand there as they are."""
    return quote_plus(value) if isinstance(value, str) else str(value)


def counted(value: int, url: str, *, heat: int | None = None) -> Cell:
    """A count that opens its rows; none has none to open."""
    return Cell(value, url=url if value else "", heat=heat)


def bars(
    lines: Sequence[str], series: Sequence[tuple[Any, Sequence[Any], str]], *, stacked: bool = False, flat: bool = False, unit: str = "number"
) -> dict[str, Any]:
    """Bars for each line: series of (name, values, colour token). `flat`: lying, for long names."""
    return {"type": "bars", "names": list(lines), "stacked": stacked, "flat": flat, "unit": unit, "series": _series(series)}


def curves(steps: Sequence[str], series: Sequence[tuple[Any, Sequence[Any], str]], *, unit: str = "number") -> dict[str, Any]:
    return {"type": "curves", "names": list(steps), "unit": unit, "series": _series(series)}


def _series(series: Sequence[tuple[Any, Sequence[Any], str]]) -> list[dict[str, Any]]:
    return [{"name": str(name), "colour": colour, "values": [None if value is None else float(value) for value in values]} for name, values, colour in series]
