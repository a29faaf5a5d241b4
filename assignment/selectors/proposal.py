"""What a plan proposes: cases and seats for the solver, client by client, and a line for each case."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Sum

from assignment.choices import Holdings, Mode, PreviousCollector, Reason
from assignment.models import AssignmentPlan, AssignmentRule
from assignment.rules.balance import Proposal, propose
from assignment.rules.eligibility import Candidate, Requirement, is_barred_by_client, seat_of
from assignment.rules.matching import Rule, Traits, match_rules
from assignment.rules.state import NewCase, Seat
from assignment.selectors.matching import age_on, as_rule, asks_for_age, people_named, rules_in_force
from assignment.selectors.scope import cases_to_plan
from assignment.selectors.situation import Situation, cents, former_holders, holders_of_debtors
from assignment.selectors.teams import TeamSeats, waiting_in_teams
from cases.models import Case
from staff.models import Team

NOBODY: frozenset[int] = frozenset()
COLUMNS = ("pk", "debtor_id", "amount", "stage", "region", "product", "overdue_days", "team_id")


class Line(NamedTuple):
    """Where one case goes (a person's id, of a plan for teams a team's), why, by which rule, and whose it is now."""

    case: int
    to: int | None
    reason: Reason
    rule: int | None
    team_before: int | None


@dataclass
class Given:
    """What the plan gives away, client by client: the next client's cases are balanced on top of it."""

    count: dict[int, int] = field(default_factory=dict)
    amount: dict[int, int] = field(default_factory=dict)
    seat_of_debtor: dict[int, int] = field(default_factory=dict)

    def add(self, case: NewCase, seat: int) -> None:
        self.count[seat] = self.count.get(seat, 0) + 1
        self.amount[seat] = self.amount.get(seat, 0) + case.amount
        self.seat_of_debtor.setdefault(case.debtor, seat)

    def on_top_of(self, candidate: Candidate) -> Candidate:
        count, amount = self.count.get(candidate.pk, 0), self.amount.get(candidate.pk, 0)
        if not count:
            return candidate
        held = {"held_count": candidate.held_count + count, "held_amount": candidate.held_amount + amount}
        return replace(candidate, new_today=candidate.new_today + count, **held)

    def alone(self, seat: Seat) -> Seat:
        """Where only new cases count, those given so far are new."""
        return replace(seat, count=self.count.get(seat.pk, 0), amount=self.amount.get(seat.pk, 0))


@dataclass
class PeopleSeats:
    """The seats of a lead's plan: the team's collectors. `weights` are their shares, where shares count."""

    team_id: int
    everybody: frozenset[int]
    mode: str = Mode.BOTH
    counts_holdings: bool = True
    weights: Mapping[int, int] = field(default_factory=dict)

    def seats(self, situation: Situation, given: Given) -> list[Seat]:
        able = [standing.candidate for standing in situation.people if not is_barred_by_client(standing.obstacles)]
        found = [seat_of(given.on_top_of(one), situation.requirement, counts_holdings=self.counts_holdings, weight=self.weight(one.pk)) for one in able]
        return found if self.counts_holdings else [given.alone(seat) for seat in found]

    def weight(self, person: int) -> int:
        return self.weights.get(person, 0) if self.mode == Mode.WEIGHTS else 1

    def cases(self, new: list[NewCase], _situation: Situation) -> list[NewCase]:
        return new

    def seated(self, person_of: Mapping[int, int], _situation: Situation) -> dict[int, int]:
        """By debtor, who of the team holds or held him."""
        return {debtor: person for debtor, person in person_of.items() if person in self.everybody}

    def waiting_with(self, _cases: QuerySet[Case]) -> dict[int, int]:
        """Nobody of the team waits for a case: what waits is nobody's."""
        return {}

    def named(self, row: AssignmentRule, _situation: Situation) -> frozenset[int] | None:
        return people_named(row, self.team_id, self.everybody)


def lines_of_proposal(plan: AssignmentPlan, situations: list[Situation]) -> list[Line]:
    """A line for each case of the plan's scope (A2.2, in its order), the same for the same facts. A fixed number of queries for each client."""
    return propose_lines(cases_to_plan(plan), situations, _seating(plan, situations), mode=plan.mode)


