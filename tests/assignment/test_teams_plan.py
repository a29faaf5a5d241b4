"""Two levels (A2.1): head office gives a placement to teams, then each lead gives the team's share to people, with a clock of their own."""

from collections import Counter
from datetime import timedelta

import pytest

from assignment.choices import PlanState
from assignment.models import AssignmentRule, TeamShare
from assignment.selectors import cases_visible_to, placements_to_plan_for
from assignment.selectors.overview import overview_of
from assignment.selectors.progress import with_progress
from assignment.services.applying import apply_plan
from assignment.services.making import make_plan
from assignment.services.plans import move_lines, set_aside
from assignment.services.refusals import CannotPlan, CannotUndo, MayNotHold
from assignment.services.undoing import may_undo, undo_plan
from audit.models import AuditEvent
from cases.models import Case
from duties.models import Duty
from staff.choices import Role
from staff.models import Notice
from tests.assignment.makers import make_cases_in_bulk, make_lead_duty, make_leave, make_requirement, plan_of
from tests.factories import MONDAY_9AM, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def head():
    return make_user(Role.GM_OFFICE)


@pytest.fixture
def teams(team):
    """The placement's own team of three, and one of one."""
    other = make_team()
    for owner, size in ((team, 3), (other, 1)):
        for _ in range(size):
            make_user(Role.COLLECTOR, team=owner)
    return [team, other]


@pytest.fixture
def batch(team):
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 12)
    make_lead_duty(placement)
    return placement


def for_teams(placement, head, **asked):
    defaults = {"mode": "both", "holdings": "cumulative", "level": "teams", "placement": placement, "by": head, "now": MONDAY_9AM}
    return make_plan(**defaults | asked)


def applied(placement, head):
    plan = for_teams(placement, head)
    return apply_plan(plan_id=plan.pk, version=plan.version, by=head, now=MONDAY_9AM)


def open_duties() -> set[tuple[str, int, int]]:
    return set(Duty.objects.unmet().filter(kind="assignment").values_list("subject_type", "subject_id", "holder"))


def test_teams_get_shares_by_the_number_of_their_people(batch, teams, head):
    plan = for_teams(batch, head)

    assert Counter(plan.lines.values_list("team", flat=True)) == {teams[0].pk: 9, teams[1].pk: 3}
    assert [(load.person, load.new_count) for load in overview_of(plan, now=MONDAY_9AM).figures.loads] == [(teams[0], 9), (teams[1], 3)]


def test_entered_shares_decide(batch, teams, head):
    plan = for_teams(batch, head, mode="weights", weights={teams[0].pk: 1, teams[1].pk: 1})

    assert Counter(plan.lines.values_list("team", flat=True)) == {teams[0].pk: 6, teams[1].pk: 6}


def test_a_lead_gives_nothing_to_teams(batch, teams, lead):
    with pytest.raises(CannotPlan):
        for_teams(batch, lead)


def test_a_team_that_the_client_does_not_allow_gets_nothing(batch, teams, head):
    """A2.2, first principle, on both levels."""
    make_requirement(batch.client, teams=[teams[1]])

    plan = for_teams(batch, head)

    assert set(plan.lines.values_list("team", flat=True)) == {teams[1].pk}


def test_a_rule_sends_a_slice_to_a_team(batch, teams, head):
    """A2.2, second principle."""
    Case.objects.filter(pk__in=Case.objects.order_by("pk").values("pk")[:2]).update(region="浙江省宁波市")
    rule = AssignmentRule.objects.create(name="浙江", regions=["浙江"], team=teams[1])

    plan = for_teams(batch, head)

    lines = plan.lines.filter(case__region="浙江省宁波市")
    assert set(lines.values_list("team", "reason", "rule")) == {(teams[1].pk, "rule", rule.pk)}


def test_applying_opens_each_leads_day_and_tells_them(batch, teams, head):
    """A2.1: the share is assigned the same day."""
    plan = applied(batch, head)

    shares = {share.team: share for share in TeamShare.objects.all()}
    assert {team: share.cases for team, share in shares.items()} == {teams[0]: 9, teams[1]: 3}
    assert open_duties() == {("assignment.teamshare", share.pk, team.lead_id) for team, share in shares.items()}
    assert [Notice.objects.filter(recipient=team.lead).count() for team in teams] == [1, 1]
    assert set(Case.objects.values_list("state", "team").distinct()) == {("unassigned", team.pk) for team in teams}
    assert AuditEvent.objects.filter(action="case.given_to_team").count() == plan.case_count == 12


