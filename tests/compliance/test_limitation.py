"""Limitation of actions: three years, what interrupts, the last day and rest days (CR-34); two demands thirty days apart (CR-32)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from audit.models import AuditEvent
from cases.models import Case, CaseAccount
from compliance.rules.demands import missing_for_crime, two_demands
from compliance.rules.limitation import Debt, Happened, Standing, corresponding_day, deadline, interrupting, limitation
from compliance.selectors import limitation_of, with_interruption
from compliance.services.limitation import BadInterruption, record_interruption
from duties.selectors import working_time
from tests.factories import MONDAY_9AM, make_caller, make_case

TODAY = MONDAY_9AM.date()


@pytest.mark.parametrize(
    ("start", "last"),
    [("2023-02-28", "2026-02-28"), ("2023-10-01", "2026-10-08"), ("2024-02-29", "2027-03-01"), ("2023-05-01", "2026-05-06"), ("2023-08-31", "2026-08-31")],
    ids=["a Saturday that is worked", "a holiday", "no 29th: the month's end, a Sunday", "Labour Day", "a working day"],
)
@pytest.mark.django_db
def test_cr_34_the_term_ends_on_the_corresponding_day_and_after_a_holiday(start, last):
    """CR-34, 民法典 201–203: the vectors of the official calendar."""
    assert deadline(date.fromisoformat(start), working_time().is_working) == date.fromisoformat(last)


def test_cr_34_a_month_without_the_day_ends_the_term_with_its_last():
    assert corresponding_day(date(2024, 2, 29), 3) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("left", "standing"),
    [(-1, Standing.BARRED), (0, Standing.IN_30), (30, Standing.IN_30), (31, Standing.IN_90), (90, Standing.IN_90), (91, Standing.IN_180), (181, Standing.SAFE)],
)
def test_cr_34_screens_of_how_much_time_is_left(left, standing):
    """The last day counts in full."""
    today = date(2026, 5, 20) - timedelta(days=left)

    assert limitation([Debt(date(2023, 5, 20))], None, today).standing == standing


def test_cr_34_what_comes_when_it_is_over_revives_nothing_but_an_acknowledgement():
    debt, late = Debt(date(2020, 1, 10)), Happened("delivered", date(2023, 6, 1))

    assert interrupting([debt], [late]) == set()
    assert interrupting([debt], [Happened("acknowledged", date(2023, 6, 1)), Happened("delivered", date(2024, 1, 1))])


def test_cr_34_of_several_debts_the_one_that_ends_first_counts_and_part_payment_interrupts_its_own():
    debts = [Debt(date(2024, 1, 10), paid_on=date(2025, 3, 1)), Debt(date(2024, 2, 10))]

    assert limitation(debts, None, TODAY).ends_on == date(2027, 2, 10)


def test_cr_34_what_falls_due_later_takes_no_interruption_from_a_debt_before_it(case):
    """CR-34: a letter about the first card isn't lost because a second one became overdue afterwards."""
    CaseAccount.objects.filter(case=case).update(overdue_since=date(2023, 6, 10))
    record_interruption(case=case, event="delivered", on=date(2024, 6, 3), evidence="EMS 1", by=None, now=MONDAY_9AM)
    CaseAccount.objects.create(case=case, amount=1, overdue_since=date(2025, 6, 10))

    row = record_interruption(case=case, event="delivered", on=date(2023, 9, 1), evidence="EMS 0", by=None, now=MONDAY_9AM)

    assert (row.counts, standing_of(case).ends_on) == (True, date(2027, 6, 3))


def test_cr_34_never_longer_than_twenty_years():
    assert limitation([Debt(date(2005, 1, 10))], date(2024, 5, 1), date(2024, 6, 1)).ends_on == date(2025, 1, 10)


def test_cr_34_nobody_knows_without_a_due_day():
    assert limitation([], None, TODAY).standing == Standing.UNKNOWN


@pytest.fixture
def case(db, team):
    case = make_case(holder=make_caller(team=team))
    CaseAccount.objects.filter(case=case).update(overdue_since=date(2024, 1, 10), last_paid_on=None)
    return case


def standing_of(case):
    row = with_interruption(Case.objects.filter(pk=case.pk)).get()
    return limitation_of(row.accounts.all(), row.interrupted_on, TODAY)


def test_cr_34_a_delivered_letter_begins_the_term_anew(case, django_assert_num_queries):
    """CR-34: with evidence, on the trail, once; read without a query of its own."""
    before = standing_of(case).ends_on

    for _twice in range(2):
        row = record_interruption(case=case, event="delivered", on=date(2026, 11, 2), evidence="EMS 1234567890123 签收", by=None, now=MONDAY_9AM)

    assert (before, standing_of(case).ends_on) == (date(2027, 1, 10), date(2029, 11, 2))
    assert row.counts
    assert AuditEvent.objects.filter(action="limitation.interrupted").count() == 1
    with django_assert_num_queries(2):
        standing_of(case)


def test_cr_34_evidence_that_comes_late_is_put_in_its_order(case):
    """An event after the end counts once an earlier one is shown that was in time."""
    CaseAccount.objects.filter(case=case).update(overdue_since=date(2021, 1, 10))
    late = record_interruption(case=case, event="delivered", on=date(2025, 6, 1), evidence="EMS 1", by=None, now=MONDAY_9AM)
    assert not late.counts
    assert standing_of(case).standing == Standing.BARRED

    record_interruption(case=case, event="filed", on=date(2023, 5, 1), evidence="(2023) 京 0101 民初 1 号", by=None, now=MONDAY_9AM)

    late.refresh_from_db()
    assert late.counts
    assert standing_of(case).ends_on == date(2028, 6, 1)


@pytest.mark.parametrize("wrong", [{"event": "rang"}, {"on": date(2026, 11, 24)}, {"evidence": " "}], ids=["kind", "day ahead", "no evidence"])
def test_cr_34_only_what_is_shown_moves_the_day(case, wrong):
    about = {"case": case, "event": "delivered", "on": TODAY, "evidence": "EMS 1", "by": None, "now": MONDAY_9AM} | wrong

    with pytest.raises(BadInterruption):
        record_interruption(**about)


@pytest.mark.parametrize(("days", "met"), [([date(2026, 9, 1), date(2026, 9, 30)], False), ([date(2026, 9, 1), date(2026, 10, 1)], True), ([], False)])
def test_cr_32_two_demands_thirty_days_apart(days, met):
    """CR-32: 29 days are not enough."""
    assert two_demands(days) is met


def test_cr_32_all_four_conditions_are_needed():
    """CR-32: principal, two demands, more than three months, the bank's approval; what isn't known is lacking."""
    met = {"principal": Decimal(50_000), "demanded_on": [date(2026, 9, 1), date(2026, 10, 1)], "unpaid_days": 91, "is_approved": True}

    assert missing_for_crime(**met) == []
    assert missing_for_crime(**met | {"principal": Decimal("49999.99"), "unpaid_days": 90}) == ["principal", "months"]
    assert missing_for_crime(principal=None, demanded_on=[], unpaid_days=None, is_approved=False) == ["principal", "demands", "months", "approval"]
