"""The commit: all rows become cases in one transaction, or none does."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import DataError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record, record_each
from cases.choices import ImportState, RowState
from cases.models import Address, Case, CaseAccount, Contact, Debtor, ImportRun, Phone, Placement
from cases.selectors import assignment_path
from cases.services.imports.building import ACCOUNT, ADDRESS, CASE, CONTACT, DEBTOR, PHONE, SEALED, Batch, Fetched, build
from cases.services.imports.controls import differs
from cases.services.imports.runs import (
    MOST_ATTEMPTS,
    CannotImport,
    Claim,
    Clock,
    LostClaim,
    claim,
    forget_imported_rows,
    lock_run,
    settle_arrival,
    step_ends,
    without_samples,
)
from cases.services.imports.summary import summarise
from cases.services.imports.updates.writing import CasesChanged, write_updates
from collection.lib.bulk import check_at_once, load, load_new, overlap, reserve_ids
from collection.lib.money import format_money
from duties.choices import Kind
from duties.services import open_duty
from staff.models import User
from staff.selectors import lead_on_duty
from staff.services import notify

ROWS_AT_ONCE = 2000
# The name of the lock of whoever writes a placement, any number that nobody else takes; and how many seconds until the next look at it.
WRITING = 20_260_001
LOOK_AGAIN = 0.2
logger = logging.getLogger("desk.imports")


@transaction.atomic
def commit_import(*, run_id: int, by: User, now: datetime) -> ImportRun:
    """The checked rows wait to be written, all or nothing. A row with an error blocks it: mend it or leave it out."""
    run = lock_run(run_id, ImportState.VALIDATED)
    bad = run.rows.filter(state=RowState.BAD).count()
    if bad:
        raise CannotImport(_("%(count)s rows have errors. Mend them, or leave them out with a reason.") % {"count": bad})
    if differs(run.summary) and not run.accepted_reason:
        raise CannotImport(_("The totals that the file announces differ from what was read. Find out why, or accept them with a reason."))
    if not run.rows.exclude(state=RowState.SKIPPED).exists():
        raise CannotImport(_("No row is left to import."))
    if run.is_placement and (run.team is None or run.team.lead is None):
        raise CannotImport(_("Choose a team that has a lead: the lead is told when the placement is in."))
    run.state, run.asked_by, run.worked_on_at, run.attempts, run.done_rows = ImportState.COMMITTING, by, None, 0, 0
    run.save(update_fields=["state", "asked_by", "worked_on_at", "attempts", "done_rows"])
    record("import.commit_asked", subject=run, by=by, at=now, changes={"state": (ImportState.VALIDATED, run.state)})
    return run


def write_import(*, run_id: int, clock: Clock) -> None:
    """The placement's cases, debtors, accounts, contacts, the notice and the lead's duty are there, together and once, however often it is called.

    A case number that somebody else imported meanwhile sends the placement back to the check, which then shows it.
    """
    hold = claim(run_id, ImportState.COMMITTING, clock)
    if hold is None:
        return
    try:
        if hold.attempts > MOST_ATTEMPTS:
            _send_back(hold, ImportState.VALIDATED)
            return
        with transaction.atomic():
            _write(hold)
    except (IntegrityError, CasesChanged):
        _send_back(hold, ImportState.MAPPED)
    except DataError as error:
        # The database quotes the value in its message: that must not reach a log.
        logger.error("import %s: %s", run_id, type(error).__name__)  # noqa: TRY400 - without the traceback for that reason
        _send_back(hold, ImportState.VALIDATED)
    except LostClaim:
        return


def _send_back(hold: Claim, state: str) -> None:
    with transaction.atomic():
        run = step_ends(hold, state=state)
        record("import.commit_broken_off", subject=run, by=None, at=hold.clock(), changes={"state": (ImportState.COMMITTING, state)})
        path = reverse("cases:import-detail", args=[run.pk])
        notify([run.asked_by], gettext_noop("The import of %(placement)s was broken off; look at it again."), now=hold.clock(), path=path, placement=run)


def _write(hold: Claim) -> None:
    run = ImportRun.objects.select_related("client", "team", "asked_by", "file").get(pk=hold.run_id)
    if not run.is_placement:
        write_updates(hold, run)
        return
    _take_turn(hold)
    writer = Writer(_new_placement(run, hold.clock()), by=run.asked_by, now=hold.clock())
    check_at_once(CaseAccount, Contact, Phone, Address)
    overlap(_batches(run, hold), writer.build, writer.write)
    _finish(hold, writer)


def _take_turn(hold: Claim) -> None:
    """Placements are written one after the other, on PostgreSQL until the transaction ends.

    Two at once that name the same new people and case numbers, batch by batch in different order, would wait for each other for ever.
    """
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [WRITING])
            if cursor.fetchone()[0]:
                return
        hold.beat_aside(0)
        time.sleep(LOOK_AGAIN)


def _new_placement(run: ImportRun, now: datetime) -> Placement:
    return Placement.objects.create(
        run=run,
        client=run.client,
        code=run.code,
        team=run.team,
        placed_on=run.placed_on or timezone.localdate(now),
        due_back_on=run.due_back_on,
        committed_at=now,
        committed_by=run.asked_by,
    )


def _batches(run: ImportRun, hold: Claim) -> Iterator[Fetched]:
    """The rows to import, so many at a time: all rows of a case together, its own before what other sheets say of it."""
    roles = {sheet["sheet"]: sheet["role"] for sheet in run.layout if sheet["taken"]}
    rows = run.rows.exclude(state=RowState.SKIPPED).order_by("pk")
    by_person = rows.filter(case_no="", sheet__in=[name for name, role in roles.items() if role == "contacts"])
    last, done = "", 0
    while numbers := list(rows.order_by("case_no").filter(case_no__gt=last).values_list("case_no", flat=True)[:ROWS_AT_ONCE]):
        batch = rows.filter(case_no__gt=last, case_no__lte=numbers[-1])
        found = sorted(batch.values_list(*SEALED), key=lambda row: roles[row[0]] != "cases")
        people = batch.order_by().values("id_index")
        found += by_person.filter(id_index__in=people).values_list(*SEALED)
        yield Fetched(found, dict(Debtor.objects.filter(id_index__in=people).values_list("id_index", "pk")))
        last, done = numbers[-1], done + len(found)
        hold.beat_aside(done)


def _finish(hold: Claim, writer: "Writer") -> None:
    now, placement, by = hold.clock(), writer.placement, writer.by  # writing took a while: the lead's day begins when the lead is told
    placement.case_count, placement.amount, placement.committed_at = writer.cases, writer.amount, now
    placement.save(update_fields=["case_count", "amount", "committed_at"])
    summary, layout = summarise(placement.run), without_samples(placement.run.layout)
    rows = summary["rows"] - summary["skipped"]
    final = {"summary": summary, "layout": layout, "done_rows": rows, "row_count": rows, "committed_at": now, "committed_by": by}
    run = step_ends(hold, state=ImportState.COMMITTED, **final)
    forget_imported_rows(run)
    changes = {"state": (ImportState.COMMITTING, run.state), "cases": (0, placement.case_count), "amount": (0, placement.amount)}
    record("import.committed", subject=run, by=by, at=now, changes=changes)
    settle_arrival(run.file.arrival, by=by, now=now)
    lead, path = lead_on_duty(placement.team, now=now), assignment_path(placement)
    debtors = placement.cases.values("debtor").distinct().count()
    open_duty(kind=Kind.ASSIGNMENT, subject=placement, holder=lead, start=now, by=by, path=path, accounts=debtors)
    values = {"placement": placement, "count": placement.case_count, "amount": format_money(placement.amount)}
    notify([lead], gettext_noop("%(placement)s is imported: %(count)s cases, %(amount)s. Assign them today."), now=now, path=path, is_urgent=True, **values)
    own = reverse("cases:import-detail", args=[run.pk])
    notify([by], gettext_noop("%(placement)s is imported: %(count)s cases, %(amount)s."), now=now, path=own, **values)


class Writer:
    """Puts batches into the tables; `cases` and `amount` are what it has put there so far."""

    def __init__(self, placement: Placement, *, by: User, now: datetime) -> None:
        self.placement, self.by, self.now = placement, by, now
        self.cases, self.amount = 0, Decimal(0)

    def build(self, fetched: Fetched) -> Batch:
        return build(fetched, self.placement, self.now, timezone.localdate(self.now))

    def write(self, batch: Batch) -> None:
        debtors = self._debtors(batch)
        cases = reserve_ids(Case, len(batch.cases))
        load(Case, CASE, ((pk, debtors[index], *case) for pk, (index, case) in zip(cases, batch.cases, strict=True)))
        load(CaseAccount, ACCOUNT, _children(cases, batch.accounts))
        contacts = reserve_ids(Contact, len(batch.contacts))
        load(Contact, CONTACT, ((pk, cases[place], *contact) for pk, (place, contact) in zip(contacts, batch.contacts, strict=True)))
        load(Phone, PHONE, _children(contacts, batch.phones))
        load(Address, ADDRESS, _children(contacts, batch.addresses))
        self._tell(cases, batch)
        self.cases, self.amount = self.cases + len(cases), self.amount + batch.amount

    def _debtors(self, batch: Batch) -> dict[str, int]:
        """{index: debtor's id}: people we know are linked and left as they are, the others are made. Two imports at once make each only once."""
        new = sorted(batch.debtors)
        ids = dict(zip(new, reserve_ids(Debtor, len(new)), strict=True))
        if load_new(Debtor, DEBTOR, ((ids[index], *batch.debtors[index]) for index in new)) < len(new):
            ids = dict(Debtor.objects.filter(id_index__in=new).values_list("id_index", "pk"))
        return batch.known | ids

    def _tell(self, cases: Sequence[int], batch: Batch) -> None:
        placement = (None, self.placement.code)
        told = ((pk, number, {"placement": placement, "amount": (None, amount)}) for pk, (number, amount) in zip(cases, batch.names(), strict=True))
        record_each("case.imported", of=Case, subjects=told, by=self.by, at=self.now)


def _children(parents: Sequence[int], children: Iterable[tuple[int, tuple]]) -> Iterator[tuple]:
    return ((parents[place], *child) for place, child in children)
