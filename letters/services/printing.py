"""Annex 3: print runs are drawn. The run is a row; whoever works on it may be killed at any moment, and the next one goes on (F30, F31)."""

import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop
from pypdf import PdfReader, PdfWriter

from audit.services import record
from cases.choices import ENDED
from cases.models import Case
from collection.lib.press.drawing import Drawn, NotDrawn
from collection.lib.press.fonts import FontMissing, missing_glyphs
from collection.lib.regions import place_of
from letters.choices import LetterKind, LetterState
from letters.models import MOST_TRIES, Letter, LetterNumber, PrintRun
from letters.printing.drafts import letter_sheet
from letters.printing.press import Press
from letters.rules import number_text
from letters.selectors import letters_with_rows, next_numbers, stored_pdf
from letters.selectors_quality import holds_on
from letters.services.flow import record_step
from staff.services import notify

Clock = Callable[[], datetime]
# Longer than any letter may take: a run that nobody touched for so long lost its worker.
ABANDONED_AFTER = timedelta(minutes=3)
TRIES = 10
# Why a letter that can be drawn well is not printed: no try of it failed.
NOT_ITS_FAULT = ("stopped", "held", "balance", "fonts")
# A run that was taken up so often without a letter coming out of it is given up.
MOST_STALLS = 5


def work_on_next_run(*, clock: Clock) -> PrintRun | None:
    """Draw the oldest waiting run to its end; None when there is none, or another worker is at it. Safe to call at any time, by many.

    A run takes minutes, so each letter asks the clock for its own moment.
    """
    run = _claim_run(clock())
    if run is None:
        return None
    if run.stalls > MOST_STALLS:
        return _give_up(run, clock())
    try:
        _draw_letters(run, clock)
        _finish(run, clock())
    except FontMissing:
        PrintRun.objects.filter(pk=run.pk).update(failure="fonts")
        raise
    run.refresh_from_db()
    return run


def _claim_run(now: datetime) -> PrintRun | None:
    waiting = PrintRun.objects.filter(finished_at=None)
    if waiting.filter(worked_on_at__gt=now - ABANDONED_AFTER).exists():
        return None
    run = waiting.order_by(F("worked_on_at").asc(nulls_first=True), "pk").first()  # one that keeps failing lets the others pass
    if run is None:
        return None
    free = Q(worked_on_at=None) | Q(worked_on_at__lte=now - ABANDONED_AFTER)
    if not waiting.filter(free, pk=run.pk).update(worked_on_at=now, stalls=F("stalls") + 1):
        return None
    run.refresh_from_db()
    return run


@transaction.atomic
def _give_up(run: PrintRun, now: datetime) -> PrintRun:
    """Its letters are approved as before, with the reason; whoever started it is told, and nobody tries it again by themselves."""
    letters = list(Letter.objects.select_for_update(of=("self",)).select_related("case").filter(print_run=run, state=LetterState.RENDERING).order_by("pk"))
    fresh = PrintRun.objects.select_for_update(of=("self",)).select_related("started_by").get(pk=run.pk)
    for letter in letters:
        _fail(letter, fresh.failure or "crash", now)
    fresh.refresh_from_db()
    fresh.finished_at, fresh.failure = now, fresh.failure or "stuck"
    fresh.save(update_fields=["finished_at", "failure"])
    record("print_run.given_up", subject=fresh, by=None, at=now, changes={"printed": (None, fresh.done), "failed": (None, fresh.failed)})
    message = gettext_noop("Print run %(run)s was given up after %(tries)s tries; its letters are approved still.")
    path = reverse("letters:print-run-detail", args=[fresh.pk])
    notify([fresh.started_by], message, now=now, path=path, is_urgent=True, run=fresh, tries=MOST_STALLS)
    return fresh


def _draw_letters(run: PrintRun, clock: Clock) -> None:
    """In the order in which they are posted, so that the numbers and the file follow it; as many at once as there are children."""
    waiting = letters_with_rows(run.letters.filter(state=LetterState.RENDERING)).prefetch_related("case__accounts")
    letters, many = sorted(waiting, key=route_of), settings.PRINT_CHILDREN
    characters = _characters(letters, clock())
    with ThreadPoolExecutor(many) as pool, ExitStack() as stack:
        presses = [stack.enter_context(Press(chars=characters)) for _child in range(many)]
        for group in _groups(letters, many):
            _draw_group(group, presses, pool, clock)


