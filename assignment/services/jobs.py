"""A plan as a job: claimed by one worker at a time, with signs of life, done once however often it is called."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.choices import PlanState
from assignment.models import AssignmentPlan
from assignment.services.refusals import CannotPlan, StalePlan
from audit.services import record
from collection.lib.errors import Refused
from staff.services import notify

# A job that has given no sign of life for this long is dead, and another worker takes it over.
STALE_AFTER = timedelta(seconds=60)
BEAT_EVERY = timedelta(seconds=1)
MOST_ATTEMPTS = 3
# Where a plan goes back to when the work comes to nothing.
BACK_TO = {PlanState.MAKING: PlanState.FAILED, PlanState.APPLYING: PlanState.DRAFT, PlanState.UNDOING: PlanState.APPLIED}

# Up to so many cases are worked on while the person waits.
WAITED_FOR = 2000
DONE = {
    PlanState.MAKING: gettext_noop("Plan %(plan)s is ready: %(count)s cases."),
    PlanState.APPLYING: gettext_noop("Plan %(plan)s is applied: %(count)s cases."),
    PlanState.UNDOING: gettext_noop("Plan %(plan)s is undone: %(count)s cases."),
}

Clock = Callable[[], datetime]


class LostClaim(Exception):
    """Another worker has taken the plan over, or a person discarded it; what this one did is dropped."""


@dataclass
class Hold:
    """One worker's hold on a plan. `at` is both its last sign of life and its proof."""

    plan_id: int
    state: str
    clock: Clock
    at: datetime
    attempts: int

    def mine(self):
        return AssignmentPlan.objects.filter(pk=self.plan_id, state=self.state, worked_on_at=self.at)

    def beat(self, done: int) -> None:
        """Still alive, and so many cases done: from within a long transaction PostgreSQL shows it to others through a connection of its own."""
        now = self.clock()
        if connection.vendor != "postgresql" or now - self.at < BEAT_EVERY:
            return
        aside = connection.copy()
        try:
            with aside.cursor() as cursor:
                cursor.execute(
                    "UPDATE assignment_assignmentplan SET worked_on_at = %s, done_cases = %s WHERE id = %s AND state = %s AND worked_on_at = %s",
                    [now, done, self.plan_id, self.state, self.at],
                )
                if cursor.rowcount:
                    self.at = now
        finally:
            aside.close()


def take_up(plan_id: int, state: str, clock: Clock) -> Hold | None:
    """Claim the plan in this state, or None: it is done, or somebody alive is at it."""
    now = clock()
    free = AssignmentPlan.objects.filter(pk=plan_id, state=state).filter(Q(worked_on_at=None) | Q(worked_on_at__lt=now - STALE_AFTER))
    if not free.update(worked_on_at=now, attempts=F("attempts") + 1, done_cases=0):
        return None
    attempts = AssignmentPlan.objects.values_list("attempts", flat=True).get(pk=plan_id)
    return Hold(plan_id=plan_id, state=state, clock=clock, at=now, attempts=attempts)


def work_ends(hold: Hold, **fields) -> None:
    """The plan is as `fields` say, in the caller's transaction. Raises LostClaim when it is not ours any more."""
    if not hold.mine().update(worked_on_at=None, attempts=0, **fields):
        raise LostClaim


def work_on(plan_id: int, state: str, clock: Clock, work: Callable[[Hold, AssignmentPlan], None]) -> None:
    """Do the work of a plan in this state in one transaction, once. A refusal, or a worker that was lost too often, puts the plan back and
    says why to whoever asked, in their language."""
    hold = take_up(plan_id, state, clock)
    if hold is None:
        return
    plan = plan_of(hold)
    with translation.override(plan.asked_by.language if plan.asked_by else None), suppress(LostClaim):
        try:
            if hold.attempts > MOST_ATTEMPTS:
                raise CannotPlan(_("The work broke off several times. Try again; if it breaks off once more, tell your administrator."))
            with transaction.atomic():
                work(hold, plan)
                _tell_it_is_done(hold, plan)
        except Refused as refusal:
            _put_back(hold, str(refusal))
        except IntegrityError:
            _put_back(hold, str(StalePlan(_("Somebody changed these cases meanwhile. Plan again."))))


def _tell_it_is_done(hold: Hold, plan: AssignmentPlan) -> None:
    """In the inbox of whoever asked and may have left; a plan that one waits for says so on its page."""
    if plan.case_count > WAITED_FOR:
        path = reverse("assignment:plan-detail", args=[plan.pk])
        notify([plan.asked_by], DONE[hold.state], now=hold.clock(), path=path, plan=plan, count=f"{plan.case_count:,}")


def plan_of(hold: Hold) -> AssignmentPlan:
    rows = AssignmentPlan.objects.select_related("placement__client", "placement__team", "team__lead", "team__deputy", "asked_by", "created_by")
    return rows.get(pk=hold.plan_id)


@transaction.atomic
def _put_back(hold: Hold, why: str) -> None:
    plan, back = plan_of(hold), BACK_TO[hold.state]
    work_ends(hold, state=back, failure=why[:300])
    record("plan.work_failed", subject=plan, by=None, at=hold.clock(), changes={"state": (hold.state, back)}, reason=why)
    path = reverse("assignment:plan-detail", args=[plan.pk])
    notify([plan.asked_by], gettext_noop("Plan %(plan)s: %(why)s"), now=hold.clock(), path=path, plan=plan, why=why)
