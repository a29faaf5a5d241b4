"""Payments and balances: taken once, credited to who held the case, and the ledger says what is owed (I2, CR-30, CR-38)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from assignment.models import Assignment
from cases.models import BalanceEntry, Case, CaseAccount, Payment
from cases.rules.ledger import paid_parts, spread
from cases.services.payments import PaymentBook, record_payment
from collection.lib.errors import Refused
from tests.cases.updates import DAY, changes_of, check_ledger, codes_of, paid
from tests.factories import MONDAY_9AM, assign, make_user

pytestmark = pytest.mark.django_db

TODAY = MONDAY_9AM.date()


def reload(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


# --- rules -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "owed", "amount", "after"),
    [
        ({"principal": 800, "interest": 150, "fees": 50}, 1000, 60, {"principal": 800, "interest": 140, "fees": 0}),
        ({"principal": 800, "interest": 150, "fees": 50}, 1000, 900, {"principal": 100, "interest": 0, "fees": 0}),
        ({"principal": 800, "interest": None, "fees": None}, 1000, 300, {"principal": 700, "interest": None, "fees": None}),
        ({"principal": None, "interest": None, "fees": None}, 1000, 300, {"principal": None, "interest": None, "fees": None}),
        ({"principal": 800, "interest": 150, "fees": 50}, 1000, 2000, {"principal": 0, "interest": 0, "fees": 0}),
    ],
)
def test_costs_are_paid_first_then_interest_then_principal(parts, owed, amount, after):
    """CR-38: Civil Code, art. 561; what the bank did not split is paid before all of them."""
    assert paid_parts(parts, Decimal(owed), Decimal(amount)) == after


@given(st.decimals(min_value=1, max_value=10**7, places=2), st.lists(st.decimals(min_value=0, max_value=10**6, places=2), min_size=1, max_size=6))
def test_a_payment_is_spread_without_a_rest(amount, owed):
    shares = spread(amount, owed)

    assert sum(shares) == amount
    assert all(share <= debt for share, debt in zip(shares[:-1], owed[:-1], strict=True))


# --- payments --------------------------------------------------------------------------------------------------------------------


def test_payment_goes_off_the_balance(placed, imported):
    run = imported("payment", [paid(还款方式="对公转账", 还款人="王小一")])

    case, payment = reload(placed["A1"]), Payment.objects.get()
    assert (case.balance, case.balance_on) == (Decimal("7500.00"), DAY)
    assert (payment.case, payment.amount, payment.paid_on, payment.method, payment.payer) == (case, 2500, DAY, "对公转账", "王小一")
    assert (payment.run, payment.row, payment.by) == (run, 2, run.committed_by)
    assert list(BalanceEntry.objects.values_list("before", "after", "reason")) == [(10_000, 7_500, "payment")]
    assert case.accounts.get().last_paid_on == DAY
    check_ledger(case)


def test_a_payment_is_credited_to_who_held_the_case_on_its_day(placed, imported):
    """The case changed hands since: the payment is the earlier holder's."""
    early, late = make_user(name="甲"), make_user(name="乙")
    Assignment.objects.create(
        case=placed["A1"], collector=early, assigned_at=MONDAY_9AM - timedelta(days=3), assigned_by=early, ended_at=MONDAY_9AM - timedelta(days=1)
    )
    Assignment.objects.create(case=placed["A1"], collector=late, assigned_at=MONDAY_9AM - timedelta(days=1), assigned_by=late)

    imported("payment", [paid(day=DAY), paid(day=TODAY, amount=1), paid("A2")])

    assert [payment.credited_to for payment in Payment.objects.order_by("pk")] == [early, late, None]


def test_the_same_payment_is_not_taken_twice_and_two_alike_are_two(placed, imported, checked_update):
    """F14: by case, day and amount, whatever file it comes in; two equal rows of one file are two payments, with a warning."""
    imported("payment", [paid(amount=500), paid(amount=500, 还款方式="微信")])

    run = checked_update("payment", [paid(amount=500), paid(amount=500), paid(amount=500), paid(amount=501)])

    assert Payment.objects.count() == 2
    assert codes_of(run) == ["payment_known", "payment_known"]
    assert [bool(changes) for changes in changes_of(run)] == [False, False, True, True]


def test_two_equal_rows_of_a_file_are_shown(placed, checked_update):
    run = checked_update("payment", [paid(), paid()])

    assert codes_of(run) == ["payment_twice"]


