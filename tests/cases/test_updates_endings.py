"""Recall files: a stop reaches everybody at once, and what hangs on a case that ends, ends with it."""

import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from audit.models import AuditEvent
from calls.models import ContactRecord, Outcome, Promise
from calls.services.recording import open_call, record_call
from cases.models import Case, RegistryRequest
from cases.rules.updates import read_action
from cases.services import registry
from cases.services.casework import stop_case
from cases.services.endings import end_case
from cases.services.recalls import retain_case
from collection.lib.errors import Refused
from compliance.models import DoNotContact, Verdict
from duties.models import Duty
from duties.services import open_duty
from letters.models import Letter
from staff.choices import Role
from staff.models import Notice
from tests.cases import files
from tests.cases.updates import changes_of, codes_of
from tests.factories import (
    MONDAY_9AM,
    assign,
    file_notice,
    make_caller,
    make_case,
    make_filtering_task,
    make_letter,
    make_placement,
    make_record,
    make_user,
    mark_placed,
)

pytestmark = pytest.mark.django_db

TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def caller(team):
    return make_caller(team=team)


@pytest.fixture
def case(team, caller):
    return make_case(placement=make_placement(team=team), holder=caller)


def recall(number: str = "A1", action: str = "撤案", **cells) -> dict:
    return {"案件编号": number, "操作类型": action} | cells


def phone_of(case):
    return case.contacts.get(relation="self").phones.get()


# --- the file --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("停催", "stop"),
        ("解除停催", "resume"),
        ("恢复催收", "resume"),
        ("撤案", "recalled"),
        ("召回", "recalled"),
        ("退案", "returned"),
        ("结清", "settled"),
        ("改派", ""),
    ],
)
def test_words_for_what_is_to_be_done(text, action):
    assert read_action(text) == action


def test_each_action_does_what_it_says(placed, imported):
    Case.objects.filter(pk=placed["A3"].pk).update(stopped_at=MONDAY_9AM, stopped_reason="投诉", stopped_by_client=True)

    imported("recall", [recall("A1", "停催", 停催原因="客户投诉"), recall("A2", "结清"), recall("A3", "恢复", 停催原因="投诉已结")])

    cases = {case.case_no: case for case in Case.objects.all()}
    assert (cases["A1"].stopped_at, cases["A1"].stopped_reason, cases["A1"].state) == (MONDAY_9AM, "客户投诉", "unassigned")
    assert (cases["A2"].state, cases["A2"].ended_at) == ("settled", MONDAY_9AM)
    assert (cases["A3"].stopped_at, cases["A3"].stopped_reason) == (None, "")
    trail = {event.subject: (event.action, event.reason) for event in AuditEvent.objects.filter(action__in=["case.stopped", "case.resumed", "case.moved"])}
    assert trail == {"A1": ("case.stopped", "客户投诉"), "A2": ("case.moved", "结清"), "A3": ("case.resumed", "投诉已结")}


def test_a_file_without_a_column_of_actions_may_say_it_in_its_sheets_name(placed, checked_update):
    by_sheet = checked_update("recall", files.workbook([{"案件编号": "A1", "停催原因": "投诉"}], sheet="停催名单"))
    unclear = checked_update("recall", files.workbook([{"案件编号": "A1", "停催原因": "投诉"}], sheet="名单"))

    assert changes_of(by_sheet) == [[["stopped", "", "投诉"]]]
    assert codes_of(unclear) == ["action_unknown"]


def test_odd_rows_are_found(placed, checked_update):
    Case.objects.filter(pk=placed["A3"].pk).update(state="settled")
    rows = [recall("A1", "停催", 生效日期=date(2026, 12, 1)), recall("A2"), recall("A2", "停催"), recall("A3", "撤案"), recall("A3", "结清")]

    assert codes_of(checked_update("recall", rows)) == ["not_yet", "same_row_twice", "case_ended", "no_change"]


def test_a_bank_lifts_only_what_it_has_stopped(placed, checked_update):
    """CR-16: a case that we stopped, because its debtor has died or complained, is not resumed by a row, and the bank is not told our reason."""
    Case.objects.filter(pk=placed["A1"].pk).update(stopped_at=MONDAY_9AM, stopped_reason="持卡人已故")

    run = checked_update("recall", [recall("A1", "恢复", 停催原因="可继续")])

    assert codes_of(run) == ["stopped_by_us"]
    assert changes_of(run) == [[]]


def test_a_row_with_an_error_does_not_count_as_said(placed, checked_update):
    """The stop that may be set is shown, though the row before it may not lift one."""
    Case.objects.filter(pk=placed["A1"].pk).update(stopped_at=MONDAY_9AM, stopped_reason="持卡人已故")

    run = checked_update("recall", [recall("A1", "恢复"), recall("A1", "撤案")])

    assert codes_of(run) == ["stopped_by_us"]
    assert changes_of(run) == [[], [["state", "unassigned", "recalled"]]]


