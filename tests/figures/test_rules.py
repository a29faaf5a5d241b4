from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duties.selectors import working_time
from figures.rules import WorkAxis, curve, heat, months_back, percentile, presets, share
from tests.factories import SHANGHAI


@pytest.mark.parametrize(("part", "whole", "found"), [(1, 3, "33.3"), (2, 3, "66.7"), (0, 5, "0.0"), (5, 5, "100.0"), (Decimal("12.5"), Decimal(1000), "1.3")])
def test_a_share_is_in_percent_to_a_tenth(part, whole, found):
    assert share(part, whole) == Decimal(found)


def test_there_is_no_share_of_nothing():
    assert share(0, 0) is None


@pytest.mark.parametrize(
    ("values", "half", "nine_tenths"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 9], 1, 9),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5, 9),  # ⌈10·0.5⌉ = 5th, ⌈10·0.9⌉ = 9th
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 6, 10),  # ⌈5.5⌉ = 6th, ⌈9.9⌉ = 10th
    ],
)
def test_percentiles_are_values_that_occurred(values, half, nine_tenths):
    assert (percentile(values, 50), percentile(values, 90)) == (half, nine_tenths)


def test_a_curve_adds_up_step_by_step_and_counts_what_was_paid_before_as_its_first():
    """Placed 1,000; paid 50 a day early, 100 in step 0, 200 in step 2, 30 later than the curve goes: 15 %, 15 %, 35 %."""
    paid = {-1: Decimal(50), 0: Decimal(100), 2: Decimal(200), 7: Decimal(30)}

    assert curve(paid, Decimal(1000), 3) == [Decimal("15.0"), Decimal("15.0"), Decimal("35.0")]


def test_heat_shows_a_little_as_a_little():
    assert [heat(value, 80) for value in (0, 1, 10, 11, 79, 80)] == [0, 1, 1, 2, 8, 8]


def test_months_go_back_over_the_year():
    assert [months_back(date(2026, 2, 14), count) for count in (0, 1, 2, 14)] == [date(2026, 2, 1), date(2026, 1, 1), date(2025, 12, 1), date(2024, 12, 1)]


def test_periods_by_name():
    assert presets(date(2026, 3, 4)) == [
        ("today", date(2026, 3, 4), date(2026, 3, 4)),
        ("week", date(2026, 3, 2), date(2026, 3, 4)),
        ("month", date(2026, 3, 1), date(2026, 3, 4)),
        ("last_month", date(2026, 2, 1), date(2026, 2, 28)),
        ("half_year", date(2025, 10, 1), date(2026, 3, 4)),
    ]


MOMENTS = st.integers(0, 20 * 86_400).map(lambda seconds: datetime(2026, 9, 25, tzinfo=SHANGHAI) + timedelta(seconds=seconds))


@pytest.fixture(scope="module")
def working(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return working_time()


@settings(deadline=None)
@given(start=MOMENTS, end=MOMENTS)
def test_the_axis_says_what_walking_the_days_says(working, start, end):
    """Over the October holiday and its make-up days as well."""
    axis = WorkAxis(working, date(2026, 9, 24), date(2026, 10, 16))

    assert abs(axis.between(start, end) - working.between(start, end) / timedelta(minutes=1)) < 1e-6


def test_lunch_and_the_night_are_no_working_time(working):
    """Monday 11:30 to Tuesday 09:00: 30 minutes to lunch, 240 of the afternoon, 30 of the morning."""
    axis, monday = WorkAxis(working, date(2026, 11, 22), date(2026, 11, 25)), datetime(2026, 11, 23, 11, 30, tzinfo=SHANGHAI)

    assert axis.between(monday, monday + timedelta(hours=21, minutes=30)) == 300
