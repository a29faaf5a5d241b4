"""Where a walk through the queue stands: the place of the last row shown, and the moment by which the whole walk is judged.

A promise that falls due between two pages doesn't move what was shown already, and what was worked since is not shown again.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.choices import Band
from workbench.choices import Why
from workbench.selectors.desk import Place

VALID_FOR = timedelta(hours=12)


class BadCursor(ValueError):
    """It wasn't made here, or it is too old."""


@dataclass(frozen=True)
class Cursor:
    as_of: datetime
    place: Place

    def __str__(self) -> str:
        place = self.place
        parts = [self.as_of.isoformat(), place.why, place.due.isoformat(), place.rank, place.pk]
        return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def cursor_of(text: str, *, now: datetime) -> Cursor:
    """Read what `str(cursor)` wrote. What somebody made up is refused, never guessed at."""
    try:
        as_of, why, due, rank, pk = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        cursor = Cursor(_moment(as_of), Place(Why(why).value, _moment(due), rank, pk))
    except (ValueError, TypeError, RecursionError) as error:
        raise BadCursor from error
    is_sound = type(pk) is int and 0 < pk < 2**63 and type(rank) is int and -len(Band) <= rank < 0
    if not is_sound or not now - VALID_FOR <= cursor.as_of <= now + timedelta(minutes=1):
        raise BadCursor
    return cursor


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 2000 <= moment.year <= 2200:
        raise ValueError(text)
    return moment
