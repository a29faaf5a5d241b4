"""From the file to staged rows: sheets, header rows, what the file is for, and a first guess of the columns. An archive becomes its members."""

from collections.abc import Callable, Iterator

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from audit.services import record
from cases.choices import ImportState
from cases.models import ImportRun, StagedRow
from cases.reader import Unreadable, read_file
from cases.services.imports.ahead import Ahead, SheetRow
from cases.services.imports.archives import unpack_archive
from cases.services.imports.checking import Checked
from cases.services.imports.guessing import guess_sheets
from cases.services.imports.runs import MOST_ATTEMPTS, Claim, Clock, LostClaim, claim, forget_rows, forget_samples, step_ends
from cases.services.imports.sheets import Sheet, likely_header
from collection.lib.bulk import lane
from staff.services import notify

BATCH = 1000
# Characters.
TEXT_AT_ONCE = 8_000_000
# The person can mend these by entering a password; the import waits for it.
LOCKED = ("locked", "wrong_password")


def read_import(*, run_id: int, clock: Clock) -> list[int]:
    """The file's rows are staged and its columns guessed; or it is rejected with the reason. Once, however often it is called.

    An archive's members become imports of their own: returns the ids of those, for their reading to begin.
    """
    hold = claim(run_id, ImportState.UPLOADED, clock)
    if hold is None:
        return []
    run = ImportRun.objects.select_related("client", "file__arrival", "created_by").get(pk=run_id)
    try:
        return _read(run, hold)
    except Unreadable as reason:
        _reject(hold, reason)
    except LostClaim:
        pass
    return []


def _read(run: ImportRun, hold: Claim) -> list[int]:
    if hold.attempts > MOST_ATTEMPTS:
        raise Unreadable("too_many_attempts")
    if not run.file.file.storage.exists(run.file.file.name):
        raise Unreadable("file_missing")
    forget_rows(run)
    try:
        sheets, ahead = _stage(run, hold)
    except Unreadable as reason:
        if reason.code != "archive":
            raise
        if run.file.packed_in_id:
            raise Unreadable("nested_archive") from reason
        return unpack_archive(run, hold)
    if (place := likely_header(sheets)) and not any(sheet.header for sheet in sheets):
        # Nobody's headers that we know: the person maps it by hand, and may point out another row.
        run.layout = [place]
        forget_rows(run)
        sheets, ahead = _stage(run, hold)
    _finish(run, hold, sheets, ahead)
    return []


def _stage(run: ImportRun, hold: Claim) -> tuple[list[Sheet], Ahead]:
    sheets: list[Sheet] = []
    ahead = Ahead(run, today=timezone.localdate(hold.at))
    done = 0

    def put(checked: Checked) -> None:
        nonlocal done
        with transaction.atomic():
            hold.keep()  # once it is lost (cancelled, taken over), not one row more comes in
            done += ahead.put(checked)
            hold.beat(done)

    with lane() as turn:

        def on_wait() -> None:
            turn.wait()  # the connection is the lane's as long as it puts rows in
            hold.beat(done)

        for batch in _batches(_rows(run, sheets, on_wait)):
            turn.start(put, ahead.read(batch))
    return sheets, ahead


def _batches(rows: Iterator[SheetRow]) -> Iterator[list[SheetRow]]:
    """So many rows, or fewer of long ones: what is held at a time does not depend on what a file puts into its cells."""
    batch: list[SheetRow] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(map(len, row[-1]))
        if len(batch) == BATCH or size > TEXT_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _rows(run: ImportRun, sheets: list[Sheet], on_wait: Callable[[], None]) -> Iterator[SheetRow]:
    chosen = {sheet["sheet"]: (sheet["header_row"], sheet["header_last_row"]) for sheet in run.layout if sheet.get("is_header_chosen")}
    for message in read_file(run.file.file.path, password=run.password, on_wait=on_wait):
        if "sheet" in message:
            yield from _rest(sheets)
            sheets.append(_sheet(message, chosen))
        else:
            yield from ((sheets[-1], number, cells) for number, cells in sheets[-1].take([(number, cells) for number, cells in message["rows"]]))
    yield from _rest(sheets)


def _sheet(message: dict, chosen: dict[str, tuple[int, int]]) -> Sheet:
    about = {name: message[name] for name in ("sheet", "is_hidden", "merges", "hidden_columns")}
    return Sheet(**about, hidden_rows=set(message["hidden_rows"]), chosen=chosen.get(message["sheet"]))


def _rest(sheets: list[Sheet]) -> Iterator[SheetRow]:
    if sheets:
        yield from ((sheets[-1], number, cells) for number, cells in sheets[-1].decide())


def _finish(run: ImportRun, hold: Claim, sheets: list[Sheet], ahead: Ahead) -> None:
    tables = [sheet for sheet in sheets if sheet.header]
    if not tables:
        raise Unreadable("no_table")
    if not any(sheet.samples for sheet in tables):
        raise Unreadable("no_rows")
    kind = guess_sheets(run, sheets, timezone.localdate(hold.clock()))
    layout = [sheet.layout() for sheet in sheets if sheet.row_count or sheet.header]
    with transaction.atomic():
        count = StagedRow.objects.filter(run_id=run.pk).count()
        run = step_ends(hold, state=ImportState.READ, kind=kind, layout=layout, summary=ahead.told(), row_count=count, done_rows=count, password="")
        changes = {"state": (ImportState.UPLOADED, ImportState.READ), "rows": (None, count), "kind": (None, run.get_kind_display())}
        record("import.read", subject=run, by=None, at=hold.clock(), changes=changes)


def _reject(hold: Claim, reason: Unreadable) -> None:
    failure = f"{reason.code}:{reason.detail}"[:300] if reason.detail else reason.code
    state = ImportState.UPLOADED if reason.code in LOCKED else ImportState.FAILED
    now = hold.clock()
    try:
        with transaction.atomic():
            run = step_ends(hold, state=state, failure=failure, password="")
            forget_rows(run)
            record("import.rejected", subject=run, by=None, at=now, changes={"state": (ImportState.UPLOADED, state)}, reason=failure)
            if state == ImportState.FAILED:
                forget_samples(run)
                message = gettext_noop("%(file)s was rejected. The page says why, and what to do.")
                notify([run.created_by], message, now=now, path=reverse("cases:import-detail", args=[run.pk]), file=run.file)
    except LostClaim:
        return
