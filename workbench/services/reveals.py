"""The clear value of what is shown masked: one click, a right, logged, capped (CR-46)."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.selectors import cases_visible_to
from audit.models import AuditEvent
from audit.services import record
from calls.selectors.past import attempts_to_reach, start_of_day
from cases.models import Address, CaseAccount, Debtor, Phone
from collection.lib.errors import Refused
from compliance.choices import PolicyKey
from compliance.rules.contact import objections
from compliance.selectors import Counts, figure_in_force, gate_view, objection_text
from staff.models import User
from staff.services import notify
from workbench.choices import RevealKind

CALLS = "calls.record_call"
REVEALED = "personal_data.revealed"
# What keeps a number locked, whatever the hour and however often it was called: not to be called again, or contact isn't lost.
LOCKS = ("CR-13", "CR-10")
COLUMNS = {RevealKind.PHONE: "number", RevealKind.ID: "id_no", RevealKind.CARD: "card_no", RevealKind.ADDRESS: "text"}


class NothingToReveal(Refused):
    """There is no such value on a case that this person may see."""

    status = 404


class LockedContact(Refused):
    """A number that the gate keeps from being called isn't shown to who calls, nor is the address: shown, it would be used past the gate
    (CR-10, CR-13)."""


class TooManyReveals(Refused):
    """A person reveals so many values a day and no more."""

    rule = "CR-46"
    status = 429


def revealable(kind: str, user: User) -> models.QuerySet:
    """The rows whose value this person may see in the clear: those of the cases they see."""
    visible = cases_visible_to(user)
    if kind == RevealKind.PHONE:
        return Phone.objects.filter(contact__case__in=visible)
    if kind == RevealKind.ADDRESS:
        return Address.objects.filter(contact__case__in=visible)
    if kind == RevealKind.CARD:
        return CaseAccount.objects.filter(case__in=visible)
    return Debtor.objects.filter(cases__in=visible).distinct()


@transaction.atomic
def reveal(*, kind: str, pk: int, reason: str, by: User, now: datetime) -> str:
    """The clear value, and on the trail who saw what, when and why. At three quarters of the day's limit the lead is told."""
    if kind not in RevealKind.values:
        raise NothingToReveal(_("There is nothing of that kind to show."))
    row = revealable(kind, by).filter(pk=pk).first()
    if row is None:
        raise NothingToReveal(_("This is no longer there."))
    if by.has_perm(CALLS) and kind in (RevealKind.PHONE, RevealKind.ADDRESS):
        # An address is a way to its contact like a number of nobody's.
        _refuse_locked(row if kind == RevealKind.PHONE else Phone(contact=row.contact), by=by, now=now)
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    most = figure_in_force(PolicyKey.REVEALS_PER_DAY, None, now) or 0
    shown = AuditEvent.objects.filter(actor_id=by.pk, action=REVEALED, at__gte=start_of_day(now)).count()
    if shown >= most:
        raise TooManyReveals(_("You have shown %(count)s values today; %(most)s a day are allowed. Ask your team lead.") % {"count": shown, "most": most})
    record(REVEALED, subject=row, by=by, at=now, changes={"kind": (None, kind)}, reason=reason.strip()[:200])
    if shown + 1 == most * 3 // 4:
        lead = by.team.lead if by.team else None
        notify([lead], gettext_noop("%(person)s has shown %(count)s masked values today."), now=now, is_urgent=True, person=by, count=shown + 1)
    return getattr(row, COLUMNS[RevealKind(kind)])


def _refuse_locked(phone: Phone, *, by: User, now: datetime) -> None:
    """As the gate judges it: by the loss of contact, the bank's written instruction, and the numbers that nobody may call."""
    contact = phone.contact
    phones = Phone.objects.filter(contact__case=contact.case_id).select_related("contact")
    view = gate_view(contact.case, phones, attempts_to_reach(contact.case.debtor, now=now), by=by, now=now)
    found = {objection.rule: objection for objection in objections(view.facts(contact, phone, Counts(), now), view.limits)}
    rule = next((rule for rule in LOCKS if rule in found), None)
    if rule == "CR-13":
        raise LockedContact(_("This person asked not to be called again; who calls is shown neither number nor address."), rule=rule)
    if rule:
        raise LockedContact(objection_text(found[rule].as_plain()), rule=rule)
