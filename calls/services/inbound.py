"""Somebody of a case rings us: they may be spoken with; what comes of it is recorded like any call (`recording.record_call`)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from calls.selectors import holds
from calls.services.recording import NotHolder
from cases.models import Case, Phone
from collection.lib.errors import Refused
from compliance.models import Verdict
from compliance.services import note_inbound
from staff.models import User


class NobodyRang(Refused):
    """An inbound call comes from a person of the case."""


@transaction.atomic
def open_inbound(*, case_id: int, by: User, now: datetime, phone_id: int | None = None, contact_id: int | None = None) -> Verdict:
    """The call is on record as inbound: no hours and no counts stand against it, and it adds to none (CR-03 and CR-04 are about our calls).

    Named by the number that rings, or by who it is. Identity is verified all the same before the debt is spoken of (CR-17).
    """
    case = Case.objects.select_related("client").get(pk=case_id)
    if not holds(by, case):
        raise NotHolder
    phones = Phone.objects.filter(contact__case=case).select_related("contact").order_by("pk")
    phone = phones.filter(pk=phone_id).first() if phone_id else phones.filter(contact=contact_id).first()
    if phone is None:
        raise NobodyRang(_("Choose who of the case rings. A number that is not listed is entered first."))
    return note_inbound(case=case, contact=phone.contact, phone=phone, by=by, now=now)
