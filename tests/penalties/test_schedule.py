"""Annex 1: the schedule and its versions."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from audit.selectors import trail_of
from duties.choices import Kind
from duties.models import DutyKind
from penalties.models import PenaltyEvent, PenaltyRule
from penalties.selectors import events_visible_to, rules_in_force
from penalties.services import enforce_duties
from penalties.services_schedule import CannotRevise, revise_rule, withdraw_planned_rule
from staff.choices import Role
from tests.factories import make_event, make_team, make_user
from tests.penalties.makers import DAY, HOUR, TEN, intake

pytestmark = pytest.mark.django_db


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


def planned(old, *, at, points=9, now=TEN):
    return revise_rule(rule_id=old.pk, name_zh=old.name_zh, name_en=old.name_en, severity=old.severity, points=points, by=make_user(), now=now, valid_from=at)


def test_a_planned_version_prices_what_falls_due_from_its_day_on_and_nothing_before():
    """A4: an intake that is due a minute before the change costs what the present version says, though it is recorded after it."""
    old, change = PenaltyRule.objects.get(duty_kind=Kind.INTAKE), TEN + DAY
    new = planned(old, at=change)
    for due in (change - timedelta(minutes=1), change):
        intake(start=due - HOUR)

    enforce_duties(now=change + DAY)

    assert list(PenaltyEvent.objects.order_by("due_at").values_list("rule", "points")) == [(old.pk, 2), (new.pk, 9)]


def test_the_present_version_stays_in_force_until_the_day(judge):
    old, change = PenaltyRule.objects.get(duty_kind=Kind.INTAKE), TEN + DAY
    new = planned(old, at=change)

    in_force = [rules_in_force(moment).get(duty_kind=Kind.INTAKE) for moment in (TEN, change - timedelta(seconds=1), change)]

    assert [(rule.pk, rule.changes_at) for rule in in_force] == [(old.pk, change), (old.pk, change), (new.pk, None)]


def test_a_planned_version_is_taken_back_before_it_begins_and_not_after(judge):
    old, change = PenaltyRule.objects.get(duty_kind=Kind.INTAKE), TEN + DAY
    new = planned(old, at=change)
    with pytest.raises(CannotRevise):
        withdraw_planned_rule(rule_id=old.pk, by=judge, now=change)

    withdraw_planned_rule(rule_id=old.pk, by=judge, now=change - HOUR)

    old.refresh_from_db()
    assert (old.valid_to, PenaltyRule.objects.filter(pk=new.pk).exists()) == (None, False)
    assert trail_of(old).get().action == "penalty_rule.change_withdrawn"
    with pytest.raises(CannotRevise):
        withdraw_planned_rule(rule_id=old.pk, by=judge, now=change - HOUR)


def test_no_change_begins_in_the_past_nor_beside_a_planned_one():
    old = PenaltyRule.objects.get(duty_kind=Kind.INTAKE)
    with pytest.raises(CannotRevise, match="past"), override("en"):
        planned(old, at=TEN - DAY)
    planned(old, at=TEN + DAY)
    with pytest.raises(CannotRevise, match="planned already"), override("en"):
        planned(old, at=TEN + HOUR)

    assert PenaltyRule.objects.filter(duty_kind=Kind.INTAKE).count() == 2


def test_every_duty_kind_has_a_rule_in_force_from_the_start():
    """Annex 1"""
    kinds = set(DutyKind.objects.values_list("code", flat=True))

    assert set(PenaltyRule.objects.filter(valid_to=None, points__gt=0).values_list("duty_kind", flat=True)) == kinds


def test_events_are_visible_to_the_person_the_lead_and_the_gm_office(event, collector, judge, lead):
    foreign = make_event(make_user(Role.COLLECTOR, team=make_team()))

    assert list(events_visible_to(collector)) == [event]
    assert list(events_visible_to(lead)) == [event]
    assert set(events_visible_to(judge)) == {event, foreign}
    assert list(events_visible_to(make_user(Role.QUALITY))) == []
