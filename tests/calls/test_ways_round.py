"""Ways round the gate that somebody in a hurry would find, and that are closed (CR-03, CR-04, CR-10, CR-13, CR-17, CR-50, F15)."""

from datetime import timedelta

import pytest

from assignment.models import Assignment
from audit.models import AuditEvent
from calls.models import ContactRecord, Dial
from calls.selectors.past import attempts_to_reach
from calls.services.amending import amend_record
from calls.services.inbound import open_inbound
from calls.services.placing import CannotCancel, cancel_call, place_call
from calls.services.recording import CannotRecord, IdentityFirst, confirm_identity, open_call
from cases.models import Case
from cases.services.casework import lock_case, move_case
from collection.lib.errors import Refused
from compliance.models import CaseFlag, DoNotContact, Verdict
from compliance.services import do_not_contact
from compliance.services.flags import raise_flag
from tests.calls.conftest import TEN
from tests.factories import MONDAY_9AM, assign, make_caller, make_case, make_contact, make_phone, make_record

SECOND = timedelta(seconds=1)


def ask(case, by, *, relation="self", now=TEN):
    phone = case.contacts.get(relation=relation).phones.order_by("pk").first()
    return open_call(case_id=case.pk, phone_id=phone.pk, by=by, now=now)


def ring(case, by, *, now=TEN):
    return open_inbound(case_id=case.pk, phone_id=case.contacts.get(relation="self").phones.get().pk, by=by, now=now)


def rules(verdict):
    return [row["rule"] for row in verdict.objections]


def test_f15_a_reservation_made_a_moment_later_by_who_was_quicker_counts(case, caller, team):
    """F15, CR-03: whose request began first may get the debtor's lock last; its own moment is the older one then."""
    other = make_caller(team=team)
    theirs = make_case(debtor=case.debtor, holder=other)
    for minute in range(2):
        make_record(case, caller, "RTP", at=MONDAY_9AM - timedelta(minutes=30) + timedelta(minutes=minute))
    assert ask(theirs, other, now=TEN + SECOND / 100).allowed

    assert rules(ask(case, caller, now=TEN)) == ["CR-03"]


def test_cr_03_a_call_recorded_by_a_clock_that_is_ahead_counts_at_once(case, caller, dial, save):
    """CR-03: a computer three minutes ahead of the server buys no fourth conversation."""
    for minute in range(2):
        make_record(case, caller, "RTP", at=MONDAY_9AM + timedelta(minutes=minute))
    placed = dial(case, caller, acknowledged=True)
    ahead = {"started_at": TEN + 3 * timedelta(minutes=1), "ended_at": TEN + 4 * timedelta(minutes=1)}
    save(placed.dial.verdict, caller, "RTP", now=TEN + timedelta(minutes=1), **ahead)

    assert rules(ask(case, caller, now=TEN + timedelta(minutes=2))) == ["CR-03"]


def test_f15_a_reservation_that_ran_out_is_not_placed_over_somebody_elses(case, caller, team):
    """F15: asked and placed under one lock."""
    other = make_caller(team=team)
    theirs = make_case(debtor=case.debtor, holder=other)
    for minute in range(2):
        make_record(case, caller, "RTP", at=MONDAY_9AM - timedelta(minutes=30) + timedelta(minutes=minute))
    mine = ask(case, caller)
    assert ask(theirs, other, now=TEN + timedelta(minutes=2)).allowed

    with pytest.raises(Refused) as refusal:
        place_call(verdict_id=mine.pk, by=caller, now=TEN + timedelta(minutes=2) - SECOND, acknowledged=True)

    assert refusal.value.rule == "CR-03"
    assert not Dial.objects.filter(placed_at__isnull=False).exists()


def test_cr_04_whatever_is_recorded_of_a_call_it_was_an_attempt(case, caller, dial, save):
    """CR-04: "fully lost" is said of the debtor, and the number was dialled all the same."""
    for minute in range(5):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute))
    save(dial(case, caller).dial.verdict, caller, "CHLC")

    assert "CR-04" in rules(ask(case, caller, now=TEN + timedelta(minutes=10)))


def test_cr_03_a_call_that_we_made_is_not_recorded_as_the_debtor_calling_back(case, caller, dial, save):
    """CR-03: "called back" counts for no limit, so it is said of inbound calls only."""
    placed = dial(case, caller)

    with pytest.raises(CannotRecord) as refusal:
        save(placed.dial.verdict, caller, "CAIN")

    assert (refusal.value.rule, ContactRecord.objects.count(), Dial.objects.get().recorded_at) == ("CR-03", 0, None)


@pytest.mark.parametrize("outcome", ["NOAS", "NOEX"])
def test_cr_10_an_inbound_call_proves_no_failure_to_reach(case, caller, save, outcome):
    """CR-10: third parties are not unlocked by calls that nobody made."""
    verdict = ring(case, caller)

    with pytest.raises(CannotRecord) as refusal:
        save(verdict, caller, outcome)

    assert (refusal.value.rule, ContactRecord.objects.count()) == ("CR-10", 0)


