"""Annex 3, second half: handed to the carrier under a tracking number."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collection.lib.errors import Refused
from duties.choices import Kind
from duties.services import meet_duty
from letters.choices import Carrier, LetterState
from letters.models import Letter
from letters.rules import is_tracking_number, plain_tracking
from letters.services.content import check_case
from letters.services.flow import lock_letter, need_permission, need_state, record_step
from letters.services.holds import need_free
from letters.services.sampling import draw_letter
from staff.models import User


class BadTracking(Refused):
    """Not a number of this carrier, or one that another letter has."""

    rule = "A1.4"


@transaction.atomic
def dispatch_letter(*, letter_id: int, carrier: str, tracking_no: str, by: User, now: datetime) -> Letter:
    """The letter is with the carrier under its tracking number: the dispatch duty is met, the quality check's clock begins (A1.4)."""
    need_permission(by, "dispatch_letter")
    letter = lock_letter(letter_id)
    need_state(letter, LetterState.RENDERED)
    need_free([letter])
    check_case(letter.case, kind=letter.template.kind, today=timezone.localdate(now))
    number = _tracking(carrier, tracking_no)
    before, letter.state = letter.state, LetterState.DISPATCHED
    letter.carrier, letter.tracking_no, letter.dispatched_by, letter.dispatched_at = carrier, number, by, now
    try:
        with transaction.atomic():
            letter.save(update_fields=["state", "carrier", "tracking_no", "dispatched_by", "dispatched_at"])
    except IntegrityError as error:
        raise _already_used(carrier, number) from error
    record_step("letter.dispatched", letter, before, by=by, now=now, carrier=(None, carrier), tracking_no=(None, number))
    meet_duty(kind=Kind.LETTER_DISPATCH, subject=letter, by=by, now=now)
    draw_letter(letter, by=by, now=now)
    return letter


@transaction.atomic
def correct_tracking(*, letter_id: int, carrier: str, tracking_no: str, reason: str, by: User, now: datetime) -> Letter:
    """The letter on its way has the number that is on its envelope; the wrong one stays in the trail (A1.4).

    What the carrier says of the right number counts from now on: a letter that was asked after because nobody heard of the wrong one waits again.
    """
    need_permission(by, "dispatch_letter")
    letter = lock_letter(letter_id)
    need_state(letter, LetterState.DISPATCHED)
    if not reason.strip():
        raise BadTracking(_("Say why the number is corrected."))
    if (carrier, plain_tracking(tracking_no)) == (letter.carrier, letter.tracking_no):
        raise BadTracking(_("This is the number that the letter has already."))
    number = _tracking(carrier, tracking_no)
    changes = {"carrier": (letter.carrier, carrier), "tracking_no": (letter.tracking_no, number)}
    letter.carrier, letter.tracking_no, letter.asked_after_at = carrier, number, None
    try:
        with transaction.atomic():
            letter.save(update_fields=["carrier", "tracking_no", "asked_after_at"])
    except IntegrityError as error:
        raise _already_used(carrier, number) from error
    record_step("letter.tracking_corrected", letter, letter.state, by=by, now=now, reason=reason.strip()[:200], **changes)
    return letter


def _tracking(carrier: str, tracking_no: str) -> str:
    if carrier not in Carrier.values:
        raise BadTracking(_("Choose the carrier."))
    number = plain_tracking(tracking_no)
    if not number:
        raise BadTracking(_("Enter the tracking number."))
    if not is_tracking_number(carrier, number):
        raise BadTracking(
            _("“%(number)s” is not a tracking number of %(carrier)s: scan or type it again.") % {"number": number[:20], "carrier": Carrier(carrier).label}
        )
    if Letter.objects.filter(carrier=carrier, tracking_no=number).exists():
        raise _already_used(carrier, number)
    return number


def _already_used(carrier: str, number: str) -> BadTracking:
    other = Letter.objects.filter(carrier=carrier, tracking_no=number).first()
    return BadTracking(_("%(number)s already belongs to letter %(letter)s.") % {"number": number, "letter": other or "?"})
