"""Who rings us may be spoken with: no hours, no counts; identity and third parties' rules hold as in any call (CR-12, CR-17)."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from audit.models import AuditEvent
from calls.models import CallEvent, CallIssue, ContactRecord, Dial
from calls.selectors import unrecorded_of
from calls.selectors.past import attempts_to_reach
from calls.services.events import EventFarAway, EventReused, Told, UnknownCall, forget_unanswered, take_event
from calls.services.inbound import NobodyRang, open_inbound
from calls.services.placing import cancel_call, chase_unrecorded
from calls.services.recording import CannotRecord, IdentityFirst, NotHolder, confirm_identity, open_call
from compliance.models import Verdict
from compliance.services import replay_verdict
from tests.calls.conftest import TEN
from tests.calls.talks import at_once
from tests.factories import MONDAY_9AM, make_caller, make_case, make_contact, make_record

LATE = MONDAY_9AM.replace(hour=22, minute=30)


def rung(case, by, *, relation="self", now=TEN):
    return open_inbound(case_id=case.pk, phone_id=case.contacts.get(relation=relation).phones.get().pk, by=by, now=now)


def test_a_debtor_who_rings_at_night_after_three_calls_may_be_spoken_with(case, caller, save):
    """CR-01 and CR-03 are about our calls."""
    for hour in (9, 12, 15):
        make_record(case, caller, "RTP", at=MONDAY_9AM.replace(hour=hour))

    verdict = rung(case, caller, now=LATE)
    row = save(verdict, caller, "CAIN").record

    assert (verdict.allowed, verdict.direction, row.direction, row.ran_past) == (True, "in", "in", False)
    assert AuditEvent.objects.about(verdict).get().action == "call.inbound"
    assert replay_verdict(verdict).is_same


def test_an_inbound_conversation_counts_for_none_of_the_laws_limits(case, caller, save):
    """CR-03, CR-04: whatever outcome is chosen."""
    for minute in range(4):
        save(rung(case, caller, now=MONDAY_9AM + timedelta(minutes=5 * minute)), caller, "RTP")

    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN)

    assert (verdict.allowed, verdict.warnings) == (True, [])


def test_it_ends_a_loss_of_contact(case, caller, save):
    """CR-10: they are reached."""
    save(rung(case, caller), caller, "RTP")

    assert [attempt.kind for attempt in attempts_to_reach(case.debtor, now=TEN + timedelta(hours=1))] == ["reached"]


def test_cr_17_identity_comes_first_all_the_same(case, caller, save):
    """CR-17, E12"""
    verdict = rung(case, caller)
    promised = {"promise_amount": Decimal(500), "promise_due_on": (TEN + timedelta(days=2)).date()}

    with pytest.raises(IdentityFirst):
        save(verdict, caller, "PTP", **promised)
    confirm_identity(verdict_id=verdict.pk, factors=["name", "card_last4"], by=caller, now=TEN)

    assert save(verdict, caller, "PTP", **promised).record.promise.amount == Decimal(500)


def test_cr_12_a_third_party_who_rings_is_told_nothing(case, caller, save):
    """CR-12: third-party outcomes only, no identity check that opens the debt."""
    make_contact(case, "friend", phone="13922223333")
    verdict = rung(case, caller, relation="friend")

    with pytest.raises(CannotRecord):
        save(verdict, caller, "RTP")
    with pytest.raises(IdentityFirst):
        confirm_identity(verdict_id=verdict.pk, factors=["name", "id_last4"], by=caller, now=TEN)

    assert ContactRecord.objects.count() == 0


def test_only_the_holder_and_only_people_of_the_case(case, caller, team):
    """S01"""
    with pytest.raises(NotHolder):
        rung(case, make_caller(team=team))
    with pytest.raises(NobodyRang):
        open_inbound(case_id=case.pk, phone_id=make_case().contacts.get().phones.get().pk, by=caller, now=TEN)

    assert Verdict.objects.count() == 0


# --- Inbound calls that nobody recorded (E14) ----------------------------------------------------------------------------------


def told(ref, case, caller, *, kind="answer", at=TEN, **more):
    number = case.contacts.get(relation="self").phones.get().number
    about = {"direction": "in", "agent": caller.staff_no, "number": number} if kind == "answer" else {}
    return Told(str(uuid.uuid4()), ref, kind, at, **about | more)


def test_e14_an_inbound_call_that_nobody_recorded_is_the_persons_to_record_and_chased(case, caller, lead):
    """E14: as an outbound one: reminded after a quarter of an hour, an issue for lead and quality a day later."""
    verdict = rung(case, caller)
    early, soon, late = (TEN + timedelta(minutes=minutes) for minutes in (10, 20, 60 * 25))

    listed = [[dial.verdict_id for dial in unrecorded_of(caller, moment)] for moment in (early, soon)]
    chased = [chase_unrecorded(now=moment) for moment in (early, soon, soon, late)]

    assert listed == [[], [verdict.pk]]
    assert chased == [0, 1, 0, 0]
    assert list(CallIssue.objects.values_list("kind", "verdict")) == [("unrecorded", verdict.pk)]


def test_e14_recorded_it_is_chased_no_more(case, caller, save):
    verdict = rung(case, caller)
    save(verdict, caller, "RTP")

    assert (list(unrecorded_of(caller, TEN + timedelta(hours=1))), chase_unrecorded(now=TEN + timedelta(days=2))) == ([], 0)


def test_an_inbound_call_that_waits_for_its_record_counts_for_no_limit(case, caller):
    """CR-03, CR-04: neither at once nor later."""
    for minute in range(7):
        dial = Dial.objects.get(verdict=rung(case, caller, now=TEN + timedelta(minutes=minute)))
        Dial.objects.filter(pk=dial.pk).update(at=TEN - timedelta(hours=1, minutes=minute))  # apart, so that each is a call of its own

    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN + timedelta(minutes=1))

    assert (Dial.objects.filter(direction="in").count(), verdict.allowed, verdict.warnings) == (7, True, [])


def test_opened_twice_it_is_one_call(case, caller):
    """F14: two tabs, or a click too many."""
    assert rung(case, caller) == rung(case, caller, now=TEN + timedelta(minutes=1))


def test_nobody_rang_is_said_with_a_reason_and_closes_the_call(case, caller):
    verdict = rung(case, caller)

    cancel_call(verdict_id=verdict.pk, reason="点错了", by=caller, now=TEN + timedelta(minutes=1))

    assert list(unrecorded_of(caller, TEN + timedelta(hours=1))) == []
    assert Dial.objects.get(verdict=verdict).cancel_reason == "点错了"


def test_the_telephone_system_tells_of_a_call_that_was_answered(case, caller):
    """E14: nobody opened it on the desk; it is to be recorded all the same, and its end and recording are known."""
    ref = uuid.uuid4()

    new = [take_event(told=told(ref, case, caller), now=TEN), take_event(told=told(ref, case, caller, kind="end", at=TEN + timedelta(minutes=3)), now=TEN)]

    dial = Dial.objects.get()
    assert new == [True, True]
    assert (dial.direction, dial.backend, dial.talk_seconds, dial.verdict.direction, dial.is_to_debtor) == ("in", "cti", 180, "in", True)
    assert [row.case_id for row in unrecorded_of(caller, TEN + timedelta(minutes=20))] == [case.pk]


def test_opened_on_the_desk_and_told_by_the_telephone_system_it_is_one_call(case, caller, save):
    """CR-21: the record gets its recording; whichever comes first."""
    first = rung(case, caller)
    take_event(told=told(ref := uuid.uuid4(), case, caller), now=TEN)
    take_event(told=told(ref, case, caller, kind="recording", recording="r-1"), now=TEN)
    row = save(first, caller, "RTP").record

    take_event(told=told(uuid.uuid4(), case, caller, at=TEN + timedelta(hours=3)), now=TEN + timedelta(hours=3))
    second = rung(case, caller, now=TEN + timedelta(hours=3, minutes=1))

    assert (row.recording_ref, Dial.objects.count()) == ("r-1", 2)
    assert second == Dial.objects.order_by("-pk").first().verdict


@pytest.mark.parametrize("why", ["no such person", "not their case", "another number", "yesterday", "ended"])
def test_what_concerns_no_case_of_who_answered_is_no_call(case, caller, team, why):
    """Scope: nobody gets a call on a case that they don't hold."""
    about = {
        "no such person": {"agent": "9999"},
        "not their case": {"agent": make_caller(team=team).staff_no},
        "another number": {"number": "13900009999"},
        "yesterday": {"at": TEN - timedelta(hours=25)},
        "ended": {"kind": "end", "direction": "out"},
    }[why]

    with pytest.raises(UnknownCall):
        take_event(told=told(uuid.uuid4(), case, caller, **about), now=TEN)

    assert not Dial.objects.exists()