def test_a_settling_payment_settles(placed, imported, collector):
    assign(placed["A1"], collector)

    run = imported("payment", [paid(amount=10_000, 是否结清="是"), paid("A2", 9_000, 是否结清="是"), paid("A3", 10_000)])

    states = {case.case_no: (case.state, case.balance) for case in Case.objects.all()}
    assert states == {"A1": ("settled", 0), "A2": ("settled", 1000), "A3": ("unassigned", 0)}
    assert run.summary["codes"] == {"rest_waived": 1, "nothing_owed": 1}
    assert reload(placed["A1"]).ended_at == MONDAY_9AM


def test_a_reversal_takes_a_known_payment_back(placed, imported, checked_update):
    """A bounced payment: the balance and its parts are as before."""
    CaseAccount.objects.filter(case=placed["A1"]).update(principal=8000, interest=1500, fees=500)
    imported("payment", [paid(amount=1000)])
    between = CaseAccount.objects.get(case=placed["A1"])

    unknown = checked_update("payment", [paid(amount=-999, day=TODAY)])
    imported("payment", [paid(amount=-1000, day=TODAY)])
    again = checked_update("payment", [paid(amount=-1000, day=TODAY - timedelta(days=1))])

    account, back = CaseAccount.objects.get(case=placed["A1"]), Payment.objects.get(amount=-1000)
    assert (between.owed, between.principal, between.interest, between.fees) == (9000, 8000, 1000, 0)
    assert (account.owed, account.principal, account.interest, account.fees) == (10_000, 8000, 1500, 500)
    assert back.reverses == Payment.objects.get(amount=1000)
    assert (codes_of(unknown), codes_of(again)) == (["payment_unknown"], ["payment_unknown"])
    check_ledger(placed["A1"])


def test_a_payment_and_its_reversal_in_one_file(placed, imported):
    imported("payment", [paid(amount=1000), paid(amount=-1000, day=TODAY)])

    assert reload(placed["A1"]).balance == 10_000
    assert BalanceEntry.objects.values_list("reason", flat=True).order_by("pk").last() == "reversal"
    check_ledger(placed["A1"])


def test_a_payment_that_the_stated_balance_has_in_it_leaves_the_balance(placed, imported, checked_update):
    """Paid before the placement, or before a balance that the bank stated since: counted once."""
    imported("balance", [{"案件编号": "A1", "最新欠款": 7000, "截止日期": date(2026, 11, 22)}])

    run = checked_update("payment", [paid(amount=3000), paid("A2", 3000, date(2026, 11, 19)), paid("A3", 3000, date(2026, 11, 20))])

    assert codes_of(run) == ["payment_in_balance", "payment_in_balance"]
    assert [[name for name, _before, _after in changes] for changes in changes_of(run)] == [["payment"], ["payment"], ["payment", "balance"]]


def test_a_payment_row_may_state_the_balance(placed, imported):
    """The bank adds interest on the day: its own figure stands."""
    imported("payment", [paid(amount=1000, 最新欠款=9100)])

    assert reload(placed["A1"]).balance == 9100
    assert list(BalanceEntry.objects.order_by("pk").values_list("after", "reason")) == [(9000, "payment"), (9100, "stated")]
    check_ledger(placed["A1"])


def test_a_second_payment_of_the_day_on_which_a_line_stated_the_balance_counts(placed, imported):
    """Only the payments of earlier days are surely in what a line says: 10,000, 100 paid leave 9,900, 50 more leave 9,850."""
    imported("payment", [paid(amount=100, 最新欠款=9900), paid(amount=50, 最新欠款=None)])
    in_one_file = reload(placed["A1"]).balance
    imported("payment", [paid(amount=40), paid(amount=30, day=date(2026, 11, 20))])

    assert (in_one_file, reload(placed["A1"]).balance) == (9850, 9810)
    check_ledger(placed["A1"])


def test_a_balance_file_of_the_day_has_that_days_payments_also_if_it_only_confirms(placed, imported):
    imported("payment", [paid(amount=100, 最新欠款=9900)])
    imported("balance", [{"案件编号": "A1", "最新欠款": 9900, "截止日期": DAY}])

    run = imported("payment", [paid(amount=50)])

    assert (run.summary["codes"], reload(placed["A1"]).balance) == ({"payment_in_balance": 1}, 9900)
    check_ledger(placed["A1"])


