"""The vectors at the end of compliance.md, one test for each row, through the services that the desk uses.

Visits (CR-22) have no task of their own yet.
"""

import uuid
from datetime import date, datetime, timedelta

import pytest

from calls.services.recording import open_call, record_call
from cases.services.casework import set_contact_zone
from compliance.models import ContactPolicy, DoNotContact
from compliance.rules.demands import two_demands
from compliance.rules.limitation import deadline
from compliance.rules.plans import instalments_fit
from compliance.services import CrossesWall, replay_verdict, set_policy
from duties.selectors import working_time
from staff.choices import Role
from tests.factories import MONDAY_9AM, SHANGHAI, make_caller, make_case, make_contact, make_phone, make_record, make_user, mark_placed

TEN = MONDAY_9AM + timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(team):
    return make_caller(
        team=team,
    )


@pytest.fixture
def case(caller):
    return make_case(holder=caller)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def ask(case, by, now, phone=None):
    phone = phone or case.contacts.get(relation="self").phones.order_by("pk").first()
    return open_call(case_id=case.pk, phone_id=phone.pk, by=by, now=now)


def rules(case, by, now, phone=None):
    return [row["rule"] for row in ask(case, by, now, phone).objections]


@pytest.mark.parametrize(
    ("at", "expected"), [("07:59:59.999", ["CR-01"]), ("08:00:00.000", []), ("21:59:59.999", []), ("22:00:00.000", ["CR-01"])], ids=lambda value: str(value)
)
def test_vector_the_laws_hours(case, caller, at, expected):
    """CR-01 alone: [08:00, 22:00)."""
    ContactPolicy.objects.filter(key="contact.window", layer="company").delete()

    assert rules(case, caller, moment(f"2026-11-23T{at}")) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-01-15T20:30", ["CR-01"]), ("2026-03-07T20:30", ["CR-01"]), ("2026-03-09T20:30", []), ("2026-07-15T20:30", []), ("2026-11-02T20:30", ["CR-01"])],
    ids=["winter", "before the switch of 8 March", "after it", "summer", "after 1 November"],
)
def test_vector_an_owner_in_new_york(case, caller, at, expected):
    """CR-01: 20:30 here is 07:30 there in winter, 08:30 in summer."""
    ContactPolicy.objects.filter(key="contact.window", layer="company").delete()
    caller.qualifications.update(passed_on=date(2025, 12, 1), valid_until=date(2026, 12, 1))
    set_contact_zone(contact=case.contacts.get(), zone="America/New_York", by=caller, now=MONDAY_9AM)

    assert rules(case, caller, moment(at)) == expected


def test_vector_the_fourth_conversation_by_a_colleague_on_another_card(case, caller, team):
    """CR-03: the third ends at 17:00; nobody speaks to the debtor again that day, and everybody may the next."""
    other = make_caller(team=team)
    card = make_case(debtor=case.debtor, holder=other)
    for hour, held, by in ((10, case, caller), (13, card, other), (16, case, caller)):
        make_record(held, by, "RTP", at=MONDAY_9AM.replace(hour=hour, minute=55))

    assert rules(card, other, MONDAY_9AM.replace(hour=19, minute=30)) == ["CR-03"]
    assert rules(card, other, MONDAY_9AM + timedelta(days=1)) == []


def test_vector_six_attempts_on_a_number(case, caller):
    """CR-04: five and a sixth are allowed, the seventh isn't; another number of the debtor's is, and stays under CR-03."""
    second = make_phone(case.contacts.get(), "13900000002")
    for minute in range(5):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute))
    sixth = rules(case, caller, TEN)
    make_record(case, caller, at=TEN)
    later = TEN + timedelta(minutes=10)
    seventh, elsewhere = rules(case, caller, later), rules(case, caller, later, second)
    for minute in range(3):
        make_record(case, caller, "RTP", at=TEN + timedelta(minutes=minute), phone=second)

    assert (sixth, seventh, elsewhere, rules(case, caller, later, second)) == ([], ["CR-04"], [], ["CR-03"])


