from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from duties.models import Duty
from duties.services import CannotExtend, CannotHandOver, cancel_duty, extend_duty, hand_over_duty, mark_missed, meet_duty, open_duty
from duties.services_warnings import send_warnings
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_arrival, make_team, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def arrival():
    return make_arrival()


@pytest.fixture
def duty(arrival) -> Duty:
    """One working hour from nine on a Monday: due at ten."""
    return open_duty(kind="intake", subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=arrival.registered_by)


def test_open_duty_stores_the_deadline_and_the_warnings(duty):
    """A1.1"""
    assert (duty.due_at, duty.half_at, duty.last_tenth_at) == (MONDAY_9AM + HOUR, MONDAY_9AM + HOUR / 2, MONDAY_9AM + HOUR * 0.9)
    assert [event.action for event in AuditEvent.objects.about(duty)] == ["duty.opened"]


def test_open_duty_twice_leaves_the_first_one(duty, arrival):
    again = open_duty(kind="intake", subject=arrival, holder=make_user(), start=MONDAY_9AM + HOUR, by=None)

    assert again == duty
    assert Duty.objects.count() == 1


def test_meet_duty_in_time_is_met(duty, arrival):
    met = meet_duty(kind="intake", subject=arrival, by=arrival.registered_by, now=duty.due_at - timedelta(seconds=1))

    assert (met.state, met.missed_at) == ("met", None)


def test_meet_duty_late_was_missed_even_if_no_sweep_saw_it(duty, arrival):
    """A4, F07: judged by the facts, not by who was looking."""
    met = meet_duty(kind="intake", subject=arrival, by=arrival.registered_by, now=duty.due_at)

    assert (met.state, met.missed_at, met.missed_holder) == ("met_late", duty.due_at, duty.holder)


def test_meet_duty_twice_changes_nothing(duty, arrival):
    meet_duty(kind="intake", subject=arrival, by=arrival.registered_by, now=MONDAY_9AM)

    assert meet_duty(kind="intake", subject=arrival, by=arrival.registered_by, now=MONDAY_9AM + HOUR) is None
    assert Duty.objects.get().met_at == MONDAY_9AM


def test_extend_duty_goes_to_the_ceiling_and_no_further(duty, arrival):
    """A1.1: up to three hours, with a reason and a person."""
    longer = extend_duty(kind="intake", subject=arrival, by=arrival.registered_by, reason="银行系统故障", now=MONDAY_9AM)

    assert (longer.due_at, longer.extended_by) == (MONDAY_9AM + 3 * HOUR, arrival.registered_by)
    with pytest.raises(CannotExtend):
        extend_duty(kind="intake", subject=arrival, by=arrival.registered_by, reason="再延", now=MONDAY_9AM)
    assert Duty.objects.get().due_at == MONDAY_9AM + 3 * HOUR


@pytest.mark.parametrize(("reason", "minutes"), [("  ", 0), ("晚了", 60)], ids=["without a reason", "after the due time"])
def test_extend_duty_refuses(duty, arrival, reason, minutes):
    """A1.1"""
    with pytest.raises(CannotExtend):
        extend_duty(kind="intake", subject=arrival, by=arrival.registered_by, reason=reason, now=MONDAY_9AM + timedelta(minutes=minutes))

    assert Duty.objects.get().due_at == duty.due_at


def test_hand_over_duty_carries_the_clock(duty):
    """A1.1b"""
    delegate = make_user(Role.SUPPLY_CHAIN)

    given = hand_over_duty(duty_id=duty.pk, to=delegate, by=make_user(Role.GM_OFFICE), reason="委派", now=MONDAY_9AM)

    assert (given.holder, given.due_at) == (delegate, duty.due_at)
    assert [notice.recipient for notice in Notice.objects.all()] == [delegate]


def test_hand_over_after_the_due_time_leaves_the_miss_with_who_held_it(duty):
    """A4: against who held the duty at that moment."""
    delegate = make_user(Role.SUPPLY_CHAIN)

    given = hand_over_duty(duty_id=duty.pk, to=delegate, by=make_user(Role.GM_OFFICE), reason="委派", now=duty.due_at + HOUR)

    assert (given.holder, given.missed_holder, given.missed_at) == (delegate, duty.holder, duty.due_at)


def test_a_filtering_duty_is_not_given_to_somebody_who_does_not_hold_the_cases(arrival):
    """A3.1, A4: nobody is penalised for what they can't do; the cases are transferred, and their duty with them."""
    holder = make_user(Role.COLLECTOR)
    duty = open_duty(kind="filtering", subject=arrival, holder=holder, start=MONDAY_9AM, by=None, accounts=1)

    with pytest.raises(CannotHandOver):
        hand_over_duty(duty_id=duty.pk, to=make_user(Role.COLLECTOR), by=make_user(Role.TEAM_LEAD), reason="请假", now=MONDAY_9AM)

    assert Duty.objects.get().holder == holder


def test_cancel_duty_ends_it_without_a_miss(duty, arrival):
    cancelled = cancel_duty(kind="intake", subject=arrival, by=None, now=MONDAY_9AM, reason="撤销")

    assert cancelled.state == "cancelled"
    assert mark_missed(now=duty.due_at + HOUR) == 0


def test_mark_missed_dates_the_miss_to_the_due_time_once(duty):
    """A4, F07: the scheduler comes back a day later."""
    late = duty.due_at + timedelta(hours=26)

    counts = [mark_missed(now=late), mark_missed(now=late)]

    duty.refresh_from_db()
    assert counts == [1, 0]
    assert (duty.state, duty.missed_at, duty.missed_holder) == ("missed", duty.due_at, duty.holder)


def test_send_warnings_tells_the_holder_twice_and_the_lead_once(arrival):
    team = make_team()
    holder = make_user(Role.COLLECTOR, team=team)
    duty = open_duty(kind="intake", subject=arrival, holder=holder, start=MONDAY_9AM, by=None)

    sent = [send_warnings(now=moment) for moment in (MONDAY_9AM, duty.half_at, duty.half_at, duty.last_tenth_at, duty.due_at)]

    assert sent == [0, 1, 0, 1, 0]
    assert [notice.recipient for notice in Notice.objects.order_by("pk")] == [holder, holder, team.lead]
    assert list(AuditEvent.objects.filter(action="duty.warned").order_by("pk").values_list("at", flat=True)) == [duty.half_at, duty.last_tenth_at]


def test_the_trail_tells_when_a_duty_was_opened_and_not_what_it_is_dated_to(arrival):
    """A1.1: an arrival of nine, registered at ten."""
    open_duty(kind="intake", subject=arrival, holder=make_user(Role.SUPPLY_CHAIN), start=MONDAY_9AM, by=None, now=MONDAY_9AM + HOUR)

    assert Duty.objects.get().starts_at == MONDAY_9AM
    assert AuditEvent.objects.get(action="duty.opened").at == MONDAY_9AM + HOUR


def test_duties_one_unmet_per_kind_and_subject(duty):
    duty.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        duty.save()