# --- a stop ----------------------------------------------------------------------------------------------------------------------


def test_the_gate_refuses_a_stopped_case_at_once(placed, imported, caller, sign_in):
    """Even the number that the collector has reserved a moment ago: the desk's own door answers with the rule."""
    case = placed["A1"]
    file_notice(case.placement, by=caller)
    assign(case, caller)
    with time_machine.travel(TEN, tick=False):
        desk = sign_in(caller)
        path, body = reverse("workbench:api-calls", args=[case.pk]), {"phone": phone_of(case).pk}
        before = desk.post(path, body, content_type="application/json")
        imported("recall", [recall("A1", "停催", 停催原因="客户投诉")])
        after = desk.post(path, body, content_type="application/json")

    assert (before.status_code, after.status_code) == (200, 422)
    assert "number" not in after.json()
    assert Notice.objects.filter(recipient=caller, is_urgent=True, message__contains="stops").count() == 1


def test_of_two_stops_neither_hides_the_other(placed, imported, caller):
    """Ours and the bank's: whoever lifts one reads both, and no file lifts ours."""
    stop_case(case_id=placed["A1"].pk, reason="持卡人已故", by=caller, now=MONDAY_9AM - timedelta(days=1))
    imported("recall", [recall("A1", "停催", 停催原因="银行核实"), recall("A2", "停催", 停催原因="投诉")])
    stop_case(case_id=placed["A2"].pk, reason="律师介入", by=caller, now=TEN)

    first, second = (Case.objects.get(pk=placed[number].pk) for number in ("A1", "A2"))

    assert (first.stopped_reason, first.stopped_by_client, first.stopped_at) == ("银行核实；持卡人已故", False, MONDAY_9AM - timedelta(days=1))
    assert (second.stopped_reason, second.stopped_by_client) == ("律师介入；投诉", False)


# --- an end ----------------------------------------------------------------------------------------------------------------------


def end(case, now=TEN, to="recalled"):
    return end_case(case_id=case.pk, to=to, reason="银行撤回", by=make_user(Role.DATA_SPECIALIST), now=now)


def test_nobody_holds_a_case_that_has_ended(case, caller, sign_in):
    """CR-40: and so nobody sees it any more."""
    end(case)

    held = case.assignments.get()
    assert (held.ended_at, held.end_reason) == (TEN, "case_ended")
    assert sign_in(caller).get(reverse("workbench:case-detail", args=[case.pk])).status_code == 404


def test_the_filtering_duty_counts_without_it_and_is_met_with_the_last(team, caller):
    """A3.1: an ended case needs no filtering."""
    placement = make_placement(team=team)
    first, second = make_case(placement=placement), make_case(placement=placement)
    task = make_filtering_task(caller, [first, second])

    end(first)
    one_left = (task.state, Duty.objects.get(kind="filtering").met_at)
    end(second, now=TEN + timedelta(minutes=1))

    task.refresh_from_db()
    assert one_left == ("open", None)
    assert (task.state, Duty.objects.get(kind="filtering").met_at) == ("done", TEN + timedelta(minutes=1))


def test_the_leads_duty_is_met_when_nothing_is_left_to_assign(team, lead):
    """A2.1."""
    placement = make_placement(team=team)
    cases = [make_case(placement=placement) for _ in range(2)]
    open_duty(kind="assignment", subject=placement, holder=lead, start=MONDAY_9AM, by=None)

    end(cases[0])
    between = Duty.objects.get(kind="assignment").met_at
    end(cases[1])

    assert (between, Duty.objects.get(kind="assignment").met_at) == (None, TEN)


def test_open_promises_are_cancelled(case, caller):
    record = make_record(case, caller, "PTP")
    Promise.objects.create(case=case, record=record, amount=100, due_on=date(2026, 11, 25))

    end(case)

    promise = Promise.objects.get()
    assert (promise.state, promise.settled_at) == ("cancelled", TEN)
    assert AuditEvent.objects.filter(action="promise.cancelled").count() == 1


def test_letters_that_no_carrier_has_are_cancelled(case, caller):
    """A1.4: asked for, approved or printed; what is on its way stays so. The requester is told once."""
    states = ("requested", "approved", "rendering", "rendered", "dispatched")
    letters = {state: make_letter(case=case, state=state, requested_by=caller, address=_address(case, state)) for state in states}
    open_duty(kind="letter_dispatch", subject=letters["approved"], holder=make_user(Role.ADMIN_OFFICE), start=MONDAY_9AM, by=None)

    end(case)

    assert {state: Letter.objects.get(pk=letter.pk).state for state, letter in letters.items()} == dict.fromkeys(states, "cancelled") | {
        "dispatched": "dispatched"
    }
    assert Duty.objects.get(kind="letter_dispatch").cancelled_at == TEN
    assert Notice.objects.filter(recipient=caller, message__contains="letters that you asked for").count() == 1