def test_vector_three_failures_and_the_village_committee(case, caller):
    """CR-10: three in one day are not enough; with one of the next day it is open for seven days, and the opening tells no debt."""
    committee = make_contact(case, "committee", phone="057188886666").phones.get()
    for hour in (9, 11, 15):
        make_record(case, caller, at=MONDAY_9AM.replace(hour=hour))
    same_day = rules(case, caller, MONDAY_9AM.replace(hour=16), committee)
    tuesday = MONDAY_9AM + timedelta(days=1)
    make_record(case, caller, at=tuesday)

    opened = [rules(case, caller, tuesday + timedelta(minutes=5), committee), rules(case, caller, tuesday + timedelta(days=6), committee)]

    assert (same_day, opened) == (["CR-10"], [[], []])
    assert rules(case, caller, tuesday + timedelta(days=7, minutes=1), committee) == ["CR-10"]


def test_vector_who_asks_not_to_be_called_is_barred_for_everybody_at_once(case, caller, team):
    """CR-13: 别再打. Within the same second, for each case and user, with a line on the trail."""
    friend = make_contact(case, "friend", phone="13922223333").phones.get()
    other = make_caller(team=team)
    theirs = make_case(holder=other, phone="13922223333")
    for day in (3, 2, 1):
        make_record(case, caller, at=MONDAY_9AM - timedelta(days=day))
    verdict = mark_placed(ask(case, caller, TEN, friend))

    said = {"outcome": "NOCL", "started_at": TEN, "ended_at": TEN, "request_key": uuid.uuid4()}
    record_call(verdict_id=verdict.pk, by=caller, now=TEN, **said)

    assert rules(theirs, other, TEN + timedelta(milliseconds=1)) == ["CR-13"]
    assert DoNotContact.objects.get().entered_by == caller


@pytest.mark.parametrize("value", [{"from": "07:00", "to": "20:00"}, {"spans": [["07:00", "12:00"], ["14:00", "20:00"]]}], ids=["one stretch", "with a rest"])
def test_vector_a_limit_beyond_the_wall_is_refused(value):
    """CR-01: 07:00, whoever enters it."""
    about = {"layer": "company", "valid_from": TEN, "source": "x", "by": make_user(Role.ADMINISTRATOR), "now": MONDAY_9AM}

    with pytest.raises(CrossesWall):
        set_policy(key="contact.window", value=value, **about)


def test_vector_a_version_that_begins_at_midnight(case, caller):
    """A verdict of before keeps version 1 and replays as it was; from 00:00 on version 2 judges."""
    midnight = moment("2026-11-24T00:00")
    make_record(case, caller, "RTP", at=MONDAY_9AM)
    make_record(case, caller, "RTP", at=midnight + timedelta(hours=9))
    about = {"key": "voice.effective.per_debtor_day", "layer": "company", "source": "x", "by": make_user(Role.ADMINISTRATOR), "now": MONDAY_9AM}
    set_policy(value={"limit": 2}, valid_from=MONDAY_9AM, **about)
    set_policy(value={"limit": 1}, valid_from=midnight, **about)

    before, after = ask(case, caller, TEN), ask(case, caller, TEN + timedelta(days=1))

    assert (before.allowed, [(row["rule"], row["version"]) for row in after.objections]) == (True, [("CR-03", 2)])
    assert all(replay_verdict(one).is_same for one in (before, after))


@pytest.mark.parametrize(("count", "fits"), [(61, False), (60, True), (0, False)])
def test_vector_instalments(count, fits):
    """CR-33; that dunning stops is shown in tests/workbench/test_arrangements.py."""
    assert instalments_fit(count) is fits


@pytest.mark.parametrize(("days", "met"), [(29, False), (30, True)])
def test_vector_two_demands(days, met):
    """CR-32"""
    assert two_demands([date(2026, 9, 1), date(2026, 9, 1) + timedelta(days=days)]) is met


@pytest.mark.parametrize(
    ("on", "last"), [(date(2023, 2, 28), date(2026, 2, 28)), (date(2023, 10, 1), date(2026, 10, 8))], ids=["a make-up workday", "a holiday"]
)
def test_vector_limitation(on, last):
    """CR-34, by the official calendar."""
    assert deadline(on, working_time().is_working) == last
