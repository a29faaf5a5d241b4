"""The pages of the desk and of cases: who sees what, and what a lead may do to a case."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from calls.models import Category
from calls.services.filtering import review_field
from cases.models import Case
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_caller, make_case, make_filtering_task, make_placement, make_record, make_team, make_user

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture(autouse=True)
def ten_o_clock():
    with time_machine.travel(TEN, tick=True):
        yield


@pytest.fixture
def caller(team):
    return make_caller(team=team)


@pytest.fixture
def case(team, caller):
    return make_case(placement=make_placement(team=team), holder=caller)


def page(browser, name, *args, **query):
    return browser.get(reverse(f"workbench:{name}", args=args), query)


def test_the_desk_opens_for_a_collector(sign_in, caller):
    answer = page(sign_in(caller), "desk")

    assert answer.status_code == 200
    assert 'id="workbench"' in answer.content.decode()


def test_the_filtering_page_shows_the_clock_and_the_progress(sign_in, caller, team):
    """A3.1"""
    case = make_case(placement=make_placement(team=team))
    task = make_filtering_task(caller, [case])
    review_field(case_id=case.pk, field="identity", finding="clear", by=caller, now=TEN)

    answer = page(sign_in(caller), "filtering", task.pk)

    assert (answer.context["progress"].total, answer.context["progress"].done) == (1, 0)
    assert "2026-11-25T17:30" in answer.content.decode()


@pytest.mark.parametrize("who", ["other collector", "lead"])
def test_a_filtering_task_is_worked_by_its_collector_only(sign_in, caller, team, who):
    """S01: the lead is led to the list of tasks instead."""
    task = make_filtering_task(caller, [make_case(placement=make_placement(team=team))])
    person = make_caller(team=team) if who == "other collector" else team.lead

    assert page(sign_in(person), "filtering", task.pk).status_code == (404 if who == "other collector" else 302)


def test_the_list_shows_the_own_cases_only(sign_in, caller, case, team):
    """S01: another collector's case of the same team is not in the list."""
    theirs = make_case(placement=case.placement, holder=make_caller(team=team))

    text = page(sign_in(caller), "case-list").content.decode()

    assert case.case_no in text
    assert theirs.case_no not in text


def test_the_list_is_narrowed_by_state_client_and_collector(sign_in, team, case, caller):
    other = make_case(placement=case.placement, holder=make_caller(team=team))
    browser = sign_in(team.lead)

    shown = {name: page(browser, "case-list", **query).content.decode() for name, query in {
        "collector": {"collector": caller.pk}, "state": {"state": "settled"}, "text": {"q": other.case_no}, "client": {"client": case.client_id},
    }.items()}  # fmt: skip

    assert [(case.case_no in text, other.case_no in text) for text in shown.values()] == [(True, False), (False, False), (False, True), (True, True)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_many_questions_for_three_as_for_one(sign_in, team, count, django_assert_max_num_queries):
    for _number in range(count):
        make_case(placement=make_placement(team=team), holder=make_caller(team=team))
    browser = sign_in(team.lead)

    with django_assert_max_num_queries(14):
        page(browser, "case-list")


@pytest.mark.parametrize("tab", ["accounts", "contacts", "timeline", "documents", "nonsense"])
def test_each_part_of_a_case_is_shown_masked(sign_in, caller, case, tab):
    """CR-46"""
    make_record(case, caller, "RTP", note="客户说下周")

    text = page(sign_in(caller), "case-detail", case.pk, tab=tab).content.decode()

    assert case.debtor.name in text
    assert not any(clear in text for clear in (case.debtor.id_no, "6222021234567890", case.contacts.get().phones.get().number, "文三路"))


@pytest.mark.parametrize("role", [Role.DATA_SPECIALIST, Role.QUALITY, Role.ADMINISTRATOR])
def test_who_may_not_see_cases_gets_no_page(sign_in, case, role):
    """S38"""
    browser = sign_in(make_user(role))

    assert [page(browser, "case-list").status_code, page(browser, "case-detail", case.pk).status_code] == [403, 403]


def test_a_lead_stops_a_case_and_lets_it_go_on(sign_in, case, team):
    """停催: blocks every contact at once."""
    browser = sign_in(team.lead)

    browser.post(reverse("workbench:case-stop", args=[case.pk]), {"reason": "银行通知"})
    stopped = Case.objects.get(pk=case.pk).stopped_at
    browser.post(reverse("workbench:case-resume", args=[case.pk]), {"reason": "银行恢复"})

    assert stopped is not None
    assert Case.objects.get(pk=case.pk).stopped_at is None


def test_stopping_needs_a_reason_and_a_right_and_the_own_team(sign_in, case, caller, team):
    """S01, S38"""
    path, body = reverse("workbench:case-stop", args=[case.pk]), {"reason": "x"}

    answers = [
        sign_in(team.lead).post(path, {"reason": " "}).status_code,
        sign_in(caller).post(path, body).status_code,
        sign_in(make_team().lead).post(path, body).status_code,
    ]

    assert answers == [302, 403, 404]
    assert Case.objects.get(pk=case.pk).stopped_at is None


def test_a_lead_answers_an_objection_on_the_cases_page(sign_in, case, team):
    """CR-50, E14"""
    Case.objects.filter(pk=case.pk).update(state="disputed")
    browser = sign_in(team.lead)
    shown = page(browser, "case-detail", case.pk).context["answer_form"]

    browser.post(reverse("workbench:case-answer", args=[case.pk]), {"answer": "银行核对无误"})

    assert shown is not None
    assert Case.objects.get(pk=case.pk).state == "working"


def test_the_gm_office_sees_every_case_and_works_none(sign_in, case):
    browser = sign_in(make_user(Role.GM_OFFICE))

    assert [page(browser, "case-detail", case.pk).status_code, page(browser, "desk").status_code] == [200, 403]


def test_the_page_names_the_category_and_not_its_code(sign_in, caller, case):
    """A3.2"""
    Category.objects.update_or_create(code="half_lost", defaults={"name_zh": "半失联", "name_en": "Half lost"})
    Case.objects.filter(pk=case.pk).update(category="half_lost")

    text = page(sign_in(caller), "case-detail", case.pk).content.decode()

    assert "半失联" in text
    assert "half_lost" not in text
