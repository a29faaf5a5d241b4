"""Assignment's pages: who gets in, whose rows, how many queries, and that each button calls its service."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.choices import PlanState
from assignment.models import Assignment, AssignmentPlan, Capacity, ClientRequirement, FilteringTask
from assignment.selectors import holder_of
from audit.models import AuditEvent
from cases.models import Case
from duties.models import Duty
from staff.choices import Role
from tests.assignment.makers import applied_plan_of, make_capacity, make_cases_in_bulk, make_lead_duty, make_requirement, plan_of
from tests.factories import make_client, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db


def applied_now(placement) -> AssignmentPlan:
    """By the machine's own clock, which the pages read."""
    return applied_plan_of(placement, now=timezone.now())


def plan_url(name: str, plan: AssignmentPlan) -> str:
    return reverse(f"assignment:{name}", args=[plan.pk])


@pytest.fixture
def theirs(db):
    """Another team's placement with a plan: nothing of it may show."""
    team = make_team()
    make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team, code="THEIRS")
    make_cases_in_bulk(placement, 3)
    make_lead_duty(placement)
    return placement


LEADS_PAGES = ["board", "filtering-list", "capacity-list"]


@pytest.mark.parametrize("page", LEADS_PAGES)
def test_lists_send_strangers_to_sign_in(client, page):
    response = client.get(reverse(f"assignment:{page}"))

    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("staff:sign-in"))


@pytest.mark.parametrize("page", ["board", "capacity-list", "transfer"])
def test_leads_pages_are_closed_to_collectors(sign_in, collector, page):
    assert sign_in(collector).get(reverse(f"assignment:{page}")).status_code == 403


def test_requirements_are_closed_to_leads(sign_in, lead, placement):
    browser = sign_in(lead)

    assert browser.get(reverse("assignment:requirement-list")).status_code == 403
    assert browser.get(reverse("assignment:requirement-edit", args=[placement.client_id])).status_code == 403


@pytest.mark.parametrize("page", ["plan-make", "plan-again", "plan-move", "plan-set-aside", "plan-apply", "plan-undo", "plan-discard"])
def test_actions_are_closed_to_collectors_and_other_teams(sign_in, collector, lead, theirs, page):
    plan = plan_of(theirs)
    pk = theirs.pk if page == "plan-make" else plan.pk
    url = reverse(f"assignment:{page}", args=[pk])

    assert sign_in(collector).post(url).status_code == 403
    assert sign_in(lead).post(url, {"mode": "both", "holdings": "cumulative", "version": "1"}).status_code == 404
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT
    assert not Assignment.objects.exists()


def test_another_teams_placement_and_plan_are_not_found(sign_in, lead, theirs):
    browser = sign_in(lead)

    assert browser.get(reverse("assignment:placement-detail", args=[theirs.pk])).status_code == 404
    assert browser.get(plan_url("plan-detail", plan_of(theirs))).status_code == 404


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


def test_placement_detail_shows_what_a_lead_weighs(sign_in, lead, placement, people):
    """A2.2: requirements, make-up, capacity, holdings."""
    make_requirement(placement.client, barred=[people[0]])
    make_capacity(people[1], max_cases=7)

    page = sign_in(lead).get(reverse("assignment:placement-detail", args=[placement.pk]))

    assert [(standing.person, standing.may_take) for standing in page.context["people"]] == [(people[0], False), (people[1], True), (people[2], True)]
    assert [(part.label, part.count) for part in page.context["make_up"]["stage"]] == [("M3", 6)]
    assert page.context["left"] == 6


def test_plan_make_goes_on_to_the_plan(sign_in, lead, placement, people):
    response = sign_in(lead).post(reverse("assignment:plan-make", args=[placement.pk]), {"mode": "amount", "holdings": "new_only"})

    plan = AssignmentPlan.objects.get()
    assert (response.url, plan.mode, plan.holdings, plan.created_by) == (plan_url("plan-detail", plan), "amount", "new_only", lead)


def test_plan_make_with_nonsense_says_so(sign_in, lead, placement, people):
    response = sign_in(lead).post(reverse("assignment:plan-make", args=[placement.pk]), {"mode": "magic"}, follow=True)

    assert response.redirect_chain[-1][0] == reverse("assignment:placement-detail", args=[placement.pk])
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert not AssignmentPlan.objects.exists()


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

    assert len(browser.get(plan_url("plan-detail", plan), {"collector": people[0].pk}).context["table"]) == 2
    assert len(browser.get(plan_url("plan-detail", plan), {"collector": "nobody"}).context["table"]) == 0
    assert len(browser.get(plan_url("plan-detail", plan), {"reason": "balance"}).context["table"]) == 6


