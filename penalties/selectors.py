from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from penalties.choices import EventState
from penalties.models import AppealFile, ClosedMonth, Correction, PenaltyEvent, PenaltyRule, Policy
from penalties.rules import month_after
from penalties.statements import Terms, rated_month
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


def rules_in_force(now: datetime) -> QuerySet[PenaltyRule]:
    """The version of each line of the schedule that prices what falls due now, with the day from which a planned one follows it, if any (`changes_at`)."""
    rows = PenaltyRule.objects.filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)
    return rows.select_related("duty_kind").annotate(changes_at=F("valid_to"))


def policy() -> Policy:
    """What holds for all penalties. One query."""
    return Policy.objects.get_or_create(pk=1)[0]


NEVER = date(1, 1, 1)


def terms_of(now: datetime) -> Terms:
    """What the rating needs to know at this moment. Two queries."""
    closed = ClosedMonth.objects.filter(reopened_at=None).aggregate(last=Max("month"))["last"] or NEVER
    return Terms(closed=closed, open=month_after(closed), uses_money=policy().uses_money)


def involved_in(event: PenaltyEvent) -> list[User]:
    """Who may not judge the event: the person, who holds the duty now or held it ever, who gave it on or gave it time, and the lead of the team."""
    turns = list(event.duty.hand_overs.select_related("from_person", "to_person", "by"))
    people = [event.person, event.duty.holder, event.duty.extended_by, event.team.lead if event.team else None]
    people += [person for turn in turns for person in (turn.from_person, turn.to_person, turn.by)]
    return [person for person in people if person is not None]


def files_for(user: User) -> QuerySet[AppealFile]:
    """The files of appeals that this person may fetch: the own ones, and all for who decides appeals. A lead sees the event, not the files."""
    if user.has_perm("penalties.decide_appeals"):
        return AppealFile.objects.all()
    return AppealFile.objects.filter(appeal__event__person=user)


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
    rows = fresh.values("person").annotate(events=Count("pk"), total=Sum("points"), last=Max("pk")).order_by("person")
    return shares_from(rows.values_list("person", "events", "total", "last"))


def shares_from(rows: Iterable[tuple[int, int, int, int]]) -> list[Share]:
    """Shares of (person, events, points, last event). One query."""
    found = list(rows)
    people = User.objects.select_related("team__lead").in_bulk([row[0] for row in found])
    return [Share(person=people[person], events=events, points=points, last=last) for person, events, points, last in found]


# What still costs: not waived, or waived only after its month was closed (the correction stands in a later month).
COSTS = ~Q(state=EventState.WAIVED) | Q(correction__isnull=False)
COSTS_PERSON = ~Q(penalty_events__state=EventState.WAIVED) | Q(penalty_events__correction__isnull=False)


def _figures(of_the_month: Q, corrections: QuerySet[Correction]) -> dict:
    counted = of_the_month & COSTS_PERSON
    corrected_points = Coalesce(Subquery(corrections.annotate(total=Sum("points")).values("total")), 0)
    corrected_amount = Coalesce(Subquery(corrections.annotate(total=Sum("amount")).values("total")), ZERO)
    return {
        "events": Count("penalty_events", filter=of_the_month),
        "waived": Count("penalty_events", filter=of_the_month & Q(penalty_events__state=EventState.WAIVED)),
        "appealed": Count("penalty_events", filter=of_the_month & Q(penalty_events__state=EventState.APPEALED)),
        "serious": Count("penalty_events", filter=counted & Q(penalty_events__rule__severity="serious")),
        "corrections": corrected_points,
        "points": Coalesce(Sum("penalty_events__points", filter=counted), 0) + corrected_points,
        "amount": Coalesce(Sum("penalty_events__amount", filter=counted), ZERO) + corrected_amount,
    }


ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=12, decimal_places=2))


def statement_by_person(user: User, month: date) -> QuerySet[User]:
    """People with events or corrections of the month, with counts, points and yuan (waived ones cost none). Only what `user` may see."""
    visible = Q(penalty_events__in=events_visible_to(user), penalty_events__month=month)
    corrected = _corrections(user, month).filter(event__person=OuterRef("pk")).order_by().values("event__person")
    return User.objects.select_related("team").annotate(**_figures(visible, corrected)).exclude(events=0, corrections=0)


def statement_by_team(user: User, month: date) -> QuerySet[Team]:
    """The same by the team that the person was in."""
    visible = Q(penalty_events__in=events_visible_to(user), penalty_events__month=month)
    corrected = _corrections(user, month).filter(event__team=OuterRef("pk")).order_by().values("event__team")
    people = Count("penalty_events__person", filter=visible, distinct=True)
    return Team.objects.select_related("lead").annotate(**_figures(visible, corrected), people=people).exclude(events=0, corrections=0)


def _corrections(user: User, month: date) -> QuerySet[Correction]:
    return Correction.objects.filter(month=month, event__in=events_visible_to(user))


def totals_of(month: date) -> dict[str, Any]:
    """The whole month: events, points and yuan, corrections in it included. Two queries."""
    events = PenaltyEvent.objects.filter(month=month).aggregate(
        events=Count("pk"), points=Coalesce(Sum("points", filter=COSTS), 0), amount=Coalesce(Sum("amount", filter=COSTS), ZERO)
    )
    corrections = Correction.objects.filter(month=month).aggregate(points=Coalesce(Sum("points"), 0), amount=Coalesce(Sum("amount"), ZERO))
    return {"events": events["events"], "points": events["points"] + corrections["points"], "amount": events["amount"] + corrections["amount"]}


@dataclass(frozen=True)
class Drafted:
    """What a person's or a team's month would have cost under a draft, beside what it did."""

    name: str
    team: str
    events: int
    points: int
    amount: Decimal
    drafted_points: int
    drafted_amount: Decimal

    @property
    def difference(self) -> int:
        return self.drafted_points - self.points


def simulate(month: date, now: datetime, draft: dict[str, Any]) -> list[Drafted]:
    """What the month would have cost under a draft of one rule (kind, points, amount, grace_minutes, repeat_multiplier), by person, dearest change first.

    Rated as enforcement rates. Three queries, whatever the number of events.
    """
    rows = rated_month(month, terms_of(now), draft)
    people = User.objects.in_bulk({row[0] for row in rows})
    teams = Team.objects.in_bulk({row[1] for row in rows if row[1]})
    found = [
        Drafted(str(people[person]), str(teams.get(team, "")), events, points, _yuan(amount), drafted, _yuan(drafted_amount))
        for person, team, events, points, amount, drafted, drafted_amount in rows
    ]
    return sorted(found, key=lambda line: (-abs(line.difference), line.name))


def _yuan(amount: Any) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))
