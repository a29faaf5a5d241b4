"""Flags: raised with evidence, heeded by the gate at once and for everybody, lifted with a reason (CR-16, CR-50, CR-10)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from calls.services.flags import raise_lost
from calls.services.recording import answer_dispute, open_call
from cases.services.casework import resume_case
from compliance.models import CaseFlag
from compliance.selectors import objection_text, open_flags_of
from compliance.services.flags import CannotFlag, CannotLift, lift_flag, raise_flag
from staff.choices import Role
from staff.models import Notice
from tests.calls.conftest import TEN
from tests.factories import make_caller, make_case, make_contact, make_phone, make_record, make_user

LATER = TEN + timedelta(hours=1)


def ask(case, by, relation="self", now=LATER):
    phone = case.contacts.get(relation=relation).phones.order_by("pk").first()
    return open_call(case_id=case.pk, phone_id=phone.pk, by=by, now=now)


def rules(verdict):
    return [row["rule"] for row in verdict.objections]


def flag(case, by, kind, **about):
    return raise_flag(**({"case_id": case.pk, "kind": kind, "evidence": "通话录音 07", "by": by, "now": TEN} | about))


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("dispute", "CR-50"), ("complaint", "CR-50"), ("incapable", "CR-16"), ("illness", "CR-16"), ("lawyer", "CR-16"), ("relief", "CR-16")],
)
def test_a_flag_that_holds_is_heeded_at_once_and_until_it_is_lifted(case, caller, lead, kind, rule):
    """CR-16, CR-50: the gate says no and why; the lead is told, and lifts it."""
    row = flag(case, caller, kind)
    held = ask(case, caller)
    with pytest.raises(CannotLift):
        lift_flag(flag_id=row.pk, reason="x", by=caller, now=LATER)

    lift_flag(flag_id=row.pk, reason="银行已核实", by=lead, now=LATER)

    assert (rules(held), objection_text(held.objections[0]) != "") == ([rule], True)
    assert ask(case, caller, now=LATER + timedelta(minutes=1)).allowed
    assert [notice.recipient for notice in Notice.objects.order_by("pk")] == [lead, caller]
    row.refresh_from_db()
    assert (row.lifted_by, row.lift_reason) == (lead, "银行已核实")
    assert [event.action for event in AuditEvent.objects.about(row).order_by("pk")] == ["flag.raised", "flag.lifted"]


def test_hardship_warns_and_holds_nothing(case, caller):
    """CR-16: care, no stop; its raiser may lift it."""
    row = flag(case, caller, "hardship")
    verdict = ask(case, caller)

    lift_flag(flag_id=row.pk, reason="已恢复工作", by=caller, now=LATER)

    assert (verdict.allowed, [warning["rule"] for warning in verdict.warnings]) == (True, ["CR-16"])
    assert ask(case, caller, now=LATER + timedelta(hours=1)).warnings == []


def test_what_is_said_of_the_person_holds_on_every_case_of_the_debtor(case, caller, team):
    """CR-16: party key; what is said of one debt doesn't."""
    other = make_caller(team=team)
    theirs = make_case(debtor=case.debtor, holder=other)
    flag(case, caller, "illness")
    flag(case, caller, "complaint")

    assert rules(ask(theirs, other)) == ["CR-16"]
    assert [row.kind for row in open_flags_of(theirs)] == ["illness"]


def test_cr_16_of_who_named_a_lawyer_only_the_lawyer_is_called(case, caller):
    """CR-16: only the flagged channel is open."""
    make_contact(case, "lawyer", phone="13911110000")
    make_contact(case, "friend", phone="13922223333")
    flag(case, caller, "lawyer")

    assert rules(ask(case, caller)) == ["CR-16"]
    assert rules(ask(case, caller, "friend")) == ["CR-16", "CR-10"]
    assert ask(case, caller, "lawyer").allowed


def test_cr_10_death_or_incapacity_opens_third_parties_and_closes_the_debtor(case, caller):
    """CR-10, CR-16"""
    make_contact(case, "spouse", phone="13922223333")
    flag(case, caller, "incapable")

    assert (rules(ask(case, caller)), ask(case, caller, "spouse").allowed) == (["CR-16"], True)


