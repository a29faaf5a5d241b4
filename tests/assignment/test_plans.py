"""A draft: made by the four principles of A2.2, changed by hand within them."""

from collections import Counter
from datetime import timedelta

import pytest

from assignment.choices import PlanState, Reason
from assignment.models import AssignmentPlan, PlanLine
from assignment.selectors.make_up import make_up_of
from assignment.selectors.overview import overview_of
from assignment.selectors.situation import standings_of
from assignment.services.applying import apply_plan
from assignment.services.plans import discard_plan, move_lines, set_aside
from assignment.services.refusals import CannotPlan, MayNotHold, NeedsReason, NotInDraft, StalePlan
from audit.models import AuditEvent
from cases.models import Case
from staff.choices import Role
from tests.assignment.makers import make_capacity, make_leave, make_qualification, make_requirement, plan_of
from tests.factories import MONDAY_9AM, assign, make_case, make_client, make_debtor, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db


def counts(plan) -> Counter:
    return Counter(plan.lines.values_list("collector", flat=True))


def test_make_plan_balances_count_and_amount(placement, people):
    """A2.2"""
    plan = plan_of(placement)

    figures = overview_of(plan, now=MONDAY_9AM).figures
    assert plan.state == PlanState.DRAFT
    assert counts(plan) == {person.pk: 2 for person in people}
    assert [load.new_amount for load in figures.loads] == [10000, 10000, 10000]
    assert (figures.count.width, figures.amount.width, figures.given, figures.left) == (0, 0, 6, 0)
    assert not Case.objects.exclude(state="unassigned").exists()
    assert AuditEvent.objects.about(plan).get().action == "plan.made"


def test_make_plan_leaves_out_whom_the_client_bars(placement, people):
    """A2.2, first principle: banks' requirements."""
    barred, untrained, allowed = people
    make_requirement(placement.client, barred=[barred], training_required=True)
    make_qualification(untrained, days=-1)
    make_qualification(allowed)

    plan = plan_of(placement)

    assert counts(plan) == {allowed.pk: 6}
    assert set(plan.lines.values_list("reason", flat=True)) == {Reason.CLIENT}


def test_make_plan_when_the_client_wants_another_team_gives_nothing_away(placement, people):
    make_requirement(placement.client, teams=[make_team()])

    plan = plan_of(placement)

    assert counts(plan) == {None: 6}
    assert set(plan.lines.values_list("reason", flat=True)) == {Reason.NOBODY_ALLOWED}


def test_make_plan_honours_months_of_service_and_the_most_cases_of_a_client(placement, people):
    newcomer, second, third = people
    newcomer.joined_on = MONDAY_9AM.date() - timedelta(days=20)
    newcomer.save()
    make_requirement(placement.client, min_months_of_service=1, max_cases_per_person=3)
    make_case(client=placement.client, placement=make_placement(client=placement.client, team=placement.team), holder=second)

    plan = plan_of(placement)

    assert counts(plan) == {second.pk: 2, third.pk: 3, None: 1}
    assert plan.lines.get(collector=None).reason == Reason.CLIENT_LIMIT


def test_make_plan_honours_capacity_and_leave(placement, people):
    """A2.2, third principle"""
    away, small, large = people
    make_leave(away)
    make_capacity(small, max_cases=10, max_new_per_day=1)
    make_capacity(large, max_cases=4)

    plan = plan_of(placement)

    assert counts(plan) == {small.pk: 1, large.pk: 4, None: 1}
    assert plan.lines.get(collector=None).reason == Reason.NO_CAPACITY


def test_make_plan_honours_the_most_money(placement, people):
    for person in people:
        make_capacity(person, max_amount=9500)

    plan = plan_of(placement)

    figures = overview_of(plan, now=MONDAY_9AM).figures
    assert all(load.after_amount <= 9500 for load in figures.loads)
    assert figures.left > 0


def test_make_plan_counts_what_each_holds_already(placement, people):
    """A2.2, fourth principle"""
    other = make_placement(team=placement.team)
    for _ in range(3):
        make_case(placement=other, holder=people[0])

    cumulative = counts(plan_of(placement, holdings="cumulative"))
    new_only = counts(plan_of(placement, holdings="new_only"))

    assert cumulative == {people[1].pk: 3, people[2].pk: 3}
    assert new_only == {person.pk: 2 for person in people}


