"""Applying and undoing a plan (A2.1), with the deadlines of filtering (A3.1)."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignment.choices import EndReason, PlanState
from assignment.models import Assignment, FilteringTask
from assignment.selectors import cases_of_task, filtering_task_of, holder_of
from assignment.selectors.scope import cases_still_to_assign
from assignment.services.applying import apply_plan
from assignment.services.handing import return_to_pool
from assignment.services.plans import move_lines, set_aside
from assignment.services.refusals import CannotPlan, CannotUndo, NotInDraft, StalePlan
from assignment.services.undoing import undo_plan
from audit.models import AuditEvent
from cases.models import Case
from cases.services.casework import touch_case
from duties.models import Duty
from staff.choices import Role
from staff.models import Notice
from tests.assignment.makers import applied_plan_of, make_capacity, make_cases_in_bulk, make_lead_duty, plan_of
from tests.factories import MONDAY_9AM, SHANGHAI, make_case, make_debtor, make_placement, make_user

pytestmark = pytest.mark.django_db


def the_lead_duty(placement) -> Duty:
    return Duty.objects.about(placement).filter(kind="assignment").order_by("pk").last()


def test_apply_plan_assigns_notifies_and_meets_the_leads_duty(placement, people, lead):
    """A2.1: assigned to the collectors' accounts the same day, and each is told, once."""
    plan = applied_plan_of(placement)

    assert plan.state == PlanState.APPLIED
    assert set(Case.objects.values_list("state", flat=True)) == {"assigned"}
    assert Assignment.objects.open().filter(plan=plan).count() == 6
    for person in people:
        notice = Notice.objects.get(recipient=person)
        assert notice.values == {"count": "2", "amount": "¥10,000.00", "placement": str(placement), "due": "2026-11-25 17:30"}
    assert the_lead_duty(placement).state == "met"
    assert AuditEvent.objects.filter(action="case.assigned").count() == 6
    assert AuditEvent.objects.about(plan).last().action == "plan.applied"


def test_apply_plan_writes_who_got_the_case_on_its_trail(placement, people):
    applied_plan_of(placement)

    case = Case.objects.first()
    event = AuditEvent.objects.about(case).get()
    assert event.changes == {"state": ["unassigned", "assigned"], "collector": [None, str(holder_of(case))]}


def test_apply_plan_starts_filtering_for_each_collector(placement, people):
    """A3.1"""
    plan = applied_plan_of(placement)

    for task in FilteringTask.objects.filter(plan=plan):
        duty = Duty.objects.about(task).get()
        assert (duty.kind_id, duty.holder, duty.accounts, duty.starts_at) == ("filtering", task.collector, 2, MONDAY_9AM)
        assert cases_of_task(task).count() == 2
    assert filtering_task_of(Case.objects.first()).collector == holder_of(Case.objects.first())


@pytest.mark.parametrize(("accounts", "day"), [(300, 25), (301, 26), (500, 26), (501, 27)])
def test_apply_plan_gives_the_time_that_the_number_of_accounts_allows(team, lead, accounts, day):
    """A3.1, F20: up to 300 accounts in two days, up to 500 in three, more in four. Monday is day 0."""
    make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, accounts)

    applied_plan_of(placement)

    duty = Duty.objects.get(kind="filtering")
    assert (duty.accounts, duty.due_at) == (accounts, datetime(2026, 11, day, 17, 30, tzinfo=SHANGHAI))


def test_apply_plan_counts_a_debtors_cards_as_one_account(team, lead):
    make_user(Role.COLLECTOR, team=team)
    placement, debtor = make_placement(team=team), make_debtor()
    for _ in range(3):
        make_case(placement=placement, debtor=debtor)

    applied_plan_of(placement)

    assert Duty.objects.get(kind="filtering").accounts == 1


def test_apply_plan_twice_is_refused_and_changes_nothing(placement, people, lead):
    plan = applied_plan_of(placement)

    with pytest.raises(NotInDraft):
        apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)

    assert Assignment.objects.count() == 6
    assert Notice.objects.count() == 3


def test_apply_plan_that_somebody_moved_meanwhile_is_refused(placement, people, lead):
    plan = plan_of(placement)
    case_id = plan.lines.filter(collector=people[0]).first().case_id
    move_lines(plan_id=plan.pk, case_ids=[case_id], to=people[1], version=1, by=lead, now=MONDAY_9AM)

    with pytest.raises(StalePlan):
        apply_plan(plan_id=plan.pk, version=1, by=lead, now=MONDAY_9AM)

    assert not Assignment.objects.exists()


@pytest.mark.parametrize("change", ["holdings", "capacity", "cases", "people"])
def test_apply_plan_made_from_what_is_no_longer_true_is_refused(placement, people, lead, change):
    """A2.2: a stale plan says so and is planned again."""
    plan = plan_of(placement)
    if change == "holdings":
        make_case(placement=make_placement(team=placement.team), holder=people[0])
    elif change == "capacity":
        make_capacity(people[0], max_cases=1)
    elif change == "cases":
        make_case(placement=placement)
    else:
        make_user(Role.COLLECTOR, team=placement.team)

    with pytest.raises(StalePlan):
        apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)

    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT
    assert not Assignment.objects.filter(plan=plan).exists()
    assert not FilteringTask.objects.exists()


def test_apply_plan_with_cases_left_keeps_the_leads_duty_open(placement, people, lead):
    """A2.1: met when every case is assigned or set aside with a reason."""
    plan = plan_of(placement)
    case_id = plan.lines.first().case_id
    move_lines(plan_id=plan.pk, case_ids=[case_id], to=None, version=1, by=lead, now=MONDAY_9AM)

    apply_plan(plan_id=plan.pk, version=2, by=lead, now=MONDAY_9AM)

    assert the_lead_duty(placement).state == "open"
    assert list(cases_still_to_assign(placement).values_list("pk", flat=True)) == [case_id]
    assert Case.objects.get(pk=case_id).state == "unassigned"


