"""From the file to staged rows: sheets, header rows, and a first guess of the columns."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from audit.services import record
from cases.choices import PlacementState
from cases.models import ImportTemplate, Placement, StagedRow
from cases.reader import Unreadable, read_file
from cases.rules.fields import missing_fields
from cases.rules.headers import SAMPLES, Column, guess_columns, normalise
from cases.rules.table import LOOKED_THROUGH, header_row_of, left_out_reason
from cases.services.imports.runs import MOST_ATTEMPTS, Claim, Clock, LostClaim, claim, forget_rows, step_ends
from staff.services import notify

BATCH = 1000
# The person can mend these by entering a password; the placement waits for it.
LOCKED = ("locked", "wrong_password")


def read_placement(*, placement_id: int, clock: Clock) -> None:
    """The file's rows are staged and its columns guessed; or it is rejected with the reason. Once, however often it is called."""
    run = claim(placement_id, PlacementState.UPLOADED, clock)
    if run is None:
        return
    placement = Placement.objects.select_related("client", "file").get(pk=placement_id)
    forget_rows(placement)
    try:
        if run.attempts > MOST_ATTEMPTS:
            raise Unreadable("too_many_attempts")
        sheets = _stage(placement, run)
        _finish(run, sheets)
    except Unreadable as reason:
        _reject(run, reason)
    except LostClaim:
        return


