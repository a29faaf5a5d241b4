"""Promises judged by what the bank says was paid: kept, kept in part, broken, and open again when a payment is taken back (PTP)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from audit.models import AuditEvent
from calls.models import Promise
from calls.services.promises import BadPromise, break_overdue_promises, check_promise
from cases.services.casework import lock_case
from cases.services.payments import record_payment
from compliance.services import set_policy
from staff.choices import Role
from staff.models import Notice
from tests.calls.talks import at_once
from tests.factories import MONDAY_9AM, make_caller, make_case, make_client, make_placement, make_record, make_team, make_user

DAY = timedelta(days=1)
OVER = MONDAY_9AM + 5 * DAY  # promised for Wednesday the 25th, a day of grace


def promised(case, caller, *, amount=500, due_on=date(2026, 11, 25), at=MONDAY_9AM):
    case.state = "promised"
    case.save(update_fields=["state"])
    return Promise.objects.create(case=case, record=make_record(case, caller, "PTP", at=at), amount=Decimal(amount), due_on=due_on)


@pytest.fixture
def promise(case, caller):
    return promised(case, caller)


def pay(case, amount, *, on=24, now=MONDAY_9AM + 2 * DAY, by=None):
    return record_payment(case_id=case.pk, amount=Decimal(amount), paid_on=date(2026, 11, on), by=by or make_user(), now=now)


def state_of(promise):
    promise.refresh_from_db()
    promise.case.refresh_from_db()
    return promise.state, promise.paid, promise.case.state


def test_a_promise_that_was_paid_in_time_is_kept(promise, case):
    """PTP: the bank's payment settles it at once, and the case is worked on."""
    pay(case, 500)

    assert state_of(promise) == ("kept", Decimal(500), "working")
    assert promise.settled_at == MONDAY_9AM + 2 * DAY
    assert AuditEvent.objects.about(promise).get().action == "promise.kept"


def test_two_payments_keep_it_together(promise, case):
    pay(case, 200)
    first = state_of(promise)
    pay(case, 300, on=25, now=MONDAY_9AM + 3 * DAY)

    assert (first, state_of(promise)) == (("open", Decimal(200), "promised"), ("kept", Decimal(500), "working"))


@pytest.mark.parametrize(("amount", "state"), [(None, "broken"), (200, "part_kept")])
def test_after_its_grace_it_is_broken_or_kept_in_part(promise, case, caller, amount, state):
    """PTP, 跳票"""
    if amount:
        pay(case, amount)
    judged = break_overdue_promises(now=OVER)

    assert (judged, state_of(promise)[0], promise.case.state) == (1, state, "working")
    assert Notice.objects.filter(recipient=caller).count() == (1 if state == "broken" else 0)


@pytest.mark.parametrize(("day", "counts"), [(22, False), (23, True), (26, True), (27, False)], ids=["before it", "its first day", "grace", "too late"])
def test_only_what_was_paid_between_promise_and_grace_counts(promise, case, day, counts):
    pay(case, 500, on=day, now=OVER)

    assert state_of(promise)[1] == (Decimal(500) if counts else Decimal(0))


def test_what_was_paid_when_it_was_made_is_not_paid_towards_it(case, caller):
    """PTP: of the same day, but in the bank's file that came before the call."""
    pay(case, 500, on=23, now=MONDAY_9AM)
    promise = promised(case, caller, at=MONDAY_9AM + timedelta(hours=1))
    pay(case, 10, on=24)

    assert state_of(promise) == ("open", Decimal(10), "promised")


def test_a_payment_that_the_bank_reports_late_makes_a_broken_promise_kept(promise, case):
    """PTP: what counts is the day of payment, not of the file."""
    break_overdue_promises(now=OVER)

    pay(case, 500, on=25, now=OVER)

    assert state_of(promise)[:2] == ("kept", Decimal(500))


