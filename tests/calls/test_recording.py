"""From the wish to call to what came of it."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest

from audit.models import AuditEvent
from calls.models import ContactRecord, Promise
from calls.services.recording import BadPromise, CannotRecord, IdentityFirst, answer_dispute, confirm_identity
from cases.models import Case
from collection.lib.errors import Refused
from compliance.models import DoNotContact, Verdict
from staff.models import Notice
from tests.calls.conftest import TEN
from tests.calls.talks import at_once, call, phone_of, promise, save
from tests.factories import MONDAY_9AM, make_caller, make_case, make_contact, make_record, mark_placed


def test_record_call_marks_the_number_moves_the_case_and_sets_the_follow_up(case, caller):
    """E14, E15, C3.3"""
    done = save(call(case, caller), caller, "RTP", note="客户说下月再谈")

    case.refresh_from_db()
    phone = phone_of(case)
    assert (case.state, phone.status, done.record.note) == ("working", "normal", "客户说下月再谈")
    assert case.follow_up_at == MONDAY_9AM + timedelta(days=3)
    assert case.touched_at == done.record.verdict.at + timedelta(minutes=2)
    assert AuditEvent.objects.about(done.record).get().changes["outcome"] == [None, "RTP"]


def test_record_call_twice_with_one_key_writes_one_record(case, caller):
    """F14: a double click or a resend."""
    verdict, key = call(case, caller), uuid.uuid4()
    first = save(verdict, caller, "RTP", key=key)

    again = save(verdict, caller, "RTP", key=key)

    assert (first.is_new, again.is_new, again.record) == (True, False, first.record)
    assert ContactRecord.objects.count() == 1


def test_record_call_refuses_another_body_under_the_same_key(case, caller):
    """F14"""
    verdict, key = call(case, caller), uuid.uuid4()
    save(verdict, caller, "RTP", key=key)

    with pytest.raises(CannotRecord):
        save(verdict, caller, "NOAS", key=key)

    assert ContactRecord.objects.get().outcome_id == "RTP"


def test_record_call_refuses_a_second_record_of_one_call(case, caller):
    verdict = call(case, caller)
    save(verdict, caller)

    with pytest.raises(CannotRecord):
        save(verdict, caller)

    assert ContactRecord.objects.count() == 1


def test_record_call_refuses_a_call_that_the_gate_refused(case, caller):
    """CR-02"""
    verdict = call(case, caller, now=MONDAY_9AM.replace(hour=21))

    with pytest.raises(CannotRecord) as refusal:
        save(verdict, caller)

    assert (refusal.value.rule, ContactRecord.objects.count()) == ("CR-02", 0)


def test_record_call_refuses_somebody_elses_verdict(case, caller, team):
    """S01"""
    verdict = call(case, caller)

    with pytest.raises(Verdict.DoesNotExist):
        save(verdict, make_caller(team=team))

    assert ContactRecord.objects.count() == 0


@pytest.mark.parametrize(("relation", "outcome"), [("self", "AGTP"), ("friend", "PTP"), ("friend", "RTP"), ("self", "XXX")])
def test_record_call_refuses_an_outcome_that_does_not_fit_the_person(case, caller, relation, outcome):
    """CR-12: a third party has third-party outcomes only."""
    make_contact(case, "friend", phone="13922223333", legal_class="unrelated")
    make_record(case, caller, "TSAJ", at=MONDAY_9AM)  # contact is lost, so the friend may be called
    verdict = call(case, caller, phone=phone_of(case, relation))

    with pytest.raises(CannotRecord):
        save(verdict, caller, outcome, promise_amount=Decimal(100), promise_due_on=date(2026, 11, 25))

    assert ContactRecord.objects.filter(verdict=verdict).count() == 0


def test_record_call_refuses_times_that_do_not_fit(case, caller):
    verdict = call(case, caller)

    with pytest.raises(CannotRecord):
        save(verdict, caller, started_at=verdict.at - timedelta(hours=2), ended_at=verdict.at)
    with pytest.raises(CannotRecord):
        save(verdict, caller, started_at=verdict.at, ended_at=verdict.at - timedelta(seconds=1))
    with pytest.raises(CannotRecord):
        save(verdict, caller, now=verdict.at + timedelta(hours=25))

    assert ContactRecord.objects.count() == 0


def test_a_promise_is_kept_on_the_case_and_followed_up_on_its_day(case, caller):
    """E14"""
    done = promise(call(case, caller), caller)

    case.refresh_from_db()
    row = Promise.objects.get()
    assert (row.amount, row.due_on, row.state, row.record) == (Decimal("500"), date(2026, 11, 27), "open", done.record)
    assert (case.state, case.follow_up_at) == ("promised", MONDAY_9AM + timedelta(days=4))


def test_a_new_promise_cancels_the_open_one(case, caller):
    promise(call(case, caller), caller)

    promise(call(case, caller, now=TEN + timedelta(hours=1)), caller, promise_amount=Decimal("800"))

    assert list(Promise.objects.order_by("pk").values_list("state", "amount")) == [("cancelled", Decimal("500")), ("open", Decimal("800"))]


@pytest.mark.parametrize(
    "fields",
    [{"promise_amount": None}, {"promise_amount": Decimal("10000.01")}, {"promise_due_on": date(2026, 11, 22)}, {"promise_due_on": date(2026, 12, 24)}],
    ids=["no amount", "over the balance", "in the past", "too far"],
)
def test_a_promise_outside_the_policy_is_refused_and_nothing_is_written(case, caller, fields):
    verdict = call(case, caller)

    with pytest.raises(BadPromise):
        promise(verdict, caller, **fields)

    case.refresh_from_db()
    assert (ContactRecord.objects.count(), Promise.objects.count(), case.state) == (0, 0, "assigned")


def test_e12_no_promise_without_verified_identity(case, caller):
    """E12, CR-17"""
    verdict = call(case, caller)

    with pytest.raises(IdentityFirst) as refusal:
        promise(verdict, caller, is_verified=False)

    assert (refusal.value.rule, ContactRecord.objects.count()) == ("CR-17", 0)


def test_e12_identity_needs_two_factors(case, caller):
    """E12, CR-17"""
    verdict = mark_placed(call(case, caller))

    with pytest.raises(IdentityFirst):
        confirm_identity(verdict_id=verdict.pk, factors=["name", "name", "shoe size"], by=caller, now=TEN)
    confirm_identity(verdict_id=verdict.pk, factors=["name", "id_last4"], by=caller, now=TEN)

    event = AuditEvent.objects.about(verdict).get(action="call.identity_verified")
    assert event.changes == {"factors": [None, ["name", "id_last4"]]}


def test_cr_12_identity_of_a_third_party_never_opens_the_debt(case, caller):
    """CR-12"""
    friend = make_contact(case, "friend", phone="13922223333")
    make_record(case, caller, "TSAJ", at=MONDAY_9AM)
    verdict = call(case, caller, phone=friend.phones.get())

    with pytest.raises(IdentityFirst) as refusal:
        confirm_identity(verdict_id=verdict.pk, factors=["name", "id_last4"], by=caller, now=TEN)

    assert refusal.value.rule == "CR-12"


@pytest.mark.parametrize("outcome", ["NOCL", "RFTP"])
def test_cr_13_a_third_party_who_refuses_is_never_called_again_by_anybody(case, caller, team, outcome):
    """CR-13: a contact says 别再打: every user's dial to that number is blocked, with an audit row."""
    friend = make_contact(case, "friend", phone="13922223333")
    make_record(case, caller, "TSAJ", at=MONDAY_9AM)
    other = make_caller(team=team)
    theirs = make_case(holder=other, phone="13922223333")

    save(call(case, caller, phone=friend.phones.get()), caller, outcome)

    assert [row["rule"] for row in call(theirs, other, now=TEN + timedelta(minutes=1)).objections] == ["CR-13"]
    assert AuditEvent.objects.about(DoNotContact.objects.get()).get().action == "number.barred"


