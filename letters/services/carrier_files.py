"""Carriers' files: tracking numbers or results for many letters. Read and shown first, then all lines are written, or none."""

import hashlib
import tempfile
from datetime import datetime
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from cases.reader import Unreadable, read_file
from collection.lib.errors import Refused
from letters.carrier_lines import Column, Line, columns_of, day_in, outcome_in, reason_in
from letters.choices import Carrier, FileKind, LetterState
from letters.models import CarrierFile, Letter
from letters.rules import is_tracking_number, letter_number_in, plain_tracking, s10_fault
from letters.services.flow import need_permission
from letters.services.mailing import dispatch_letter
from letters.services.results import Result, book_results
from staff.models import User

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 1000
HEADER_WITHIN = 20
SECONDS = 60
KINDS = (".xlsx", ".xls", ".csv", ".xlsb", ".ods")


class BadFile(Refused):
    """The carrier's file can't be read, or its lines can't be written."""

    rule = "A1.4"


def read_carrier_file(*, kind: str, carrier: str, upload: UploadedFile, by: User, now: datetime) -> CarrierFile:
    """The file's lines, each with its letter or what is wrong; nothing is changed yet. The same file that was written before is refused."""
    need_permission(by, "dispatch_letter")
    if kind not in FileKind.values or carrier not in Carrier.values:
        raise BadFile(_("Choose what the file tells, and the carrier."))
    name = Path(upload.name or "").name
    if not name.lower().endswith(KINDS):
        raise BadFile(_("Only xlsx, xls, xlsb, ods and csv files can be read."))
    if upload.size > MOST_BYTES:
        raise BadFile(_("The file is too large: at most 10 MB."))
    content = upload.read()
    digest = hashlib.sha256(content).hexdigest()
    known = CarrierFile.objects.filter(kind=kind, sha256=digest, committed_at__isnull=False).first()
    if known:
        raise BadFile(_("This file was written before, by %(person)s: nothing is left to do.") % {"person": known.committed_by})
    lines = judged(_lines(kind, _rows(content, name)), kind=kind, carrier=carrier)
    with transaction.atomic():
        stored = [line.stored() for line in lines]
        file = CarrierFile.objects.create(kind=kind, carrier=carrier, name=name[:200], sha256=digest, lines=stored, uploaded_by=by, uploaded_at=now)
        record(
            "carrier_file.read", subject=file, by=by, at=now, changes={"lines": (None, len(lines)), "wrong": (None, sum(bool(line.fault) for line in lines))}
        )
    return file