def test_a_payment_in_the_balance_that_is_taken_back_later_is_owed_again(placed, imported):
    """Paid before the placement, so never taken off here; bounced after it: what the bank stated is too little by it."""
    imported("balance", [{"案件编号": "A2", "最新欠款": 9000, "截止日期": date(2026, 11, 22)}])
    paid_before = [paid("A1", 200, date(2026, 11, 18)), paid("A2", 300), paid("A3", 400, date(2026, 11, 18))]
    imported("payment", paid_before)

    run = imported("payment", [paid("A1", -200, date(2026, 11, 22)), paid("A2", -300, date(2026, 11, 22)), paid("A3", -400, date(2026, 11, 19))])

    assert [case.balance for case in Case.objects.order_by("pk")] == [10_200, 9000, 10_000]
    assert run.summary["codes"] == {"payment_in_balance": 2}
    for case in placed.values():
        check_ledger(case)


def test_a_payment_in_the_balance_of_several_cards_goes_back_to_the_one_that_was_paid_or_due_longest(two_cards):
    about = {"case_id": two_cards.pk, "by": make_user(), "now": MONDAY_9AM}
    for card, amount in (("", 200), ("6222000000000011", 300)):
        record_payment(amount=Decimal(amount), paid_on=date(2026, 11, 18), card_no=card, **about)

    for amount in (-200, -300):
        record_payment(amount=Decimal(amount), paid_on=DAY, **about)

    assert {account.card_last4: account.owed for account in two_cards.accounts.filter(currency="CNY")} == {"0029": 6200, "0011": 4300}
    assert reload(two_cards).balance == 10_500
    check_ledger(two_cards)


def test_a_known_payment_sent_again_still_settles_or_states_the_balance(placed, imported):
    """Taken once (F14), but what else the line says is not dropped."""
    imported("payment", [paid("A1", 500), paid("A2", 500), paid("A3", 500)])

    run = imported("payment", [paid("A1", 500, 是否结清="是", 最新欠款=None), paid("A2", 500, 最新欠款=9600), paid("A3", 0, 是否结清="是")])

    assert [(case.state, case.balance) for case in Case.objects.order_by("pk")] == [("settled", 9500), ("unassigned", 9600), ("settled", 9500)]
    assert run.summary["codes"] == {"payment_known": 2, "rest_waived": 2}
    assert Payment.objects.count() == 3
    check_ledger(placed["A2"])


def test_a_file_sent_again_does_not_bring_back_the_balance_of_then(placed, imported, checked_update):
    """What the line stated when its payment was new is no news, whatever was paid since."""
    lines = [paid(amount=100, 最新欠款=9900), paid(amount=50)]
    imported("payment", lines)

    again = checked_update("payment", [*lines, paid(amount=10, day=TODAY)])
    older = checked_update("payment", [paid(amount=100, day=DAY, 最新欠款=9900), paid(amount=0, day=date(2026, 11, 20), 最新欠款=9990)])

    assert codes_of(again) == ["payment_known", "payment_known"]
    assert [change for change in changes_of(again)[2] if change[0] == "balance"] == [["balance", "9850.00", "9840.00"]]
    assert codes_of(older) == ["payment_known", "balance_older"]


def test_that_an_ended_case_is_settled_is_said(placed, imported, checked_update):
    imported("payment", [paid("A1", 500, 是否结清=None), paid("A2", 500, 是否结清="是")])
    Case.objects.filter(pk__in=[placed["A1"].pk, placed["A3"].pk]).update(state="returned", ended_at=MONDAY_9AM)

    run = checked_update(
        "payment", [paid("A1", 500, 是否结清="是"), paid("A2", 500, 是否结清="是"), paid("A2", 0, 是否结清="是"), paid("A3", 0, 是否结清="是")]
    )

    assert codes_of(run) == ["payment_known", "paid_after_end", "payment_known", "no_change", "case_ended"]
    assert changes_of(run)[:3] == [[], [], []]


def test_a_line_that_states_an_unclear_balance_leaves_the_next_lines_alone(two_cards):
    """A line with an error changes nothing: neither what is owed nor how often the payment was seen."""
    book = PaymentBook([two_cards], today=TODAY)
    line = {"amount": "1000", "paid_on": DAY.isoformat(), "currency": "CNY"}
    case = book.cases[two_cards.pk]

    unclear = book.plan(case, line | {"balance": "8500"})
    after = (case.balance, [account.owed for account in book.ledger.accounts[case.pk]])
    clear = book.plan(case, line | {"balance": "9000"})

    assert ([found.code for found in unclear.found], unclear.changes) == (["account_unclear"], [])
    assert after == (10_000, [4000, 6000, 100])
    assert (clear.found, clear.changes[1:]) == ([], [["balance/0029 CNY", "6000.00", "5000.00"]])


