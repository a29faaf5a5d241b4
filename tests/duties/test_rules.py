"""The clocks of A1.1–A3.1: working time as arithmetic."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duties.choices import Counting
from duties.rules import Length, WorkingTime, due_at, passed, shifted, warn_at
from duties.selectors import due_for

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
WORKED = list(csv.DictReader((Path(__file__).parent.parent / "data" / "duty_cases.csv").open()))
MINUTES = Length(counting=Counting.WORKING_MINUTES, amount=60, ceiling=180)
DAYS = Length(counting=Counting.WORKING_DAYS, amount=2, ceiling=4, steps=((300, 2), (500, 3)))


def working(**days: bool) -> WorkingTime:
    return WorkingTime(hours=HOURS, days={date.fromisoformat(day): value for day, value in days.items()}, zone=SHANGHAI)


@pytest.mark.django_db
@pytest.mark.parametrize("case", WORKED, ids=lambda case: f"{case['kind']} {case['start']}")
def test_due_for_gives_the_worked_due_times(case):
    """A1.1, A1.2, A1.3, A1.4, A2.1, A3.1: the agency's worked examples, holidays and make-up days included."""
    accounts = int(case["accounts"]) if case["accounts"] else None

    due = due_for(case["kind"], datetime.fromisoformat(case["start"]), accounts=accounts)

    assert due.isoformat(timespec="minutes") == case["due"]


@pytest.mark.parametrize(("accounts", "day"), [(300, 25), (301, 26), (500, 26), (501, 27), (None, 25)])
def test_filtering_takes_longer_for_more_accounts(accounts, day):
    """A3.1, F20"""
    due = due_at(DAYS, datetime(2026, 11, 23, 9, tzinfo=SHANGHAI), working(), accounts=accounts)

    assert due == datetime(2026, 11, day, 17, 30, tzinfo=SHANGHAI)


def test_a_moment_of_another_zone_counts_as_the_same_moment():
    """F17: a clock in UTC must not shift the office hours."""
    start = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)

    assert due_at(MINUTES, start, working()) == datetime(2026, 11, 23, 10, 10, tzinfo=SHANGHAI)


def test_an_unknown_year_follows_the_weekdays():
    """F19"""
    assert [working().is_working(date(2031, 1, 3)), working().is_working(date(2031, 1, 4))] == [True, False]


def test_minutes_pause_over_lunch_and_night():
    start = datetime(2026, 11, 23, 11, 45, tzinfo=SHANGHAI)

    assert due_at(MINUTES, start, working()) == datetime(2026, 11, 23, 14, 15, tzinfo=SHANGHAI)


moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=SHANGHAI))
lengths = st.sampled_from([MINUTES, DAYS])


@given(lengths, moments, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9)))
def test_due_never_comes_earlier_for_a_later_start(length, start, later):
    assert due_at(length, start, working()) <= due_at(length, start + later, working())


@given(lengths, moments, st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=2_000))
def test_an_extension_never_passes_the_ceiling(length, start, extra, accounts):
    """A1.1 (three hours), A3.1 (four days)"""
    furthest = Length(counting=length.counting, amount=length.ceiling, ceiling=length.ceiling)

    assert due_at(length, start, working(), accounts=accounts, extra=extra) <= due_at(furthest, start, working())


@given(lengths, moments)
def test_warnings_come_in_order_before_the_due_time(length, start):
    due = due_at(length, start, working())

    half, last_tenth = warn_at(start, due, working())

    assert start <= half <= last_tenth <= due


@given(moments, st.integers(min_value=0, max_value=2_000))
def test_working_minutes_added_are_the_minutes_between(start, minutes):
    assert working().between(start, working().add_minutes(start, minutes)) == timedelta(minutes=minutes)


countings = st.sampled_from([Counting.WORKING_MINUTES, Counting.CLOCK_MINUTES, Counting.WORKING_DAYS])


@given(
    countings, moments, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=6)), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))
)
def test_a_pause_moves_the_due_time_by_exactly_the_time_it_took(counting, start, before, pause):
    """Waiting for the bank: whatever the holidays between, no minute is lost and none is won."""
    length, paused_at = Length(counting=counting, amount=4, ceiling=4), start + before
    due = due_at(length, start, working())

    stood = passed(counting, paused_at, paused_at + pause, working())
    later = shifted(counting, due, stood, working())

    assert passed(counting, due, later, working()) == stood
    assert later >= due


@given(moments, st.lists(st.integers(min_value=0, max_value=300), min_size=2, max_size=4))
def test_pauses_add_up(start, minutes):
    due = due_at(MINUTES, start, working())
    for one in minutes:
        due = shifted(Counting.WORKING_MINUTES, due, timedelta(minutes=one), working())

    assert passed(Counting.WORKING_MINUTES, start, due, working()) == timedelta(minutes=60 + sum(minutes))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2028-02-28T09:00", "2028-03-01T17:30"),  # over 29 February
        ("2026-09-29T18:00", "2026-10-09T17:30"),  # after hours, before the National Day week
        ("2026-10-09T17:29", "2026-10-12T17:30"),  # the make-up Saturday is a working day
        ("2026-10-31T10:00", "2026-11-04T17:30"),  # a Saturday at the month's end counts as Monday
    ],
    ids=["29 February", "National Day", "make-up Saturday", "month's end"],
)
def test_two_working_days_over_holidays_and_month_ends(start, due):
    """A3.1, F19, F20"""
    holidays = {f"2026-10-{day:02}": False for day in range(1, 8)} | {"2026-10-10": True}
    when = datetime.fromisoformat(start).replace(tzinfo=SHANGHAI)

    assert due_at(DAYS, when, working(**holidays)).isoformat(timespec="minutes") == f"{due}+08:00"


def test_a_warning_of_0_percent_is_none():
    start = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    due = due_at(MINUTES, start, working())

    assert warn_at(start, due, working(), first=0, last=0) == (due, due)
