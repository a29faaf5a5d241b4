"""A masked value is shown for one click, on the trail, to who may, so often a day."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from cases.models import Address
from compliance.models import ClientInstruction
from compliance.services import do_not_contact
from tests.factories import MONDAY_9AM, make_caller, make_case, make_contact, make_phone, make_placement, make_team

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
    return make_case(placement=make_placement(team=team), holder=caller)


@pytest.fixture
def desk(caller):
    browser = Client()
    browser.force_login(caller)
    return browser


def post(browser, name, *args, **body):
    return browser.post(reverse(f"workbench:{name}", args=args), body, content_type="application/json")


def phone_of(case):
    return case.contacts.get(relation="self").phones.get()


def test_reveal_shows_the_value_and_is_on_the_trail(desk, case):
    """CR-46: who, what, when and why; the value itself is in no log."""
    phone = phone_of(case)

    answer = post(desk, "api-reveal", kind="phone", id=phone.pk, reason="回拨")

    event = AuditEvent.objects.about(phone).get(action="personal_data.revealed")
    assert answer.json() == {"value": phone.number}
    assert (event.reason, event.changes) == ("回拨", {"kind": [None, "phone"]})
    assert phone.number not in str(event.__dict__)


@pytest.mark.parametrize("kind", ["phone", "address", "card", "id"])
def test_reveal_of_somebody_elses_case_finds_nothing(desk, case, kind):
    """S01"""
    theirs = make_case(placement=case.placement, holder=make_caller(team=make_team()))
    contact = theirs.contacts.get()
    row = {"phone": contact.phones.get(), "address": contact.addresses.get(), "card": theirs.accounts.get(), "id": theirs.debtor}[kind]

    answers = [post(desk, "api-reveal", kind=kind, id=row.pk), post(desk, "reveal", kind, row.pk)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not AuditEvent.objects.filter(action="personal_data.revealed").exists()


def test_cr_13_a_barred_number_is_not_revealed_to_who_calls(desk, case, caller, lead):
    """CR-13: shown, it would be dialled past the gate."""
    do_not_contact(phone=phone_of(case), reason="别再打", by=lead, now=TEN)

    answer = post(desk, "api-reveal", kind="phone", id=phone_of(case).pk)

    assert (answer.status_code, answer.json()["rule"]) == (409, "CR-13")
    assert not AuditEvent.objects.filter(action="personal_data.revealed").exists()


def employer_of(case):
    return make_contact(case, "employer", phone="13977776666").phones.get()


def test_cr_10_a_third_partys_number_is_not_revealed_before_contact_is_lost(desk, case):
    """CR-10: the gate keeps it from being called, so it isn't shown to be dialled past it."""
    phone = employer_of(case)

    answers = [post(desk, "api-reveal", kind="phone", id=phone.pk), post(desk, "reveal", "phone", phone.pk)]

    assert [(answer.status_code, answer.json()["rule"]) for answer in answers] == [(409, "CR-10")] * 2
    assert not AuditEvent.objects.filter(action="personal_data.revealed").exists()


def test_cr_10_cr_13_a_third_partys_address_is_locked_like_the_number(desk, case, lead):
    """CR-10, CR-13: locked, open once contact is lost, locked for good once the person refused; the debtor's own is always shown, the lead looks
    after the data."""
    phone = employer_of(case)
    address, own = (Address.objects.create(contact=contact, text=text, kind="work", source="client_file") for contact, text in (
        (phone.contact, "杭州市西湖区文三路1号"), (case.contacts.get(relation="self"), "杭州市西湖区文三路2号"),
    ))  # fmt: skip

    def ask(row, browser=desk):
        return post(browser, "reveal", "address", row.pk).json()

    leads = Client()
    leads.force_login(lead)

    locked, shown, to_lead = ask(address), ask(own), ask(address, leads)
    case.contacts.get(relation="self").phones.update(status="empty")
    lost = ask(address)
    do_not_contact(phone=phone, reason="x", by=lead, now=TEN)
    refused = ask(address)

    assert (locked["rule"], "value" in locked, refused["rule"], "value" in refused) == ("CR-10", False, "CR-13", False)
    assert (shown["value"], to_lead["value"], lost["value"]) == (own.text, address.text, address.text)


def test_cr_10_it_is_revealed_once_contact_is_lost(desk, case):
    """CR-10: no number of the debtor can be used."""
    phone = employer_of(case)
    case.contacts.get(relation="self").phones.update(status="empty")

    assert post(desk, "api-reveal", kind="phone", id=phone.pk).json() == {"value": phone.number}


def test_a3_2_it_is_revealed_by_the_banks_written_instruction(desk, case, lead):
    """A3.2: the whole call order is open."""
    phone = employer_of(case)
    ClientInstruction.objects.create(
        client=case.client, number="X-1", file="x.pdf", valid_from=TEN.date(), expires_on=TEN.date() + timedelta(days=30),
        entered_by=lead, entered_at=TEN, approved_by=make_caller(), approved_at=TEN,
    )  # fmt: skip

    assert post(desk, "api-reveal", kind="phone", id=phone.pk).json() == {"value": phone.number}


def test_cr_13_no_number_of_a_third_party_who_refused_is_revealed(desk, case, lead):
    """CR-13: who asked not to be called is meant, by whichever number; even with contact lost."""
    barred = employer_of(case)
    other = make_phone(barred.contact, "13955554444")
    case.contacts.get(relation="self").phones.update(status="empty")
    do_not_contact(phone=barred, reason="别再打", by=lead, now=TEN)

    answer = post(desk, "api-reveal", kind="phone", id=other.pk)

    assert (answer.status_code, answer.json()["rule"]) == (409, "CR-13")


def test_who_doesnt_call_is_shown_a_locked_number(case, lead):
    """CR-10 keeps it from who calls; a lead looks after the data."""
    phone = employer_of(case)
    browser = Client()
    browser.force_login(lead)

    assert post(browser, "api-reveal", kind="phone", id=phone.pk).json() == {"value": phone.number}


def test_reveals_are_capped_by_the_day(desk, case, caller):
    """CR-46: 80 a day; the lead is told before."""
    for _number in range(80):
        AuditEvent.objects.create(at=TEN, action="personal_data.revealed", actor="x", actor_id=caller.pk, subject_type="x", subject_id="1", subject="x")

    answer = post(desk, "reveal", "phone", phone_of(case).pk)

    assert (answer.status_code, answer.json()["rule"]) == (429, "CR-46")


def test_the_button_beside_a_masked_value_needs_no_body(desk, case):
    answer = post(desk, "reveal", "card", case.accounts.get().pk)

    assert answer.json() == {"value": "6222021234567890"}


@pytest.mark.parametrize("text", ["9" * 30, "9" * 5000, "-1", "٣", ""])
def test_an_id_that_is_none_reveals_nothing(desk, case, text):
    answer = desk.post(reverse("workbench:reveal") + f"?kind=phone&id={text}")

    assert answer.status_code == 404
