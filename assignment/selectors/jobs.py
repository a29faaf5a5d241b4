from datetime import datetime, timedelta

from django.db.models import Q

from assignment.choices import WORKED_ON
from assignment.models import AssignmentPlan


def stale_plans(*, now: datetime) -> list[tuple[int, str]]:
    """(id, state) of the plans that wait for a worker: nobody has shown a sign of life for a minute."""
    waiting = AssignmentPlan.objects.filter(state__in=WORKED_ON).filter(Q(worked_on_at=None) | Q(worked_on_at__lt=now - timedelta(seconds=60)))
    return list(waiting.order_by("pk").values_list("pk", "state")[:100])
