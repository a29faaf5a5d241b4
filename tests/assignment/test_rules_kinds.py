"""Requirements that depend on case and person (A2.2, first principle), judged by kinds of cases; and capacity by person, level and probation."""

from dataclasses import replace
from datetime import date

import pytest

from assignment.choices import Obstacle, PreviousCollector
from assignment.rules.eligibility import Bars, Candidate, Limits, Requirement, covers, limits_of, obstacles_of, obstacles_to_case, seat_of
from assignment.rules.state import Seat

TODAY = date(2026, 11, 23)
PERSON = Candidate(pk=1, team=1, joined_on=date(2025, 11, 23), regions=("广东",), dialects=("广东", "广西"))


def obstacles(person=PERSON, *, stage="M3", region="广东省深圳市", former=None, **asked) -> list[Obstacle]:
    return obstacles_to_case(person, Requirement(**asked), stage=stage, region=region, former=former, today=TODAY)


@pytest.mark.parametrize(
    ("asked", "of_case", "found"),
    [
        pytest.param({}, {"former": 1}, [], id="asks nothing"),
        pytest.param({"senior_stages": frozenset({"M3"}), "senior_months": 12}, {}, [], id="senior by service, to the day"),
        pytest.param({"senior_stages": frozenset({"M3"}), "senior_months": 13}, {}, [Obstacle.SENIOR], id="a month short"),
        pytest.param({"senior_stages": frozenset({"M3"})}, {}, [Obstacle.SENIOR], id="senior by level only"),
        pytest.param({"senior_stages": frozenset({"M6"})}, {}, [], id="another stage is for seniors"),
        pytest.param({"region_must_match": True}, {}, [], id="covers the region"),
        pytest.param({"region_must_match": True}, {"region": "广西桂林"}, [Obstacle.REGION], id="another region"),
        pytest.param({"dialect_must_match": True}, {"region": "广西桂林"}, [], id="speaks its dialect"),
        pytest.param({"dialect_must_match": True}, {"region": "上海市"}, [Obstacle.DIALECT], id="doesn't"),
        pytest.param({"region_must_match": True, "dialect_must_match": True}, {"region": ""}, [], id="nobody knows the region"),
        pytest.param({"previous": PreviousCollector.NOT}, {"former": 1}, [Obstacle.FORMER], id="held him before"),
        pytest.param({"previous": PreviousCollector.NOT}, {"former": 2}, [], id="another held him"),
        pytest.param({"previous": PreviousCollector.KEEP}, {"former": 1}, [], id="shall hold him again"),
    ],
)
def test_obstacles_between_a_person_and_a_case(asked, of_case, found):
    assert obstacles(**asked, **of_case) == found


def test_a_senior_by_level_needs_no_months():
    assert obstacles(replace(PERSON, is_senior=True, joined_on=None), senior_stages=frozenset({"M3"}), senior_months=60) == []


def test_a_region_is_covered_by_the_beginning_of_its_name():
    assert covers(["海南"], "海南省三亚市")
    assert not covers(["海南"], "青海省海南藏族自治州")
    assert not covers([""], "海南省三亚市")


def test_bars_are_the_obstacles_of_every_pair():
    """Judged by kinds, the same as pair by pair; kinds that bar the same people share one set."""
    people = [replace(PERSON, pk=pk, regions=("广东",) if pk % 2 else ("上海",), is_senior=pk > 2) for pk in range(1, 5)]
    asked = Requirement(region_must_match=True, senior_stages=frozenset({"M3"}), previous=PreviousCollector.NOT)
    bars = Bars(people, asked, TODAY)

    for stage in ("M1", "M3"):
        for region in ("广东省深圳市", "上海市", ""):
            for former in (None, 1, 9):
                pairs = {p.pk for p in people if obstacles_to_case(p, asked, stage=stage, region=region, former=former, today=TODAY)}
                assert bars.of(stage, region, former) - {9} == pairs
    assert bars.of("M1", "广东省深圳市") is bars.of("M2", "广东省广州市")


@pytest.mark.parametrize(
    ("changes", "asked", "found"),
    [
        pytest.param({}, {"people": frozenset({1, 2})}, [], id="among the named"),
        pytest.param({}, {"people": frozenset({2})}, [Obstacle.NAMED], id="others are named"),
        pytest.param({"has_licence": False}, {"licence": True}, [Obstacle.LICENCE], id="no licence"),
        pytest.param({"held_amount_of_client": 900}, {"max_amount": 900}, [Obstacle.CLIENT_AMOUNT], id="as much money as the client allows"),
        pytest.param({"has_shift": False}, {}, [Obstacle.SHIFT], id="no shift today"),
    ],
)
def test_obstacles_of_a_person_by_the_newer_rules(changes, asked, found):
    assert obstacles_of(replace(PERSON, **changes), Requirement(**asked), today=TODAY) == found


def test_a_seat_has_the_room_that_client_and_capacity_leave():
    person = replace(PERSON, max_cases=10, max_new=4, new_today=1, held_count=5, held_amount=700, max_amount=1000, held_of_client=2, held_amount_of_client=200)
    asked = Requirement(max_cases=3, max_amount=250)

    seat = seat_of(person, asked, counts_holdings=True, weight=3)

    assert seat == Seat(1, count=5, amount=700, room=3, room_by_client=1, room_for_amount=300, room_for_amount_by_client=50, weight=3)
    assert seat_of(person, asked, counts_holdings=False).count == 0


def test_who_is_away_or_has_no_shift_keeps_a_seat_without_room():
    """Nobody else gets the debtors they hold."""
    for changes in ({"is_away": True}, {"has_shift": False}):
        seat = seat_of(replace(PERSON, held_count=5, **changes), Requirement(), counts_holdings=True)

        assert (seat.count, seat.room, seat.room_for_amount) == (5, 0, 0)


@pytest.mark.parametrize(
    ("own", "on_probation", "most"),
    [(Limits(max_cases=7), True, 7), (None, True, 20), (None, False, 300)],
)
def test_limits_are_the_persons_own_then_of_probation_then_of_the_level(own, on_probation, most):
    limits = limits_of(own, "senior", on_probation=on_probation, by_level={"senior": Limits(max_cases=300)}, probation=Limits(max_cases=20))

    assert limits.max_cases == most


def test_a_level_without_a_row_sets_no_limit():
    assert limits_of(None, "junior", on_probation=True, by_level={}, probation=None) == Limits()
