"""Pages of filtering and of cases that change hands: whose rows, how many queries, and that each button calls its service."""

import pytest
from django.urls import reverse

from assignment.models import Assignment, FilteringTask
from assignment.selectors import holder_of
from cases.models import Case
from duties.models import Duty
from staff.choices import Role
from tests.assignment.makers import applied_now, make_cases_in_bulk
from tests.factories import make_placement, make_user

pytestmark = pytest.mark.django_db


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
