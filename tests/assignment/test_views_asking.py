"""Pages where a plan is asked for: a placement, chosen cases, the pool; for teams and for people."""

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.choices import PlanLevel, PlanState, Scope
from assignment.models import Assignment, AssignmentPlan
from assignment.services.handing import return_to_pool
from cases.models import Case
from staff.choices import Role
from tests.assignment.makers import applied_now, make_capacity, make_cases_in_bulk, make_lead_duty, make_requirement, plan_url
from tests.factories import make_placement, make_team, make_user

pytestmark = pytest.mark.django_db

BALANCED = {"mode": "both", "holdings": "cumulative"}


def ask_url(placement) -> str:
    return reverse("assignment:placement-detail", args=[placement.pk])


@pytest.fixture
def gm(db):
    return make_user(Role.GM_OFFICE)


def test_placement_detail_shows_what_a_lead_weighs(sign_in, lead, placement, people):
    """A2.2: requirements, make-up, capacity, holdings."""
    make_requirement(placement.client, barred=[people[0]])
    make_capacity(people[1], max_cases=7)

    page = sign_in(lead).get(ask_url(placement))

    assert [(standing.person, standing.may_take) for standing in page.context["people"]] == [(people[0], False), (people[1], True), (people[2], True)]
    assert [(part.label, part.count) for part in page.context["make_up"]["stage"]] == [("M3", 6)]
    assert page.context["left"] == 6


def test_asking_for_a_placement_goes_on_to_the_plan(sign_in, lead, placement, people):
    """A2.1"""
    response = sign_in(lead).post(ask_url(placement), {"mode": "amount", "holdings": "new_only"})

    plan = AssignmentPlan.objects.get()
    assert (response.url, plan.mode, plan.holdings, plan.level, plan.team, plan.created_by) == (
        plan_url("plan-detail", plan), "amount", "new_only", PlanLevel.PEOPLE, placement.team, lead,
    )  # fmt: skip


def test_asking_with_nonsense_says_so_beside_the_field(sign_in, lead, placement, people):
    page = sign_in(lead).post(ask_url(placement), {"mode": "magic", "holdings": "cumulative"})

    assert set(page.context["form"].errors) == {"mode"}
    assert not AssignmentPlan.objects.exists()


def test_asking_by_shares_keeps_them(sign_in, lead, placement, people):
    """A2.2: a share of each."""
    first, second, third = people
    shares = {f"weight_{first.pk}": "300", f"weight_{second.pk}": "100", f"weight_{third.pk}": "0"}

    sign_in(lead).post(ask_url(placement), {"mode": "weights", "holdings": "cumulative"} | shares)

    plan = AssignmentPlan.objects.get()
    assert dict(plan.weights.values_list("collector", "weight")) == {first.pk: 300, second.pk: 100}
    assert not plan.lines.filter(collector=third).exists()


def test_the_spread_of_a_plan_by_shares_takes_the_shares_out(sign_in, lead, team, people):
    """A2.2: twice the share with twice the load is even."""
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 9)
    shares = {f"weight_{person.pk}": share for person, share in zip(people, ("200", "100", "0"), strict=True)}
    browser = sign_in(lead)
    browser.post(ask_url(placement), {"mode": "weights", "holdings": "cumulative"} | shares)

    page = browser.get(plan_url("plan-detail", AssignmentPlan.objects.get()))

    figures = page.context["figures"]
    assert [load.new_count for load in figures.loads] == [6, 3, 0]
    assert (figures.count.width, figures.amount.width) == (0, 0)


def test_asking_by_shares_without_any_is_refused(sign_in, lead, placement, people):
    page = sign_in(lead).post(ask_url(placement), {"mode": "weights", "holdings": "cumulative"} | {f"weight_{person.pk}": "0" for person in people})

    assert set(page.context["form"].errors) == {"mode"}
    assert not AssignmentPlan.objects.exists()


def test_a_refusal_stands_on_the_page(sign_in, lead, placement, people):
    """CR-40"""
    placement.client.entrusted_until = "2025-01-01"
    placement.client.save()

    page = sign_in(lead).post(ask_url(placement), BALANCED)

    assert len(page.context["form"].non_field_errors()) == 1
    assert not AssignmentPlan.objects.exists()


def test_head_office_plans_for_teams_unless_it_asks_for_people(sign_in, gm, lead, placement, people):
    """A2.1: two levels."""
    browser = sign_in(gm)

    browser.post(ask_url(placement), BALANCED)
    browser.post(ask_url(placement), BALANCED | {"level": "people", "team": placement.team_id})

    assert list(AssignmentPlan.objects.order_by("pk").values_list("level", "team")) == [(PlanLevel.TEAMS, None), (PlanLevel.PEOPLE, placement.team_id)]


