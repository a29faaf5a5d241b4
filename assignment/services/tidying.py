"""What nobody will look at again: the lines of plans that never counted."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from assignment.choices import PlanState
from assignment.models import AssignmentPlan, PlanLine
from audit.services import record

# Lines of a plan that was thrown away, or could not be made, stay so long after it was asked for.
KEPT_FOR = timedelta(days=30)
# So many plans in one night: each may have a hundred thousand lines.
AT_ONCE = 200


def forget_thrown_away_plans(*, now: datetime) -> int:
    """The lines of discarded and failed plans of a month ago are gone; the plan itself, its trail and who asked for it stay. Returns how
    many plans."""
    lines = PlanLine.objects.filter(plan=OuterRef("pk"))
    old = AssignmentPlan.objects.filter(state__in=[PlanState.DISCARDED, PlanState.FAILED], created_at__lt=now - KEPT_FOR).filter(Exists(lines))
    return sum(_forget(plan, now) for plan in old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _forget(plan_id: int, now: datetime) -> int:
    plan = AssignmentPlan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan_id)
    lines = plan.lines.all()
    count = lines._raw_delete(lines.db)
    if count:
        record("plan.lines_forgotten", subject=plan, by=None, at=now, changes={"lines": (count, 0)})
    return 1 if count else 0
