"""Pages around calls: whose rows each person sees, and that each form calls its service."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calls.models import CallIssue, QuickText
from calls.services.placing import chase_unrecorded
from calls.services.quick_texts import save_quick_text
from calls.services.referrals import refer
from compliance.services.flags import raise_flag
from staff.choices import Role
from staff.models import Notice
from tests.calls.conftest import TEN
from tests.factories import make_caller, make_case, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user(Role.FINANCE)


@pytest.fixture
def referral(case, caller, clerk):
    return refer(case_id=case.pk, department="finance", text="称已还3000元", by=caller, now=TEN)


def rows(page):
    return list(page.context["page"])


def test_a_department_answers_on_its_page(sign_in, clerk, referral):
    """E14: the duty and the notice lead to the page where it is answered."""
    page = sign_in(clerk)

    assert rows(page.get(reverse("calls:referral-list"))) == [referral]
    page.post(Notice.objects.get(recipient=clerk).path, {"reply": "已到账"})

    referral.refresh_from_db()
    assert (referral.state, referral.reply, referral.closed_by) == ("answered", "已到账", clerk)


def test_another_department_sees_no_referral(sign_in, referral):
    page = sign_in(make_user(Role.DATA_CENTRE))

    assert rows(page.get(reverse("calls:referral-list"))) == []
    assert page.post(reverse("calls:referral", args=[referral.pk]), {"reply": "?"}).status_code == 404
    referral.refresh_from_db()
    assert referral.state == "open"


def test_who_asked_withdraws_but_does_not_answer(sign_in, caller, referral):
    page = sign_in(caller)

    page.post(reverse("calls:referral", args=[referral.pk]), {"reply": "自己回复"})
    referral.refresh_from_db()
    assert referral.state == "open"

    page.post(reverse("calls:referral-withdraw", args=[referral.pk]), {"reason": "客户已来电说明"})
    referral.refresh_from_db()
    assert referral.state == "withdrawn"


def test_the_lead_lifts_a_flag_of_the_own_teams_only(sign_in, lead, caller, case):
    """CR-50"""
    own = raise_flag(case_id=case.pk, kind="dispute", evidence="录音 07", by=caller, now=TEN)
    stranger = make_caller()
    foreign = raise_flag(case_id=make_case(holder=stranger).pk, kind="dispute", evidence="录音 08", by=stranger, now=TEN)
    page = sign_in(lead)

    assert rows(page.get(reverse("calls:flag-list"))) == [own]
    page.post(reverse("calls:flag", args=[own.pk]), {"reason": "已答复并书面确认"})
    refused = page.post(reverse("calls:flag", args=[foreign.pk]), {"reason": "?"})

    own.refresh_from_db()
    foreign.refresh_from_db()
    assert (own.lift_reason, refused.status_code, foreign.lifted_at) == ("已答复并书面确认", 404, None)


def test_quality_looks_at_a_call_that_was_never_recorded(sign_in, caller, case, dial):
    """E14, CR-21: who called sees no page of issues."""
    dial(case, caller)
    chase_unrecorded(now=TEN + timedelta(days=2))
    issue = CallIssue.objects.get()
    page = sign_in(make_user(Role.QUALITY))

    assert rows(page.get(reverse("calls:issue-list"))) == [issue]
    assert [row.case for row in rows(page.get(reverse("calls:unrecorded-list")))] == [case]
    page.post(reverse("calls:issue", args=[issue.pk]), {"note": "已提醒补登"})

    issue.refresh_from_db()
    assert issue.note == "已提醒补登"
    assert sign_in(caller).get(reverse("calls:issue-list")).status_code == 403


def test_a_collector_keeps_own_quick_texts_and_not_the_companys(sign_in, lead, caller):
    shared = save_quick_text(title="公司", text="请您尽快联系银行", by=lead, now=TEN, is_shared=True)
    foreign = save_quick_text(title="别人", text="稍后再拨", by=make_caller(), now=TEN)
    page = sign_in(caller)

    page.post(reverse("calls:quick-text-new"), {"title": "自己", "text": "客户在开会", "target": "any", "position": 1, "is_shared": "on"})
    own = QuickText.objects.get(title="自己")
    page.post(reverse("calls:quick-text", args=[shared.pk]), {"title": "公司", "text": "改了", "target": "any", "position": 1})

    shared.refresh_from_db()
    assert (own.owner, shared.text) == (caller, "请您尽快联系银行")
    assert {row.pk for row in rows(page.get(reverse("calls:quick-text-list"))) if row.title in ("公司", "自己", "别人")} == {shared.pk, own.pk}
    assert page.get(reverse("calls:quick-text", args=[foreign.pk])).status_code == 404
    page.post(reverse("calls:quick-text-remove", args=[own.pk]))
    own.refresh_from_db()
    assert own.is_active is False


def test_f13_of_two_leads_at_the_companys_text_the_second_is_told(sign_in, lead):
    """F13: the form says what it showed."""
    shared = save_quick_text(title="公司", text="请您尽快联系银行", is_shared=True, by=lead, now=TEN)
    page, url = sign_in(lead), reverse("calls:quick-text", args=[shared.pk])
    seen = page.get(url).context["page"].seen
    said = {"title": "公司", "target": "any", "position": 1, "seen": seen}

    first, second = (page.post(url, said | {"text": text}) for text in ("第一位", "第二位"))

    shared.refresh_from_db()
    assert (first.status_code, bool(second.context["form"].non_field_errors()), shared.text) == (302, True, "第一位")


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", ["referral-list", "flag-list", "quick-text-list"])
def test_lists_take_the_same_queries_for_one_and_three(sign_in, lead, caller, django_assert_max_num_queries, name, count):
    for number in range(count):
        case = make_case(holder=caller)
        refer(case_id=case.pk, department="lead", text="要求分期", by=caller, now=TEN)
        raise_flag(case_id=case.pk, kind="hardship", evidence="失业", by=caller, now=TEN)
        save_quick_text(title=f"文本{number}", text="客户在开会", by=lead, now=TEN)
    browser = sign_in(lead)

    with django_assert_max_num_queries(16):
        assert browser.get(reverse(f"calls:{name}")).status_code == 200
