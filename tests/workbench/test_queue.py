"""The queue: the reason for each place, filters, pages that show nothing twice, and what it costs."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from calls.models import Dial
from calls.services.recording import open_call
from cases.models import Case
from compliance.choices import PolicyKey
from compliance.models import ContactPolicy, EntrustmentNotice, Verdict
from compliance.services import do_not_contact
from compliance.services.flags import raise_flag
from compliance.services.wishes import note_wish
from tests.factories import MONDAY_9AM, make_caller, make_case, make_client, make_filtering_task, make_placement, make_record, make_team

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture(autouse=True)
def ten_o_clock():
    with time_machine.travel(TEN, tick=False):
        yield


@pytest.fixture
def caller(team):
    return make_caller(team=team)


@pytest.fixture
def placement(team):
    return make_placement(team=team)


class Desk(Client):
    """Signed in whatever the clock says: a session ends after some hours, which isn't what these tests are about."""

    def __init__(self, person):
        super().__init__()
        self.person = person

    def get(self, *args, **kwargs):
        self.force_login(self.person)
        return super().get(*args, **kwargs)


@pytest.fixture
def desk(caller):
    return Desk(caller)


def queue(desk, **asked):
    answer = desk.get(reverse("workbench:api-queue"), asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(body):
    return [row["id"] for row in body["results"]]


def walk(desk, **asked):
    """Every page, one after the other."""
    body = queue(desk, **asked)
    pages = [body]
    while body["next"]:
        body = queue(desk, cursor=body["next"], **asked)
        pages.append(body)
    return pages


def promise(case, caller, *, amount=500, due_on="2026-11-23", state="open"):
    record = make_record(case, caller, "PTP")
    return case.promises.create(record=record, amount=amount, due_on=due_on, state=state, settled_at=None if state == "open" else TEN)


def test_each_row_says_in_words_why_it_stands_there(desk, caller, placement):
    broken, due, follow_up, to_filter, untouched = (
        make_case(placement=placement, holder=caller, **fields)
        for fields in ({}, {}, {"follow_up_at": TEN - timedelta(minutes=30)}, {}, {"touched_at": TEN - timedelta(days=9)})
    )
    make_filtering_task(caller, [make_case(placement=placement)])
    to_filter.assignments.update(ended_at=TEN)
    promise(broken, caller, due_on="2026-11-20", state="broken")
    promise(due, caller)

    rows = {row["id"]: row["reason"] for row in queue(desk)["results"]}

    assert "500" not in rows[broken.pk]  # CR-17: no amount before identity
    assert "2026-11-20" in rows[broken.pk]
    assert "2026-11-23" in rows[due.pk]
    assert "09:30" in rows[follow_up.pk]
    assert "9" in rows[untouched.pk]
    assert to_filter.pk not in rows


def test_days_without_work_are_a_setting(desk, caller, placement, settings):
    case = make_case(placement=placement, holder=caller, touched_at=TEN - timedelta(days=5))

    found = []
    for days in (3, 7):
        settings.UNTOUCHED_DAYS = days
        found.append(queue(desk)["results"][0]["why"][2:])

    assert (case.pk, found) == (queue(desk)["results"][0]["id"], ["untouched", "later"])


def test_pages_follow_one_another_and_show_each_case_once(desk, caller, placement):
    held = [make_case(placement=placement, holder=caller, amount=amount, follow_up_at=TEN - timedelta(minutes=amount % 3)) for amount in range(100, 111)]

    pages = walk(desk, page_size=4)

    shown = [pk for page in pages for pk in ids(page)]
    assert [len(page["results"]) for page in pages] == [4, 4, 3]
    assert shown == ids(queue(desk, page_size=50))
    assert sorted(shown) == sorted(case.pk for case in held)


def test_what_was_worked_between_two_pages_is_not_shown_again(desk, caller, placement):
    for amount in range(100, 106):
        make_case(placement=placement, holder=caller, amount=amount)
    first = queue(desk, page_size=3)
    worked = Case.objects.get(pk=ids(first)[0])
    worked.touched_at, worked.follow_up_at = TEN + timedelta(seconds=5), TEN + timedelta(days=2)
    worked.save()

    with time_machine.travel(TEN + timedelta(minutes=5), tick=False):
        second = queue(desk, page_size=3, cursor=first["next"])

    assert set(ids(first)) & set(ids(second)) == set()
    assert len(ids(second)) == 3


def test_a_promise_that_falls_due_between_two_pages_moves_nothing(desk, caller, placement):
    """The whole walk is judged as of its first page."""
    cases = [make_case(placement=placement, holder=caller, amount=amount, follow_up_at=TEN + timedelta(minutes=1)) for amount in range(100, 104)]
    first = queue(desk, page_size=2)

    with time_machine.travel(TEN + timedelta(minutes=30), tick=False):
        second = queue(desk, page_size=2, cursor=first["next"])

    assert sorted(ids(first) + ids(second)) == sorted(case.pk for case in cases)
    assert second["as_of"] == first["as_of"]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "bnVsbA", "WyIyMDI2LTExLTIzVDEwOjAwOjAwKzA4OjAwIiwiMV9icm9rZW4iLCJ4IiwiMSIsMV0", "é"])
