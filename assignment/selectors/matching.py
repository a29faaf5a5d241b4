"""The assignment rules in force, as plain values; and what they ask of cases."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from assignment.models import AssignmentRule
from assignment.rules.matching import Range, Rule
from assignment.selectors.situation import cents
from cases.models import Client


def rules_in_force(clients: Iterable[Client], today: date) -> list[AssignmentRule]:
    """Those that may take a case of these clients, in order. Two queries."""
    rows = AssignmentRule.objects.in_force(today).filter(Q(client=None) | Q(client__in=list(clients)))
    return list(rows.select_related("team").prefetch_related("people"))


def as_rule(row: AssignmentRule, people: frozenset[int] | None) -> Rule:
    """The rule as the solver knows it, with the people it names. None: everybody; it changes nothing then, but takes its cases from the rules
    after it."""
    return Rule(
        pk=row.pk,
        priority=row.priority,
        people=people or frozenset(),
        strict=row.is_strict and people is not None,
        client=row.client_id,
        stages=frozenset(row.stages),
        regions=frozenset(row.regions),
        products=frozenset(row.products),
        amount=Range(_cents(row.amount_from), _cents(row.amount_to)),
        overdue=Range(row.overdue_from, row.overdue_to),
        age=Range(row.age_from, row.age_to),
    )


def asks_for_age(rules: Iterable[AssignmentRule]) -> bool:
    return any(row.age_from is not None or row.age_to is not None for row in rules)


def people_named(row: AssignmentRule, team_id: int, everybody: Iterable[int]) -> frozenset[int] | None:
    """Whom the rule names within one team, for a lead's plan: a rule for the team itself has been followed already."""
    if row.team_id == team_id:
        return None
    return frozenset(person.pk for person in row.people.all()) & frozenset(everybody)


def age_on(born_on: date | None, today: date) -> int | None:
    return None if born_on is None else today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _cents(amount) -> int | None:
    return None if amount is None else cents(amount)
