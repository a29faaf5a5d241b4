"""Head office's plan by hand and gone stale: the hard rules and the loads of the other teams count there too (A2.2)."""

import pytest

from assignment.services.applying import apply_plan
from assignment.services.making import make_plan
from assignment.services.plans import move_lines
from assignment.services.refusals import MayNotHold, StalePlan
from cases.models import Case
from staff.choices import Role
from tests.assignment.makers import make_capacity, make_cases_in_bulk, make_requirement
from tests.factories import MONDAY_9AM, make_case, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def head():
    return make_user(Role.GM_OFFICE)


@pytest.fixture
def teams(db):
    """Two teams of two collectors each."""
    teams = [make_team() for _ in range(2)]
    for team in teams:
        for _ in range(2):
            make_user(Role.COLLECTOR, team=team)
    return teams


@pytest.fixture
def batch(teams):
    placement = make_placement(team=teams[0])
    make_cases_in_bulk(placement, 4)
    return placement


def for_teams(placement, head):
    return make_plan(placement=placement, level="teams", mode="both", holdings="cumulative", by=head, now=MONDAY_9AM)


def move_all(plan, team, head):
    ids = list(plan.lines.values_list("case", flat=True))
    return move_lines(plan_id=plan.pk, case_ids=ids, to=team, version=plan.version, by=head, now=MONDAY_9AM)


def collectors(team):
    return list(team.members.filter(groups__name=Role.COLLECTOR).order_by("pk"))


def team_of_client(batch, teams):
    make_requirement(batch.client, teams=[teams[0]])


def people_of_client(batch, teams):
    make_requirement(batch.client, barred=collectors(teams[1]))


def stage_for_seniors(batch, teams):
    make_requirement(batch.client, senior_stages=["M3"])
    for person in collectors(teams[0]):
        person.level = "senior"
        person.save(update_fields=["level"])


def full_people(_batch, teams):
    for person in collectors(teams[1]):
        make_capacity(person, max_cases=1)


def most_of_the_client(batch, _teams):
    make_requirement(batch.client, max_cases_per_person=1)


def debtor_held(batch, teams):
    held = batch.cases.order_by("pk").first()
    make_case(placement=make_placement(team=teams[0]), debtor=held.debtor, holder=collectors(teams[0])[0])


@pytest.mark.parametrize("wish", [team_of_client, people_of_client, stage_for_seniors, full_people, most_of_the_client, debtor_held])
def test_a_move_to_a_team_that_may_not_hold_the_cases_is_refused(batch, teams, head, wish):
    wish(batch, teams)
    plan = for_teams(batch, head)
    before = sorted(plan.lines.values_list("case", "team"))

    with pytest.raises(MayNotHold):
        move_all(plan, teams[1], head)

    assert sorted(plan.lines.values_list("case", "team")) == before


def test_a_move_to_a_team_that_may_hold_them_counts_what_it_gets_already(batch, teams, head):
    for person in collectors(teams[1]):
        make_capacity(person, max_cases=2)
    plan = for_teams(batch, head)

    assert move_all(plan, teams[1], head) == 2
    assert set(plan.lines.values_list("team", flat=True)) == {teams[1].pk}


def test_a_plan_is_stale_when_another_teams_waiting_cases_change(batch, teams, head):
    plan = for_teams(batch, head)
    make_cases_in_bulk(make_placement(team=teams[1]), 1)

    with pytest.raises(StalePlan):
        apply_plan(plan_id=plan.pk, version=plan.version, by=head, now=MONDAY_9AM)

    assert not Case.objects.exclude(team=None).exists()


def test_a_debtor_whose_other_case_waits_in_a_team_goes_to_that_team(batch, teams, head):
    """A2.2: the same debtor to one person begins with one team."""
    case = batch.cases.order_by("pk").first()
    make_case(placement=make_placement(team=teams[1]), debtor=case.debtor, amount=1)

    plan = for_teams(batch, head)

    assert (plan.lines.get(case=case).team, plan.lines.get(case=case).reason) == (teams[1], "same_debtor_held")
    with pytest.raises(MayNotHold):
        move_lines(plan_id=plan.pk, case_ids=[case.pk], to=teams[0], version=plan.version, by=head, now=MONDAY_9AM)
    assert plan.lines.get(case=case).team == teams[1]
