"""A committed placement taken back, while nobody has worked on it: asked for on its page, done by whoever claims the import."""

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
from cases.services.imports.runs import MOST_ATTEMPTS, CannotImport, Claim, Clock, LostClaim, claim, forget_rows, lock_run, step_ends
from collection.lib.bulk import chunks
from duties.choices import Kind
from duties.services import cancel_duty, open_duty
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty
from staff.services import notify

BATCH = 1000
CASES_AT_ONCE = 5000


@transaction.atomic
def ask_undo(*, run_id: int, reason: str, by: User, now: datetime) -> ImportRun:
    """The placement waits to be taken back (undo_import).

    Refused as soon as one of its cases was assigned, called, or otherwise worked, or the bank has told anything new of it.
    """
    run = lock_run(run_id, ImportState.COMMITTED)
    if not run.is_placement:
        raise CannotImport(_("Only a placement can be undone. Correct what this file changed with a new file of the bank."))
    if not reason.strip():
        raise CannotImport(_("Say why the import is undone."))
    _check_untouched(_lock_placement(run))
    run.state, run.asked_by, run.undo_reason = ImportState.UNDOING, by, reason.strip()
    run.worked_on_at, run.attempts, run.done_rows = None, 0, 0
    run.save(update_fields=["state", "asked_by", "undo_reason", "worked_on_at", "attempts", "done_rows"])
    record("import.undo_asked", subject=run, by=by, at=now, changes={"state": (ImportState.COMMITTED, run.state)}, reason=run.undo_reason)
    return run


def undo_import(*, run_id: int, clock: Clock) -> None:
    """The placement's cases are gone as if never imported, and its file may be imported again; the trail keeps that they were.

    All at once, and once, however often it is called. What somebody did with a case since it was asked keeps the placement, and the asker is told.
    """
    hold = claim(run_id, ImportState.UNDOING, clock)
    if hold is None:
        return
    try:
        if hold.attempts > MOST_ATTEMPTS:
            _keep_placement(hold)
            return
        with transaction.atomic():
            _undo(hold)
    except CannotImport:
        _keep_placement(hold)
    except LostClaim:
        return


def _undo(hold: Claim) -> None:
    run = ImportRun.objects.get(pk=hold.run_id)
    placement = _lock_placement(run)
    _check_untouched(placement)
    cases = _delete_cases(placement, run, hold)
    now, by, reason = hold.clock(), run.asked_by, run.undo_reason
    placement.undone_at = now
    placement.save(update_fields=["undone_at"])
    forget_rows(run)
    run = step_ends(hold, state=ImportState.UNDONE)
    changes = {"state": (ImportState.UNDOING, run.state), "cases": (cases, 0)}
    record("import.undone", subject=run, by=by, at=now, changes=changes, reason=reason)
    cancel_duty(kind=Kind.ASSIGNMENT, subject=placement, by=by, now=now, reason=reason)
    _reopen_arrival(run.file.arrival, by=by, now=now)
    path = reverse("cases:import-detail", args=[run.pk])
    message = gettext_noop("The import of %(placement)s was undone by %(by)s: %(reason)s")
    notify([placement.team.lead], message, now=now, path=path, placement=placement, by=by, reason=reason)


@transaction.atomic
def _keep_placement(hold: Claim) -> None:
    run = step_ends(hold, state=ImportState.COMMITTED, undo_reason="")
    now = hold.clock()
    record("import.undo_refused", subject=run, by=None, at=now, changes={"state": (ImportState.UNDOING, run.state)})
    path = reverse("cases:import-detail", args=[run.pk])
    message = gettext_noop("%(placement)s was not undone: something was done with one of its cases meanwhile.")
    notify([run.asked_by], message, now=now, path=path, is_urgent=True, placement=run)


def _lock_placement(run: ImportRun) -> Placement:
    """Without the key: what refers to the placement may still be written, so that an assignment that is just being applied can end."""
    return Placement.objects.select_for_update(of=("self",), no_key=True).select_related("team__lead").get(run=run)


def _check_untouched(placement: Placement) -> None:
    """Locks the cases first: an assignment or an update that is just being applied is either seen here or waits. Every change counts a case's version up."""
    states = placement.cases.select_for_update(of=("self",)).order_by("pk").values_list("state", "touched_at", "version")
    touched = sum(1 for state, worked, version in states if state != CaseState.UNASSIGNED or worked or version > 1)
    if touched:
        raise CannotImport(_("%(count)s cases of the placement were assigned, worked or changed since; it can no longer be undone.") % {"count": touched})


def _delete_cases(placement: Placement, run: ImportRun, hold: Claim) -> int:
    """Cases, with accounts, contacts, numbers and addresses; and debtors whom only this placement named. By few statements: nothing is loaded.

    The database looks at foreign keys when a transaction ends. Here it does so at once: whatever else hangs on a case refuses the undo.
    """
    people = list(placement.cases.values_list("debtor_id", flat=True).distinct())
    try:
        with transaction.atomic():
            count = 0
            while last := list(placement.cases.order_by("pk").values_list("pk", flat=True)[:CASES_AT_ONCE])[-1:]:
                count += _delete_with_children(placement.cases.filter(pk__lte=last[0]))
                hold.beat_aside(count * run.row_count // placement.case_count)
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