@pytest.mark.parametrize("count", [1, 3])
def test_plan_detail_takes_the_same_queries_for_one_and_three(sign_in, lead, team, people, django_assert_max_num_queries, count):
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, count)
    plan, browser = plan_of(placement), sign_in(lead)

    with django_assert_max_num_queries(24):
        assert len(browser.get(plan_url("plan-detail", plan)).context["table"]) == count


def test_plan_move_of_chosen_cases(sign_in, lead, placement, people):
    plan = plan_of(placement)
    case_id = plan.lines.filter(collector=people[0]).first().case_id

    sign_in(lead).post(plan_url("plan-move", plan), {"ids": [case_id], "to": people[1].pk, "version": 1})

    assert plan.lines.get(case_id=case_id).collector == people[1]


def test_plan_move_of_all_that_the_filter_finds(sign_in, lead, placement, people):
    plan = plan_of(placement)

    response = sign_in(lead).post(plan_url("plan-move", plan), {"all": "yes", "query": f"collector={people[0].pk}", "to": people[1].pk, "version": 1})

    assert plan.lines.filter(collector=people[1]).count() == 4
    assert plan.lines.filter(collector=people[2]).count() == 2
    assert response.url.endswith(f"?collector={people[0].pk}#list")


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

    sign_in(lead).post(plan_url("plan-set-aside", plan), {"ids": [plan.lines.first().case_id], "reason": "银行待撤案"})

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


def test_capacity_list_shows_the_own_team_only(sign_in, lead, people, theirs):
    page = sign_in(lead).get(reverse("assignment:capacity-list"))

    assert {row.pk for row in page.context["page"]} == {person.pk for person in people}


def test_capacity_list_of_an_administrator_shows_everybody(sign_in, people, theirs):
    page = sign_in(make_user(Role.ADMINISTRATOR)).get(reverse("assignment:capacity-list"))

    assert len(page.context["page"]) == 4


@pytest.mark.parametrize("count", [1, 3])
def test_capacity_list_takes_the_same_queries_for_one_and_three(sign_in, lead, team, django_assert_max_num_queries, count):
    for _ in range(count):
        make_capacity(make_user(Role.COLLECTOR, team=team))
    browser = sign_in(lead)

    with django_assert_max_num_queries(12):
        assert len(browser.get(reverse("assignment:capacity-list")).context["page"]) == count


def test_capacity_edit_sets_it_and_leaves_a_trace(sign_in, lead, people):
    """A2.2, third principle"""
    url = reverse("assignment:capacity-edit", args=[people[0].pk])

    sign_in(lead).post(url, {"max_cases": "120", "max_amount": "3000000", "max_new_per_day": "40"})

    capacity = Capacity.objects.get(collector=people[0])
    assert (capacity.max_cases, capacity.max_amount, capacity.max_new_per_day) == (120, Decimal(3000000), 40)
    assert AuditEvent.objects.about(capacity).get().changes["max_cases"] == [None, 120]


def test_capacity_edit_of_another_team_is_not_found(sign_in, lead, theirs):
    stranger = theirs.team.members.exclude(pk=theirs.team.lead_id).get()

    assert sign_in(lead).get(reverse("assignment:capacity-edit", args=[stranger.pk])).status_code == 404


def test_capacity_edit_with_nonsense_says_so_beside_the_field(sign_in, lead, people):
    page = sign_in(lead).post(reverse("assignment:capacity-edit", args=[people[0].pk]), {"max_cases": "-1"})

    assert set(page.context["form"].errors) == {"max_cases", "max_amount", "max_new_per_day"}
    assert not Capacity.objects.exists()


def test_requirement_edit_sets_it_and_leaves_a_trace(sign_in, team, people):
    """A2.2, first principle"""
    administrator, bank = make_user(Role.ADMINISTRATOR), make_client()
    url = reverse("assignment:requirement-edit", args=[bank.pk])
    data = {"teams": [team.pk], "barred_people": [people[0].pk], "min_months_of_service": "6", "max_cases_per_person": "", "training_required": "on"}

    sign_in(administrator).post(url, data)

    row = ClientRequirement.objects.get(client=bank)
    assert (list(row.teams.all()), list(row.barred_people.all()), row.min_months_of_service, row.max_cases_per_person) == ([team], [people[0]], 6, None)
    assert AuditEvent.objects.about(row).get().changes["training_required"] == [None, True]