def _address(case, text):
    address = case.contacts.get(relation="self").addresses.first()
    address.pk, address.text = None, text
    address.save()
    return address


def test_look_ups_that_were_not_submitted_are_withdrawn_with_their_duty(team, lead, caller):
    """A1.3: one that was submitted is answered."""
    make_user(Role.DATA_CENTRE)
    cases = [make_case(placement=make_placement(team=team), holder=caller) for _ in range(3)]
    requests = [registry.request_lookup(case=case, legal_basis="client", purpose="地址失效", by=caller, now=MONDAY_9AM) for case in cases]
    for request in requests[1:]:
        registry.approve_lookup(request_id=request.pk, by=lead, now=MONDAY_9AM)
    registry.submit_lookup(request_id=requests[2].pk, submitted_to="示例银行", by=make_user(Role.DATA_CENTRE), now=MONDAY_9AM)

    for case in cases:
        end(case)

    assert list(RegistryRequest.objects.order_by("pk").values_list("state", flat=True)) == ["refused", "refused", "submitted"]
    assert list(Duty.objects.filter(kind="registry").order_by("pk").values_list("cancelled_at", flat=True)) == [TEN, None]


def test_a_call_that_was_open_when_the_case_ended_is_still_recorded(case, caller, sign_in):
    """The record stands, also what the debtor asked for; the case stays as it ended."""
    verdict = mark_placed(open_call(case_id=case.pk, phone_id=phone_of(case).pk, by=caller, now=TEN))
    end(case, now=TEN + timedelta(seconds=30))
    times = {"started_at": TEN.isoformat(), "ended_at": (TEN + timedelta(minutes=1)).isoformat()}
    body = {"verdict": verdict.pk, "outcome": "RTP", "note": "拒绝还款", **times}

    with time_machine.travel(TEN + timedelta(minutes=2), tick=False):
        answer = sign_in(caller).post(reverse("workbench:api-records"), body, content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())})

    assert answer.status_code == 201
    assert ContactRecord.objects.get().note == "拒绝还款"
    case.refresh_from_db()
    assert (case.state, case.follow_up_at) == ("recalled", None)


def test_a_number_is_barred_even_when_the_case_has_ended_meanwhile(case, caller):
    """CR-13 holds for every case of the person."""
    bars = Outcome.objects.filter(bars_number=True, target__in=["self", "any"]).first() or Outcome.objects.filter(bars_number=True).first()
    Outcome.objects.filter(pk=bars.pk).update(target="any")
    verdict = mark_placed(open_call(case_id=case.pk, phone_id=phone_of(case).pk, by=caller, now=TEN))
    end(case, now=TEN + timedelta(seconds=30))

    times = {"started_at": TEN, "ended_at": TEN + timedelta(minutes=1)}
    record_call(verdict_id=verdict.pk, outcome=bars.pk, request_key=uuid.uuid4(), by=caller, now=TEN + timedelta(minutes=2), **times)

    assert DoNotContact.objects.count() == 1


def test_a_call_begun_after_the_end_is_nobodys(case, caller):
    verdict = open_call(case_id=case.pk, phone_id=phone_of(case).pk, by=caller, now=TEN)
    case.assignments.update(ended_at=TEN - timedelta(minutes=1), end_reason="case_ended", ended_by=caller)

    with pytest.raises(Verdict.DoesNotExist):
        record_call(verdict_id=verdict.pk, outcome="NOAS", started_at=TEN, ended_at=TEN, request_key=uuid.uuid4(), by=caller, now=TEN + timedelta(minutes=1))

    assert not ContactRecord.objects.exists()


@pytest.mark.parametrize(("to", "reason"), [("working", "x"), ("recalled", " ")])
def test_one_case_ends_settled_returned_or_recalled_and_for_a_reason(case, to, reason):
    with pytest.raises(Refused):
        end_case(case_id=case.pk, to=to, reason=reason, by=make_user(), now=TEN)

    assert Case.objects.get(pk=case.pk).state == "assigned"


def test_a_case_ends_once(case):
    end(case)

    with pytest.raises(Refused):
        end(case, to="settled")

    assert Case.objects.get(pk=case.pk).state == "recalled"


def test_one_case_is_retained_by_the_same_rule(case):
    retain_case(case_id=case.pk, until=date(2027, 1, 31), by=make_user(), now=TEN)

    with pytest.raises(Refused):
        retain_case(case_id=case.pk, until=date(2026, 11, 1), by=make_user(), now=TEN)

    assert Case.objects.get(pk=case.pk).retained_until == date(2027, 1, 31)
