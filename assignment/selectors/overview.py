"""A plan's page in one go: figures, whether it is stale, and why a case goes to nobody."""

from dataclasses import dataclass
from datetime import datetime

from assignment.choices import PlanState
from assignment.models import AssignmentPlan, PlanLine
from assignment.rules.eligibility import obstacles_to_case
from assignment.selectors.figures import Figures, figures_of
from assignment.selectors.proposal import is_stale
from assignment.selectors.situation import former_holders, situation_of, situations_of
from cases.models import Case
from staff.models import User

NOT_YET_COUNTING = (PlanState.MAKING, PlanState.DRAFT, PlanState.APPLYING)


@dataclass(frozen=True, slots=True)
class Overview:
    figures: Figures
    is_stale: bool


def overview_of(plan: AssignmentPlan, *, now: datetime) -> Overview:
    """A draft by what is true now, with whether it may still be applied; what was applied by what was true then."""
    if plan.state not in NOT_YET_COUNTING:
        return Overview(figures_of(plan), is_stale=False)
    situations = situations_of(plan, now=now)
    return Overview(figures_of(plan, situations), is_stale=plan.state == PlanState.DRAFT and is_stale(plan, situations))


@dataclass(frozen=True, slots=True)
class Objection:
    """Why one person may not, or can not, hold a case."""

    person: User
    labels: list[str]


def objections_to(line: PlanLine, people: list[User], *, now: datetime) -> list[Objection]:
    """Of a case that goes to nobody: what stands against each of these people, the client's wishes, the case's own, then capacity."""
    case = line.case
    situation = situation_of(case.client, people, now=now)
    former = former_holders(Case.objects.filter(pk=case.pk), case.client).get(case.debtor_id)
    found = []
    for standing in situation.people:
        to_case = obstacles_to_case(standing.candidate, situation.requirement, stage=case.stage, region=case.region, former=former, today=situation.today)
        found.append(Objection(standing.person, [*standing.labels, *(str(obstacle.label) for obstacle in to_case)]))
    return found
