"""The one way to a number: a placed call counts until it is recorded or honestly cancelled (CR-03, CR-04, CR-08, CR-46, F15)."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from calls.models import CallIssue, ContactRecord, Dial
from calls.selectors import disclosed_today, issues_visible_to, unrecorded_of, unrecorded_visible_to
from calls.services.issues import CannotReview, review_issue
from calls.services.placing import CannotCancel, CannotPlace, NotAcknowledged, TooManyDisclosures, cancel_call, chase_unrecorded, place_call
from calls.services.recording import CannotRecord, NotHolder, open_call, record_call
from calls.tasks import chase_unrecorded_calls
from cases.services.casework import stop_case
from compliance.models import Verdict
from compliance.services import do_not_contact, set_policy
from staff.choices import Role
from staff.models import Notice
from tests.calls.conftest import TEN
from tests.calls.talks import at_once
from tests.factories import MONDAY_9AM, make_caller, make_case, make_debtor, make_record, make_team, make_user
from workbench.selectors.today import figures_of

MINUTE = timedelta(minutes=1)


def ask(case, by, *, now=TEN):
    phone = case.contacts.get(relation="self").phones.order_by("pk").first()
    return open_call(case_id=case.pk, phone_id=phone.pk, by=by, now=now)


def rules(verdict):
    return [row["rule"] for row in verdict.objections]


def limit(key, figure):
    set_policy(key=key, layer="company", value={"limit": figure}, valid_from=MONDAY_9AM, source="x", by=make_user(Role.ADMINISTRATOR), now=MONDAY_9AM)


def test_placing_shows_the_number_and_puts_it_on_the_trail(case, caller, dial):
    """CR-08, CR-46: shown in the clear for the company's telephone, masked on the trail."""
    placed = dial(case, caller)

    phone = case.contacts.get().phones.get()
    event = AuditEvent.objects.about(placed.dial).get(action="call.placed")
    assert (placed.backend, placed.number, placed.uri) == ("desk_phone", phone.number, "")
    assert event.changes == {"backend": [None, "desk_phone"], "number": [None, phone.masked], "is_disclosed": [None, True]}


def test_cr_08_a_sip_telephone_gets_a_sip_address_and_never_a_tel_one(case, caller, dial, settings):
    """CR-08: no tel: link, which a private device would open."""
    settings.DIALLING, settings.SIP_DOMAIN = "sip", "pbx.example.cn"

    placed = dial(case, caller)

    assert placed.uri == f"sip:{placed.number}@pbx.example.cn"


def test_placing_again_shows_the_same_and_counts_once(case, caller, dial):
    """F14: a double click."""
    first, second = dial(case, caller), dial(case, caller, now=TEN + timedelta(seconds=1))

    assert (second.dial, second.number, disclosed_today(caller, TEN + MINUTE)) == (first.dial, first.number, 1)


def test_cr_04_a_call_that_nobody_recorded_counts_as_an_attempt_long_after_its_reservation(case, caller, dial):
    """CR-04, F15: who dials and never saves is counted all the same."""
    for minute in range(5):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute))
    dial(case, caller)

    seventh = ask(case, caller, now=TEN + timedelta(hours=3))

    assert rules(seventh) == ["CR-04"]
    assert seventh.objections[0]["values"] == {"count": 6, "limit": 6}


def test_cr_03_a_call_to_the_debtor_that_nobody_recorded_counts_as_a_conversation_for_every_collector(case, caller, dial, team):
    """CR-03: over all collectors and cases."""
    other = make_caller(team=team)
    theirs = make_case(debtor=case.debtor, holder=other)
    for minute in range(2):
        make_record(case, caller, "RTP", at=MONDAY_9AM + timedelta(minutes=minute))
    dial(case, caller, acknowledged=True)

    assert rules(ask(theirs, other, now=TEN + timedelta(hours=2))) == ["CR-03"]


def test_recording_as_unanswered_takes_the_conversation_back(case, caller, dial, save):
    """CR-03: what came of it decides once it is known."""
    for minute in range(2):
        make_record(case, caller, "RTP", at=MONDAY_9AM + timedelta(minutes=minute))
    placed = dial(case, caller, acknowledged=True)
    save(placed.dial.verdict, caller, "NOAS")

    assert ask(case, caller, now=TEN + timedelta(hours=3)).allowed


