"""Sums of past days never say anything else than the records."""

from datetime import date, timedelta

import pytest

from calls.models import Outcome, RecordAmendment
from figures.models import CallSummary, SummaryDay
from figures.selectors import activity
from figures.selectors.summary import fresh_days
from figures.services.summary import sum_up_past_days
from tests.factories import MONDAY_9AM, make_record
from tests.figures.conftest import NOON
from tests.figures.test_activity import monday  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
TUESDAY = NOON + timedelta(days=1)


@pytest.fixture
def truth(monday, ask, gm, lead, team, case):  # noqa: F811
    """What several questions answer now."""
    questions = [ask(gm), ask(lead), ask(gm, team=team.pk), ask(gm, client=case.client_id), ask(gm, last=date(2026, 11, 21))]

    def answers():
        return [(activity.activity_by_person_and_day(question), activity.calls_by_weekday_and_hour(question)) for question in questions]

    return answers


def sum_up(now=TUESDAY):
    return sum_up_past_days(now=now, under_way=0)


def test_sums_say_what_the_records_say(truth):
    counted = truth()

    assert sum_up() == 4  # Monday, the weekend, Friday
    assert fresh_days(FRIDAY, MONDAY) == {MONDAY, FRIDAY, date(2026, 11, 21), date(2026, 11, 22)}
    assert CallSummary.objects.exists()
    assert truth() == counted


def test_sums_are_really_read(truth):
    """Or the test above would show nothing: a wrong sum is a wrong figure."""
    counted = truth()
    sum_up()
    CallSummary.objects.filter(day=MONDAY).update(dials=1000)

    assert truth() != counted


def test_summing_up_again_changes_nothing(truth):
    sum_up()
    rows = list(CallSummary.objects.order_by("day", "hour", "collector").values_list("day", "hour", "collector", "client", "dials", "promises"))
    SummaryDay.objects.update(outcomes="other")

    sum_up()

    assert list(CallSummary.objects.order_by("day", "hour", "collector").values_list("day", "hour", "collector", "client", "dials", "promises")) == rows
    assert sum_up() == 0


def test_today_is_counted_live(truth, case, collector, ask, gm):
    sum_up()
    make_record(case, collector, "WTP", at=TUESDAY)

    assert activity.activity_by_person_and_day(ask(gm))[collector.pk, date(2026, 11, 24)].dials == 1


@pytest.mark.parametrize("change", ["record", "amendment", "outcome"])
def test_what_comes_later_of_a_past_day_counts_at_once(truth, ask, gm, case, collector, change):
    """A call recorded a day late, a record amended, an outcome that counts as something else from now on."""
    sum_up()
    if change == "record":
        make_record(case, collector, "NOAS", at=MONDAY_9AM + timedelta(hours=6))
    elif change == "amendment":
        record = collector.contact_records.filter(outcome="NOAS", started_at=MONDAY_9AM).get()
        RecordAmendment.objects.create(record=record, at=TUESDAY, by=collector, reason="选错结果")
        record.outcome_id = "WTP"
        record.save(update_fields=["outcome"])
    else:
        Outcome.objects.filter(pk="AGTP").update(is_right_party=True)
    after = truth()
    SummaryDay.objects.all().delete()

    assert truth() == after
    did = after[0][0][collector.pk, MONDAY]
    assert (did.dials, did.right_party) == {"record": (4, 1), "amendment": (3, 2), "outcome": (3, 2)}[change]


def test_ids_that_transactions_under_way_may_have_taken_are_looked_at_again(truth):
    sum_up_past_days(now=TUESDAY)

    assert fresh_days(FRIDAY, MONDAY) == {date(2026, 11, 21), date(2026, 11, 22)}  # on which nothing was recorded
