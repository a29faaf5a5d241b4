"""Limits in layers (compliance.md, "Layering"): law, client, company, debtor. The strictest of those in force wins, and none may cross the wall."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.choices import LARGER_IS_STRICTER, WINDOWS, Layer, PolicyKey
from compliance.rules.hours import WALL, Hours


@dataclass(frozen=True)
class Limit:
    """One policy row in force, as plain values."""

    key: str
    rule: str
    layer: str
    value: dict[str, Any]
    version: int

    @property
    def hours(self) -> Hours:
        return Hours.of(self.value)

    @property
    def figure(self) -> int:
        return int(self.value["limit"])

    def allows(self, local: datetime) -> bool:
        """Whether the hours contain this moment of who is called."""
        return self.hours.allows(local)


MOST = {
    PolicyKey.EFFECTIVE_PER_DAY: 3,
    PolicyKey.ATTEMPTS_PER_NUMBER: 6,
    PolicyKey.THIRD_PARTY_VALID_DAYS: 30,
    PolicyKey.EFFECTIVE_PER_WEEK: 21,
    PolicyKey.ENTRUSTMENT_NOTICE: 1,
    PolicyKey.PROMISE_DAYS: 90,
    PolicyKey.PROMISE_GRACE: 10,
    PolicyKey.AMEND_MINUTES: 1440,
    PolicyKey.INSTALMENTS: 60,
}
LEAST = {
    PolicyKey.THIRD_PARTY_FAILURES: 3,
    PolicyKey.THIRD_PARTY_DAYS: 1,
    PolicyKey.PROMISE_GRACE: 0,
    PolicyKey.ENTRUSTMENT_NOTICE: 0,
    PolicyKey.EFFECTIVE_GAP: 0,
}


WALL_TEXT = f"{WALL[0]:%H:%M}–{WALL[1]:%H:%M}"
# The most calls a day to one number that a debtor may agree to on record (CR-04).
MOST_AGREED = 12


def _is_inside(value: dict[str, Any]) -> bool:
    try:
        return Hours.of(value).is_within(WALL)
    except (ValueError, KeyError, TypeError):
        return False


def strictest(limits: Iterable[Limit], key: str) -> Limit | None:
    """The limit of a count that decides: the smallest, or the largest where more is stricter. None when none is in force.

    What the debtor agreed to on record stands in the law's place (CR-04), and loosens nobody else's limit.
    """
    of_key = [limit for limit in limits if limit.key == key]
    agreed = next((limit for limit in of_key if limit.layer == Layer.CONSENT), None)
    found = [agreed if agreed and limit.layer == Layer.LAW else limit for limit in of_key if limit.layer != Layer.CONSENT]
    if not found:
        return None
    pick = max if key in LARGER_IS_STRICTER else min
    return pick(found, key=lambda limit: limit.figure)


def wall_fault(key: str, value: dict[str, Any]) -> dict[str, str] | None:
    """What of a new value crosses the wall, as {"wall": …}; None when nothing does. The wall cannot be moved in the browser."""
    if key in WINDOWS:
        return None if _is_inside(value) else {"wall": WALL_TEXT}
    figure = int(value["limit"])
    if figure < LEAST.get(key, 1):
        return {"wall": f"≥ {LEAST.get(key, 1)}"}
    if key in MOST and figure > MOST[key]:
        return {"wall": f"≤ {MOST[key]}"}
    return None


def wall_text(key: str) -> str:
    """The wall of a limit, for showing: 08:00–22:00, ≤ 3, ≥ 1."""
    if key in WINDOWS:
        return WALL_TEXT
    if key in MOST:
        return f"≤ {MOST[key]}"
    return f"≥ {LEAST.get(key, 1)}"


def value_text(value: dict[str, Any]) -> str:
    """A limit's value, for showing: 09:00–20:00, or the figure."""
    return str(value["limit"]) if "limit" in value else Hours.of(value).text
