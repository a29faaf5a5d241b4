from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from audit.models import AuditEvent
from audit.selectors import trail_of
from duties.models import Duty
from penalties.choices import EventState
from penalties.models import PenaltyEvent, PenaltyRule
from staff.choices import Role
from staff.models import Team, User
from staff.selectors import teams_led_by


def events_visible_to(user: User) -> QuerySet[PenaltyEvent]:
    """Everybody sees their own, a lead the team's too, the GM office (and who has the permission) all."""
    if user.has_perm("penalties.view_all_events"):
        return PenaltyEvent.objects.all()
    mine = Q(person=user)
    if user.has_role(Role.TEAM_LEAD):
        mine |= Q(team__in=teams_led_by(user))
    return PenaltyEvent.objects.filter(mine)


def teams_visible_to(user: User) -> QuerySet[Team]:
    """The teams whose events this person may see."""
    return Team.objects.all() if user.has_perm("penalties.view_all_events") else teams_led_by(user)


def rules_in_force() -> QuerySet[PenaltyRule]:
    return PenaltyRule.objects.filter(valid_to=None).select_related("duty_kind")


@dataclass(frozen=True)
class Share:
    """What one enforcement run recorded against one person."""

    person: User
    events: int
    points: int
    last: int  # the id of one of them, for a link when it is the only one


def newly_recorded() -> list[Share]:
    """Of the events whose duty doesn't say yet that it is recorded, by person. For use inside an enforcement run only. Two queries."""
    fresh = PenaltyEvent.objects.filter(duty__missed_at__isnull=False, duty__recorded_at=None)
    rows = list(fresh.values("person").annotate(events=Count("pk"), total=Sum("points"), last=Max("pk")).order_by("person"))
    people = User.objects.select_related("team__lead").in_bulk([row["person"] for row in rows])
    return [Share(person=people[row["person"]], events=row["events"], points=row["total"], last=row["last"]) for row in rows]


def _figures(of_the_month: Q) -> dict:
    counted = of_the_month & ~Q(penalty_events__state=EventState.WAIVED)
    return {
        "events": Count("penalty_events", filter=of_the_month),
        "waived": Count("penalty_events", filter=of_the_month & Q(penalty_events__state=EventState.WAIVED)),
        "appealed": Count("penalty_events", filter=of_the_month & Q(penalty_events__state=EventState.APPEALED)),
        "serious": Count("penalty_events", filter=counted & Q(penalty_events__rule__severity="serious")),
        "points": Coalesce(Sum("penalty_events__points", filter=counted), 0),
    }


def statement_by_person(user: User, start: datetime, end: datetime) -> QuerySet[User]:
    """People with events due from `start` to `end`, with counts and points (waived ones cost none). Only what `user` may see."""
    visible = Q(penalty_events__in=events_visible_to(user), penalty_events__due_at__gte=start, penalty_events__due_at__lt=end)
    return User.objects.select_related("team").annotate(**_figures(visible)).filter(events__gt=0)


def statement_by_team(user: User, start: datetime, end: datetime) -> QuerySet[Team]:
    """The same by the team that the person was in."""
    visible = Q(penalty_events__in=events_visible_to(user), penalty_events__due_at__gte=start, penalty_events__due_at__lt=end)
    people = Count("penalty_events__person", filter=visible, distinct=True)
    return Team.objects.select_related("lead").annotate(**_figures(visible), people=people).filter(events__gt=0)


def history_of(duty: Duty) -> list[AuditEvent]:
    """The evidence: what happened to the duty and who held it when, oldest first."""
    return list(trail_of(duty).order_by("id"))
