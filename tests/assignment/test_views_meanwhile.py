"""Two tabs, two people: whoever saves over what changed after the page was opened is told, and nothing is overwritten (F12)."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from assignment.models import Capacity, ClientRequirement, LevelCapacity, ReassignPolicy
from assignment.services.limits import set_capacity, set_level_capacity, set_requirement
from assignment.services.plans import move_lines
from assignment.services.steering import save_rule, set_policy
from audit.models import AuditEvent
from staff.choices import Role
from staff.models import Shift
from staff.services_shifts import set_shifts
from tests.assignment.makers import plan_of
from tests.factories import MONDAY_9AM, make_client, make_user

pytestmark = pytest.mark.django_db
LIMITS = {"max_cases": 100, "max_amount": "1000000.00", "max_new_per_day": 50}


def saved_twice(browser, url: str, data: dict, meanwhile):
    """The page is opened, somebody else saves, then the page is saved, and saved once more as it came back. Both answers."""
    opened = browser.get(url).context["page"].seen
    meanwhile()
    first = browser.post(url, data | {"seen": opened})
    return first, browser.post(url, data | {"seen": first.context["page"].seen})


def assert_refused(*answers) -> None:
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert all(answer.context["form"].non_field_errors() for answer in answers)


def test_a_capacity_that_changed_meanwhile_is_not_overwritten(sign_in, lead, people):
    """A2.2, third principle"""
    values = {"max_cases": 7, "max_amount": Decimal(7), "max_new_per_day": 7}

    answers = saved_twice(
        sign_in(lead),
        reverse("assignment:capacity-edit", args=[people[0].pk]),
        LIMITS,
        lambda: set_capacity(collector=people[0], **values, by=lead, now=MONDAY_9AM),
    )

    assert_refused(*answers)
    assert Capacity.objects.values(*values).get() == values
    assert AuditEvent.objects.filter(action="capacity.set").count() == 1


def test_a_levels_capacity_that_changed_meanwhile_is_not_overwritten(sign_in):
    """A2.2, third principle"""
    admin = make_user(Role.ADMINISTRATOR)
    values = {"max_cases": 7, "max_amount": Decimal(7), "max_new_per_day": 7}

    answers = saved_twice(
        sign_in(admin),
        reverse("assignment:level-edit", args=["junior"]),
        LIMITS,
        lambda: set_level_capacity(level="junior", **values, by=admin, now=MONDAY_9AM),
    )

    assert_refused(*answers)
    assert LevelCapacity.objects.values(*values).get() == values


def test_a_requirement_that_changed_meanwhile_is_not_overwritten(sign_in, people):
    """A2.2, first principle: the bank's ban of a person survives a form that was opened before it."""
    admin, bank = make_user(Role.ADMINISTRATOR), make_client()
    set_requirement(client=bank, min_months_of_service=3, by=admin, now=MONDAY_9AM)

    answers = saved_twice(
        sign_in(admin),
        reverse("assignment:requirement-edit", args=[bank.pk]),
        {"min_months_of_service": "6", "previous_collector": "any"},
        lambda: set_requirement(client=bank, barred_people=[people[0]], by=admin, now=MONDAY_9AM),
    )

    assert_refused(*answers)
    row = ClientRequirement.objects.get()
    assert (list(row.barred_people.all()), row.min_months_of_service) == ([people[0]], 3)


def test_a_requirement_that_was_entered_meanwhile_is_not_overwritten(sign_in):
    """A2.2, first principle: of two who enter the first one, the second is told."""
    admin, bank = make_user(Role.ADMINISTRATOR), make_client()

    answers = saved_twice(
        sign_in(admin),
        reverse("assignment:requirement-edit", args=[bank.pk]),
        {"min_months_of_service": "6", "previous_collector": "any"},
        lambda: set_requirement(client=bank, min_months_of_service=3, by=admin, now=MONDAY_9AM),
    )

    assert_refused(*answers)
    assert ClientRequirement.objects.get().min_months_of_service == 3


