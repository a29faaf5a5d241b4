"""Layers: law, client, company, the debtor's request; a recorded consent; the recipient's clock; the bank's notice (CR-01, CR-02, CR-19)."""

from datetime import date, datetime, timedelta

import pytest

from calls.services.recording import open_call
from cases.services.casework import BadZone, set_contact_zone
from compliance.models import ContactPolicy, DebtorWish
from compliance.services import set_policy
from compliance.services.wishes import BadNotice, BadWish, end_wish, note_entrustment, note_wish
from staff.choices import Role
from tests.factories import MONDAY_9AM, SHANGHAI, make_caller, make_case, make_client, make_placement, make_record, make_user

TEN = MONDAY_9AM + timedelta(hours=1)
EVENING = {"from": "18:00", "to": "20:00"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(team):
    return make_caller(team=team)


@pytest.fixture
def case(caller):
    return make_case(holder=caller)


def rules(case, by, now):
    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get(relation="self").phones.get().pk, by=by, now=now)
    return [row["rule"] for row in verdict.objections]


def wish(case, by, **about):
    return note_wish(**({"case": case, "key": "contact.window", "value": EVENING, "evidence": "录音 12", "by": by, "now": MONDAY_9AM} | about))


def only_the_laws_hours():
    ContactPolicy.objects.filter(key="contact.window", layer="company").delete()


def test_cr_02_a_debtors_own_hours_bind_every_caller_on_every_case(case, caller, team):
    """Layering: the debtor's request tightens."""
    other = make_caller(team=team)
    theirs = make_case(debtor=case.debtor, holder=other)
    wish(case, caller)

    assert [rules(one, by, TEN) for one, by in ((case, caller), (theirs, other))] == [["CR-02"], ["CR-02"]]
    assert rules(case, caller, MONDAY_9AM.replace(hour=18, minute=30)) == []


def test_the_strictest_of_four_layers_decides(case, caller):
    """Layering: law 6, client 5, company 4, debtor 2."""
    admin = make_user(Role.ADMINISTRATOR)
    key = "voice.attempts.per_number_day"
    for layer, figure, client in (("client", 5, case.client), ("company", 4, None)):
        set_policy(key=key, layer=layer, client=client, value={"limit": figure}, valid_from=MONDAY_9AM, source="x", by=admin, now=MONDAY_9AM)
    wish(case, caller, key=key, value={"limit": 2})
    for minute in range(2):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute))

    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN)

    assert [(row["rule"], row["values"]) for row in verdict.objections] == [("CR-04", {"count": 2, "limit": 2})]
    assert {limit["layer"] for limit in verdict.inputs["limits"] if limit["key"] == key} == {"law", "client", "company", "debtor"}


def test_a_new_request_replaces_the_one_before(case, caller):
    wish(case, caller)
    wish(case, caller, value={"from": "09:30", "to": "11:00"}, now=MONDAY_9AM + timedelta(minutes=1))

    assert rules(case, caller, TEN) == []
    assert list(DebtorWish.objects.order_by("pk").values_list("version", "valid_to")) == [(1, MONDAY_9AM + timedelta(minutes=1)), (2, None)]


def test_cr_01_a_recorded_consent_stands_beside_the_laws_hours_only(case, caller, lead):
    """CR-01: 双方另有约定. The company's own hours hold all the same (CR-02)."""
    late = MONDAY_9AM.replace(hour=22, minute=30)
    before = rules(case, caller, late)
    wish(case, lead, is_consent=True, value={"from": "22:00", "to": "23:00"})
    with_the_companys = rules(case, caller, late)
    only_the_laws_hours()

    assert (before, with_the_companys, rules(case, caller, late)) == (["CR-01", "CR-02"], ["CR-02"], [])
    assert rules(case, caller, late.replace(hour=23, minute=0)) == ["CR-01"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"evidence": " "},
        {"key": "reveal.per_user_day", "value": {"limit": 3}},
        {"key": "voice.effective.per_debtor_day", "value": {"limit": 9}},
        {"value": {"from": "07:00", "to": "20:00"}},
        {"value": {"from": "20:00", "to": "18:00"}},
        {"value": {"limit": 3}},
        {"key": "voice.effective.per_debtor_day", "value": {"limit": 1}, "is_consent": True},
        {"valid_to": MONDAY_9AM},
    ],
    ids=["no evidence", "not the debtor's", "beyond the law", "beyond the hours", "backwards", "no hours", "consent to counts", "in the past"],
)
def test_a_request_names_its_evidence_and_never_loosens_the_law(case, caller, wrong):
    with pytest.raises(BadWish):
        wish(case, caller, **wrong)

    assert DebtorWish.objects.count() == 0


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-01-15T20:30", ["CR-01"]), ("2026-07-15T20:30", []), ("2026-03-07T20:30", ["CR-01"]), ("2026-03-09T20:30", []), ("2026-11-02T20:30", ["CR-01"])],
    ids=["winter 07:30", "summer 08:30", "before the switch", "after the switch", "back in winter"],
)
def test_cr_01_the_gate_counts_in_the_time_of_who_is_called(case, caller, lead, moment, expected):
    """CR-01: an owner in New York, called at 20:30 in Shanghai, through the gate."""
    only_the_laws_hours()
    caller.qualifications.update(passed_on=date(2025, 12, 1), valid_until=date(2026, 12, 1))
    set_contact_zone(contact=case.contacts.get(), zone="America/New_York", by=lead, now=MONDAY_9AM)

    assert rules(case, caller, datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)) == expected


