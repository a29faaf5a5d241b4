"""Asking the gate for a call (CR-03, CR-04, CR-10, CR-15, F15)."""

from datetime import timedelta

import pytest

from calls.services.recording import NotHolder
from cases.services.casework import stop_case
from compliance.models import Verdict
from compliance.rules.scripts import DEBT_PLACES
from compliance.selectors import script_for, target_of
from tests.calls.conftest import TEN
from tests.calls.talks import at_once, call, phone_of, save
from tests.factories import MONDAY_9AM, make_caller, make_case, make_contact, make_debtor, make_phone, make_record, make_team

# The last moment of seven days, and the first after them.
WEEK = (timedelta(days=6, hours=10), timedelta(days=7, minutes=1))


def test_open_call_allows_and_reserves(case, caller):
    verdict = call(case, caller)

    assert (verdict.allowed, verdict.asked_by, verdict.at) == (True, caller, TEN)


def test_open_call_twice_gives_the_same_reservation(case, caller):
    """F15: pressing dial again is not a second call."""
    first, second = call(case, caller), call(case, caller, now=TEN + timedelta(seconds=30))

    assert (second, Verdict.objects.count()) == (first, 1)


def test_open_call_again_after_a_stop_is_refused(case, caller, lead):
    """STOPPED: a reservation does not outlive the permission."""
    call(case, caller)
    stop_case(case_id=case.pk, reason="银行通知", by=lead, now=TEN)

    verdict = call(case, caller, now=TEN + timedelta(seconds=30))

    assert [row["rule"] for row in verdict.objections] == ["STOPPED"]


def test_open_call_refuses_who_does_not_hold_the_case(case, team):
    """S01"""
    with pytest.raises(NotHolder):
        call(case, make_caller(team=team))

    assert Verdict.objects.count() == 0


def test_cr_03_the_fourth_call_by_another_collector_on_another_card_is_blocked(case, caller, team):
    """CR-03: third effective call ends 17:00; the fourth by another collector, on another case of the debtor."""
    other = make_caller(team=team)
    theirs = make_case(debtor=case.debtor, holder=other)
    for hour in (9, 12, 17):
        make_record(case, caller, "RTP", at=MONDAY_9AM.replace(hour=hour))

    verdict = call(theirs, other, now=MONDAY_9AM.replace(hour=18))

    assert [(row["rule"], row["values"]) for row in verdict.objections] == [("CR-03", {"count": 3, "limit": 3})]


def test_cr_03_the_next_day_counts_anew(case, caller):
    """CR-03: a local day, by the day of its start (F18)."""
    for hour in (9, 12, 19):
        make_record(case, caller, "RTP", at=MONDAY_9AM.replace(hour=hour))

    assert call(case, caller, now=MONDAY_9AM + timedelta(days=1)).allowed


def test_cr_04_the_sixth_dial_is_allowed_the_seventh_blocked_and_another_number_not(case, caller):
    """CR-04: five unanswered and a sixth; a seventh; a different number of his."""
    dialled, other = phone_of(case), make_phone(case.contacts.get(), "13911112222")
    for minute in range(5):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute), phone=dialled)
    sixth = call(case, caller, phone=dialled)
    save(sixth, caller)

    seventh, different = (call(case, caller, phone=phone, now=TEN + timedelta(minutes=5)) for phone in (dialled, other))

    assert sixth.allowed
    assert [row["rule"] for row in seventh.objections] == ["CR-04"]
    assert different.allowed


def test_cr_04_a_reservation_counts_for_two_minutes_as_a_call(case, caller, team):
    """F15: reserved, then released."""
    other = make_caller(team=team)
    theirs = make_case(holder=other, phone="13800009999")
    ours = make_phone(case.contacts.get(), "13800009999")
    for minute in range(5):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute), phone=ours)
    call(case, caller, phone=ours)

    at_once = call(theirs, other, now=TEN + timedelta(seconds=119))
    released = call(theirs, other, now=TEN + timedelta(seconds=120))

    assert [row["rule"] for row in at_once.objections] == ["CR-04"]
    assert released.allowed


