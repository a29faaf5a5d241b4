"""The upper of the two levels: head office gives slices to teams. Teams are seats to the same solver; here people become teams."""

from collections.abc import Iterable, Mapping

from assignment.rules.state import NO_LIMIT, NewCase, Seat


def team_seat(team: int, people: Iterable[Seat], *, weight: int | None = None) -> Seat:
    """What a team takes is what its people take together. A share that head office gives it counts instead of the people's own."""
    able = [seat for seat in people if seat.weight and min(seat.room, seat.room_by_client) > 0]

    def together(name: str) -> int:
        return min(NO_LIMIT, sum(getattr(seat, name) for seat in able))

    return Seat(
        team,
        count=together("count"),
        amount=together("amount"),
        room=min(NO_LIMIT, sum(min(seat.room, seat.room_by_client) for seat in able)),
        room_by_client=together("room_by_client"),
        room_for_amount=min(NO_LIMIT, sum(min(seat.room_for_amount, seat.room_for_amount_by_client) for seat in able)),
        room_for_amount_by_client=together("room_for_amount_by_client"),
        weight=together("weight") if weight is None or not able else weight,
    )


def cases_for_teams(cases: Iterable[NewCase], members: Mapping[int, frozenset[int]]) -> list[NewCase]:
    """The same cases with teams in place of people: barred is a team none of whose people may hold the case, named one of whose people a
    rule names. Cases share few sets of people, and each is translated once."""
    barred: dict[frozenset[int], frozenset[int]] = {}
    named: dict[frozenset[int], frozenset[int]] = {}
    found = []
    for case in cases:
        if case.barred not in barred:
            barred[case.barred] = frozenset(team for team, people in members.items() if people <= case.barred)
        if case.first not in named:
            named[case.first] = frozenset(team for team, people in members.items() if people & case.first)
        found.append(case._replace(barred=barred[case.barred], first=named[case.first]))
    return found


def teams_of(holders: Mapping[int, int], members: Mapping[int, frozenset[int]]) -> dict[int, int]:
    """By debtor, the team of who holds him; holders of no team here bind nobody."""
    team_of = {person: team for team, people in members.items() for person in people}
    return {debtor: team_of[person] for debtor, person in holders.items() if person in team_of}
