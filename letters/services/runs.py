"""Annex 3: a print run is started, stopped, and its letters printed once more. Drawing is in `printing`."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import event_for, record, record_many
from collection.lib.errors import Refused
from letters.choices import Carrier, LetterKind, LetterState
from letters.models import MOST_TRIES, Letter, PrintRun
from letters.selectors import letters_visible_to, stored_pdf
from letters.services.content import check_still_right
from letters.services.flow import lock_letter, need_permission, need_state, record_step
from letters.services.holds import need_free
from staff.models import User

MOST_LETTERS = 2000


class CannotPrint(Refused):
    """These letters can't be printed together now."""

    rule = "A1.4"


@transaction.atomic
def start_print_run(*, letter_ids: Iterable[int], by: User, now: datetime) -> PrintRun:
    """The approved letters wait in one print run; the worker draws them, one file for all (A1.4). Their amounts must still hold (CR-30)."""
    need_permission(by, "dispatch_letter")
    wanted = sorted(set(letter_ids))
    if not wanted:
        raise CannotPrint(_("Choose the letters to print."))
    if len(wanted) > MOST_LETTERS:
        raise CannotPrint(_("At most %(most)s letters go into one run.") % {"most": MOST_LETTERS})
    rows = letters_visible_to(by).filter(pk__in=wanted).select_for_update(of=("self",))
    letters = list(rows.select_related("case__client", "case__debtor", "template", "address").order_by("pk"))
    if len(letters) != len(wanted):
        raise CannotPrint(_("Some of these letters do not exist."))
    need_free(letters)
    for letter in letters:
        _need_printable(letter, now)
    run = PrintRun.objects.create(started_by=by, started_at=now, total=len(letters))
    for letter in letters:
        letter.state, letter.print_run, letter.failure, letter.carrier = LetterState.RENDERING, run, "", letter.carrier or planned_carrier(letter)
    Letter.objects.bulk_update(letters, ["state", "print_run", "failure", "carrier"], batch_size=500)
    record("print_run.started", subject=run, by=by, at=now, changes={"letters": (None, len(letters))})
    record_many(
        event_for("letter.printing", subject=letter, by=by, at=now, changes={"state": (LetterState.APPROVED, LetterState.RENDERING)}) for letter in letters
    )
    return run


def _need_printable(letter: Letter, now: datetime) -> None:
    need_state(letter, LetterState.APPROVED)
    if letter.is_set_aside:
        raise CannotPrint(
            _("Letter %(letter)s was set aside after %(tries)s tries: mend the cause and allow another try, send it back, or cancel it.")
            % {"letter": letter, "tries": letter.attempts}
        )
    check_still_right(letter, today=timezone.localdate(now))


def planned_carrier(letter: Letter) -> str:
    """How it will most likely go; the number that is scanned decides."""
    return Carrier.EMS if letter.template.kind == LetterKind.LAWYER else Carrier.CHINA_POST


@transaction.atomic
def cancel_print_run(*, run_id: int, by: User, now: datetime) -> PrintRun:
    """What is not drawn yet is approved as before and can go into another run; what is drawn stays, and the worker closes the file."""
    need_permission(by, "dispatch_letter")
    # Letters before their run, as the worker locks them.
    letters = list(Letter.objects.select_for_update(of=("self",)).filter(print_run=run_id, state=LetterState.RENDERING).select_related("case").order_by("pk"))
    run = PrintRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.finished_at or run.cancelled_at:
        raise CannotPrint(_("Print run %(run)s is over already.") % {"run": run})
    run.cancelled_at, run.cancelled_by, run.total = now, by, run.total - len(letters)
    run.save(update_fields=["cancelled_at", "cancelled_by", "total"])
    Letter.objects.filter(pk__in=[letter.pk for letter in letters]).update(state=LetterState.APPROVED, print_run=None, attempts=0)
    record("print_run.cancelled", subject=run, by=by, at=now, changes={"given back": (None, len(letters))})
    record_many(
        event_for("letter.print_stopped", subject=letter, by=by, at=now, changes={"state": (LetterState.RENDERING, LetterState.APPROVED)}) for letter in letters
    )
    return run


@transaction.atomic
def allow_another_try(*, letter_id: int, by: User, now: datetime) -> Letter:
    """A letter that was set aside after its tries may be printed again: somebody has looked at the cause."""
    need_permission(by, "dispatch_letter")
    letter = lock_letter(letter_id)
    if not letter.is_set_aside:
        raise CannotPrint(_("Letter %(letter)s is not set aside.") % {"letter": letter})
    tries, letter.attempts = letter.attempts, 0
    letter.save(update_fields=["attempts"])
    record_step("letter.retried", letter, letter.state, by=by, now=now, attempts=(tries, 0), most=(None, MOST_TRIES))
    return letter


@transaction.atomic
def reprint_letter(*, letter_id: int, reason: str, by: User, now: datetime) -> bytes:
    """The issued file once more, byte for byte: a torn or lost sheet is replaced, never drawn anew. Who and why is on the trail."""
    need_permission(by, "dispatch_letter")
    letter = lock_letter(letter_id)
    need_state(letter, LetterState.RENDERED)
    if not reason.strip():
        raise Refused(_("Say why it is printed once more."), rule="A1.4")
    content = stored_pdf(letter)
    record_step("letter.reprinted", letter, letter.state, by=by, now=now, reason=reason.strip()[:200])
    return content
