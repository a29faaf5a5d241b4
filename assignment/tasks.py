from celery import shared_task
from django.utils import timezone

from assignment.choices import PlanState
from assignment.models import AssignmentPlan
from assignment.selectors.jobs import stale_plans
from assignment.services import applying, making, reassigning, tidying, undoing
from assignment.services.jobs import WAITED_FOR
from audit.context import origin

# What has to be done with a plan in each state that is a job.
WORK = {PlanState.MAKING: making.make_asked_plan, PlanState.APPLYING: applying.apply_asked_plan, PlanState.UNDOING: undoing.undo_asked_plan}


def start(plan: AssignmentPlan) -> bool:
    """Do what was asked of the plan: at once when it is small (True; the plan is as it is now), else by a worker (False)."""
    if plan.case_count > WAITED_FOR:
        work_on_plan.delay(plan.pk, plan.state)
        return False
    WORK[plan.state](plan_id=plan.pk, clock=timezone.now)
    plan.refresh_from_db()
    return True


@shared_task
def work_on_plan(plan_id: int, state: str) -> None:
    """Make, apply or undo the plan, as its state says; a state that has passed is no work."""
    with origin("assignment"):
        WORK[PlanState(state)](plan_id=plan_id, clock=timezone.now)


@shared_task
def resume_plans() -> None:
    """Plans whose worker died, or whose message was lost, are queued again; the claim keeps two from doing one."""
    for plan_id, state in stale_plans(now=timezone.now()):
        work_on_plan.delay(plan_id, state)


@shared_task
def reassign_untouched() -> None:
    with origin("reassign policy"):
        reassigning.reassign_untouched(now=timezone.now())


@shared_task
def forget_thrown_away_plans() -> None:
    with origin("clean-up"):
        tidying.forget_thrown_away_plans(now=timezone.now())
