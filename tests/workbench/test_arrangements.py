"""Pages around a case: the debtor's wishes (CR-01, CR-04, CR-16), an instalment plan (CR-33), evidence that interrupts (CR-34)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from audit.models import AuditEvent
from calls.models import Promise
from calls.services.promises import break_overdue_promises
from calls.services.recording import open_call
from cases.models import CaseAccount
from compliance.models import CaseFlag, DebtorWish, LimitationEvent
from compliance.services.flags import CannotFlag, CannotLift, lift_flag, note_plan, raise_flag
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_caller, make_case, make_placement, make_record, make_user

TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture(autouse=True)
def ten_o_clock():
    with time_machine.travel(TEN, tick=False):
        yield


@pytest.fixture
def caller(db, team):
    return make_caller(team=team)


@pytest.fixture
def case(team, caller):
    return make_case(placement=make_placement(team=team), holder=caller)


def rules(case, by, now=TEN):
    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get(relation="self").phones.get().pk, by=by, now=now)
    return [row["rule"] for row in verdict.objections]


def enter(browser, case, **asked):
    about = {"said_by": "phone", "evidence": "录音 12"} | asked
    return browser.post(reverse("workbench:case-wishes", args=[case.pk]), about, follow=True)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"wish": "hours", "begins": "18:00", "ends": "20:00"}, ["CR-02"]),
        ({"wish": "blocked", "begins": "09:30", "ends": "10:30"}, ["CR-02"]),
        ({"wish": "blocked", "begins": "12:00", "ends": "14:00"}, []),
        ({"wish": "hours", "begins": "09:00", "ends": "09:30", "begins_again": "09:50", "ends_again": "11:00"}, []),
        ({"wish": "hours", "begins": "09:00", "ends": "09:30", "begins_again": "18:00", "ends_again": "20:00"}, ["CR-02"]),
        ({"wish": "blocked", "begins": "08:00", "ends": "09:00", "begins_again": "09:30", "ends_again": "10:30"}, ["CR-02"]),
        ({"wish": "channel", "channel": "letter"}, ["CR-16"]),
        ({"wish": "language", "language": "粤语"}, []),
        ({"wish": "fewer", "figure": "0"}, ["CR-03"]),
    ],
)
def test_the_caller_enters_what_the_debtor_asks_for_and_the_gate_heeds_it(sign_in, case, caller, asked, expected):
    page = enter(sign_in(caller), case, **asked)

    assert (page.status_code, DebtorWish.objects.count(), rules(case, caller)) == (200, 1, expected)


def test_what_is_missing_stands_beside_its_field(sign_in, case, caller):
    page = enter(sign_in(caller), case, wish="hours", begins="18:00", ends="17:00")

    assert (DebtorWish.objects.count(), list(page.context["form"].errors)) == (0, ["ends"])


@pytest.mark.parametrize(
    ("again", "wrong"),
    [
        ({"begins_again": "09:30", "ends_again": "20:00"}, "begins_again"),
        ({"begins_again": "20:00", "ends_again": "18:00"}, "ends_again"),
        ({"begins_again": "18:00"}, "ends_again"),
        ({"ends_again": "18:00"}, "begins_again"),
    ],
)
def test_a_second_stretch_of_the_day_is_whole_and_follows_the_first(sign_in, case, caller, again, wrong):
    """CR-02: two stretches a day."""
    page = enter(sign_in(caller), case, wish="hours", begins="09:00", ends="10:00", **again)

    assert (DebtorWish.objects.count(), list(page.context["form"].errors)) == (0, [wrong])


def test_agreements_that_allow_more_are_the_leads(sign_in, case, caller, lead):
    """CR-01, CR-04"""
    asked = {"wish": "attempts", "figure": "8", "until": "2026-11-30"}
    enter(sign_in(caller), case, **asked)
    before = DebtorWish.objects.count()

    enter(sign_in(lead), case, **asked)

    assert (before, DebtorWish.objects.get().value) == (0, {"limit": 8})


def test_cr_01_the_debtors_time_zone_is_set_and_a_wrong_one_refused(sign_in, case, lead):
    browser, url = sign_in(lead), reverse("workbench:case-zone", args=[case.pk])
    browser.post(url, {"zone": "America/New_York"})
    browser.post(url, {"zone": "Mars/Base"})

    assert case.contacts.get().zone == "America/New_York"


def test_cr_01_who_calls_does_not_open_the_night_by_another_time_zone(sign_in, case, caller):
    """CR-01: half past ten in the evening here is the afternoon in London; like a consent it is a lead's to enter."""
    browser, wishes = sign_in(caller), reverse("workbench:case-wishes", args=[case.pk])

    answer = browser.post(reverse("workbench:case-zone", args=[case.pk]), {"zone": "Europe/London"})

    assert (answer.status_code, case.contacts.get().zone) == (403, "")
    assert "wish-zone" not in browser.get(wishes).content.decode()


