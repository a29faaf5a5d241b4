"""The board and a plan's page: who gets in, whose rows, what they show, how many queries."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from assignment.choices import PlanState
from assignment.models import Assignment, AssignmentPlan, PlanLine
from assignment.services.plans import move_lines
from assignment.services.steering import save_rule
from cases.models import Case
from duties.models import Duty
from staff.choices import Role
from tests.assignment.makers import applied_now, make_capacity, make_cases_in_bulk, make_requirement, plan_of, plan_url
from tests.factories import MONDAY_9AM, make_placement, make_user

pytestmark = pytest.mark.django_db


LEADS_PAGES = ["board", "plan-list", "pool", "filtering-list", "capacity-list", "shift-grid"]


@pytest.mark.parametrize("page", LEADS_PAGES)
def test_lists_send_strangers_to_sign_in(client, page):
    response = client.get(reverse(f"assignment:{page}"))

    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("staff:sign-in"))


@pytest.mark.parametrize(
    "page", ["board", "plan-list", "pool", "selection", "capacity-list", "shift-grid", "transfer", "return-to-pool", "rule-list", "policy-list"]
)
def test_leads_pages_are_closed_to_collectors(sign_in, collector, page):
    assert sign_in(collector).get(reverse(f"assignment:{page}")).status_code == 403


@pytest.mark.parametrize("page", ["placement-detail", "plan-again", "plan-move", "plan-set-aside", "plan-apply", "plan-undo", "plan-discard"])
def test_actions_are_closed_to_collectors_and_other_teams(sign_in, collector, lead, theirs, page):
    plan = plan_of(theirs)
    pk = theirs.pk if page == "placement-detail" else plan.pk
    url = reverse(f"assignment:{page}", args=[pk])

    assert sign_in(collector).post(url).status_code == 403
    assert sign_in(lead).post(url, {"mode": "both", "holdings": "cumulative", "version": "1"}).status_code == 404
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT
    assert not Assignment.objects.exists()


def test_another_teams_placement_and_plan_are_not_found(sign_in, lead, theirs):
    browser = sign_in(lead)

    assert browser.get(reverse("assignment:placement-detail", args=[theirs.pk])).status_code == 404
    plan = plan_of(theirs)
    case = plan.lines.first().case_id
    assert {browser.get(plan_url(name, plan)).status_code for name in ("plan-detail", "plan-progress", "plan-make-up")} == {404}
    assert browser.get(reverse("assignment:plan-why", args=[plan.pk, case])).status_code == 404


def test_board_shows_the_leads_own_placements_with_their_clock(sign_in, lead, placement, theirs):
    """A2.1"""
    page = sign_in(lead).get(reverse("assignment:board"))

    assert [row.code for row in page.context["page"]] == [placement.code]
    assert page.context["page"][0].due_at == Duty.objects.about(placement).get().due_at


def test_board_drops_what_is_assigned(sign_in, lead, placement, people):
    applied_now(placement)
    browser = sign_in(lead)

    assert not list(browser.get(reverse("assignment:board")).context["page"])
    assert [row.code for row in browser.get(reverse("assignment:board"), {"which": "done"}).context["page"]] == [placement.code]


@pytest.mark.parametrize("count", [1, 3])
def test_board_takes_the_same_queries_for_one_and_three(sign_in, lead, team, django_assert_max_num_queries, count):
    for _ in range(count):
        make_cases_in_bulk(make_placement(team=team), 2)
    browser = sign_in(lead)

    with django_assert_max_num_queries(14):
        assert len(browser.get(reverse("assignment:board")).context["page"]) == count


def test_plan_detail_shows_loads_and_reasons(sign_in, lead, placement, people):
    plan = plan_of(placement)

    page = sign_in(lead).get(plan_url("plan-detail", plan))

    assert page.context["figures"].given == 6
    assert [bar.count.added for bar in page.context["bars"]] == ["100.00"] * 3
    assert len(page.context["table"]) == 6
    assert page.context["is_stale"] is False


def test_plan_detail_of_a_stale_plan_offers_to_plan_again_only(sign_in, lead, placement, people):
    plan = plan_of(placement)
    make_capacity(people[0])

    page = sign_in(lead).get(plan_url("plan-detail", plan))

    assert page.context["is_stale"] is True
    assert plan_url("plan-apply", plan) not in page.content.decode()
    assert plan_url("plan-again", plan) in page.content.decode()


def test_plan_detail_filters_by_collector_and_reason(sign_in, lead, placement, people):
    plan, browser = plan_of(placement), sign_in(lead)

    assert len(browser.get(plan_url("plan-detail", plan), {"to": people[0].pk}).context["table"]) == 2
    assert len(browser.get(plan_url("plan-detail", plan), {"to": "nobody"}).context["table"]) == 0
    assert len(browser.get(plan_url("plan-detail", plan), {"reason": "balance"}).context["table"]) == 6


@pytest.mark.parametrize("count", [1, 3])
def test_plan_detail_takes_the_same_queries_for_one_and_three(sign_in, lead, team, people, django_assert_max_num_queries, count):
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, count)
    plan, browser = plan_of(placement), sign_in(lead)

    with django_assert_max_num_queries(28):
        assert len(browser.get(plan_url("plan-detail", plan)).context["table"]) == count


def test_plan_detail_groups_the_reasons_and_names_the_rule(sign_in, lead, placement, people):
    """A2.2: for each case the reason; a rule is named, and filtered by."""
    rule = save_rule(name="大额给甲", priority=10, amount_from=8000, people=[people[0]], by=lead, now=MONDAY_9AM)
    plan, browser = plan_of(placement), sign_in(lead)

    page = browser.get(plan_url("plan-detail", plan))
    filtered = browser.get(plan_url("plan-detail", plan), {"reason": "rule", "rule": rule.pk})

    assert [(group.reason, group.rule, group.count, group.is_nobody) for group in page.context["reasons"]] == [
        ("rule", rule, 2, False),
        ("balance", None, 4, False),
    ]
    assert {line["row"].case.amount for line in filtered.context["table"]} == {8000, 9000}


def test_plan_detail_filters_by_what_the_case_is(sign_in, lead, placement, people):
    Case.objects.filter(amount=9000).update(stage="M6", region="杭州", product="白金卡")
    plan, browser = plan_of(placement), sign_in(lead)

    found = [
        len(browser.get(plan_url("plan-detail", plan), query).context["table"])
        for query in ({"stage": "m6"}, {"region": "杭州"}, {"product": "白金卡"}, {"stage": "M9"})
    ]

    assert found == [1, 1, 1, 0]


def test_plan_detail_tells_the_spread_before_and_after(sign_in, lead, placement, people):
    """A2.2: what each would hold, before and after."""
    plan = plan_of(placement)

    page = sign_in(lead).get(plan_url("plan-detail", plan))

    assert (page.context["before"]["count"].width, page.context["figures"].count.width) == (0, 0)
    assert [(bar.load.before_count, bar.load.after_count) for bar in page.context["bars"]] == [(0, 2)] * 3


def test_plan_make_up_leads_to_the_lines(sign_in, lead, placement, people):
    plan = plan_of(placement)

    page = sign_in(lead).get(plan_url("plan-make-up", plan))

    assert [(part.label, part.count) for part in page.context["make_up"]["stage"]] == [("M3", 6)]
    assert f"{plan_url('plan-detail', plan)}?stage=M3#list" in page.content.decode()


def test_plan_why_names_each_persons_obstacle(sign_in, lead, placement, people):
    """A2.2: cases that nobody may hold, and why."""
    make_requirement(placement.client, barred=people)
    plan = plan_of(placement)
    line = plan.lines.first()

    page = sign_in(lead).get(reverse("assignment:plan-why", args=[plan.pk, line.case_id]))

    assert line.collector is None
    assert [(objection.person, len(objection.labels)) for objection in page.context["objections"]] == [(person, 1) for person in people]


def test_a_plan_that_is_being_made_shows_its_progress_and_then_the_page(sign_in, lead, placement, people):
    plan, browser = plan_of(placement), sign_in(lead)
    AssignmentPlan.objects.filter(pk=plan.pk).update(state=PlanState.MAKING, done_cases=3)

    page, piece = browser.get(plan_url("plan-detail", plan)), browser.get(plan_url("plan-progress", plan))
    AssignmentPlan.objects.filter(pk=plan.pk).update(state=PlanState.DRAFT)
    after = browser.get(plan_url("plan-progress", plan))

    assert "figures" not in page.context
    assert 'max="6"' in piece.content.decode()
    assert after["HX-Refresh"] == "true"


def test_a_plan_that_failed_says_why_and_offers_to_plan_again(sign_in, lead, placement, people):
    plan = plan_of(placement)
    AssignmentPlan.objects.filter(pk=plan.pk).update(state=PlanState.FAILED, failure="委托已到期")

    page = sign_in(lead).get(plan_url("plan-detail", plan)).content.decode()

    assert "委托已到期" in page
    assert plan_url("plan-again", plan) in page
    assert plan_url("plan-apply", plan) not in page


def test_plan_list_shows_the_own_plans_only(sign_in, lead, placement, people, theirs):
    plan_of(theirs)
    plan = plan_of(placement)

    page = sign_in(lead).get(reverse("assignment:plan-list"))

    assert [row.pk for row in page.context["page"]] == [plan.pk]


def test_plan_export_says_for_each_case_where_it_goes_and_why(sign_in, lead, placement, people):
    plan = plan_of(placement)
    move_lines(plan_id=plan.pk, case_ids=[plan.lines.get(case__amount=9000).case_id], to=people[2], version=1, by=lead, now=MONDAY_9AM)

    answer = sign_in(lead).get(plan_url("plan-detail", plan), {"export": "xlsx"})

    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    told = next(row for row in rows if 9000 in row)
    assert str(people[2]) in told
    assert str(PlanLine.objects.get(case__amount=9000).get_reason_display()) in told


def test_head_office_sees_every_placement_on_the_board(sign_in, placement, theirs):
    page = sign_in(make_user(Role.GM_OFFICE)).get(reverse("assignment:board"))

    assert {row.code for row in page.context["page"]} == {placement.code, theirs.code}
