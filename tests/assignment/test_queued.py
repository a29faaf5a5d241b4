"""More than 2,000 cases are a worker's work (A2.1): the click answers at once, the worker does it once and tells who asked."""

from datetime import timedelta

import pytest
from django.db import connection

from assignment import tasks
from assignment.models import Assignment, AssignmentPlan
from assignment.services.applying import apply_asked_plan, ask_apply
from assignment.services.jobs import WAITED_FOR
from assignment.services.making import ask_again
from assignment.services.undoing import ask_undo
from duties.models import Duty
from staff.models import Notice
from tests.assignment.makers import make_cases_in_bulk, make_lead_duty, make_leave, plan_of
from tests.factories import MONDAY_9AM, make_placement

pytestmark = pytest.mark.django_db
MANY = WAITED_FOR + 1


@pytest.fixture
def queue(monkeypatch):
    """What was put into the queue, in place of a broker."""
    waiting = []
    monkeypatch.setattr(tasks.work_on_plan, "delay", lambda *args: waiting.append(args))
    return waiting


@pytest.fixture
def batch(team, people):
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, MANY)
    make_lead_duty(placement)
    return placement


def work(queue) -> None:
    """The worker takes every message, the first of them twice."""
    for message in [queue[0], *queue]:
        tasks.work_on_plan(*message)
    queue.clear()


def test_applying_and_undoing_many_cases_is_queued_and_done_once(batch, people, lead, queue):
    plan = plan_of(batch)

    at_once = tasks.start(ask_apply(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM))
    waiting = (list(queue), Assignment.objects.count())
    work(queue)

    plan.refresh_from_db()
    assert (at_once, waiting) == (False, ([(plan.pk, "applying")], 0))
    assert (plan.state, plan.done_cases, plan.applied_by, Assignment.objects.open().count()) == ("applied", MANY, lead, MANY)
    assert Duty.objects.filter(kind="filtering").count() == len(people)
    assert [Notice.objects.filter(recipient=person).count() for person in [*people, lead]] == [1, 1, 1, 1]

    tasks.start(ask_undo(plan_id=plan.pk, by=lead, now=MONDAY_9AM + timedelta(minutes=1)))
    work(queue)

    plan.refresh_from_db()
    assert (plan.state, Assignment.objects.open().count()) == ("undone", 0)


def test_a_queued_plan_is_planned_again_as_a_new_job(batch, lead, queue):
    old = plan_of(batch)

    tasks.start(ask_again(plan_id=old.pk, by=lead, now=MONDAY_9AM))
    work(queue)

    old.refresh_from_db()
    fresh = AssignmentPlan.objects.latest("pk")
    assert (old.state, fresh.state, fresh.lines.count()) == ("discarded", "draft", MANY)


def test_a_worker_whose_refusal_comes_after_the_plan_was_thrown_away_says_nothing(placement, people, lead):
    """The claim went with the plan: no failure, no notice, and no error in the worker."""
    plan = plan_of(placement)
    ask_apply(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)
    make_leave(people[0])

    def discarded_after_the_rollback(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if sql.startswith("ROLLBACK"):
            AssignmentPlan.objects.filter(pk=plan.pk).update(state="discarded", worked_on_at=None)
        return done

    with connection.execute_wrapper(discarded_after_the_rollback):
        apply_asked_plan(plan_id=plan.pk, clock=lambda: MONDAY_9AM)

    plan.refresh_from_db()
    assert (plan.state, plan.failure, Assignment.objects.count(), Notice.objects.count()) == ("discarded", "", 0, 0)
