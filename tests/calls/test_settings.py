from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from calls.models import Category, Outcome
from calls.services.settings import CannotChangeCategory, CannotChangeOutcome, add_category, change_category, change_outcome
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_user

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(TEN, tick=True):
        yield


@pytest.fixture
def administrator():
    return make_user(Role.ADMINISTRATOR)


def fields_of(outcome: Outcome) -> dict:
    return {name: getattr(outcome, name) for name in ("name_zh", "name_en", "hotkey", "position", "follow_up_days", "is_active")}


def change(code: str, by, **new) -> Outcome:
    return change_outcome(code=code, by=by, now=TEN, **fields_of(Outcome.objects.get(pk=code)) | new)


# --- Outcomes --------------------------------------------------------------------------------------------------------------


def test_an_outcome_is_renamed_and_it_is_on_the_trail(administrator):
    outcome = change("WTP", administrator, name_zh="愿意还款", follow_up_days=5)

    outcome.refresh_from_db()
    assert (outcome.name_zh, outcome.follow_up_days) == ("愿意还款", 5)
    assert AuditEvent.objects.about(outcome).get().changes == {"name_zh": ["有还款意愿", "愿意还款"], "follow_up_days": [2, 5]}


@pytest.mark.parametrize(("code", "key"), [("WTP", "1"), ("WTP", "b"), ("BUSY", "2"), ("WTP", "j"), ("WTP", "%"), ("WTP", "é")])
def test_a_key_stands_for_one_outcome_among_those_offered_together(administrator, code, key):
    """Debtor's and everybody's outcomes are offered together, and the desk's own keys stay its own."""
    with pytest.raises(CannotChangeOutcome):
        change(code, administrator, hotkey=key)

    assert Outcome.objects.get(pk=code).hotkey != key
    assert not AuditEvent.objects.filter(action="outcome.changed").exists()


def test_the_debtors_and_a_third_partys_outcomes_may_share_a_key(administrator):
    assert change("CINF", administrator, hotkey="9").hotkey == "9"


@pytest.mark.parametrize(("code", "rule"), [("TSAJ", "CR-16"), ("NSN", "CR-15"), ("NSA", "CR-15")])
def test_the_last_outcome_that_a_rule_needs_is_not_switched_off(administrator, code, rule):
    """CR-15, CR-16: wrong numbers, death and incapacity can always be recorded."""
    with pytest.raises(CannotChangeOutcome) as refusal:
        change(code, administrator, is_active=False)

    assert refusal.value.rule == rule
    assert Outcome.objects.get(pk=code).is_active


def test_of_two_outcomes_that_bar_a_number_one_stays(administrator):
    """CR-13"""
    change("RFTP", administrator, is_active=False)

    with pytest.raises(CannotChangeOutcome) as refusal:
        change("NOCL", administrator, is_active=False)

    assert refusal.value.rule == "CR-13"
    assert Outcome.objects.filter(bars_number=True, is_active=True).get().code == "NOCL"


def test_changing_nothing_is_refused(administrator):
    with pytest.raises(CannotChangeOutcome):
        change("WTP", administrator)


def test_the_outcomes_page_edits_names_but_not_what_the_law_counts(sign_in, administrator):
    """CR-03, CR-04: an outcome's meaning can't be posted."""
    url = reverse("calls:outcome-edit", args=["PTP"])
    before = Outcome.objects.get(pk="PTP")
    data = {"name_zh": "承诺", "name_en": "PTP", "hotkey": "1", "position": 0, "is_active": "on", "is_effective_call": "", "counts_as_attempt": ""}

    page, answer = sign_in(administrator).get(url), sign_in(administrator).post(url, data)

    after = Outcome.objects.get(pk="PTP")
    assert (page.status_code, answer.status_code) == (200, 302)
    assert (after.name_zh, after.is_effective_call, after.counts_as_attempt, after.group) == ("承诺", True, True, before.group)


def test_a_refusal_stands_above_the_form_with_what_was_typed(sign_in, administrator):
    data = {"name_zh": "新名", "name_en": "x", "hotkey": "1", "position": 4, "is_active": "on"}

    answer = sign_in(administrator).post(reverse("calls:outcome-edit", args=["WTP"]), data)

    assert answer.context["form"].non_field_errors()
    assert answer.context["form"]["name_zh"].value() == "新名"
    assert Outcome.objects.get(pk="WTP").name_zh == "有还款意愿"


