"""CR-17, E12: until identity is confirmed the API tells its holder no amount of the debt."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from calls.services.recording import confirm_identity, record_call
from cases.models import CaseAccount
from compliance.services import note_inbound
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_caller, make_case, make_contact, make_filtering_task, make_placement, make_record, make_user

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture(autouse=True)
def ten_o_clock():
    with time_machine.travel(TEN, tick=True):
        yield


@pytest.fixture
def caller(team):
    return make_caller(team=team)


@pytest.fixture
def case(team, caller):
    case = make_case(placement=make_placement(team=team), holder=caller, amount="12345.67")
    CaseAccount.objects.filter(case=case).update(last_paid_on="2026-10-01", last_paid_amount=Decimal("777.77"), principal=Decimal("11111.11"))
    make_case(debtor=case.debtor, holder=caller, amount="54321.99")
    case.promises.create(record=make_record(case, caller, "PTP"), amount=Decimal("432.10"), due_on="2026-11-30")
    return case


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def desk(caller):
    return browser_of(caller)


def shown(desk, case):
    return desk.get(reverse("workbench:api-case", args=[case.pk]))


def call(desk, case, relation="self"):
    phone = case.contacts.get(relation=relation).phones.get()
    answer = desk.post(reverse("workbench:api-calls", args=[case.pk]), {"phone": phone.pk, "acknowledged": True}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()["verdict"]


def confirm(verdict, caller):
    confirm_identity(verdict_id=verdict, factors=["name", "id_last4"], by=caller, now=TEN + timedelta(minutes=1))


AMOUNTS = ("12345.67", "12,345.67", "777.77", "11111.11", "54321.99", "54,321.99", "432.10")


def tells(answer):
    text = answer.content.decode()
    return [amount for amount in AMOUNTS if amount in text]


def test_no_amount_is_answered_before_identity_is_confirmed(desk, case):
    answer = shown(desk, case)

    body = answer.json()
    assert (body["masked"], body["balance"], body["amount"], body["promise"]["amount"]) == (True, None, None, None)
    assert {row["amount"] for row in body["accounts"]} == {None}
    assert tells(answer) == []


def test_the_confirmation_of_a_call_opens_the_amounts_for_the_day(desk, case, caller):
    confirm(call(desk, case), caller)

    today = shown(desk, case)
    with time_machine.travel(TEN + timedelta(hours=24), tick=False):
        tomorrow = shown(browser_of(caller), case)

    assert (today.json()["masked"], today.json()["balance"]) == (False, "12345.67")
    assert (tomorrow.json()["masked"], tells(tomorrow)) == (True, [])


def test_a_later_call_hides_them_again_until_it_is_confirmed_itself(desk, case, caller):
    """CR-12: an amount seen in the morning isn't on the screen while somebody else is spoken to."""
    make_record(case, caller, "TSAJ", at=MONDAY_9AM)
    make_contact(case, "friend", phone="13922223333")
    first = call(desk, case)
    confirm(first, caller)
    case.dials.filter(verdict=first).update(recorded_at=TEN)

    call(desk, case, "friend")

    assert (shown(desk, case).json()["masked"], tells(shown(desk, case))) == (True, [])


def test_what_people_and_banks_wrote_tells_no_amount_either(desk, case, caller):
    """CR-17: notes, warnings and the bank's own columns."""
    case.extra, case.warning = {"最低还款额": "888", "本期账单": "¥888.00", "网点": "朝阳888支行"}, "曾投诉，欠888元"
    case.save()
    make_record(case, caller, "RTP", at=TEN - timedelta(minutes=50), note="只肯先还888元，24日回电")

    answer = shown(desk, case)

    assert [row["text"] for row in answer.json()["extra"]] == ["***", "***", "朝阳888支行"]
    assert (answer.json()["warning"], answer.json()["summary"][0]["note"]) == ("曾投诉，欠***", "只肯先还***，24日回电")
    assert "888元" not in answer.content.decode()


