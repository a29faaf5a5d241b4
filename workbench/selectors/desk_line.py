"""A line of the queue in the shape that the desk's API answers with (`QueueRow`): put together by hand, because there are fifty to a page."""

from datetime import datetime
from typing import Any

from cases.choices import CaseState
from cases.models import Case
from collection.lib.api import moment_shape
from workbench.choices import Why
from workbench.words import reason_of


def line_shape(case: Case, *, now: datetime) -> dict[str, Any]:
    """`case` is a row of the queue; `is_silent` says that a third party is on the line, on whichever case (CR-12)."""
    shape = _told(case, now=now)
    return _without_the_debt(shape) if case.is_silent else shape


def _without_the_debt(shape: dict[str, Any]) -> dict[str, Any]:
    """Nothing that says whose debt it is, how much, since when, or how it stands."""
    words = ("client", "band", "stage", "state", "state_label", "why_label", "reason")
    return shape | dict.fromkeys(words, "") | {"balance": None, "overdue_days": None, "masked": True}


def _told(case: Case, *, now: datetime) -> dict[str, Any]:
    return {
        "id": case.pk,
        "case_no": case.case_no,
        "name": case.debtor.name,
        "client": case.client.short_name,
        "balance": None if case.masked else f"{case.balance:.2f}",
        "band": str(case.band.label),
        "masked": case.masked,
        "stage": case.stage,
        "overdue_days": case.overdue_days,
        "state": case.state,
        "state_label": str(CaseState(case.state).label),
        "why": case.why,
        "why_label": str(Why(case.why).label),
        "due_at": moment_shape(case.due_at),
        "is_classified": case.classified,
        "reason": reason_of(case, now=now),
        "callable": case.callable,
        "touched_at": moment_shape(case.touched_at),
    }
