"""Own records and promises are amended for a while, with a trail; of two tabs the second sees both texts (F13, E14)."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest

from audit.models import AuditEvent
from calls.models import Promise, RecordAmendment
from calls.selectors import amendable_until
from calls.services.amending import CannotAmend, Outdated, amend_promise, amend_record, cancel_promise
from calls.services.promises import BadPromise
from calls.services.recording import confirm_identity, open_call, record_call
from cases.services.payments import record_payment
from tests.calls.conftest import TEN
from tests.calls.talks import at_once
from tests.factories import make_caller, make_case, make_record, mark_placed

SOON = TEN + timedelta(minutes=30)


@pytest.fixture
def row(case, caller):
    return make_record(case, caller, "RTP", at=TEN, note="客户说下月还")


@pytest.fixture
def promise(case, caller):
    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN)
    mark_placed(verdict)
    confirm_identity(verdict_id=verdict.pk, factors=["name", "id_last4"], by=caller, now=TEN)
    about = {"started_at": TEN, "ended_at": TEN + timedelta(minutes=1), "request_key": uuid.uuid4()}
    record_call(
        verdict_id=verdict.pk, outcome="PTP", promise_amount=Decimal(500), promise_due_on=date(2026, 11, 27), by=caller, now=TEN + timedelta(minutes=2), **about
    )
    return Promise.objects.get()


def amend(row, by, note, *, version=1, reason="听错了", now=SOON, **more):
    return amend_record(record_id=row.pk, version=version, note=note, reason=reason, by=by, now=now, **more)


def test_amending_keeps_the_old_text_who_when_and_why(row, caller):
    """E14, F13: nothing that was written is lost."""
    amended = amend(row, caller, "客户说下周还")

    kept = RecordAmendment.objects.get()
    assert (amended.record.note, amended.record.version, amended.record.amended_at) == ("客户说下周还", 2, SOON)
    assert (kept.before, kept.after, kept.by, kept.at, kept.reason) == ({"note": "客户说下月还"}, {"note": "客户说下周还"}, caller, SOON, "听错了")
    assert AuditEvent.objects.about(row).get(action="call.amended").reason == "听错了"


def test_f13_of_two_tabs_the_second_is_shown_both_texts_and_changes_nothing(row, caller):
    """F13: 409 with both values; version n+1; the first text intact."""
    amend(row, caller, "第一个窗口")

    with pytest.raises(Outdated) as refusal:
        amend(row, caller, "第二个窗口", now=SOON + timedelta(minutes=1))

    row.refresh_from_db()
    assert (refusal.value.status, refusal.value.current["note"], refusal.value.current["version"]) == (409, "第一个窗口", 2)
    assert refusal.value.entered == {"note": "第二个窗口", "version": 1}
    assert (row.note, row.version, RecordAmendment.objects.count()) == ("第一个窗口", 2, 1)


@pytest.mark.parametrize("why", ["not the own", "too late", "no reason", "the same"])
def test_amending_is_for_who_wrote_it_in_time_with_a_reason(row, caller, team, why):
    """E14"""
    about = {
        "not the own": {"by": make_caller(team=team)},
        "too late": {"now": row.ended_at + timedelta(minutes=121)},
        "no reason": {"reason": " "},
        "the same": {"note": row.note},
    }[why]

    with pytest.raises(CannotAmend):
        amend(row, **({"by": caller, "note": "改了"} | about))

    row.refresh_from_db()
    assert (row.note, row.version, RecordAmendment.objects.count()) == ("客户说下月还", 1, 0)


def test_the_time_to_amend_is_a_limit_that_managers_edit(row):
    assert amendable_until(row, SOON) == row.ended_at + timedelta(minutes=120)
    assert amendable_until(row, row.ended_at + timedelta(minutes=121)) is None


def test_cr_31_an_amended_note_is_checked_like_a_new_one(row, caller):
    """CR-31"""
    amended = amend(row, caller, "告知再不还就坐牢")

    assert [hit.text for hit in amended.hits] == ["坐牢"]
    assert AuditEvent.objects.about(row).get(action="call.amended").changes["wording"] == [None, ["thr-1"]]


def test_the_follow_up_is_amended_with_the_note(row, caller, case):
    amend(row, caller, "客户说下周还", follow_up_at=TEN + timedelta(days=7))

    case.refresh_from_db()
    assert case.follow_up_at == TEN + timedelta(days=7)
    assert RecordAmendment.objects.get().after["follow_up_at"] is not None


def test_a_promise_is_amended_within_the_policy(promise, caller):
    """PTP, F13"""
    about = {"promise_id": promise.pk, "reason": "听错了", "by": caller, "now": SOON}
    with pytest.raises(BadPromise):
        amend_promise(version=1, amount=Decimal(50), due_on=date(2026, 11, 27), **about)

    amended = amend_promise(version=1, amount=Decimal(600), due_on=date(2026, 11, 28), **about)
    with pytest.raises(Outdated) as refusal:
        amend_promise(version=1, amount=Decimal(700), due_on=date(2026, 11, 28), **about)

    assert (amended.amount, amended.due_on, amended.version) == (Decimal(600), date(2026, 11, 28), 2)
    assert refusal.value.current == {"amount": "600.00", "due_on": "2026-11-28", "version": 2}
    assert RecordAmendment.objects.get().before == {"amount": "500.00", "due_on": "2026-11-27"}


def test_an_amended_promise_is_judged_by_what_was_paid_already(promise, caller, case):
    """F13, C3: 500 was misheard for 300, and 300 is paid: kept, neither open nor kept in part."""
    record_payment(case_id=case.pk, amount=Decimal(300), paid_on=TEN.date(), by=caller, now=TEN + timedelta(minutes=5))

    amended = amend_promise(promise_id=promise.pk, version=1, amount=Decimal(300), due_on=promise.due_on, reason="听错了", by=caller, now=SOON)

    case.refresh_from_db()
    assert (amended.state, amended.paid, case.state) == ("kept", Decimal(300), "working")


def test_a_settled_promise_is_no_longer_amended(promise, caller):
    Promise.objects.update(state="kept", settled_at=TEN)

    with pytest.raises(CannotAmend):
        amend_promise(promise_id=promise.pk, version=1, amount=Decimal(600), due_on=date(2026, 11, 28), reason="x", by=caller, now=SOON)

    promise.refresh_from_db()
    assert promise.amount == Decimal(500)


def test_a_promise_taken_by_mistake_is_cancelled_with_a_reason(promise, caller, case):
    """PTP, F13, E14: the case is worked again, the call stays, and the trail says why."""
    cancelled = cancel_promise(promise_id=promise.pk, version=1, reason="客户只说考虑", by=caller, now=SOON)

    case.refresh_from_db()
    kept = RecordAmendment.objects.get()
    assert (cancelled.state, cancelled.settled_at, cancelled.version, case.state) == ("cancelled", SOON, 2, "working")
    assert (kept.before, kept.after, kept.reason) == ({"amount": "500.00", "due_on": "2026-11-27"}, {"state": "cancelled"}, "客户只说考虑")
    assert AuditEvent.objects.about(promise).get(action="promise.cancelled").reason == "客户只说考虑"


@pytest.mark.parametrize("why", ["not the own", "too late", "no reason", "settled", "seen otherwise"])
def test_a_promise_is_cancelled_by_who_took_it_in_time_as_it_is(promise, caller, team, why):
    """PTP, F13: what is about to be broken isn't cancelled away the day after."""
    about = {
        "not the own": {"by": make_caller(team=team)},
        "too late": {"now": TEN + timedelta(minutes=122)},
        "no reason": {"reason": " "},
        "settled": {},
        "seen otherwise": {"version": 2},
    }[why]
    if why == "settled":
        Promise.objects.update(state="kept", settled_at=TEN)
    before = Promise.objects.values().get()

    with pytest.raises(Outdated if why == "seen otherwise" else CannotAmend):
        cancel_promise(**{"promise_id": promise.pk, "version": 1, "reason": "x", "by": caller, "now": SOON} | about)

    assert (Promise.objects.values().get(), RecordAmendment.objects.count()) == (before, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f13_two_tabs_at_once_and_one_is_told():
    """F13, at the same moment."""
    caller = make_caller()
    row = make_record(make_case(holder=caller), caller, "RTP", at=TEN, note="旧")

    answers = at_once(lambda index: amend(row, caller, f"窗口{index}"), 5)

    row.refresh_from_db()
    assert sum(isinstance(answer, Outdated) for answer in answers) == 4
    assert (row.version, RecordAmendment.objects.count()) == (2, 1)
