"""Stated balances, and the ledger over all of them: what is owed is what was stated less what was paid since (I2, CR-30)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import AuditEvent
from cases.models import BalanceEntry, Case, CaseAccount, Payment
from cases.services import imports
from cases.services.balances import set_balance
from cases.services.payments import PaymentBook, record_payment
from collection.lib.errors import Refused
from tests.cases.conftest import clock
from tests.cases.updates import DAY, changes_of, check_ledger, codes_of, paid
from tests.factories import MONDAY_9AM, make_user

pytestmark = pytest.mark.django_db

TODAY = MONDAY_9AM.date()


def reload(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


# --- balances --------------------------------------------------------------------------------------------------------------------


def test_a_balance_file_states_balance_parts_and_day(placed, imported):
    imported("balance", [{"案件编号": "A1", "最新欠款": 9500, "本金": 8000, "利息": 1200, "滞纳金": 300, "截止日期": date(2026, 11, 22)}])

    case, account = reload(placed["A1"]), CaseAccount.objects.get(case=placed["A1"])
    assert (case.balance, case.balance_on, case.amount) == (9500, date(2026, 11, 22), 10_000)
    assert (account.owed, account.principal, account.interest, account.fees, account.stated_on) == (9500, 8000, 1200, 300, date(2026, 11, 22))
    assert BalanceEntry.objects.get().parts == {"principal": [None, "8000.00"], "interest": [None, "1200.00"], "fees": [None, "300.00"]}
    check_ledger(case)


def test_an_older_balance_never_stands_against_a_newer_one(placed, imported, checked_update):
    imported("balance", [{"案件编号": "A1", "最新欠款": 9500, "截止日期": date(2026, 11, 22)}])

    run = checked_update("balance", [{"案件编号": "A1", "最新欠款": 9900, "截止日期": date(2026, 11, 21)}])

    assert (codes_of(run), changes_of(run)) == (["balance_older"], [[]])


def test_parts_without_a_total_make_it_up_where_the_rest_is_known(placed, imported, checked_update):
    CaseAccount.objects.filter(case=placed["A1"]).update(principal=8000, interest=1500, fees=500)

    run = checked_update("balance", [{"案件编号": "A1", "利息": 1700, "截止日期": DAY}, {"案件编号": "A2", "利息": 1700, "截止日期": DAY}])

    assert codes_of(run) == ["total_missing"]
    assert changes_of(run)[0] == [["balance", "10000.00", "10200.00"], ["interest", "1500.00", "1700.00"], ["balance_on", "2026-11-20", "2026-11-21"]]


def test_a_balance_of_one_of_several_cards_needs_the_card(two_cards):
    by = make_user()

    with pytest.raises(Refused):
        set_balance(case_id=two_cards.pk, amount=Decimal(9000), as_of=DAY, by=by, now=MONDAY_9AM)
    set_balance(case_id=two_cards.pk, amount=Decimal(3500), as_of=DAY, card_no="6222000000000011", by=by, now=MONDAY_9AM)
    set_balance(case_id=two_cards.pk, amount=Decimal(0), as_of=TODAY, by=by, now=MONDAY_9AM)

    owed = [account.owed for account in two_cards.accounts.order_by("pk")]
    assert (owed, reload(two_cards).balance) == ([0, 0, 100], 0)
    check_ledger(two_cards)


def test_currencies_of_one_row_go_to_their_own_accounts(placed, imported):
    CaseAccount.objects.create(case=placed["A1"], currency="USD", amount=100)

    imported("balance", [{"案件编号": "A1", "最新欠款(人民币)": 9000, "最新欠款(美元)": 80, "截止日期": DAY}])

    assert [account.owed for account in placed["A1"].accounts.order_by("pk")] == [9000, 80]
    assert reload(placed["A1"]).balance == 9000
    check_ledger(placed["A1"])


def test_the_same_card_twice_in_a_file_is_found(placed, checked_update):
    rows = [{"案件编号": "A1", "最新欠款": 9000, "截止日期": DAY}, {"案件编号": "A1", "最新欠款": 8000, "截止日期": DAY}]

    assert codes_of(checked_update("balance", rows)) == ["same_row_twice"]


def test_a_stated_balance_without_a_day_is_that_of_the_files_arrival(placed, checked_update):
    run = checked_update("balance", [{"案件编号": "A1", "最新欠款": 9000}])

    assert changes_of(run)[0][-1] == ["balance_on", "2026-11-20", "2026-11-23"]


def test_zero_is_said_but_does_not_settle(placed, imported):
    run = imported("balance", [{"案件编号": "A1", "最新欠款": 0, "截止日期": DAY}])

    assert run.summary["codes"] == {"nothing_owed": 1}
    assert reload(placed["A1"]).state == "unassigned"


# --- all together ----------------------------------------------------------------------------------------------------------------

LINES = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(-3000, 4000), st.integers(0, 4), st.sampled_from(["", "6222000000000011", "6222000000000029"])),
        st.tuples(st.just("state"), st.integers(0, 7000), st.integers(0, 4), st.sampled_from(["", "6222000000000011", "6222000000000029"])),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_the_ledger_says_what_is_owed_whatever_happens(two_cards, lines):
    """I2, over any order of payments, reversals and stated balances; and what was shown is what is booked."""
    with transaction.atomic():
        for kind, amount, days, card in lines:
            day = date(2026, 11, 19) + timedelta(days=days)
            book = PaymentBook([two_cards], today=TODAY)
            values = {"amount": str(Decimal(amount)), "paid_on": day.isoformat(), "currency": "CNY", "card_no": card}
            shown = book.plan(reload(two_cards), values).changes if kind == "pay" else None
            _do(two_cards, kind, amount, day, card)
            check_ledger(two_cards)
            if shown and Payment.objects.exists():
                balances = [after for name, _before, after in shown if name.startswith("balance/")]
                owed = {str(account.owed) for account in two_cards.accounts.all()}
                assert set(balances[-1:]) <= owed
        transaction.set_rollback(True)
    two_cards.refresh_from_db()


def _do(case: Case, kind: str, amount: int, day: date, card: str) -> None:
    about = {"case_id": case.pk, "amount": Decimal(amount), "card_no": card, "by": None, "now": MONDAY_9AM}
    try:
        if kind == "pay":
            record_payment(paid_on=day, **about)
        else:
            set_balance(as_of=day, **about)
    except Refused:
        return


def test_what_was_shown_is_what_happens(placed, checked_update, specialist):
    """The preview of every row, applied: the last balance shown for a case is the case's."""
    rows = [paid("A1", 300), paid("A2", 700), paid("A1", 200, TODAY), paid("A1", -300, TODAY), paid("A2", 100, 最新欠款=9000)]
    run = checked_update("payment", rows)
    shown = {}
    for row in run.rows.order_by("pk"):
        shown |= {(row.case_id, name): after for name, _before, after in row.values["changes"] if name == "balance"}

    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    imports.write_import(run_id=run.pk, clock=clock)

    assert shown == {(case.pk, "balance"): str(case.balance) for case in Case.objects.filter(case_no__in=["A1", "A2"])}
    assert AuditEvent.objects.filter(action="case.paid").count() == 2
