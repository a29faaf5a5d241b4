"""Head office gives slices to teams by the same solver; a team takes what its people take together (A2.2)."""

from assignment.choices import Mode, Reason
from assignment.rules.balance import propose
from assignment.rules.state import NewCase, Seat
from assignment.rules.teams import cases_for_teams, team_seat, teams_of

MEMBERS = {10: frozenset({1, 2}), 20: frozenset({3})}


def test_a_team_holds_and_takes_what_its_people_do_together():
    seat = team_seat(10, [Seat(1, count=3, amount=500, room=4, room_for_amount=900), Seat(2, count=2, room=9, room_by_client=5, room_for_amount=100)])

    assert (seat.count, seat.amount, seat.room, seat.room_for_amount, seat.weight) == (5, 500, 9, 1000, 2)


def test_who_can_take_nothing_counts_for_nothing():
    seat = team_seat(10, [Seat(1, count=3, room=4), Seat(2, count=90, room=0), Seat(3, count=50, weight=0)])

    assert (seat.count, seat.room, seat.weight) == (3, 4, 1)


def test_a_share_that_head_office_gives_counts_instead_but_a_full_team_gets_nothing():
    assert team_seat(10, [Seat(1), Seat(2)], weight=70).weight == 70
    assert team_seat(10, [Seat(1, room=0)], weight=70).weight == 0


def test_a_team_is_barred_when_all_its_people_are_and_named_when_one_of_them_is():
    case = NewCase(1, 100, 1, barred=frozenset({1, 3}), first=frozenset({2}), strict=True)

    assert cases_for_teams([case], MEMBERS) == [NewCase(1, 100, 1, barred=frozenset({20}), first=frozenset({10}), strict=True)]


def test_cases_are_given_to_teams_by_their_people():
    """Twice the people, twice the cases; a debtor stays with the team that holds him."""
    cases = cases_for_teams([NewCase(pk, 100, pk) for pk in range(9)], MEMBERS)
    seats = [team_seat(10, [Seat(1), Seat(2)]), team_seat(20, [Seat(3)])]

    proposal = propose(cases, seats, mode=Mode.BOTH, pins=teams_of({0: 3, 1: 3, 2: 99}, MEMBERS))

    assert sorted(proposal.seat_of.values()) == [10] * 6 + [20] * 3
    assert [proposal.seat_of[0], proposal.seat_of[1]] == [20, 20]
    assert proposal.reason_of[0] == Reason.SAME_DEBTOR_HELD
    assert proposal.reason_of[2] == Reason.BALANCE
