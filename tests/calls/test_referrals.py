"""E14: what the customer says is passed to the department concerned, and its reply comes back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from calls.models import Referral
from calls.selectors import referrals_of, referrals_visible_to
from calls.services.recording import open_call
from calls.services.referrals import CannotRefer, answer_referral, refer, withdraw_referral
from duties.models import Duty
from penalties.services import enforce_duties
from staff.choices import Role
from staff.models import Notice
from tests.calls.conftest import TEN
from tests.factories import make_case, make_contact, make_record, make_team, make_user


@pytest.fixture
def clerk(db):
    return make_user(Role.FINANCE)


@pytest.fixture
def referral(case, caller, clerk):
    return refer(case_id=case.pk, department="finance", text="称11月20日已还3000元", by=caller, now=TEN)


def test_the_department_is_told_and_has_a_day(referral, clerk, case):
    """E14: a duty of its own."""
    duty = Duty.objects.get(kind="referral")
    assert (referral.state, duty.holder, duty.subject_id) == ("open", clerk, referral.pk)
    assert duty.due_at == (TEN + timedelta(days=1)).replace(hour=17, minute=30)
    assert [notice.recipient for notice in Notice.objects.all()] == [clerk]
    assert AuditEvent.objects.about(referral).get().action == "referral.made"


def test_the_reply_comes_back_to_who_asked(referral, clerk, caller, case):
    """E14"""
    answer_referral(referral_id=referral.pk, reply="已到账，11月21日入账", by=clerk, now=TEN + timedelta(hours=2))

    row = referrals_of(case).get()
    assert (row.state, row.reply, row.closed_by) == ("answered", "已到账，11月21日入账", clerk)
    assert Duty.objects.get().met_at == TEN + timedelta(hours=2)
    assert Notice.objects.filter(recipient=caller).count() == 1


def test_a_missed_reply_is_a_missed_duty(referral, clerk):
    """E14, A4: nothing falls under the table."""
    enforce_duties(now=Duty.objects.get().due_at)

    assert Duty.objects.get().missed_holder == clerk


@pytest.mark.parametrize("why", ["another department", "who asked", "no reply", "twice"])
def test_only_the_department_answers_and_once(referral, clerk, caller, why):
    if why == "twice":
        answer_referral(referral_id=referral.pk, reply="第一次", by=clerk, now=TEN)
    by = {"another department": make_user(Role.DATA_CENTRE), "who asked": caller}.get(why, clerk)

    with pytest.raises(CannotRefer):
        answer_referral(referral_id=referral.pk, reply=" " if why == "no reply" else "第二次", by=by, now=TEN)

    assert Referral.objects.get().reply == ("第一次" if why == "twice" else "")


def test_who_asked_withdraws_it_and_the_duty_is_gone(referral, caller, clerk):
    with pytest.raises(CannotRefer):
        withdraw_referral(referral_id=referral.pk, reason="x", by=clerk, now=TEN)

    withdraw_referral(referral_id=referral.pk, reason="客户自己查到了", by=caller, now=TEN)

    assert (Referral.objects.get().state, Duty.objects.get().cancelled_at) == ("withdrawn", TEN)


@pytest.mark.parametrize("wrong", [{"department": "kitchen"}, {"text": " "}, {"record_id": 999999}, {"department": "gm_office"}])
def test_a_referral_needs_a_department_with_somebody_in_it_and_a_text(case, caller, clerk, wrong):
    with pytest.raises(CannotRefer):
        refer(**({"case_id": case.pk, "department": "finance", "text": "x", "by": caller, "now": TEN} | wrong))

    assert (Referral.objects.count(), Duty.objects.count()) == (0, 0)


def test_each_department_and_lead_see_their_own(referral, clerk, caller, lead):
    """S01"""
    people = [clerk, caller, lead, make_user(Role.GM_OFFICE), make_user(Role.QUALITY), make_team().lead]

    assert [referrals_visible_to(person).count() for person in people] == [1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize(("outcome", "department"), [("PYD", "finance"), ("CAPT", "finance"), ("RTP", None)])
def test_what_is_said_to_be_paid_goes_to_finance_by_itself(case, caller, clerk, save, dial, outcome, department):
    """E14: by the outcome, without another click."""
    save(dial(case, caller).dial.verdict, caller, outcome, note="称已还")

    assert list(Referral.objects.values_list("department", flat=True)) == ([department] if department else [])


def test_cr_14_a_third_party_who_offers_to_pay_goes_to_the_lead(case, caller, lead, save, dial):
    """CR-14: HOLD: nobody speaks of the debt before the lead has decided."""
    friend = make_contact(case, "friend", phone="13922223333")
    make_record(case, caller, "TSAJ", at=TEN - timedelta(hours=1))

    save(dial(case, caller, phone=friend.phones.get()).dial.verdict, caller, "VPAY")

    assert (Referral.objects.get().department, Duty.objects.get(kind="referral").holder) == ("lead", lead)


def test_a_referral_costs_the_same_queries_in_a_long_list(referral, case, caller, clerk):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            list(referrals_visible_to(clerk))
        return len(captured)

    cost()  # the person's groups are known from now on
    one = cost()
    for _number in range(3):
        refer(case_id=make_case(holder=caller).pk, department="finance", text="x", by=caller, now=TEN)

    assert cost() == one


def test_a_question_never_holds_the_gate(referral, case, caller):
    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN)

    assert verdict.allowed