def test_make_plan_does_not_count_ended_cases(placement, people):
    case = make_case(placement=make_placement(team=placement.team), holder=people[0])
    case.state = "settled"
    case.save()

    assert counts(plan_of(placement)) == {person.pk: 2 for person in people}


def test_make_plan_keeps_a_debtor_with_who_holds_him(team, people):
    """A2.2: same debtor to one collector, also across the placements of other clients."""
    debtor = make_debtor()
    make_case(placement=make_placement(team=team), debtor=debtor, holder=people[1])
    placement = make_placement(team=team)
    case = make_case(placement=placement, debtor=debtor)

    plan = plan_of(placement)

    line = plan.lines.get(case=case)
    assert (line.collector, line.reason) == (people[1], Reason.SAME_DEBTOR_HELD)


def test_make_plan_replaces_the_teams_earlier_draft(placement, people):
    first = plan_of(placement)

    second = plan_of(placement, mode="count")

    first.refresh_from_db()
    assert (first.state, second.state) == (PlanState.DISCARDED, PlanState.DRAFT)


def test_make_plan_twice_gives_the_same(placement, people):
    first = dict(plan_of(placement).lines.values_list("case", "collector"))

    assert dict(plan_of(placement).lines.values_list("case", "collector")) == first


def test_make_plan_of_a_placement_that_was_undone_is_refused(team):
    placement = make_placement(team=team, undone_at=MONDAY_9AM)

    with pytest.raises(CannotPlan):
        plan_of(placement)

    assert not AssignmentPlan.objects.exists()


def test_make_plan_after_the_entrustment_ended_is_refused(team, people):
    """CR-40"""
    client = make_client(entrusted_until=MONDAY_9AM.date() - timedelta(days=1))
    placement = make_placement(team=team, client=client)
    make_case(placement=placement)

    with pytest.raises(CannotPlan) as refusal:
        plan_of(placement)

    assert refusal.value.rule == "CR-40"


def test_make_plan_without_unassigned_cases_is_refused(team):
    with pytest.raises(CannotPlan):
        plan_of(make_placement(team=team))


def test_move_lines_to_another_collector_shows_the_hand(placement, people, lead):
    plan = plan_of(placement)
    line = plan.lines.filter(collector=people[0]).first()

    moved = move_lines(plan_id=plan.pk, case_ids=[line.case_id], to=people[1], version=plan.version, by=lead, now=MONDAY_9AM)

    line.refresh_from_db()
    plan.refresh_from_db()
    assert (moved, line.collector, line.reason, line.moved_by, plan.version) == (1, people[1], Reason.MANUAL, lead, 2)
    assert AuditEvent.objects.about(plan).last().action == "plan.lines_moved"


def test_move_lines_takes_the_debtors_other_cases_along(team, people, lead):
    """A2.2: same debtor to one collector, by hand too."""
    placement, debtor = make_placement(team=team), make_debtor()
    cases = [make_case(placement=placement, debtor=debtor) for _ in range(2)]
    plan = plan_of(placement)
    other = next(person for person in people if person.pk != plan.lines.first().collector_id)

    moved = move_lines(plan_id=plan.pk, case_ids=[cases[0].pk], to=other, version=plan.version, by=lead, now=MONDAY_9AM)

    assert moved == 2
    assert set(plan.lines.values_list("collector", flat=True)) == {other.pk}


def test_move_lines_to_whom_the_client_bars_is_refused(placement, people, lead):
    make_requirement(placement.client, barred=[people[0]])
    plan = plan_of(placement)
    before = list(plan.lines.order_by("pk").values_list("collector", flat=True))

    with pytest.raises(MayNotHold) as refusal:
        move_lines(plan_id=plan.pk, case_ids=[plan.lines.first().case_id], to=people[0], version=plan.version, by=lead, now=MONDAY_9AM)

    plan.refresh_from_db()
    assert refusal.value.rule == "A2.2"
    assert (list(plan.lines.order_by("pk").values_list("collector", flat=True)), plan.version) == (before, 1)


@pytest.mark.parametrize("limits", [{"max_cases": 2}, {"max_new_per_day": 2}, {"max_amount": 12000}])
def test_move_lines_beyond_the_capacity_is_refused(placement, people, lead, limits):
    make_capacity(people[0], **limits)
    plan = plan_of(placement)
    theirs = plan.lines.filter(collector=people[1]).values_list("case_id", flat=True)

    with pytest.raises(MayNotHold):
        move_lines(plan_id=plan.pk, case_ids=theirs, to=people[0], version=plan.version, by=lead, now=MONDAY_9AM)

    assert counts(plan)[people[1].pk] == 2