def test_a_made_up_cursor_is_refused(desk, cursor):
    answer = desk.get(reverse("workbench:api-queue"), {"cursor": cursor})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["cursor"])


def test_a_cursor_of_yesterday_is_refused(desk, caller, placement):
    for _number in range(2):
        make_case(placement=placement, holder=caller)
    cursor = queue(desk, page_size=1)["next"]

    with time_machine.travel(TEN + timedelta(hours=13), tick=False):
        answer = desk.get(reverse("workbench:api-queue"), {"cursor": cursor})

    assert answer.status_code == 400


def test_the_queue_is_narrowed_by_reason_client_stage_amount_and_text(desk, caller, team):
    one, other = (make_placement(team=team, client=make_client(team=team)) for _number in range(2))
    small = make_case(placement=one, holder=caller, amount=100, stage="M1")
    large = make_case(placement=other, holder=caller, amount=9000, stage="M4", follow_up_at=TEN - timedelta(hours=1))

    found = {name: ids(queue(desk, **asked)) for name, asked in {
        "why": {"why": "3_follow_up"}, "client": {"client": one.client_id}, "stage": {"stage": "M4"}, "more": {"band": "2"},
        "less": {"band": "1"}, "text": {"q": small.case_no}, "none": {"stage": "M1", "band": "2"},
    }.items()}  # fmt: skip

    assert found == {
        "why": [large.pk], "client": [small.pk], "stage": [large.pk], "more": [large.pk], "less": [small.pk], "text": [small.pk], "none": [],
    }  # fmt: skip


def test_counts_follow_every_filter_but_the_reason(desk, caller, team):
    for stage in ("M1", "M1", "M2"):
        make_case(placement=make_placement(team=team), holder=caller, stage=stage)

    body = queue(desk, stage="M1", why="3_follow_up")

    assert (body["counts"], body["count"], body["results"]) == ({"5_untouched": 2}, 0, [])


def test_callable_now_knows_hours_holds_barred_numbers_and_counts(desk, caller, placement):
    """CR-02, CR-04, CR-13, CR-50: the list's approximation; the gate has the last word."""
    free, stopped, barred, dialled = (make_case(placement=placement, holder=caller, **fields) for fields in ({}, {"stopped_at": TEN}, {}, {}))
    do_not_contact(phone=barred.contacts.get().phones.get(), reason="x", by=caller, now=TEN)
    for minutes in range(6):
        make_record(dialled, caller, at=MONDAY_9AM + timedelta(minutes=minutes))

    at_ten = {row["id"]: row["callable"] for row in queue(desk)["results"]}
    narrowed = [ids(queue(desk, callable=value)) for value in ("true", "false")]
    with time_machine.travel(MONDAY_9AM + timedelta(hours=14), tick=False):
        at_night = {row["callable"] for row in queue(desk)["results"]}

    assert at_ten == {free.pk: True, stopped.pk: False, barred.pk: False, dialled.pk: False}
    assert (narrowed[0], sorted(narrowed[1])) == ([free.pk], sorted([stopped.pk, barred.pk, dialled.pk]))
    assert at_night == {False}


def test_the_third_effective_call_of_the_day_closes_every_case_of_the_debtor(desk, caller, placement):
    """CR-03"""
    case = make_case(placement=placement, holder=caller)
    other = make_case(placement=make_placement(team=placement.team), debtor=case.debtor, holder=caller)
    for minutes in range(3):
        make_record(case, caller, "RTP", at=MONDAY_9AM + timedelta(minutes=minutes))

    assert {row["id"]: row["callable"] for row in queue(desk)["results"]} == {case.pk: False, other.pk: False}


