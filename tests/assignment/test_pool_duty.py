"""A2.1: what goes back to the pool is to be assigned again the same day; the lead's duty says so, once."""

from datetime import timedelta

import pytest

from assignment.models import Assignment, ReassignPolicy
from assignment.services.applying import apply_plan
from assignment.services.handing import return_to_pool
from assignment.services.making import make_plan
from assignment.services.plans import move_lines, set_aside
from assignment.services.reassigning import reassign_untouched
from cases.models import Case
from duties.models import Duty
from penalties.models import PenaltyEvent
from penalties.services import enforce_duties
from staff.choices import Role
from tests.assignment.makers import applied_plan_of, plan_of
from tests.factories import MONDAY_9AM, make_user

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY_9AM + timedelta(days=1)
LATER = MONDAY_9AM + timedelta(days=40)


def some_held(count=2) -> list[int]:
    return list(Assignment.objects.open().order_by("pk").values_list("case", flat=True)[:count])


def unmet() -> list[Duty]:
    return list(Duty.objects.unmet().filter(kind="assignment").order_by("pk"))


def give_back(ids, lead, now=TUESDAY):
    return return_to_pool(case_ids=ids, reason="调整", by=lead, now=now)


def test_cases_back_in_the_pool_open_the_leads_day_once(placement, people, lead):
    applied_plan_of(placement)

    give_back(some_held(1), lead)
    give_back(some_held(1), lead, now=TUESDAY + timedelta(minutes=5))

    duty = unmet()[0]
    assert len(unmet()) == 1
    assert (duty.holder, duty.starts_at, duty.due_at.date(), duty.subject_id) == (lead, TUESDAY, TUESDAY.date(), placement.pk)


def test_the_pools_plan_meets_that_duty(placement, people, lead):
    applied_plan_of(placement)
    give_back(some_held(), lead)

    plan = make_plan(mode="both", holdings="cumulative", scope="pool", team=lead.team, by=lead, now=TUESDAY)
    apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=TUESDAY)

    assert unmet() == []
    enforce_duties(now=TUESDAY + timedelta(days=3))
    assert not PenaltyEvent.objects.filter(person=lead).exists()


def test_a_duty_that_still_stands_runs_on(placement, people, lead):
    plan = plan_of(placement)
    case = plan.lines.order_by("case").first().case
    move_lines(plan_id=plan.pk, case_ids=[case.pk], to=None, version=plan.version, by=lead, now=MONDAY_9AM)
    plan.refresh_from_db()
    apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)

    give_back(some_held(1), lead, now=MONDAY_9AM + timedelta(hours=1))

    assert [duty.starts_at for duty in unmet()] == [MONDAY_9AM]


def test_a_team_s_share_has_its_own_duty(placement, people, team):
    head = make_user(Role.GM_OFFICE)
    plan = make_plan(placement=placement, level="teams", mode="both", holdings="cumulative", by=head, now=MONDAY_9AM)
    apply_plan(plan_id=plan.pk, version=plan.version, by=head, now=MONDAY_9AM)
    applied_plan_of(placement)

    give_back(some_held(1), team.lead)

    assert [(duty.subject_type, duty.subject_id) for duty in unmet()] == [("assignment.teamshare", plan.shares.get().pk)]


def test_a_policy_that_fills_the_pool_opens_the_duty_too(placement, people, lead):
    applied_plan_of(placement)
    Case.objects.update(state="working", touched_at=MONDAY_9AM)
    ReassignPolicy.objects.create(client=None, after_days=30, to="pool", is_active=True)

    assert reassign_untouched(now=LATER) == 6

    assert [(duty.holder, duty.starts_at) for duty in unmet()] == [(lead, LATER)]


def test_what_was_set_aside_once_and_assigned_since_is_to_be_assigned_again(placement, people, lead):
    """A reason for setting a case aside ends when somebody gets the case."""
    plan = plan_of(placement)
    case = plan.lines.order_by("case").first().case
    set_aside(plan_id=plan.pk, case_ids=[case.pk], reason="待核实", by=lead, now=MONDAY_9AM)
    plan.refresh_from_db()
    apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)
    again = plan_of(placement, now=MONDAY_9AM + timedelta(hours=1))
    apply_plan(plan_id=again.pk, version=again.version, by=lead, now=MONDAY_9AM + timedelta(hours=1))

    give_back([case.pk], lead)

    assert len(unmet()) == 1
