"""The desk's API for what is said and passed on: calls with warnings, cancelling, inbound calls, amendments, texts, referrals, flags."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from calls.models import ContactRecord
from cases.models import Case
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_caller, make_case, make_contact, make_placement, make_record, make_user

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


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def desk(caller):
    return browser_of(caller)


def send(browser, url, *args, method="post", key=None, **body):
    headers = {"Idempotency-Key": key} if key else {}
    return getattr(browser, method)(reverse(f"workbench:{url}", args=args), body, content_type="application/json", headers=headers)


def phone_of(case):
    return case.contacts.get(relation="self").phones.get()


def test_a_call_with_warnings_is_placed_once_they_are_acknowledged(desk, case, caller):
    """CR-05: spoken to less than two hours ago; who calls all the same says so."""
    make_record(case, caller, "RTP", at=TEN - timedelta(minutes=30))

    warned = send(desk, "api-calls", case.pk, phone=phone_of(case).pk)
    placed = send(desk, "api-calls", case.pk, phone=phone_of(case).pk, acknowledged=True)

    assert (warned.status_code, warned.json()["rule"], [row["rule"] for row in warned.json()["warnings"]]) == (409, "CR-05", ["CR-05"])
    assert phone_of(case).number not in warned.content.decode()
    assert (placed.status_code, placed.json()["backend"], placed.json()["number"]) == (200, "desk_phone", phone_of(case).number)


def test_the_telephone_system_dials_and_no_number_is_answered(desk, case, settings):
    settings.DIALLING, settings.SIP_DOMAIN = "sip", "pbx.example"

    answer = send(desk, "api-calls", case.pk, phone=phone_of(case).pk).json()

    assert answer["backend"] == "sip"
    assert answer["uri"].startswith("sip:")


def test_a_call_that_was_not_dialled_is_cancelled_with_a_reason(desk, case):
    verdict = send(desk, "api-calls", case.pk, phone=phone_of(case).pk).json()["verdict"]

    answers = [send(desk, "api-cancel", verdict, reason="拨错"), send(desk, "api-cancel", verdict, reason="again")]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert ContactRecord.objects.count() == 0


def test_calls_that_nobody_recorded_are_listed_masked(desk, case):
    with time_machine.travel(TEN - timedelta(minutes=40), tick=True):
        verdict = send(desk, "api-calls", case.pk, phone=phone_of(case).pk).json()["verdict"]

    answer = desk.get(reverse("workbench:api-unrecorded"))

    assert [(row["verdict"], row["case"], row["phone"]) for row in answer.json()["results"]] == [(verdict, case.pk, phone_of(case).masked)]
    assert phone_of(case).number not in answer.content.decode()


def test_an_inbound_call_is_recorded_and_asks_for_identity_first(desk, case):
    """CR-17: whoever rings."""
    opened = send(desk, "api-inbound", case.pk, contact=case.contacts.get().pk).json()
    times = {"started_at": opened["at"], "ended_at": (TEN + timedelta(minutes=1)).isoformat()}
    body = {"verdict": opened["verdict"], "outcome": "RTP", **times}

    recorded = send(desk, "api-records", key=str(uuid.uuid4()), **body)

    assert (opened["direction"], opened["number"], opened["body"], recorded.status_code) == ("in", "", "", 201)
    assert ContactRecord.objects.get().direction == "in"


def test_two_tabs_amend_one_record_and_the_second_sees_both_texts(desk, case, caller):
    """F13: the first text stays; both come back."""
    record = make_record(case, caller, "RTP", at=TEN - timedelta(minutes=10), note="原文")

    first = send(desk, "api-record", record.pk, method="patch", version=1, note="第一次", reason="写错")
    second = send(desk, "api-record", record.pk, method="patch", version=1, note="第二次", reason="写错")

    assert (first.status_code, first.json()["version"]) == (200, 2)
    assert (second.status_code, second.json()["rule"]) == (409, "F13")
    assert (second.json()["yours"]["note"], second.json()["theirs"]["note"]) == ("第二次", "第一次")
    assert ContactRecord.objects.get().note == "第一次"


def test_a_promise_is_amended_by_who_took_it(desk, case, caller):
    """F13"""
    promise = case.promises.create(record=make_record(case, caller, "PTP", at=TEN - timedelta(minutes=10)), amount=500, due_on="2026-11-25")

    done = send(desk, "api-promise", promise.pk, method="patch", version=1, amount="600.00", due_on="2026-11-26", reason="听错")
    late = send(desk, "api-promise", promise.pk, method="patch", version=1, amount="700.00", due_on="2026-11-26", reason="听错")

    assert (done.status_code, done.json()["amount"], done.json()["version"]) == (200, "600.00", 2)
    assert (late.status_code, late.json()["yours"]["amount"], late.json()["theirs"]["amount"]) == (409, "700.00", "600.00")


def test_own_quick_texts_are_saved_changed_and_removed_and_the_companys_are_not(desk):
    saved = send(desk, "api-quick-texts", title="回拨", text="客户要求下午回拨").json()
    changed = send(desk, "api-quick-text", saved["id"], method="put", title="回拨", text="客户要求晚些回拨")
    barred = send(desk, "api-quick-texts", title="x", text="再不还就坐牢")
    shared = send(desk, "api-quick-texts", title="y", text="y", is_shared=True)
    gone = send(desk, "api-quick-text", saved["id"], method="delete")

    assert (saved["is_shared"], changed.json()["text"], gone.status_code) == (False, "客户要求晚些回拨", 200)
    assert (barred.status_code, barred.json()["rule"], shared.status_code) == (422, "CR-31", 422)
    assert "回拨" not in [row["title"] for row in desk.get(reverse("workbench:api-quick-texts")).json()]


def test_what_the_customer_says_goes_to_a_department_and_its_reply_comes_back(desk, case):
    """E14"""
    quality = browser_of(make_user(Role.QUALITY))
    asked = send(desk, "api-referrals", case.pk, department="quality", text="客户投诉态度").json()

    answered = send(quality, "api-referral-answer", asked["id"], reply="已核实并致歉")

    assert (asked["state"], answered.status_code) == ("open", 200)
    assert [row["reply"] for row in desk.get(reverse("workbench:api-referrals", args=[case.pk])).json()["results"]] == ["已核实并致歉"]


def test_who_asked_withdraws_a_referral(desk, case, team):
    asked = send(desk, "api-referrals", case.pk, department="lead", text="x").json()
    other = browser_of(make_caller(team=team))

    answers = [send(other, "api-referral-withdraw", asked["id"], reason="x"), send(desk, "api-referral-withdraw", asked["id"], reason="x")]

    assert [answer.status_code for answer in answers] == [404, 200]


def test_a_flag_holds_the_case_at_once_and_the_lead_lifts_it(desk, case, team):
    """CR-16"""
    raised = send(desk, "api-flags", case.pk, kind="lawyer", evidence="客户称已委托律师").json()
    refused = send(desk, "api-calls", case.pk, phone=phone_of(case).pk)
    own = send(desk, "api-flag-lift", raised["id"], reason="x")
    lifted = send(browser_of(team.lead), "api-flag-lift", raised["id"], reason="律师函已答复")

    assert (refused.status_code, refused.json()["rule"], own.status_code, lifted.status_code) == (422, "CR-16", 409, 200)
    assert desk.get(reverse("workbench:api-flags", args=[case.pk])).json() == {"results": [], "next": None}


def test_a_flag_of_the_debtor_shows_only_its_kind_on_another_case(desk, case, caller, team):
    """CR-16: what was heard on one bank's case isn't told on another's."""
    other_caller = make_caller(team=team)
    other = make_case(placement=make_placement(team=team), debtor=case.debtor, holder=other_caller)
    send(browser_of(other_caller), "api-flags", other.pk, kind="illness", evidence="住院证明")

    flags = desk.get(reverse("workbench:api-case", args=[case.pk])).json()["flags"]

    assert [(flag["kind"], flag["evidence"], flag["raised_by"], flag["is_of_this_case"]) for flag in flags] == [("illness", "", "", False)]