def test_cr_50_a_dispute_holds_the_case_tells_the_lead_and_ends_with_an_answer(case, caller):
    """CR-50, E14: noted at once, dunning held, handed to who answers, and the reply comes back."""
    lead = case.placement.team.lead
    save(call(case, caller), caller, "FEAD", note="费用算错")

    held = call(case, caller, now=TEN + timedelta(minutes=10))
    with pytest.raises(Refused):
        answer_dispute(case_id=case.pk, answer=" ", by=lead, now=TEN + timedelta(minutes=20))
    answer_dispute(case_id=case.pk, answer="银行核对无误", by=lead, now=TEN + timedelta(minutes=20))

    assert [row["rule"] for row in held.objections] == ["CR-50"]
    assert call(case, caller, now=TEN + timedelta(minutes=21)).allowed
    assert [notice.recipient for notice in Notice.objects.order_by("pk")] == [lead, caller]


def test_cr_16_death_or_incapacity_stops_the_case(case, caller):
    """CR-16"""
    save(call(case, caller), caller, "TSAJ")

    case.refresh_from_db()
    assert case.stopped_at is not None
    assert Notice.objects.get().recipient == case.placement.team.lead


def test_a_lost_debtor_who_is_reached_again_is_worked_again(case, caller):
    save(call(case, caller), caller, "CHLC")
    case.refresh_from_db()
    lost = case.state

    save(call(case, caller, now=TEN + timedelta(hours=1)), caller, "RTP")

    case.refresh_from_db()
    assert (lost, case.state) == ("lost_contact", "working")


def test_cr_31_forbidden_words_in_a_note_are_kept_reported_and_on_the_trail(case, caller):
    """CR-31: a hit in a note is no refusal; it is logged for the quality queue."""
    done = save(call(case, caller), caller, "RTP", note="告知客户再不还就坐牢")

    assert [hit.text for hit in done.hits] == ["坐牢"]
    assert AuditEvent.objects.about(done.record).get().changes["wording"] == [None, ["thr-1"]]
    assert list(done.record.issues.values_list("kind", "rule")) == [("wording", "CR-31")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f14_parallel_saves_of_one_call_write_one_record():
    """F14: ten posts of the same key at once."""
    caller = make_caller()
    case = make_case(holder=caller)
    verdict, key = call(case, caller), uuid.uuid4()

    saved = at_once(lambda index: save(verdict, caller, "RTP", key=key), 10)

    assert ContactRecord.objects.count() == 1
    assert [done.is_new for done in saved].count(True) == 1
    assert Case.objects.get().state == "working"