def test_move_lines_beyond_the_clients_limit_is_refused(placement, people, lead):
    make_requirement(placement.client, max_cases_per_person=2)
    plan = plan_of(placement)
    theirs = plan.lines.filter(collector=people[1]).values_list("case_id", flat=True)

    with pytest.raises(MayNotHold):
        move_lines(plan_id=plan.pk, case_ids=theirs, to=people[0], version=plan.version, by=lead, now=MONDAY_9AM)


def test_move_lines_to_somebody_of_another_team_is_refused(placement, people, lead):
    plan = plan_of(placement)
    stranger = make_user(Role.COLLECTOR, team=make_team())

    with pytest.raises(MayNotHold):
        move_lines(plan_id=plan.pk, case_ids=[plan.lines.first().case_id], to=stranger, version=plan.version, by=lead, now=MONDAY_9AM)


def test_move_lines_of_a_plan_that_somebody_changed_is_refused(placement, people, lead):
    """F13: the second of two tabs is told, and loses nothing silently."""
    plan = plan_of(placement)
    case_id = plan.lines.filter(collector=people[0]).first().case_id
    move_lines(plan_id=plan.pk, case_ids=[case_id], to=people[1], version=1, by=lead, now=MONDAY_9AM)

    with pytest.raises(StalePlan):
        move_lines(plan_id=plan.pk, case_ids=[case_id], to=people[2], version=1, by=lead, now=MONDAY_9AM)

    assert plan.lines.get(case_id=case_id).collector == people[1]


def test_move_lines_of_another_plans_case_is_refused(placement, people, lead):
    plan = plan_of(placement)
    foreign = make_case(placement=make_placement(team=placement.team))

    with pytest.raises(CannotPlan):
        move_lines(plan_id=plan.pk, case_ids=[foreign.pk], to=people[0], version=plan.version, by=lead, now=MONDAY_9AM)


def test_set_aside_needs_the_leads_reason(placement, people, lead):
    """A2.1"""
    plan = plan_of(placement)

    with pytest.raises(NeedsReason):
        set_aside(plan_id=plan.pk, case_ids=[plan.lines.first().case_id], reason="  ", by=lead, now=MONDAY_9AM)

    assert not PlanLine.objects.exclude(set_aside_reason="").exists()


def test_set_aside_takes_the_case_from_its_collector(placement, people, lead):
    plan = plan_of(placement)
    case_id = plan.lines.first().case_id

    set_aside(plan_id=plan.pk, case_ids=[case_id], reason="银行待撤案", by=lead, now=MONDAY_9AM)

    line = plan.lines.get(case_id=case_id)
    assert (line.collector, line.reason, line.set_aside_reason) == (None, Reason.MANUAL, "银行待撤案")


def test_discard_plan_assigns_nothing(placement, people, lead):
    plan = plan_of(placement)

    discard_plan(plan_id=plan.pk, by=lead, now=MONDAY_9AM)

    plan.refresh_from_db()
    assert plan.state == PlanState.DISCARDED
    with pytest.raises(NotInDraft):
        apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)


def test_figures_show_everybody_also_who_can_take_nothing(placement, people):
    make_leave(people[0])

    plan = plan_of(placement)

    figures = overview_of(plan, now=MONDAY_9AM).figures
    assert [(load.person, load.new_count, bool(load.labels)) for load in figures.loads] == [
        (people[0], 0, True),
        (people[1], 3, False),
        (people[2], 3, False),
    ]


def test_standings_take_the_same_queries_for_one_and_many(placement, people, django_assert_num_queries):
    for person in people:
        make_capacity(person)
        assign(make_case(placement=make_placement(team=placement.team)), person)

    with django_assert_num_queries(8):
        standings_of(placement.team, placement.client, now=MONDAY_9AM)


def test_make_up_of_a_placement(placement):
    """A2.2, second principle"""
    make_case(placement=placement, stage="M6", amount=200_000, region="浙江")

    parts = make_up_of(Case.objects.filter(placement=placement))

    assert [(part.label, part.count, part.amount) for part in parts["stage"]] == [("M3", 6, 30000), ("M6", 1, 200_000)]
    assert [part.count for part in parts["amount"]] == [3, 3, 1]
    assert [part.count for part in parts["region"]] == [6, 1]
