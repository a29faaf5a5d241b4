"""What a plan is about: a placement, a selection, the pool; by shares; and the same plan as a job."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from assignment.choices import PlanState, Reason
from assignment.models import Assignment, AssignmentPlan
from assignment.selectors.jobs import stale_plans
from assignment.selectors.overview import objections_to, overview_of
from assignment.selectors.shares import proposed_weights
from assignment.services.applying import apply_asked_plan, apply_plan, ask_apply
from assignment.services.handing import return_to_pool
from assignment.services.making import ask_again, ask_plan, make_asked_plan, make_plan
from assignment.services.plans import discard_plan, move_lines
from assignment.services.refusals import CannotPlan, NotInDraft
from assignment.services.undoing import ask_undo, undo_asked_plan
from assignment.tasks import start
from audit.models import AuditEvent
from cases.models import Case, Payment
from staff.models import Notice
from tests.assignment.makers import applied_plan_of, make_capacity, make_cases_in_bulk, make_leave, make_requirement, plan_of
from tests.factories import MONDAY_9AM, make_case, make_client, make_debtor, make_placement, make_team

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=1)


def clock():
    return MONDAY_9AM


def counts(plan) -> Counter:
    return Counter(plan.lines.values_list("collector", flat=True))


def selected(case_ids, team, **asked) -> AssignmentPlan:
    defaults = {"mode": "both", "holdings": "cumulative", "scope": "selection", "team": team, "by": team.lead, "now": MONDAY_9AM}
    return make_plan(case_ids=case_ids, **defaults | asked)


def test_a_selection_is_planned_without_the_rest(placement, people):
    """A2.1: a part of a placement may be given first."""
    chosen = list(Case.objects.order_by("pk").values_list("pk", flat=True)[:3])

    plan = selected(chosen, placement.team)

    assert sorted(plan.lines.values_list("case", flat=True)) == chosen
    assert (plan.placement, plan.case_count, counts(plan)) == (placement, 3, {person.pk: 1 for person in people})


def test_a_selection_of_two_clients_keeps_to_the_requirements_of_each(team, people):
    """A2.2, first principle, client by client; the loads are levelled over both."""
    first, second = (make_placement(team=team, client=make_client(team=team)) for _ in range(2))
    make_requirement(second.client, people_only=[people[0]])
    theirs = [make_case(placement=first) for _ in range(4)]
    bound = [make_case(placement=second) for _ in range(2)]

    plan = selected([case.pk for case in theirs + bound], team)

    assert plan.placement is None
    assert set(plan.lines.filter(case__in=bound).values_list("collector", flat=True)) == {people[0].pk}
    assert sum(counts(plan).values()) == 6


def test_a_debtor_of_two_clients_goes_to_one_person_within_a_plan(team, people):
    """A2.2: same debtor to one collector."""
    debtor = make_debtor()
    cases = [make_case(placement=make_placement(team=team), debtor=debtor) for _ in range(2)]
    others = [make_case(placement=cases[0].placement) for _ in range(5)]

    plan = selected([case.pk for case in cases + others], team)

    assert len(set(plan.lines.filter(case__in=cases).values_list("collector", flat=True))) == 1


def test_cases_of_another_team_are_not_in_a_selection(team, people):
    foreign = make_case(placement=make_placement(team=make_team()))

    with pytest.raises(CannotPlan):
        selected([foreign.pk], team)


def test_the_pool_is_what_people_gave_back(placement, people, lead):
    """Cases back in the pool are planned together, whatever placement they came with."""
    applied_plan_of(placement)
    given_back = list(Assignment.objects.filter(collector=people[0]).values_list("case", flat=True))
    return_to_pool(case_ids=given_back, reason="长期未联系", by=lead, now=LATER)
    make_case(placement=make_placement(team=placement.team))

    plan = make_plan(mode="both", holdings="cumulative", scope="pool", team=placement.team, by=lead, now=LATER)

    assert sorted(plan.lines.values_list("case", flat=True)) == sorted(given_back)
    assert set(Case.objects.filter(pk__in=given_back).values_list("state", flat=True)) == {"unassigned"}
    assert set(Assignment.objects.filter(case__in=given_back).values_list("end_reason", flat=True)) == {"returned_to_pool"}
    assert AuditEvent.objects.filter(action="case.returned_to_pool", reason="长期未联系").count() == len(given_back)


def test_an_applied_plan_of_the_pool_has_a_filtering_task_for_each_placement(team, people, lead):
    """A3.1, and one notice for all of it."""
    placements = [make_placement(team=team) for _ in range(2)]
    cases = [make_case(placement=placement, holder=people[0]) for placement in placements]
    return_to_pool(case_ids=[case.pk for case in cases], reason="调整", by=lead, now=MONDAY_9AM)
    for person in people[1:]:
        make_leave(person)
    plan = make_plan(mode="both", holdings="cumulative", scope="pool", team=team, by=lead, now=MONDAY_9AM)
    Notice.objects.all().delete()

    apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)

    assert sorted(plan.filtering_tasks.values_list("placement", flat=True)) == sorted(placement.pk for placement in placements)
    assert Notice.objects.filter(recipient=people[0]).count() == 1


def test_shares_decide_who_gets_how_much(team, people):
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 12)

    shares = {people[0].pk: 300, people[1].pk: 100, people[2].pk: 200}
    asked = {"mode": "weights", "holdings": "new_only", "placement": placement, "team": team, "by": team.lead, "now": MONDAY_9AM}
    plan = make_plan(weights=shares, **asked)

    assert counts(plan) == {people[0].pk: 6, people[1].pk: 2, people[2].pk: 4}
    assert {load.person: load.share for load in overview_of(plan, now=MONDAY_9AM).figures.loads} == dict(zip(people, (300, 100, 200), strict=True))


def test_results_of_the_last_three_months_propose_shares(team, people):
    case = make_case(placement=make_placement(team=team))
    for person, amount, paid_on in ((people[0], 3000, date(2026, 11, 1)), (people[1], 1000, date(2026, 10, 1)), (people[2], 9000, date(2026, 1, 5))):
        Payment.objects.create(case=case, amount=Decimal(amount), paid_on=paid_on, credited_to=person, at=MONDAY_9AM)

    shares = proposed_weights(team, now=MONDAY_9AM)

    assert shares == {people[0].pk: 225, people[1].pk: 75, people[2].pk: 50}


def test_without_results_everybody_has_the_same_share(team, people):
    assert set(proposed_weights(team, now=MONDAY_9AM).values()) == {100}


def test_planning_again_keeps_the_choice(placement, people, lead):
    chosen = list(Case.objects.order_by("pk").values_list("pk", flat=True)[:3])
    plan = selected(chosen, placement.team, mode="count")

    again = ask_again(plan_id=plan.pk, by=lead, now=LATER)
    make_asked_plan(plan_id=again.pk, clock=clock)

    plan.refresh_from_db()
    again.refresh_from_db()
    assert (plan.state, again.state, again.mode, again.scope) == (PlanState.DISCARDED, PlanState.DRAFT, "count", "selection")
    assert sorted(again.lines.values_list("case", flat=True)) == chosen


# --- The plan as a job -------------------------------------------------------------------------------------------------------------


def asked_for(placement) -> AssignmentPlan:
    return ask_plan(mode="both", holdings="cumulative", placement=placement, team=placement.team, by=placement.team.lead, now=MONDAY_9AM)


def test_a_plan_that_was_asked_for_is_made_once(placement, people):
    plan = asked_for(placement)

    for _ in range(2):
        make_asked_plan(plan_id=plan.pk, clock=clock)

    before = plan.state
    plan.refresh_from_db()
    assert (before, plan.state, plan.lines.count(), plan.done_cases, plan.is_working) == (PlanState.MAKING, PlanState.DRAFT, 6, 6, False)
    assert AuditEvent.objects.filter(action="plan.made").count() == 1


def test_a_plan_is_applied_and_undone_by_a_worker(placement, people, lead):
    plan = plan_of(placement)

    ask_apply(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)
    apply_asked_plan(plan_id=plan.pk, clock=clock)
    held = Assignment.objects.open().count()
    ask_undo(plan_id=plan.pk, by=lead, now=LATER)
    undo_asked_plan(plan_id=plan.pk, clock=lambda: LATER)

    plan.refresh_from_db()
    assert (held, Assignment.objects.open().count(), plan.state) == (6, 0, PlanState.UNDONE)


def test_nobody_changes_a_plan_while_it_is_applied(placement, people, lead):
    plan = plan_of(placement)
    ask_apply(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)

    with pytest.raises(NotInDraft):
        move_lines(plan_id=plan.pk, case_ids=[plan.lines.first().case_id], to=None, version=plan.version, by=lead, now=MONDAY_9AM)
    with pytest.raises(CannotPlan):
        asked_for(placement)


def test_a_worker_that_finds_the_plan_stale_puts_it_back_and_says_why(placement, people, lead):
    """A2.2: holdings changed between the click and the worker."""
    plan = plan_of(placement)
    ask_apply(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)
    make_case(placement=make_placement(team=placement.team), holder=people[0])

    apply_asked_plan(plan_id=plan.pk, clock=clock)

    plan.refresh_from_db()
    assert (plan.state, Assignment.objects.filter(plan=plan).count()) == (PlanState.DRAFT, 0)
    assert plan.failure
    assert plan.failure in Notice.objects.filter(recipient=lead).latest("pk").text


def test_a_plan_whose_cases_went_meanwhile_could_not_be_made(placement, people):
    plan = asked_for(placement)
    Case.objects.update(state="recalled")

    make_asked_plan(plan_id=plan.pk, clock=clock)

    plan.refresh_from_db()
    assert (plan.state, bool(plan.failure), plan.lines.count()) == (PlanState.FAILED, True, 0)


def test_a_worker_lost_too_often_puts_the_plan_aside(placement, people):
    """F06: a plan that kills its worker isn't tried for ever."""
    plan = asked_for(placement)
    AssignmentPlan.objects.filter(pk=plan.pk).update(attempts=3)

    make_asked_plan(plan_id=plan.pk, clock=clock)

    plan.refresh_from_db()
    assert (plan.state, plan.lines.count()) == (PlanState.FAILED, 0)


