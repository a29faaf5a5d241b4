"""Tallies of cases and payments: kept by PostgreSQL itself, and never in disagreement with the rows."""

import threading
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum

from cases.models import Case, Payment, StageChange
from figures.models import CaseTally, PaymentTally, RollTally
from figures.selectors import recovery, stages, tallies
from figures.services.tallies import count_anew, fold
from tests.factories import MONDAY_9AM, make_case, make_placement, make_team
from tests.figures.conftest import NOON
from tests.figures.test_activity import pay
from tests.figures.test_recovery import autumn, half_year, rolling  # noqa: F401 -- fixtures


def kept() -> list:
    """What the tallies say, one line for each key, nothing where all is nothing."""
    rolls = RollTally.objects.values_list("placement", "team", "stage", "came_on", "ended_on", "before", "changed_on", "previous_on")
    keys = ("placement", "team", "stage", "placed_on")
    sums = {"count": Sum("cases"), "amount": Sum("placed"), "owed": Sum("remaining")}
    cases = CaseTally.objects.values_list(*keys, "came_on", "ended_on").annotate(**sums).filter(count__gt=0)
    payments = PaymentTally.objects.values_list(*keys, "paid_on").annotate(total=Sum("paid")).exclude(total=0)
    rolls = rolls.annotate(count=Sum("changes")).exclude(count=0)
    return [sorted(map(str, rows.order_by())) for rows in (cases, payments, rolls)]


def agrees() -> bool:
    """What is kept is what is there; looked at without leaving a trace."""
    said = kept()
    with suppress(ZeroDivisionError), transaction.atomic():
        count_anew()
        counted = kept()
        raise ZeroDivisionError
    return said == counted


def change_stages():
    Case.objects.update(stage="M9")


def give_to_a_team():
    Case.objects.filter(stage="M2").update(team=make_team())


def settle():
    Case.objects.filter(stage="M2").update(state="settled", balance=0, ended_at=NOON)


def touch():
    Case.objects.update(touched_at=NOON, version=F("version") + 1)


def bring_more():
    make_case(placement=Case.objects.first().placement, amount="12.34", stage="")


def take_one_away():
    StageChange.objects.all().delete()
    Case.objects.filter(payments=None).first().delete()


def take_a_payment_back():
    payment = Payment.objects.order_by("pk").first()
    Payment.objects.create(case=payment.case, amount=-payment.amount, paid_on=payment.paid_on, reverses=payment, at=NOON)


def pay_in_dollars():
    pay(Case.objects.first(), None, "50", date(2026, 9, 9), currency="USD")


def roll_on():
    """The case that rolled twice rolls once more, and had rolled before as is told only now; and one that never did rolls."""
    one = StageChange.objects.order_by("pk").first()
    others = [case for case in Case.objects.order_by("pk") if case != one.case]
    changes = [(one.case, "M4", "M5", NOON), (one.case, "M2", "M1", one.at - timedelta(days=1)), (others[0], "M3", "M9", NOON)]
    StageChange.objects.bulk_create(StageChange(case=case, before=before, after=after, at=at) for case, before, after, at in changes)


def forget_a_roll():
    StageChange.objects.order_by("pk").first().delete()


CHANGES = [roll_on, forget_a_roll, change_stages, give_to_a_team, settle, touch, bring_more, take_one_away, take_a_payment_back, pay_in_dollars]


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_a_case_the_tally_says_so_at_once(autumn, rolling, change):  # noqa: F811
    make_case(placement=autumn["first"], stage="M2")

    change()

    assert agrees()


@pytest.mark.postgres
@pytest.mark.django_db
def test_what_figures_do_not_ask_by_adds_no_row(autumn):  # noqa: F811
    rows = CaseTally.objects.count()

    touch()

    assert CaseTally.objects.count() == rows


@pytest.mark.postgres
@pytest.mark.django_db
def test_counting_anew_leaves_one_row_for_each_key_and_heals_what_is_wrong(autumn, half_year, gm):  # noqa: F811
    said = recovery.standing_by(half_year(gm), "stage")
    for change in (change_stages, touch, lambda: Case.objects.update(stage="M2")):
        change()
    CaseTally.objects.create(placement=autumn["first"], stage="M2", placed_on=date(2026, 9, 7), came_on=date(2026, 9, 7), cases=7, placed=7, remaining=7)

    count_anew()
    count_anew()

    assert CaseTally.objects.count() == 2
    assert recovery.standing_by(half_year(gm), "stage") == {"M2": _sum(said)}


def _sum(standings) -> recovery.Standing:
    whole = recovery.Standing()
    for standing in standings.values():
        for name in ("cases", "placed", "remaining", "recovered"):
            setattr(whole, name, getattr(whole, name) + getattr(standing, name))
    return whole


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 11, 1), date(2026, 11, 30)), (date(2026, 11, 1), date(2026, 11, 10)), (date(2026, 9, 1), date(2026, 10, 31))]
)
def test_the_roll_is_the_same_as_counted_case_by_case(rolling, ask, gm, first, last):  # noqa: F811
    question = ask(gm, first, last)

    rows = stages.rolled(question).values_list("rolled_from", "rolled_to")

    assert stages.transitions(question) == {pair: list(rows).count(pair) for pair in rows}


@pytest.mark.postgres
@pytest.mark.django_db
def test_folding_changes_no_sum(autumn, rolling, monkeypatch):  # noqa: F811
    for change in (roll_on, change_stages, give_to_a_team, take_a_payment_back, change_stages):
        change()
    said, rows = kept(), CaseTally.objects.count()

    assert not fold()  # too few to be worth it
    monkeypatch.setattr("figures.services.tallies.MANY", 1)
    assert fold()

    assert kept() == said
    assert CaseTally.objects.count() < rows
    assert not fold()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_payment_and_a_new_stage_at_once_agree(transactional_db):
    """Whichever comes first holds the case until it is through: the payment is never left behind in the old stage."""
    case = make_case(placement=make_placement(), stage="M2")
    moved, done = threading.Event(), []

    def pay_meanwhile():
        moved.wait(10)
        pay(case, None, "100", date(2026, 11, 23))
        done.append(True)
        connection.close()

    thread = threading.Thread(target=pay_meanwhile)
    thread.start()
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(stage="M3")
        moved.set()
        thread.join(0.5)
        waited = not done
    thread.join(10)

    assert waited
    assert list(PaymentTally.objects.values_list("stage", "paid")) == [("M3", Decimal(100))]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_changed_while_it_is_counted_anew_is_counted_once(transactional_db):
    placement = make_placement()
    make_case(placement=placement, stage="M2")
    with transaction.atomic():
        make_case(placement=placement, stage="M2")
        thread = threading.Thread(target=lambda: (count_anew(), connection.close()))
        thread.start()
        thread.join(10)

    assert CaseTally.objects.aggregate(total=Sum("cases"))["total"] == 2
    assert agrees()


@pytest.mark.django_db
def test_the_days_of_a_tally_are_the_agencys(autumn, ask, gm):  # noqa: F811
    """Half past midnight in Shanghai is the day before in London."""
    case = autumn["cases"][1]
    case.created_at = MONDAY_9AM.replace(hour=0, minute=30) - timedelta(days=22)
    case.save(update_fields=["created_at"])

    days = tallies.tallied_cases(ask(gm)).filter(stage="M3").values_list("came_on").annotate(count=Sum("cases"))
    assert list(days.filter(count__gt=0)) == [(date(2026, 11, 1), 1)]
