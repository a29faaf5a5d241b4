"""A committed placement taken back, while nobody has worked on it."""

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import CASCADE, Exists, OuterRef, ProtectedError, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from cases.choices import ArrivalState, CaseState, ImportState
from cases.models import Address, Arrival, Case, CaseAccount, Contact, Debtor, ImportRun, Phone, Placement
from cases.selectors import free_specialist
from cases.services.imports.runs import CannotImport, forget_rows, lock_run
from collection.lib.bulk import chunks
from duties.choices import Kind
from duties.services import cancel_duty, open_duty
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty
from staff.services import notify

BATCH = 1000


@transaction.atomic
def undo_import(*, run_id: int, reason: str, by: User, now: datetime) -> ImportRun:
    """The placement's cases are gone as if never imported, and its file may be imported again; the trail keeps that they were.

    Refused as soon as one of its cases was assigned, called, or otherwise worked, or the bank has told anything new of it.
    """
    run = lock_run(run_id, ImportState.COMMITTED)
    if not run.is_placement:
        raise CannotImport(_("Only a placement can be undone. Correct what this file changed with a new file of the bank."))
    if not reason.strip():
        raise CannotImport(_("Say why the import is undone."))
    # Without the key: what refers to the placement may still be written, so that an assignment that is just being applied can end.
    placement = Placement.objects.select_for_update(of=("self",), no_key=True).select_related("team__lead").get(run=run)
    _check_untouched(placement)
    cases = _delete_cases(placement)
    placement.undone_at = now
    placement.save(update_fields=["undone_at"])
    forget_rows(run)
    run.state = ImportState.UNDONE
    run.save(update_fields=["state"])
    changes = {"state": (ImportState.COMMITTED, run.state), "cases": (cases, 0)}
    record("import.undone", subject=run, by=by, at=now, changes=changes, reason=reason.strip())
    cancel_duty(kind=Kind.ASSIGNMENT, subject=placement, by=by, now=now, reason=reason.strip())
    _reopen_arrival(run.file.arrival, by=by, now=now)
    path = reverse("cases:import-detail", args=[run.pk])
    message = gettext_noop("The import of %(placement)s was undone by %(by)s: %(reason)s")
    notify([placement.team.lead], message, now=now, path=path, placement=placement, by=by, reason=reason.strip())
    return run


def _check_untouched(placement: Placement) -> None:
    """Locks the cases first: an assignment or an update that is just being applied is either seen here or waits. Every change counts a case's version up."""
    states = placement.cases.select_for_update(of=("self",)).order_by("pk").values_list("state", "touched_at", "version")
    touched = sum(1 for state, worked, version in states if state != CaseState.UNASSIGNED or worked or version > 1)
    if touched:
        raise CannotImport(_("%(count)s cases of the placement were assigned, worked or changed since; it can no longer be undone.") % {"count": touched})


def _delete_cases(placement: Placement) -> int:
    """Cases, with accounts, contacts, numbers and addresses; and debtors whom only this placement named. By few statements: nothing is loaded.

    The database looks at foreign keys when a transaction ends. Here it does so at once: whatever else hangs on a case refuses the undo.
    """
    people = list(placement.cases.values_list("debtor_id", flat=True).distinct())
    try:
        with transaction.atomic():
            count = _delete_with_children(placement.cases.all())
            for chunk in chunks(people, BATCH):
                _delete_at_once(Debtor.objects.filter(~Exists(Case.objects.filter(debtor=OuterRef("pk"))), pk__in=chunk))
            connection.check_constraints()
    except (IntegrityError, ProtectedError) as error:
        raise CannotImport(_("Something was already done with a case of the placement; it can no longer be undone.")) from error
    return count


def _delete_with_children(cases: QuerySet[Case]) -> int:
    contacts = Contact.objects.filter(case__in=cases)
    for rows in (
        Phone.objects.filter(contact__in=contacts),
        Address.objects.filter(contact__in=contacts),
        contacts,
        CaseAccount.objects.filter(case__in=cases),
    ):
        _delete_at_once(rows)
    for relation in Case._meta.related_objects:  # what other apps let go with a case, as the lines of a plan that was not applied
        if relation.on_delete is CASCADE:
            relation.related_model.objects.filter(case__in=cases).delete()
    return _delete_at_once(cases)


def _delete_at_once(rows: QuerySet) -> int:
    """One statement; an ordinary delete would first load and decrypt every row."""
    return rows._raw_delete(rows.db)


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