def _seating(plan: AssignmentPlan, situations: list[Situation]) -> PeopleSeats | TeamSeats:
    weights = dict(plan.weights.values_list("team_id" if plan.for_teams else "collector_id", "weight"))
    if plan.for_teams:
        return TeamSeats(plan, weights)
    return PeopleSeats(plan.team_id, _everybody(situations), plan.mode, plan.holdings == Holdings.CUMULATIVE, weights)


def _everybody(situations: list[Situation]) -> frozenset[int]:
    return frozenset(standing.person.pk for situation in situations for standing in situation.people)


def lines_within_team(cases: QuerySet[Case], situations: list[Situation], team: Team, *, barred: Mapping[int, frozenset[int]] | None = None) -> list[Line]:
    """The same for cases that somebody holds already, balanced over the people of the situations. `barred` adds to the clients' wishes, by case."""
    return propose_lines(cases, situations, PeopleSeats(team.pk, _everybody(situations)), mode=Mode.BOTH, barred=barred)


def propose_lines(
    cases: QuerySet[Case], situations: list[Situation], seating: PeopleSeats | TeamSeats, *, mode: str, barred: Mapping[int, frozenset[int]] | None = None
) -> list[Line]:
    rules = rules_in_force([situation.client for situation in situations], situations[0].today) if situations else []
    clients = [_Client(cases.filter(client=situation.client), situation, seating, rules) for situation in situations]
    barred, given, lines = _with_shared_debtors(clients, barred or {}), Given(), []
    for client in clients:
        lines += client.lines(Mode(mode), given, barred)
    return lines


def _with_shared_debtors(clients: "list[_Client]", barred: Mapping[int, frozenset[int]]) -> Mapping[int, frozenset[int]]:
    """A debtor of several clients goes to somebody whom all of them allow, if there is anybody: who is barred for one of his cases is barred for
    all, but for who holds him already, or shall hold him again."""
    count = Counter(debtor for client in clients for debtor in client.debtors()) if len(clients) > 1 else {}
    shared = {debtor for debtor, times in count.items() if times > 1}
    if not shared:
        return barred
    unfit: dict[int, frozenset[int]] = {}
    for client in clients:
        for row in client.rows_of(shared):
            unfit[row[1]] = unfit.get(row[1], NOBODY) | client.unfit(row) | barred.get(row[0], NOBODY)
    found = dict(barred)
    for client in clients:
        for row in client.rows_of(shared):
            if client.everybody - unfit[row[1]]:
                found[row[0]] = barred.get(row[0], NOBODY) | unfit[row[1]] - client.bound_to(row[1])
    return found


class _Client:
    """One client's cases and what the solver must know of them."""

    def __init__(self, cases: QuerySet[Case], situation: Situation, seating: PeopleSeats | TeamSeats, rules: list[AssignmentRule]) -> None:
        self.situation, self.seating = situation, seating
        self.rows = _rows(cases, with_age=asks_for_age(rules))
        self.taken = _taken(self.rows, rules, situation, seating)
        self.former = {} if situation.requirement.previous == PreviousCollector.ANY else former_holders(cases, situation.client)
        self.holders = holders_of_debtors(cases, [standing.person for standing in situation.people])
        self.waiting = seating.waiting_with(cases)
        self.everybody = frozenset(standing.person.pk for standing in situation.people)
        self.strangers = frozenset(standing.person.pk for standing in situation.people if is_barred_by_client(standing.obstacles))

    def debtors(self) -> set[int]:
        return {row[1] for row in self.rows}

    def rows_of(self, debtors: set[int]) -> list[tuple]:
        return [row for row in self.rows if row[1] in debtors]

    def unfit(self, row: tuple) -> frozenset[int]:
        """Whom the client bars from this case."""
        _pk, debtor, _amount, stage, region, *_rest = row
        return self.strangers | self.situation.bars.of(stage, region, self.former.get(debtor))

    def bound_to(self, debtor: int) -> frozenset[int | None]:
        keeps = self.situation.requirement.previous == PreviousCollector.KEEP
        return frozenset([self.holders.get(debtor), self.former.get(debtor) if keeps else None])

    def lines(self, mode: Mode, given: Given, barred: Mapping[int, frozenset[int]]) -> list[Line]:
        new = self.seating.cases(self._new_cases(barred), self.situation)
        pins = self.waiting | self.seating.seated(self.holders, self.situation) | given.seat_of_debtor
        formers = self.seating.seated(self.former, self.situation) if self.situation.requirement.previous == PreviousCollector.KEEP else {}
        proposal = propose(new, self.seating.seats(self.situation, given), mode=mode, pins=pins, formers=formers)
        for case in new:
            seat = proposal.seat_of[case.pk]
            if seat is not None:
                given.add(case, seat)
        return [_line(row, proposal, self.taken) for row in self.rows]

    def _new_cases(self, barred: Mapping[int, frozenset[int]]) -> list[NewCase]:
        barred_from = self.situation.bars.of if _asks_by_case(self.situation.requirement) else None
        new = []
        for pk, debtor, amount, stage, region, *_rest in self.rows:
            away = barred_from(stage, region, self.former.get(debtor)) if barred_from else NOBODY
            away, rule = away | barred.get(pk, NOBODY) if barred else away, self.taken.get(pk)
            steered = (rule.pk, rule.people, rule.strict) if rule else ()
            new.append(NewCase(pk, cents(amount), debtor, stage, away, *steered))
        return new


