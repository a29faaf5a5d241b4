"""What others own, and what is nothing at all, in addresses and in forms: it answers 404 or a refusal, never an error, and changes nothing."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from assignment.models import Assignment, AssignmentPlan, AssignmentRule
from audit.models import AuditEvent
from staff.choices import Role
from staff.models import Shift
from tests.assignment.makers import applied_now, plan_of
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db
# Longer than any id, longer than a number may be, not a number, and digits that are not ours.
NONSENSE = ["9" * 18, "9" * 30, "9" * 5000, "-1", "x", "٣"]


@pytest.mark.parametrize("text", NONSENSE)
def test_ids_that_are_none_change_nothing_in_a_plan(sign_in, lead, placement, people, text):
    plan, browser = plan_of(placement), sign_in(lead)
    case, before = plan.lines.first().case_id, list(plan.lines.order_by("pk").values_list("case", "collector", "set_aside_reason"))

    def answer(page: str, **data) -> int:
        return browser.post(reverse(f"assignment:{page}", args=[plan.pk]), {"version": plan.version} | data).status_code

    assert answer("plan-move", ids=[text], to=people[0].pk) == 302
    assert answer("plan-move", ids=[case], to=text) == 404
    assert answer("plan-move", ids=[case], to=people[0].pk, version=text) == 302
    assert answer("plan-set-aside", ids=[text], reason="撤案") == 302
    assert answer("plan-apply", version=text) == 302
    assert list(plan.lines.order_by("pk").values_list("case", "collector", "set_aside_reason")) == before
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("text", NONSENSE)
def test_ids_that_are_none_find_no_case_no_person_and_no_rule(sign_in, lead, people, text):
    browser, gm = sign_in(lead), sign_in(make_user(Role.GM_OFFICE))

    assert browser.post(reverse("assignment:transfer"), {"ids": [text]}).context["page"].cases == []
    assert browser.get(reverse("assignment:transfer"), {"task": text}).status_code == 404
    assert browser.post(reverse("assignment:return-to-pool"), {"ids": [text]}).context["page"].cases == []
    assert browser.post(reverse("assignment:selection"), {"ids": [text]}).context["page"].chosen == []
    assert browser.post(reverse("assignment:shift-save"), {"month": "2026-12", "people": [text], "team": text}).status_code == 302
    assert gm.post(reverse("assignment:rule-order"), {"ids": [text], "up": text}).status_code == 302
    assert (Shift.objects.exists(), AssignmentRule.objects.exists()) == (False, False)


@pytest.mark.parametrize("month", ["2026-13", "9999-12", "0001-01", "2026-1", "x", ""])
def test_a_month_that_is_none_shows_this_one(sign_in, lead, people, month):
    page = sign_in(lead).get(reverse("assignment:shift-grid"), {"month": month})

    assert page.context["month"].day == 1
    assert page.context["month"] == page.context["lines"][0]["days"][0]["day"]


@pytest.mark.parametrize("field", ["overdue_from", "overdue_to"])
def test_a_rule_with_days_beyond_all_measure_says_so_beside_the_field(sign_in, people, field):
    data = {"name": "大额", "priority": "1", field: "99999999999", "people": [people[0].pk]}

    page = sign_in(make_user(Role.GM_OFFICE)).post(reverse("assignment:rule-new"), data)

    assert list(page.context["form"].errors) == [field]
    assert not AssignmentRule.objects.exists()


def test_asking_for_a_team_of_somebody_else_is_not_found_and_plans_for_nobody(sign_in, lead, placement, people, theirs):
    """A2.1: not for the own team instead either."""
    url, browser = reverse("assignment:placement-detail", args=[placement.pk]), sign_in(lead)

    assert browser.get(url, {"team": theirs.team_id}).status_code == 404
    assert browser.post(url, {"team": theirs.team_id, "mode": "both", "holdings": "cumulative"}).status_code == 404
    assert not AssignmentPlan.objects.exists()


def test_cases_of_others_are_not_moved_set_aside_transferred_or_returned(sign_in, lead, placement, people, theirs):
    """A2.1, A2.2: their ids beside own ones count for nothing."""
    stranger = theirs.team.members.exclude(pk=theirs.team.lead_id).get()
    applied_now(theirs)
    plan, browser = plan_of(placement), sign_in(lead)
    foreign = list(theirs.cases.values_list("pk", flat=True))
    events = AuditEvent.objects.count()

    browser.post(reverse("assignment:plan-move", args=[plan.pk]), {"ids": foreign, "to": people[0].pk, "version": plan.version})
    browser.post(reverse("assignment:plan-set-aside", args=[plan.pk]), {"ids": foreign, "reason": "撤案", "version": plan.version})
    transfer = browser.post(reverse("assignment:transfer"), {"ids": foreign, "to": people[0].pk, "reason": "均衡"})
    browser.post(reverse("assignment:return-to-pool"), {"ids": foreign, "reason": "久未跟进"})

    assert transfer.context["page"].cases == []
    assert set(Assignment.objects.open().values_list("case", "collector")) == {(pk, stranger.pk) for pk in foreign}
    assert AuditEvent.objects.count() == events


def test_own_cases_do_not_go_to_a_person_of_another_team(sign_in, lead, placement, people, theirs):
    """A2.1"""
    applied_now(placement)
    stranger = theirs.team.members.exclude(pk=theirs.team.lead_id).get()
    case = placement.cases.first()
    browser = sign_in(lead)

    transfer = browser.post(reverse("assignment:transfer"), {"ids": [case.pk], "to": stranger.pk, "reason": "均衡"})
    handed = browser.post(reverse("assignment:hand-over", args=[people[0].pk]), {"to": stranger.pk, "reason": "离职"})

    assert [list(page.context["form"].errors) for page in (transfer, handed)] == [["to"], ["to"]]
    assert stranger.name not in transfer.content.decode() + handed.content.decode()
    assert not Assignment.objects.filter(collector=stranger).exists()


@pytest.mark.parametrize("page", ["plan-again", "plan-move", "plan-set-aside", "plan-apply", "plan-undo", "plan-discard"])
def test_another_teams_plan_is_not_found_by_any_button(sign_in, lead, theirs, page):
    plan = plan_of(theirs)

    answer = sign_in(lead).post(reverse(f"assignment:{page}", args=[plan.pk]), {"version": plan.version, "ids": [theirs.cases.first().pk], "to": "nobody"})

    plan.refresh_from_db()
    assert (answer.status_code, plan.state, plan.version) == (404, "draft", 1)


@pytest.mark.parametrize(
    ("page", "role"),
    [
        ("capacity-clear", Role.COLLECTOR),
        ("level-clear", Role.TEAM_LEAD),
        ("rule-order", Role.TEAM_LEAD),
        ("rule-preview", Role.TEAM_LEAD),
        ("shift-save", Role.COLLECTOR),
        ("transfer", Role.COLLECTOR),
        ("return-to-pool", Role.COLLECTOR),
        ("selection", Role.COLLECTOR),
        ("hand-over", Role.COLLECTOR),
        ("transfer", Role.ADMINISTRATOR),
        ("selection", Role.FINANCE),
    ],
)
def test_buttons_are_closed_to_who_may_not_press_them(sign_in, people, page, role):
    arguments = {"capacity-clear": [people[0].pk], "level-clear": ["junior"], "hand-over": [people[0].pk]}.get(page, [])

    assert sign_in(make_user(role)).post(reverse(f"assignment:{page}", args=arguments)).status_code == 403


@pytest.mark.parametrize("page", ["plan-again", "plan-move", "plan-set-aside", "plan-apply", "plan-undo", "plan-discard"])
def test_reading_an_address_changes_no_plan(sign_in, lead, placement, people, page):
    plan = plan_of(placement)

    assert sign_in(lead).get(reverse(f"assignment:{page}", args=[plan.pk])).status_code == 405


def test_a_form_of_another_site_changes_nothing(lead, placement, people):
    """No page takes a POST without its token."""
    plan = plan_of(placement)
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(lead)
    addresses = [
        reverse("assignment:plan-apply", args=[plan.pk]),
        reverse("assignment:shift-save"),
        reverse("assignment:transfer"),
        reverse("assignment:capacity-edit", args=[people[0].pk]),
        reverse("assignment:placement-detail", args=[placement.pk]),
    ]

    assert [browser.post(address, {"version": plan.version}).status_code for address in addresses] == [403] * len(addresses)
    assert not Assignment.objects.exists()


def test_fields_that_a_form_does_not_have_are_not_taken(sign_in, lead, placement, people):
    """A plan's state, maker and level are not the form's to say."""
    url = reverse("assignment:placement-detail", args=[placement.pk])
    data = {"mode": "both", "holdings": "cumulative", "level": "teams", "scope": "pool", "state": "applied", "created_by": people[0].pk, "placement": 0}

    sign_in(lead).post(url, data)

    plan = AssignmentPlan.objects.get()
    assert (plan.state, plan.level, plan.scope, plan.created_by, plan.placement, plan.team) == ("draft", "people", "placement", lead, placement, lead.team)


def test_a_plan_is_exported_only_by_who_may_export_cases(sign_in, lead, placement, people):
    """The workbook names debtors, as that of the list of cases does."""
    plan = plan_of(placement)
    url = reverse("assignment:plan-detail", args=[plan.pk])

    assert sign_in(lead).get(url, {"export": "xlsx"}).status_code == 200
    assert sign_in(make_user(Role.GM_OFFICE)).get(url, {"export": "xlsx"}).status_code == 404
    assert AuditEvent.objects.filter(action="list.exported").count() == 1


def test_requirements_of_a_client_that_is_none_are_not_found(sign_in):
    make_client()

    assert sign_in(make_user(Role.ADMINISTRATOR)).get(reverse("assignment:requirement-edit", args=[10**15])).status_code == 404
