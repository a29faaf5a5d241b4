"""Mail numbers, sampling and grades (A1.4, annexes 3 and 4)."""

import pytest

from letters.rules import is_tracking_number, number_text, plain_tracking


@pytest.mark.parametrize(
    ("carrier", "number", "fits"),
    [
        ("ems", "EA123456789CN", True),
        ("ems", "1234567890123", True),
        ("ems", "EA12345678CN", False),
        ("china_post", "XA123456789CN", True),
        ("china_post", "XA12345678912", True),
        ("china_post", "SF1234567890123", False),
        ("sf", "SF1234567890123", True),
        ("sf", "123456789012", True),
        ("sf", "EA123456789CN", False),
        ("pigeon", "EA123456789CN", False),
        ("ems", "", False),
    ],
)
def test_tracking_numbers_have_their_carriers_form(carrier, number, fits):
    # A1.4, annex 3
    assert is_tracking_number(carrier, number) is fits


def test_a_scanned_number_is_folded():
    # A1.4: scanners and full-width keyboards
    assert plain_tracking(" ｅａ 123-456-789 cn ") == "EA123456789CN"


def test_numbers_carry_year_and_six_digits():
    assert number_text(2026, 123) == "2026-000123"
