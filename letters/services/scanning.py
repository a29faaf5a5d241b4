"""Tracking numbers by scanner: first the letter, then the carrier's number; a misread never loses the place."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from collection.lib.errors import Refused
from letters.choices import LetterState
from letters.models import Letter
from letters.rules import letter_number_in, plain_tracking, s10_fault
from letters.selectors import letters_visible_to, letters_with_rows
from letters.services.mailing import dispatch_letter
from letters.services.runs import planned_carrier
from staff.models import User


@dataclass(frozen=True)
class Scanned:
    """What the page shows after a scan: the letter that waits for its number, what went wrong, what was done.

    `doubted` is a number whose check digit does not fit: read a second time it is taken.
    """

    letter: Letter | None = None
    problem: str = ""
    doubted: str = ""
    done: Letter | None = None


def scan(*, code: str, letter_number: str, doubted: str, carrier: str, by: User, now: datetime) -> Scanned:
    """A letter's number (or QR code) chooses the letter; any other code is the tracking number of the letter chosen before.

    `carrier` is "" for the one that the letter was printed for.
    """
    asked = letter_number_in(code)
    if asked:
        return _choose(asked, by)
    letter = _to_dispatch(letter_number, by)
    if letter is None:
        return Scanned(problem=_("First scan the letter: “%(code)s” is no letter number.") % {"code": code.strip()[:30]})
    number = plain_tracking(code)
    if s10_fault(number) and number != doubted:
        return Scanned(letter, _("The check digit of %(number)s does not fit. Scan it again to keep it all the same.") % {"number": number}, doubted=number)
    try:
        sent = dispatch_letter(letter_id=letter.pk, carrier=carrier or letter.carrier or planned_carrier(letter), tracking_no=code, by=by, now=now)
    except Refused as refusal:
        return Scanned(letter, str(refusal))
    return Scanned(done=sent)


def _choose(number: str, by: User) -> Scanned:
    letter = letters_with_rows(letters_visible_to(by)).filter(number=number).first()
    if letter is None:
        return Scanned(problem=_("There is no letter %(number)s.") % {"number": number})
    if letter.state != LetterState.RENDERED:
        tracking = f" ({letter.tracking_no})" if letter.tracking_no else ""
        return Scanned(
            problem=_("Letter %(letter)s is “%(state)s”%(tracking)s: it waits for no number.")
            % {"letter": letter, "state": letter.get_state_display(), "tracking": tracking}
        )
    return Scanned(letter)


def _to_dispatch(number: str, by: User) -> Letter | None:
    return letters_with_rows(letters_visible_to(by)).filter(number=number, state=LetterState.RENDERED).first() if number else None