def test_cr_10_an_inbound_call_from_a_wrong_number_is_recorded_and_is_no_failed_attempt(case, caller, save):
    """CR-10, CR-15"""
    save(ring(case, caller), caller, "NSN")

    assert attempts_to_reach(case.debtor, now=TEN + timedelta(hours=1)) == []


def test_cr_10_a_debtor_said_to_be_incapable_who_is_spoken_to_later_is_not_lost(case, caller):
    """CR-10: a conversation ends it, also where the flag was lifted because it was a mistake."""
    make_contact(case, "friend", phone="13922223333")
    make_record(case, caller, "TSAJ", at=MONDAY_9AM - timedelta(days=3))
    before = ask(case, caller, relation="friend").allowed
    make_record(case, caller, "RTP", at=MONDAY_9AM)

    assert (before, rules(ask(case, caller, relation="friend", now=TEN + timedelta(minutes=5)))) == (True, ["CR-10"])


@pytest.mark.parametrize(("other", "expected"), [("same client", ["CR-10"]), ("dead there too", []), ("ended", []), ("another client", [])])
def test_cr_10_who_can_be_reached_on_another_case_of_the_client_is_not_lost(case, caller, other, expected):
    """CR-10: contact is lost with the person, not on the case whose file lacks the number."""
    make_contact(case, "friend", phone="13922223333")
    case.contacts.get(relation="self").phones.update(status="empty")
    sibling = make_case(debtor=case.debtor, holder=caller, **({} if other == "another client" else {"placement": case.placement}))
    if other == "dead there too":
        sibling.contacts.get().phones.update(status="empty")
    if other == "ended":
        move_case(lock_case(sibling.pk), "recalled", by=None, at=MONDAY_9AM)

    verdict = ask(case, caller, relation="friend")

    assert (rules(verdict), [row["message"] for row in verdict.objections]) == (expected, ["known_elsewhere"] * len(expected))


def test_cr_13_a_number_barred_a_second_after_the_gate_answered_is_not_shown(case, caller, lead):
    """CR-13: every user's dial is blocked within the same second."""
    friend = make_contact(case, "friend", phone="13922223333")
    make_record(case, caller, "TSAJ", at=MONDAY_9AM)
    verdict = ask(case, caller, relation="friend")
    do_not_contact(phone=friend.phones.get(), reason="别再打", by=lead, now=TEN + SECOND / 2)

    with pytest.raises(Refused) as refusal:
        place_call(verdict_id=verdict.pk, by=caller, now=TEN + SECOND)

    assert (refusal.value.rule, Dial.objects.get(verdict=verdict).placed_at) == ("CR-13", None)


def test_cr_13_who_refused_on_one_number_is_not_called_on_another(case, caller, team, dial, save):
    """CR-13: the person refused, not the line; for every case and user."""
    friend = make_contact(case, "friend", phone="13922223333")
    make_phone(friend, "13922224444")
    make_record(case, caller, "TSAJ", at=MONDAY_9AM)
    other = make_caller(team=team)
    theirs = make_case(holder=other, phone="13922224444")

    save(ask(case, caller, relation="friend"), caller, "NOCL")

    assert DoNotContact.objects.count() == 2
    assert "CR-13" in rules(ask(theirs, other, now=TEN + timedelta(minutes=5)))


def test_cr_13_a_number_that_is_found_later_is_barred_with_its_person(case, caller, lead):
    """CR-13: permanent."""
    friend = make_contact(case, "friend", phone="13922223333")
    do_not_contact(phone=friend.phones.get(), reason="别再打", by=lead, now=TEN)
    found = make_phone(friend, "13922225555")
    make_record(case, caller, "TSAJ", at=MONDAY_9AM)

    verdict = open_call(case_id=case.pk, phone_id=found.pk, by=caller, now=TEN)

    assert "CR-13" in rules(verdict)


def test_cr_13_the_debtors_other_number_stays_when_a_stranger_answered_one(case, caller, lead):
    """CR-13 is about who asked: a stranger on one of the debtor's numbers bars that number."""
    own = case.contacts.get(relation="self")
    do_not_contact(phone=own.phones.get(), reason="别再打", by=lead, now=TEN)
    second = make_phone(own, "13922226666")

    assert open_call(case_id=case.pk, phone_id=second.pk, by=caller, now=TEN).allowed


@pytest.mark.parametrize("kind", ["dispute", "complaint"])
def test_cr_50_an_objection_holds_wherever_the_case_goes_until_it_is_answered(case, caller, lead, kind):
    """CR-50: an inbound promise, or a way through the pool, moves the case on and answers nothing."""
    raise_flag(case_id=case.pk, kind=kind, evidence="录音 1", by=caller, now=MONDAY_9AM)
    move_case(lock_case(case.pk), "promised", by=caller, at=MONDAY_9AM)

    assert "CR-50" in rules(ask(case, caller))


def test_cr_50_an_objection_is_noted_while_nobody_holds_the_case(lead):
    """CR-50: at once, not when it is assigned."""
    case = make_case(state="unassigned")

    raise_flag(case_id=case.pk, kind="dispute", evidence="来信", by=lead, now=TEN)

    case.refresh_from_db()
    assert (CaseFlag.objects.get().kind, case.state) == ("dispute", "unassigned")


