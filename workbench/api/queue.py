"""The own cases, the most pressing first, each with the reason for its place."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from collection.lib.api import moment_shape
from staff.models import User
from workbench.api.base import DeskApi, operation
from workbench.api.cursor import BadCursor, Cursor, cursor_of
from workbench.rules import timing_of
from workbench.selectors.callable_now import CallLimits, call_limits
from workbench.selectors.desk import Asked, Place, Stretch, place_of, rows_of, stretch_of
from workbench.selectors.desk_line import line_shape
from workbench.serializers import inputs as into
from workbench.serializers.desk import NeighbourOut, QueueOut
from workbench.words import timing_label


class Queue(DeskApi):
    """A page of the queue; `next` is where the following one begins, `counts` how many cases stand there for each reason.

    The order is stable while one pages: everything is judged as of the first page, and a case that was worked since is not shown again.
    """

    @operation(QueueOut, query=into.QueuePageQuery, name="queue")
    def get(self, request: Request) -> Response:
        asked, now = self.asked(into.QueuePageQuery, request), timezone.now()
        cursor = _cursor(asked.get("cursor"), now)
        as_of = cursor.as_of if cursor else now
        narrowed = Asked.of(asked, call_limits(now=now), untouched_since=as_of if cursor else None)
        place = cursor.place if cursor else None
        found = stretch_of(request.user, narrowed, as_of=as_of, size=asked["page_size"], why=asked.get("why", ""), after=place)
        following = str(Cursor(as_of, found.places[-1])) if found.has_more else None
        return Response(_shape(found, following, asked, limited=narrowed.limited, user=request.user, now=now, as_of=as_of))


def _cursor(text: str | None, now: datetime) -> Cursor | None:
    if not text:
        return None
    try:
        return cursor_of(text, now=now)
    except BadCursor as error:
        raise ValidationError({"cursor": [_("The list is too old to go on. Load it again.")]}) from error


def _shape(found: Stretch, following: str | None, asked: dict[str, Any], *, limited: CallLimits, user: User, now: datetime, as_of: datetime) -> dict[str, Any]:
    timing, counts = timing_of(timezone.localtime(now), is_closed=limited.is_closed), found.counts
    return {
        "results": _rows(found.places, limited, user, now),
        "next": following,
        "count": counts.get(asked["why"], 0) if asked.get("why") else sum(counts.values()),
        "counts": counts,
        "as_of": moment_shape(as_of),
        "timing": {"code": timing, "is_good": timing in ("good", "fair"), "label": timing_label(timing)},
    }


def _rows(places: list[Place], limited: CallLimits, user: User, now: datetime) -> list[dict[str, Any]]:
    return [line_shape(row, now=now) for row in rows_of(places, limited=limited, user=user, now=now)]


class Neighbour(DeskApi):
    """The case that follows this one in the queue, or stands before it; the first one when it is no longer there. Null at the end."""

    @operation(NeighbourOut, query=into.NeighbourQuery, name="neighbour")
    def get(self, request: Request) -> Response:
        asked, now = self.asked(into.NeighbourQuery, request), timezone.now()
        place = place_of(request.user, asked["case"], now=now) if asked.get("case") else None
        is_back = asked["direction"] == "previous" and place is not None
        narrowed = Asked.of(asked, call_limits(now=now))
        found = stretch_of(request.user, narrowed, as_of=now, size=1, why=asked.get("why", ""), after=place, backwards=is_back)
        rows = _rows(found.places, narrowed.limited, request.user, now)
        return Response({"case": rows[0] if rows else None})
