import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.models import F
from django.utils import translation

from audit.models import AuditEvent
from audit.selectors import trail_of
from duties.choices import Kind
from duties.models import Duty, DutyKind
from duties.selectors import working_time
from duties.services import cancel_duty, extend_duty, hand_over_duty, meet_duty, open_duty
from penalties.choices import EventState
from penalties.models import Appeal, PenaltyEvent, PenaltyRule
from penalties.selectors import events_visible_to
from penalties.services import CannotAppeal, CannotDecide, CannotRevise, appeal, decide_appeal, enforce_duties, revise_rule, waive
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_arrival, make_event, make_team, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TEN = MONDAY_9AM + HOUR  # when an intake that began at nine is due


def intake(holder=None, start=MONDAY_9AM) -> Duty:
    arrival = make_arrival()
    return open_duty(kind=Kind.INTAKE, subject=arrival, holder=holder or arrival.registered_by, start=start, by=None, path="/arrivals/1/")


# --- Enforcement (A4) -------------------------------------------------------------------------------------------------


MISSES = [
    pytest.param(Kind.INTAKE, "A1.1", 2, id="A1.1 not handed over within the hour"),
    pytest.param(Kind.IMPORT, "A1.2", 2, id="A1.2 not imported at once"),
    pytest.param(Kind.REGISTRY, "A1.3", 2, id="A1.3 not submitted the same day"),
    pytest.param(Kind.LETTER_DISPATCH, "A1.4", 2, id="A1.4 letter not mailed"),
    pytest.param(Kind.LETTER_QUALITY, "A1.4", 1, id="A1.4 quality form not filled"),
    pytest.param(Kind.ASSIGNMENT, "A2.1", 3, id="A2.1 not assigned the same day"),
    pytest.param(Kind.FILTERING, "A3.1", 5, id="A3.1 not filtered in time"),
    pytest.param(Kind.APPEAL, "A4", 1, id="A4 appeal not decided in time"),
]


@pytest.mark.parametrize(("kind", "rule", "points"), MISSES)
def test_a_missed_duty_of_each_kind_records_one_event_with_its_rule(kind, rule, points):
    """A4 after each rule: one event, against the holder, from the schedule."""
    arrival, holder = make_arrival(), make_user()
    duty = open_duty(kind=kind, subject=arrival, holder=holder, start=MONDAY_9AM, by=None, accounts=10)

    first = enforce_duties(now=duty.due_at)
    again = enforce_duties(now=duty.due_at + HOUR)

    event = PenaltyEvent.objects.select_related("duty__kind", "rule").get()
    assert (first.missed, first.events, again.missed, again.events) == (1, 1, 0, 0)
    assert (event.duty, event.person, event.due_at, event.points, event.state) == (duty, holder, duty.due_at, points, "recorded")
    assert (event.rule.duty_kind_id, event.duty.kind.rule) == (kind, rule)


def test_one_duty_of_each_kind_unmet_gives_one_event_each():
    """A4: leave one duty of each kind unmet."""
    arrival = make_arrival()
    kinds = list(DutyKind.objects.values_list("code", flat=True))
    for kind in kinds:
        open_duty(kind=kind, subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)

    done = enforce_duties(now=MONDAY_9AM + 30 * DAY)

    assert (done.missed, done.events) == (len(kinds), len(kinds))
    assert sorted(PenaltyEvent.objects.values_list("duty__kind", flat=True)) == sorted(kinds)


def test_nothing_is_missed_one_second_before_the_due_time():
    intake()

    done = enforce_duties(now=TEN - timedelta(seconds=1))

    assert (done.missed, done.events, Notice.objects.count()) == (0, 0, 0)


def test_what_was_met_or_cancelled_in_time_records_nothing():
    met, cancelled = make_arrival(), make_arrival()
    for arrival in (met, cancelled):
        open_duty(kind=Kind.INTAKE, subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)
    meet_duty(kind=Kind.INTAKE, subject=met, by=met.registered_by, now=TEN - HOUR / 2)
    cancel_duty(kind=Kind.INTAKE, subject=cancelled, by=None, now=TEN - HOUR / 2, reason="withdrawn")

    done = enforce_duties(now=TEN + DAY)

    assert (done.missed, done.events) == (0, 0)


def test_a_scheduler_down_for_26_hours_catches_up_with_the_true_times():
    """F07: over midnight; dated from the due time, against who held it then."""
    early, late = intake(), intake(start=MONDAY_9AM + 6 * HOUR)
    now = TEN + 26 * HOUR

    done = enforce_duties(now=now)

    assert done.events == 2
    assert list(PenaltyEvent.objects.order_by("due_at").values_list("duty", "due_at")) == [(early.pk, TEN), (late.pk, MONDAY_9AM + 7 * HOUR)]
    assert set(PenaltyEvent.objects.values_list("recorded_at", flat=True)) == {now}
    assert list(Duty.objects.exclude(recorded_at=now)) == []