@dataclass
class Sheet:
    """What was found in one sheet, while it is read."""

    sheet: str
    is_hidden: bool
    row_count: int = 0
    header_row: int | None = None
    columns: list[Column] = field(default_factory=list)
    head: list[list[Any]] = field(default_factory=list)
    left_out: list[list[Any]] = field(default_factory=list)
    taken: bool = False
    template: str = ""
    header: list[str] = field(default_factory=list)
    waiting: list[tuple[int, list[str]]] = field(default_factory=list)
    samples: list[list[str]] = field(default_factory=list)
    filled: set[int] = field(default_factory=set)
    is_decided: bool = False

    def take(self, rows: list[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
        """The rows of these that are data; the first ones wait until the header is found."""
        self.waiting += rows
        if self.is_decided or len(self.waiting) >= LOOKED_THROUGH:
            yield from self.decide()

    def decide(self) -> Iterator[tuple[int, list[str]]]:
        if not self.is_decided:
            self._find_header()
        rows, self.waiting = self.waiting, []
        for number, cells in rows:
            self.row_count += 1
            if self.header_row is None:
                continue
            if reason := left_out_reason(cells, self.header):
                self.left_out.append([number, reason, cells])
                continue
            self.filled.update(index for index, cell in enumerate(cells) if cell)
            if len(self.samples) < SAMPLES:
                self.samples.append(cells)
            yield number, cells

    def _find_header(self) -> None:
        self.is_decided = True
        position = header_row_of(self.waiting)
        if position is None:
            return
        self.head = [[number, cells] for number, cells in self.waiting[: position + 1]]
        self.header_row, self.header = self.waiting[position]
        self.waiting = self.waiting[position + 1 :]

    def guess(self, today: date) -> None:
        """Columns: every one that has a header or holds something."""
        if self.header_row is None:
            return
        width = max([len(self.header), *(index + 1 for index in self.filled)])
        headers = self.header + [""] * (width - len(self.header))
        columns = guess_columns(headers, self.samples, today=today)
        self.columns = [column for column in columns if column.header or column.index in self.filled]
        self.taken = not self.is_hidden and not missing_fields({column.field for column in self.columns}) and bool(self.samples)

    def layout(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in ("sheet", "is_hidden", "row_count", "header_row", "head", "left_out", "taken", "template")}
        found["columns"] = [asdict(column) | {"column": column.letters} for column in self.columns]
        return found


def _stage(placement: Placement, run: Claim) -> list[Sheet]:
    if not placement.file.file.storage.exists(placement.file.file.name):
        raise Unreadable("file_missing")
    sheets: list[Sheet] = []
    batch: list[StagedRow] = []
    done = 0
    for sheet, number, cells in _rows(placement, sheets):
        batch.append(StagedRow(placement_id=placement.pk, sheet=sheet.sheet[:100], row=number, cells=cells))
        if len(batch) == BATCH:
            done += _save(batch)
            run.beat(done)
    _save(batch)
    return sheets


def _rows(placement: Placement, sheets: list[Sheet]) -> Iterator[tuple[Sheet, int, list[str]]]:
    for message in read_file(placement.file.file.path, password=placement.password):
        if "sheet" in message:
            yield from _rest(sheets)
            sheets.append(Sheet(message["sheet"], message["is_hidden"]))
        else:
            yield from ((sheets[-1], number, cells) for number, cells in sheets[-1].take([(number, cells) for number, cells in message["rows"]]))
    yield from _rest(sheets)


def _rest(sheets: list[Sheet]) -> Iterator[tuple[Sheet, int, list[str]]]:
    if sheets:
        yield from ((sheets[-1], number, cells) for number, cells in sheets[-1].decide())


def _save(batch: list[StagedRow]) -> int:
    saved = len(StagedRow.objects.bulk_create(batch))
    batch.clear()
    return saved


def _finish(run: Claim, sheets: list[Sheet]) -> None:
    now = run.clock()
    placement = Placement.objects.select_related("client").get(pk=run.placement_id)
    for sheet in sheets:
        sheet.guess(timezone.localdate(now))
        _use_template(placement, sheet)
    tables = [sheet for sheet in sheets if sheet.header_row is not None]
    if not tables:
        raise Unreadable("no_table")
    if not any(sheet.samples for sheet in tables):
        raise Unreadable("no_rows")
    if not any(sheet.taken for sheet in tables):  # let the person see the best one and map it by hand
        max(tables, key=lambda sheet: (not sheet.is_hidden, len(sheet.samples))).taken = True
    layout = [sheet.layout() for sheet in sheets if sheet.row_count or sheet.header_row is not None]
    with transaction.atomic():
        count = StagedRow.objects.filter(placement_id=run.placement_id).count()
        placement = step_ends(run, state=PlacementState.READ, layout=layout, row_count=count, done_rows=count, password="")
        changes = {"state": (PlacementState.UPLOADED, PlacementState.READ), "rows": (None, count)}
        record("placement.read", subject=placement, by=None, at=now, changes=changes)


def fingerprint_of(headers: list[str]) -> str:
    """What a client's file is recognised by next time: its headers, in their order."""
    return hashlib.sha256("\n".join(normalise(header) for header in headers).encode()).hexdigest()


def _use_template(placement: Placement, sheet: Sheet) -> None:
    """A mapping that a person confirmed for these very headers counts more than a guess."""
    template = (
        ImportTemplate.objects.filter(client=placement.client, fingerprint=fingerprint_of([c.header for c in sheet.columns])).order_by("-version").first()
    )
    if template is None or not sheet.columns:
        return
    sheet.columns = [replace(column, field=saved["field"], confidence=1.0) for column, saved in zip(sheet.columns, template.columns, strict=True)]
    sheet.template = str(template)
    sheet.taken = not missing_fields({column.field for column in sheet.columns}) and bool(sheet.samples)


def _reject(run: Claim, reason: Unreadable) -> None:
    failure = f"{reason.code}:{reason.detail}"[:300] if reason.detail else reason.code
    state = PlacementState.UPLOADED if reason.code in LOCKED else PlacementState.FAILED
    now = run.clock()
    try:
        with transaction.atomic():
            placement = step_ends(run, state=state, failure=failure, password="")
            forget_rows(placement)
            record("placement.rejected", subject=placement, by=None, at=now, changes={"state": (PlacementState.UPLOADED, state)}, reason=failure)
            if state == PlacementState.FAILED:
                message = gettext_noop("%(file)s was rejected. The page says why, and what to do.")
                notify([placement.created_by], message, now=now, path=reverse("cases:placement-detail", args=[placement.pk]), file=placement.file)
    except LostClaim:
        return
