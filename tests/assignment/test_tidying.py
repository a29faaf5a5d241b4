"""Plans that never counted don't fill the tables for ever: their lines go after a month, logged; the plan stays."""

from datetime import timedelta

import pytest

from assignment.models import AssignmentPlan
from assignment.services.making import ask_again
from assignment.services.plans import discard_plan
from assignment.services.tidying import forget_thrown_away_plans
from audit.models import AuditEvent
from tests.assignment.makers import applied_plan_of, plan_of
from tests.factories import MONDAY_9AM

pytestmark = pytest.mark.django_db
MONTH = MONDAY_9AM + timedelta(days=30, minutes=1)


def test_lines_of_discarded_and_superseded_plans_go_after_a_month(placement, people, lead):
    superseded = plan_of(placement)
    fresh = ask_again(plan_id=superseded.pk, by=lead, now=MONDAY_9AM)
    discard_plan(plan_id=fresh.pk, by=lead, now=MONDAY_9AM)

    too_early = forget_thrown_away_plans(now=MONDAY_9AM + timedelta(days=30))
    forgotten = forget_thrown_away_plans(now=MONTH)
    again = forget_thrown_away_plans(now=MONTH)

    assert (too_early, forgotten, again) == (0, 1, 0)
    assert (superseded.lines.count(), AssignmentPlan.objects.filter(state="discarded").count()) == (0, 2)
    event = AuditEvent.objects.about(superseded).get(action="plan.lines_forgotten")
    assert (event.actor, event.changes) == ("system", {"lines": [6, 0]})


@pytest.mark.parametrize("make", [plan_of, applied_plan_of])
def test_drafts_and_plans_that_counted_keep_their_reasons(placement, people, make):
    plan = make(placement)

    assert forget_thrown_away_plans(now=MONTH) == 0
    assert plan.lines.count() == 6
