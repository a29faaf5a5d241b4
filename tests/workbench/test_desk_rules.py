from datetime import date

import pytest

from workbench.rules import contradicts, fill, mask_numbers, next_bill_on, opening_and_body, stage_span


@pytest.mark.parametrize(
    ("stage", "span"), [("M1", (1, 30)), ("M3", (61, 90)), ("m6+", (151, None)), ("M0", None), ("", None), ("核销", None)]
)  # fmt: skip
def test_a_stage_stands_for_days_overdue(stage, span):
    """A3.2: every field is interpreted."""
    assert stage_span(stage) == span


@pytest.mark.parametrize(
    ("stage", "days", "wrong"),
    [("M3", 75, False), ("M3", 56, False), ("M3", 55, True), ("M3", 95, False), ("M3", 96, True), ("M6+", 900, False), ("M3", None, False), ("", 5, False)],
)
def test_stage_and_days_that_contradict_each_other_are_seen(stage, days, wrong):
    """A3.2"""
    assert contradicts(stage, days) is wrong


@pytest.mark.parametrize(
    ("bill_day", "today", "expected"),
    [
        (25, date(2026, 11, 23), date(2026, 11, 25)),
        (23, date(2026, 11, 23), date(2026, 11, 23)),
        (5, date(2026, 11, 23), date(2026, 12, 5)),
        (5, date(2026, 12, 23), date(2027, 1, 5)),
        (31, date(2027, 2, 1), date(2027, 2, 28)),
    ],
)
def test_the_next_bill_day_fits_the_month(bill_day, today, expected):
    """A3.2"""
    assert next_bill_on(bill_day, today) == expected


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812345678", "138****5678"),
        ("电话 138-1234-5678 家", "电话 138****5678 家"),
        ("110101198506071234", "110****1234"),
        ("11010119850607123X", "110****123X"),
        ("1200.50", "1200.50"),
        ("2026-11-23", "2026-11-23"),
        ("20261123", "20261123"),
        ("88886666", "88****66"),
        ("2026-11-23 12:30", "2026-11-23 12:30"),
        ("138 1234 5678", "138****5678"),
        ("", ""),
    ],
)
def test_long_numbers_in_free_columns_are_masked(text, masked):
    """CR-46"""
    assert mask_numbers(text) == masked


def test_a_script_is_filled_and_parted_at_the_identity_check():
    """CR-17, E13"""
    opening, body = opening_and_body("您好{company}\n{identity}\n欠{amount}{unknown}")

    assert (fill(opening, {"company": "甲"}), fill(body, {"amount": "¥1"})) == ("您好甲", "欠¥1{unknown}")