def test_a_lead_never_plans_for_teams(sign_in, lead, placement, people):
    sign_in(lead).post(ask_url(placement), BALANCED | {"level": "teams"})

    assert AssignmentPlan.objects.get().level == PlanLevel.PEOPLE


def test_head_office_weighs_the_teams(sign_in, gm, placement, people):
    other = make_team()

    page = sign_in(gm).get(ask_url(placement))

    assert [(standing.team, standing.people, standing.held_count, standing.waiting) for standing in page.context["standing_teams"]] == [
        (placement.team, 3, 0, 6),
        (other, 0, 0, 0),
    ]


def test_the_pool_is_planned_as_a_placement_is(sign_in, lead, placement, people):
    """A2.2: a return to the pool is planned anew."""
    applied_now(placement)
    back = list(Case.objects.order_by("pk").values_list("pk", flat=True)[:2])
    return_to_pool(case_ids=back, reason="离职", by=lead, now=timezone.now())
    browser = sign_in(lead)

    page = browser.get(reverse("assignment:pool"))
    browser.post(reverse("assignment:pool"), BALANCED)

    plan = AssignmentPlan.objects.get(scope=Scope.POOL)
    assert page.context["left"] == 2
    assert set(plan.lines.values_list("case", flat=True)) == set(back)


def test_the_board_counts_the_own_pool(sign_in, lead, placement, people, theirs):
    for one in (placement, theirs):
        applied_now(one)
        return_to_pool(case_ids=[one.cases.first().pk], reason="离职", by=one.team.lead, now=timezone.now())

    assert sign_in(lead).get(reverse("assignment:board")).context["pool"] == 1


def test_chosen_cases_are_shown_first_and_then_planned(sign_in, lead, placement, people, theirs):
    """A2.2: a selection; another team's cases are left out."""
    chosen = [*placement.cases.order_by("pk").values_list("pk", flat=True)[:3], theirs.cases.first().pk]
    browser, url = sign_in(lead), reverse("assignment:selection")

    asked = browser.post(url, {"ids": chosen})
    browser.post(url, {"ids": chosen} | BALANCED)

    plan = AssignmentPlan.objects.get(scope=Scope.SELECTION)
    assert (asked.status_code, asked.context["form"].is_bound, asked.context["left"]) == (200, False, 3)
    assert set(plan.lines.values_list("case", flat=True)) == set(chosen[:3])


def test_a_selection_that_is_assigned_already_makes_no_plan(sign_in, lead, placement, people):
    applied_now(placement)

    page = sign_in(lead).post(reverse("assignment:selection"), {"ids": [placement.cases.first().pk]})

    assert page.context["left"] == 0
    assert not AssignmentPlan.objects.filter(state=PlanState.DRAFT).exists()


def test_a_lead_of_two_teams_plans_for_the_one_that_was_asked_for(sign_in, lead, placement, people):
    second = make_team(lead=lead)
    make_user(Role.COLLECTOR, team=second)
    other = make_placement(team=second)
    make_cases_in_bulk(other, 2)
    make_lead_duty(other)

    sign_in(lead).post(ask_url(other), BALANCED)

    assert AssignmentPlan.objects.get().team == second


@pytest.mark.parametrize("count", [1, 3])
def test_the_asking_page_takes_the_same_queries_for_one_and_three(sign_in, lead, team, django_assert_max_num_queries, count):
    for _ in range(count):
        make_capacity(make_user(Role.COLLECTOR, team=team))
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, count)
    browser = sign_in(lead)

    with django_assert_max_num_queries(45):
        assert len(browser.get(ask_url(placement)).context["people"]) == count


def test_nothing_is_assigned_by_asking(sign_in, lead, placement, people):
    sign_in(lead).post(ask_url(placement), BALANCED)

    assert not Assignment.objects.exists()


def test_a_large_plan_is_made_by_a_worker_and_ends_in_the_inbox(sign_in, lead, placement, people, monkeypatch, django_capture_on_commit_callbacks):
    """Long work can be left: who asked is told when it is done."""
    monkeypatch.setattr("assignment.tasks.WAITED_FOR", 5)
    monkeypatch.setattr("assignment.services.jobs.WAITED_FOR", 5)

    with django_capture_on_commit_callbacks(execute=True):
        response = sign_in(lead).post(ask_url(placement), BALANCED)

    plan = AssignmentPlan.objects.get()
    assert (response.url, plan.state) == (plan_url("plan-detail", plan), PlanState.DRAFT)
    assert [(notice.path, notice.values["count"]) for notice in lead.notices.all()] == [(plan_url("plan-detail", plan), "6")]