def test_the_moment_is_told_as_good_or_not(desk):
    """C3.2"""
    told = []
    for hours in (-3, 0, 2, 11, 24 * 5, 24 * 7):
        with time_machine.travel(TEN + timedelta(hours=hours), tick=False):
            told.append(queue(desk)["timing"]["code"])

    assert told == ["closed", "good", "half_day_end", "closed", "weekend", "month_end"]


def test_outside_the_hours_nothing_can_be_called_and_the_queue_says_so(desk, caller, placement):
    """CR-01: asked for by that, the queue is empty, and the rest is everything."""
    case = make_case(placement=placement, holder=caller)

    with time_machine.travel(TEN - timedelta(hours=3), tick=False):
        found = {asked: queue(desk, **({"callable": asked} if asked else {})) for asked in ("true", "false", "")}

    assert {asked: ids(body) for asked, body in found.items()} == {"true": [], "false": [case.pk], "": [case.pk]}
    assert found[""]["results"][0]["callable"] is False


def test_next_and_previous_follow_the_order_of_the_queue(desk, caller, placement):
    cases = [make_case(placement=placement, holder=caller, amount=amount) for amount in (300, 200, 100)]

    def neighbour(case, **asked):
        found = desk.get(reverse("workbench:api-neighbour"), {"case": case.pk} | asked).json()["case"]
        return found and found["id"]

    assert [neighbour(case) for case in cases] == [cases[1].pk, cases[2].pk, None]
    assert [neighbour(case, direction="previous") for case in cases] == [None, cases[0].pk, cases[1].pk]


def test_a_case_that_left_the_queue_is_followed_by_the_first(desk, caller, placement):
    first = make_case(placement=placement, holder=caller)
    gone = make_case(placement=placement)

    assert desk.get(reverse("workbench:api-neighbour"), {"case": gone.pk}).json()["case"]["id"] == first.pk


def test_nobody_elses_case_is_in_the_queue(desk, caller, placement):
    """Nothing is shown twice to two people: the open assignment has one holder."""
    own = make_case(placement=placement, holder=caller)
    make_case(placement=placement, holder=make_caller(team=placement.team))
    make_case(holder=make_caller(team=make_team()))

    assert ids(queue(desk)) == [own.pk]


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("asked", [{}, {"callable": "true"}])
def test_a_page_of_the_queue_costs_six_queries_however_many_rows(caller, placement, count, asked, django_assert_num_queries):
    for _number in range(count):
        make_case(placement=placement, holder=caller)

    browser = Client()
    browser.force_login(caller)

    with django_assert_num_queries(6):  # session, person, roles and rights, limits, places with counts, rows
        queue(browser, **asked)


def test_callable_now_knows_flags_and_our_own_calls_only(desk, caller, placement):
    """CR-16, CR-03: a debtor who is ill, on whichever case, isn't; one who rang us three times is."""
    ill, rang = make_case(placement=placement, holder=caller), make_case(placement=placement, holder=caller)
    raise_flag(case_id=make_case(debtor=ill.debtor).pk, kind="illness", evidence="病历", by=caller, now=TEN)
    for minute in range(3):
        make_record(rang, caller, "RTP", at=TEN - timedelta(minutes=50 - minute), direction="in")

    assert {row["id"]: row["callable"] for row in queue(desk)["results"]} == {ill.pk: False, rang.pk: True}


def callable_by_case(desk, *cases):
    found = {row["id"]: row["callable"] for row in queue(desk)["results"]}
    return [found[case.pk] for case in cases]


def judged_by_gate(caller, *cases):
    """What the gate itself would say of the debtor's number now."""
    return [open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN).allowed for case in cases]