def _groups(letters: list[Letter], many: int) -> Iterator[list[Letter]]:
    """Letters to draw at once. One that was tried before goes alone: if it kills its worker, its neighbours have no part in it (F05)."""
    group: list[Letter] = []
    for letter in letters:
        if letter.attempts:
            yield from filter(None, (group, [letter]))
            group = []
        elif len(group) + 1 == many:
            yield [*group, letter]
            group = []
        else:
            group.append(letter)
    if group:
        yield group


def route_of(letter: Letter) -> tuple[str, str, str, str, int]:
    """Carrier, province, city, postcode: as the carrier sorts its mail."""
    place = place_of(letter.address.text)
    return (letter.carrier, place.province, place.city, letter.address.postcode, letter.pk)


def _characters(letters: list[Letter], now: datetime) -> str:
    return "".join(set("".join(letter_sheet(letter, now=now) for letter in letters)))


def _draw_group(group: list[Letter], presses: list[Press], pool: ThreadPoolExecutor, clock: Clock) -> None:
    """The letters under the numbers that follow, each in a child of its own, stored in their order. Only drawing leaves this thread.

    When one fails, the ones after it are drawn again under the numbers that are theirs then.
    """
    letters = [letter for letter in group if _may_be_drawn(letter, clock)]
    if len(letters) == 1:
        _draw_letter(letters[0], presses[0], clock)
        return
    now = clock()
    numbers = next_numbers(timezone.localdate(now).year, len(letters))
    drawings = [pool.submit(press.draw, letter_sheet(letter, now=now, number=number)) for letter, number, press in zip(letters, numbers, presses, strict=False)]
    for letter, number, drawing, press in zip(letters, numbers, drawings, presses, strict=False):
        try:
            drawn = drawing.result()
        except NotDrawn as failure:
            _mark_failed(letter, str(failure)[:100], clock())
            continue
        if not _store(letter, number, drawn, clock()):
            _draw_letter(letter, press, clock)


def _may_be_drawn(letter: Letter, clock: Clock) -> bool:
    missing = missing_glyphs(letter_sheet(letter, now=clock()))
    if missing:
        _mark_failed(letter, f"glyph:{missing[:20]}", clock())
        return False
    if not _begin_try(letter):
        _mark_failed(letter, "crash", clock())
        return False
    return True


def _draw_letter(letter: Letter, press: Press, clock: Clock) -> None:
    """Draw and store one letter. Its number is only looked at before, and taken with the stored file: if another letter took it
    meanwhile, this one is drawn again with the next."""
    for _try in range(TRIES):
        now = clock()
        (number,) = next_numbers(timezone.localdate(now).year, 1)
        try:
            drawn = press.draw(letter_sheet(letter, now=now, number=number))
        except NotDrawn as failure:
            _mark_failed(letter, str(failure)[:100], clock())
            return
        if _store(letter, number, drawn, clock()):
            return
    raise RuntimeError(f"Letter {letter.pk}: its number was taken {TRIES} times.")


def _begin_try(letter: Letter) -> bool:
    """Counted before it is drawn: a letter that kills its worker has no chance to say so afterwards (F05)."""
    return bool(Letter.objects.filter(pk=letter.pk, attempts__lt=MOST_TRIES).update(attempts=F("attempts") + 1))


