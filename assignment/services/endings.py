"""What a case's end means here: nobody holds it any more, and its filtering counts without it. And who held what, for the app below that asks."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from assignment.choices import EndReason
from assignment.models import Assignment, FilteringTask
from assignment.services.clocks import meet_lead_duties
from assignment.services.transfers import TO_FILTER, finish_all
from cases.models import Case, Placement
from cases.services.holding import Holding
from staff.models import User


def release_ended(cases: Sequence[Case], by: User, now: datetime) -> None:
    """Who held the cases holds them no longer. A filtering task whose last open case ended is done; so is the lead's duty to assign a placement, or a share of it."""
    held = Assignment.objects.open().filter(case__in=cases)
    tasks = set(held.exclude(filtering_task=None).values_list("filtering_task", flat=True))
    held.update(ended_at=now, ended_by=by, end_reason=EndReason.CASE_ENDED)
    rows = FilteringTask.objects.open().select_for_update(of=("self",)).filter(pk__in=tasks)
    locked = list(rows.select_related("collector", "placement").order_by("pk"))
    unfiltered = set(Assignment.objects.open().filter(filtering_task__in=locked, case__state__in=TO_FILTER).values_list("filtering_task", flat=True))
    finish_all([task for task in locked if task.pk not in unfiltered], by=by, now=now)
    for placement in Placement.objects.filter(cases__in=cases).distinct().order_by("pk"):
        meet_lead_duties(placement, by=by, now=now)


def holdings(case_ids: Collection[int]) -> dict[int, list[Holding]]:
    """Who held each of these cases when. One query."""
    found: dict[int, list[Holding]] = defaultdict(list)
    for row in Assignment.objects.filter(case__in=case_ids).select_related("collector").order_by("assigned_at", "pk"):
        found[row.case_id].append(Holding(row.collector, row.assigned_at, row.ended_at))
    return found