def test_cr_02_cr_16_callable_now_heeds_the_hours_and_the_channel_that_debtors_asked_for(desk, caller, placement):
    """CR-02, CR-16: TEN is Monday at ten; each line says what the gate says."""
    wished = [
        (PolicyKey.WINDOW, {"from": "09:00", "to": "12:00"}, True),
        (PolicyKey.WINDOW, {"from": "09:00", "to": "10:00"}, False),
        (PolicyKey.WINDOW, {"spans": [["08:00", "09:00"], ["10:00", "11:00"]]}, True),
        (PolicyKey.WINDOW, {"spans": [["08:00", "09:00"], ["18:00", "20:00"]]}, False),
        (PolicyKey.WINDOW, {"from": "09:00", "to": "12:00", "weekdays": True, "month_end": 2}, True),
        (PolicyKey.CHANNEL, {"only": "phone"}, True),
        (PolicyKey.CHANNEL, {"only": "letter"}, False),
        (PolicyKey.EFFECTIVE_PER_DAY, {"limit": 0}, False),
        (PolicyKey.EFFECTIVE_PER_DAY, {"limit": 1}, True),
    ]
    cases = [make_case(placement=placement, holder=caller) for _wish in wished]
    for case, (key, value, _expected) in zip(cases, wished, strict=True):
        note_wish(case=case, key=key, value=value, evidence="x", by=caller, now=TEN - timedelta(minutes=5))

    listed = callable_by_case(desk, *cases)

    assert listed == [expected for _key, _value, expected in wished]
    assert judged_by_gate(caller, *cases) == listed


def test_cr_02_a_wish_that_ended_binds_no_line(desk, caller, placement):
    case = make_case(placement=placement, holder=caller)
    note_wish(
        case=case, key=PolicyKey.CHANNEL, value={"only": "letter"}, evidence="x", by=caller, now=TEN - timedelta(days=2), valid_to=TEN - timedelta(days=1)
    )

    assert callable_by_case(desk, case) == judged_by_gate(caller, case) == [True]


def test_cr_04_callable_now_knows_what_a_debtor_agreed_to_and_what_the_company_allows(desk, caller, placement, lead):
    """CR-04: six attempts were made; agreed to eight, the law gives way; the company's own limit doesn't."""
    agreed, not_agreed = (make_case(placement=placement, holder=caller) for _number in range(2))
    for case in (agreed, not_agreed):
        for minutes in range(6):
            make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minutes))
    note_wish(
        case=agreed, key=PolicyKey.ATTEMPTS_PER_NUMBER, value={"limit": 8}, evidence="x", is_consent=True, by=lead,
        now=TEN - timedelta(minutes=5), valid_to=TEN + timedelta(days=1),
    )  # fmt: skip
    before = callable_by_case(desk, agreed, not_agreed)
    asked = judged_by_gate(caller, agreed, not_agreed)

    ContactPolicy.objects.create(
        key=PolicyKey.ATTEMPTS_PER_NUMBER, rule="CR-04", layer="company", value={"limit": 5}, version=9, valid_from=TEN - timedelta(days=1), created_by=lead
    )

    assert before == asked == [True, False]
    assert callable_by_case(desk, agreed, not_agreed) == judged_by_gate(caller, agreed, not_agreed) == [False, False]


def test_e14_a_call_that_nobody_recorded_counts_for_the_list_as_for_the_gate(desk, caller, placement):
    """E14, CR-03: three calls placed and never recorded; and a reservation of somebody else counts, the own one doesn't."""
    case, own = (make_case(placement=placement, holder=caller) for _number in range(2))
    for minutes in range(3):
        make_dial(case, caller, at=TEN - timedelta(minutes=30 - minutes), placed_at=TEN - timedelta(minutes=30 - minutes))
    for _number in range(3):
        make_dial(own, caller, at=TEN - timedelta(minutes=1))

    assert callable_by_case(desk, case, own) == [False, True]

    Dial.objects.filter(case=own).update(collector=make_caller())
    assert callable_by_case(desk, own) == judged_by_gate(caller, own) == [False]


def make_dial(case, caller, **fields):
    phone = case.contacts.get().phones.get()
    verdict = Verdict.objects.create(case=case, contact=phone.contact, phone=phone, asked_by=caller, at=fields["at"], allowed=True)
    about = {"debtor_id": case.debtor_id, "number_index": phone.number_index, "is_to_debtor": True}
    return Dial.objects.create(verdict=verdict, case=case, collector=caller, **about | fields)


def test_cr_19_without_the_banks_notice_a_first_call_is_not_offered(desk, caller, placement):
    """CR-19: of a debtor who was called before it is."""
    first, later = (make_case(placement=placement, holder=caller) for _number in range(2))
    make_record(later, caller, at=TEN - timedelta(days=3))
    EntrustmentNotice.objects.all().delete()

    assert callable_by_case(desk, first, later) == judged_by_gate(caller, first, later) == [False, True]