WHOLE = {"start": (-5, {"line": "057188880009"}), "answer": (0, {}), "end": (60, {"cause": "normal"}), "recording": (61, {"recording": "r-1"})}


def tell_of(ref, case, caller, kind):
    after, more = WHOLE[kind]
    event = told(ref, case, caller, kind=kind, at=TEN + timedelta(seconds=after), **{"direction": "in"} | more)
    return take_event(told=replace(event, event_id=f"{ref}-{kind}"), now=TEN)


@pytest.mark.parametrize("order", [("start", "answer", "end", "recording"), ("recording", "end", "start", "answer"), ("end", "answer", "recording", "start")])
def test_e14_what_is_told_before_the_answer_waits_for_it_and_counts_once(case, caller, order, settings):
    """E14, CR-21: the telephone system rings first; in whatever order, and twice, the call is the same. Its own line is no outbound one (CR-08)."""
    settings.PBX_LINES = ["057188880001"]
    ref = uuid.uuid4()

    told_of = [tell_of(ref, case, caller, kind) for kind in order]
    again = [tell_of(ref, case, caller, kind) for kind in reversed(order)]

    dial = Dial.objects.get()
    assert (told_of, again) == ([True] * 4, [False] * 4)
    assert (dial.rung_at, dial.answered_at, dial.talk_seconds) == (TEN - timedelta(seconds=5), TEN, 60)
    assert (dial.line, dial.cause, dial.recording_ref, dial.direction) == ("057188880009", "normal", "r-1", "in")
    assert (dial.events.count(), CallEvent.objects.filter(dial=None).exists(), CallIssue.objects.exists()) == (4, False, False)


