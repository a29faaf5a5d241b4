"""The seats of head office's plan: the teams, each with what its people hold and could take together."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from assignment.choices import Holdings, Mode
from assignment.models import AssignmentPlan, AssignmentRule
from assignment.rules.eligibility import is_barred_by_client, seat_of
from assignment.rules.state import NewCase, Seat
from assignment.rules.teams import cases_for_teams, team_seat, teams_of
from assignment.selectors.scope import cases_to_plan
from assignment.selectors.situation import Situation, Standing, cents
from cases.choices import CaseState
from cases.models import Case, Client


def waiting_in_teams(plan: AssignmentPlan, client: Client) -> dict[int, dict]:
    """Cases that teams have and no person holds yet, the plan's own left out: count, worth, and of the client. One query."""
    rows = Case.objects.filter(state=CaseState.UNASSIGNED).exclude(pk__in=cases_to_plan(plan).values("pk"))
    ours = Q(client=client)
    totals = {"count": Count("pk"), "worth": Sum("amount"), "of_client": Count("pk", filter=ours), "worth_of_client": Sum("amount", filter=ours)}
    found = rows.order_by().values(home=Coalesce(F("team"), F("placement__team"))).annotate(**totals)
    return {row["home"]: row for row in found if row["home"]}


class TeamSeats:
    """A team's load is what its people hold and what waits in it; its room is theirs. Without shares each team counts by its people."""

    def __init__(self, plan: AssignmentPlan, weights: dict[int, int]) -> None:
        self.plan, self.weights = plan, weights

    def seats(self, situation: Situation, given) -> list[Seat]:
        waiting = waiting_in_teams(self.plan, situation.client)
        return [self._seat(team, people, situation, waiting.get(team, {}), given) for team, people in self._able(situation).items()]

    def _able(self, situation: Situation) -> dict[int, list[Standing]]:
        teams = defaultdict(list)
        for standing in situation.people:
            if not is_barred_by_client(standing.obstacles):
                teams[standing.person.team_id].append(standing)
        return dict(teams)

    def _seat(self, team: int, people: list[Standing], situation: Situation, waiting: dict, given) -> Seat:
        counts = self.plan.holdings == Holdings.CUMULATIVE
        own = [seat_of(one.candidate, situation.requirement, counts_holdings=counts) for one in people]
        seat = team_seat(team, own, weight=self.weights.get(team, 0) if self.plan.mode == Mode.WEIGHTS else None)
        new_count, new_amount = given.count.get(team, 0), given.amount.get(team, 0)
        count, amount = waiting.get("count", 0), cents(waiting.get("worth"))
        return replace(
            seat,
            count=seat.count + count * counts + new_count,
            amount=seat.amount + amount * counts + new_amount,
            room=max(0, seat.room - count - new_count),
            room_by_client=max(0, seat.room_by_client - waiting.get("of_client", 0)),
            room_for_amount=max(0, seat.room_for_amount - amount - new_amount),
            room_for_amount_by_client=max(0, seat.room_for_amount_by_client - cents(waiting.get("worth_of_client"))),
        )

    def cases(self, new: list[NewCase], situation: Situation) -> list[NewCase]:
        """What holds for people, said of teams."""
        return cases_for_teams(new, self._members(situation))

    def seated(self, person_of: Mapping[int, int], situation: Situation) -> dict[int, int]:
        return teams_of(person_of, self._members(situation))

    def waiting_with(self, cases: QuerySet[Case]) -> dict[int, int]:
        """By debtor of these cases, the team in which another case of his waits. One query."""
        rows = Case.objects.filter(state=CaseState.UNASSIGNED, debtor__in=cases.values("debtor")).exclude(pk__in=cases_to_plan(self.plan).values("pk"))
        homes = rows.order_by("-pk").values_list("debtor", Coalesce(F("team"), F("placement__team")))
        return {debtor: team for debtor, team in homes if team}

    def named(self, row: AssignmentRule, situation: Situation) -> frozenset[int]:
        """The people of the team that the rule names, or those whom it names."""
        return self._members(situation).get(row.team_id, frozenset()) if row.team_id else frozenset(person.pk for person in row.people.all())

    def _members(self, situation: Situation) -> dict[int, frozenset[int]]:
        return {team: frozenset(one.person.pk for one in people) for team, people in self._able(situation).items()}
