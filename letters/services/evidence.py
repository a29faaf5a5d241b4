"""A letter that arrived, as evidence on its case: where the law says so it begins the limitation anew (CR-34, compliance.md)."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from cases.choices import Relation, Source
from compliance.choices import Interruption
from compliance.services.limitation import record_interruption
from letters.choices import ReturnReason
from letters.models import Letter
from letters.services.content import NOT_DUNNING
from staff.models import User

CHINESE = "zh-hans"
# Where the cardholder told the bank to write to (L3 3(2)): what was sent there should have arrived.
RESERVED = (Source.CLIENT_FILE, Source.DEBTOR, Source.CONTRACT)


def note_arrival(letter: Letter, *, on: date, by: User, now: datetime) -> None:
    """A demand that reached the debtor's own address interrupts; a statement or certificate asks for nothing, and at somebody else's nobody can say."""
    if letter.template.kind in NOT_DUNNING or letter.address.contact.relation != Relation.SELF:
        return
    _record(letter, gettext_noop("Letter %(letter)s, %(carrier)s %(tracking)s: delivered"), on=on, by=by, now=now)


def note_refusal(letter: Letter, *, on: date, by: User, now: datetime) -> None:
    """A demand to the address left with the bank that was refused at the door should have arrived (L2 8(2), L3 3(2))."""
    is_reserved = letter.address.source in RESERVED and letter.address.contact.relation == Relation.SELF
    if letter.return_reason != ReturnReason.REFUSED or letter.template.kind in NOT_DUNNING or not is_reserved:
        return
    words = gettext_noop("Letter %(letter)s, %(carrier)s %(tracking)s: acceptance refused at the address left with the bank")
    _record(letter, words, on=on, by=by, now=now)


def _record(letter: Letter, words: str, *, on: date, by: User, now: datetime) -> None:
    with override(CHINESE):  # for a court, whoever books it
        text = _(words) % {"letter": letter.number, "carrier": letter.get_carrier_display(), "tracking": letter.tracking_no}
    record_interruption(case=letter.case, event=Interruption.DELIVERED, on=on, evidence=text, by=by, now=now)
