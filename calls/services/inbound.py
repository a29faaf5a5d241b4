"""Somebody of a case rings us: they may be spoken with; what comes of it is recorded like any call (`recording.record_call`), and chased like any.

Who answers opens the call on the desk, or the telephone system tells of it; told by both it is one call.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audit.services import record
from calls.choices import Backend
from calls.models import Dial
from calls.selectors import holds
from calls.services.recording import NotHolder, hold_number
from calls.talk import was_identified
from cases.models import Case, Phone
from collection.lib.crypto import blind_index
from collection.lib.errors import Refused
from collection.lib.identity import parse_phone
from compliance.choices import Direction, TargetClass
from compliance.models import Verdict
from compliance.selectors import target_of
from compliance.services import note_inbound
from staff.models import User

# Opened on the desk and told by the telephone system this near each other, it is the same call.
SAME_CALL = timedelta(minutes=30)
NEAR = timedelta(hours=24)


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
    hold_number(case, phone)
    waiting = _inbound_of(by, phone.number_index, near=now).filter(recorded_at=None)
    if known := waiting.filter(verdict__phone=phone).first():
        return known.verdict
    told = waiting.filter(backend=Backend.CTI).select_for_update(of=("self",), no_key=True).first()
    is_movable = told is not None and not was_identified(told.verdict_id)  # who confirmed identity speaks about the case that was named
    return (_put_on_case(told, phone, by, now=now) if is_movable else _note(phone, by, at=now)).verdict


def take_inbound(*, call_ref: UUID, agent: str, number: str, at: datetime, now: datetime) -> Dial | None:
    """The telephone system saw this person answer a number of a case that they hold: the call is theirs to record. None when it concerns no case."""
    if abs(at - now) > NEAR:
        return None
    by = User.objects.filter(staff_no=agent, is_active=True).first() if agent else None
    parsed = parse_phone(number)
    phones = Phone.objects.filter(number_index=blind_index("phone", parsed[0]) if parsed else "", contact__case__in=Case.objects.live())
    held = Q(contact__case__assignments__collector=by, contact__case__assignments__ended_at=None)
    phone = phones.filter(held).select_related("contact__case__client").order_by("pk").first() if by else None
    if by is None or parsed is None or phone is None:
        return None
    hold_number(phone.contact.case, phone)  # who opens it on the desk at this moment makes no second call
    if told := Dial.objects.filter(call_ref=call_ref).first():
        return told
    known = _inbound_of(by, phone.number_index, near=at).filter(backend="").select_for_update(of=("self",), no_key=True).first()
    dial = known or _note(phone, by, at=at)
    dial.call_ref, dial.backend, dial.answered_at = call_ref, Backend.CTI, at
    dial.save(update_fields=["call_ref", "backend", "answered_at"])
    return dial


def _inbound_of(by: User, number_index: str, *, near: datetime) -> QuerySet[Dial]:
    """This person's calls from that number about then, the latest first."""
    rows = Dial.objects.filter(collector=by, direction=Direction.IN, cancelled_at=None, at__range=(near - SAME_CALL, near + SAME_CALL))
    return rows.filter(number_index=number_index).select_related("verdict__contact", "verdict__phone", "verdict__case__client", "case").order_by("-at")


def _put_on_case(dial: Dial, phone: Phone, by: User, *, now: datetime) -> Dial:
    """The telephone system knows the number only: of several cases with it the call is on the one that the person opens."""
    case, contact, before = phone.contact.case, phone.contact, dial.case
    dial.verdict = note_inbound(case=case, contact=contact, phone=phone, by=by, now=dial.at)
    dial.case, dial.debtor_id, dial.is_to_debtor = case, case.debtor_id, target_of(contact) == TargetClass.DEBTOR
    dial.save(update_fields=["verdict", "case", "debtor", "is_to_debtor"])
    record("call.put_on_case", subject=dial, by=by, at=now, changes={"case": (before.case_no, case.case_no)})
    return dial


def _note(phone: Phone, by: User, *, at: datetime) -> Dial:
    case, contact = phone.contact.case, phone.contact
    verdict = note_inbound(case=case, contact=contact, phone=phone, by=by, now=at)
    return Dial.objects.create(
        verdict=verdict, case=case, collector=by, debtor_id=case.debtor_id, number_index=phone.number_index,
        is_to_debtor=target_of(contact) == TargetClass.DEBTOR, direction=Direction.IN, at=at, placed_at=at,
    )  # fmt: skip
