"""A committed placement taken back, while nobody has worked on it."""

from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from cases.choices import ArrivalState, CaseState, PlacementState
from cases.models import Arrival, Case, Debtor, Placement
from cases.selectors import free_specialist
from cases.services.imports.runs import CannotImport, lock_placement
from duties.choices import Kind
from duties.services import cancel_duty, open_duty
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty
from staff.services import notify


@transaction.atomic
def undo_placement(*, placement_id: int, reason: str, by: User, now: datetime) -> Placement:
    """The placement's cases are gone as if never imported, and its file may be imported again; the trail keeps that they were.

    Refused as soon as one of its cases was assigned, called, or otherwise worked.
    """
    placement = lock_placement(placement_id, PlacementState.COMMITTED)
    if not reason.strip():
        raise CannotImport(_("Say why the import is undone."))
    touched = placement.cases.exclude(state=CaseState.UNASSIGNED, touched_at=None, stopped_at=None)
    if count := touched.count():
        raise CannotImport(_("%(count)s cases of the placement are assigned or were worked; it can no longer be undone.") % {"count": count})
    cases = _delete_cases(placement)
    placement.state = PlacementState.UNDONE
    placement.save(update_fields=["state"])
    changes = {"state": (PlacementState.COMMITTED, placement.state), "cases": (cases, 0)}
    record("placement.undone", subject=placement, by=by, at=now, changes=changes, reason=reason.strip())
    cancel_duty(kind=Kind.ASSIGNMENT, subject=placement, by=by, now=now, reason=reason.strip())
    _reopen_arrival(placement.file.arrival, by=by, now=now)
    path = reverse("cases:placement-detail", args=[placement.pk])
    message = gettext_noop("The import of %(placement)s was undone by %(by)s: %(reason)s")
    notify([placement.team.lead], message, now=now, path=path, placement=placement, by=by, reason=reason.strip())
    return placement


def _delete_cases(placement: Placement) -> int:
    """Cases, with accounts, contacts, numbers and addresses; and debtors whom only this placement named."""
    people = list(placement.cases.values_list("debtor_id", flat=True).distinct())
    count = placement.cases.count()
    try:
        with transaction.atomic():
            Case.objects.filter(placement=placement).delete()
    except ProtectedError as error:
        raise CannotImport(_("Something was already done with a case of the placement; it can no longer be undone.")) from error
    for start in range(0, len(people), 500):
        Debtor.objects.filter(pk__in=people[start : start + 500], cases=None).delete()
    return count


def _reopen_arrival(arrival: Arrival, *, by: User, now: datetime) -> None:
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("client", "data_specialist").get(pk=arrival.pk)
    if arrival.state != ArrivalState.IMPORTED:
        return
    arrival.state = ArrivalState.HANDED_OVER
    arrival.save(update_fields=["state"])
    record("arrival.reopened", subject=arrival, by=by, at=now, changes={"state": (ArrivalState.IMPORTED, arrival.state)})
    own = people_on_duty(Role.DATA_SPECIALIST, now=now).filter(pk=arrival.data_specialist_id).first()
    holder = own or free_specialist(now) or by
    open_duty(kind=Kind.IMPORT, subject=arrival, holder=holder, start=now, by=by, path=reverse("cases:arrival-detail", args=[arrival.pk]))
