"""The schedule, exemptions, policy and statements in the browser, by who may."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from penalties.models import ClosedMonth, Exemption, PenaltyRule, Policy
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_event, make_user

pytestmark = pytest.mark.django_db
RULE = {"severity": "ordinary", "points": 6, "amount": "0", "grace_minutes": 0, "repeat_multiplier": "1.5"}


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel(MONDAY_9AM + timedelta(days=10), tick=True):
        yield


def test_a_draft_is_tried_on_a_month_and_nothing_is_saved(sign_in, collector, judge):
    """Annex 1: two misses of 2 points; under the draft 6 and 9."""
    for _number in range(2):
        make_event(collector)
    rule = PenaltyRule.objects.get(duty_kind="intake")
    names = {"name_zh": rule.name_zh, "name_en": rule.name_en}

    page = sign_in(judge).post(reverse("penalties:rule-edit", args=[rule.pk]), RULE | names | {"simulated": "2026-11", "simulate": "1"})

    assert [(line.name, line.points, line.drafted_points) for line in page.context["lines"]] == [(collector.name, 4, 15)]
    assert [(team["name"], team["difference"]) for team in page.context["total"]["teams"]] == [(collector.team.name, 11)]
    assert PenaltyRule.objects.filter(duty_kind="intake").count() == 1


def test_a_draft_that_changes_nothing_for_people_of_no_team_says_so_in_words(sign_in, judge):
    """Annex 1: people of head office have no team to be named, and no change has no sign."""
    make_event(make_user(Role.SUPPLY_CHAIN))
    rule = PenaltyRule.objects.get(duty_kind="intake")
    same = RULE | {"name_zh": rule.name_zh, "name_en": rule.name_en, "points": 2, "repeat_multiplier": "1"}

    page = sign_in(judge).post(reverse("penalties:rule-edit", args=[rule.pk]), same | {"simulated": "2026-11", "simulate": "1"})

    total, line = re.findall(r"<tr.*?</tr>", page.content.decode().partition('id="simulated"')[2])[1:3]
    cells = [re.sub(r"<.*?>", " ", row).split()[-4:] for row in (total, line)]
    assert "不属于任何团队" in total
    assert cells == [["1", "2", "2", "0"], ["1", "2", "2", "0"]]


def versions() -> list[tuple[int, bool]]:
    return [(rule.points, rule.valid_to is not None) for rule in PenaltyRule.objects.filter(duty_kind="intake").order_by("version")]


def test_a_change_is_planned_for_a_day_shown_and_taken_back(sign_in, judge, collector):
    """Annex 1: the GM office plans a change in the browser; a collector does not."""
    rule = PenaltyRule.objects.get(duty_kind="intake")
    asked = RULE | {"name_zh": rule.name_zh, "name_en": rule.name_en, "valid_from": "2026-12-15"}
    page, withdraw = reverse("penalties:rule-edit", args=[rule.pk]), reverse("penalties:rule-withdraw", args=[rule.pk])

    sign_in(judge).post(page, asked)
    shown = sign_in(judge).get(reverse("penalties:rule-list"))
    edit = sign_in(judge).get(page)
    refused = [sign_in(collector).post(url, asked).status_code for url in (page, withdraw)]
    before = versions()
    sign_in(judge).post(withdraw)

    assert before == [(2, True), (6, False)]
    assert "2026-12-15 00:00" in shown.content.decode()
    assert (edit.context["page"].planned.points, withdraw in edit.content.decode()) == (6, True)
    assert refused == [403, 403]
    assert versions() == [(2, False)]


def test_an_exemption_is_entered_and_taken_back(sign_in, judge):
    browser = sign_in(judge)
    asked = {"starts_at": "2026-12-07T08:30", "ends_at": "2026-12-07T12:00", "reason": "停电", "duty_kind": "import"}

    browser.post(reverse("penalties:exemption-new"), asked)
    refused = browser.post(reverse("penalties:exemption-new"), asked | {"ends_at": "2026-12-06T12:00"})
    row = Exemption.objects.get()
    shown = browser.get(reverse("penalties:exemption-list")).context["table"]
    browser.post(reverse("penalties:exemption-end", args=[row.pk]))

    row.refresh_from_db()
    assert (row.starts_at.isoformat(), row.duty_kind_id, row.created_by) == ("2026-12-07T00:30:00+00:00", "import", judge)
    assert refused.context["form"].non_field_errors()
    assert (len(shown), row.ended_at is not None) == (1, True)


def test_money_is_turned_on_by_the_gm_office_alone(sign_in, judge):
    """A4"""
    asked, url = {"appeal_days": 7, "uses_money": "on", "is_checked": "on"}, reverse("penalties:policy-edit")

    refused = sign_in(make_user(Role.ADMINISTRATOR)).post(url, asked)
    sign_in(judge).post(url, asked)

    assert refused.context["form"].non_field_errors()
    assert Policy.objects.values_list("appeal_days", "uses_money", "changed_by").get() == (7, True, judge.pk)


def test_a_month_is_closed_printed_and_opened_again(sign_in, collector, judge):
    make_event(collector)
    browser = sign_in(judge)

    browser.post(reverse("penalties:close-month", args=["2026-11"]))
    page = browser.get(f"{reverse('penalties:statement')}?month=2026-11")
    paper = browser.get(reverse("penalties:statement-pdf", args=["2026-11"]))
    browser.post(reverse("penalties:reopen-month", args=["2026-11"]), {"reason": "漏算"})

    assert (page.context["closed"].points, page.context["may_reopen"]) == (2, True)
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert ClosedMonth.objects.get().reopen_reason == "漏算"


@pytest.mark.parametrize(
    ("door", "arguments", "method"),
    [
        ("close-month", ["2026-11"], "post"),
        ("reopen-month", ["2026-11"], "post"),
        ("statement-pdf", ["2026-11"], "get"),
        ("policy-edit", [], "get"),
        ("exemption-list", [], "get"),
        ("exemption-new", [], "get"),
    ],
)
def test_these_pages_are_not_for_leads(sign_in, lead, door, arguments, method):
    assert getattr(sign_in(lead), method)(reverse(f"penalties:{door}", args=arguments)).status_code == 403
