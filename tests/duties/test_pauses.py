"""Waiting for the bank: the clock stands still, and runs on where it stopped."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from duties.models import Duty
from duties.selectors import holders_of
from duties.services import CannotExtend, extend_duty_row, hand_over_duty, meet_duty, open_duty
from duties.services_pauses import CannotPause, pause_duty, resume_duty
from duties.services_warnings import send_warnings
from penalties.services import enforce_duties
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_arrival, make_team, make_user

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def arrival():
    return make_arrival()


@pytest.fixture
def duty(arrival) -> Duty:
    """Thirty working minutes from nine on a Monday: due at half past."""
    return open_duty(kind="import", subject=arrival, holder=make_user(Role.DATA_SPECIALIST), start=MONDAY_9AM, by=None)


def pause(duty: Duty, *, after: int, by=None) -> Duty:
    return pause_duty(duty_id=duty.pk, by=by or make_user(Role.TEAM_LEAD), reason="等银行密码", now=MONDAY_9AM + after * MINUTE)


def test_resume_moves_the_due_time_by_the_time_it_stood_still(duty):
    pause(duty, after=10)

    done = resume_duty(duty_id=duty.pk, by=make_user(), now=MONDAY_9AM + 55 * MINUTE)

    assert (done.due_at, done.paused_for, done.half_at) == (duty.due_at + 45 * MINUTE, 45 * MINUTE, duty.half_at + 45 * MINUTE)
    actions = ["duty.opened", "duty.paused", "duty.resumed"]
    assert list(AuditEvent.objects.about(duty).order_by("pk").values_list("action", flat=True)) == actions


def test_a_paused_duty_is_neither_missed_nor_warned_of(duty):
    pause(duty, after=10)
    Notice.objects.all().delete()

    late = MONDAY_9AM + timedelta(days=3)

    assert (enforce_duties(now=late).missed, send_warnings(now=MONDAY_9AM + 28 * MINUTE), Notice.objects.count()) == (0, 0, 0)


def test_over_night_only_working_time_counts(duty):
    pause(duty, after=10)

    done = resume_duty(duty_id=duty.pk, by=make_user(), now=MONDAY_9AM + timedelta(days=1))

    assert done.paused_for == timedelta(hours=7, minutes=20)
    assert done.due_at == MONDAY_9AM + timedelta(days=1, minutes=20)


def test_met_while_paused_is_met_in_time(duty, arrival):
    pause(duty, after=10)

    met = meet_duty(kind="import", subject=arrival, by=duty.holder, now=MONDAY_9AM + timedelta(days=2))

    assert (met.state, met.paused_at) == ("met", None)


def test_an_extension_after_a_pause_ends_at_the_ceiling_and_the_pause(arrival):
    """Never past the ceiling; what the clock stood still comes on top."""
    duty = open_duty(kind="referral", subject=arrival, holder=make_user(), start=MONDAY_9AM, by=None)
    pause(duty, after=10)
    with pytest.raises(CannotExtend):
        extend_duty_row(duty_id=duty.pk, by=make_user(), reason="x", now=MONDAY_9AM + 20 * MINUTE)
    resume_duty(duty_id=duty.pk, by=make_user(), now=MONDAY_9AM + 40 * MINUTE)

    longer = extend_duty_row(duty_id=duty.pk, by=make_user(), reason="x", now=MONDAY_9AM + 50 * MINUTE, extra=99)

    assert longer.due_at == (MONDAY_9AM + timedelta(days=4)).replace(hour=9)  # close of Thursday, and half an hour into Friday
    assert longer.due_at > longer.first_due_at


@pytest.mark.parametrize(("after", "kind"), [(30, "import"), (10, "filtering")], ids=["after the due time", "a kind that has a ceiling instead"])
def test_pause_is_refused(arrival, after, kind):
    """A3.1: filtering has its four days, and no pause past them."""
    duty = open_duty(kind=kind, subject=arrival, holder=make_user(), start=MONDAY_9AM, by=None, accounts=5)

    with pytest.raises(CannotPause):
        pause(duty, after=after)

    assert Duty.objects.get().paused_at is None


def test_the_holder_does_not_pause_the_own_clock(duty):
    with pytest.raises(CannotPause):
        pause(duty, after=1, by=duty.holder)

    assert Duty.objects.get().paused_at is None


def test_only_what_runs_is_paused(duty):
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.update(met_at=MONDAY_9AM, paused_at=MONDAY_9AM)


def test_who_held_a_duty_when_is_remembered(duty):
    """A4: delegation and hand-over carry the clock."""
    first, second, third, lead = duty.holder, make_user(), make_user(), make_user(Role.TEAM_LEAD)
    hand_over_duty(duty_id=duty.pk, to=second, by=lead, reason="请假", now=MONDAY_9AM + 5 * MINUTE)
    hand_over_duty(duty_id=duty.pk, to=third, by=lead, reason="再转", now=MONDAY_9AM + 9 * MINUTE)

    turns = [(held.person, held.since, held.until) for held in holders_of(Duty.objects.get())]

    early, late = MONDAY_9AM + 5 * MINUTE, MONDAY_9AM + 9 * MINUTE
    assert turns == [(first, MONDAY_9AM, early), (second, early, late), (third, late, None)]
    assert Duty.objects.get().due_at == duty.due_at


def test_many_warnings_are_one_line_for_each_person():
    """F09: a digest, no flood."""
    team = make_team()
    holder = make_user(Role.COLLECTOR, team=team)
    for _number in range(4):
        open_duty(kind="import", subject=make_arrival(), holder=holder, start=MONDAY_9AM, by=None)

    sent = send_warnings(now=MONDAY_9AM + 28 * MINUTE)

    assert (sent, {notice.recipient: notice.values["count"] for notice in Notice.objects.all()}) == (4, {holder: "4", team.lead: "4"})
    assert Notice.objects.count() == 2