def test_requirement_pages_open_with_and_without_one(sign_in, team, people):
    browser, with_one, without = sign_in(make_user(Role.ADMINISTRATOR)), make_client(), make_client()
    make_requirement(with_one, teams=[team], barred=[people[0]], training_required=True)

    assert len(browser.get(reverse("assignment:requirement-list")).context["page"]) == 2
    assert browser.get(reverse("assignment:requirement-edit", args=[with_one.pk])).context["form"].initial["training_required"] is True
    assert browser.get(reverse("assignment:requirement-edit", args=[without.pk])).status_code == 200


def test_filtering_list_shows_the_leads_team_with_progress(sign_in, lead, placement, people, theirs):
    """A3.1"""
    applied_now(placement)
    applied_now(theirs)
    Case.objects.filter(pk=Case.objects.filter(assignments__collector=people[0]).first().pk).update(state="working")

    page = sign_in(lead).get(reverse("assignment:filtering-list"))

    assert [(task.collector, task.filtered, task.cases) for task in sorted(page.context["page"], key=lambda task: task.pk)] == [
        (people[0], 1, 2),
        (people[1], 0, 2),
        (people[2], 0, 2),
    ]


def test_filtering_list_of_a_collector_shows_the_own_task(sign_in, placement, people):
    applied_now(placement)

    page = sign_in(people[0]).get(reverse("assignment:filtering-list"))

    assert [task.collector for task in page.context["page"]] == [people[0]]
    assert "assignment/transfer" not in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_filtering_list_takes_the_same_queries_for_one_and_three(sign_in, lead, team, django_assert_max_num_queries, count):
    for _ in range(count):
        make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 3)
    applied_now(placement)
    browser = sign_in(lead)

    with django_assert_max_num_queries(14):
        assert len(browser.get(reverse("assignment:filtering-list")).context["page"]) == count


def test_filtering_extend_from_the_page(sign_in, lead, placement, people, settings):
    """A3.1: by the lead, with a reason."""
    applied_now(placement)
    task = FilteringTask.objects.get(collector=people[0])
    Duty.objects.about(task).update(due_at="2099-11-25T17:30+08:00", first_due_at="2099-11-25T17:30+08:00", starts_at="2099-11-23T09:00+08:00")

    sign_in(lead).post(reverse("assignment:filtering-extend", args=[task.pk]), {"reason": "资料多", "days": "1"})

    duty = Duty.objects.about(task).get()
    assert (duty.is_extended, duty.extension_reason, duty.extended_by) == (True, "资料多", lead)


def test_filtering_extend_is_closed_to_the_collector_and_other_leads(sign_in, lead, people, theirs):
    applied_now(theirs)
    url = reverse("assignment:filtering-extend", args=[FilteringTask.objects.get().pk])

    assert sign_in(people[0]).get(url).status_code == 403
    assert sign_in(lead).get(url).status_code == 404


def test_transfer_of_a_task_from_the_page(sign_in, lead, placement, people):
    applied_now(placement)
    task, browser = FilteringTask.objects.get(collector=people[0]), sign_in(lead)
    url = f"{reverse('assignment:transfer')}?task={task.pk}"

    page = browser.get(url)
    browser.post(url, {"to": people[1].pk, "reason": "请假"})

    assert len(page.context["page"].cases) == 2
    assert Assignment.objects.open().filter(collector=people[1]).count() == 4


def test_transfer_asks_first_when_a_list_posts_only_cases(sign_in, lead, placement, people):
    applied_now(placement)
    case, browser = Case.objects.first(), sign_in(lead)
    to = next(person for person in people if person != holder_of(case))

    asked = browser.post(reverse("assignment:transfer"), {"ids": [case.pk]})
    done = browser.post(reverse("assignment:transfer"), {"ids": [case.pk], "to": to.pk, "reason": "调整"})

    assert (asked.status_code, asked.context["form"].is_bound, done.status_code) == (200, False, 302)
    assert holder_of(case) == to


def test_transfer_of_another_teams_cases_touches_nothing(sign_in, lead, people, theirs):
    applied_now(theirs)
    case = Case.objects.filter(placement=theirs).first()
    before = holder_of(case)

    response = sign_in(lead).post(reverse("assignment:transfer"), {"ids": [case.pk], "to": people[0].pk, "reason": "调整"})

    assert response.context["form"].non_field_errors()
    assert holder_of(case) == before
