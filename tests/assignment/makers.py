"""What the tests of assignment share besides the common factories."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from assignment.models import AssignmentPlan, Capacity, ClientRequirement
from assignment.services.applying import apply_plan
from assignment.services.making import make_plan
from cases.models import Case, Client, Debtor, Placement
from collection.lib.crypto import blind_index
from duties.models import Duty
from duties.services import open_duty
from staff.models import Leave, Qualification, User
from tests.factories import MONDAY_9AM


def make_capacity(collector: User, **fields) -> Capacity:
    defaults = {"max_cases": 500, "max_amount": Decimal(50_000_000), "max_new_per_day": 500}
    return Capacity.objects.create(collector=collector, **defaults | fields)


def make_requirement(client: Client, *, teams=(), barred=(), people_only=(), **fields) -> ClientRequirement:
    row = ClientRequirement.objects.create(client=client, **{"training_required": False} | fields)
    row.teams.set(teams)
    row.people.set(people_only)
    row.barred_people.set(barred)
    return row


def make_qualification(person: User, *, days: int = 100) -> Qualification:
    until = (MONDAY_9AM + timedelta(days=days)).date()
    return Qualification.objects.create(person=person, passed_on=until - timedelta(days=365), valid_until=until)


def make_leave(person: User, *, days: int = 1) -> Leave:
    return Leave.objects.create(
        person=person, starts_at=MONDAY_9AM - timedelta(hours=1), ends_at=MONDAY_9AM + timedelta(days=days), reason="年假", entered_by=person
    )


def make_lead_duty(placement: Placement, *, start: datetime = MONDAY_9AM) -> Duty:
    return open_duty(kind="assignment", subject=placement, holder=placement.team.lead, start=start, by=None)


def make_cases_in_bulk(placement: Placement, count: int, *, amount: int = 1000) -> list[Case]:
    """Bare unassigned cases, one debtor each."""
    start = Debtor.objects.count()
    numbers = [f"{start + number:018}" for number in range(count)]
    debtors = Debtor.objects.bulk_create(
        Debtor(name="王五", id_no=number, id_index=blind_index("id", f"bulk{number}"), id_last4=number[-4:]) for number in numbers
    )
    placement.case_count += count
    placement.save(update_fields=["case_count"])
    return Case.objects.bulk_create(
        Case(
            placement=placement,
            client=placement.client,
            debtor=debtor,
            case_no=f"B{number}",
            placed_on=placement.placed_on,
            amount=amount,
            balance=amount,
            balance_on=placement.placed_on,
            stage="M3",
            created_at=MONDAY_9AM,
        )
        for number, debtor in zip(numbers, debtors, strict=True)
    )


def plan_of(placement: Placement, *, mode: str = "both", holdings: str = "cumulative", now: datetime = MONDAY_9AM) -> AssignmentPlan:
    return make_plan(placement=placement, team=placement.team, mode=mode, holdings=holdings, by=placement.team.lead, now=now)


def applied_plan_of(placement: Placement, *, now: datetime = MONDAY_9AM) -> AssignmentPlan:
    plan = plan_of(placement, now=now)
    return apply_plan(plan_id=plan.pk, version=plan.version, by=placement.team.lead, now=now)


def applied_now(placement: Placement) -> AssignmentPlan:
    """By the machine's own clock, which the pages read."""
    return applied_plan_of(placement, now=timezone.now())


def plan_url(name: str, plan: AssignmentPlan) -> str:
    return reverse(f"assignment:{name}", args=[plan.pk])