def _rows(cases, *, with_age: bool) -> list[tuple]:
    columns = (*COLUMNS, "debtor__born_on") if with_age else COLUMNS
    return list(cases.order_by("pk").values_list(*columns))


def _taken(rows: list[tuple], rules: list[AssignmentRule], situation: Situation, seating: PeopleSeats | TeamSeats) -> dict[int, Rule]:
    if not rules:
        return {}
    plain = [as_rule(row, seating.named(row, situation)) for row in rules]
    return match_rules((_traits(row, situation) for row in rows), plain, today=situation.today)


def _traits(row: tuple, situation: Situation) -> Traits:
    pk, _debtor, amount, stage, region, product, overdue, _team, *born = row
    age = age_on(born[0], situation.today) if born else None
    return Traits(pk, situation.client.pk, cents(amount), stage, region, product, overdue, age)


def _asks_by_case(requirement: Requirement) -> bool:
    by_former = requirement.previous == PreviousCollector.NOT
    return by_former or requirement.region_must_match or requirement.dialect_must_match or bool(requirement.senior_stages)


def _line(row: tuple, proposal: Proposal, taken: dict[int, Rule]) -> Line:
    pk, reason = row[0], proposal.reason_of[row[0]]
    rule = taken[pk].pk if reason in (Reason.RULE, Reason.RULE_FULL) and pk in taken else None
    return Line(pk, proposal.seat_of[pk], reason, rule, row[7])


def basis_of(plan: AssignmentPlan, situations: list[Situation]) -> str:
    """A fingerprint of what a plan is made from. When it changes, the plan is stale. Two queries, and one for each client of a plan for teams."""
    cases = cases_to_plan(plan).order_by().aggregate(count=Count("pk"), which=Sum("pk"), amount=Sum("amount"))
    rules = rules_in_force([situation.client for situation in situations], situations[0].today) if situations else []
    parts = [(cases["count"], cases["which"], cents(cases["amount"])), [(rule.pk, rule.version) for rule in rules], [_plain(one) for one in situations]]
    if plan.for_teams:
        parts += [_waiting(plan, situation) for situation in situations]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _waiting(plan: AssignmentPlan, situation: Situation) -> list[tuple]:
    """What waits in the teams weighs as much as what their people hold."""
    rows = waiting_in_teams(plan, situation.client)
    return [(team, row["count"], cents(row["worth"]), row["of_client"], cents(row["worth_of_client"])) for team, row in sorted(rows.items())]


def _plain(situation: Situation) -> tuple[Any, ...]:
    asked = [sorted(value) if isinstance(value, frozenset) else value for value in astuple(situation.requirement)]
    people = sorted((repr(standing.candidate), [str(obstacle) for obstacle in standing.obstacles]) for standing in situation.people)
    return situation.client.pk, asked, people


def is_stale(plan: AssignmentPlan, situations: Iterable[Situation]) -> bool:
    """Whether cases, holdings, leave, limits or rules have changed since the plan was made."""
    return basis_of(plan, list(situations)) != plan.basis
