"""The placement as a job: it begins, is claimed by one worker at a time, gives signs of life, and may be cancelled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from cases.choices import ArrivalState, ImportState, RowState
from cases.models import Arrival, ArrivalFile, ImportRun
from cases.selectors import is_wholly_imported, live_run_of
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.services import meet_duty
from staff.models import Team, User

# A job that has given no sign of life for this long is dead, and another worker takes it over.
STALE_AFTER = timedelta(seconds=60)
BEAT_EVERY = timedelta(seconds=1)
MOST_ATTEMPTS = 3
JOBS = (ImportState.UPLOADED, ImportState.MAPPED, ImportState.COMMITTING, ImportState.UNDOING)
OPEN_STATES = (ImportState.UPLOADED, ImportState.READ, ImportState.MAPPED, ImportState.VALIDATED)

Clock = Callable[[], datetime]


class CannotImport(Refused):
    """The placement is not in the state for this step, or what it needs is missing."""

    rule = "A1.2"


class LostClaim(Exception):
    """Another worker has taken the placement over; what this one did is dropped."""


@transaction.atomic
def start_import(*, file: ArrivalFile, by: User, now: datetime, team: Team | None = None, password: str = "") -> ImportRun:
    """The file of a handed-over arrival waits to be read, with a password if it needs one. A file can have only one import at a time."""
    arrival = Arrival.objects.select_for_update(of=("self",)).get(pk=file.arrival_id)
    if arrival.state not in (ArrivalState.HANDED_OVER, ArrivalState.IMPORTED):
        raise CannotImport(_("The arrival has not been handed over yet."))
    existing = live_run_of(file)
    if existing:
        raise CannotImport(_("“%(file)s” is already placement %(placement)s, “%(state)s”.") % _about(file, existing))
    run = ImportRun(client=file.client, file=file, team=team or file.client.team, password=password, created_by=by, created_at=now)
    _save_under_free_code(run, now)
    changes = {"file": (None, file.name), "state": (None, ImportState.UPLOADED)}
    record("import.started", subject=run, by=by, at=now, changes=changes)
    return run


def _about(file: ArrivalFile, run: ImportRun) -> dict[str, str]:
    return {"file": file.name, "placement": run.code, "state": run.get_state_display()}


def _save_under_free_code(run: ImportRun, now: datetime) -> None:
    """ICBC-20261123-01, counted on; of two at once the slower one takes the next number."""
    prefix = f"{run.client.code.upper()}-{timezone.localdate(now):%Y%m%d}-"
    number = ImportRun.objects.filter(client=run.client, code__startswith=prefix).count()
    for _attempt in range(20):
        number += 1
        run.code = f"{prefix}{number:02}"
        try:
            with transaction.atomic():
                run.save()
        except IntegrityError:
            if live_run_of(run.file):
                raise CannotImport(_("Somebody else has just begun to import this file.")) from None
            continue
        return
    raise CannotImport(_("No free number for the placement; try again."))


@transaction.atomic
def unlock_file(*, run_id: int, password: str, by: User, now: datetime) -> ImportRun:
    """The file will be read with this password, which is forgotten as soon as it was."""
    run = lock_run(run_id, ImportState.UPLOADED)
    if not password:
        raise CannotImport(_("Enter the password."))
    run.password, run.failure, run.worked_on_at, run.attempts = password, "", None, 0
    run.save(update_fields=["password", "failure", "worked_on_at", "attempts"])
    record("import.password_given", subject=run, by=by, at=now)
    return run


def lock_run(run_id: int, *states: str) -> ImportRun:
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("client", "file__arrival", "team__lead").get(pk=run_id)
    if run.state not in states:
        raise CannotImport(_("Import %(placement)s is “%(state)s”; this step is not open.") % _about(run.file, run))
    return run


@transaction.atomic
def cancel_import(*, run_id: int, by: User, now: datetime) -> ImportRun:
    """The import is given up, its staged rows are gone; the file stays and may be imported again."""
    run = lock_run(run_id, *OPEN_STATES, ImportState.FAILED)
    before, run.state, run.password, run.layout = run.state, ImportState.CANCELLED, "", without_samples(run.layout)
    run.save(update_fields=["state", "password", "layout"])
    forget_rows(run)
    record("import.cancelled", subject=run, by=by, at=now, changes={"state": (before, run.state)})
    settle_arrival(run.file.arrival, by=by, now=now)
    return run


def without_samples(layout: list[dict]) -> list[dict]:
    """What was found in the file, without anybody's data."""
    return [
        {name: value for name, value in sheet.items() if name not in ("head", "left_out")}
        | {"columns": [{**column, "samples": []} for column in sheet.get("columns", [])], "left_out_count": _left_out(sheet)}
        for sheet in layout
    ]