@pytest.mark.parametrize("how", ["recorded", "old"])
def test_cr_17_identity_is_confirmed_in_a_call_and_not_after_it(case, caller, dial, save, how):
    """CR-17: an answer of the morning doesn't open the debt in the afternoon."""
    verdict = dial(case, caller).dial.verdict
    if how == "recorded":
        save(verdict, caller, "NOAS")

    with pytest.raises(IdentityFirst):
        confirm_identity(verdict_id=verdict.pk, factors=["name", "id_last4"], by=caller, now=TEN + timedelta(hours=0 if how == "recorded" else 3))


def test_cr_17_identity_is_confirmed_in_a_call_that_was_placed(case, caller):
    """CR-17, F15: to ask the gate is no call, and opens no amount."""
    verdict = ask(case, caller)

    with pytest.raises(IdentityFirst):
        confirm_identity(verdict_id=verdict.pk, factors=["name", "id_last4"], by=caller, now=TEN)

    assert not AuditEvent.objects.filter(action="call.identity_verified").exists()


@pytest.mark.parametrize("way", ["out", "in"])
def test_cr_17_a_call_in_which_identity_was_confirmed_is_not_cancelled(case, caller, dial, way):
    """CR-03, CR-17: who confirmed it was spoken to, so that the call counts and is recorded."""
    verdict = dial(case, caller).dial.verdict if way == "out" else ring(case, caller)
    confirm_identity(verdict_id=verdict.pk, factors=["name", "id_last4"], by=caller, now=TEN)

    with pytest.raises(CannotCancel) as refusal:
        cancel_call(verdict_id=verdict.pk, reason="未拨", by=caller, now=TEN + SECOND)

    assert (refusal.value.rule, Dial.objects.get().cancelled_at) == ("CR-17", None)


def test_cr_03_a_call_recorded_the_next_morning_stays_on_the_day_it_was_made(case, caller, dial, save):
    """CR-03, CR-04, CR-10: a start that is typed moves no call into another day."""
    verdict = dial(case, caller).dial.verdict
    morning = TEN + timedelta(hours=23)

    with pytest.raises(CannotRecord):
        save(verdict, caller, "NOAS", now=morning, started_at=morning - 2 * SECOND, ended_at=morning - SECOND)
    save(verdict, caller, "NOAS", now=morning)

    assert ContactRecord.objects.get().started_at == TEN


def test_a_call_that_was_open_when_the_case_went_is_recorded(case, caller, dial, save):
    """CR-03, F14: what was said stands on record, and the count is right, whoever holds the case now; in the pool it stays in the pool."""
    verdict = dial(case, caller).dial.verdict
    Assignment.objects.filter(case=case).update(ended_at=TEN + SECOND, end_reason="returned_to_pool")
    move_case(lock_case(case.pk), "unassigned", by=None, at=TEN + SECOND)

    save(verdict, caller, "RTP")

    case.refresh_from_db()
    assert (ContactRecord.objects.get().outcome_id, case.state) == ("RTP", "unassigned")
    assert Dial.objects.get().recorded_at


def test_a_call_recorded_after_the_case_went_leaves_the_new_holders_follow_up(case, caller, dial, save, team):
    """F13: whoever holds the case by now has plans of their own."""
    verdict = dial(case, caller).dial.verdict
    Assignment.objects.filter(case=case).update(ended_at=TEN + SECOND, end_reason="transferred")
    assign(case, make_caller(team=team))
    planned = TEN + timedelta(days=5)
    Case.objects.filter(pk=case.pk).update(follow_up_at=planned)

    save(verdict, caller, "RTP")

    case.refresh_from_db()
    assert (ContactRecord.objects.count(), case.follow_up_at) == (1, planned)


def test_a_record_amended_after_the_case_went_leaves_the_new_holders_follow_up(case, caller, dial, save, team):
    """F13: the note is still who wrote it's, the plan isn't."""
    row = save(dial(case, caller).dial.verdict, caller, "RTP").record
    Assignment.objects.filter(case=case).update(ended_at=TEN + 3 * SECOND, end_reason="transferred")
    assign(case, make_caller(team=team))
    planned = TEN + timedelta(days=5)
    Case.objects.filter(pk=case.pk).update(follow_up_at=planned)
    said = {"note": "客户说下周还", "reason": "听错了", "follow_up_at": TEN + timedelta(days=1)}

    amend_record(record_id=row.pk, version=1, by=caller, now=TEN + timedelta(minutes=5), **said)

    case.refresh_from_db()
    row.refresh_from_db()
    assert (row.note, case.follow_up_at) == ("客户说下周还", planned)


def test_a_call_made_after_the_case_went_is_not(case, caller, save):
    """S01"""
    verdict = ask(case, caller)
    Assignment.objects.filter(case=case).update(ended_at=TEN - SECOND, end_reason="returned_to_pool")

    with pytest.raises(Verdict.DoesNotExist):
        save(verdict, caller, "RTP")

    assert ContactRecord.objects.count() == 0
