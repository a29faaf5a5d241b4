"""What the desk costs: so many questions to the database, however much there is."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from calls.models import CallStepReview, FieldReview, FilteringReview
from cases.models import Address, CaseAccount, Payment
from compliance.services.flags import raise_flag
from tests.factories import (
    MONDAY_9AM,
    make_caller,
    make_case,
    make_contact,
    make_filtering_task,
    make_letter,
    make_phone,
    make_placement,
    make_record,
)

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)
FIELDS = ("identity", "accounts", "stage", "payments", "employer")
STEPS = ("employer", "reference", "committee", "family", "self")


@pytest.fixture(autouse=True)
def ten_o_clock():
    with time_machine.travel(TEN, tick=True):
        yield


@pytest.fixture
def caller(team):
    return make_caller(team=team)


@pytest.fixture
def desk(caller):
    browser = Client()
    browser.force_login(caller)
    return browser


def fill(case, task, caller, count):
    """So many of everything that a case may have many of."""
    review = FilteringReview.objects.create(task=task, case=case, state="pending")
    for number in range(count):
        contact = make_contact(case, "friend", phone=f"139222233{number:02}")
        make_phone(contact, f"138222233{number:02}")
        address = Address.objects.create(contact=contact, text="浙江省杭州市西湖区x", kind="home", source="client_file")
        CaseAccount.objects.create(case=case, card_no="6222021234567890", amount=1)
        record = make_record(case, caller, "PTP", at=MONDAY_9AM + timedelta(minutes=number))
        case.promises.create(record=record, amount=100 + number, due_on="2026-11-23", state="broken", settled_at=TEN)
        kind = ("illness", "lawyer")[number % 2]
        raise_flag(case_id=make_case(debtor=case.debtor, holder=caller).pk, kind=kind, evidence="x", by=caller, now=TEN)
        Payment.objects.create(case=case, amount=5 + number, paid_on="2026-11-21", at=TEN)
        make_letter(case=case, address=address, requested_by=caller, requested_at=TEN)
        FieldReview.objects.create(review=review, field=FIELDS[number], finding="clear", reviewed_at=TEN)
        CallStepReview.objects.create(review=review, step=STEPS[number], state="called", closed_at=TEN)


@pytest.mark.parametrize("count", [1, 5])
def test_the_case_asks_twelve_questions_however_much_there_is(desk, team, caller, count, django_assert_num_queries):
    """In a filtering task, with flags, promises, letters, payments, several accounts, contacts, numbers and addresses."""
    case = make_case(placement=make_placement(team=team))
    fill(case, make_filtering_task(caller, [case]), caller, count)

    with django_assert_num_queries(12):
        body = desk.get(reverse("workbench:api-case", args=[case.pk])).json()

    numbers, addresses = (sum(len(contact[name]) for contact in body["contacts"]) for name in ("phones", "addresses"))
    assert (len(body["accounts"]), numbers, addresses) == (count + 1, 2 * count + 1, count + 1)
    assert (len(body["other_cases"]), len(body["flags"]), len(body["summary"])) == (count, min(2 * count, count), min(count, 3))
    assert [row["finding"] for row in body["filtering"]["reviews"]].count("clear") == count
    assert (len(body["timeline"]), body["promise"]["state"]) == (3 * count, "broken")


@pytest.mark.parametrize("count", [1, 5])
def test_a_saved_record_asks_as_many_questions_for_five_contacts_as_for_one(desk, team, caller, count, django_assert_max_num_queries):
    case = make_case(placement=make_placement(team=team), holder=caller)
    for number in range(count):
        make_contact(case, "friend", phone=f"139222233{number:02}")
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=number))
    phone = case.contacts.get(relation="self").phones.get()
    verdict = desk.post(reverse("workbench:api-calls", args=[case.pk]), {"phone": phone.pk}, content_type="application/json").json()["verdict"]
    called = {"verdict": verdict, "outcome": "NOAS", "started_at": TEN.isoformat(), "ended_at": (TEN + timedelta(seconds=20)).isoformat()}

    with django_assert_max_num_queries(40):
        saved = desk.post(reverse("workbench:api-records"), called, content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())})

    assert saved.status_code == 201
