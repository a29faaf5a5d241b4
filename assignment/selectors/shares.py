"""Shares that results propose: who brought in more lately gets more."""

from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from assignment.selectors import collectors_of, teams_to_plan_for
from cases.models import Payment
from staff.models import Team

# So far back payments count.
LOOKED_BACK = timedelta(days=92)
# Shares add up to about this for each person: whole numbers, fine enough.
EACH = 100


def proposed_weights(team: Team, *, now: datetime) -> dict[int, int]:
    """A share for each collector of the team, by what was credited to them in the last three months in yuan; the same for all while there
    is nothing. Whoever brought in nothing yet gets half the average, so that newcomers get cases too. Two queries."""
    people = list(collectors_of(team).values_list("pk", flat=True))
    return _shares(people, _credited("credited_to", now, credited_to__in=people))


def proposed_team_weights(*, now: datetime) -> dict[int, int]:
    """The same for the teams that head office may give cases to."""
    teams = list(teams_to_plan_for().values_list("pk", flat=True))
    return _shares(teams, _credited("credited_to__team", now, credited_to__team__in=teams))


def _credited(key: str, now: datetime, **whose) -> dict[int, float]:
    since = timezone.localdate(now - LOOKED_BACK)
    payments = Payment.objects.filter(paid_on__gte=since, currency="CNY", **whose)
    return {row[key]: float(row["total"]) for row in payments.order_by().values(key).annotate(total=Sum("amount"))}


def _shares(whose: list[int], credited: dict[int, float]) -> dict[int, int]:
    earned = {pk: max(0.0, credited.get(pk, 0.0)) for pk in whose}
    mean = sum(earned.values()) / len(whose) if whose else 0
    if not mean:
        return dict.fromkeys(whose, EACH)
    return {pk: max(EACH // 2 if not amount else 1, round(EACH * amount / mean)) for pk, amount in earned.items()}