def test_a_verification_over_anothers_is_refused_with_both(desk, case):
    """F13, A3.3"""
    phone = phone_of(case)
    send(desk, "api-checks", case.pk, kind="phone", id=phone.pk, verification="verified", seen="pending")

    late = send(desk, "api-checks", case.pk, kind="phone", id=phone.pk, verification="wrong", seen="pending")

    assert (late.status_code, late.json()["rule"]) == (409, "F13")
    assert (late.json()["yours"], late.json()["theirs"]["verification"]) == ({"verification": "wrong"}, "verified")
    phone.refresh_from_db()
    assert phone.verification == "verified"


def test_cr_10_the_debtors_number_is_wrong_when_a_call_has_shown_it(desk, case, caller):
    """CR-10: third parties are not unlocked by one click on a number that nobody called."""
    make_contact(case, "friend", phone="13922223333")
    phone, friend = phone_of(case), case.contacts.get(relation="friend").phones.get()

    uncalled = send(desk, "api-checks", case.pk, kind="phone", id=phone.pk, verification="wrong", seen="pending")
    locked = send(desk, "api-calls", case.pk, phone=friend.pk)
    make_record(case, caller, "NSN", at=TEN - timedelta(minutes=30))
    called = send(desk, "api-checks", case.pk, kind="phone", id=phone.pk, verification="wrong", seen="pending")

    assert (uncalled.status_code, uncalled.json()["rule"]) == (409, "CR-10")
    assert "CR-10" in [row["rule"] for row in locked.json()["rules"]]
    assert called.status_code == 200