def test_f15_a_call_that_was_never_placed_is_not_recorded(case, caller):
    """F15: an allowed answer alone is no call; otherwise attempts could be made up."""
    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN)
    times = {"started_at": TEN, "ended_at": TEN, "now": TEN + timedelta(minutes=1)}

    with pytest.raises(CannotRecord) as refusal:
        record_call(verdict_id=verdict.pk, outcome="NOAS", request_key=uuid.uuid4(), by=caller, **times)

    assert refusal.value.rule == "F15"


def test_f15_a_reservation_that_was_not_used_is_released_after_two_minutes(case, caller):
    """F15: nobody saw the number, nobody was rung."""
    for minute in range(5):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute))
    other = make_caller(team=caller.team)
    theirs = make_case(holder=other, phone=case.contacts.get().phones.get().number)
    ask(case, caller)

    within, after = ask(theirs, other, now=TEN + MINUTE), ask(theirs, other, now=TEN + 3 * MINUTE)

    assert (rules(within), after.allowed) == (["CR-04"], True)


def test_placing_needs_a_fresh_answer_of_ones_own(case, caller, team):
    """CR-13: an old answer is none."""
    verdict = ask(case, caller)

    with pytest.raises(CannotPlace):
        place_call(verdict_id=verdict.pk, by=caller, now=TEN + 3 * MINUTE)
    with pytest.raises(NotHolder):
        place_call(verdict_id=verdict.pk, by=make_caller(team=team), now=TEN)

    assert Dial.objects.get().placed_at is None


@pytest.mark.parametrize("obstacle", ["CR-13", "STOPPED"])
def test_cr_13_what_was_barred_or_stopped_since_the_answer_is_not_placed(case, caller, lead, obstacle):
    """CR-13: at once, for everybody, also between the gate's answer and the dialling."""
    verdict = ask(case, caller)
    if obstacle == "CR-13":
        do_not_contact(phone=verdict.phone, reason="别再打", by=lead, now=TEN)
    else:
        stop_case(case_id=case.pk, reason="银行通知", by=lead, now=TEN)

    with pytest.raises(CannotPlace) as refusal:
        place_call(verdict_id=verdict.pk, by=caller, now=TEN + timedelta(seconds=30))

    assert (refusal.value.rule, Dial.objects.get().placed_at) == (obstacle, None)


def test_a_refused_call_is_not_placed(case, caller):
    """CR-02"""
    verdict = ask(case, caller, now=MONDAY_9AM.replace(hour=21))

    with pytest.raises(CannotPlace) as refusal:
        place_call(verdict_id=verdict.pk, by=caller, now=MONDAY_9AM.replace(hour=21))

    assert (refusal.value.rule, Dial.objects.count()) == ("CR-02", 0)


def test_cr_05_a_second_conversation_within_two_hours_has_to_be_acknowledged(case, caller, dial):
    """CR-05: WARN."""
    make_record(case, caller, "RTP", at=MONDAY_9AM)

    with pytest.raises(NotAcknowledged) as warned:
        dial(case, caller)
    placed = dial(case, caller, acknowledged=True)

    assert [row["rule"] for row in warned.value.warnings] == ["CR-05"]
    assert placed.dial.acknowledged == ["CR-05"]
    assert AuditEvent.objects.about(placed.dial).get().changes["acknowledged"] == [None, ["CR-05"]]


def test_cr_05_two_hours_later_nothing_is_said(case, caller, dial):
    make_record(case, caller, "RTP", at=MONDAY_9AM)

    assert dial(case, caller, now=MONDAY_9AM + timedelta(hours=2, minutes=1)).dial.acknowledged == []


def test_cr_06_the_strict_profile_is_off_until_somebody_puts_it_in_force(case, caller, dial):
    """CR-06: seven conversations in seven days."""
    for day in range(7):
        make_record(case, caller, "RTP", at=TEN - timedelta(days=day, hours=3))
    before = ask(case, caller).warnings

    limit("voice.effective.per_debtor_week", 7)

    with pytest.raises(NotAcknowledged) as warned:
        dial(case, caller, now=TEN + timedelta(minutes=10))
    assert (before, [row["rule"] for row in warned.value.warnings]) == ([], ["CR-06"])


