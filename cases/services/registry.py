"""Household-registry look-ups (A1.3): asked, approved by somebody else, submitted, confirmed by phone, answered."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import event_for, record, record_many
from cases.choices import ENDED, AddressKind, LegalBasis, LegalClass, RegistryState, Relation, Source
from cases.models import Address, Case, Contact, RegistryRequest
from cases.services.casework import add_contact_phone, touch_case
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.selectors import least_loaded
from duties.services import cancel_duty, meet_duty, open_duty
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty, people_with_role
from staff.services import notice_for, notify, notify_many

EXPIRED_AT_ONCE = 500
UNDER_WAY = (RegistryState.REQUESTED, RegistryState.APPROVED, RegistryState.SUBMITTED, RegistryState.CONFIRMED)


class CannotLookUp(Refused):
    """The look-up lacks something, or is not at this step."""

    rule = "A1.3"


def _path(request: RegistryRequest) -> str:
    return reverse("cases:registry-detail", args=[request.pk])


def _locked(request_id: int, *states: str) -> RegistryRequest:
    rows = RegistryRequest.objects.select_for_update(of=("self",)).select_related("case__placement__team__lead", "case__team__lead", "requested_by")
    request = rows.get(pk=request_id)
    if request.state not in states:
        raise CannotLookUp(_("The request is “%(state)s”; this step is not open.") % {"state": request.get_state_display()})
    return request


def _said(text: str, what: str) -> str:
    if not text.strip():
        raise CannotLookUp(what)
    return text.strip()


@transaction.atomic
def request_lookup(*, case: Case, legal_basis: str, purpose: str, by: User, now: datetime) -> RegistryRequest:
    """A look-up is asked for on a case, with its legal basis and purpose; the lead is told and decides. One at a time for a case."""
    if legal_basis not in LegalBasis.values:
        raise CannotLookUp(_("Choose the legal basis; without one nothing is looked up."))
    purpose = _said(purpose, _("Say what the answer is needed for."))
    if case.state in ENDED or case.stopped_at:
        raise CannotLookUp(_("The case has ended or is stopped; nothing more is looked up for it."))
    try:
        with transaction.atomic():
            request = RegistryRequest.objects.create(case=case, legal_basis=legal_basis, purpose=purpose[:200], requested_by=by, requested_at=now)
    except IntegrityError:
        raise CannotLookUp(_("A look-up for this case is under way already.")) from None
    record("registry.requested", subject=request, by=by, at=now, changes={"basis": (None, legal_basis)}, reason=purpose)
    touch_case(case, at=now)
    lead = case.home_team.lead if case.home_team else None
    deciders = [lead] if lead and lead != by else []
    message = gettext_noop("%(by)s asks for a registry look-up on case %(case)s.")
    notify(deciders or people_with_role(Role.GM_OFFICE), message, now=now, path=_path(request), by=by, case=case)
    return request


@transaction.atomic
def approve_lookup(*, request_id: int, by: User, now: datetime) -> RegistryRequest:
    """Somebody other than the requester allows it; a person of the data centre must submit it and confirm by phone the same day."""
    request = _locked(request_id, RegistryState.REQUESTED)
    _must_be_another(request, by)
    clerk = least_loaded(people_on_duty(Role.DATA_CENTRE, now=now)) or people_with_role(Role.DATA_CENTRE).first()
    if clerk is None:
        raise CannotLookUp(_("There is nobody in the data centre to take it."))
    request.state, request.decided_by, request.decided_at = RegistryState.APPROVED, by, now
    request.save(update_fields=["state", "decided_by", "decided_at"])
    record("registry.approved", subject=request, by=by, at=now, changes={"state": (RegistryState.REQUESTED, request.state)})
    open_duty(kind=Kind.REGISTRY, subject=request, holder=clerk, start=now, by=by, path=_path(request))
    message = gettext_noop("Registry look-up for case %(case)s: submit it and confirm by phone today.")
    notify([clerk], message, now=now, path=_path(request), case=request.case)
    return request


def _must_be_another(request: RegistryRequest, by: User) -> None:
    if request.requested_by_id == by.pk:
        raise CannotLookUp(_("Nobody decides on a request of their own. The lead or the GM office does."))


@transaction.atomic
def refuse_lookup(*, request_id: int, reason: str, by: User, now: datetime) -> RegistryRequest:
    """It is not looked up; the requester learns why. After the approval too: when the case was stopped, or the bank declines."""
    request = _locked(request_id, RegistryState.REQUESTED, RegistryState.APPROVED, RegistryState.SUBMITTED)
    before = request.state
    _must_be_another(request, by)
    request.refusal = _said(reason, _("Say why it is refused."))[:200]
    request.state, request.decided_by, request.decided_at = RegistryState.REFUSED, by, now
    request.save(update_fields=["state", "refusal", "decided_by", "decided_at"])
    record("registry.refused", subject=request, by=by, at=now, changes={"state": (before, request.state)}, reason=request.refusal)
    cancel_duty(kind=Kind.REGISTRY, subject=request, by=by, now=now, reason=request.refusal)
    message = gettext_noop("Your registry look-up for case %(case)s was refused: %(reason)s")
    notify([request.requested_by], message, now=now, path=_path(request), case=request.case, reason=request.refusal)
    return request


@transaction.atomic
def withdraw_lookups(*, cases: Iterable[Case], reason: str, by: User, now: datetime) -> int:
    """The cases have ended: what was not submitted yet is not looked up any more, and its duty is gone. Returns how many."""
    open_ones = RegistryRequest.objects.select_for_update(of=("self",)).filter(case__in=cases, state__in=[RegistryState.REQUESTED, RegistryState.APPROVED])
    requests = list(open_ones.select_related("case", "requested_by").order_by("pk"))
    for request in requests:
        before, request.state, request.refusal = request.state, RegistryState.REFUSED, reason[:200]
        request.decided_by, request.decided_at = by, now
        request.save(update_fields=["state", "refusal", "decided_by", "decided_at"])
        record("registry.refused", subject=request, by=by, at=now, changes={"state": (before, request.state)}, reason=request.refusal)
        cancel_duty(kind=Kind.REGISTRY, subject=request, by=by, now=now, reason=request.refusal)
        message = gettext_noop("Your registry look-up for case %(case)s was refused: %(reason)s")
        notify([request.requested_by], message, now=now, path=_path(request), case=request.case, reason=request.refusal)
    return len(requests)


@transaction.atomic
def submit_lookup(*, request_id: int, submitted_to: str, by: User, now: datetime) -> RegistryRequest:
    """First step: the request went to the bank or department. The duty is not met yet: the phone call is still to come."""
    request = _locked(request_id, RegistryState.APPROVED)
    request.submitted_to = _said(submitted_to, _("Enter where it was submitted."))[:100]
    request.state, request.submitted_by, request.submitted_at = RegistryState.SUBMITTED, by, now
    request.save(update_fields=["state", "submitted_to", "submitted_by", "submitted_at"])
    record("registry.submitted", subject=request, by=by, at=now, changes={"state": (RegistryState.APPROVED, request.state), "to": (None, request.submitted_to)})
    return request


@transaction.atomic
def confirm_lookup(*, request_id: int, confirmed_with: str, by: User, now: datetime) -> RegistryRequest:
    """Second step: told and confirmed by phone, with whom; the same-day duty is met."""
    request = _locked(request_id, RegistryState.SUBMITTED)
    request.confirmed_with = _said(confirmed_with, _("Enter who confirmed it on the phone."))[:60]
    request.state, request.confirmed_by, request.confirmed_at = RegistryState.CONFIRMED, by, now
    request.save(update_fields=["state", "confirmed_with", "confirmed_by", "confirmed_at"])
    changes = {"state": (RegistryState.SUBMITTED, request.state), "with": (None, request.confirmed_with)}
    record("registry.confirmed", subject=request, by=by, at=now, changes=changes)
    meet_duty(kind=Kind.REGISTRY, subject=request, by=by, now=now)
    return request


@transaction.atomic
def answer_lookup(*, request_id: int, answer: str, expires_on: date, by: User, now: datetime, address: str = "", phone: str = "") -> RegistryRequest:
    """The answer is with the case: its address and phone are the debtor's, marked as from the registry, until the day they may be used."""
    request = _locked(request_id, RegistryState.CONFIRMED)
    request.answer = _said(answer, _("Enter what the registry answered."))
    if expires_on <= timezone.localdate(now):
        raise CannotLookUp(_("The last day of use must lie ahead."))
    request.state, request.answered_by, request.answered_at, request.expires_on = RegistryState.ANSWERED, by, now, expires_on
    request.save(update_fields=["state", "answer", "answered_by", "answered_at", "expires_on"])
    if address.strip() or phone.strip():
        _add_to_contacts(request, address.strip(), phone.strip(), by=by, now=now)
    changes = {
        "state": (RegistryState.CONFIRMED, request.state),
        "expires_on": (None, expires_on),
        "has_address": (None, bool(address)),
        "has_phone": (None, bool(phone)),
    }
    record("registry.answered", subject=request, by=by, at=now, changes=changes)
    message = gettext_noop("The registry has answered for case %(case)s.")
    notify([request.requested_by], message, now=now, path=_path(request), case=request.case)
    return request


