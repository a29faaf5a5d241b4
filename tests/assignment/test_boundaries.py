"""F24: whoever is killed between any two statements leaves the old state or the new one, and nothing between."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from assignment.models import Assignment, AssignmentPlan, FilteringTask, TeamShare
from assignment.services.applying import apply_asked_plan, ask_apply
from assignment.services.handing import hand_over_cases, return_to_pool
from assignment.services.making import make_asked_plan, make_plan
from assignment.services.transfers import transfer_cases
from assignment.services.undoing import ask_undo, undo_asked_plan
from audit.models import AuditEvent
from cases.models import Case
from duties.models import Duty
from staff.choices import Role
from staff.models import Notice
from tests.assignment.makers import applied_plan_of, plan_of
from tests.assignment.test_scopes import asked_for
from tests.factories import MONDAY_9AM, make_user

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=1)
TABLES = (Assignment, FilteringTask, TeamShare, Duty, Notice, AuditEvent)


class Killed(BaseException):
    """No service catches this one."""


def killed_before(number: int) -> Callable:
    """A wrapper of the connection that stops at one statement. Savepoints don't count: the outermost stands for the COMMIT, which the
    database does as a whole."""
    passed = 0

    def wrapper(execute, sql, params, many, context):
        nonlocal passed
        passed += not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
        if passed == number and not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            raise Killed
        return execute(sql, params, many, context)

    return wrapper


def state() -> tuple:
    """What anybody could see; not a worker's signs of life."""
    rows = [list(model.objects.order_by("pk").values()) for model in TABLES]
    plans = AssignmentPlan.objects.order_by("pk").values_list("pk", "state", "version", "applied_at", "applied_by", "failure")
    return rows, list(plans), list(Case.objects.order_by("pk").values_list("pk", "state", "team", "version"))


def applying(placement, lead):
    plan = plan_of(placement)
    ask_apply(plan_id=plan.pk, version=plan.version, by=lead, now=LATER)
    return lambda: apply_asked_plan(plan_id=plan.pk, clock=lambda: LATER)


def applying_for_teams(placement, _lead):
    head = make_user(Role.GM_OFFICE)
    plan = make_plan(placement=placement, level="teams", mode="both", holdings="cumulative", by=head, now=MONDAY_9AM)
    ask_apply(plan_id=plan.pk, version=plan.version, by=head, now=LATER)
    return lambda: apply_asked_plan(plan_id=plan.pk, clock=lambda: LATER)


def making(placement, _lead):
    plan = asked_for(placement)
    return lambda: make_asked_plan(plan_id=plan.pk, clock=lambda: LATER)


def undoing(placement, lead):
    plan = applied_plan_of(placement)
    ask_undo(plan_id=plan.pk, by=lead, now=LATER)
    return lambda: undo_asked_plan(plan_id=plan.pk, clock=lambda: LATER)


def some_held(person=None) -> list[int]:
    held = Assignment.objects.open()
    return list((held.filter(collector=person) if person else held).order_by("pk").values_list("case", flat=True)[:2])


def transferring(placement, lead):
    applied_plan_of(placement)
    giver, taker = placement.team.members.filter(groups__name=Role.COLLECTOR).order_by("pk")[:2]
    ids = some_held(giver)
    return lambda: transfer_cases(case_ids=ids, to=taker, reason="调整", by=lead, now=LATER)


def handing_over(placement, lead):
    applied_plan_of(placement)
    person = placement.team.members.filter(groups__name=Role.COLLECTOR).first()
    return lambda: hand_over_cases(person=person, reason="离职", by=lead, now=LATER)


def giving_back(placement, lead):
    applied_plan_of(placement)
    ids = some_held()
    return lambda: return_to_pool(case_ids=ids, reason="调整", by=lead, now=LATER)


@pytest.mark.parametrize("prepare", [making, applying, applying_for_teams, undoing, transferring, handing_over, giving_back])
def test_killed_at_any_statement_everything_is_as_before_or_done(placement, people, lead, prepare):
    act = prepare(placement, lead)
    before = state()

    for number in range(1, 1000):
        AssignmentPlan.objects.update(worked_on_at=None, attempts=0)
        with connection.execute_wrapper(killed_before(number)):
            try:
                act()
            except Killed:
                assert state() == before, f"killed before statement {number}"
            else:
                break

    assert number > 5
    assert state() != before
