"""What leads and managers set: capacities, and the clients' requirements."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from assignment.choices import CapacityLevel
from assignment.models import Capacity, ClientRequirement, LevelCapacity
from audit.services import record
from cases.models import Client
from collection.lib.seen import check_as_seen, fingerprint, fingerprint_of
from staff.models import User

CAPACITY_FIELDS = ("max_cases", "max_amount", "max_new_per_day")
LISTS = ("teams", "people", "barred_people")
WISHES = (
    "min_months_of_service",
    "max_cases_per_person",
    "max_amount_per_person",
    "training_required",
    "licence",
    "region_must_match",
    "dialect_must_match",
    "previous_collector",
    "senior_stages",
    "senior_months",
)


@transaction.atomic
def set_capacity(*, collector: User, max_cases: int, max_amount: Decimal, max_new_per_day: int, by: User, now: datetime, seen: str | None = None) -> Capacity:
    """The collector may hold this much from now on (A2.2, third principle). Cases held already stay."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=collector.pk)
    before = Capacity.objects.filter(collector=collector).first()
    check_as_seen(seen, fingerprint_of(before, CAPACITY_FIELDS))
    values = {"max_cases": max_cases, "max_amount": max_amount, "max_new_per_day": max_new_per_day}
    capacity, _created = Capacity.objects.update_or_create(collector=collector, defaults=values)
    changes = {name: (getattr(before, name, None), value) for name, value in values.items() if getattr(before, name, None) != value}
    if changes:
        record("capacity.set", subject=capacity, by=by, at=now, changes=changes)
    return capacity


@transaction.atomic
def clear_capacity(*, collector: User, by: User, now: datetime) -> None:
    """The collector may hold what their level allows from now on."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=collector.pk)
    row = Capacity.objects.filter(collector=collector).first()
    if row is not None:
        record("capacity.cleared", subject=row, by=by, at=now, changes={name: (getattr(row, name), None) for name in CAPACITY_FIELDS})
        row.delete()


@transaction.atomic
def set_level_capacity(
    *, level: str, max_cases: int, max_amount: Decimal, max_new_per_day: int, by: User, now: datetime, seen: str | None = None
) -> LevelCapacity:
    """Whoever is of this level (or on probation) and has no capacity of their own may hold this much from now on. Cases held already stay."""
    before = LevelCapacity.objects.select_for_update().filter(level=CapacityLevel(level)).first()
    check_as_seen(seen, fingerprint_of(before, CAPACITY_FIELDS))
    values = {"max_cases": max_cases, "max_amount": max_amount, "max_new_per_day": max_new_per_day}
    row, _created = LevelCapacity.objects.update_or_create(level=CapacityLevel(level), defaults=values)
    changes = {name: (getattr(before, name, None), value) for name, value in values.items() if getattr(before, name, None) != value}
    if changes:
        record("level_capacity.set", subject=row, by=by, at=now, changes=changes)
    return row


@transaction.atomic
def clear_level_capacity(*, level: str, by: User, now: datetime) -> None:
    """The level sets no limit any more."""
    row = LevelCapacity.objects.select_for_update().filter(level=level).first()
    if row is not None:
        record("level_capacity.cleared", subject=row, by=by, at=now, changes={name: (getattr(row, name), None) for name in CAPACITY_FIELDS})
        row.delete()


@transaction.atomic
def set_requirement(*, client: Client, by: User, now: datetime, seen: str | None = None, **wishes: Any) -> ClientRequirement:
    """Who may hold the client's cases from the next plan on (A2.2, first principle); what `wishes` don't name stays. Cases held already stay.

    `wishes`: teams, people, barred_people; and WISHES, named as the model names them.
    """
    _row, created = ClientRequirement.objects.get_or_create(client=client, defaults={"training_required": False})
    row = ClientRequirement.objects.select_for_update(of=("self",), no_key=True).get(client=client)
    before = requirement_words(row)
    check_as_seen(seen, fingerprint(None if created else before))
    named = {name: wishes[name] for name in WISHES if name in wishes}
    for name, value in named.items():
        setattr(row, name, value)
    row.save(update_fields=list(named))
    for name in LISTS:
        if name in wishes:
            getattr(row, name).set(wishes[name])
    after = requirement_words(row)
    changes = {name: (None if created else before[name], after[name]) for name in after if created or before[name] != after[name]}
    if changes:
        record("requirement.set", subject=row, by=by, at=now, changes=changes)
    return row


def requirement_words(row: ClientRequirement) -> dict:
    """The requirement as the trail tells it, and as two of them are compared."""
    words = {name: getattr(row, name) for name in WISHES}
    people = {name: [person.staff_no for person in getattr(row, name).order_by("pk")] for name in ("people", "barred_people")}
    return {"teams": [team.name for team in row.teams.order_by("pk")], **people, **words}