@pytest.mark.parametrize("wrong", [{"evidence": " "}, {"kind": "angry"}, {"kind": "lost"}], ids=["no evidence", "unknown", "not proven"])
def test_a_flag_needs_evidence(case, caller, wrong):
    with pytest.raises(CannotFlag):
        flag(case, caller, **({"kind": "dispute"} | wrong))

    case.refresh_from_db()
    assert (CaseFlag.objects.count(), case.state) == (0, "assigned")


def test_a_flag_without_evidence_is_refused_by_the_database_too(case, caller):
    with pytest.raises(IntegrityError, match="compliance_flag_needs_evidence"), transaction.atomic():
        CaseFlag.objects.create(case=case, debtor=case.debtor, kind="dispute", evidence="", raised_by=caller, raised_at=TEN)


def test_raising_twice_is_one_flag(case, caller):
    """F14"""
    first, second = flag(case, caller, "complaint"), flag(case, caller, "complaint")

    assert (first, CaseFlag.objects.count()) == (second, 1)


def test_a_complaint_marks_the_case_and_quality_hears_of_it(case, caller, lead):
    """CR-50: at once, in the same request."""
    quality = make_user(Role.QUALITY)
    row = flag(case, caller, "complaint")
    case.refresh_from_db()
    opened = case.complaint_open

    lift_flag(flag_id=row.pk, reason="已答复", by=lead, now=LATER)

    case.refresh_from_db()
    assert (opened, case.complaint_open) == (True, False)
    assert {notice.recipient for notice in Notice.objects.all()} == {lead, quality, caller}


def test_cr_50_an_outcome_raises_the_flag_and_the_answer_lifts_it(case, caller, lead, save, dial):
    """CR-50: the objection is noted with the call as its evidence."""
    save(dial(case, caller).dial.verdict, caller, "FEAD", note="利息算错")
    row = CaseFlag.objects.get()

    answer_dispute(case_id=case.pk, answer="银行核对无误", by=lead, now=LATER)

    row.refresh_from_db()
    assert (row.kind, "利息算错" in row.evidence, row.lift_reason) == ("dispute", True, "银行核对无误")
    assert ask(case, caller, now=LATER + timedelta(hours=2)).allowed


def test_cr_16_recorded_death_stays_flagged_when_the_stop_is_lifted(case, caller, lead, save, dial):
    """CR-16: a stop is lifted by a mistake, a death isn't."""
    save(dial(case, caller).dial.verdict, caller, "TSAJ")
    resume_case(case_id=case.pk, reason="误操作", by=lead, now=LATER)

    assert rules(ask(case, caller, now=LATER + timedelta(minutes=1))) == ["CR-16"]


def test_cr_10_lost_contact_is_said_when_the_attempts_prove_it(case, caller):
    """CR-10: three failures on two days."""
    for hours in (26, 25):
        make_record(case, caller, at=TEN - timedelta(hours=hours))
    with pytest.raises(CannotFlag):
        raise_lost(case_id=case.pk, evidence="三次无人接听", by=caller, now=TEN)
    make_record(case, caller, at=TEN - timedelta(hours=1))

    row = raise_lost(case_id=case.pk, evidence="三次无人接听", by=caller, now=TEN)

    case.refresh_from_db()
    assert (row.kind, row.evidence, case.state) == ("lost", "三次无人接听 [CR-10 2026-11-23: 3/2]", "lost_contact")


def test_cr_10_a_lost_flag_opens_nobody_by_itself(case, caller):
    """CR-10: the proof is valid for seven days, whatever is flagged."""
    make_phone(make_contact(case, "friend"), "13922223333")
    for hours in (26, 25, 1):
        make_record(case, caller, at=TEN - timedelta(hours=hours))
    raise_lost(case_id=case.pk, evidence="三次无人接听", by=caller, now=TEN)

    assert ask(case, caller, "friend", now=TEN).allowed
    assert rules(ask(case, caller, "friend", now=TEN + timedelta(days=8))) == ["CR-10"]
