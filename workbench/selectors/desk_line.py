"""A line of the queue in the shape that the desk's API answers with (`QueueRow`): put together by hand, because there are fifty to a page."""

from datetime import datetime
from typing import Any

from cases.choices import CaseState
from cases.models import Case
from collection.lib.api import moment_shape
from workbench.choices import Why
from workbench.words import reason_of


def line_shape(case: Case, *, now: datetime) -> dict[str, Any]:
    """`case` is a row of the queue."""
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
