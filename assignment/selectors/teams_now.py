"""The teams as head office weighs them: people, what they hold, what waits in them."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from assignment.models import Assignment
from assignment.selectors import teams_to_plan_for
from cases.choices import ENDED, CaseState
from cases.models import Case
from staff.choices import Role
from staff.models import Team


@dataclass(frozen=True, slots=True)
class TeamStanding:
    """One team: its collectors, what they hold, and the team's cases that nobody holds yet."""

    team: Team
    people: int
    held_count: int
    held_amount: Decimal
    waiting: int


def teams_now() -> list[TeamStanding]:
    """Every team that head office may give cases to. Three queries."""
    people = Count("members", filter=Q(members__is_active=True, members__groups__name=Role.COLLECTOR), distinct=True)
    teams = teams_to_plan_for().select_related("lead").annotate(people=people)
    open_rows = Assignment.objects.open().exclude(case__state__in=ENDED).order_by().values("collector__team")
    held = {row["collector__team"]: row for row in open_rows.annotate(count=Count("pk"), amount=Sum("case__amount"))}
    unassigned = Case.objects.filter(state=CaseState.UNASSIGNED).order_by().values(home=Coalesce(F("team"), F("placement__team")))
    waiting = {row["home"]: row["count"] for row in unassigned.annotate(count=Count("pk"))}
    none = {"count": 0, "amount": Decimal(0)}
    found = ((team, held.get(team.pk, none)) for team in teams)
    return [TeamStanding(team, team.people, row["count"], row["amount"] or Decimal(0), waiting.get(team.pk, 0)) for team, row in found]