def test_a_payment_that_is_taken_back_in_time_opens_the_promise_again(promise, case):
    """PTP: the judgement is opened anew."""
    pay(case, 500)
    pay(case, -500, on=25, now=MONDAY_9AM + 3 * DAY)

    assert state_of(promise) == ("open", Decimal(0), "promised")
    assert promise.settled_at is None


def test_a_payment_that_is_taken_back_later_breaks_it_and_the_holder_is_told(promise, case, caller):
    """PTP: and so it is at the top of the queue again."""
    pay(case, 500)
    pay(case, -500, on=28, now=OVER + DAY)

    assert state_of(promise) == ("broken", Decimal(0), "working")
    assert promise.settled_at == OVER + DAY
    assert Notice.objects.filter(recipient=caller).count() == 1


def test_an_older_promise_never_opens_beside_a_newer_one(promise, case, caller):
    """One open promise a case: the database says so too."""
    pay(case, 500)
    newer = promised(case, caller, due_on=date(2026, 11, 27), at=MONDAY_9AM + 2 * DAY)

    pay(case, -500, on=25, now=MONDAY_9AM + 3 * DAY)

    assert (state_of(promise)[0], state_of(newer)[0], case.promises.filter(state="open").count()) == ("broken", "open", 1)
    case.refresh_from_db()
    assert case.state == "promised"


def test_settling_the_case_keeps_the_promise_that_the_payment_met(promise, case):
    record_payment(case_id=case.pk, amount=Decimal(500), paid_on=date(2026, 11, 24), is_settling=True, by=make_user(), now=MONDAY_9AM + 2 * DAY)

    assert state_of(promise)[0::2] == ("kept", "settled")


def test_another_cases_payment_changes_nothing(promise, caller):
    pay(make_case(holder=caller), 500)

    assert state_of(promise) == ("open", Decimal(0), "promised")


def test_a_client_may_have_a_grace_of_its_own(caller):
    """Layering: the strictest of the layers in force."""
    strict = make_client(team=make_team())
    admin = make_user(Role.ADMINISTRATOR)
    set_policy(key="promise.grace_days", layer="client", client=strict, value={"limit": 0}, valid_from=MONDAY_9AM, source="合同", by=admin, now=MONDAY_9AM)
    theirs = promised(make_case(placement=make_placement(client=strict), holder=caller), caller)
    others = promised(make_case(holder=caller), caller)

    break_overdue_promises(now=MONDAY_9AM + 3 * DAY)

    assert (state_of(theirs)[0], state_of(others)[0]) == ("broken", "open")


def test_after_three_broken_in_a_row_no_promise_is_taken(case, caller):
    """PTP: how many in a row."""
    for number in range(3):
        row = promised(case, caller, at=MONDAY_9AM - (10 - number) * DAY)
        Promise.objects.filter(pk=row.pk).update(state="broken", settled_at=MONDAY_9AM)

    with pytest.raises(BadPromise) as refusal:
        check_promise(case, Decimal(500), date(2026, 11, 25), MONDAY_9AM)
    Promise.objects.order_by("-pk").first().delete()

    assert refusal.value.rule == "PTP"
    assert check_promise(case, Decimal(500), date(2026, 11, 25), MONDAY_9AM) is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_beat_and_a_caller_never_wait_for_each_other_for_ever():
    """F15: while a caller has the case in hand the beat leaves its promise alone, and comes back to it."""
    caller = make_caller()
    busy, free = make_case(holder=caller), make_case(holder=caller)
    for case in (busy, free):
        promised(case, caller, at=MONDAY_9AM - 10 * DAY, due_on=date(2026, 11, 16))

    def judge(_index):
        return break_overdue_promises(now=MONDAY_9AM)

    with transaction.atomic():
        lock_case(busy.pk)
        meanwhile = at_once(judge, 1)
        taken = list(Promise.objects.select_for_update().filter(case=busy, state="open"))  # as recording a new promise does

    assert (meanwhile, len(taken), judge(0)) == ([1], 1, 1)
    assert [state_of(case.promises.get())[0] for case in (busy, free)] == ["broken", "broken"]