def test_apply_plan_with_the_rest_set_aside_meets_the_leads_duty(placement, people, lead):
    """A2.1"""
    plan = plan_of(placement)
    set_aside(plan_id=plan.pk, case_ids=[plan.lines.first().case_id], reason="银行待撤案", by=lead, now=MONDAY_9AM)

    apply_plan(plan_id=plan.pk, version=2, by=lead, now=MONDAY_9AM)

    assert the_lead_duty(placement).state == "met"
    assert Case.objects.filter(state="unassigned").count() == 1


def test_apply_plan_late_meets_the_duty_late(placement, people, lead):
    """A2.1: the same day"""
    tomorrow = MONDAY_9AM + timedelta(days=1)

    applied_plan_of(placement, now=tomorrow)

    assert the_lead_duty(placement).state == "met_late"


def test_apply_plan_that_gives_nothing_is_refused(placement, lead):
    plan = plan_of(placement)

    with pytest.raises(CannotPlan):
        apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)


def test_undo_plan_puts_everything_back(placement, people, lead):
    """A2.1: undone while nobody has touched a case; the lead's clock runs on from its own start."""
    plan = applied_plan_of(placement)
    later = MONDAY_9AM + timedelta(hours=2)

    undo_plan(plan_id=plan.pk, by=lead, now=later)

    plan.refresh_from_db()
    duty = the_lead_duty(placement)
    assert plan.state == PlanState.UNDONE
    assert set(Case.objects.values_list("state", flat=True)) == {"unassigned"}
    assert set(Assignment.objects.values_list("ended_at", "ended_by", "end_reason")) == {(later, lead.pk, EndReason.UNDONE)}
    assert not FilteringTask.objects.open().exists()
    assert set(Duty.objects.filter(kind="filtering").values_list("cancelled_at", flat=True)) == {later}
    assert (duty.state, duty.starts_at, duty.due_at) == ("open", MONDAY_9AM, datetime(2026, 11, 23, 17, 30, tzinfo=SHANGHAI))


def test_undo_plan_then_plan_again(placement, people, lead):
    undo_plan(plan_id=applied_plan_of(placement).pk, by=lead, now=MONDAY_9AM)

    again = applied_plan_of(placement)

    assert again.assignments.count() == 6


def test_undo_plan_of_a_late_plan_gives_the_lead_a_new_day(placement, people, lead):
    """A2.1, A4: the miss stays one; the cases that are nobody's again have a clock of their own."""
    tomorrow = MONDAY_9AM + timedelta(days=1)
    plan = applied_plan_of(placement, now=tomorrow)

    undo_plan(plan_id=plan.pk, by=lead, now=tomorrow)

    missed, new = Duty.objects.about(placement).filter(kind="assignment").order_by("pk")
    assert (missed.met_at, new.met_at, new.starts_at) == (tomorrow, None, tomorrow)
    assert new.due_at > tomorrow > missed.due_at


def test_undo_plan_after_a_case_was_touched_is_refused(placement, people, lead):
    plan = applied_plan_of(placement)
    touch_case(Case.objects.first(), at=MONDAY_9AM + timedelta(minutes=5))

    with pytest.raises(CannotUndo):
        undo_plan(plan_id=plan.pk, by=lead, now=MONDAY_9AM + timedelta(hours=1))

    plan.refresh_from_db()
    assert plan.state == PlanState.APPLIED
    assert Assignment.objects.open().count() == 6


def test_undo_plan_of_a_draft_is_refused(placement, people, lead):
    plan = plan_of(placement)

    with pytest.raises(NotInDraft):
        undo_plan(plan_id=plan.pk, by=lead, now=MONDAY_9AM)


def test_apply_plan_of_the_next_placement_counts_the_days_new_cases(team, people, lead):
    """A2.2, third principle: new cases a day."""
    for person in people:
        make_capacity(person, max_new_per_day=2)
    first, second = make_placement(team=team), make_placement(team=team)
    make_cases_in_bulk(first, 5)
    make_cases_in_bulk(second, 5)
    make_lead_duty(first)
    applied_plan_of(first)

    plan = plan_of(second)

    assert plan.lines.exclude(collector=None).count() == 1
    assert plan_of(second, now=MONDAY_9AM + timedelta(days=1)).lines.exclude(collector=None).count() == 5


def test_applying_undoing_and_giving_back_take_as_many_queries_for_few_cases_as_for_many(team, people, lead):
    """A2.1: what a plan of a hundred thousand cases needs is what one of six needs."""
    counts = []
    for cases in (6, 6, 60):  # the first finds nothing looked up yet
        placement = make_placement(team=team)
        make_cases_in_bulk(placement, cases)
        plan = plan_of(placement)
        steps = []
        for step in (apply_plan, undo_plan):
            arguments = {"version": plan.version} if step is apply_plan else {}
            with CaptureQueriesContext(connection) as captured:
                step(plan_id=plan.pk, by=lead, now=MONDAY_9AM, **arguments)
            steps.append(len(captured))
        applied_plan_of(placement)
        held = list(Assignment.objects.open().filter(case__placement=placement).values_list("case", flat=True))
        with CaptureQueriesContext(connection) as captured:
            return_to_pool(case_ids=held, reason="调整", by=lead, now=MONDAY_9AM)
        counts.append([*steps, len(captured)])

    assert counts[1] == counts[2]
