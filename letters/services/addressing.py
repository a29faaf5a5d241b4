"""Addresses of a case: how complete they are, and putting them right before a letter goes there."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assignment.selectors import cases_visible_to
from audit.services import record
from cases.models import Address
from cases.services.casework import touch_case
from collection.lib.errors import Outdated, Refused
from collection.lib.masking import mask_address
from collection.lib.press.fonts import missing_glyphs
from collection.lib.regions import place_of, plain
from letters.addresses import fault_text
from letters.choices import LetterState
from letters.models import Letter
from letters.selectors import letters_visible_to
from letters.services.flow import NotAllowed
from staff.models import User

PRINTED = (LetterState.RENDERING, LetterState.RENDERED)
LONGEST = 200


class BadAddress(Refused):
    """Not an address that a carrier finds."""

    rule = "A1.4"


def addresses_open_to(user: User) -> QuerySet[Address]:
    """Those of the cases that the person sees; for the admin office those of the letters it has to print."""
    rows = Address.objects.filter(contact__case__in=cases_visible_to(user))
    if user.has_perm("letters.dispatch_letter"):
        waiting = letters_visible_to(user).filter(state=LetterState.APPROVED)
        rows = Address.objects.filter(pk__in=waiting.values("address")) | rows
    return rows


@transaction.atomic
def open_address(*, address_id: int, by: User, now: datetime) -> Address:
    """The address in the clear, for who is about to put it right; on the trail (CR-46)."""
    address = _open(address_id, by)
    record("address.opened", subject=address, by=by, at=now)
    return address


def _open(address_id: int, by: User) -> Address:
    if not (by.has_perm("letters.request_letter") or by.has_perm("letters.dispatch_letter")):
        raise NotAllowed(_("Your role does not allow this step."))
    address = addresses_open_to(by).filter(pk=address_id).first()
    if address is None:
        raise NotAllowed(_("This address is not on one of your cases."))
    return address


@transaction.atomic
def correct_address(*, address_id: int, text: str, postcode: str, seen: str, by: User, now: datetime) -> Address:
    """The address as it is really written, with province, city and house; where it came from stays. Refused while a letter to it is printed
    but not sent: the paper would not match. `seen` is the text that the person looked at (F13)."""
    _open(address_id, by)
    address = Address.objects.select_for_update(of=("self",)).select_related("contact__case").get(pk=address_id)
    text, postcode = plain(text)[:LONGEST], postcode.strip()
    if address.text != seen:
        raise Outdated(
            _("Somebody changed this address meanwhile: look at it again."), entered={"address": text}, current={"address": mask_address(address.text)}
        )
    _need_fit(text, postcode)
    if Letter.objects.filter(address=address, state__in=PRINTED).exists():
        raise BadAddress(_("A letter to this address is printed and not sent yet: cancel it first, or send it."))
    before, old = mask_address(address.text), address.postcode
    if (text, postcode) == (address.text, old):
        return address
    address.text, address.postcode = text, postcode
    address.save(update_fields=["text", "postcode"])
    touch_case(address.contact.case, at=now)
    record("address.corrected", subject=address, by=by, at=now, changes={"address": (before, mask_address(text)), "postcode": (old, postcode)})
    return address


def _need_fit(text: str, postcode: str) -> None:
    blocking = place_of(text).blocking
    if blocking:
        raise BadAddress(" ".join(fault_text(code) for code in blocking))
    if postcode and not (postcode.isascii() and postcode.isdigit() and len(postcode) == 6):
        raise BadAddress(_("A postcode has six digits."))
    missing = missing_glyphs(text)
    if missing:
        raise BadAddress(_("The letters' font cannot draw: %(chars)s") % {"chars": missing}, rule="F")
