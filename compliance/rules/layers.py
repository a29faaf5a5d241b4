"""Limits in layers (compliance.md, "Layering"): law, client, company, debtor. The strictest of those in force wins, and none may cross the wall."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from compliance.choices import LARGER_IS_STRICTER, PolicyKey


@dataclass(frozen=True)
class Limit:
    """One policy row in force, as plain values."""

    key: str
    rule: str
    layer: str
    value: dict[str, Any]
    version: int

    @property
    def opens(self) -> time:
        return time.fromisoformat(self.value["from"])

    @property
    def closes(self) -> time:
        return time.fromisoformat(self.value["to"])

    @property
    def figure(self) -> int:
        return int(self.value["limit"])

    def allows(self, moment: time) -> bool:
        """Hours are [from, to)."""
        return self.opens <= moment < self.closes


WINDOW_WALL = (time(8), time(22))
MOST = {
    PolicyKey.EFFECTIVE_PER_DAY: 3,
    PolicyKey.ATTEMPTS_PER_NUMBER: 6,
    PolicyKey.THIRD_PARTY_VALID_DAYS: 30,
    PolicyKey.EFFECTIVE_PER_WEEK: 21,
    PolicyKey.ENTRUSTMENT_NOTICE: 1,
    PolicyKey.PROMISE_DAYS: 90,
    PolicyKey.PROMISE_GRACE: 10,
    PolicyKey.AMEND_MINUTES: 1440,
}
LEAST = {
    PolicyKey.THIRD_PARTY_FAILURES: 3,
    PolicyKey.THIRD_PARTY_DAYS: 1,
    PolicyKey.PROMISE_GRACE: 0,
    PolicyKey.ENTRUSTMENT_NOTICE: 0,
    PolicyKey.EFFECTIVE_GAP: 0,
}


def strictest(limits: Iterable[Limit], key: str) -> Limit | None:
    """The limit of a count that decides: the smallest, or the largest where more is stricter. None when none is in force."""
    found = [limit for limit in limits if limit.key == key]
    if not found:
        return None
    pick = max if key in LARGER_IS_STRICTER else min
    return pick(found, key=lambda limit: limit.figure)


def wall_fault(key: str, value: dict[str, Any]) -> dict[str, str] | None:
    """What of a new value crosses the wall, as {"wall": …}; None when nothing does. The wall cannot be moved in the browser."""
    if key == PolicyKey.WINDOW:
        opens, closes = time.fromisoformat(value["from"]), time.fromisoformat(value["to"])
        inside = WINDOW_WALL[0] <= opens < closes <= WINDOW_WALL[1]
        return None if inside else {"wall": f"{WINDOW_WALL[0]:%H:%M}–{WINDOW_WALL[1]:%H:%M}"}
    figure = int(value["limit"])
    if figure < LEAST.get(key, 1):
        return {"wall": f"≥ {LEAST.get(key, 1)}"}
    if key in MOST and figure > MOST[key]:
        return {"wall": f"≤ {MOST[key]}"}
    return None


def wall_text(key: str) -> str:
    """The wall of a limit, for showing: 08:00–22:00, ≤ 3, ≥ 1."""
    if key == PolicyKey.WINDOW:
        return f"{WINDOW_WALL[0]:%H:%M}–{WINDOW_WALL[1]:%H:%M}"
    if key in MOST:
        return f"≤ {MOST[key]}"
    return f"≥ {LEAST.get(key, 1)}"


def value_text(value: dict[str, Any]) -> str:
    """A limit's value, for showing: 09:00–20:00, or the figure."""
    return f"{value['from']}–{value['to']}" if "from" in value else str(value["limit"])
