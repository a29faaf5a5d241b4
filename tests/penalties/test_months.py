"""A4: monthly statements are closed by the GM office; what changes afterwards is a correction in the next open month."""

from datetime import date, datetime, timedelta

import pytest

from audit.models import AuditEvent
from penalties.models import ClosedMonth, Correction, PenaltyEvent
from penalties.selectors import statement_by_person, statement_by_team, totals_of
from penalties.services import enforce_duties
from penalties.services_appeals import waive
from penalties.services_months import CannotClose, close_month, reopen_month
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_event
from tests.penalties.makers import DAY, intake

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
IN_DECEMBER = datetime.fromisoformat("2026-12-03T09:00:00+08:00")


def test_a_closed_month_stays_and_a_waiver_corrects_the_next(event, collector, team, judge):
    make_event(collector)
    row = close_month(month=NOVEMBER, by=judge, now=IN_DECEMBER)

    waive(event_id=event.pk, reason="银行系统故障", by=judge, now=IN_DECEMBER)

    november, december = statement_by_person(judge, NOVEMBER).get(), statement_by_person(judge, DECEMBER).get()
    assert (row.events, row.points, totals_of(NOVEMBER)["points"]) == (2, 4, 4)
    assert ((november.events, november.points), (december.events, december.corrections, december.points)) == ((2, 4), (0, -2, -2))
    assert statement_by_team(judge, DECEMBER).get().points == -2
    assert Correction.objects.values_list("event", "month", "points", "made_by").get() == (event.pk, DECEMBER, -2, judge.pk)


def test_in_an_open_month_a_waiver_costs_nothing_at_once(event, judge):
    waive(event_id=event.pk, reason="x", by=judge, now=MONDAY_9AM + DAY)

    assert (totals_of(NOVEMBER)["points"], Correction.objects.count()) == (0, 0)


def test_what_was_due_in_a_closed_month_but_recorded_later_counts_in_the_open_one(judge):
    """F07 over a month's end: dated from its due time, charged in the next statement."""
    late = intake(start=MONDAY_9AM)
    ClosedMonth.objects.create(month=NOVEMBER, closed_by=judge, closed_at=IN_DECEMBER, events=0, points=0, amount=0)

    enforce_duties(now=IN_DECEMBER)

    assert PenaltyEvent.objects.values_list("month", "due_at").get() == (DECEMBER, late.due_at)


def test_months_are_closed_in_order_and_once_they_are_over(event, judge):
    make_event(start=MONDAY_9AM - timedelta(days=31))

    for month in (NOVEMBER, DECEMBER):
        with pytest.raises(CannotClose):
            close_month(month=month, by=judge, now=IN_DECEMBER)
    close_month(month=OCTOBER, by=judge, now=IN_DECEMBER)
    close_month(month=NOVEMBER, by=judge, now=IN_DECEMBER)
    with pytest.raises(CannotClose):
        close_month(month=NOVEMBER, by=judge, now=IN_DECEMBER)

    assert list(ClosedMonth.objects.order_by("month").values_list("month", flat=True)) == [OCTOBER, NOVEMBER]


def test_a_month_of_corrections_alone_is_not_skipped(event, collector, judge):
    """A4: once a later month was closed, its own statement could never be closed any more."""
    close_month(month=OCTOBER, by=judge, now=IN_DECEMBER)
    close_month(month=NOVEMBER, by=judge, now=IN_DECEMBER)
    waive(event_id=event.pk, reason="银行系统故障", by=judge, now=IN_DECEMBER)

    with pytest.raises(CannotClose):
        close_month(month=date(2027, 1, 1), by=judge, now=IN_DECEMBER + timedelta(days=70))
    close_month(month=DECEMBER, by=judge, now=IN_DECEMBER + timedelta(days=70))

    assert ClosedMonth.objects.get(month=DECEMBER).points == -2


def test_only_the_latest_month_is_opened_again_with_a_reason(event, judge):
    close_month(month=OCTOBER, by=judge, now=IN_DECEMBER)
    close_month(month=NOVEMBER, by=judge, now=IN_DECEMBER)

    for month, reason in ((OCTOBER, "x"), (NOVEMBER, "  ")):
        with pytest.raises(CannotClose):
            reopen_month(month=month, reason=reason, by=judge, now=IN_DECEMBER)
    reopen_month(month=NOVEMBER, reason="漏算", by=judge, now=IN_DECEMBER)
    waive(event_id=event.pk, reason="x", by=judge, now=IN_DECEMBER)
    again = close_month(month=NOVEMBER, by=judge, now=IN_DECEMBER)

    assert (again.points, again.reopened_at, Correction.objects.count()) == (0, None, 0)
    actions = ["statement.closed", "statement.closed", "statement.reopened", "statement.closed"]
    assert list(AuditEvent.objects.filter(action__startswith="statement").order_by("pk").values_list("action", flat=True)) == actions


def test_a_lead_s_statement_holds_the_own_team_s_corrections_only(event, collector, lead, judge):
    foreign = make_event()
    close_month(month=NOVEMBER, by=judge, now=IN_DECEMBER)
    for one in (event, foreign):
        waive(event_id=one.pk, reason="x", by=judge, now=IN_DECEMBER)

    assert [(row.pk, row.points) for row in statement_by_person(lead, DECEMBER)] == [(collector.pk, -2)]
    assert Role.GM_OFFICE in judge.roles
