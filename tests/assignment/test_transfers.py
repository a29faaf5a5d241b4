"""Cases that change hands, with their clocks (A3.1), and the end of filtering."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignment.choices import EndReason
from assignment.models import Assignment, Capacity, FilteringTask
from assignment.selectors import cases_of_task, holder_of
from assignment.services.handing import hand_over_cases
from assignment.services.refusals import CannotPlan, MayNotHold, NeedsReason
from assignment.services.transfers import extend_filtering, finish_filtering, transfer_cases
from audit.models import AuditEvent
from cases.models import Case
from duties.models import Duty
from duties.services import CannotExtend
from staff.choices import Role
from staff.models import Notice, User
from tests.assignment.makers import applied_plan_of, make_capacity, make_leave, make_requirement
from tests.factories import MONDAY_9AM, make_case, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY_9AM + timedelta(days=1)


def held_by(person):
    return Case.objects.filter(assignments__collector=person, assignments__ended_at=None)


def filtering_duty(task) -> Duty:
    return Duty.objects.about(task).get(kind="filtering")


def test_transfer_cases_changes_the_holder_and_keeps_the_history(placement, people, lead):
    applied_plan_of(placement)
    case = held_by(people[0]).first()

    transfer_cases(case_ids=[case.pk], to=people[1], reason="请假", by=lead, now=TUESDAY)

    assert holder_of(case) == people[1]
    before = Assignment.objects.get(case=case, collector=people[0])
    assert (before.ended_at, before.end_reason, before.ended_by) == (TUESDAY, EndReason.TRANSFERRED, lead)
    event = AuditEvent.objects.about(case).last()
    assert (event.action, event.reason, event.changes) == ("case.transferred", "请假", {"collector": [str(people[0]), str(people[1])]})


def test_transfer_cases_carries_the_filtering_deadline_on(placement, people, lead):
    """A3.1: the clock carries on, also into another collector's hands."""
    applied_plan_of(placement)
    task = FilteringTask.objects.get(collector=people[0])
    case = held_by(people[0]).first()

    transfer_cases(case_ids=[case.pk], to=people[1], reason="请假", by=lead, now=TUESDAY)

    fresh = FilteringTask.objects.get(continues=task)
    assert list(cases_of_task(fresh)) == [case]
    assert (fresh.collector, filtering_duty(fresh).due_at, filtering_duty(fresh).starts_at) == (people[1], filtering_duty(task).due_at, MONDAY_9AM)
    assert task.state == "open"


def test_transfer_cases_carries_an_extension_on(placement, people, lead):
    applied_plan_of(placement)
    task = FilteringTask.objects.get(collector=people[0])
    extend_filtering(task=task, reason="资料多", by=lead, now=MONDAY_9AM, days=1)

    transfer_cases(case_ids=held_by(people[0]).values_list("pk", flat=True), to=people[1], reason="请假", by=lead, now=TUESDAY)

    before, after = filtering_duty(task), filtering_duty(FilteringTask.objects.get(continues=task))
    assert (before.state, after.due_at, after.extension_reason) == ("cancelled", before.due_at, "资料多")


def test_transfer_cases_of_the_last_case_cancels_the_old_task(placement, people, lead):
    applied_plan_of(placement)
    task = FilteringTask.objects.get(collector=people[0])

    transfer_cases(case_ids=held_by(people[0]).values_list("pk", flat=True), to=people[1], reason="请假", by=lead, now=TUESDAY)

    task.refresh_from_db()
    assert (task.state, filtering_duty(task).state) == ("cancelled", "cancelled")


def test_transfer_cases_whose_rest_is_classified_finishes_the_old_task(placement, people, lead):
    applied_plan_of(placement)
    task = FilteringTask.objects.get(collector=people[0])
    done, moved = held_by(people[0]).order_by("pk")
    Case.objects.filter(pk=done.pk).update(state="working")

    transfer_cases(case_ids=[moved.pk], to=people[1], reason="请假", by=lead, now=TUESDAY)

    task.refresh_from_db()
    assert (task.state, filtering_duty(task).state) == ("done", "met")


def test_transfer_cases_that_are_filtered_starts_no_filtering(placement, people, lead):
    applied_plan_of(placement)
    case = held_by(people[0]).first()
    Case.objects.filter(pk=case.pk).update(state="working")

    transfer_cases(case_ids=[case.pk], to=people[1], reason="请假", by=lead, now=TUESDAY)

    assert not FilteringTask.objects.exclude(continues=None).exists()
    assert Assignment.objects.open().get(case=case).filtering_task is None


def test_transfer_cases_tells_both_once(placement, people, lead):
    applied_plan_of(placement)
    Notice.objects.all().delete()

    transfer_cases(case_ids=held_by(people[0]).values_list("pk", flat=True), to=people[1], reason="请假", by=lead, now=TUESDAY)

    assert [notice.recipient for notice in Notice.objects.order_by("pk")] == [people[1], people[0]]


