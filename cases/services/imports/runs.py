"""The placement as a job: it begins, is claimed by one worker at a time, gives signs of life, and may be cancelled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from cases.choices import ArrivalState, PlacementState
from cases.models import Arrival, ArrivalFile, Placement
from cases.selectors import is_wholly_imported, live_placement_of
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.services import meet_duty
from staff.models import Team, User

# A job that has given no sign of life for this long is dead, and another worker takes it over.
STALE_AFTER = timedelta(seconds=60)
BEAT_EVERY = timedelta(seconds=1)
MOST_ATTEMPTS = 3
JOBS = (PlacementState.UPLOADED, PlacementState.MAPPED, PlacementState.COMMITTING)
OPEN_STATES = (PlacementState.UPLOADED, PlacementState.READ, PlacementState.MAPPED, PlacementState.VALIDATED)

Clock = Callable[[], datetime]


class CannotImport(Refused):
    """The placement is not in the state for this step, or what it needs is missing."""

    rule = "A1.2"


class LostClaim(Exception):
    """Another worker has taken the placement over; what this one did is dropped."""


@transaction.atomic
def start_import(*, file: ArrivalFile, by: User, now: datetime, team: Team | None = None) -> Placement:
    """The file of a handed-over arrival becomes a placement that waits to be read. A file can have only one at a time."""
    arrival = Arrival.objects.select_for_update(of=("self",)).get(pk=file.arrival_id)
    if arrival.state not in (ArrivalState.HANDED_OVER, ArrivalState.IMPORTED):
        raise CannotImport(_("The arrival has not been handed over yet."))
    existing = live_placement_of(file)
    if existing:
        raise CannotImport(_("“%(file)s” is already placement %(placement)s, “%(state)s”.") % _about(file, existing))
    placement = Placement(client=file.client, file=file, team=team or file.client.team, created_by=by, created_at=now)
    _save_under_free_code(placement, now)
    changes = {"file": (None, file.name), "state": (None, PlacementState.UPLOADED)}
    record("placement.started", subject=placement, by=by, at=now, changes=changes)
    return placement


def _about(file: ArrivalFile, placement: Placement) -> dict[str, str]:
    return {"file": file.name, "placement": placement.code, "state": placement.get_state_display()}


def _save_under_free_code(placement: Placement, now: datetime) -> None:
    """ICBC-20261123-01, counted on; of two at once the slower one takes the next number."""
    prefix = f"{placement.client.code.upper()}-{timezone.localdate(now):%Y%m%d}-"
    number = Placement.objects.filter(client=placement.client, code__startswith=prefix).count()
    for _attempt in range(20):
        number += 1
        placement.code = f"{prefix}{number:02}"
        try:
            with transaction.atomic():
                placement.save()
        except IntegrityError:
            if live_placement_of(placement.file):
                raise CannotImport(_("Somebody else has just begun to import this file.")) from None
            continue
        return
    raise CannotImport(_("No free number for the placement; try again."))


@transaction.atomic
def unlock_file(*, placement_id: int, password: str, by: User, now: datetime) -> Placement:
    """The file will be read with this password, which is forgotten as soon as it was."""
    placement = lock_placement(placement_id, PlacementState.UPLOADED)
    if not password:
        raise CannotImport(_("Enter the password."))
    placement.password, placement.failure, placement.worked_on_at, placement.attempts = password, "", None, 0
    placement.save(update_fields=["password", "failure", "worked_on_at", "attempts"])
    record("placement.password_given", subject=placement, by=by, at=now)
    return placement


def lock_placement(placement_id: int, *states: str) -> Placement:
    placement = Placement.objects.select_for_update(of=("self",)).select_related("client", "file__arrival", "team__lead").get(pk=placement_id)
    if placement.state not in states:
        raise CannotImport(_("Placement %(placement)s is “%(state)s”; this step is not open.") % _about(placement.file, placement))
    return placement


@transaction.atomic
def cancel_import(*, placement_id: int, by: User, now: datetime) -> Placement:
    """The import is given up, its staged rows are gone; the file stays and may be imported again."""
    placement = lock_placement(placement_id, *OPEN_STATES, PlacementState.FAILED)
    before, placement.state, placement.password, placement.layout = placement.state, PlacementState.CANCELLED, "", without_samples(placement.layout)
    placement.save(update_fields=["state", "password", "layout"])
    forget_rows(placement)
    record("placement.cancelled", subject=placement, by=by, at=now, changes={"state": (before, placement.state)})
    settle_arrival(placement.file.arrival, by=by, now=now)
    return placement


def without_samples(layout: list[dict]) -> list[dict]:
    """What was found in the file, without anybody's data."""
    return [
        {name: value for name, value in sheet.items() if name not in ("head", "left_out")}
        | {"columns": [{**column, "samples": []} for column in sheet.get("columns", [])], "left_out_count": len(sheet.get("left_out", []))}
        for sheet in layout
    ]


def forget_rows(placement: Placement) -> None:
    """Findings and rows are gone, by two statements: an ordinary delete would first load and decrypt every row."""
    placement.findings.all()._raw_delete(placement.findings.db)
    placement.rows.all()._raw_delete(placement.rows.db)


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

    placement_id: int
    step: str
    clock: Clock
    at: datetime
    attempts: int

    def mine(self):
        return Placement.objects.filter(pk=self.placement_id, state=self.step, worked_on_at=self.at)

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
                    "UPDATE cases_placement SET worked_on_at = %s, done_rows = %s WHERE id = %s AND state = %s AND worked_on_at = %s",
                    [now, done, self.placement_id, self.step, self.at],
                )
                if cursor.rowcount:
                    self.at = now
        finally:
            aside.close()


def claim(placement_id: int, step: str, clock: Clock) -> Claim | None:
    """Take the step up, or None: it is done, or somebody alive is at it."""
    now = clock()
    free = Placement.objects.filter(pk=placement_id, state=step, failure="").filter(Q(worked_on_at=None) | Q(worked_on_at__lt=now - STALE_AFTER))
    if not free.update(worked_on_at=now, attempts=F("attempts") + 1, done_rows=0):
        return None
    attempts = Placement.objects.values_list("attempts", flat=True).get(pk=placement_id)
    return Claim(placement_id=placement_id, step=step, clock=clock, at=now, attempts=attempts)


def step_ends(run: Claim, **fields) -> Placement:
    """The claimed step is over and the placement is as `fields` say, in the caller's transaction. Raises LostClaim when it is not ours."""
    if not run.mine().update(worked_on_at=None, attempts=0, **fields):
        raise LostClaim
    return Placement.objects.select_related("client", "file__arrival", "team__lead", "created_by", "asked_by").get(pk=run.placement_id)
