"""A4: what is over is recorded once, against who held it, from the schedule."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import AuditEvent
from duties.choices import Kind
from duties.models import Duty, DutyKind
from duties.services import cancel_duty, extend_duty, hand_over_duty, meet_duty, open_duty
from penalties.models import PenaltyEvent, PenaltyRule
from penalties.services import enforce_duties
from penalties.services_schedule import revise_rule
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_arrival, make_team, make_user
from tests.penalties.makers import DAY, HOUR, TEN, intake

pytestmark = pytest.mark.django_db


MISSES = [
    pytest.param(Kind.INTAKE, "A1.1", 2, id="A1.1 not handed over within the hour"),
    pytest.param(Kind.IMPORT, "A1.2", 2, id="A1.2 not imported at once"),
    pytest.param(Kind.REGISTRY, "A1.3", 2, id="A1.3 not submitted the same day"),
    pytest.param(Kind.LETTER_DISPATCH, "A1.4", 2, id="A1.4 letter not mailed"),
    pytest.param(Kind.LETTER_QUALITY, "A1.4", 1, id="A1.4 quality form not filled"),
    pytest.param(Kind.ASSIGNMENT, "A2.1", 3, id="A2.1 not assigned the same day"),
    pytest.param(Kind.FILTERING, "A3.1", 5, id="A3.1 not filtered in time"),
    pytest.param(Kind.APPEAL, "A4", 1, id="A4 appeal not decided in time"),
]


@pytest.mark.parametrize(("kind", "rule", "points"), MISSES)
def test_a_missed_duty_of_each_kind_records_one_event_with_its_rule(kind, rule, points):
    """A4 after each rule: one event, against the holder, from the schedule."""
    arrival, holder = make_arrival(), make_user()
    duty = open_duty(kind=kind, subject=arrival, holder=holder, start=MONDAY_9AM, by=None, accounts=10)

    first = enforce_duties(now=duty.due_at)
    again = enforce_duties(now=duty.due_at + HOUR)

    event = PenaltyEvent.objects.select_related("duty__kind", "rule").get()
    assert (first.missed, first.events, again.missed, again.events) == (1, 1, 0, 0)
    assert (event.duty, event.person, event.due_at, event.points, event.state) == (duty, holder, duty.due_at, points, "recorded")
    assert (event.rule.duty_kind_id, event.duty.kind.rule) == (kind, rule)


def test_one_duty_of_each_kind_unmet_gives_one_event_each():
    """A4: leave one duty of each kind unmet."""
    arrival = make_arrival()
    kinds = list(DutyKind.objects.values_list("code", flat=True))
    for kind in kinds:
        open_duty(kind=kind, subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)

    done = enforce_duties(now=MONDAY_9AM + 30 * DAY)

    assert (done.missed, done.events) == (len(kinds), len(kinds))
    assert sorted(PenaltyEvent.objects.values_list("duty__kind", flat=True)) == sorted(kinds)


def test_nothing_is_missed_one_second_before_the_due_time():
    intake()

    done = enforce_duties(now=TEN - timedelta(seconds=1))

    assert (done.missed, done.events, Notice.objects.count()) == (0, 0, 0)


def test_what_was_met_or_cancelled_in_time_records_nothing():
    met, cancelled = make_arrival(), make_arrival()
    for arrival in (met, cancelled):
        open_duty(kind=Kind.INTAKE, subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)
    meet_duty(kind=Kind.INTAKE, subject=met, by=met.registered_by, now=TEN - HOUR / 2)
    cancel_duty(kind=Kind.INTAKE, subject=cancelled, by=None, now=TEN - HOUR / 2, reason="withdrawn")

    done = enforce_duties(now=TEN + DAY)

    assert (done.missed, done.events) == (0, 0)


def test_a_scheduler_down_for_26_hours_catches_up_with_the_true_times():
    """F07: over midnight; dated from the due time, against who held it then."""
    early, late = intake(), intake(start=MONDAY_9AM + 6 * HOUR)
    now = TEN + 26 * HOUR

    done = enforce_duties(now=now)

    assert done.events == 2
    assert list(PenaltyEvent.objects.order_by("due_at").values_list("duty", "due_at")) == [(early.pk, TEN), (late.pk, MONDAY_9AM + 7 * HOUR)]
    assert set(PenaltyEvent.objects.values_list("recorded_at", flat=True)) == {now}
    assert list(Duty.objects.exclude(recorded_at=now)) == []


def test_handed_over_after_the_due_time_the_event_is_against_who_held_it_then():
    """F07, A1.1b: the clock goes with the duty, the miss does not."""
    duty, newcomer = intake(), make_user()
    held_then = duty.holder
    hand_over_duty(duty_id=duty.pk, to=newcomer, by=held_then, reason="leave", now=TEN + HOUR)

    done = enforce_duties(now=TEN + 2 * HOUR)

    assert (done.missed, done.events) == (0, 1)
    assert PenaltyEvent.objects.get().person == held_then


def test_handed_over_before_the_due_time_the_event_is_against_the_new_holder():
    duty, newcomer = intake(), make_user()
    hand_over_duty(duty_id=duty.pk, to=newcomer, by=duty.holder, reason="leave", now=TEN - HOUR / 2)

    enforce_duties(now=TEN)

    assert PenaltyEvent.objects.get().person == newcomer


def test_met_late_is_still_an_event():
    """F07: nobody looked in between."""
    arrival = make_arrival()
    open_duty(kind=Kind.INTAKE, subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)
    meet_duty(kind=Kind.INTAKE, subject=arrival, by=arrival.registered_by, now=TEN + HOUR)

    done = enforce_duties(now=TEN + 2 * HOUR)

    assert (done.missed, done.events) == (0, 1)
    assert PenaltyEvent.objects.get().due_at == TEN


def test_an_extended_duty_is_missed_at_its_new_time():
    """A1.1: extended to three hours."""
    arrival = make_arrival()
    open_duty(kind=Kind.INTAKE, subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)
    extend_duty(kind=Kind.INTAKE, subject=arrival, by=arrival.registered_by, reason="locked file", now=MONDAY_9AM)

    assert enforce_duties(now=TEN).events == 0
    assert enforce_duties(now=MONDAY_9AM + 3 * HOUR).events == 1


def test_the_rule_in_force_when_it_was_due_counts_not_the_one_of_today():
    intake()
    rule = PenaltyRule.objects.get(duty_kind=Kind.INTAKE)
    revise_rule(rule_id=rule.pk, name_zh="新", name_en="new", severity="serious", points=9, by=make_user(), now=TEN + HOUR)
    intake(start=MONDAY_9AM + 5 * HOUR)

    enforce_duties(now=MONDAY_9AM + DAY)

    assert list(PenaltyEvent.objects.order_by("due_at").values_list("points", "rule__version")) == [(2, 1), (9, 2)]


def test_a_kind_without_a_rule_gets_an_event_without_points():
    PenaltyRule.objects.filter(duty_kind=Kind.INTAKE).delete()
    intake()

    enforce_duties(now=TEN)

    assert PenaltyEvent.objects.values_list("rule", "points").get() == (None, 0)


def test_each_event_is_on_the_trail_in_the_same_transaction():
    duty = intake()

    enforce_duties(now=TEN)

    event = PenaltyEvent.objects.get()
    line = AuditEvent.objects.about(event).get()
    with translation.override("zh-hans"):
        assert line.subject == str(PenaltyEvent.objects.get())
    assert (line.action, line.actor, line.at) == ("penalty.recorded", "system", TEN)
    assert line.changes == {"person": [None, duty.holder.name], "points": [None, 2]}


def test_everybody_concerned_gets_one_notice_whatever_the_number():
    """F09: a digest, no flood."""
    team, chief = make_team(), make_user(Role.GM_OFFICE)
    late, later = make_user(Role.COLLECTOR, team=team), make_user(Role.COLLECTOR, team=team)
    for holder in (late, late, late, later):
        intake(holder)

    enforce_duties(now=TEN)

    told = {notice.recipient: notice for notice in Notice.objects.filter(created_at=TEN)}
    assert len(told) == Notice.objects.filter(created_at=TEN).count() == 4
    assert (told[late].values["count"], told[late].values["points"]) == ("3", "6")
    assert told[later].path == f"/penalties/{PenaltyEvent.objects.get(person=later).pk}/"
    assert told[team.lead].values["count"] == "4"
    assert (told[chief].values["count"], told[chief].values["people"]) == ("4", "2")


def test_a_lead_who_missed_a_duty_is_told_once():
    team = make_team()
    intake(team.lead)

    enforce_duties(now=TEN)

    assert Notice.objects.filter(recipient=team.lead, created_at=TEN).count() == 1


def test_the_event_remembers_the_team_of_that_time(team, collector):
    intake(collector)
    enforce_duties(now=TEN)

    collector.team = make_team()
    collector.save()

    assert PenaltyEvent.objects.get().team == team


def test_nothing_overdue_costs_a_handful_of_statements(django_assert_num_queries):
    intake()

    # The last closed month and the policy; then on PostgreSQL the lock and one statement, on SQLite its parts one by one in a savepoint.
    with django_assert_num_queries(2 + 2 + (2 if connection.vendor == "postgresql" else 7)):
        enforce_duties(now=MONDAY_9AM)


def test_a_duty_is_never_recorded_as_missed_at_another_time_than_its_due_time():
    intake()
    enforce_duties(now=TEN + 3 * DAY)

    assert not Duty.objects.exclude(missed_at=None).exclude(missed_at=F("due_at")).exists()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(min_value=0, max_value=400), min_size=1, max_size=5), st.lists(st.integers(min_value=0, max_value=900), min_size=1, max_size=4))
def test_enforcing_often_equals_enforcing_once(begun, swept):
    """F08: whatever the moments and the order of the sweeps, each duty that is over has one event of its own due time."""
    duties = [intake(start=MONDAY_9AM + timedelta(minutes=minutes)) for minutes in begun]

    for minutes in swept:
        enforce_duties(now=MONDAY_9AM + timedelta(minutes=minutes))

    over = {(duty.pk, duty.due_at) for duty in duties if duty.due_at <= MONDAY_9AM + timedelta(minutes=max(swept))}
    assert set(PenaltyEvent.objects.filter(duty__in=duties).values_list("duty", "due_at")) == over