def test_handed_over_after_the_due_time_the_event_is_against_who_held_it_then():
    """F07, A1.1b: the clock goes with the duty, the miss does not."""
    duty, newcomer = intake(), make_user()
    held_then = duty.holder
    hand_over_duty(duty_id=duty.pk, to=newcomer, by=held_then, reason="leave", now=TEN + HOUR)

    done = enforce_duties(now=TEN + 2 * HOUR)

    assert (done.missed, done.events) == (0, 1)
    assert PenaltyEvent.objects.get().person == held_then


def test_handed_over_before_the_due_time_the_event_is_against_the_new_holder():
    duty, newcomer = intake(), make_user()
    hand_over_duty(duty_id=duty.pk, to=newcomer, by=duty.holder, reason="leave", now=TEN - HOUR / 2)

    enforce_duties(now=TEN)

    assert PenaltyEvent.objects.get().person == newcomer


def test_met_late_is_still_an_event():
    """F07: nobody looked in between."""
    arrival = make_arrival()
    open_duty(kind=Kind.INTAKE, subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)
    meet_duty(kind=Kind.INTAKE, subject=arrival, by=arrival.registered_by, now=TEN + HOUR)

    done = enforce_duties(now=TEN + 2 * HOUR)

    assert (done.missed, done.events) == (0, 1)
    assert PenaltyEvent.objects.get().due_at == TEN


def test_an_extended_duty_is_missed_at_its_new_time():
    """A1.1: extended to three hours."""
    arrival = make_arrival()
    open_duty(kind=Kind.INTAKE, subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)
    extend_duty(kind=Kind.INTAKE, subject=arrival, by=arrival.registered_by, reason="locked file", now=MONDAY_9AM)

    assert enforce_duties(now=TEN).events == 0
    assert enforce_duties(now=MONDAY_9AM + 3 * HOUR).events == 1


def test_the_rule_in_force_when_it_was_due_counts_not_the_one_of_today():
    intake()
    rule = PenaltyRule.objects.get(duty_kind=Kind.INTAKE)
    revise_rule(rule_id=rule.pk, name_zh="新", name_en="new", severity="serious", points=9, by=make_user(), now=TEN + HOUR)
    intake(start=MONDAY_9AM + 5 * HOUR)

    enforce_duties(now=MONDAY_9AM + DAY)

    assert list(PenaltyEvent.objects.order_by("due_at").values_list("points", "rule__version")) == [(2, 1), (9, 2)]


def test_a_kind_without_a_rule_gets_an_event_without_points():
    PenaltyRule.objects.filter(duty_kind=Kind.INTAKE).delete()
    intake()

    enforce_duties(now=TEN)

    assert PenaltyEvent.objects.values_list("rule", "points").get() == (None, 0)


def test_each_event_is_on_the_trail_in_the_same_transaction():
    duty = intake()

    enforce_duties(now=TEN)

    event = PenaltyEvent.objects.get()
    line = AuditEvent.objects.about(event).get()
    with translation.override("zh-hans"):
        assert line.subject == str(PenaltyEvent.objects.get())
    assert (line.action, line.actor, line.at) == ("penalty.recorded", "system", TEN)
    assert line.changes == {"person": [None, duty.holder.name], "points": [None, 2]}


def test_everybody_concerned_gets_one_notice_whatever_the_number():
    """F09: a digest, no flood."""
    team, chief = make_team(), make_user(Role.GM_OFFICE)
    late, later = make_user(Role.COLLECTOR, team=team), make_user(Role.COLLECTOR, team=team)
    for holder in (late, late, late, later):
        intake(holder)

    enforce_duties(now=TEN)

    told = {notice.recipient: notice for notice in Notice.objects.filter(created_at=TEN)}
    assert len(told) == Notice.objects.filter(created_at=TEN).count() == 4
    assert (told[late].values["count"], told[late].values["points"]) == ("3", "6")
    assert told[later].path == f"/penalties/{PenaltyEvent.objects.get(person=later).pk}/"
    assert told[team.lead].values["count"] == "4"
    assert (told[chief].values["count"], told[chief].values["people"]) == ("4", "2")


def test_a_lead_who_missed_a_duty_is_told_once():
    team = make_team()
    intake(team.lead)

    enforce_duties(now=TEN)

    assert Notice.objects.filter(recipient=team.lead, created_at=TEN).count() == 1


def test_the_event_remembers_the_team_of_that_time(team, collector):
    intake(collector)
    enforce_duties(now=TEN)

    collector.team = make_team()
    collector.save()

    assert PenaltyEvent.objects.get().team == team


