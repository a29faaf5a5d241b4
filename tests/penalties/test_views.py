from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from penalties.models import PenaltyEvent, PenaltyRule
from penalties.services_appeals import appeal
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_event, make_team, make_user

pytestmark = pytest.mark.django_db
NOON = MONDAY_9AM + timedelta(hours=3)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(NOON, tick=True):
        yield


def test_event_list_shows_only_what_one_may_see(sign_in, collector, lead, judge):
    """A4: own, the team's, all."""
    own = make_event(collector)
    foreign = make_event(make_user(Role.COLLECTOR, team=make_team()))

    def shown(person):
        return {line["pk"] for line in sign_in(person).get(reverse("penalties:event-list")).context["table"]}

    assert shown(collector) == {own.pk}
    assert shown(lead) == {own.pk}
    assert shown(judge) == {own.pk, foreign.pk}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("month=2026-11", 1),
        ("month=2026-10", 0),
        ("kind=intake", 1),
        ("kind=import", 0),
        ("state=recorded", 1),
        ("state=waived", 0),
    ],
)
def test_event_list_is_filtered(sign_in, collector, judge, asked, found):
    make_event(collector)

    page = sign_in(judge).get(f"{reverse('penalties:event-list')}?{asked}")

    assert len(page.context["table"]) == found


def test_event_list_costs_the_same_for_one_row_and_three(sign_in, collector, judge):
    browser, url = sign_in(judge), reverse("penalties:event-list")
    make_event(collector)
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for _number in range(2):
        make_event(make_user(Role.COLLECTOR, team=make_team()))

    with CaptureQueriesContext(connection) as three:
        browser.get(url)

    assert len(three) == len(one)


def test_event_detail_shows_who_held_the_duty_when(sign_in, collector):
    event = make_event(collector)

    page = sign_in(collector).get(reverse("penalties:event-detail", args=[event.pk]))

    assert page.status_code == 200
    assert [line.action for line in page.context["history"]] == ["duty.opened"]
    assert collector.name in page.text


def test_a_foreign_event_does_not_exist(sign_in, collector):
    foreign = make_event(make_user(Role.COLLECTOR, team=make_team()))
    browser = sign_in(collector)

    assert browser.get(reverse("penalties:event-detail", args=[foreign.pk])).status_code == 404
    assert browser.post(reverse("penalties:appeal", args=[foreign.pk]), {"text": "x"}).status_code == 404
    assert PenaltyEvent.objects.get(pk=foreign.pk).state == "recorded"


def test_appeal_and_decision_in_the_browser(sign_in, collector, judge):
    event = make_event(collector)
    url = reverse("penalties:event-detail", args=[event.pk])

    assert sign_in(collector).post(reverse("penalties:appeal", args=[event.pk]), {"text": "the server was down"})["Location"] == url
    assert "the server was down" in sign_in(judge).get(url).text
    sign_in(judge).post(reverse("penalties:decide-appeal", args=[event.pk]), {"decision": "true", "uphold": "no"})

    event.refresh_from_db()
    assert (event.state, event.waived_by) == ("waived", judge)


def test_only_the_gm_office_decides_and_waives(sign_in, collector, lead, judge):
    event = make_event(collector)
    appeal(event_id=event.pk, text="x", by=collector, now=NOON)

    for door, values in (("decide-appeal", {"decision": "x", "uphold": "no"}), ("waive", {"reason": "x"})):
        assert sign_in(lead).post(reverse(f"penalties:{door}", args=[event.pk]), values).status_code == 403
    event.refresh_from_db()
    assert event.state == "appealed"


def test_a_refusal_stands_on_the_page(sign_in, collector, judge):
    event = make_event(collector)

    answer = sign_in(collector).post(reverse("penalties:appeal", args=[event.pk]), {"text": " "}, follow=True)

    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert PenaltyEvent.objects.get().state == "recorded"


def test_rule_edit_makes_a_new_version(sign_in, judge):
    rule = PenaltyRule.objects.get(duty_kind="intake")
    url = reverse("penalties:rule-edit", args=[rule.pk])

    assert sign_in(judge).get(url).status_code == 200
    sign_in(judge).post(
        url, {"name_zh": rule.name_zh, "name_en": rule.name_en, "severity": "serious", "points": 6, "amount": "0", "grace_minutes": 0, "repeat_multiplier": 1}
    )

    assert list(PenaltyRule.objects.filter(duty_kind="intake").order_by("version").values_list("points", "severity")) == [(2, "ordinary"), (6, "serious")]


def test_rule_pages_are_for_managers(sign_in, lead):
    assert sign_in(lead).get(reverse("penalties:rule-list")).status_code == 403


def test_statement_counts_by_person_and_team(sign_in, collector, team, judge):
    """Hand-worked: two intakes of 2 points each, one waived; the foreign one counts in its own team."""
    first, _second = make_event(collector), make_event(collector)
    make_event(make_user(Role.COLLECTOR, team=make_team()))
    sign_in(judge).post(reverse("penalties:waive", args=[first.pk]), {"reason": "power cut"})

    by_person = sign_in(judge).get(reverse("penalties:statement")).context["table"]
    by_team = sign_in(judge).get(f"{reverse('penalties:team-statement')}?team={team.pk}").context["table"]

    row = next(line["row"] for line in by_person if line["pk"] == collector.pk)
    assert (len(by_person), row.events, row.waived, row.points) == (2, 2, 1, 2)
    assert [(line["pk"], line["row"].events, line["row"].points, line["row"].people) for line in by_team] == [(team.pk, 2, 2, 1)]


def test_statement_by_team_says_that_the_totals_count_people_without_a_team(sign_in, collector, judge):
    """A4: the month's total is that of everybody, and its teams' rows alone don't add up to it."""
    make_event(collector)
    make_event(make_user(Role.SUPPLY_CHAIN))

    pages = [sign_in(judge).get(reverse(f"penalties:{name}")) for name in ("statement", "team-statement")]

    assert [page.context["totals"]["events"] for page in pages] == [2, 2]
    assert ["月度合计包含这些人员" in page.content.decode() for page in pages] == [False, True]


def test_statement_of_a_lead_is_the_own_team_only(sign_in, collector, lead):
    make_event(collector)
    make_event(make_user(Role.COLLECTOR, team=make_team()))

    rows = sign_in(lead).get(reverse("penalties:statement")).context["table"]

    assert [line["pk"] for line in rows] == [collector.pk]


def test_statement_of_a_collector_is_the_own_line_only(sign_in, collector, team):
    # A4: everybody sees what the month comes to for them
    make_event(collector)
    make_event(make_user(Role.COLLECTOR, team=team))
    browser = sign_in(collector)

    page = browser.get(reverse("penalties:statement"))
    events = browser.get(page.context["table"][0]["url"])

    assert [line["pk"] for line in page.context["table"]] == [collector.pk]
    assert events.context["page"].paginator.count == 1
    assert "team" not in page.context["list"].form.fields
    assert [browser.get(reverse(f"penalties:{name}")).status_code for name in ("team-statement",)] == [403]


def test_a_month_in_which_nothing_was_missed_is_a_good_month(sign_in, collector):
    browser, address = sign_in(collector), reverse("penalties:statement")

    assert "该月没有超时" in browser.get(f"{address}?month=2026-10").content.decode()
    assert "该月没有超时" not in browser.get(f"{address}?month=soon").content.decode()


def test_statement_is_exported(sign_in, collector, judge):
    make_event(collector)

    answer = sign_in(judge).get(f"{reverse('penalties:statement')}?export=xlsx")

    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