def test_while_a_third_party_who_rings_is_spoken_with_no_amount_is_shown(desk, case, caller):
    """CR-12, CR-17: confirmed in the morning, the debt isn't on the screen while the brother rings in the afternoon."""
    own = case.contacts.get()
    confirm(note_inbound(case=case, contact=own, phone=own.phones.get(), by=caller, now=TEN - timedelta(hours=1)).pk, caller)
    before = shown(desk, case).json()["masked"]
    brother = make_contact(case, "sibling", phone="13922223333")

    note_inbound(case=case, contact=brother, phone=brother.phones.get(), by=caller, now=TEN)

    assert (before, shown(desk, case).json()["masked"]) == (False, True)


def test_somebody_elses_confirmation_opens_nothing(desk, case, caller, team):
    other = make_caller(team=team)
    contact = case.contacts.get()
    rang = note_inbound(case=case, contact=contact, phone=contact.phones.get(), by=other, now=TEN)
    confirm(rang.pk, other)

    assert shown(desk, case).json()["masked"] is True


def test_while_a_case_is_filtered_its_amounts_are_read(desk, caller, team):
    """A3.2: every field is interpreted before anybody is called; in a call they are hidden like any."""
    case = make_case(placement=make_placement(team=team), amount="12345.67")
    make_filtering_task(caller, [case])
    before = shown(desk, case).json()

    call(desk, case)

    assert (before["masked"], before["balance"]) == (False, "12345.67")
    assert tells(shown(desk, case)) == []


def test_who_does_not_call_sees_what_the_role_sees(case, team):
    answers = [shown(browser_of(person), case).json() for person in (team.lead, make_user(Role.GM_OFFICE))]

    assert [(body["masked"], body["balance"]) for body in answers] == [(False, "12345.67")] * 2


def queued(desk, case):
    rows = desk.get(reverse("workbench:api-queue")).json()["results"]
    return next((row["masked"], row["balance"]) for row in rows if row["id"] == case.pk)


def test_the_queue_tells_no_amount_before_identity_either(desk, case, caller):
    """CR-17: masked until confirmed on this case; while a case is filtered its amount is read (A3.2)."""
    to_filter = make_case(placement=case.placement, amount="888.00")
    make_filtering_task(caller, [to_filter])
    before = queued(desk, case), queued(desk, to_filter)

    confirm_identity(verdict_id=call(desk, case), factors=["name", "id_last4"], by=caller, now=TEN)

    assert before == ((True, None), (False, "888.00"))
    assert queued(desk, case) == (False, "12345.67")


def rows_of_queue(desk):
    return {row["id"]: row for row in desk.get(reverse("workbench:api-queue")).json()["results"]}


def test_cr_12_with_a_third_party_on_the_line_no_row_of_the_queue_tells_of_a_debt(desk, case, caller):
    """CR-12: the rows of other cases neither; once the call is over they tell again what they told."""
    other = make_case(placement=case.placement, holder=caller)
    brother = make_contact(case, "sibling", phone="13922223333")
    before = rows_of_queue(desk)

    rang = note_inbound(case=case, contact=brother, phone=brother.phones.get(), by=caller, now=TEN)
    during = rows_of_queue(desk)
    record_call(verdict_id=rang.pk, outcome="AGTP", started_at=TEN, ended_at=TEN, request_key=uuid.uuid4(), by=caller, now=TEN)
    after = rows_of_queue(desk)

    told = ("client", "band", "stage", "state_label", "why_label", "reason", "balance", "overdue_days")
    assert {name: during[other.pk][name] for name in told} == dict.fromkeys(told, "") | {"balance": None, "overdue_days": None}
    assert {name for row in during.values() for name in told if row[name]} == set()
    assert (before[other.pk]["client"], after[other.pk]) == (case.client.short_name, before[other.pk])