def expire_answers(*, now: datetime) -> int:
    """Answers whose last day is over are used no more: their number is refused by the gate, and who asked may ask anew. Returns how many."""
    expired = 0
    while batch := _expire_batch(now):
        expired += batch
    return expired


@transaction.atomic
def _expire_batch(now: datetime) -> int:
    over = RegistryRequest.objects.filter(state=RegistryState.ANSWERED, expires_on__lt=timezone.localdate(now))
    rows = over.select_for_update(of=("self",), skip_locked=True).select_related("case", "requested_by").defer("answer", "case__extra")
    requests = list(rows.order_by("pk")[:EXPIRED_AT_ONCE])
    RegistryRequest.objects.filter(pk__in=[request.pk for request in requests]).update(state=RegistryState.EXPIRED)
    changes = {"state": (RegistryState.ANSWERED, RegistryState.EXPIRED)}
    record_many(event_for("registry.expired", subject=request, by=None, at=now, changes=changes) for request in requests)
    message = gettext_noop("The registry's answer for case %(case)s may no longer be used. Ask again if you still need it.")
    notify_many(
        notice_for(request.requested_by, message, now=now, path=_path(request), case=request.case) for request in requests if request.case.state not in ENDED
    )
    return len(requests)


def _add_to_contacts(request: RegistryRequest, address: str, phone: str, *, by: User, now: datetime) -> None:
    debtor, _created = Contact.objects.get_or_create(
        case=request.case,
        relation=Relation.SELF,
        defaults={"name": request.case.debtor.name, "legal_class": LegalClass.DEBTOR, "source": Source.REGISTRY, "created_at": now},
    )
    if phone:
        add_contact_phone(contact=debtor, number=phone, source=Source.REGISTRY, by=by, now=now, expires_on=request.expires_on)
    if address:
        row = Address.objects.create(contact=debtor, text=address, kind=AddressKind.REGISTERED, source=Source.REGISTRY, expires_on=request.expires_on)
        record("address.added", subject=row, by=by, at=now, changes={"source": (None, Source.REGISTRY)})
