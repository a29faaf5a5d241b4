from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from calls.choices import ReviewField
from calls.rules import PromisePolicy, attempt_kind, broken_in_row, call_order, closing_by_themselves, missing_of, outcome_fits, promise_fault, promise_state

TODAY = date(2026, 11, 23)
POLICY = PromisePolicy(max_days=30, least=100, most_broken=3, grace=1)


@pytest.mark.parametrize(
    ("target", "third", "fits"),
    [("self", False, True), ("self", True, False), ("third_party", True, True), ("third_party", False, False), ("any", True, True), ("any", False, True)],
)
def test_a_third_party_is_offered_third_party_outcomes_only(target, third, fits):
    """CR-12"""
    assert outcome_fits(target, is_third_party=third) is fits


@pytest.mark.parametrize(
    ("group", "reached", "stops", "kind"),
    [
        ("right_party", True, False, "reached"),
        ("no_contact", False, False, "failed"),
        ("invalid_number", False, False, "failed"),
        ("third_party", False, False, None),
        ("admin", False, False, None),
        ("admin", False, True, "incapable"),
    ],
)
def test_what_an_outcome_says_of_contact_with_the_debtor(group, reached, stops, kind):
    """CR-10"""
    assert attempt_kind(group, is_right_party=reached, stops_case=stops) == kind


@pytest.mark.parametrize(
    ("amount", "due_on", "fault"),
    [
        (Decimal("100"), TODAY, ""),
        (Decimal("1000"), date(2026, 12, 23), ""),
        (None, TODAY, "amount"),
        (Decimal("0"), TODAY, "amount"),
        (Decimal("-5"), TODAY, "amount"),
        (Decimal("1000.01"), TODAY, "balance"),
        (Decimal("100"), None, "past"),
        (Decimal("100"), date(2026, 11, 22), "past"),
        (Decimal("100"), date(2026, 12, 24), "far"),
    ],
)
def test_a_promise_is_positive_within_the_balance_and_not_far_ahead(amount, due_on, fault):
    """E14, the promise policy"""
    assert promise_fault(amount, due_on, balance=Decimal("1000"), today=TODAY, policy=POLICY) == fault


@pytest.mark.parametrize(
    ("amount", "balance", "broken", "fault"),
    [("99.99", "1000", 0, "least"), ("100", "1000", 2, ""), ("40", "40", 0, ""), ("39", "40", 0, "least"), ("500", "1000", 3, "row")],
    ids=["too little", "the least", "all of a small rest", "a part of a small rest", "three broken in a row"],
)
def test_a_promise_is_no_trifle_and_not_taken_after_three_broken_in_a_row(amount, balance, broken, fault):
    """PTP: least amount, how many in a row."""
    policy = replace(POLICY, broken_in_row=broken)

    assert promise_fault(Decimal(amount), TODAY, balance=Decimal(balance), today=TODAY, policy=policy) == fault


@pytest.mark.parametrize(
    ("states", "count"),
    [([], 0), (["broken", "broken"], 2), (["broken", "cancelled", "broken", "kept", "broken"], 2), (["open", "broken"], 1), (["part_kept", "broken"], 0)],
)
def test_broken_promises_are_counted_back_to_one_that_was_kept(states, count):
    """PTP"""
    assert broken_in_row(states) == count


@pytest.mark.parametrize(
    ("paid", "day", "state"),
    [
        ("0", 23, "open"),
        ("0", 24, "open"),
        ("0", 25, "broken"),
        ("99.99", 24, "open"),
        ("99.99", 25, "part_kept"),
        ("100", 23, "kept"),
        ("100", 25, "kept"),
        ("120", 25, "kept"),
    ],
)
def test_a_promise_is_judged_by_what_was_paid_and_by_the_day(paid, day, state):
    """PTP: due on the 23rd, a day of grace."""
    assert promise_state(Decimal(100), Decimal(paid), due_on=TODAY, today=date(2026, 11, day), grace=1) == state


def order(closed, present, *, locked):
    return [(step.step, step.state, step.is_current) for step in call_order(closed, present, third_parties_locked=locked)]


ALL = {"employer", "reference", "committee", "family", "self"}


def test_the_call_order_is_employer_reference_committee_family_debtor():
    """A3.2: 单位 → 联系人 → 村委/居委会 → 家人 → 持卡人"""
    assert [step for step, _state, _current in order({}, ALL, locked=False)] == ["employer", "reference", "committee", "family", "self"]


def test_under_cr_10_the_third_party_steps_are_locked_and_the_debtors_is_open():
    """A3.2, CR-10"""
    assert order({}, ALL, locked=True) == [
        ("employer", "locked", False),
        ("reference", "locked", False),
        ("committee", "locked", False),
        ("family", "locked", False),
        ("self", "", True),
    ]


def test_a_step_without_anybody_to_call_closes_by_itself():
    """A3.2"""
    steps = call_order({"employer": "called"}, {"employer", "family", "self"}, third_parties_locked=False)

    assert [(step.step, step.state) for step in closing_by_themselves(steps)] == [("reference", "none"), ("committee", "none")]
    assert [step.step for step in steps if step.is_current] == ["family"]


def test_missing_names_each_field_step_and_the_number_to_verify():
    """A3.3"""
    steps = call_order({"employer": "called"}, {"employer", "self"}, third_parties_locked=False)

    missing = missing_of(["identity", "accounts"], steps, unverified=2)

    assert missing.fields == tuple(field for field in ReviewField.values if field not in ("identity", "accounts"))
    assert (missing.steps, missing.unverified, bool(missing)) == (("self",), 2, True)


def test_nothing_is_missing_when_everything_was_done():
    """A3.3"""
    steps = call_order(dict.fromkeys(ALL, "called"), ALL, third_parties_locked=False)

    assert not missing_of(ReviewField.values, steps, unverified=0)