@pytest.mark.parametrize(("row", "code"), [({"amount": 0}, "no_change"), ({"day": date(2026, 11, 24)}, "not_yet"), ({"amount": 12_000}, "overpaid")])
def test_odd_payments_are_found(placed, checked_update, row, code):
    assert codes_of(checked_update("payment", [paid(**row)])) == [code]


def test_a_payment_after_the_end_is_recorded_within_reason(placed, imported, checked_update):
    """A payment may come after the return; long after it is looked into."""
    Case.objects.filter(pk=placed["A1"].pk).update(state="returned", ended_at=MONDAY_9AM - timedelta(days=30))
    Case.objects.filter(pk=placed["A2"].pk).update(state="returned", ended_at=MONDAY_9AM - timedelta(days=100))

    run = checked_update("payment", [paid("A1"), paid("A2")])
    imported("payment", [paid("A1", 是否结清="是")])

    assert codes_of(run) == ["paid_after_end", "case_ended"]
    assert (reload(placed["A1"]).state, reload(placed["A1"]).balance) == ("returned", 7500)


def test_a_payment_for_the_case_goes_to_what_has_been_due_longest(two_cards):
    """CR-38, Civil Code, art. 560: the eldest debt first; dollars are another matter."""
    payment = record_payment(case_id=two_cards.pk, amount=Decimal(7000), paid_on=DAY, by=make_user(), now=MONDAY_9AM)

    owed = {(account.card_last4, account.currency): account.owed for account in two_cards.accounts.all()}
    assert owed == {("0029", "CNY"): 0, ("0011", "CNY"): 3000, ("0029", "USD"): 100}
    assert (payment.account, reload(two_cards).balance) == (None, 3000)
    check_ledger(two_cards)


def test_a_payment_for_a_card_or_in_dollars_goes_there(two_cards):
    by = make_user()

    record_payment(case_id=two_cards.pk, amount=Decimal(1000), paid_on=DAY, card_no="6222000000000011", by=by, now=MONDAY_9AM)
    record_payment(case_id=two_cards.pk, amount=Decimal(40), paid_on=DAY, currency="USD", by=by, now=MONDAY_9AM)

    owed = {(account.card_last4, account.currency): account.owed for account in two_cards.accounts.all()}
    assert owed == {("0029", "CNY"): 6000, ("0011", "CNY"): 3000, ("0029", "USD"): 60}
    assert reload(two_cards).balance == 9000
    check_ledger(two_cards)


@pytest.mark.parametrize("wrong", [{"paid_on": TODAY + timedelta(days=1)}, {"amount": Decimal(0)}, {"amount": Decimal(-1)}, {"currency": "EUR"}])
def test_one_payment_is_refused_for_the_same_reasons(two_cards, wrong):
    about = {"case_id": two_cards.pk, "amount": Decimal(10), "paid_on": DAY, "by": make_user(), "now": MONDAY_9AM}

    with pytest.raises(Refused):
        record_payment(**about | wrong)

    assert not Payment.objects.exists()
    assert reload(two_cards).balance == 10_000


def test_one_payment_that_is_known_is_refused_whatever_else_it_says(two_cards):
    about = {"case_id": two_cards.pk, "amount": Decimal(10), "paid_on": DAY, "by": make_user(), "now": MONDAY_9AM}
    record_payment(**about)

    with pytest.raises(Refused):
        record_payment(**about, is_settling=True)

    assert (reload(two_cards).state, Payment.objects.count()) == ("unassigned", 1)


def test_hooks_hear_of_new_payments(two_cards, monkeypatch):
    heard = []
    monkeypatch.setattr("cases.services.payments.ON_PAYMENT", [lambda payments, by, now: heard.extend(payments)])

    payment = record_payment(case_id=two_cards.pk, amount=Decimal(10), paid_on=DAY, by=make_user(), now=MONDAY_9AM)

    assert heard == [payment]


def test_what_is_booked_cannot_be_changed(two_cards):
    """Append-only in the database itself: a correction is a new row."""
    record_payment(case_id=two_cards.pk, amount=Decimal(10), paid_on=DAY, by=make_user(), now=MONDAY_9AM)

    for rows in (Payment.objects.all(), BalanceEntry.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(at=MONDAY_9AM)
