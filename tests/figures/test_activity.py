"""What collectors did, against a small table worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from calls.models import Promise
from cases.models import Payment
from figures.selectors import activity, behind
from figures.selectors.activity import Activity
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_record, make_user

pytestmark = pytest.mark.django_db


def promise(case, collector, *, at, amount="500", state="open", settled_at=None) -> Promise:
    record = make_record(case, collector, "PTP", at=at)
    return Promise.objects.create(case=case, record=record, amount=amount, due_on=date(2026, 11, 25), state=state, settled_at=settled_at)


def pay(case, collector, amount, day, number=1, **fields) -> Payment:
    return Payment.objects.create(case=case, amount=amount, paid_on=day, credited_to=collector, at=MONDAY_9AM, number=number, **fields)


@pytest.fixture
def monday(case, foreign_case, collector, other_team):
    """Monday the 23rd, the collector: 09:00 no answer, 09:30 a third party, 10:00 the debtor, who promises; 23:30 one that came in (no dial).
    The Friday before: one no answer, and a promise of that day, kept on Monday. Paid on Monday: 300, and 100 taken back of an earlier 100.
    A stranger: one no answer on Monday."""
    stranger = make_user(Role.COLLECTOR, team=other_team)
    make_record(case, collector, "NOAS", at=MONDAY_9AM)
    make_record(case, collector, "AGTP", at=MONDAY_9AM + timedelta(minutes=30))
    promise(case, collector, at=MONDAY_9AM + timedelta(hours=1))
    make_record(case, collector, "WTP", at=MONDAY_9AM + timedelta(hours=14, minutes=30), direction="in")
    friday = MONDAY_9AM - timedelta(days=3)
    make_record(case, collector, "NOAS", at=friday)
    promise(case, collector, at=friday + timedelta(minutes=5), state="kept", settled_at=MONDAY_9AM)
    pay(case, collector, "300", date(2026, 11, 23))
    first = pay(case, collector, "100", date(2026, 11, 20))
    pay(case, collector, "-100", date(2026, 11, 23), reverses=first)
    make_record(foreign_case, stranger, "NOAS", at=MONDAY_9AM)
    return stranger


def test_a_day_of_work(monday, ask, gm, collector):
    found = activity.activity_by_person_and_day(ask(gm))

    assert found[collector.pk, date(2026, 11, 23)] == Activity(dials=3, reached=2, right_party=1, promises=1, kept=1, recovered=Decimal(200))
    assert found[collector.pk, date(2026, 11, 20)] == Activity(dials=2, reached=1, right_party=1, promises=1, recovered=Decimal(100))
    assert found[monday.pk, date(2026, 11, 23)] == Activity(dials=1)


def test_summed_by_team_and_in_all(monday, ask, gm, collector, team):
    found = activity.activity_by_person_and_day(ask(gm))
    teams = {collector.pk: "ours", monday.pk: "theirs"}

    by_team = activity.summed(found, lambda person, _day: teams[person])
    assert by_team["ours"] == Activity(dials=5, reached=3, right_party=2, promises=2, kept=1, recovered=Decimal(300))
    assert activity.total(found.values()).dials == 6


def test_a_day_ends_at_midnight_here_not_in_greenwich(case, ask, gm, collector):
    """A call at 07:30 is one of that day, though it is still yesterday in UTC; hours are those of the clock on the wall."""
    make_record(case, collector, "NOAS", at=MONDAY_9AM - timedelta(hours=1, minutes=30))
    monday = ask(gm, date(2026, 11, 23), date(2026, 11, 23))

    assert list(activity.activity_by_person_and_day(monday)) == [(collector.pk, date(2026, 11, 23))]
    assert activity.calls_by_weekday_and_hour(monday) == {(0, 7): {"dials": 1, "reached": 0, "right_party": 0}}


def test_the_week_by_hours(monday, ask, gm):
    """Monday 9: no answer, third party, and the stranger's; Monday 10: the promise; Friday 9: two."""
    found = activity.calls_by_weekday_and_hour(ask(gm))

    assert {key: cell["dials"] for key, cell in found.items() if cell["dials"]} == {(0, 9): 3, (0, 10): 1, (4, 9): 2}


def test_each_sees_what_is_theirs(monday, ask, gm, collector, lead, other_team):
    def dials(user, **narrowed):
        return activity.total(activity.activity_by_person_and_day(ask(user, **narrowed)).values()).dials

    assert [dials(user) for user in (gm, lead, collector, other_team.lead, monday, make_user(Role.QUALITY))] == [6, 5, 5, 1, 1, 0]
    assert dials(lead, team=other_team.pk) == 0
    assert dials(gm, team=other_team.pk) == 1


def test_every_number_is_the_count_of_its_rows(monday, ask, gm, collector, case):
    question = ask(gm, person=collector.pk, client=case.client_id)
    did = activity.total(activity.activity_by_person_and_day(question).values())

    for measure in ("dials", "reached", "right_party"):
        assert behind.call_rows(question, measure).count() == getattr(did, measure) > 0
    for measure in ("promises", "kept"):
        assert behind.promise_rows(question, measure).count() == getattr(did, measure) > 0
    assert behind.payment_rows(question, "credited").aggregate(total=Sum("amount"))["total"] == did.recovered == Decimal(300)
    assert behind.call_rows(question, "dials", weekday=0, hour=9).count() == 2


def test_the_number_of_questions_does_not_grow(monday, ask, gm, django_assert_num_queries):
    activity.activity_by_person_and_day(ask(gm))  # the roles
    with django_assert_num_queries(5):  # is anything summed up, calls, kept, broken, paid
        activity.activity_by_person_and_day(ask(gm))