def test_each_lead_sees_and_plans_the_own_share_only(batch, teams, head):
    applied(batch, head)
    own, other = (team.lead for team in teams)

    plan = make_plan(mode="both", holdings="cumulative", placement=batch, team=teams[1], by=other, now=LATER)

    assert (cases_visible_to(own).count(), cases_visible_to(other).count()) == (9, 3)
    assert [placements_to_plan_for(lead).get() for lead in (own, other)] == [batch, batch]
    assert [with_progress(placements_to_plan_for(lead), lead).get().unassigned for lead in (own, other)] == [9, 3]
    assert plan.lines.count() == 3


def test_a_leads_duty_is_met_by_the_own_share(batch, teams, head):
    applied(batch, head)
    plan = make_plan(mode="both", holdings="cumulative", placement=batch, team=teams[1], by=teams[1].lead, now=LATER)

    apply_plan(plan_id=plan.pk, version=plan.version, by=teams[1].lead, now=LATER)

    assert {holder for _type, _id, holder in open_duties()} == {teams[0].lead_id}


def test_what_is_set_aside_stays_with_the_placement_and_meets_its_duty(batch, teams, head):
    plan = for_teams(batch, head)
    case_id = plan.lines.order_by("case").first().case_id
    set_aside(plan_id=plan.pk, case_ids=[case_id], reason="银行待撤案", by=head, now=MONDAY_9AM)

    apply_plan(plan_id=plan.pk, version=2, by=head, now=MONDAY_9AM)

    assert Case.objects.get(pk=case_id).team is None
    assert not Duty.objects.unmet().about(batch).exists()


def test_a_line_is_moved_to_a_team_with_a_lead_only(batch, teams, head):
    plan = for_teams(batch, head)
    case_id = plan.lines.filter(team=teams[0]).first().case_id

    moved = move_lines(plan_id=plan.pk, case_ids=[case_id], to=teams[1], version=1, by=head, now=MONDAY_9AM)

    assert (moved, plan.lines.get(case=case_id).team) == (1, teams[1])
    teams[1].lead = None
    teams[1].save()
    with pytest.raises(MayNotHold):
        move_lines(plan_id=plan.pk, case_ids=[plan.lines.filter(team=teams[0]).first().case_id], to=teams[1], version=2, by=head, now=MONDAY_9AM)


def test_undoing_gives_the_cases_back_and_the_placements_duty_runs_on(batch, teams, head, lead):
    before = Duty.objects.unmet().about(batch).get()
    plan = applied(batch, head)

    undo_plan(plan_id=plan.pk, by=head, now=LATER)

    plan.refresh_from_db()
    duty = Duty.objects.unmet().get(kind="assignment")
    assert plan.state == PlanState.UNDONE
    assert set(Case.objects.values_list("team", flat=True)) == {None}
    assert (duty.subject_type, duty.holder, duty.due_at) == ("cases.placement", lead, before.due_at)


def test_undoing_after_a_lead_assigned_is_refused(batch, teams, head):
    plan = applied(batch, head)
    theirs = make_plan(mode="both", holdings="cumulative", placement=batch, team=teams[1], by=teams[1].lead, now=LATER)
    apply_plan(plan_id=theirs.pk, version=1, by=teams[1].lead, now=LATER)
    plan.refresh_from_db()

    with pytest.raises(CannotUndo):
        undo_plan(plan_id=plan.pk, by=head, now=LATER)

    assert not may_undo(plan)
    assert Case.objects.filter(team=teams[1]).count() == 3


def test_the_deputy_holds_what_comes_while_the_lead_is_away(batch, teams, head):
    """A2.1: the day runs whoever is there; without a deputy head office holds it."""
    deputy = make_user(Role.TEAM_LEAD, team=teams[0])
    teams[0].deputy = deputy
    teams[0].save()
    for team in teams:
        make_leave(team.lead)

    applied(batch, head)

    assert {holder for _type, _id, holder in open_duties()} == {deputy.pk, head.pk}


def test_who_may_hold_a_case_goes_by_both_levels(batch, teams, head):
    """The people of a team that was given a case may be planned for it, others may not."""
    applied(batch, head)

    own = plan_of(batch)

    assert set(own.lines.values_list("case__team", flat=True)) == {teams[0].pk}
