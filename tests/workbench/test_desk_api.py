"""The desk's API: what comes back, what never does, and whose it is."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from calls.models import ContactRecord
from calls.services.filtering import review_field
from letters.models import Letter, LetterTemplate
from staff.choices import Role
from tests.factories import (
    MONDAY_9AM,
    make_caller,
    make_case,
    make_contact,
    make_filtering_task,
    make_placement,
    make_record,
    make_user,
)

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


def post(browser, name, *args, key=None, **body):
    headers = {"Idempotency-Key": key} if key else {}
    return browser.post(reverse(f"workbench:{name}", args=args), body, content_type="application/json", headers=headers)


def save(browser, body, key=None):
    return post(browser, "api-records", key=key or str(uuid.uuid4()), **body)


def phone_of(case, relation="self"):
    return case.contacts.get(relation=relation).phones.get()


def record_of(verdict, **fields):
    times = {"started_at": verdict["at"], "ended_at": (TEN + timedelta(minutes=1)).isoformat()}
    return {"verdict": verdict["verdict"], "outcome": "RTP", **times} | fields


def test_the_case_is_answered_masked(desk, case):
    """CR-46: no number, card or address in the clear."""
    answer = desk.get(reverse("workbench:api-case", args=[case.pk]))

    text, body = answer.content.decode(), answer.json()
    phone = phone_of(case)
    assert answer.status_code == 200
    assert (body["name"], body["is_mine"], body["effective"], body["effective_limit"]) == (case.debtor.name, True, 0, 3)
    assert not any(clear in text for clear in (phone.number, case.debtor.id_no, "6222021234567890", "文三路"))
    assert body["contacts"][0]["phones"][0]["masked"] == phone.masked


def test_numbers_in_columns_that_nobody_mapped_are_masked_too(desk, case):
    """CR-46"""
    case.extra = {"备用电话": "13812345678", "分行": "杭州分行", "备注": "第 1200 号网点"}
    case.save()

    extra = desk.get(reverse("workbench:api-case", args=[case.pk])).json()["extra"]

    assert {row["header"]: row["text"] for row in extra} == {"备用电话": "138****5678", "分行": "杭州分行", "备注": "第 1200 号网点"}


def test_an_allowed_call_answers_the_number_and_the_opening_without_the_debt(desk, case, caller):
    """CR-17, CR-20, E13: company, bank, staff number and recording first; the amount waits for the identity check."""
    answer = post(desk, "api-calls", case.pk, phone=phone_of(case).pk)

    body = answer.json()
    assert (answer.status_code, body["number"], body["is_third_party"]) == (200, phone_of(case).number, False)
    assert all(part in body["opening"] for part in (case.client.name, caller.staff_no, "录音"))
    assert "10,000" not in answer.content.decode()
    assert body["body"] == ""


def test_identity_opens_the_rest_of_the_script(desk, case):
    """CR-17, E12"""
    verdict = post(desk, "api-calls", case.pk, phone=phone_of(case).pk).json()["verdict"]

    one = post(desk, "api-identity", verdict, factors=["name"])
    two = post(desk, "api-identity", verdict, factors=["name", "id_last4"])

    assert (one.status_code, one.json()["rule"]) == (422, "CR-17")
    assert (two.status_code, two.json()["balance"]) == (200, "10000.00")
    assert "¥10,000.00" in two.json()["body"]


def test_a_third_party_call_answers_nothing_of_the_debt(desk, case, caller):
    """CR-12: no bank, no amount, nothing overdue."""
    friend = make_contact(case, "friend", phone="13922223333")
    make_record(case, caller, "TSAJ", at=MONDAY_9AM)

    answer = post(desk, "api-calls", case.pk, phone=friend.phones.get().pk)

    text = answer.content.decode()
    assert (answer.status_code, answer.json()["is_third_party"]) == (200, True)
    assert not any(told in text for told in (case.client.name, "10,000", "欠款", "逾期", "还款", "催收"))
    assert post(desk, "api-identity", answer.json()["verdict"], factors=["name", "id_last4"]).status_code == 422


def test_a_refused_call_answers_422_with_every_rule(desk, case):
    """CR-10 and the rest: the rule, in words, with the counts."""
    employer = make_contact(case, "employer", phone="057188886666")

    answer = post(desk, "api-calls", case.pk, phone=employer.phones.get().pk)

    body = answer.json()
    assert (answer.status_code, body["rule"], [row["rule"] for row in body["rules"]]) == (422, "CR-10", ["CR-10"])
    assert "0" in body["detail"]
    assert "057188886666" not in answer.content.decode()


def test_a_record_is_saved_once_however_often_it_is_sent(desk, case):
    """F14: the same answer, and one record."""
    body, key = record_of(post(desk, "api-calls", case.pk, phone=phone_of(case).pk).json(), note="下周再联系"), str(uuid.uuid4())

    first, again = save(desk, body, key), save(desk, body, key)

    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert ContactRecord.objects.count() == 1


def test_a_record_needs_a_key_of_its_own(desk, case):
    """F14"""
    body = record_of(post(desk, "api-calls", case.pk, phone=phone_of(case).pk).json())

    answers = [post(desk, "api-records", **body), post(desk, "api-records", key="not-a-uuid", **body)]

    assert [(answer.status_code, list(answer.json()["fields"])) for answer in answers] == [(400, ["Idempotency-Key"])] * 2
    assert ContactRecord.objects.count() == 0


def test_a_promise_without_identity_is_refused_with_its_rule(desk, case):
    """E12, CR-17"""
    verdict = post(desk, "api-calls", case.pk, phone=phone_of(case).pk).json()

    answer = save(desk, record_of(verdict, outcome="PTP", promise_amount="100", promise_due_on="2026-11-25"))

    assert (answer.status_code, answer.json()["rule"], ContactRecord.objects.count()) == (422, "CR-17", 0)


def test_forbidden_words_in_a_note_come_back_as_warnings(desk, case):
    """CR-31"""
    verdict = post(desk, "api-calls", case.pk, phone=phone_of(case).pk).json()

    answer = save(desk, record_of(verdict, note="说了再不还就坐牢"))

    assert [row["text"] for row in answer.json()["warnings"]] == ["坐牢"]


def test_the_queue_says_why_each_case_stands_where_it_does(desk, caller, case):
    """Broken promise, promise due, follow-up, filtering, untouched, later, stopped: in this order."""
    placement = case.placement
    follow_up, later, stopped = (make_case(placement=placement, holder=caller, **fields) for fields in (
        {"follow_up_at": TEN - timedelta(hours=1)},
        {"follow_up_at": TEN + timedelta(days=1)},
        {"stopped_at": TEN, "stopped_reason": "x"},
    ))  # fmt: skip
    due, broken, to_filter = (make_case(placement=placement) for _number in range(3))
    make_filtering_task(caller, [to_filter])
    for row, state, day in ((due, "open", "2026-11-23"), (broken, "broken", "2026-11-20")):
        make_filtering_task(caller, [row], done_at=TEN)
        row.promises.create(
            record=make_record(row, caller, "PTP"), amount=1, due_on=day, state=state, settled_at=TEN if state == "broken" else None
        )  # fmt: skip
    make_case(placement=placement, holder=make_caller(team=placement.team))

    body = desk.get(reverse("workbench:api-queue")).json()

    assert [(row["id"], row["why"][2:]) for row in body["results"]] == [
        (broken.pk, "broken"),
        (due.pk, "due"),
        (follow_up.pk, "follow_up"),
        (to_filter.pk, "filtering"),
        (case.pk, "untouched"),
        (later.pk, "later"),
        (stopped.pk, "held"),
    ]
    assert body["counts"]["1_broken"] == 1


def paths_of(case, verdict):
    named = [
        "api-case",
        "api-calls",
        "api-field-reviews",
        "api-steps",
        "api-classification",
        "api-checks",
        "api-phones",
        "api-registry",
        "api-letters",
        "api-inbound",
        "api-referrals",
        "api-flags",
    ]
    return [*(reverse(f"workbench:{name}", args=[case.pk]) for name in named), reverse("workbench:api-identity", args=[verdict])]


BODY = {
    "seen": "clear", "department": "lead", "text": "x", "evidence": "x", "reply": "x",
    "phone": 1, "field": "identity", "finding": "clear", "step": "self", "state": "skipped", "reason": "x", "category": "willing", "kind": "phone", "id": 1,
    "verification": "verified", "contact": 1, "number": "13800000000", "source": "call", "legal_basis": "client", "purpose": "x", "template": 1,
    "address": 1, "factors": ["name", "id_last4"],
}  # fmt: skip


def test_another_collectors_case_is_not_there_whatever_one_asks(desk, team, case):
    """S01: 404 everywhere, as for an id that does not exist."""
    other = make_caller(team=team)
    theirs = make_case(placement=case.placement, holder=other)
    verdict = make_record(theirs, other).verdict_id

    answers = {path: desk.post(path, BODY, content_type="application/json").status_code for path in paths_of(theirs, verdict)}
    pages = [desk.get(reverse("workbench:api-case", args=[theirs.pk])), desk.get(reverse("workbench:case-detail", args=[theirs.pk]))]
    record = save(desk, record_of({"verdict": verdict, "at": TEN.isoformat()}))

    answers.pop(reverse("workbench:api-case", args=[theirs.pk]))  # only read
    assert set(answers.values()) == {404}
    assert [page.status_code for page in pages] == [404, 404]
    assert record.status_code == 404
    assert theirs.contact_records.count() == 1


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.DATA_SPECIALIST, Role.QUALITY, Role.ADMINISTRATOR])
def test_who_may_not_call_cannot_use_the_desk(role, case):
    """S38"""
    browser = Client()
    browser.force_login(make_user(role, team=case.placement.team))

    answers = [
        browser.get(reverse("workbench:desk")),
        browser.get(reverse("workbench:api-queue")),
        post(browser, "api-calls", case.pk, phone=phone_of(case).pk),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_transferred_case_leaves_the_desk_at_once(desk, case, caller, team):
    """The open assignment is the one fact."""
    verdict = post(desk, "api-calls", case.pk, phone=phone_of(case).pk).json()
    case.assignments.update(collector=make_caller(team=team))

    assert desk.get(reverse("workbench:api-case", args=[case.pk])).status_code == 404
    assert save(desk, record_of(verdict)).status_code == 404


def test_filtering_through_the_api_from_the_first_field_to_the_classification(desk, team, caller):
    """A3.2, A3.3"""
    case = make_case(placement=make_placement(team=team))
    task = make_filtering_task(caller, [case])
    early = post(desk, "api-classification", case.pk, category="willing")

    shown = desk.get(reverse("workbench:api-case", args=[case.pk])).json()["filtering"]
    for row in shown["reviews"]:
        post(desk, "api-field-reviews", case.pk, field=row["field"], finding="clear", seen=row["finding"])
    save(desk, record_of(post(desk, "api-calls", case.pk, phone=phone_of(case).pk).json()))
    step = post(desk, "api-steps", case.pk, step="self", state="called")
    contact = case.contacts.get()
    post(desk, "api-checks", case.pk, kind="phone", id=contact.phones.get().pk, verification="verified", seen="pending")
    post(desk, "api-checks", case.pk, kind="address", id=contact.addresses.get().pk, verification="unverifiable", seen="pending")
    done = post(desk, "api-classification", case.pk, category="willing")

    case.refresh_from_db()
    task.refresh_from_db()
    assert (early.status_code, early.json()["rule"]) == (422, "A3.3")
    assert (step.status_code, done.status_code, case.state, task.state) == (200, 200, "working", "done")


def test_what_is_missing_is_shown_before_one_tries(desk, team, caller):
    """A3.3"""
    case = make_case(placement=make_placement(team=team))
    make_filtering_task(caller, [case])
    review_field(case_id=case.pk, field="identity", finding="clear", by=caller, now=TEN)

    shown = desk.get(reverse("workbench:api-case", args=[case.pk])).json()["filtering"]

    assert shown["unverified"] == 2
    assert [row["finding"] for row in shown["reviews"]][:2] == ["clear", ""]
    assert [step["state"] for step in shown["steps"]] == ["none", "none", "none", "none", ""]
    assert shown["missing"]


def test_a_registry_lookup_is_asked_for_on_the_case(desk, case):
    """A1.3"""
    answer = post(desk, "api-registry", case.pk, legal_basis="client", purpose="核实户籍地址")

    assert answer.status_code == 201
    assert case.registry_requests.get().purpose == "核实户籍地址"


def test_a_letter_is_asked_for_from_what_is_offered(desk, case):
    """A1.4"""
    offered = desk.get(reverse("workbench:api-letter-choices", args=[case.pk])).json()
    template = LetterTemplate.objects.filter(kind="demand", is_active=True).first()

    answer = post(desk, "api-letters", case.pk, template=template.pk, address=offered["addresses"][0]["code"], reason="多次联系未果")

    assert (answer.status_code, Letter.objects.get().case) == (201, case)


def test_a_number_told_in_a_call_joins_the_contact_and_a_bad_one_does_not(desk, case):
    """CR-18"""
    contact = case.contacts.get()

    good = post(desk, "api-phones", case.pk, contact=contact.pk, number="139 1234 5678", source="call")
    bad = post(desk, "api-phones", case.pk, contact=contact.pk, number="12", source="call")

    assert (good.status_code, bad.status_code, contact.phones.count()) == (201, 409, 2)