def test_cr_46_a_person_is_shown_so_many_numbers_a_day(case, caller, dial):
    """CR-46: cancelled ones count; the next day begins anew."""
    limit("call.disclosed_per_user_day", 2)
    cancel_call(verdict_id=dial(case, caller).dial.verdict_id, reason="拨错", by=caller, now=TEN)
    dial(make_case(holder=caller), caller)
    third = make_case(holder=caller)

    with pytest.raises(TooManyDisclosures):
        dial(third, caller)

    assert Dial.objects.filter(is_disclosed=True).count() == 2
    assert dial(third, caller, now=TEN + timedelta(days=1)).number


def test_cr_46_the_lead_is_told_at_three_quarters(case, caller, dial, lead):
    limit("call.disclosed_per_user_day", 4)
    for _number in range(3):
        dial(make_case(holder=caller), caller)

    assert [notice.recipient for notice in Notice.objects.all()] == [lead]


def test_a_cancelled_call_is_no_attempt_and_cannot_be_recorded(case, caller, dial, save):
    """CR-04: the number was shown, and not dialled."""
    for minute in range(5):
        make_record(case, caller, at=MONDAY_9AM + timedelta(minutes=minute))
    placed = dial(case, caller)

    cancel_call(verdict_id=placed.dial.verdict_id, reason="客户来电中", by=caller, now=TEN + MINUTE)

    assert ask(case, caller, now=TEN + 5 * MINUTE).allowed
    with pytest.raises(CannotRecord):
        save(placed.dial.verdict, caller)
    assert AuditEvent.objects.about(placed.dial).get(action="call.cancelled").reason == "客户来电中"


@pytest.mark.parametrize(("reason", "after"), [(" ", 0), ("迟了", 6)], ids=["no reason", "too late"])
def test_cancelling_needs_a_reason_and_haste(case, caller, dial, reason, after):
    placed = dial(case, caller)

    with pytest.raises(CannotCancel):
        cancel_call(verdict_id=placed.dial.verdict_id, reason=reason, by=caller, now=TEN + after * MINUTE)

    placed.dial.refresh_from_db()
    assert placed.dial.cancelled_at is None


def test_somebody_elses_call_is_not_cancelled(case, caller, dial, team):
    placed = dial(case, caller)

    with pytest.raises(NotHolder):
        cancel_call(verdict_id=placed.dial.verdict_id, reason="x", by=make_caller(team=team), now=TEN)


def test_who_cancels_often_is_told_of(case, caller, dial, lead):
    """CR-04: cancelling is no way around the count."""
    for number in range(3):
        placed = dial(case, caller, now=TEN + number * 5 * MINUTE)
        cancel_call(verdict_id=placed.dial.verdict_id, reason="x", by=caller, now=TEN + number * 5 * MINUTE)

    assert [(notice.recipient, notice.values["count"]) for notice in Notice.objects.all()] == [(lead, "3")]


def test_cr_04_the_days_cancelled_calls_are_counted_for_the_lead_and_open_their_rows(case, caller, dial, lead, sign_in):
    """CR-04: on a desk phone the caller's word is all there is. Scope: another lead sees none of them."""
    for number, day in enumerate((TEN - timedelta(days=1), TEN, TEN + timedelta(minutes=10))):
        placed = dial(case, caller, now=day)
        cancel_call(verdict_id=placed.dial.verdict_id, reason=f"理由{number}", by=caller, now=day)
    open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN + timedelta(minutes=20))
    other = make_team().lead

    figures = {person: next(row for row in figures_of(person, now=TEN) if "cancelled" in row.url) for person in (lead, other)}
    page = sign_in(lead).get(figures[lead].url)

    assert [(figure.count, figure.tone) for figure in figures.values()] == [(2, ""), (0, "")]
    assert [f"理由{number}" in page.content.decode() for number in range(3)] == [False, True, True]


def test_an_unrecorded_call_waits_on_the_callers_desk_and_is_seen_by_lead_and_quality(case, caller, dial, lead, team):
    """E14: it is recorded late rather than never."""
    placed, later = dial(case, caller), TEN + 20 * MINUTE
    stranger = make_team().lead

    assert list(unrecorded_of(caller, TEN + 10 * MINUTE)) == []
    assert list(unrecorded_of(caller, later)) == [placed.dial]
    seen = [list(unrecorded_visible_to(person, later)) for person in (lead, make_user(Role.QUALITY), stranger)]
    assert seen == [[placed.dial], [placed.dial], []]


