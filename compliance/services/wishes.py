"""What a debtor asks for, or consents to on record; and the bank's notice that we act for it (CR-01, CR-19)."""

from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from cases.models import Case, Debtor, Placement
from collection.lib.errors import Refused
from compliance.choices import PolicyKey
from compliance.models import DebtorWish, EntrustmentNotice
from compliance.rules.layers import wall_fault
from staff.models import User

# What a debtor may ask for; everything else is the agency's own.
WISHED = (PolicyKey.WINDOW, PolicyKey.EFFECTIVE_PER_DAY, PolicyKey.ATTEMPTS_PER_NUMBER, PolicyKey.EFFECTIVE_GAP)


class BadWish(Refused):
    """A request names hours or a figure, and where it can be heard or read; only a recorded consent goes beyond the law's hours."""

    rule = "CR-01"
    status = 422


@transaction.atomic
def note_wish(
    *, case: Case, key: str, value: dict[str, Any], evidence: str, by: User, now: datetime, is_consent: bool = False, valid_to: datetime | None = None
) -> DebtorWish:
    """From now on the gate heeds it, for every case of the debtor and every caller; an earlier one of its kind ends."""
    if key not in WISHED or (is_consent and key != PolicyKey.WINDOW):
        raise BadWish(_("A debtor asks for hours or for fewer calls; consent is to hours only."))
    if not evidence.strip():
        raise BadWish(_("Say where it can be heard or read: the recording's reference, the letter, the message."))
    if valid_to and valid_to <= now:
        raise BadWish(_("The end must lie ahead."))
    if fault := _fault(key, value, is_consent):
        raise BadWish(fault)
    Debtor.objects.select_for_update(of=("self",), no_key=True).get(pk=case.debtor_id)
    earlier = DebtorWish.objects.filter(debtor=case.debtor_id, key=key, is_consent=is_consent)
    _end(list(earlier.filter(valid_to=None) | earlier.filter(valid_to__gt=now)), now)
    wish = DebtorWish.objects.create(
        debtor_id=case.debtor_id,
        case=case,
        key=key,
        value=value,
        is_consent=is_consent,
        evidence=evidence.strip()[:300],
        version=earlier.count() + 1,
        valid_from=now,
        valid_to=valid_to,
        entered_by=by,
    )
    record("wish.noted", subject=wish, by=by, at=now, changes={"key": (None, key), "value": (None, value), "consent": (None, is_consent)}, reason=wish.evidence)
    return wish


def _fault(key: str, value: dict[str, Any], is_consent: bool) -> str:
    try:
        if key == PolicyKey.WINDOW:
            opens, closes = time.fromisoformat(value["from"]), time.fromisoformat(value["to"])
            if closes <= opens:
                return _("The end must be later than the beginning.")
        elif int(value["limit"]) < 0:
            return _("Enter a figure.")
    except (KeyError, TypeError, ValueError):
        return _("Enter hours as 09:00 and 20:00, or a figure.")
    # Fewer calls than one a day are asked for too: the law's walls bind upwards only.
    if not is_consent and (key == PolicyKey.WINDOW or int(value["limit"]) > 0) and (fault := wall_fault(key, value)):
        return _("The law's limit is %(wall)s. It cannot be crossed here.") % fault
    return ""


@transaction.atomic
def end_wish(*, wish_id: int, reason: str, by: User, now: datetime) -> DebtorWish:
    """The debtor took it back; a consent can be taken back at any time."""
    wish = DebtorWish.objects.select_for_update(of=("self",)).get(pk=wish_id)
    if wish.valid_to and wish.valid_to <= now:
        raise BadWish(_("It has ended already."))
    if not reason.strip():
        raise BadWish(_("Say why it ends."))
    _end([wish], now)
    record("wish.ended", subject=wish, by=by, at=now, changes={"valid_to": (None, now)}, reason=reason.strip())
    return wish


def _end(wishes: list[DebtorWish], now: datetime) -> None:
    for wish in wishes:
        wish.valid_to = now
        wish.save(update_fields=["valid_to"])


class BadNotice(Refused):
    """A notice of entrustment has a day that is past, a way and its evidence."""

    rule = "CR-19"


@transaction.atomic
def note_entrustment(*, placement: Placement, notified_on: date, way: str, evidence: str, by: User, now: datetime) -> EntrustmentNotice:
    """The bank has told the debtors of this placement that we act for it: the first call may be made (CR-19)."""
    if notified_on > timezone.localdate(now):
        raise BadNotice(_("The day of the notice cannot lie ahead."))
    if not way.strip() or not evidence.strip():
        raise BadNotice(_("Say by which way the bank told its debtors, and where that can be read."))
    notice = EntrustmentNotice.objects.create(
        placement=placement, notified_on=notified_on, way=way.strip()[:60], evidence=evidence.strip()[:300], entered_by=by, entered_at=now
    )
    record("entrustment.noted", subject=notice, by=by, at=now, changes={"notified_on": (None, notified_on), "way": (None, notice.way)}, reason=notice.evidence)
    return notice
