"""The duty board, against small tables worked out by hand."""

from datetime import timedelta

import pytest

from duties.models import Duty
from duties.services import meet_duty, open_duty
from figures.selectors import behind, duties
from figures.tables.duties import duty_tables
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_arrival, make_user
from tests.figures.conftest import NOON

pytestmark = pytest.mark.django_db


def intake(holder, *, start=MONDAY_9AM, met_after=None) -> Duty:
    """Due one working hour after its start."""
    arrival = make_arrival()
    duty = open_duty(kind="intake", subject=arrival, holder=holder, start=start, by=None)
    if met_after is not None:
        meet_duty(kind="intake", subject=arrival, by=holder, now=start + timedelta(minutes=met_after))
        duty.refresh_from_db()
    return duty


@pytest.fixture
def morning(collector, other_team):
    """Monday, looked at at noon:

    | who       | began | due   | met   |
    | collector | 09:00 | 10:00 | 09:20 | kept
    | collector | 09:00 | 10:00 | 10:30 | missed (late)
    | collector | 09:00 | 10:00 |       | missed, overdue
    | collector | 11:40 | 14:10 |       | open, today (20 minutes to noon, 40 after 13:30)
    | foreign   | 09:00 | 10:00 | 09:40 | kept
    """
    foreign = make_user(Role.COLLECTOR, team=other_team)
    late = MONDAY_9AM + timedelta(minutes=160)
    return {
        "kept": intake(collector, met_after=20),
        "late": intake(collector, met_after=90),
        "overdue": intake(collector),
        "open": intake(collector, start=late),
        "foreign": intake(foreign, met_after=40),
    }


def test_open_duties_by_nearness(morning, ask, gm):
    found = duties.open_by(ask(gm), "kind")

    assert found["intake"].counts == {"overdue": 1, "soon": 0, "today": 1, "later": 0, "paused": 0}
    assert found["intake"].next_due == morning["open"].due_at


def test_kept_and_missed_go_by_the_columns_not_by_who_noticed(morning, ask, gm, team, other_team):
    """Nobody has enforced anything: the overdue one counts as missed all the same. Kept 1 of 3, and 1 of 1."""
    rows = duties.kept_and_missed(ask(gm))

    by_team = duties.folded(rows, "answers_team")
    assert {key: (found.kept, found.missed) for key, found in by_team.items()} == {team.pk: (1, 2), other_team.pk: (1, 0)}
    assert [(found.kept, found.missed) for found in duties.folded(rows, "month").values()] == [(2, 2)]


def test_time_to_meet_is_working_time(morning, ask, gm):
    """Met after 20, 40 and 90 minutes: half within 40, nine in ten within 90."""
    assert duties.minutes_to_meet(ask(gm)) == {"intake": (3, 40, 90)}


def test_each_sees_what_is_theirs(morning, ask, gm, collector, lead, other_team):
    def total(user):
        found = duties.folded(duties.kept_and_missed(ask(user)), "kind")
        return sum(one.total for one in found.values())

    stranger = make_user(Role.COLLECTOR)
    assert [total(user) for user in (gm, make_user(Role.FINANCE), lead, collector, other_team.lead, stranger)] == [4, 4, 3, 3, 1, 0]


def test_a_cancelled_duty_is_neither(ask, gm, collector):
    duty = intake(collector)
    Duty.objects.filter(pk=duty.pk).update(cancelled_at=duty.due_at)

    assert duties.kept_and_missed(ask(gm))[0] | {"kept": 0, "missed": 0} == duties.kept_and_missed(ask(gm))[0]


def test_every_number_is_the_count_of_its_rows(morning, ask, gm):
    question = ask(gm)

    assert behind.duty_rows(question, "overdue").get() == morning["overdue"]
    assert behind.duty_rows(question, "today", kind="intake").get() == morning["open"]
    assert set(behind.duty_rows(question, "missed", month="2026-11")) == {morning["late"], morning["overdue"]}
    assert behind.duty_rows(question, "missed", month="2026-10").count() == 0
    assert set(behind.duty_rows(question, "met")) == {morning["kept"], morning["late"], morning["foreign"]}


def test_the_board_asks_a_fixed_number_of_questions(morning, ask, gm, django_assert_num_queries):
    duty_tables(ask(gm))  # the roles
    with django_assert_num_queries(9):
        duty_tables(ask(gm))


def test_nothing_is_soon_an_hour_later(morning, ask, gm):
    """Between 13:10 and 14:10 the open one is due within the hour."""
    assert duties.open_by(ask(gm, now=NOON + timedelta(minutes=80)), "kind")["intake"].counts["soon"] == 1
