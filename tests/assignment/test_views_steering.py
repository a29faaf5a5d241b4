"""Pages of assignment rules, re-assignment, shifts, and of cases that people give up."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.models import Assignment, AssignmentRule, ReassignPolicy
from assignment.services.steering import save_rule
from audit.models import AuditEvent
from cases.choices import CaseState
from cases.models import Case
from staff.choices import Role
from staff.models import Shift
from tests.assignment.makers import applied_now, make_capacity
from tests.factories import MONDAY_9AM, make_case, make_client, make_debtor, make_placement, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def gm(db):
    return make_user(Role.GM_OFFICE)


def make_rule(name: str, priority: int, person, **fields) -> AssignmentRule:
    return save_rule(name=name, priority=priority, people=[person], by=person, now=MONDAY_9AM, **fields)


@pytest.mark.parametrize("page", ["rule-list", "rule-new", "policy-list", "policy-others"])
def test_steering_is_closed_to_leads(sign_in, lead, page):
    assert sign_in(lead).get(reverse(f"assignment:{page}")).status_code == 403


def test_rule_new_keeps_what_was_entered(sign_in, gm, people):
    """A2.2, second principle: what a rule asks, to whom it sends, how long it is valid."""
    bank = make_client()
    data = {
        "name": "大额深账龄给资深",
        "priority": "10",
        "is_active": "on",
        "client": bank.pk,
        "stages": "M5、M6, M7+",
        "regions": "浙江",
        "amount_from": "50000",
        "overdue_to": "400",
        "age_from": "25",
        "people": [people[0].pk, people[1].pk],
        "is_strict": "on",
        "valid_from": "2026-11-01",
        "valid_until": "2026-12-31",
    }

    sign_in(gm).post(reverse("assignment:rule-new"), data)

    rule = AssignmentRule.objects.get()
    assert (rule.client, rule.stages, rule.regions, rule.amount_from, rule.overdue_to, rule.age_from) == (bank, ["M5", "M6", "M7+"], ["浙江"], 50000, 400, 25)
    assert (set(rule.people.all()), rule.is_strict, rule.valid_from, rule.valid_until) == (set(people[:2]), True, date(2026, 11, 1), date(2026, 12, 31))


@pytest.mark.parametrize(("data", "wrong"), [({}, {"team"}), ({"amount_from": "9", "amount_to": "8"}, {"team", "amount_to"}), ({"name": ""}, {"name", "team"})])
def test_rule_new_says_beside_the_field_what_is_wrong(sign_in, gm, data, wrong):
    page = sign_in(gm).post(reverse("assignment:rule-new"), {"name": "规则", "priority": "1"} | data)

    assert set(page.context["form"].errors) == wrong
    assert not AssignmentRule.objects.exists()


def test_rule_edit_of_a_version_that_has_passed_is_refused(sign_in, gm, people):
    rule = make_rule("规则", 10, people[0])
    save_rule(rule_id=rule.pk, version=1, priority=20, by=gm, now=MONDAY_9AM)

    page = sign_in(gm).post(
        reverse("assignment:rule-edit", args=[rule.pk]), {"name": "规则", "priority": "30", "people": [people[0].pk], "version": "1", "is_active": "on"}
    )

    assert page.context["form"].non_field_errors()
    assert AssignmentRule.objects.get().priority == 20


def test_rule_list_shows_order_words_and_what_would_fit(sign_in, gm, people):
    placement = make_placement(team=people[0].team)
    make_case(placement=placement, amount=60_000, stage="M6")
    make_case(placement=placement, amount=1_000, stage="M6")
    make_rule("次", 20, people[1], stages=["M6"])
    make_rule("先", 10, people[0], amount_from=50_000)

    page = sign_in(gm).get(reverse("assignment:rule-list"))

    assert [(line["rule"].name, line["to"], line["fits"]) for line in page.context["lines"]] == [("先", str(people[0]), 1), ("次", str(people[1]), 2)]


@pytest.mark.parametrize("count", [1, 3])
def test_rule_list_takes_the_same_queries_for_one_and_three(sign_in, gm, people, django_assert_max_num_queries, count):
    for number in range(count):
        make_rule(f"规则{number}", number, people[0])
    browser = sign_in(gm)

    with django_assert_max_num_queries(12):
        assert len(browser.get(reverse("assignment:rule-list")).context["lines"]) == count


def test_rules_are_put_in_order_by_arrows_and_by_dragging(sign_in, gm, people):
    """By priority: the first that fits takes the case."""
    first, second, third = (make_rule(name, number, people[0]) for number, name in enumerate("甲乙丙", start=1))
    browser, url = sign_in(gm), reverse("assignment:rule-order")

    def order() -> list[AssignmentRule]:
        return list(AssignmentRule.objects.order_by("priority"))

    browser.post(url, {"ids": [first.pk, second.pk, third.pk], "up": third.pk})
    by_arrow = order()
    browser.post(url, {"ids": [third.pk, second.pk, first.pk]})

    assert (by_arrow, order()) == ([first, third, second], [third, second, first])
    assert AuditEvent.objects.about(first).count() > 1


def test_an_order_that_misses_a_rule_is_refused(sign_in, gm, people):
    first, second = make_rule("甲", 1, people[0]), make_rule("乙", 2, people[0])

    sign_in(gm).post(reverse("assignment:rule-order"), {"ids": [second.pk]})

    assert list(AssignmentRule.objects.order_by("priority")) == [first, second]


def test_rule_preview_counts_as_the_plan_would(sign_in, gm, people):
    """What it counts is what the rule takes: regions by the beginning of their name, ends of a range included, age by the day of birth."""
    today = timezone.localdate()
    placement = make_placement(team=people[0].team)
    inside = {"placement": placement, "stage": "M6", "region": "浙江省杭州市", "overdue_days": 90}
    make_case(**inside, amount=50_000, debtor=make_debtor(born_on=today.replace(year=today.year - 30)))
    make_case(**inside, amount=49_999, debtor=make_debtor(born_on=today.replace(year=today.year - 30)))
    make_case(**inside, amount=50_000, debtor=make_debtor(born_on=today.replace(year=today.year - 31) - timedelta(days=1)))
    make_case(**inside | {"region": "江苏"}, amount=50_000, debtor=make_debtor(born_on=today.replace(year=today.year - 30)))
    asked = {"stages": "M6", "regions": "浙江", "amount_from": "50000", "overdue_from": "90", "overdue_to": "90", "age_from": "30", "age_to": "30"}

    page = sign_in(gm).post(reverse("assignment:rule-preview"), asked)

    assert (page.context["live"], page.context["waiting"]) == (1, 1)


def test_policies_of_a_client_and_of_all_others(sign_in, gm):
    """Off by default; the row without a client is for every other one."""
    bank, browser = make_client(), sign_in(gm)

    browser.post(reverse("assignment:policy-others"), {"after_days": "30", "to": "pool"})
    browser.post(reverse("assignment:policy-edit", args=[bank.pk]), {"after_days": "7", "to": "team", "is_active": "on"})
    page = browser.get(reverse("assignment:policy-list"))

    assert list(ReassignPolicy.objects.order_by("pk").values_list("client", "after_days", "to", "is_active")) == [
        (None, 30, "pool", False),
        (bank.pk, 7, "team", True),
    ]
    assert (page.context["general"].after_days, dict(page.context["own"])[bank].after_days) == (30, 7)


def test_shifts_of_a_month_are_ticked_and_kept(sign_in, lead, people):
    """A2.2: shifts; whoever isn't on the page keeps theirs."""
    Shift.objects.create(person=people[1], day=date(2026, 12, 7))
    browser = sign_in(lead)

    browser.post(reverse("assignment:shift-save"), {"month": "2026-12", "people": [people[0].pk], f"days_{people[0].pk}": ["01", "02", "31"]})
    page = browser.get(reverse("assignment:shift-grid"), {"month": "2026-12"})

    assert sorted(Shift.objects.filter(person=people[0]).values_list("day", flat=True)) == [date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 31)]
    assert [line["count"] for line in page.context["lines"]] == [3, 1, 0]


