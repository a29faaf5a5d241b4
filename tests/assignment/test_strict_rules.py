"""A2.2, second principle: what a strict rule gives to some goes to nobody else, by hand neither."""

from datetime import timedelta

import pytest

from assignment.models import Assignment, AssignmentRule
from assignment.services.applying import apply_plan
from assignment.services.making import make_plan
from assignment.services.plans import move_lines
from assignment.services.refusals import MayNotHold, StalePlan
from assignment.services.transfers import transfer_cases
from staff.choices import Role
from tests.assignment.makers import plan_of
from tests.factories import MONDAY_9AM, make_case, make_debtor, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY_9AM + timedelta(days=1)


def make_rule(*people, **fields) -> AssignmentRule:
    rule = AssignmentRule.objects.create(**{"name": "专案组", "is_strict": True} | fields)
    rule.people.set(people)
    return rule


def moved(plan, to, by):
    ids = list(plan.lines.values_list("case", flat=True))
    return move_lines(plan_id=plan.pk, case_ids=ids, to=to, version=plan.version, by=by, now=MONDAY_9AM)


def test_a_move_by_hand_away_from_a_strict_rules_people_is_refused(placement, people, lead):
    make_rule(people[1])
    plan = plan_of(placement)

    with pytest.raises(MayNotHold) as refusal:
        moved(plan, people[0], lead)

    assert "专案组" in str(refusal.value)
    assert set(plan.lines.values_list("collector", flat=True)) == {people[1].pk}


@pytest.mark.parametrize("fields", [{"is_strict": False}, {"stages": ["M9"]}, {"valid_until": MONDAY_9AM.date() - timedelta(days=1)}, {"age_from": 90}])
def test_a_move_by_hand_is_free_where_no_strict_rule_takes_the_case(placement, people, lead, fields):
    make_rule(people[1], **fields)

    assert moved(plan_of(placement), people[0], lead) > 0


def test_a_transfer_away_from_a_strict_rules_people_is_refused(team, people, lead):
    case = make_case(placement=make_placement(team=team), holder=people[0], debtor=make_debtor(born_on=MONDAY_9AM.date() - timedelta(days=366 * 70)))
    make_rule(people[1], age_from=65)

    with pytest.raises(MayNotHold):
        transfer_cases(case_ids=[case.pk], to=people[2], reason="调整", by=lead, now=MONDAY_9AM)

    assert Assignment.objects.open().get(case=case).collector == people[0]
    assert transfer_cases(case_ids=[case.pk], to=people[1], reason="调整", by=lead, now=MONDAY_9AM) == 1


def test_a_strict_rule_for_a_team_holds_for_head_offices_hand_too(placement, people, team):
    other, head = make_team(), make_user(Role.GM_OFFICE)
    make_user(Role.COLLECTOR, team=other)
    make_rule(team=team)
    plan = make_plan(placement=placement, level="teams", mode="both", holdings="cumulative", by=head, now=MONDAY_9AM)

    with pytest.raises(MayNotHold):
        moved(plan, other, head)

    assert set(plan.lines.values_list("team", flat=True)) == {team.pk}


def test_a_rule_whose_last_day_is_over_makes_the_draft_stale(placement, people, lead):
    make_rule(people[1], valid_until=MONDAY_9AM.date())
    plan = plan_of(placement)

    with pytest.raises(StalePlan):
        apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=TUESDAY)

    assert not Assignment.objects.exists()