def test_cr_10_the_committee_is_locked_until_three_failures_on_two_days(case, caller):
    """CR-10: three failures in one day, then the village committee: locked; one more the next day: open for seven days."""
    committee = make_contact(case, "committee", phone="057188886666")
    for minute in range(3):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute))
    phone = committee.phones.get()

    same_day = call(case, caller, phone=phone)
    make_record(case, caller, at=MONDAY_9AM + timedelta(days=1))
    next_day = call(case, caller, phone=phone, now=TEN + timedelta(days=1))
    a_week_later = call(case, caller, phone=phone, now=TEN + timedelta(days=8))

    assert [row["rule"] for row in same_day.objections] == ["CR-10"]
    assert (next_day.allowed, a_week_later.allowed) == (True, False)


def test_cr_10_a_dead_number_of_the_debtor_opens_third_parties(case, caller):
    """CR-10: the number is invalid."""
    friend = make_contact(case, "friend", phone="13922223333")
    save(call(case, caller), caller, "NOEX")

    assert call(case, caller, phone=friend.phones.get(), now=TEN + timedelta(minutes=5)).allowed


def test_cr_15_a_number_that_was_wrong_twice_is_dead(case, caller):
    """CR-15"""
    make_phone(case.contacts.get(), "13911112222")
    phone = case.contacts.get().phones.order_by("pk").first()
    make_record(case, caller, "NSN", phone=phone, at=MONDAY_9AM - timedelta(days=3))
    once = call(case, caller, phone=phone, now=TEN - timedelta(minutes=30))
    make_record(case, caller, "NSN", phone=phone, at=MONDAY_9AM)

    twice = call(case, caller, phone=phone)

    assert (once.allowed, [row["rule"] for row in twice.objections]) == (True, ["CR-15"])


def test_cr_10_vector_the_village_committee_is_locked_after_one_day_and_hears_no_debt_when_it_opens(case, caller):
    """CR-10, CR-12: three failures in one day, then the committee: locked; the next day one more: open for seven days; its opening shows no debt."""
    committee = make_contact(case, "committee", phone="057188881111").phones.get()
    for minute in range(3):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=10 * minute))
    same_day = call(case, caller, phone=committee)
    tuesday = MONDAY_9AM + timedelta(days=1)
    make_record(case, caller, at=tuesday)

    opened, a_week_on, later = (call(case, caller, phone=committee, now=tuesday + after) for after in (timedelta(minutes=5), *WEEK))

    said = script_for(case.client, target_of(opened.contact), opened.at).text
    assert [rule["rule"] for rule in same_day.objections] == ["CR-10"]
    assert (opened.allowed, a_week_on.allowed, [rule["rule"] for rule in later.objections]) == (True, True, ["CR-10"])
    assert [word for word in (*DEBT_PLACES, "欠款", "逾期", "银行", "起诉", "贷款") if word in said] == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f15_two_collectors_at_five_of_six_and_only_one_passes():
    """F15, CR-04: a barrier, two people, one number."""
    team = make_team()
    people = [make_caller(team=team), make_caller(team=team)]
    cases = [make_case(holder=person, phone="13800007777") for person in people]
    for minute in range(5):
        make_record(cases[0], people[0], at=MONDAY_9AM + timedelta(minutes=minute))

    verdicts = at_once(lambda index: call(cases[index], people[index]), 2)

    assert sorted(verdict.allowed for verdict in verdicts) == [False, True]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f15_two_collectors_at_two_of_three_effective_calls_and_only_one_passes():
    """F15, CR-03: one debtor, two cases, two numbers."""
    team, debtor = make_team(), make_debtor()
    people = [make_caller(team=team), make_caller(team=team)]
    cases = [make_case(holder=person, debtor=debtor) for person in people]
    for minute in range(2):
        make_record(cases[0], people[0], "RTP", at=MONDAY_9AM + timedelta(minutes=minute))

    verdicts = at_once(lambda index: call(cases[index], people[index]), 2)

    assert sorted(verdict.allowed for verdict in verdicts) == [False, True]
