"""Annex 1: what an event costs — grace, repeats within a month, exemptions, money — and what a month would have cost under a draft."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from cases.models import Arrival
from duties.models import Duty, DutyKind
from duties.services import meet_duty
from penalties.models import PenaltyEvent, PenaltyRule, Policy
from penalties.selectors import simulate
from penalties.services import enforce_duties
from penalties.services_appeals import waive
from penalties.services_schedule import CannotChangePolicy, CannotExempt, change_policy, end_exemption, exempt, revise_rule
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_team, make_user
from tests.penalties.makers import DAY, HOUR, TEN, intake

pytestmark = pytest.mark.django_db
EARLY = MONDAY_9AM - timedelta(days=300)
NOVEMBER = date(2026, 11, 1)


def revise(**changed) -> PenaltyRule:
    """The rule of intake (2 points) in a new version that was in force all the time."""
    old = PenaltyRule.objects.get(duty_kind="intake", valid_to=None)
    kept = {"name_zh": old.name_zh, "name_en": old.name_en, "severity": old.severity, "points": old.points}
    return revise_rule(rule_id=old.pk, by=make_user(), now=EARLY, **kept | changed)


def costs() -> list[int]:
    return list(PenaltyEvent.objects.order_by("due_at", "pk").values_list("points", flat=True))


def meet(duty: Duty, now: datetime) -> None:
    meet_duty(kind="intake", subject=Arrival.objects.get(pk=duty.subject_id), by=duty.holder, now=now)


def test_done_within_the_grace_time_is_recorded_and_costs_nothing():
    revise(grace_minutes=30)
    duty = intake()

    waiting = enforce_duties(now=TEN + timedelta(minutes=10))
    meet(duty, TEN + timedelta(minutes=20))
    done = enforce_duties(now=TEN + timedelta(minutes=21))

    event = PenaltyEvent.objects.get()
    assert ((waiting.missed, waiting.events), (done.missed, done.events)) == ((1, 0), (0, 1))
    assert (event.points, event.relief, event.due_at) == (0, "grace", TEN)


def test_after_the_grace_time_it_costs_what_it_costs():
    revise(grace_minutes=30)
    intake()

    counts = [enforce_duties(now=TEN + timedelta(minutes=minutes)).events for minutes in (0, 29, 30, 31)]

    assert (counts, costs()) == ([0, 0, 1, 0], [2])


def test_repeats_within_a_month_cost_more_and_the_next_month_begins_anew():
    revise(repeat_multiplier=Decimal("1.5"))
    person = make_user()
    for start in (MONDAY_9AM, MONDAY_9AM, MONDAY_9AM + DAY):
        intake(person, start)
    intake(start=MONDAY_9AM)  # somebody else's first
    enforce_duties(now=TEN)
    intake(person, MONDAY_9AM + 9 * DAY)

    enforce_duties(now=MONDAY_9AM + 10 * DAY)

    mine = PenaltyEvent.objects.filter(person=person).order_by("due_at", "pk").values_list("repeat_no", "points", "month")
    assert list(mine) == [(1, 2, NOVEMBER), (2, 3, NOVEMBER), (3, 3, NOVEMBER), (1, 2, date(2026, 12, 1))]
    assert PenaltyEvent.objects.exclude(person=person).get().points == 2


def test_a_waived_event_is_no_repeat():
    revise(repeat_multiplier=Decimal(2))
    person, judge = make_user(), make_user(Role.GM_OFFICE)
    intake(person)
    enforce_duties(now=TEN)
    waive(event_id=PenaltyEvent.objects.get().pk, reason="x", by=judge, now=TEN)
    intake(person, MONDAY_9AM + DAY)

    enforce_duties(now=TEN + DAY)

    assert costs() == [2, 2]


@pytest.mark.parametrize(
    ("about", "spared"),
    [({}, True), ({"kind": "intake"}, True), ({"kind": "import"}, False), ({"team": True}, True), ({"person": True}, True), ({"other": True}, False)],
    ids=["everybody", "the kind", "another kind", "the team", "the person", "another person"],
)
def test_an_exemption_spares_whom_it_names(about, spared):
    team = make_team()
    person, manager = make_user(team=team), make_user()
    who = {"team": team if "team" in about else None, "person": person if "person" in about else (make_user() if "other" in about else None)}
    kind = DutyKind.objects.filter(pk=about.get("kind")).first()
    exempt(starts_at=TEN - HOUR, ends_at=TEN + HOUR, reason="停电", duty_kind=kind, by=manager, now=TEN - HOUR, **who)
    intake(person)

    enforce_duties(now=TEN)

    assert PenaltyEvent.objects.values_list("points", "relief").get() == ((0, "exemption") if spared else (2, ""))


def test_an_exemption_ends_with_its_time_and_can_be_taken_back():
    manager = make_user()
    exempt(starts_at=TEN - HOUR, ends_at=TEN, reason="停电", by=manager, now=EARLY)
    row = exempt(starts_at=TEN, ends_at=TEN + HOUR, reason="停电", by=manager, now=EARLY)
    end_exemption(exemption_id=row.pk, by=manager, now=EARLY)
    intake()

    enforce_duties(now=TEN)

    assert costs() == [2]
    with pytest.raises(CannotExempt):
        end_exemption(exemption_id=row.pk, by=manager, now=EARLY)


def test_nobody_exempts_oneself():
    manager = make_user()

    with pytest.raises(CannotExempt):
        exempt(starts_at=TEN, ends_at=TEN + HOUR, reason="x", person=manager, by=manager, now=TEN)


def test_money_counts_only_once_the_gm_office_turned_it_on_after_a_check():
    """A4: points by default."""
    revise(amount=Decimal("50.00"))
    chief, administrator = make_user(Role.GM_OFFICE), make_user(Role.ADMINISTRATOR)
    intake()
    enforce_duties(now=TEN)
    for person, checked in ((administrator, True), (chief, False)):
        with pytest.raises(CannotChangePolicy):
            change_policy(appeal_days=5, uses_money=True, is_checked=checked, by=person, now=TEN)

    change_policy(appeal_days=5, uses_money=True, is_checked=True, by=chief, now=TEN)
    intake(start=MONDAY_9AM + DAY)
    enforce_duties(now=TEN + DAY)

    assert list(PenaltyEvent.objects.order_by("due_at").values_list("amount", flat=True)) == [0, 50]
    assert Policy.objects.get().changed_by == chief


DRAFT = {"kind": "intake", "points": 4, "amount": Decimal(0), "grace_minutes": 90, "repeat_multiplier": Decimal(3)}


def test_simulate_says_what_the_month_would_have_cost_under_a_draft():
    """Hand-worked: one done after 60 minutes is within the draft's grace (0 for 2); two others: 4, and 4 × 3 when repeated (16 for 4)."""
    team = make_team()
    quick, slow = make_user(team=team, name="快"), make_user(team=team, name="慢")
    duty = intake(quick)
    intake(slow)
    intake(slow, MONDAY_9AM + DAY)
    meet(duty, TEN + HOUR)
    enforce_duties(now=TEN + 2 * DAY)

    lines = simulate(NOVEMBER, TEN + 2 * DAY, DRAFT)

    assert [(line.name, line.team, line.points, line.drafted_points, line.difference) for line in lines] == [
        ("慢", team.name, 4, 16, 12),
        ("快", team.name, 2, 0, -2),
    ]
    assert costs() == [2, 2, 2]


def test_simulating_the_rules_in_force_costs_what_enforcement_charged():
    """The same text rates both."""
    revise(points=3, repeat_multiplier=Decimal("1.5"), grace_minutes=15)
    person = make_user()
    for number in range(3):
        intake(person, MONDAY_9AM + number * DAY)
    enforce_duties(now=TEN + 4 * DAY)

    line = simulate(NOVEMBER, TEN, DRAFT | {"points": 3, "repeat_multiplier": Decimal("1.5"), "grace_minutes": 15})[0]

    assert (line.points, line.drafted_points) == (3 + 5 + 5, 3 + 5 + 5)  # 4.5 points are 5


def test_simulate_another_month_finds_nothing():
    intake()
    enforce_duties(now=TEN)

    assert simulate(date(2026, 10, 1), TEN, DRAFT) == []
