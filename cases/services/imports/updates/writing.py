"""The commit of an update: every row does what was shown, in one transaction, or none does."""

from collections import defaultdict
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from audit.services import record
from cases.choices import FileKind, ImportState, RowState
from cases.models import Case, ImportRun, StagedRow
from cases.services.books import Origin, Place
from cases.services.holding import held_now, holdings_of
from cases.services.imports.runs import Claim, forget_imported_rows, settle_arrival, step_ends, without_samples
from cases.services.imports.summary import summarise
from cases.services.imports.updates import BOOKS
from cases.services.imports.updates.checking import batches_by_case
from staff.models import User
from staff.services import notify

NAMED = 5
# What holders are told, once each however many of their cases changed.
NEWS = {
    FileKind.BALANCE: gettext_noop("%(client)s states the balance of %(count)s of your cases: %(cases)s."),
    FileKind.PAYMENT: gettext_noop("%(client)s reports payments on %(count)s of your cases: %(cases)s."),
    FileKind.RECALL: gettext_noop("%(client)s stops, resumes or takes back %(count)s of your cases: %(cases)s."),
    FileKind.RETENTION: gettext_noop("%(client)s leaves %(count)s of your cases here for longer: %(cases)s."),
    FileKind.WARNING: gettext_noop("%(client)s warns of %(count)s of your cases: %(cases)s. Read the warning before you call."),
    FileKind.RECORD: gettext_noop("%(client)s sent earlier call records of %(count)s of your cases: %(cases)s."),
    FileKind.CONTACT: gettext_noop("%(client)s sent new contacts of %(count)s of your cases: %(cases)s."),
}
URGENT = (FileKind.RECALL, FileKind.WARNING)


class CasesChanged(Exception):
    """A case is no longer as it was when the file was checked; nothing was written, and it is to be checked again."""


def write_updates(hold: Claim, run: ImportRun) -> None:
    """In the caller's transaction. Raises CasesChanged when a row would no longer do what was shown, or names no case."""
    origin = Origin(run.asked_by, hold.clock(), run)
    told: dict[User, list[str]] = defaultdict(list)
    done = changed = 0
    kept = run.rows.exclude(state=RowState.SKIPPED)
    for rows in batches_by_case(kept):
        changed += _write(run, rows, origin, told)
        done += len(rows)
        hold.beat_aside(done)
    if done != kept.count():  # a row that is not written must not go with the rows that are
        raise CasesChanged
    _finish(hold, run, done, changed)
    _tell(run, told, hold.clock())


def _write(run: ImportRun, rows: list[StagedRow], origin: Origin, told: dict[User, list[str]]) -> int:
    """Cases are locked in the order of their ids, as everybody does who locks several."""
    locked = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in={row.case_id for row in rows}).order_by("pk")
    cases = {case.pk: case for case in locked}
    if any(row.case_id not in cases for row in rows):  # its placement was undone since
        raise CasesChanged
    book = BOOKS[run.kind](list(cases.values()), today=timezone.localdate(origin.now))
    for row in rows:
        planned = book.plan(cases[row.case_id], row.values, Place(row.sheet, row.row))
        if _outcome(planned.changes) != _outcome(row.values["changes"]):
            raise CasesChanged
    touched = {row.case_id for row in rows if row.values["changes"]}
    for case_id, holdings in holdings_of(touched).items():
        if holder := held_now(holdings):
            told[holder].append(cases[case_id].case_no)
    book.save(origin)
    return len(touched)


def _outcome(changes: list[list[str]]) -> list[tuple[str, str]]:
    """What it comes to. Where a case stood before may differ: people work on it meanwhile."""
    return [(name, after) for name, _before, after in changes]


def _finish(hold: Claim, run: ImportRun, done: int, changed: int) -> None:
    now, by = hold.clock(), run.asked_by
    summary = summarise(run) | {"changed": changed}
    final = {"summary": summary, "layout": without_samples(run.layout), "done_rows": done, "row_count": done, "committed_at": now, "committed_by": by}
    run = step_ends(hold, state=ImportState.COMMITTED, **final)
    forget_imported_rows(run)
    changes = {"state": (ImportState.COMMITTING, run.state), "kind": (None, run.kind), "changed": (None, changed)}
    record("import.committed", subject=run, by=by, at=now, changes=changes)
    settle_arrival(run.file.arrival, by=by, now=now)
    path, message = reverse("cases:import-detail", args=[run.pk]), gettext_noop("%(file)s is imported: %(count)s cases changed.")
    notify([by], message, now=now, path=path, file=run.file, count=changed)


def _tell(run: ImportRun, told: dict[User, list[str]], now: datetime) -> None:
    for person, numbers in told.items():
        shown = "、".join(numbers[:NAMED]) + ("…" if len(numbers) > NAMED else "")
        values = {"client": run.client, "count": len(numbers), "cases": shown}
        notify([person], NEWS[run.kind], now=now, is_urgent=run.kind in URGENT, **values)
