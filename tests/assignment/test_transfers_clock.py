"""A3.1, A4: what a transfer and an undo do to the clock, judged by the events that the next sweep records."""

from datetime import timedelta

import pytest

from assignment.models import FilteringTask
from assignment.services import applying, making, plans, transfers, undoing
from duties.models import Duty
from duties.services import meet_duty, open_duty
from penalties.models import PenaltyEvent
from penalties.services import enforce_duties
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def desk():
    """A team with two collectors, and two new cases that a plan gave to the first of them."""
    team = make_team()
    first, second = make_user(Role.COLLECTOR, team=team), make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team)
    cases = [make_case(placement=placement) for _ in range(2)]
    plan = making.make_plan(placement=placement, team=team, mode="both", holdings="cumulative", by=team.lead, now=MONDAY_9AM)
    plans.move_lines(plan_id=plan.pk, case_ids=[case.pk for case in cases], to=first, version=plan.version, by=team.lead, now=MONDAY_9AM)
    plan.refresh_from_db()
    applying.apply_plan(plan_id=plan.pk, version=plan.version, by=team.lead, now=MONDAY_9AM)
    return team.lead, first, second, cases, plan


def transfer(desk, now):
    lead, _first, second, cases, _plan = desk
    transfers.transfer_cases(case_ids=[case.pk for case in cases], to=second, reason="调整", by=lead, now=now)
    return Duty.objects.unmet().get(kind_id="filtering", holder=second)


def test_a_transfer_before_the_due_time_keeps_the_clock_and_its_extension(desk):
    task = FilteringTask.objects.get(collector=desk[1])
    transfers.extend_filtering(task=task, reason="量大", by=desk[0], now=MONDAY_9AM + DAY)
    extended = Duty.objects.get(kind_id="filtering").due_at

    duty = transfer(desk, MONDAY_9AM + 3 * DAY)

    assert (duty.due_at, duty.is_extended, duty.extension_reason) == (extended, True, "量大")
    assert enforce_duties(now=MONDAY_9AM + 3 * DAY).events == 0


def test_a_transfer_after_the_due_time_leaves_the_miss_with_who_held_it(desk):
    now = MONDAY_9AM + 3 * DAY

    duty = transfer(desk, now)
    enforce_duties(now=now)

    assert duty.starts_at == now
    assert list(PenaltyEvent.objects.values_list("person", flat=True)) == [desk[1].pk]


def test_undoing_a_plan_another_day_does_not_make_a_punctual_lead_late(desk):
    lead, _first, _second, cases, plan = desk
    Duty.objects.filter(kind_id="assignment").delete()
    open_duty(kind="assignment", subject=plan.placement, holder=lead, start=MONDAY_9AM, by=None)
    meet_duty(kind="assignment", subject=plan.placement, by=lead, now=MONDAY_9AM + timedelta(minutes=1))

    undoing.undo_plan(plan_id=plan.pk, by=lead, now=MONDAY_9AM + DAY)
    enforced = enforce_duties(now=MONDAY_9AM + DAY + timedelta(minutes=1))

    assert enforced.events == 0
    assert Duty.objects.unmet().get(kind_id="assignment").starts_at == MONDAY_9AM + DAY
    assert len(cases) == 2