def test_another_collectors_rows_are_not_there(desk, team):
    """S01"""
    other = make_caller(team=team)
    theirs = make_case(placement=make_placement(team=team), holder=other)
    record = make_record(theirs, other, "PTP", at=TEN)
    promise = theirs.promises.create(record=record, amount=1, due_on="2026-11-25")
    flag = send(browser_of(other), "api-flags", theirs.pk, kind="hardship", evidence="x").json()

    answers = [
        send(desk, "api-record", record.pk, method="patch", version=1, note="x", reason="x"),
        send(desk, "api-promise", promise.pk, method="patch", version=1, amount="1", due_on="2026-11-25", reason="x"),
        send(desk, "api-cancel", record.verdict_id, reason="x"),
        send(desk, "api-flag-lift", flag["id"], reason="x"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert Case.objects.get(pk=theirs.pk).contact_records.get().note == ""


def test_a_promise_is_amended_and_cancelled_by_who_took_it(desk, case, caller, team):
    """PTP, F13: 409 carries both values; who didn't take it is answered 404."""
    promise = case.promises.create(record=make_record(case, caller, "PTP", at=TEN - timedelta(minutes=20)), amount=500, due_on="2026-11-27")
    about = {"reason": "听错了", "due_on": "2026-11-28"}
    may = desk.get(reverse("workbench:api-case", args=[case.pk])).json()["promise"]["may_amend"]

    amended = send(desk, "api-promise", promise.pk, method="patch", version=1, amount="600", **about)
    stale = send(desk, "api-promise", promise.pk, method="patch", version=1, amount="700", **about)
    foreign = send(browser_of(team.lead), "api-promise-cancel", promise.pk, version=2, reason="x")
    cancelled = send(desk, "api-promise-cancel", promise.pk, version=2, reason="没有承诺")

    assert (may, amended.status_code, amended.json()["amount"], amended.json()["may_amend"]) == (True, 200, "600.00", True)
    assert (stale.status_code, stale.json()["theirs"]["amount"], stale.json()["yours"]["amount"]) == (409, "600.00", "700.00")
    assert foreign.status_code in (403, 404)
    assert (cancelled.status_code, cancelled.json()["state"], cancelled.json()["may_amend"]) == (200, "cancelled", False)
    assert desk.get(reverse("workbench:api-case", args=[case.pk])).json()["promise"]["may_amend"] is False
