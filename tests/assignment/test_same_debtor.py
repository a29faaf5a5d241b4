"""A2.2, first principle: the same debtor to one person, whatever moves a case: a plan, a hand, a transfer, a policy."""

from datetime import timedelta

import pytest

from assignment.models import Assignment, ReassignPolicy
from assignment.services import reassigning
from assignment.services.making import make_plan
from assignment.services.plans import move_lines
from assignment.services.reassigning import reassign_untouched
from assignment.services.refusals import MayNotHold
from assignment.services.transfers import transfer_cases
from cases.models import Case
from staff.models import Notice
from tests.assignment.makers import make_leave, make_requirement, plan_of
from tests.factories import MONDAY_9AM, make_case, make_debtor, make_placement

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY_9AM + timedelta(days=1)
LATER = MONDAY_9AM + timedelta(days=40)


def holders(*cases) -> list[int]:
    return [Assignment.objects.open().get(case=case).collector_id for case in cases]


@pytest.fixture
def debtor(db):
    return make_debtor()


@pytest.fixture
def pair(team, people, debtor):
    """Two cases of one debtor, of two clients, both held by the first collector."""
    return [make_case(placement=make_placement(team=team), debtor=debtor, holder=people[0]) for _ in range(2)]


def moved(plan, case, to, lead, now=MONDAY_9AM):
    return move_lines(plan_id=plan.pk, case_ids=[case.pk], to=to, version=plan.version, by=lead, now=now)


def test_a_move_by_hand_away_from_who_holds_the_debtor_is_refused(team, people, lead, debtor):
    held = make_case(placement=make_placement(team=team), debtor=debtor, holder=people[1])
    placement = make_placement(team=team)
    case = make_case(placement=placement, debtor=debtor)
    plan = plan_of(placement)

    with pytest.raises(MayNotHold) as refusal:
        moved(plan, case, people[0], lead)

    assert (str(people[1]) in str(refusal.value), held.case_no in str(refusal.value)) == (True, True)
    assert plan.lines.get().collector == people[1]


def test_a_move_by_hand_is_free_where_the_client_bars_who_holds_the_debtor(team, people, lead, debtor):
    make_case(placement=make_placement(team=team), debtor=debtor, holder=people[1])
    placement = make_placement(team=team)
    make_requirement(placement.client, barred=[people[1]])
    case = make_case(placement=placement, debtor=debtor)
    plan = plan_of(placement)
    other = next(person for person in people if person not in (people[1], plan.lines.get().collector))

    assert moved(plan, case, other, lead) == 1


def test_a_move_by_hand_away_from_whom_the_client_wants_again_is_refused(team, people, lead, debtor):
    placement = make_placement(team=team)
    make_requirement(placement.client, previous_collector="keep")
    old = make_case(placement=make_placement(team=team, client=placement.client), debtor=debtor, holder=people[1])
    Case.objects.filter(pk=old.pk).update(state="settled")
    Assignment.objects.filter(case=old).update(ended_at=MONDAY_9AM, end_reason="case_ended")
    case = make_case(placement=placement, debtor=debtor)
    plan = plan_of(placement, now=TUESDAY)

    with pytest.raises(MayNotHold) as refusal:
        moved(plan, case, people[0], lead, now=TUESDAY)

    assert str(people[1]) in str(refusal.value)
    assert (plan.lines.get().collector, plan.lines.get().reason) == (people[1], "previous")


def test_a_transfer_takes_the_debtors_other_cases_along(pair, people, lead):
    """Of every client and placement; each person is told once."""
    count = transfer_cases(case_ids=[pair[0].pk], to=people[1], reason="调整", by=lead, now=TUESDAY)

    assert (count, holders(*pair)) == (2, [people[1].pk] * 2)
    assert sorted(Notice.objects.values_list("recipient", flat=True)) == sorted([people[0].pk, people[1].pk])


def test_a_transfer_joins_what_two_people_hold_of_a_debtor(team, people, lead, debtor):
    cases = [make_case(placement=make_placement(team=team), debtor=debtor, holder=person) for person in people[:2]]

    transfer_cases(case_ids=[cases[0].pk], to=people[2], reason="调整", by=lead, now=TUESDAY)

    assert holders(*cases) == [people[2].pk] * 2