def test_cr_01_a_zone_that_does_not_exist_is_refused(case, lead):
    with pytest.raises(BadZone):
        set_contact_zone(contact=case.contacts.get(), zone="Mars/Base", by=lead, now=TEN)

    assert case.contacts.get().zone == ""


@pytest.fixture
def unnotified(caller, team):
    return make_case(holder=caller, placement=make_placement(team=team, is_notified=False))


def test_cr_19_from_the_first_day_on_the_first_call_waits_for_the_banks_notice(unnotified, caller, lead):
    """CR-19: HOLD, before the first contact; in force in a fresh installation. Entered once, it opens the whole placement."""
    sibling = make_case(holder=caller, placement=unnotified.placement)
    held = rules(unnotified, caller, TEN)
    with pytest.raises(BadNotice):
        note_entrustment(placement=unnotified.placement, notified_on=date(2026, 11, 24), way="短信", evidence="批次 8", by=lead, now=TEN)

    note_entrustment(placement=unnotified.placement, notified_on=date(2026, 11, 20), way="短信", evidence="批次 8", by=lead, now=TEN)

    assert (held, *(rules(one, caller, TEN + timedelta(minutes=5)) for one in (unnotified, sibling))) == (["CR-19"], [], [])


def test_cr_19_it_is_asked_before_the_first_contact_only(unnotified, caller):
    make_record(unnotified, caller, at=MONDAY_9AM)

    assert rules(unnotified, caller, TEN + timedelta(minutes=5)) == []


def test_cr_19_a_call_for_another_bank_is_not_its_first_contact(unnotified, caller, team):
    """CR-19: each bank tells its debtors itself."""
    known = make_case(debtor=unnotified.debtor, holder=caller, placement=make_placement(team=team))
    make_record(known, caller, at=MONDAY_9AM)

    assert rules(unnotified, caller, TEN + timedelta(minutes=5)) == ["CR-19"]


def test_cr_04_a_recorded_agreement_allows_more_attempts_until_it_ends(case, caller, lead):
    """CR-04: raised only with the debtor's agreement, for a time; the company's and the client's own limits stay."""
    until = TEN + timedelta(days=1)
    for minute in range(6):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute))
    before = rules(case, caller, TEN)
    about = {"key": "voice.attempts.per_number_day", "value": {"limit": 8}, "is_consent": True}
    for missing in ({"valid_to": None, "by": lead}, {"valid_to": until, "by": caller}, {"valid_to": until, "by": lead, "value": {"limit": 99}}):
        with pytest.raises(BadWish):
            wish(case, **{"by": lead} | about | missing)

    wish(case, lead, **about, valid_to=until, said_by="sms")
    agreed = rules(case, caller, TEN + timedelta(minutes=5))
    for minute in range(6):
        make_record(case, caller, at=until + timedelta(minutes=minute))

    assert (before, agreed, rules(case, caller, until + timedelta(minutes=10))) == (["CR-04"], [], ["CR-04"])


def test_cr_16_a_debtor_who_asked_for_letters_is_not_called(case, caller):
    """CR-16: only the channel that was asked for is open."""
    wish(case, caller, key="contact.channel", value={"only": "letter"})

    assert rules(case, caller, TEN) == ["CR-16"]


def test_what_restricts_is_entered_by_who_hears_it_and_ended_by_a_lead(case, caller, lead):
    row = wish(case, caller)

    with pytest.raises(BadWish):
        end_wish(wish_id=row.pk, reason="客户来电取消", by=caller, now=TEN)
    end_wish(wish_id=row.pk, reason="客户来电取消", by=lead, now=TEN)

    assert rules(case, caller, TEN + timedelta(minutes=1)) == []


@pytest.mark.parametrize(("hour", "minute", "expected"), [(11, 59, []), (12, 0, ["CR-02"]), (13, 59, ["CR-02"]), (14, 0, [])])
def test_cr_02_a_rest_in_the_companys_hours(case, caller, hour, minute, expected):
    """CR-02: 09:00–12:00 and 14:00–20:00."""
    value = {"spans": [["09:00", "12:00"], ["14:00", "20:00"]]}
    set_policy(key="contact.window", layer="company", value=value, valid_from=MONDAY_9AM, source="x", by=make_user(Role.ADMINISTRATOR), now=MONDAY_9AM)

    assert rules(case, caller, MONDAY_9AM.replace(hour=hour, minute=minute)) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("23T09:29", ["CR-02"]),
        ("23T09:30", []),
        ("23T11:30", ["CR-02"]),
        ("23T14:00", []),
        ("23T17:00", ["CR-02"]),
        ("28T10:00", ["CR-02"]),
        ("30T10:00", ["CR-02"]),
    ],
    ids=["early", "open", "noon", "afternoon", "late", "Saturday", "month end"],
)
def test_cr_02_business_clients_are_called_on_weekdays_in_office_hours(caller, team, moment, expected):
    """CR-02, C3.2: by the client's kind."""
    case = make_case(holder=caller, placement=make_placement(team=team, client=make_client(team=team, kind="business")))

    assert rules(case, caller, datetime.fromisoformat(f"2026-11-{moment}").replace(tzinfo=SHANGHAI)) == expected
