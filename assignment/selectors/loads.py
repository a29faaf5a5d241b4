"""What everybody holds before and after a plan: as it is now, or as it was when the plan was applied."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum

from assignment.choices import Mode
from assignment.models import Assignment, AssignmentPlan
from assignment.selectors import collectors_of, teams_to_plan_for
from assignment.selectors.situation import Situation, Standing, cents, yuan
from assignment.selectors.teams import waiting_in_teams
from staff.models import Team, User

Held = tuple[int, Decimal]
NOTHING: Held = (0, Decimal(0))


@dataclass(frozen=True, slots=True)
class Load:
    """What one collector (of a plan for teams: one team) holds before and after a plan."""

    person: User | Team
    before_count: int
    before_amount: Decimal
    new_count: int
    new_amount: Decimal
    may_take: bool = True
    labels: list[str] = field(default_factory=list)
    # The share in a plan by shares; None in other plans.
    share: int | None = None

    @property
    def after_count(self) -> int:
        return self.before_count + self.new_count

    @property
    def after_amount(self) -> Decimal:
        return self.before_amount + self.new_amount


def loads_now(plan: AssignmentPlan, situations: list[Situation], new: dict[int | None, dict]) -> list[Load]:
    """By the people as they stand; `new` is what the plan gives, by person or team."""
    if not situations:
        return []
    shares = _shares(plan)
    return _teams_now(plan, situations, new, shares) if plan.for_teams else _people_now(situations, new, shares)


def _shares(plan: AssignmentPlan) -> dict[int, int]:
    return dict(plan.weights.values_list("team_id" if plan.for_teams else "collector_id", "weight")) if plan.mode == Mode.WEIGHTS else {}


def _people_now(situations: list[Situation], new: dict, shares: dict[int, int]) -> list[Load]:
    """A person may stand differently to several clients: every obstacle is named once."""
    of_person: dict[int, list[Standing]] = defaultdict(list)
    for situation in situations:
        for standing in situation.people:
            of_person[standing.person.pk].append(standing)
    loads = []
    for pk, found in of_person.items():
        labels = list(dict.fromkeys(label for standing in found for label in standing.labels))
        held = (found[0].candidate.held_count, found[0].held_amount)
        loads.append(_load(found[0].person, held, new, any(standing.may_take for standing in found), labels, shares.get(pk)))
    return loads


def _teams_now(plan: AssignmentPlan, situations: list[Situation], new: dict, shares: dict[int, int]) -> list[Load]:
    """A team holds what its people hold, and what waits in it."""
    waiting, first, loads = waiting_in_teams(plan, situations[0].client), situations[0], []
    able = {standing.person.team_id for situation in situations for standing in situation.people if standing.may_take}
    for team in teams_to_plan_for():
        own = [standing.candidate for standing in first.people if standing.person.team_id == team.pk]
        rest = waiting.get(team.pk, {"count": 0, "worth": None})
        count, amount = sum(one.held_count for one in own), sum(one.held_amount for one in own)
        loads.append(_load(team, (count + rest["count"], yuan(amount + cents(rest["worth"]))), new, team.pk in able, [], shares.get(team.pk)))
    return loads


def loads_then(plan: AssignmentPlan, new: dict[int | None, dict]) -> list[Load]:
    """By the assignments' own history, just before the plan was applied."""
    moment, shares = plan.applied_at or plan.created_at, _shares(plan)
    rows = _rows_then(plan, new)
    key = "collector__team" if plan.for_teams else "collector"
    held = _held_at(key, list(rows), moment)
    return [_load(row, held.get(pk, NOTHING), new, bool(new.get(pk)), [], shares.get(pk)) for pk, row in rows.items()]


def _rows_then(plan: AssignmentPlan, new: dict) -> dict[int, User | Team]:
    if plan.for_teams:
        return Team.objects.in_bulk([pk for pk in new if pk])
    return {person.pk: person for person in collectors_of(plan.team)} | User.objects.in_bulk([pk for pk in new if pk])


def _load(person: User | Team, held: Held, new: dict, may_take: bool, labels: list[str], share: int | None) -> Load:
    row = new.get(person.pk, {"count": 0, "total": Decimal(0)})
    return Load(person, *held, row["count"], row["total"] or Decimal(0), may_take, labels, share)


def _held_at(key: str, whose: list[int], moment: datetime) -> dict[int, Held]:
    """What each held just before a moment. One query."""
    then = Assignment.objects.filter(**{f"{key}__in": whose}, assigned_at__lt=moment).filter(Q(ended_at=None) | Q(ended_at__gt=moment))
    rows = then.values(key).annotate(count=Count("pk"), total=Sum("case__amount")).order_by()
    return {row[key]: (row["count"], row["total"]) for row in rows}
