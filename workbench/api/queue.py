"""The own cases, the most pressing first, each with the reason for its place."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cases.models import Case
from staff.models import User
from workbench.api.base import DeskApi, operation
from workbench.api.cursor import BadCursor, Cursor, cursor_of
from workbench.rules import timing_of
from workbench.selectors.callable_now import callable_now
from workbench.selectors.desk import Place, Stretch, place_of, queue_filter, queue_of, rows_of, stretch_of, untouched_since
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out
from workbench.words import reason_of, timing_label


class Queue(DeskApi):
    """A page of the queue; `next` is where the following one begins, `counts` how many cases stand there for each reason.

    The order is stable while one pages: everything is judged as of the first page, and a case that was worked since is not shown again.
    """

    @operation(out.QueueOut, query=into.QueuePageQuery, name="queue")
    def get(self, request: Request) -> Response:
        asked, now = self.asked(into.QueuePageQuery, request), timezone.now()
        cursor = _cursor(asked.get("cursor"), now)
        as_of = cursor.as_of if cursor else now
        able = callable_now(request.user, now=now)
        queue = queue_filter(queue_of(request.user, now=as_of), asked, able=able)
        if cursor:
            queue = untouched_since(queue, as_of)
        found = stretch_of(queue, size=asked["page_size"], why=asked.get("why", ""), after=cursor.place if cursor else None)
        following = str(Cursor(as_of, found.places[-1])) if found.has_more else None
        return Response(out.QueueOut(_shape(found, following, asked, able=able, user=request.user, now=now, as_of=as_of)).data)


def _cursor(text: str | None, now: datetime) -> Cursor | None:
    if not text:
        return None
    try:
        return cursor_of(text, now=now)
    except BadCursor as error:
        raise ValidationError({"cursor": [_("The list is too old to go on. Load it again.")]}) from error


def _shape(found: Stretch, following: str | None, asked: dict[str, Any], *, able: Q, user: User, now: datetime, as_of: datetime) -> dict[str, Any]:
    timing = timing_of(timezone.localtime(now))
    rows = _rows(found.places, able, user, now)
    counts = found.counts
    return {
        "results": rows,
        "next": following,
        "count": counts.get(asked["why"], 0) if asked.get("why") else sum(counts.values()),
        "counts": counts,
        "as_of": as_of,
        "timing": {"code": timing, "is_good": timing in ("good", "fair"), "label": timing_label(timing)},
    }


def _rows(places: list[Place], able: Q, user: User, now: datetime) -> list[Case]:
    rows = rows_of(places, able=able, user=user, now=now)
    for row in rows:
        row.reason = reason_of(row, now=now)
    return rows


class Neighbour(DeskApi):
    """The case that follows this one in the queue, or stands before it; the first one when it is no longer there. Null at the end."""

    @operation(out.NeighbourOut, query=into.NeighbourQuery, name="neighbour")
    def get(self, request: Request) -> Response:
        asked, now = self.asked(into.NeighbourQuery, request), timezone.now()
        queue = queue_of(request.user, now=now)
        place = place_of(queue, asked["case"]) if asked.get("case") else None
        is_back = asked["direction"] == "previous" and place is not None
        able = callable_now(request.user, now=now)
        narrowed = queue_filter(queue, asked, able=able)
        found = stretch_of(narrowed, size=1, why=asked.get("why", ""), after=place, backwards=is_back)
        rows = _rows(found.places, able, request.user, now)
        return Response(out.NeighbourOut({"case": rows[0] if rows else None}).data)
