"""What became of a letter: delivered, or come back; one, many at once, or a carrier's file. And who asks when nobody says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.selectors import holder_of
from audit.services import event_for, record_many
from cases.services.casework import lock_case, note_mail_returned
from collection.lib.errors import Refused
from letters.choices import ADDRESS_STANDS, LetterState, ReturnReason
from letters.models import Letter
from letters.services.evidence import note_arrival, note_refusal
from letters.services.flow import lock_letter, need_permission, need_state, path_of, record_step
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty, people_with_role
from staff.services import notify

MOST_AT_ONCE = 1000


class BadResult(Refused):
    """A result that can't be: without a reason, before the letter was sent, or in the future."""

    rule = "A1.4"


@dataclass(frozen=True)
class Result:
    """What became of one letter; `reason` (one of ReturnReason) says why it came back, "" that it was delivered. `on` is the carrier's day."""

    letter_id: int
    reason: str = ""
    on: date | None = None


@transaction.atomic
def book_delivery(*, letter_id: int, by: User, now: datetime, on: date | None = None) -> Letter:
    """The carrier delivered the letter; whoever works the case is told, and a demand that arrived begins the limitation anew (CR-34)."""
    need_permission(by, "dispatch_letter")
    letter = _lock(letter_id)
    need_state(letter, LetterState.DISPATCHED)
    moment = _moment(letter, on, now)
    before, letter.state, letter.delivered_at = letter.state, LetterState.DELIVERED, moment
    letter.save(update_fields=["state", "delivered_at"])
    record_step("letter.delivered", letter, before, by=by, now=now, on=(None, timezone.localdate(moment)))
    note_arrival(letter, on=timezone.localdate(moment), by=by, now=now)
    _tell(letter, gettext_noop("Letter %(letter)s was delivered."), now=now)
    return letter


@transaction.atomic
def book_return(*, letter_id: int, reason: str, by: User, now: datetime, on: date | None = None) -> Letter:
    """The letter came back; its address is wrong from now on, unless it was only refused or not fetched. Whoever works the case is told."""
    need_permission(by, "dispatch_letter")
    letter = _lock(letter_id)
    need_state(letter, LetterState.DISPATCHED)
    if not reason.strip():
        raise BadResult(_("Say why it came back."))
    moment = _moment(letter, on, now)
    before, letter.state, letter.returned_at, letter.return_reason = letter.state, LetterState.RETURNED, moment, reason.strip()[:200]
    letter.save(update_fields=["state", "returned_at", "return_reason"])
    record_step("letter.returned", letter, before, by=by, now=now, reason=letter.return_reason)
    note_mail_returned(address=letter.address, is_wrong=letter.return_reason not in ADDRESS_STANDS, by=by, now=now)
    note_refusal(letter, on=timezone.localdate(moment), by=by, now=now)
    message = gettext_noop("Letter %(letter)s came back: %(reason)s. Try another address.")
    _tell(letter, message, now=now, reason=return_words(letter.return_reason))
    return letter


@transaction.atomic
def book_results(*, results: Iterable[Result], by: User, now: datetime) -> list[Letter]:
    """All of them are booked, or none: the first one that can't be says why."""
    need_permission(by, "dispatch_letter")
    wanted = {result.letter_id: result for result in results}
    if len(wanted) > MOST_AT_ONCE:
        raise BadResult(_("At most %(most)s results at once.") % {"most": MOST_AT_ONCE})
    # By case, as everything that locks many cases does.
    ordered = Letter.objects.filter(pk__in=wanted).order_by("case_id", "pk").values_list("pk", flat=True)
    return [_book(wanted[letter_id], by=by, now=now) for letter_id in ordered]


def _book(result: Result, *, by: User, now: datetime) -> Letter:
    if result.reason:
        return book_return(letter_id=result.letter_id, reason=result.reason, by=by, now=now, on=result.on)
    return book_delivery(letter_id=result.letter_id, by=by, now=now, on=result.on)


def _lock(letter_id: int) -> Letter:
    """The letter, its case locked before it: the limitation is the case's, and who ends a case locks in this order too."""
    case_id = Letter.objects.values_list("case_id", flat=True).get(pk=letter_id)
    lock_case(case_id)
    return lock_letter(letter_id)


def _moment(letter: Letter, on: date | None, now: datetime) -> datetime:
    """The carrier's day, at noon where it says no hour; never before it was sent, never ahead."""
    today = timezone.localdate(now)
    if on is None or on == today:
        return now
    if on > today or on < timezone.localdate(letter.dispatched_at):
        raise BadResult(_("Letter %(letter)s: the day %(day)s is before it was sent, or ahead.") % {"letter": letter, "day": on})
    return max(letter.dispatched_at, timezone.make_aware(datetime.combine(on, time(12))))


def _tell(letter: Letter, message: str, *, now: datetime, **values: object) -> None:
    """Who holds the case now; who asked, when nobody does."""
    notify([holder_of(letter.case) or letter.requested_by], message, now=now, path=path_of(letter), letter=letter, **values)


def return_words(reason: str) -> str:
    """A known reason by its name, anything else as it was written."""
    return str(ReturnReason(reason).label) if reason in ReturnReason.values else reason


@transaction.atomic
def ask_after_silent(*, now: datetime) -> int:
    """The admin office is reminded, once for each letter, of letters sent LETTERS_ASK_AFTER_DAYS ago of which the carrier has said nothing."""
    since = now - timedelta(days=settings.LETTERS_ASK_AFTER_DAYS)
    silent = list(
        Letter.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state=LetterState.DISPATCHED, dispatched_at__lte=since, asked_after_at=None)
        .select_related("case", "template")
        .order_by("pk")[:MOST_AT_ONCE]
    )
    if not silent:
        return 0
    Letter.objects.filter(pk__in=[letter.pk for letter in silent]).update(asked_after_at=now)
    record_many(event_for("letter.asked_after", subject=letter, by=None, at=now, changes={"asked_after_at": (None, now)}) for letter in silent)
    office = list(people_on_duty(Role.ADMIN_OFFICE, now=now)) or list(people_with_role(Role.ADMIN_OFFICE))
    message = gettext_noop("The carrier has said nothing of %(count)s letters sent over %(days)s days ago. Ask after them.")
    notify(office, message, now=now, path="/letters/?attention=silent", count=len(silent), days=settings.LETTERS_ASK_AFTER_DAYS)
    return len(silent)
