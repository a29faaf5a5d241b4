"""Two at once: one case, one holder (F10); the last places of a capacity (F12). Real connections, real locks."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from assignment.models import Assignment
from assignment.services.applying import apply_plan
from assignment.services.transfers import transfer_cases
from cases.models import Case
from collection.lib.errors import Refused
from staff.choices import Role
from tests.assignment.makers import make_capacity, make_cases_in_bulk, plan_of
from tests.factories import MONDAY_9AM, make_case, make_placement, make_team, make_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def at_once(*calls: Callable) -> list:
    """Run the calls in threads that start together; what each returned, or the refusal."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int, call: Callable) -> None:
        try:
            barrier.wait(10)
            results[number] = call()
        except Refused as refusal:
            results[number] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def apply(plan, by):
    return lambda: apply_plan(plan_id=plan.pk, version=plan.version, by=by, now=MONDAY_9AM)


def test_two_leads_apply_plans_over_the_same_cases():
    """F10: each case exactly one holder, the loser is told and has changed nothing."""
    first, second = make_team(), make_team()
    for team in (first, second):
        make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=first)
    make_cases_in_bulk(placement, 20)
    ours, theirs = plan_of(placement), None
    placement.team = second
    theirs = plan_of(placement)

    results = at_once(apply(ours, first.lead), apply(theirs, second.lead))

    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Assignment.objects.open().count() == 20
    assert Assignment.objects.values("plan").distinct().count() == 1


def test_one_plan_applied_twice_at_once():
    team = make_team()
    make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 20)
    plan = plan_of(placement)

    results = at_once(apply(plan, team.lead), apply(plan, team.lead))

    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Assignment.objects.count() == 20


def test_two_plans_for_the_same_collector_never_overrun_the_capacity():
    """F12: the second plan was made from holdings that are no longer true."""
    team = make_team()
    make_capacity(make_user(Role.COLLECTOR, team=team), max_cases=15)
    placements = [make_placement(team=team) for _ in range(2)]
    for placement in placements:
        make_cases_in_bulk(placement, 10)
    plans = [plan_of(placement) for placement in placements]

    results = at_once(*(apply(plan, team.lead) for plan in plans))

    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Assignment.objects.open().count() == 10


def test_twenty_transfers_fill_the_last_ten_places():
    """F12: never above the limit, ten refused with a reason."""
    team = make_team()
    giver, taker = make_user(Role.COLLECTOR, team=team), make_user(Role.COLLECTOR, team=team)
    make_capacity(taker, max_cases=10)
    placement = make_placement(team=team)
    cases = [make_case(placement=placement, holder=giver) for _ in range(20)]

    def move(case: Case) -> Callable:
        return lambda: transfer_cases(case_ids=[case.pk], to=taker, reason="调整", by=team.lead, now=MONDAY_9AM)

    results = at_once(*(move(case) for case in cases))

    assert sum(isinstance(result, Refused) for result in results) == 10
    assert Assignment.objects.open().filter(collector=taker).count() == 10
    assert Assignment.objects.open().count() == 20


def test_transfers_of_the_same_cases_in_reverse_order_end_without_deadlock():
    """F11: totals conserved."""
    team = make_team()
    people = [make_user(Role.COLLECTOR, team=team) for _ in range(3)]
    placement = make_placement(team=team)
    cases = [make_case(placement=placement, holder=people[0]) for _ in range(20)]
    ids = [case.pk for case in cases]

    results = at_once(
        lambda: transfer_cases(case_ids=ids, to=people[1], reason="调整", by=team.lead, now=MONDAY_9AM),
        lambda: transfer_cases(case_ids=ids[::-1], to=people[2], reason="调整", by=team.lead, now=MONDAY_9AM),
    )

    assert all(result == 20 or isinstance(result, Refused) for result in results)
    assert Assignment.objects.open().count() == 20