@pytest.mark.parametrize(("name", "row"), [("outcome-edit", Outcome), ("category-edit", Category)])
def test_f13_of_two_administrators_the_second_is_told(sign_in, administrator, name, row):
    """F13: the form says what it showed."""
    code = {Outcome: "WTP", Category: "lost"}[row]
    browser, url = sign_in(administrator), reverse(f"calls:{name}", args=[code])
    said = {"name_en": "Other", "position": 3, "is_active": "on", "hotkey": "5", "seen": browser.get(url).context["page"].seen}

    first, second = (browser.post(url, said | {"name_zh": name_zh}) for name_zh in ("第一位", "第二位"))

    assert (first.status_code, bool(second.context["form"].non_field_errors()), row.objects.get(pk=code).name_zh) == (302, True, "第一位")


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.COLLECTOR, Role.GM_OFFICE, Role.QUALITY])
def test_settings_of_calls_are_the_administrators(sign_in, role):
    browser = sign_in(make_user(role))

    for name, args in (("outcome-list", []), ("outcome-edit", ["PTP"]), ("category-list", []), ("category-new", []), ("category-edit", ["lost"])):
        assert browser.get(reverse(f"calls:{name}", args=args)).status_code == 403
    assert browser.post(reverse("calls:category-new"), {"code": "x", "name_zh": "x", "name_en": "x", "position": 1}).status_code == 403
    assert Category.objects.count() == 8


@pytest.mark.parametrize(("asked", "found"), [("", 37), ("target=third_party", 8), ("group=invalid_number", 4), ("q=PTP", 3), ("state=off", 0)])
def test_outcomes_are_filtered(sign_in, administrator, asked, found):
    page = sign_in(administrator).get(f"{reverse('calls:outcome-list')}?{asked}")

    assert len(page.context["table"]) == found


def test_the_lists_cost_the_same_for_more_rows(sign_in, administrator):
    browser = sign_in(administrator)
    for name, few_rows in (("outcome-list", "?q=WTP"), ("category-list", "?q=lost")):
        url = reverse(f"calls:{name}")
        browser.get(url)
        with CaptureQueriesContext(connection) as few:
            browser.get(url + few_rows)

        with CaptureQueriesContext(connection) as many:
            browser.get(f"{url}?state=active")

        assert len(many) == len(few)


# --- Categories --------------------------------------------------------------------------------------------------------------


def test_a_category_is_entered_changed_and_switched_off(sign_in, administrator):
    """A3.2, third step: managers edit the list."""
    browser = sign_in(administrator)

    browser.post(reverse("calls:category-new"), {"code": "insured", "name_zh": "有保险", "name_en": "Insured", "position": 9})
    browser.post(reverse("calls:category-edit", args=["insured"]), {"name_zh": "已投保", "name_en": "Insured", "position": 9})

    category = Category.objects.get(pk="insured")
    assert (category.name_zh, category.is_active) == ("已投保", False)
    assert [event.action for event in AuditEvent.objects.about(category).order_by("pk")] == ["category.created", "category.changed"]


@pytest.mark.parametrize("new", [{"code": "lost"}, {"name_zh": "失联"}, {"name_en": "lost CONTACT"}])
def test_a_category_has_a_code_and_names_of_its_own(administrator, new):
    values = {"code": "new", "name_zh": "新", "name_en": "New", "position": 9} | new

    with pytest.raises(CannotChangeCategory):
        add_category(by=administrator, now=TEN, **values)

    assert Category.objects.count() == 8


def test_the_last_category_is_not_switched_off(administrator):
    """A3.2: a filtered case must be classified."""
    Category.objects.exclude(pk="lost").update(is_active=False)

    with pytest.raises(CannotChangeCategory):
        change_category(code="lost", name_zh="失联", name_en="Lost contact", position=6, is_active=False, by=administrator, now=TEN)

    assert Category.objects.get(pk="lost").is_active


def test_a_code_with_other_signs_is_refused_on_the_page(sign_in, administrator):
    answer = sign_in(administrator).post(reverse("calls:category-new"), {"code": "a b/", "name_zh": "x", "name_en": "x", "position": 1})

    assert "code" in answer.context["form"].errors
    assert Category.objects.count() == 8