def test_nothing_overdue_costs_two_statements(django_assert_num_queries):
    intake()

    statements = 3 if connection.vendor == "postgresql" else 2  # the lock; mark; insert
    with django_assert_num_queries(statements + 4):  # and two savepoints
        enforce_duties(now=MONDAY_9AM)


@pytest.mark.postgres
def test_the_sweep_reads_only_its_partial_indexes():
    duty = intake()
    fields = [field.attname for field in Duty._meta.concrete_fields if field.name not in ("id", "subject_id")]
    row = Duty.objects.values(*fields).get(pk=duty.pk)
    Duty.objects.bulk_create(Duty(**row | {"subject_id": 1_000_000 + number, "due_at": TEN + 9 * DAY}) for number in range(5000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE duties_duty")

    overdue = Duty.objects.running().filter(due_at__lte=TEN).explain()
    unrecorded = Duty.objects.filter(missed_at__isnull=False, recorded_at=None).explain()

    assert "duties_running_by_due" in overdue
    assert "duties_missed_to_record" in unrecorded


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_schedulers_at_once_record_each_miss_once():
    """F08"""
    for _number in range(50):
        intake()
    barrier, found = threading.Barrier(4), []

    def sweep() -> None:
        barrier.wait()
        found.append(enforce_duties(now=TEN))
        connections.close_all()

    threads = [threading.Thread(target=sweep) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert PenaltyEvent.objects.count() == 50
    assert (sum(done.missed for done in found), sum(done.events for done in found)) == (50, 50)
    assert AuditEvent.objects.filter(action="penalty.recorded").count() == 50


# --- Appeal, decision, waiver -----------------------------------------------------------------------------------------


@pytest.fixture
def judge(db):
    return make_user(Role.GM_OFFICE)


@pytest.fixture
def event(collector, judge) -> PenaltyEvent:
    return make_event(collector)


def test_appeal_opens_a_duty_for_the_gm_office(event, collector, judge):
    row = appeal(event_id=event.pk, text=" The bank's server was down. ", by=collector, now=TEN + HOUR)

    event.refresh_from_db()
    duty = Duty.objects.unmet().about(row).get()
    assert (event.state, row.text) == ("appealed", "The bank's server was down.")
    assert (duty.kind_id, duty.holder, duty.path) == ("appeal", judge, f"/penalties/{event.pk}/")
    assert trail_of(event).first().action == "penalty.appealed"
    assert Notice.objects.filter(recipient=judge, values__person=str(collector)).exists()


@pytest.mark.parametrize(
    ("text", "own", "later", "what"),
    [
        ("x", False, HOUR, "person concerned"),
        ("  ", True, HOUR, "grounds"),
        ("x", True, 14 * DAY, "ended"),
    ],
    ids=["somebody else's event", "without grounds", "after five working days"],
)
def test_appeal_is_refused(event, collector, text, own, later, what):
    with translation.override("en"), pytest.raises(CannotAppeal, match=what):
        appeal(event_id=event.pk, text=text, by=collector if own else make_user(), now=TEN + later)

    event.refresh_from_db()
    assert (event.state, Appeal.objects.count()) == ("recorded", 0)


def test_appeal_is_open_until_close_of_the_fifth_working_day(event, collector):
    close = working_time().close_after(TEN, 5)
    with pytest.raises(CannotAppeal):
        appeal(event_id=event.pk, text="x", by=collector, now=close)

    appeal(event_id=event.pk, text="x", by=collector, now=close - timedelta(seconds=1))

    assert Appeal.objects.count() == 1


def test_appeal_twice_is_refused(event, collector):
    appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR)

    with pytest.raises(CannotAppeal):
        appeal(event_id=event.pk, text="again", by=collector, now=TEN + HOUR)

    assert Appeal.objects.get().text == "x"


def test_appeal_of_the_only_judge_is_refused_in_words(judge):
    own = make_event(judge)

    with translation.override("en"), pytest.raises(CannotAppeal, match="Nobody in the GM office"):
        appeal(event_id=own.pk, text="x", by=judge, now=TEN + HOUR)


@pytest.mark.parametrize(("uphold", "state"), [(True, EventState.UPHELD), (False, EventState.WAIVED)], ids=["turned down", "granted"])
def test_decide_appeal_ends_the_matter(event, collector, judge, uphold, state):
    row = appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR)

    decide_appeal(event_id=event.pk, uphold=uphold, decision="looked into", by=judge, now=TEN + 2 * HOUR)

    event.refresh_from_db()
    row.refresh_from_db()
    assert (event.state, row.decided_by, row.decision) == (state, judge, "looked into")
    assert (event.waived_by, event.waiver_reason) == ((None, "") if uphold else (judge, "looked into"))
    assert Duty.objects.about(row).get().state == "met"
    assert Notice.objects.filter(recipient=collector, created_at=TEN + 2 * HOUR).count() == 1


def test_decide_appeal_is_not_for_those_involved(event, collector, judge):
    appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR)

    for involved in (collector, collector.team.lead):
        with pytest.raises(CannotDecide):
            decide_appeal(event_id=event.pk, uphold=False, decision="mine", by=involved, now=TEN + 2 * HOUR)

    event.refresh_from_db()
    assert event.state == "appealed"


