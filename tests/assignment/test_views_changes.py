"""A plan changed by hand on its page, made again, applied, undone, thrown away."""

import pytest
from django.urls import reverse

from assignment.choices import PlanState
from assignment.models import AssignmentPlan
from cases.models import Case
from staff.choices import Role
from tests.assignment.makers import applied_now, plan_of, plan_url
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db


def test_plan_move_of_chosen_cases(sign_in, lead, placement, people):
    plan = plan_of(placement)
    case_id = plan.lines.filter(collector=people[0]).first().case_id

    sign_in(lead).post(plan_url("plan-move", plan), {"ids": [case_id], "to": people[1].pk, "version": 1})

    assert plan.lines.get(case_id=case_id).collector == people[1]


def test_plan_move_of_all_that_the_filter_finds(sign_in, lead, placement, people):
    plan = plan_of(placement)

    response = sign_in(lead).post(plan_url("plan-move", plan), {"all": "yes", "query": f"to={people[0].pk}", "to": people[1].pk, "version": 1})

    assert plan.lines.filter(collector=people[1]).count() == 4
    assert plan.lines.filter(collector=people[2]).count() == 2
    assert response.url.endswith(f"?to={people[0].pk}#list")


def test_plan_move_to_a_stranger_is_not_found(sign_in, lead, placement, people):
    plan, stranger = plan_of(placement), make_user(Role.COLLECTOR, team=make_team())

    response = sign_in(lead).post(plan_url("plan-move", plan), {"ids": [plan.lines.first().case_id], "to": stranger.pk, "version": 1})

    assert response.status_code == 404


@pytest.mark.parametrize("data", [{"to": ""}, {"to": "nobody", "ids": []}, {"to": "nobody", "ids": ["x"]}, {"to": "nobody", "ids": ["1"], "version": "7"}])
def test_plan_move_that_says_too_little_is_refused(sign_in, lead, placement, people, data):
    plan = plan_of(placement)

    response = sign_in(lead).post(plan_url("plan-move", plan), {"version": "1"} | data, follow=True)

    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert not plan.lines.filter(collector=None).exists()


def test_plan_set_aside_from_the_page(sign_in, lead, placement, people):
    """A2.1"""
    plan = plan_of(placement)

    sign_in(lead).post(plan_url("plan-set-aside", plan), {"ids": [plan.lines.first().case_id], "reason": "银行待撤案", "version": plan.version})

    assert plan.lines.get(collector=None).set_aside_reason == "银行待撤案"


def test_plan_apply_then_undo_from_the_page(sign_in, lead, placement, people):
    """A2.1"""
    plan, browser = plan_of(placement), sign_in(lead)

    browser.post(plan_url("plan-apply", plan), {"version": 1})
    applied = browser.get(plan_url("plan-detail", plan))
    browser.post(plan_url("plan-undo", plan))

    assert (applied.context["plan"].state, applied.context["may_undo"]) == (PlanState.APPLIED, True)
    assert set(Case.objects.values_list("state", flat=True)) == {"unassigned"}


def test_plan_apply_from_the_page_shows_what_each_held_before(sign_in, lead, placement, people):
    applied_now(placement)

    page = sign_in(lead).get(plan_url("plan-detail", AssignmentPlan.objects.get()))

    assert [(load.before_count, load.after_count) for load in page.context["figures"].loads] == [(0, 2)] * 3


def test_plan_again_and_discard_from_the_page(sign_in, lead, placement, people):
    plan, browser = plan_of(placement, mode="count"), sign_in(lead)

    browser.post(plan_url("plan-again", plan))
    fresh = AssignmentPlan.objects.get(state=PlanState.DRAFT)
    response = browser.post(plan_url("plan-discard", fresh))

    assert (fresh.mode, fresh.pk != plan.pk) == ("count", True)
    assert response.url == reverse("assignment:placement-detail", args=[placement.pk])
    assert not AssignmentPlan.objects.filter(state=PlanState.DRAFT).exists()


def test_plan_move_by_a_persons_button_needs_no_list_of_names(sign_in, lead, placement, people):
    """The button beside a name, which a drop presses too."""
    plan = plan_of(placement)
    case_id = plan.lines.filter(collector=people[0]).first().case_id

    sign_in(lead).post(plan_url("plan-move", plan), {"ids": [case_id], "onto": people[2].pk, "to": "", "version": 1})

    assert plan.lines.get(case_id=case_id).collector == people[2]


def test_plan_again_of_a_failed_plan(sign_in, lead, placement, people):
    plan = plan_of(placement)
    AssignmentPlan.objects.filter(pk=plan.pk).update(state=PlanState.FAILED, failure="…")

    sign_in(lead).post(plan_url("plan-again", plan))

    assert AssignmentPlan.objects.get(state=PlanState.DRAFT).lines.count() == 6


def test_head_office_gives_to_teams_and_takes_back(sign_in, placement, people):
    """A2.1: head office to teams; the lead is told, and has the duty."""
    other = make_team()
    make_user(Role.COLLECTOR, team=other)
    gm = make_user(Role.GM_OFFICE)
    browser = sign_in(gm)
    browser.post(reverse("assignment:placement-detail", args=[placement.pk]), {"mode": "count", "holdings": "new_only"})
    plan = AssignmentPlan.objects.get()

    line = plan.lines.filter(team=placement.team).first()
    browser.post(plan_url("plan-move", plan), {"ids": [line.case_id], "onto": other.pk, "version": 1})
    browser.post(plan_url("plan-apply", plan), {"version": 2})
    given = Case.objects.get(pk=line.case_id).team
    browser.post(plan_url("plan-undo", plan))

    plan.refresh_from_db()
    assert (given, plan.state, Case.objects.get(pk=line.case_id).team) == (other, PlanState.UNDONE, None)