def _store(letter: Letter, number: str, drawn: Drawn, now: datetime) -> bool:
    """The letter is rendered under its number, or nothing happened and it must be drawn again (False)."""
    year = int(number[:4])
    saved = ""
    try:
        with transaction.atomic():
            LetterNumber.objects.get_or_create(year=year)
            counter = LetterNumber.objects.select_for_update().get(year=year)
            if number_text(year, counter.last + 1) != number:
                return False
            fresh = Letter.objects.select_for_update(of=("self",)).select_related("case", "template").get(pk=letter.pk)
            if fresh.state != LetterState.RENDERING:  # another worker was quicker
                return True
            reason = _reason_not_to_send(fresh)
            if reason:
                _fail(fresh, reason, now)
                return True
            fresh.number, fresh.state, fresh.rendered_at, fresh.failure = number, LetterState.RENDERED, now, ""
            fresh.pages, fresh.pdf_sha256 = drawn.pages, hashlib.sha256(drawn.content).hexdigest()
            fresh.pdf.save(f"{number}.pdf", ContentFile(drawn.content), save=False)
            saved = fresh.pdf.name
            fresh.save(update_fields=["number", "state", "rendered_at", "failure", "pages", "pdf_sha256", "pdf"])
            counter.last += 1
            counter.save(update_fields=["last"])
            PrintRun.objects.filter(pk=fresh.print_run_id).update(done=F("done") + 1, worked_on_at=now, stalls=0)
            changes = {"number": (None, number), "pages": (None, drawn.pages), "sha256": (None, fresh.pdf_sha256)}
            record_step("letter.printed", fresh, LetterState.RENDERING, by=None, now=now, **changes)
    except BaseException:
        if saved:  # no row tells of it
            letter.pdf.storage.delete(saved)
        raise
    return True


def _reason_not_to_send(letter: Letter) -> str:
    case: Case = letter.case
    if letter.template.kind != LetterKind.SETTLEMENT and (case.stopped_at or case.state in ENDED):
        return "stopped"
    if holds_on([letter]).exists():
        return "held"
    return "balance" if case.balance != letter.balance else ""


@transaction.atomic
def _mark_failed(letter: Letter, reason: str, now: datetime) -> None:
    fresh = Letter.objects.select_for_update(of=("self",)).select_related("case").get(pk=letter.pk)
    if fresh.state == LetterState.RENDERING:
        _fail(fresh, reason, now)


def _fail(letter: Letter, reason: str, now: datetime) -> None:
    """Back among the approved ones, marked with the reason; it stays in the list of its run until it is printed in another."""
    letter.state, letter.failure = LetterState.APPROVED, reason
    if reason in NOT_ITS_FAULT:
        letter.attempts = 0
    letter.save(update_fields=["state", "failure", "attempts"])
    PrintRun.objects.filter(pk=letter.print_run_id).update(failed=F("failed") + 1, worked_on_at=now, stalls=0)
    record_step("letter.print_failed", letter, LetterState.RENDERING, by=None, now=now, reason=reason.partition(":")[0])


@transaction.atomic
def _finish(run: PrintRun, now: datetime) -> None:
    """All drawn: one file in the order of the numbers, and the person who started it is told."""
    fresh = PrintRun.objects.select_for_update(of=("self",)).select_related("started_by").get(pk=run.pk)
    if fresh.finished_at or fresh.letters.filter(state=LetterState.RENDERING).exists():
        return
    printed = list(fresh.letters.exclude(number="").exclude(state=LetterState.CANCELLED).order_by("number"))
    merged = _merge([stored_pdf(letter) for letter in printed])
    _note_pages(printed)
    fresh.finished_at, fresh.failure = now, ""
    if merged:
        fresh.pdf.save(f"run-{fresh.pk}.pdf", ContentFile(merged), save=False)
    fresh.save(update_fields=["finished_at", "failure", "pdf"])
    record("print_run.finished", subject=fresh, by=None, at=now, changes={"printed": (None, fresh.done), "failed": (None, fresh.failed)})
    message = gettext_noop("Print run %(run)s is ready: %(done)s letters, %(failed)s failed.")
    path = reverse("letters:print-run-detail", args=[fresh.pk])
    notify([fresh.started_by], message, now=now, path=path, is_urgent=bool(fresh.failed), run=fresh, done=fresh.done, failed=fresh.failed)


def _note_pages(letters: list[Letter]) -> None:
    """On which page of the run's file each letter begins."""
    page = 1
    for letter in letters:
        letter.first_page, page = page, page + (letter.pages or 0)
    Letter.objects.bulk_update(letters, ["first_page"], batch_size=500)


def _merge(files: list[bytes]) -> bytes:
    if not files:
        return b""
    writer = PdfWriter()
    for content in files:
        writer.append(PdfReader(io.BytesIO(content)), import_outline=False)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
