"""What leads and managers set: capacities, and the clients' requirements."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from assignment.models import Capacity, ClientRequirement
from audit.services import record
from cases.models import Client
from staff.models import Team, User

CAPACITY_FIELDS = ("max_cases", "max_amount", "max_new_per_day")


@transaction.atomic
def set_capacity(*, collector: User, max_cases: int, max_amount: Decimal, max_new_per_day: int, by: User, now: datetime) -> Capacity:
    """The collector may hold this much from now on (A2.2, third principle). Cases held already stay."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=collector.pk)
    before = Capacity.objects.filter(collector=collector).first()
    values = {"max_cases": max_cases, "max_amount": max_amount, "max_new_per_day": max_new_per_day}
    capacity, _created = Capacity.objects.update_or_create(collector=collector, defaults=values)
    changes = {name: (getattr(before, name, None), value) for name, value in values.items() if getattr(before, name, None) != value}
    if changes:
        record("capacity.set", subject=capacity, by=by, at=now, changes=changes)
    return capacity


@transaction.atomic
def set_requirement(
    *,
    client: Client,
    teams: Iterable[Team],
    barred_people: Iterable[User],
    min_months_of_service: int,
    max_cases_per_person: int | None,
    training_required: bool,
    by: User,
    now: datetime,
) -> ClientRequirement:
    """Who may hold the client's cases from the next plan on (A2.2, first principle). Cases held already stay."""
    row, _created = ClientRequirement.objects.get_or_create(client=client, defaults={"training_required": False})
    before = _words(row)
    row.min_months_of_service, row.max_cases_per_person, row.training_required = min_months_of_service, max_cases_per_person, training_required
    row.save(update_fields=["min_months_of_service", "max_cases_per_person", "training_required"])
    row.teams.set(teams)
    row.barred_people.set(barred_people)
    after = _words(row)
    changes = {name: (None if _created else before[name], after[name]) for name in after if _created or before[name] != after[name]}
    if changes:
        record("requirement.set", subject=row, by=by, at=now, changes=changes)
    return row


def _words(row: ClientRequirement) -> dict:
    return {
        "teams": [team.name for team in row.teams.order_by("pk")],
        "barred_people": [person.staff_no for person in row.barred_people.order_by("pk")],
        "min_months_of_service": row.min_months_of_service,
        "max_cases_per_person": row.max_cases_per_person,
        "training_required": row.training_required,
    }