def test_another_teams_case_has_no_such_pages(sign_in, case):
    stranger = make_user(Role.TEAM_LEAD)

    assert {sign_in(stranger).get(reverse(f"workbench:{name}", args=[case.pk])).status_code for name in ("case-wishes", "case-plan", "case-limitation")} == {
        404
    }


@pytest.mark.parametrize(("count", "fits"), [(60, True), (61, False)])
def test_cr_33_a_plan_has_sixty_instalments_at_most_and_stops_dunning(sign_in, case, caller, lead, count, fits):
    """CR-33: accepted, calls are held and what was to be taken up again is cancelled; it goes on once somebody else lifts it."""
    type(case).objects.filter(pk=case.pk).update(follow_up_at=TEN)
    data = {"instalments": count, "evidence": "协议 2026-11", "is_complete": "on"}

    sign_in(lead).post(reverse("workbench:case-plan", args=[case.pk]), data)

    case.refresh_from_db()
    assert (rules(case, caller), case.follow_up_at) == ((["CR-33"], None) if fits else ([], TEN))


def test_cr_33_what_was_promised_before_the_plan_is_not_broken_later(sign_in, case, caller, lead):
    case.balance = 5000
    case.save(update_fields=["balance"])
    record = make_record(case, caller, "PTP", at=TEN)
    promise = Promise.objects.create(case=case, record=record, amount=500, due_on=TEN.date())

    sign_in(lead).post(reverse("workbench:case-plan", args=[case.pk]), {"instalments": 12, "evidence": "协议 2026-11", "is_complete": "on"})
    break_overdue_promises(now=TEN + timedelta(days=10))

    promise.refresh_from_db()
    assert promise.state == "cancelled"
    assert AuditEvent.objects.filter(action="promise.cancelled", actor_id=lead.pk).exists()


def test_cr_33_a_plan_is_not_raised_without_its_instalments(case, caller):
    with pytest.raises(CannotFlag):
        raise_flag(case_id=case.pk, kind="plan", evidence="x", by=caller, now=TEN)


def test_cr_16_who_raised_what_stops_dunning_does_not_lift_it(case, caller, lead):
    """Four eyes: for what stops dunning, and for complaints; a dispute may be answered by the lead who noted it."""
    flag = note_plan(case_id=case.pk, instalments=12, evidence="协议", by=lead, now=TEN)
    complaint = raise_flag(case_id=case.pk, kind="complaint", evidence="来电投诉", by=lead, now=TEN)
    for own in (flag, complaint):
        with pytest.raises(CannotLift):
            lift_flag(flag_id=own.pk, reason="x", by=lead, now=TEN)
    dispute = raise_flag(case_id=case.pk, kind="dispute", evidence="对金额有异议", by=lead, now=TEN)
    lift_flag(flag_id=dispute.pk, reason="已答复", by=lead, now=TEN)

    lift_flag(flag_id=flag.pk, reason="违约", by=make_user(Role.GM_OFFICE), now=TEN)

    assert list(CaseFlag.objects.filter(lifted_at=None).values_list("kind", flat=True)) == ["complaint"]


def test_cr_34_the_lead_enters_evidence_and_the_case_page_names_the_day(sign_in, case, lead):
    CaseAccount.objects.filter(case=case).update(overdue_since=date(2023, 12, 1), last_paid_on=None)
    browser = sign_in(lead)
    before = browser.get(reverse("workbench:case-detail", args=[case.pk]))

    browser.post(reverse("workbench:case-limitation", args=[case.pk]), {"event": "promised", "on": "2026-11-02", "evidence": "录音 88"})
    after = browser.get(reverse("workbench:case-detail", args=[case.pk]))

    assert ("2026-12-01" in before.content.decode(), before.context["view"].limitation_words["tone"]) == (True, "bad")
    assert ("2029-11-02" in after.content.decode(), after.context["view"].limitation_words["tone"]) == (True, "")
    assert LimitationEvent.objects.get().counts


def test_cr_19_a_notice_is_entered_once_for_the_placement(sign_in, team, caller):
    """CR-19: the data specialist's list names what is missing; one entry opens every case."""
    placement = make_placement(team=team, is_notified=False)
    case = make_case(placement=placement, holder=caller)
    browser = sign_in(make_user(Role.DATA_SPECIALIST))
    missing = browser.get(reverse("compliance:notice-list"), {"state": "missing"}).context["table"]
    held = rules(case, caller)

    browser.post(reverse("compliance:notice-new", args=[placement.pk]), {"notified_on": "2026-11-20", "way": "短信", "evidence": "批次 8"})

    assert ([row["pk"] for row in missing], held, rules(case, caller)) == ([placement.pk], ["CR-19"], [])
    assert browser.get(reverse("compliance:notice-new", args=[placement.pk])).status_code == 200


def test_cr_19_a_lead_enters_it_for_the_own_teams_only(sign_in, lead):
    assert sign_in(lead).get(reverse("compliance:notice-new", args=[make_placement(is_notified=False).pk])).status_code == 404