def _left_out(sheet: dict) -> int:
    return len(sheet.get("left_out", [])) + sheet.get("left_out_more", 0)


def forget_rows(run: ImportRun) -> None:
    """Findings and rows are gone, by two statements: an ordinary delete would first load and decrypt every row."""
    run.findings.all()._raw_delete(run.findings.db)
    run.rows.all()._raw_delete(run.rows.db)


def forget_samples(run: ImportRun) -> None:
    """The layout stays, without anybody's data."""
    run.layout = without_samples(run.layout)
    run.save(update_fields=["layout"])


def forget_imported_rows(run: ImportRun) -> None:
    """Those of the rows that became something; what a person left out stays for a while (cases.services.cleaning), to be fetched and sent after."""
    taken = [sheet["sheet"] for sheet in run.layout if sheet["taken"]]
    done = ~Q(state=RowState.SKIPPED) | ~Q(sheet__in=taken)
    run.findings.exclude(row__in=run.rows.exclude(done))._raw_delete(run.findings.db)
    run.rows.filter(done)._raw_delete(run.rows.db)


def settle_arrival(arrival: Arrival, *, by: User, now: datetime) -> None:
    """When its last file is through, the arrival is imported and the duty of its import is met (A1.2)."""
    arrival = Arrival.objects.select_for_update(of=("self",)).select_related("client").get(pk=arrival.pk)
    if arrival.state != ArrivalState.HANDED_OVER or not is_wholly_imported(arrival):
        return
    arrival.state = ArrivalState.IMPORTED
    arrival.save(update_fields=["state"])
    record("arrival.imported", subject=arrival, by=by, at=now, changes={"state": (ArrivalState.HANDED_OVER, arrival.state)})
    meet_duty(kind=Kind.IMPORT, subject=arrival, by=by, now=now)


@dataclass
class Claim:
    """One worker's hold on one step of a placement. `at` is both its last sign of life and its proof."""

    run_id: int
    step: str
    clock: Clock
    at: datetime
    attempts: int

    def mine(self):
        return ImportRun.objects.filter(pk=self.run_id, state=self.step, worked_on_at=self.at)

    def keep(self) -> None:
        """Locks the import for this transaction: nobody can cancel it or take it over meanwhile. Raises LostClaim when somebody has."""
        if not self.mine().select_for_update(of=("self",)).only("pk").first():
            raise LostClaim

    def beat(self, done: int) -> None:
        """Still alive, and so many rows done. Raises LostClaim when somebody else works on it."""
        now = self.clock()
        if now - self.at < BEAT_EVERY:
            return
        if not self.mine().update(worked_on_at=now, done_rows=done):
            raise LostClaim
        self.at = now

    def beat_aside(self, done: int) -> None:
        """The same from within a long transaction: PostgreSQL shows it to others through a connection of its own, SQLite cannot."""
        now = self.clock()
        if connection.vendor != "postgresql" or now - self.at < BEAT_EVERY:
            return
        aside = connection.copy()
        try:
            with aside.cursor() as cursor:
                cursor.execute(
                    "UPDATE cases_importrun SET worked_on_at = %s, done_rows = %s WHERE id = %s AND state = %s AND worked_on_at = %s",
                    [now, done, self.run_id, self.step, self.at],
                )
                if cursor.rowcount:
                    self.at = now
        finally:
            aside.close()


def claim(run_id: int, step: str, clock: Clock) -> Claim | None:
    """Take the step up, or None: it is done, or somebody alive is at it."""
    now = clock()
    free = ImportRun.objects.filter(pk=run_id, state=step, failure="").filter(Q(worked_on_at=None) | Q(worked_on_at__lt=now - STALE_AFTER))
    if not free.update(worked_on_at=now, attempts=F("attempts") + 1, done_rows=0):
        return None
    attempts = ImportRun.objects.values_list("attempts", flat=True).get(pk=run_id)
    return Claim(run_id=run_id, step=step, clock=clock, at=now, attempts=attempts)


def step_ends(hold: Claim, **fields) -> ImportRun:
    """The claimed step is over and the placement is as `fields` say, in the caller's transaction. Raises LostClaim when it is not ours."""
    if not hold.mine().update(worked_on_at=None, attempts=0, **fields):
        raise LostClaim
    return ImportRun.objects.select_related("client", "file__arrival", "team__lead", "created_by", "asked_by").get(pk=hold.run_id)