def test_a_plan_that_was_discarded_while_it_was_made_stays_discarded(placement, people, lead):
    plan = asked_for(placement)
    discard_plan(plan_id=plan.pk, by=lead, now=MONDAY_9AM)

    make_asked_plan(plan_id=plan.pk, clock=clock)

    plan.refresh_from_db()
    assert (plan.state, plan.lines.count()) == (PlanState.DISCARDED, 0)


def test_broken_off_plans_are_found_again(placement, people):
    plan = asked_for(placement)
    fresh = stale_plans(now=MONDAY_9AM)
    AssignmentPlan.objects.filter(pk=plan.pk).update(worked_on_at=MONDAY_9AM)

    assert fresh == [(plan.pk, "making")]
    assert stale_plans(now=MONDAY_9AM + timedelta(seconds=30)) == []
    assert stale_plans(now=MONDAY_9AM + timedelta(seconds=61)) == [(plan.pk, "making")]


def test_a_small_plan_is_made_at_once(placement, people):
    plan = asked_for(placement)

    assert start(plan)
    assert plan.state == PlanState.DRAFT


def test_a_draft_says_why_each_person_may_not_hold_a_case(placement, people):
    make_requirement(placement.client, senior_stages=["M3"], max_cases_per_person=2)
    make_capacity(people[1], max_cases=0)

    plan = plan_of(placement)

    line = plan.lines.select_related("case__client").first()
    labels = {objection.person: len(objection.labels) for objection in objections_to(line, people, now=MONDAY_9AM)}
    figures = overview_of(plan, now=MONDAY_9AM).figures
    assert (line.collector, line.reason) == (None, Reason.NOBODY_ALLOWED)
    assert labels == {people[0]: 1, people[1]: 2, people[2]: 1}
    assert [(left.reason, left.count, left.amount) for left in figures.nobody] == [("nobody_allowed", 6, 30000)]
