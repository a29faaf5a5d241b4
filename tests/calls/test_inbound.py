"""Who rings us may be spoken with: no hours, no counts; identity and third parties' rules hold as in any call (CR-12, CR-17)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from audit.models import AuditEvent
from calls.models import ContactRecord
from calls.selectors import attempts_to_reach
from calls.services.inbound import NobodyRang, open_inbound
from calls.services.recording import CannotRecord, IdentityFirst, NotHolder, confirm_identity, open_call
from compliance.models import Verdict
from compliance.services import replay_verdict
from tests.calls.conftest import TEN
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
