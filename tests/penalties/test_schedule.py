"""Annex 1: the schedule and its versions."""

import pytest

from audit.selectors import trail_of
from duties.choices import Kind
from duties.models import DutyKind
from penalties.models import PenaltyRule
from penalties.selectors import events_visible_to
from penalties.services_schedule import CannotRevise, revise_rule
from staff.choices import Role
from tests.factories import make_event, make_team, make_user
from tests.penalties.makers import HOUR, TEN

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