def test_a_policy_that_changed_meanwhile_is_not_overwritten(sign_in):
    gm = make_user(Role.GM_OFFICE)

    answers = saved_twice(
        sign_in(gm),
        reverse("assignment:policy-others"),
        {"is_active": "on", "after_days": "5", "to": "pool"},
        lambda: set_policy(client=None, after_days=30, to="pool", is_active=False, by=gm, now=MONDAY_9AM),
    )

    assert_refused(*answers)
    assert ReassignPolicy.objects.values_list("after_days", "is_active").get() == (30, False)


def test_a_rule_refused_as_stale_stays_refused_at_a_second_click(sign_in, people):
    """A2.2, second principle: the page that says "load again" must not carry the new version along with the old words."""
    gm = make_user(Role.GM_OFFICE)
    rule = save_rule(name="大额", priority=10, people=[people[0]], by=gm, now=MONDAY_9AM)
    url, browser = reverse("assignment:rule-edit", args=[rule.pk]), sign_in(gm)
    data = {"name": "旧的", "priority": "10", "people": [people[0].pk]}
    opened = browser.get(url).context["page"].version
    save_rule(rule_id=rule.pk, version=1, name="新的", by=gm, now=MONDAY_9AM)

    first = browser.post(url, data | {"version": opened})
    second = browser.post(url, data | {"version": first.context["page"].version})

    assert_refused(first, second)
    rule.refresh_from_db()
    assert rule.name == "新的"


def test_a_rule_without_its_version_is_not_saved(sign_in, people):
    gm = make_user(Role.GM_OFFICE)
    rule = save_rule(name="大额", priority=10, people=[people[0]], by=gm, now=MONDAY_9AM)

    answer = sign_in(gm).post(reverse("assignment:rule-edit", args=[rule.pk]), {"name": "旧的", "priority": "10", "people": [people[0].pk]})

    assert_refused(answer)
    rule.refresh_from_db()
    assert rule.name == "大额"


def test_shifts_that_changed_meanwhile_are_not_overwritten_and_none_of_the_page_is_saved(sign_in, lead, people):
    """A2.2: shifts"""
    first, second = people[:2]
    browser = sign_in(lead)
    opened = {line["person"]: line["seen"] for line in browser.get(reverse("assignment:shift-grid"), {"month": "2026-12"}).context["lines"]}
    set_shifts(person=second, first=date(2026, 12, 1), last=date(2026, 12, 31), days=[date(2026, 12, 9)], by=lead, now=MONDAY_9AM)
    ticked = {f"days_{first.pk}": ["01"], f"days_{second.pk}": ["02"], **{f"seen_{person.pk}": seen for person, seen in opened.items()}}

    answer = browser.post(reverse("assignment:shift-save"), {"month": "2026-12", "people": [first.pk, second.pk], **ticked}, follow=True)

    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert list(Shift.objects.values_list("person", "day")) == [(second.pk, date(2026, 12, 9))]


def test_shifts_that_somebody_else_changed_stay_when_the_page_left_them_alone(sign_in, lead, people):
    """A2.2: shifts of a person whose days nobody ticked on this page are not put back to what it showed."""
    first, second = people[:2]
    set_shifts(person=second, first=date(2026, 12, 1), last=date(2026, 12, 31), days=[date(2026, 12, 9)], by=lead, now=MONDAY_9AM)
    data = {f"days_{first.pk}": ["01"], f"seen_{first.pk}": "", f"seen_{second.pk}": ""}

    sign_in(lead).post(reverse("assignment:shift-save"), {"month": "2026-12", "people": [first.pk, second.pk], **data})

    assert set(Shift.objects.values_list("person", "day")) == {(first.pk, date(2026, 12, 1)), (second.pk, date(2026, 12, 9))}


def test_set_aside_of_a_plan_that_changed_meanwhile_is_refused(sign_in, lead, placement, people):
    """A2.2: what "all that the filter finds" means is what was looked at."""
    plan = plan_of(placement)
    line = plan.lines.filter(collector=people[0]).first()
    move_lines(plan_id=plan.pk, case_ids=[line.case_id], to=people[1], version=plan.version, by=lead, now=MONDAY_9AM)
    data = {"all": "yes", "query": f"to={people[1].pk}", "reason": "银行待撤案", "version": plan.version}

    answer = sign_in(lead).post(reverse("assignment:plan-set-aside", args=[plan.pk]), data, follow=True)

    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert not plan.lines.exclude(set_aside_reason="").exists()