def _rows(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    """The rows of the first sheet that holds something, read in a child process: a hostile file ends that child alone."""
    with tempfile.NamedTemporaryFile(prefix="carrier-", suffix=Path(name).suffix.lower()) as kept:
        kept.write(content)
        kept.flush()
        rows: list[tuple[int, list[str]]] = []
        try:
            for message in read_file(kept.name, seconds=SECONDS, most_rows=MOST_ROWS + HEADER_WITHIN + 1):
                if "sheet" in message and rows:
                    break
                rows += [(number, cells) for number, cells in message.get("rows", []) if any(cell.strip() for cell in cells)]
        except Unreadable as error:
            raise BadFile(_("The file can't be read (%(reason)s). Save it as xlsx once more and try again.") % {"reason": error.code}) from error
    if not rows:
        raise BadFile(_("The file is empty."))
    return rows


def _lines(kind: str, rows: list[tuple[int, list[str]]]) -> list[Line]:
    for place, (_number, cells) in enumerate(rows[:HEADER_WITHIN]):
        columns = columns_of(cells)
        if _is_enough(kind, columns):
            body = rows[place + 1 :]
            break
    else:
        if kind == FileKind.TRACKING:
            raise BadFile(_("No header row was found: the file needs a column of tracking numbers, and one of letter numbers or addressees."))
        raise BadFile(_("No header row was found: the file needs a column of tracking or letter numbers, and one of results."))
    if len(body) > MOST_ROWS:
        raise BadFile(_("At most %(most)s lines in one file.") % {"most": MOST_ROWS})
    return [_line(kind, number, cells, columns) for number, cells in body]


def _is_enough(kind: str, columns: dict[Column, int]) -> bool:
    if kind == FileKind.TRACKING:
        return Column.TRACKING in columns and bool({Column.NUMBER, Column.ADDRESSEE} & columns.keys())
    return Column.OUTCOME in columns and bool({Column.NUMBER, Column.TRACKING} & columns.keys())


def _line(kind: str, row: int, cells: list[str], columns: dict[Column, int]) -> Line:
    said = {column: cells[place].strip() if place < len(cells) else "" for column, place in columns.items()}
    line = Line(row=row, number=letter_number_in(said.get(Column.NUMBER, "")), tracking=plain_tracking(said.get(Column.TRACKING, "")))
    line.addressee, line.address = said.get(Column.ADDRESSEE, ""), said.get(Column.ADDRESS, "")
    if kind == FileKind.RESULTS:
        line.outcome = outcome_in(said.get(Column.OUTCOME, ""))
        line.reason = reason_in(" ".join((said.get(Column.REASON, ""), said.get(Column.OUTCOME, "")))) if line.outcome == "returned" else ""
        line.on = day_in(said.get(Column.DAY, ""))
    return line


def judged(lines: list[Line], *, kind: str, carrier: str) -> list[Line]:
    """Each line with its letter, and what is wrong with it. Lines that are done already are known, not wrong: a file may come twice."""
    if kind == FileKind.TRACKING:
        _match_addressees(lines)
    letters = _letters_for(lines, carrier)
    seen: set[int] = set()
    for line in lines:
        letter = letters.get(line.number) or (letters.get(line.tracking) if kind == FileKind.RESULTS else None)
        line.letter = letter.pk if letter else 0
        line.number = letter.number if letter else line.number
        line.fault = line.fault or _fault(line, letter, seen, kind=kind, carrier=carrier, holder=letters.get(line.tracking))
        if not line.fault and kind == FileKind.TRACKING and s10_fault(line.tracking):
            line.warning = line.warning or "check_digit"
        seen.add(line.letter)
    _mark_doubled_numbers(lines, kind)
    return lines


def _letters_for(lines: list[Line], carrier: str) -> dict[str, Letter]:
    """The letters by their number, and by their tracking number with this carrier."""
    numbers, trackings = {line.number for line in lines if line.number}, {line.tracking for line in lines if line.tracking}
    found: dict[str, Letter] = {}
    for letter in Letter.objects.filter(number__in=numbers):
        found[letter.number] = letter
    for letter in Letter.objects.filter(carrier=carrier, tracking_no__in=trackings):
        found[letter.tracking_no] = letter
    return found


def _match_addressees(lines: list[Line]) -> None:
    """Lines without a letter number: by name and address; letters of one name and place in the order in which they were printed."""
    unnumbered = [line for line in lines if not line.number and line.addressee]
    waiting = Letter.objects.filter(state=LetterState.RENDERED, case__debtor__name__in={line.addressee for line in unnumbered})
    by_name: dict[str, list[Letter]] = {}
    for letter in waiting.select_related("case__debtor", "address").order_by("number"):
        by_name.setdefault(letter.case.debtor.name, []).append(letter)
    for line in unnumbered:
        possible = by_name.get(line.addressee, [])
        fit = [letter for letter in possible if _same_place(letter, line.address)] if line.address else possible
        if not fit:
            line.fault = "addressee"
            continue
        line.warning = "by_order" if len(fit) > 1 else "by_name"
        line.number = fit[0].number
        possible.remove(fit[0])


def _same_place(letter: Letter, said: str) -> bool:
    """The file's address may be shortened: one begins with the other, blanks aside."""
    ours, theirs = plain_tracking(letter.address.text), plain_tracking(said)
    return bool(theirs) and (ours.startswith(theirs) or theirs.startswith(ours) or theirs in ours)


def _fault(line: Line, letter: Letter | None, seen: set[int], *, kind: str, carrier: str, holder: Letter | None) -> str:
    if letter is None:
        return "no_letter"
    if letter.pk in seen:
        return "letter_twice"
    if kind == FileKind.TRACKING:
        return _tracking_fault(line, letter, carrier, holder)
    if line.outcome not in ("delivered", "returned"):
        return "outcome"
    if line.outcome == letter.state:
        line.warning = "known"
        return ""
    return "" if letter.state == LetterState.DISPATCHED else "state"


def _tracking_fault(line: Line, letter: Letter, carrier: str, holder: Letter | None) -> str:
    """`holder` is the letter that has this tracking number already."""
    if letter.carrier == carrier and letter.tracking_no and letter.tracking_no == line.tracking:
        line.warning = "known"
        return ""
    if letter.state != LetterState.RENDERED:
        return "state"
    if not is_tracking_number(carrier, line.tracking):
        return "tracking"
    return "used" if holder else ""


def _mark_doubled_numbers(lines: list[Line], kind: str) -> None:
    if kind != FileKind.TRACKING:
        return
    seen: set[str] = set()
    for line in lines:
        if not line.fault and line.tracking in seen:
            line.fault = "tracking_twice"
        seen.add(line.tracking)


@transaction.atomic
def commit_carrier_file(*, file_id: int, by: User, now: datetime) -> int:
    """Every line of the file is written, or none; returns how many letters moved on. A file that was written is written (F14)."""
    need_permission(by, "dispatch_letter")
    file = CarrierFile.objects.select_for_update(of=("self",)).get(pk=file_id)
    if file.committed_at:
        return 0
    if CarrierFile.objects.filter(kind=file.kind, sha256=file.sha256, committed_at__isnull=False).exists():
        raise BadFile(_("The same file was written meanwhile."))
    lines = judged([Line.kept(stored) for stored in file.lines], kind=file.kind, carrier=file.carrier)
    wrong = [line.row for line in lines if line.fault]
    if wrong:
        rows = ", ".join(map(str, wrong[:10]))
        raise BadFile(_("Nothing was written: rows %(rows)s are wrong. Mend the file and read it again.") % {"rows": rows})
    due = [line for line in lines if line.warning != "known"]
    if file.kind == FileKind.TRACKING:
        for line in sorted(due, key=lambda one: one.letter):
            dispatch_letter(letter_id=line.letter, carrier=file.carrier, tracking_no=line.tracking, by=by, now=now)
    else:
        book_results(results=[Result(line.letter, line.reason, line.on) for line in due], by=by, now=now)
    file.committed_by, file.committed_at, file.lines = by, now, [line.stored() for line in lines]
    file.save(update_fields=["committed_by", "committed_at", "lines"])
    record("carrier_file.written", subject=file, by=by, at=now, changes={"letters": (None, len(due))})
    return len(due)
