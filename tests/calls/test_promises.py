from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from calls.models import Promise
from calls.services.promises import break_overdue_promises
from calls.tasks import break_promises
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_caller, make_case, make_record

pytestmark = pytest.mark.django_db
WEDNESDAY = MONDAY_9AM + timedelta(days=2)  # a day of grace is over by then


@pytest.fixture
def caller(team):
    return make_caller(team=team)


def make_promise(caller, *, due_on=date(2026, 11, 23), **fields):
    case = make_case(holder=caller)
    case.state = "promised"
    case.save(update_fields=["state"])
    return Promise.objects.create(case=case, record=make_record(case, caller, "PTP"), amount=Decimal(100), due_on=due_on, **fields)


def test_a_promise_is_broken_when_its_day_is_over(caller):
    """跳票: the case is worked again, the holder is told, the trail knows."""
    overdue, due_later = make_promise(caller), make_promise(caller, due_on=date(2026, 11, 24))

    broken = break_overdue_promises(now=WEDNESDAY)

    overdue.refresh_from_db()
    due_later.refresh_from_db()
    assert (broken, overdue.state, overdue.settled_at, overdue.case.state) == (1, "broken", WEDNESDAY, "working")
    assert (due_later.state, due_later.case.state) == ("open", "promised")
    assert AuditEvent.objects.about(overdue).get().action == "promise.broken"
    assert [notice.recipient for notice in Notice.objects.all()] == [caller]


@pytest.mark.parametrize("day", [0, 1], ids=["its own day", "the day of grace"])
def test_a_promise_is_not_broken_before_its_grace_is_over(caller, day):
    """PTP: the bank tells of a payment a day later."""
    make_promise(caller)

    assert break_overdue_promises(now=MONDAY_9AM.replace(hour=23, minute=59) + timedelta(days=day)) == 0


def test_breaking_twice_breaks_once(caller):
    """F07: a tick that is doubled changes nothing."""
    make_promise(caller)
    break_overdue_promises(now=WEDNESDAY)

    assert (break_overdue_promises(now=WEDNESDAY), Notice.objects.count()) == (0, 1)


def statements(work) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def test_breaking_takes_as_many_statements_for_five_as_for_one(caller):
    """Set-based: the number of statements does not grow with the promises."""
    make_promise(caller)
    for_one = statements(lambda: break_overdue_promises(now=WEDNESDAY))
    for _number in range(5):
        make_promise(caller)

    for_five = statements(lambda: break_overdue_promises(now=WEDNESDAY))

    assert for_five == for_one


def test_the_beat_task_breaks_promises(caller):
    make_promise(caller, due_on=date(2020, 1, 1))

    break_promises.delay()

    assert Promise.objects.get().state == "broken"