def test_decide_appeal_needs_an_appeal_and_a_reason(event, collector, judge):
    with pytest.raises(CannotDecide):
        decide_appeal(event_id=event.pk, uphold=True, decision="x", by=judge, now=TEN + HOUR)
    appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR)
    with pytest.raises(CannotDecide):
        decide_appeal(event_id=event.pk, uphold=True, decision=" ", by=judge, now=TEN + HOUR)

    event.refresh_from_db()
    assert event.state == "appealed"


def test_waive_keeps_the_event_and_who_why_when(event, judge):
    waive(event_id=event.pk, reason="power cut", by=judge, now=TEN + HOUR)

    event.refresh_from_db()
    assert (event.state, event.waived_by, event.waived_at, event.waiver_reason) == ("waived", judge, TEN + HOUR, "power cut")
    assert trail_of(event).first().reason == "power cut"


def test_waive_is_refused_twice_for_oneself_and_under_appeal(event, collector, judge):
    own, appealed = make_event(judge), make_event(collector)
    make_user(Role.GM_OFFICE)
    appeal(event_id=appealed.pk, text="x", by=collector, now=TEN + HOUR)
    waive(event_id=event.pk, reason="x", by=judge, now=TEN + HOUR)

    for refused in (event, own, appealed):
        with pytest.raises(CannotDecide):
            waive(event_id=refused.pk, reason="y", by=judge, now=TEN + 2 * HOUR)

    assert set(PenaltyEvent.objects.filter(pk__in=[own.pk, appealed.pk]).values_list("state", flat=True)) == {"recorded", "appealed"}
    assert PenaltyEvent.objects.get(pk=event.pk).waiver_reason == "x"


# --- The schedule -----------------------------------------------------------------------------------------------------


def test_revise_rule_closes_the_old_version_and_opens_the_next():
    old, manager = PenaltyRule.objects.get(duty_kind=Kind.INTAKE), make_user()

    new = revise_rule(rule_id=old.pk, name_zh=old.name_zh, name_en=old.name_en, severity="serious", points=4, by=manager, now=TEN)

    old.refresh_from_db()
    assert (old.valid_to, new.valid_from, new.valid_to, new.version, new.created_by) == (TEN, TEN, None, 2, manager)
    assert trail_of(new).get().changes == {"severity": ["ordinary", "serious"], "points": [2, 4], "version": [1, 2]}


def test_revise_rule_refuses_an_old_version_and_no_change():
    old = PenaltyRule.objects.get(duty_kind=Kind.INTAKE)
    same = {"name_zh": old.name_zh, "name_en": old.name_en, "severity": old.severity}
    with pytest.raises(CannotRevise):
        revise_rule(rule_id=old.pk, points=old.points, by=make_user(), now=TEN, **same)
    revise_rule(rule_id=old.pk, points=3, by=make_user(), now=TEN, **same)
    with pytest.raises(CannotRevise):
        revise_rule(rule_id=old.pk, points=5, by=make_user(), now=TEN + HOUR, **same)

    assert list(PenaltyRule.objects.filter(duty_kind=Kind.INTAKE).order_by("version").values_list("points", flat=True)) == [2, 3]


def test_every_duty_kind_has_a_rule_in_force_from_the_start():
    """Annex 1"""
    kinds = set(DutyKind.objects.values_list("code", flat=True))

    assert set(PenaltyRule.objects.filter(valid_to=None, points__gt=0).values_list("duty_kind", flat=True)) == kinds


# --- Who sees what ----------------------------------------------------------------------------------------------------


def test_events_are_visible_to_the_person_the_lead_and_the_gm_office(event, collector, judge, lead):
    foreign = make_event(make_user(Role.COLLECTOR, team=make_team()))

    assert list(events_visible_to(collector)) == [event]
    assert list(events_visible_to(lead)) == [event]
    assert set(events_visible_to(judge)) == {event, foreign}
    assert list(events_visible_to(make_user(Role.QUALITY))) == []


def test_a_duty_is_never_recorded_as_missed_at_another_time_than_its_due_time():
    intake()
    enforce_duties(now=TEN + 3 * DAY)

    assert not Duty.objects.exclude(missed_at=None).exclude(missed_at=F("due_at")).exists()
