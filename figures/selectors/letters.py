"""Letters asked for in a period, and how far they came."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from duties.selectors import working_time
from figures.rules import WorkAxis, percentile
from figures.selectors.question import Question, narrowed, sees_all
from letters.choices import LetterState
from letters.models import Letter
from letters.selectors import APPROVED_ON, letters_visible_to

WAYS = {"client": "case__client", "team": "requested_by__team", "person": "requested_by"}
MEASURES = {
    "asked": Q(),
    "approved": Q(state__in=APPROVED_ON),
    "refused": Q(state=LetterState.REFUSED),
    "printed": Q(rendered_at__isnull=False),
    "mailed": Q(dispatched_at__isnull=False),
    "delivered": Q(delivered_at__isnull=False),
    "came_back": Q(returned_at__isnull=False),
}
BY = {"template": "template__name", "carrier": "carrier", "client": "case__client"}


def letters_asked(question: Question) -> QuerySet[Letter]:
    """Letters asked for in the period, among those that the reader may see."""
    rows = Letter.objects.all() if sees_all(question.user) else letters_visible_to(question.user)
    return narrowed(rows.filter(question.within("requested_at")), question, WAYS)


def letters_by(question: Question, by: str) -> dict[Any, dict[str, int]]:
    """`by` is a key of BY. One query."""
    counted = {name: Count("pk", filter=where) for name, where in MEASURES.items()}
    rows = letters_asked(question).order_by().values(BY[by]).annotate(**counted)
    return {row[BY[by]]: {name: row[name] for name in MEASURES} for row in rows}


def minutes_to_dispatch(question: Question, by: str) -> dict[Any, tuple[int, float, float]]:
    """Of the mailed ones: how many, and the median and nine tenths' working minutes from approval to the carrier. Three queries."""
    rows = list(letters_asked(question).filter(MEASURES["mailed"], decided_at__isnull=False).order_by().values_list(BY[by], "decided_at", "dispatched_at"))
    if not rows:
        return {}
    axis = WorkAxis(working_time(), min(row[1] for row in rows).date() - timedelta(days=1), max(row[2] for row in rows).date() + timedelta(days=1))
    spans: dict[Any, list[float]] = defaultdict(list)
    for key, approved, sent in rows:
        spans[key].append(axis.between(approved, sent))
    return {key: (len(found), percentile(sorted(found), 50), percentile(sorted(found), 90)) for key, found in spans.items()}