def test_transfer_cases_without_a_reason_is_refused(placement, people, lead):
    applied_plan_of(placement)

    with pytest.raises(NeedsReason):
        transfer_cases(case_ids=held_by(people[0]).values_list("pk", flat=True), to=people[1], reason=" ", by=lead, now=TUESDAY)

    assert held_by(people[0]).count() == 2


@pytest.mark.parametrize("why", ["full", "away", "barred", "other team", "client's limit"])
def test_transfer_cases_to_whom_a_rule_forbids_is_refused(placement, people, lead, why):
    """A2.2 holds for transfers too."""
    applied_plan_of(placement)
    to = people[1]
    if why == "full":
        make_capacity(to, max_cases=3)
    elif why == "away":
        make_leave(to, days=3)
    elif why == "barred":
        make_requirement(placement.client, barred=[to])
    elif why == "other team":
        to = make_user(Role.COLLECTOR, team=make_team())
    else:
        make_requirement(placement.client, max_cases_per_person=3)

    with pytest.raises(MayNotHold):
        transfer_cases(case_ids=held_by(people[0]).values_list("pk", flat=True), to=to, reason="请假", by=lead, now=TUESDAY)

    assert held_by(people[0]).count() == 2
    assert not FilteringTask.objects.exclude(continues=None).exists()


def test_transfer_cases_that_nobody_holds_is_refused(placement, people, lead):
    with pytest.raises(CannotPlan):
        transfer_cases(case_ids=Case.objects.values_list("pk", flat=True), to=people[0], reason="请假", by=lead, now=TUESDAY)


def test_transfer_cases_without_filtering_moves_the_holder_only(team, people, lead):
    case = make_case(placement=make_placement(team=team), holder=people[0])

    transfer_cases(case_ids=[case.pk], to=people[1], reason="请假", by=lead, now=TUESDAY)

    assert holder_of(case) == people[1]
    assert not FilteringTask.objects.exists()


def test_finish_filtering_meets_the_duty_once(placement, people):
    """A3.1"""
    applied_plan_of(placement)
    task = FilteringTask.objects.get(collector=people[0])

    finish_filtering(task=task, by=people[0], now=TUESDAY)
    finish_filtering(task=task, by=people[0], now=TUESDAY + timedelta(hours=1))

    assert (task.state, task.done_at) == ("done", TUESDAY)
    assert (filtering_duty(task).state, filtering_duty(task).met_at) == ("met", TUESDAY)
    assert AuditEvent.objects.about(task).filter(action="filtering.done").count() == 1


def test_extend_filtering_reaches_the_fourth_day_at_most(placement, people, lead):
    """A3.1: at most four days, by the lead, with a reason."""
    applied_plan_of(placement)
    task = FilteringTask.objects.get(collector=people[0])

    duty = extend_filtering(task=task, reason="资料多", by=lead, now=TUESDAY)

    assert duty.due_at.date().isoformat() == "2026-11-27"
    with pytest.raises(CannotExtend):
        extend_filtering(task=task, reason="再延", by=lead, now=TUESDAY)
    with pytest.raises(CannotExtend):
        extend_filtering(task=FilteringTask.objects.get(collector=people[1]), reason="", by=lead, now=TUESDAY)


def queries_of(act) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def moving_all(people, lead, *, known=False):
    ids = list(held_by(people[0]).values_list("pk", flat=True))
    to = User.objects.select_related(*["capacity"] * known).get(pk=people[1].pk)
    return lambda: transfer_cases(case_ids=ids, to=to, reason="调整", by=lead, now=TUESDAY)


def handing_all(people, lead, *, known=False):
    to = User.objects.select_related(*["capacity"] * known).get(pk=people[1].pk)
    return lambda: hand_over_cases(person=people[0], to=to, reason="离职", by=lead, now=TUESDAY)


@pytest.mark.parametrize("prepare", [moving_all, handing_all])
def test_as_many_queries_for_one_task_and_case_as_for_many(team, people, lead, prepare):
    """Cases, tasks and clocks go through in statements, not row by row. (Each client of the cases has a few of its own: here they have one.)"""
    client = make_placement(team=team).client
    counts = []
    for how_many in (1, 5):
        for _ in range(how_many):
            placement = make_placement(team=team, client=client)
            for _ in people:
                make_case(placement=placement)
            applied_plan_of(placement)
        act = prepare(people, lead)
        counts.append(queries_of(act))

    assert counts[0] == counts[1]
    assert FilteringTask.objects.exclude(continues=None).count() >= 6


@pytest.mark.parametrize("prepare", [moving_all, handing_all])
def test_a_limit_counts_as_it_is_and_not_as_the_page_knew_it(team, people, lead, prepare):
    """F12: the page was loaded, then the capacity was lowered."""
    for _ in range(2):
        make_case(placement=make_placement(team=team), holder=people[0])
    capacity = make_capacity(people[1])
    act = prepare(people, lead, known=True)
    Capacity.objects.filter(pk=capacity.pk).update(max_cases=1)

    with pytest.raises(MayNotHold):
        act()

    assert held_by(people[1]).count() == 0