def test_shifts_of_another_team_are_not_touched(sign_in, lead, theirs):
    stranger = theirs.team.members.exclude(pk=theirs.team.lead_id).get()

    sign_in(lead).post(reverse("assignment:shift-save"), {"month": "2026-12", "people": [stranger.pk], f"days_{stranger.pk}": ["01"]})

    assert not Shift.objects.exists()


def test_hand_over_is_previewed_and_done(sign_in, lead, placement, people):
    """A2.2: all of a person's cases in one step, when the person leaves or is away."""
    applied_now(placement)
    url, browser = reverse("assignment:hand-over", args=[people[0].pk]), sign_in(lead)

    page = browser.get(url)
    browser.post(url, {"to": "", "reason": "离职"})

    assert {line["person"]: line["count"] for line in page.context["preview"]} == {people[1]: 1, people[2]: 1}
    assert [Assignment.objects.open().filter(collector=person).count() for person in people] == [0, 3, 3]


def test_hand_over_to_one_who_has_no_room_says_so(sign_in, lead, placement, people):
    applied_now(placement)
    make_capacity(people[1], max_cases=2)

    page = sign_in(lead).post(reverse("assignment:hand-over", args=[people[0].pk]), {"to": people[1].pk, "reason": "请假"})

    assert page.context["form"].non_field_errors()
    assert Assignment.objects.open().filter(collector=people[0]).count() == 2


def test_hand_over_of_another_teams_person_is_not_found(sign_in, lead, theirs):
    stranger = theirs.team.members.exclude(pk=theirs.team.lead_id).get()

    assert sign_in(lead).get(reverse("assignment:hand-over", args=[stranger.pk])).status_code == 404


def test_chosen_cases_go_back_to_the_pool_after_a_reason(sign_in, lead, placement, people, theirs):
    applied_now(placement)
    applied_now(theirs)
    chosen = [placement.cases.first().pk, theirs.cases.first().pk]
    browser, url = sign_in(lead), reverse("assignment:return-to-pool")

    asked = browser.post(url, {"ids": chosen})
    browser.post(url, {"ids": chosen, "reason": "久未跟进"})

    assert (asked.status_code, [case.pk for case in asked.context["page"].cases]) == (200, chosen[:1])
    assert list(Case.objects.filter(state=CaseState.UNASSIGNED).values_list("pk", flat=True)) == chosen[:1]
