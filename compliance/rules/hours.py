"""Hours in which somebody may be called: one stretch of the day or several, on every day or on weekdays, not at the month's end (CR-01, CR-02).

Kept as {"from": "09:00", "to": "20:00"}, or as {"spans": [["09:30", "11:30"], ["14:00", "17:00"]], "weekdays": true, "month_end": 2}.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

SATURDAY = 5
WALL = (time(8), time(22))
MOST_SPANS = 4


@dataclass(frozen=True)
class Hours:
    """Stretches of the day, each from its first moment up to its last, which isn't in it."""

    spans: tuple[tuple[time, time], ...]
    weekdays: bool = False
    month_end: int = 0

    @classmethod
    def of(cls, value: dict[str, Any]) -> "Hours":
        """Raise ValueError, KeyError or TypeError for what are no hours: stretches that are empty, overlap, or stand in no order."""
        pairs = value["spans"] if "spans" in value else [[value["from"], value["to"]]]
        spans = tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs)
        if not 1 <= len(spans) <= MOST_SPANS or any(closes <= opens for opens, closes in spans):
            raise ValueError(value)
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            raise ValueError(value)
        return cls(spans, bool(value.get("weekdays")), int(value.get("month_end", 0)))

    def is_day(self, local: datetime) -> bool:
        return not (self.weekdays and local.weekday() >= SATURDAY) and not self.ends_month(local)

    def ends_month(self, local: datetime) -> bool:
        """Whether it is one of the month's last days, when nobody of a company has time (C3.2)."""
        return self.month_end > 0 and (local + timedelta(days=self.month_end)).month != local.month

    def allows(self, local: datetime) -> bool:
        moment = local.time()
        return self.is_day(local) and any(opens <= moment < closes for opens, closes in self.spans)

    def is_within(self, wall: tuple[time, time]) -> bool:
        return wall[0] <= self.spans[0][0] and self.spans[-1][1] <= wall[1]

    @property
    def text(self) -> str:
        return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in self.spans)

    def why_not(self, local: datetime) -> tuple[str, dict[str, Any]]:
        """The words' code and values of why this moment isn't among them."""
        if self.weekdays and local.weekday() >= SATURDAY:
            return "weekend", {}
        if self.ends_month(local):
            return "month_end", {"days": self.month_end}
        if len(self.spans) == 1:
            opens, closes = self.spans[0]
            return "hours", {"time": f"{local:%H:%M}", "from": f"{opens:%H:%M}", "to": f"{closes:%H:%M}"}
        return "spans", {"time": f"{local:%H:%M}", "hours": self.text}


def stretches(spans: Iterable[tuple[time, time]]) -> dict[str, Any]:
    """These stretches of the day, as they are kept."""
    return {"spans": [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in spans]}


def around(blocked: Sequence[tuple[time, time]]) -> dict[str, Any]:
    """The hours of the law's day that are left when a debtor doesn't want to be called in between; the stretches stand in their order."""
    opens, closes = [WALL[0], *(until for _since, until in blocked)], [*(since for since, _until in blocked), WALL[1]]
    return stretches((opening, closing) for opening, closing in zip(opens, closes, strict=True) if opening < closing)