def test_a_transfer_is_refused_where_the_debtors_other_case_may_not_go_along(pair, people, lead):
    make_requirement(pair[1].client, barred=[people[1]])

    with pytest.raises(MayNotHold):
        transfer_cases(case_ids=[pair[0].pk], to=people[1], reason="调整", by=lead, now=TUESDAY)

    assert holders(*pair) == [people[0].pk] * 2


def test_another_teams_cases_of_the_debtor_stay_where_they_are(pair, people, lead, theirs, debtor):
    stranger = theirs.team.members.get(groups__name="collector")
    foreign = make_case(placement=theirs, debtor=debtor, holder=stranger)

    transfer_cases(case_ids=[pair[0].pk], to=people[1], reason="调整", by=lead, now=TUESDAY)

    assert holders(foreign) == [stranger.pk]


@pytest.mark.parametrize("to", ["team", "pool"])
def test_an_untouched_case_stays_while_the_debtors_other_case_is_worked(pair, people, to):
    ReassignPolicy.objects.create(client=None, after_days=30, to=to, is_active=True)
    Case.objects.filter(pk=pair[0].pk).update(state="working", touched_at=MONDAY_9AM)
    Case.objects.filter(pk=pair[1].pk).update(state="working", touched_at=LATER - timedelta(days=1))

    assert reassign_untouched(now=LATER) == 0
    assert holders(*pair) == [people[0].pk] * 2


def test_an_untouched_debtor_goes_on_as_a_whole(pair, people):
    ReassignPolicy.objects.create(client=None, after_days=30, to="team", is_active=True)
    Case.objects.update(state="working", touched_at=MONDAY_9AM)
    make_leave(people[1], days=60)

    assert reassign_untouched(now=LATER) == 2
    assert holders(*pair) == [people[2].pk] * 2


def test_a_debtor_of_two_clients_goes_to_whom_both_allow(team, people, lead):
    """Not to somebody of whom one of them wants nothing, whichever client comes first."""
    placements = [make_placement(team=team) for _ in range(2)]
    make_requirement(placements[0].client, barred=[people[2]])
    make_requirement(placements[1].client, barred=[people[0]])
    debtors = [make_debtor() for _ in range(4)]
    cases = [make_case(placement=placement, debtor=debtor) for placement in placements for debtor in debtors]
    plan = make_plan(mode="both", holdings="cumulative", scope="selection", case_ids=[case.pk for case in cases], team=team, by=lead, now=MONDAY_9AM)

    assert set(plan.lines.values_list("collector", flat=True)) == {people[1].pk}


def test_a_debtor_of_two_clients_stays_with_his_holder_though_one_bars_him(team, people, lead, debtor):
    """Who holds him keeps what he may have; only what he may not have goes to somebody else."""
    make_case(placement=make_placement(team=team), debtor=debtor, holder=people[0])
    placements = [make_placement(team=team) for _ in range(2)]
    make_requirement(placements[1].client, barred=[people[0]])
    cases = [make_case(placement=placement, debtor=debtor) for placement in placements]
    plan = make_plan(mode="both", holdings="cumulative", scope="selection", case_ids=[case.pk for case in cases], team=team, by=lead, now=MONDAY_9AM)

    assert plan.lines.get(case=cases[0]).collector == people[0]
    assert plan.lines.get(case=cases[1]).collector in people[1:]


def test_the_rest_of_a_nights_step_waits_for_the_next(team, people, monkeypatch):
    """Of a debtor's cases not some tonight and some tomorrow."""
    monkeypatch.setattr(reassigning, "AT_ONCE", 2)
    ReassignPolicy.objects.create(client=None, after_days=30, to="pool", is_active=True)
    debtors = [make_debtor() for _ in range(2)]
    cases = [make_case(placement=make_placement(team=team), debtor=debtors[number], holder=people[0]) for number in (0, 1, 1)]
    Case.objects.update(state="working", touched_at=MONDAY_9AM)

    tonight = reassign_untouched(now=LATER)

    assert (tonight, holders(*cases[1:])) == (1, [people[0].pk] * 2)
    assert reassign_untouched(now=LATER) == 2
