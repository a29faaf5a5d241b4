"""Two at once: one case, one holder (F10); the last places of a capacity (F12). Real connections, real locks."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from assignment.models import Assignment
from assignment.services.applying import apply_plan
from assignment.services.making import make_plan
from assignment.services.plans import move_lines
from assignment.services.transfers import transfer_cases
from assignment.services.undoing import undo_plan
from cases.models import Case, Placement
from collection.lib.errors import Refused
from staff.choices import Role
from tests.assignment.makers import make_capacity, make_cases_in_bulk, plan_of
from tests.factories import MONDAY_9AM, make_case, make_debtor, make_placement, make_team, make_user, undo_placement

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


LATER = MONDAY_9AM + timedelta(hours=1)


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
    team = make_team()
    deputy = make_user(Role.TEAM_LEAD, team=team)
    make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team)
    ids = [case.pk for case in make_cases_in_bulk(placement, 20)]
    ours = plan_of(placement)
    theirs = make_plan(mode="both", holdings="cumulative", scope="selection", case_ids=ids, team=team, by=deputy, now=MONDAY_9AM)

    results = at_once(apply(ours, team.lead), apply(theirs, deputy))

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


def test_a_plan_is_applied_while_the_import_is_undone():
    """F11: one of the two wins, without a deadlock; a case is assigned or gone."""
    team = make_team()
    make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 200)
    plan = plan_of(placement)

    def undo():
        return undo_placement(run_id=placement.run_id, reason="重复下发", by=placement.committed_by)

    results = at_once(apply(plan, team.lead), undo)

    placement.run.refresh_from_db()
    assert sum(isinstance(result, Refused) for result in results) <= 1
    assert (placement.run.state, Case.objects.count(), Assignment.objects.count()) in [("committed", 200, 200), ("undone", 0, 0)]


def test_one_transfers_what_another_takes_back():
    """F11: a transfer and the undoing of the plan at once: the cases are with one person, or with nobody."""
    team = make_team()
    people = [make_user(Role.COLLECTOR, team=team) for _ in range(2)]
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 40)
    plan = apply(plan_of(placement), team.lead)()
    ids = list(Assignment.objects.filter(collector=people[0]).values_list("case", flat=True))

    results = at_once(
        lambda: transfer_cases(case_ids=ids, to=people[1], reason="调整", by=team.lead, now=LATER),
        lambda: undo_plan(plan_id=plan.pk, by=team.lead, now=LATER),
    )

    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Assignment.objects.open().count() in (0, 40)


def given_to(person, case, by):
    """A draft that gives one case to this person."""
    plan = make_plan(mode="both", holdings="cumulative", scope="selection", case_ids=[case.pk], team=person.team, by=by, now=MONDAY_9AM)
    move_lines(plan_id=plan.pk, case_ids=[case.pk], to=person, version=plan.version, by=by, now=MONDAY_9AM)
    plan.refresh_from_db()
    return plan


def test_two_plans_at_once_never_split_a_debtor():
    """A2.2: each gives one of the debtor's cases to somebody else; the people have nothing else in common than their team."""
    team = make_team()
    people = [make_user(Role.COLLECTOR, team=team) for _ in range(2)]
    placement = make_placement(team=team)
    for _round in range(6):
        debtor = make_debtor()
        plans = [given_to(person, make_case(placement=placement, debtor=debtor), team.lead) for person in people]

        results = at_once(*(apply(plan, team.lead) for plan in plans))

        assert sum(isinstance(result, Refused) for result in results) == 1
        assert Assignment.objects.open().filter(case__debtor=debtor).values("collector").distinct().count() == 1


def test_a_transfer_takes_along_what_a_plan_gives_at_the_same_time():
    """A2.2: the debtor's new case comes to the holder while his old one is transferred; both end with one person."""
    team = make_team()
    people = [make_user(Role.COLLECTOR, team=team) for _ in range(2)]
    placement = make_placement(team=team)
    for _round in range(6):
        debtor = make_debtor()
        old = make_case(placement=placement, debtor=debtor, holder=people[0])
        plan = given_to(people[0], make_case(placement=placement, debtor=debtor), team.lead)

        at_once(apply(plan, team.lead), lambda old=old: transfer_cases(case_ids=[old.pk], to=people[1], reason="调整", by=team.lead, now=MONDAY_9AM))

        assert Assignment.objects.open().filter(case__debtor=debtor).values("collector").distinct().count() == 1


def test_two_plans_for_teams_at_once_never_split_a_debtor():
    teams, head = [make_team() for _ in range(2)], make_user(Role.GM_OFFICE)
    for team in teams:
        make_user(Role.COLLECTOR, team=team)
    for _round in range(4):
        debtor, plans = make_debtor(), []
        for team in teams:
            placement = make_placement(team=teams[0])
            Placement.objects.filter(pk=placement.pk).update(team=None)
            case = make_case(placement=placement, debtor=debtor)
            plan = make_plan(placement=placement, level="teams", mode="both", holdings="cumulative", by=head, now=MONDAY_9AM)
            if plan.lines.get().team != team:
                move_lines(plan_id=plan.pk, case_ids=[case.pk], to=team, version=plan.version, by=head, now=MONDAY_9AM)
                plan.refresh_from_db()
            plans.append(plan)

        at_once(*(apply(plan, head) for plan in plans))

        assert Case.objects.filter(debtor=debtor).exclude(team=None).values("team").distinct().count() == 1