def test_what_is_told_before_the_answer_goes_to_the_call_opened_on_the_desk(case, caller, save):
    """CR-21: who answers opened it, recorded it, and only then is the answer told."""
    row = save(rung(case, caller), caller, "RTP").record
    ref = uuid.uuid4()

    for kind in ("recording", "end", "answer"):
        tell_of(ref, case, caller, kind)

    row.refresh_from_db()
    assert (row.recording_ref, row.talk_seconds, Dial.objects.count()) == ("r-1", 60, 1)


def test_who_opens_another_case_with_the_number_that_rang_makes_no_second_call(case, caller, save):
    """E14: the telephone system knows the number only; a debtor with two cards is spoken to about the one that the person opens."""
    ref, number = uuid.uuid4(), case.contacts.get().phones.get().number
    card = make_case(debtor=case.debtor, holder=caller, phone=number)
    take_event(told=told(ref, case, caller), now=TEN)

    verdict = rung(card, caller, now=TEN + timedelta(minutes=1))
    row = save(verdict, caller, "RTP", now=TEN + timedelta(minutes=5)).record
    take_event(told=told(ref, case, caller, kind="end", at=TEN + timedelta(minutes=4)), now=TEN + timedelta(minutes=5))

    row.refresh_from_db()
    assert (row.case, row.talk_seconds, Dial.objects.get().case) == (card, 240, card)
    assert chase_unrecorded(now=TEN + timedelta(hours=1)) == 0


def test_a_call_that_nobody_answers_is_nobodys_to_record_and_is_forgotten(case, caller):
    """E14"""
    ref = uuid.uuid4()
    for kind in ("start", "end"):
        tell_of(ref, case, caller, kind)
    kept = CallEvent.objects.filter(dial=None).count()

    forgotten = [forget_unanswered(now=TEN + timedelta(hours=hours)) for hours in (47, 49)]

    assert (kept, Dial.objects.count(), forgotten, CallEvent.objects.count()) == (2, 0, [0, 2], 0)


def test_f14_an_id_that_waits_is_used_for_nothing_else(case, caller):
    """F14"""
    ref, other = uuid.uuid4(), uuid.uuid4()
    tell_of(ref, case, caller, "start")

    for event in (told(ref, case, caller, kind="end", direction="in"), told(other, case, caller, kind="start", direction="in")):
        with pytest.raises(EventReused):
            take_event(told=replace(event, event_id=f"{ref}-start"), now=TEN)

    assert CallEvent.objects.count() == 1


def test_an_event_years_from_now_does_not_wait(case, caller):
    with pytest.raises(EventFarAway):
        take_event(told=told(uuid.uuid4(), case, caller, kind="start", direction="in", at=TEN - timedelta(days=400)), now=TEN)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f14_start_end_and_answer_at_once_lose_nothing():
    """F14, E14, at the same moment."""
    caller = make_caller()
    case, ref, kinds = make_case(holder=caller), uuid.uuid4(), list(WHOLE)

    answers = at_once(lambda index: tell_of(ref, case, caller, kinds[index]), 4)

    dial = Dial.objects.get()
    assert answers == [True] * 4
    assert (dial.talk_seconds, dial.recording_ref, dial.rung_at, dial.events.count()) == (60, "r-1", TEN - timedelta(seconds=5), 4)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f14_two_events_of_a_call_at_once_make_one():
    """F14, at the same moment."""
    caller = make_caller()
    case, ref = make_case(holder=caller), uuid.uuid4()

    answers = at_once(lambda _index: take_event(told=told(ref, case, caller), now=TEN), 4)

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert (Dial.objects.count(), Verdict.objects.count()) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f14_opened_on_the_desk_while_the_telephone_system_tells_of_it_it_is_one_call():
    """F14, E14, at the same moment."""
    caller = make_caller()
    cases = [make_case(holder=caller) for _one in range(5)]

    for case in cases:
        works = (lambda case=case: rung(case, caller), lambda case=case: take_event(told=told(uuid.uuid4(), case, caller), now=TEN))
        answers = at_once(lambda index, works=works: works[index](), 2)
        assert [answer for answer in answers if isinstance(answer, Exception)] == []

    assert Dial.objects.count() == 5