def test_recording_late_takes_it_off_the_desk(case, caller, dial, save):
    placed = dial(case, caller)

    save(placed.dial.verdict, caller, now=TEN + timedelta(hours=3))

    assert list(unrecorded_of(caller, TEN + timedelta(hours=3))) == []
    assert ContactRecord.objects.get().verdict == placed.dial.verdict


def test_chasing_tells_the_caller_once_and_a_day_later_lead_and_quality(case, caller, dial, lead):
    """E14; F07: a tick that is doubled changes nothing."""
    quality = make_user(Role.QUALITY)
    dial(case, caller)
    counts = [chase_unrecorded(now=TEN + after) for after in (10 * MINUTE, 20 * MINUTE, 21 * MINUTE, timedelta(hours=25), timedelta(hours=26))]

    issue = CallIssue.objects.get()
    assert counts == [0, 1, 0, 0, 0]
    assert (issue.kind, issue.collector) == ("unrecorded", caller)
    assert {notice.recipient for notice in Notice.objects.all()} == {caller, lead, quality}
    assert Notice.objects.count() == 3


def test_the_beat_task_chases(case, caller, dial):
    dial(case, caller)
    Dial.objects.update(at=timezone.now() - 20 * MINUTE, placed_at=timezone.now() - 20 * MINUTE)

    chase_unrecorded_calls.delay()

    assert [notice.recipient for notice in Notice.objects.all()] == [caller]


def test_an_issue_is_looked_at_by_somebody_else_once(case, caller, dial, lead):
    dial(case, caller)
    chase_unrecorded(now=TEN + timedelta(hours=25))
    issue = CallIssue.objects.get()

    with pytest.raises(CannotReview):
        review_issue(issue_id=issue.pk, note="x", by=caller, now=TEN)
    review_issue(issue_id=issue.pk, note="已面谈", by=lead, now=TEN)
    with pytest.raises(CannotReview):
        review_issue(issue_id=issue.pk, note="y", by=make_user(Role.QUALITY), now=TEN)

    issue.refresh_from_db()
    assert (issue.seen_by, issue.note, list(issues_visible_to(make_team().lead))) == (lead, "已面谈", [])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f15_twenty_at_five_of_six_and_one_passes():
    """F15, S25: one number, twenty people, one attempt left."""
    team = make_team()
    people = [make_caller(team=team) for _number in range(20)]
    cases = [make_case(holder=person, phone="13800007777") for person in people]
    for minute in range(5):
        make_record(cases[0], people[0], at=MONDAY_9AM + timedelta(minutes=minute))

    verdicts = at_once(lambda index: ask(cases[index], people[index]), 20)

    assert [verdict.allowed for verdict in verdicts].count(True) == 1
    assert {tuple(rules(verdict)) for verdict in verdicts if not verdict.allowed} == {("CR-04",)}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f15_two_at_two_of_three_make_one_reservation():
    """F15, CR-03: one debtor, two cases, two numbers."""
    team, debtor = make_team(), make_debtor()
    people = [make_caller(team=team) for _number in range(2)]
    cases = [make_case(holder=person, debtor=debtor) for person in people]
    for minute in range(2):
        make_record(cases[0], people[0], "RTP", at=MONDAY_9AM - timedelta(minutes=10) + timedelta(minutes=minute))

    verdicts = at_once(lambda index: ask(cases[index], people[index]), 2)

    assert sorted(verdict.allowed for verdict in verdicts) == [False, True]
    assert Dial.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_s25_the_cap_of_shown_numbers_holds_for_two_tabs():
    """S25, CR-46: two tabs at the last number of the day."""
    caller = make_caller()
    limit("call.disclosed_per_user_day", 3)
    cases = [make_case(holder=caller) for _number in range(6)]
    verdicts = [ask(case, caller) for case in cases]

    answers = at_once(lambda index: place_call(verdict_id=verdicts[index].pk, by=caller, now=TEN), 6)

    assert sum(isinstance(answer, TooManyDisclosures) for answer in answers) == 3
    assert Dial.objects.filter(is_disclosed=True).count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f14_placing_ten_times_at_once_places_once():
    """F14"""
    caller = make_caller()
    verdict = ask(make_case(holder=caller), caller)

    answers = at_once(lambda index: place_call(verdict_id=verdict.pk, by=caller, now=TEN), 10)

    assert {answer.dial.pk for answer in answers} == {Dial.objects.get().pk}
    assert (Verdict.objects.count(), AuditEvent.objects.filter(action="call.placed").count()) == (1, 1)
