"""What a debtor asks for, or consents to on record; and the bank's notice that we act for it (CR-01, CR-19)."""

import uuid
from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from cases.models import Case, Debtor, Placement
from collection.lib.errors import Refused
from compliance.choices import AGREED, Channel, PolicyKey
from compliance.models import DebtorWish, EntrustmentNotice
from compliance.rules.hours import Hours
from compliance.rules.layers import MOST_AGREED, wall_fault
from compliance.services.papers import suffix_of
from staff.models import User

# What a debtor may ask for; everything else is the agency's own.
WISHED = (PolicyKey.WINDOW, PolicyKey.CHANNEL, PolicyKey.LANGUAGE, PolicyKey.EFFECTIVE_PER_DAY, PolicyKey.ATTEMPTS_PER_NUMBER, PolicyKey.EFFECTIVE_GAP)
WIDENS = "compliance.lift_flags"


class BadWish(Refused):
    """A request names hours, a figure or a way, and where it can be heard or read; only a recorded agreement goes beyond the law's limit.

    What opens the way to more calls is entered by a lead or the GM office, never by who calls.
    """

    rule = "CR-01"
    status = 422


@transaction.atomic
def note_wish(
    *,
    case: Case,
    key: str,
    value: dict[str, Any],
    evidence: str,
    by: User,
    now: datetime,
    is_consent: bool = False,
    valid_to: datetime | None = None,
    said_by: str = Channel.PHONE,
) -> DebtorWish:
    """From now on the gate heeds it, for every case of the debtor and every caller; an earlier one of its kind ends.

    A consent to more attempts on a number (CR-04) names the day on which it ends.
    """
    if key not in WISHED or (is_consent and key not in AGREED):
        raise BadWish(_("A debtor asks for hours, a channel, a language or fewer calls; an agreement is to hours or to attempts only."))
    if not evidence.strip():
        raise BadWish(_("Say where it can be heard or read: the recording's reference, the letter, the message."))
    if valid_to and valid_to <= now:
        raise BadWish(_("The end must lie ahead."))
    if is_consent and key == PolicyKey.ATTEMPTS_PER_NUMBER and valid_to is None:
        raise BadWish(_("An agreement to more attempts ends on a day: name it."), rule="CR-04")
    if said_by not in Channel.values:
        raise BadWish(_("Choose how the debtor said it."))
    if is_consent and not by.has_perm(WIDENS):
        raise BadWish(_("An agreement that allows more is entered by your team lead or the GM office."))
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
        said_by=Channel(said_by),
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
            Hours.of(value)
        elif key == PolicyKey.CHANNEL:
            Channel(value["only"])
        elif key == PolicyKey.LANGUAGE:
            if not value["language"].strip():
                return _("Name the language.")
        elif int(value["limit"]) < 0:
            return _("Enter a figure.")
    except (KeyError, TypeError, ValueError, AttributeError):
        return _("Enter hours as 09:00 and 20:00, a rest that lies between them, or a figure.")
    return _beyond(key, value, is_consent)


def _beyond(key: str, value: dict[str, Any], is_consent: bool) -> str:
    """What a request may not cross. Fewer calls than one a day are asked for too: the law's walls bind upwards only."""
    if key in (PolicyKey.CHANNEL, PolicyKey.LANGUAGE):
        return ""
    if is_consent:
        agreed = int(value.get("limit", 0))
        return _("At most %(most)s attempts a day can be agreed to.") % {"most": MOST_AGREED} if agreed > MOST_AGREED else ""
    if (key == PolicyKey.WINDOW or int(value["limit"]) > 0) and (fault := wall_fault(key, value)):
        return _("The law's limit is %(wall)s. It cannot be crossed here.") % fault
    return ""


@transaction.atomic
def end_wish(*, wish_id: int, reason: str, by: User, now: datetime) -> DebtorWish:
    """The debtor took it back. A consent can be taken back at any time and by whoever hears it; a restriction ends by a lead or the GM office."""
    wish = DebtorWish.objects.select_for_update(of=("self",)).get(pk=wish_id)
    if wish.valid_to and wish.valid_to <= now:
        raise BadWish(_("It has ended already."))
    if not reason.strip():
        raise BadWish(_("Say why it ends."))
    if not wish.is_consent and not by.has_perm(WIDENS):
        raise BadWish(_("Your team lead or the GM office ends what the debtor asked for."))
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
def note_entrustment(
    *, placement: Placement, notified_on: date, way: str, evidence: str, by: User, now: datetime, file: UploadedFile | None = None
) -> EntrustmentNotice:
    """The bank has told the debtors of this placement that we act for it: the first call of each of its cases may be made (CR-19)."""
    if notified_on > timezone.localdate(now):
        raise BadNotice(_("The day of the notice cannot lie ahead."))
    if not way.strip() or not evidence.strip():
        raise BadNotice(_("Say by which way the bank told its debtors, and where that can be read."))
    if file:
        file.name = f"{uuid.uuid4().hex}{suffix_of(file, rule='CR-19')}"  # what the sender called it is nobody's business
    about = {"notified_on": notified_on, "way": way.strip()[:60], "evidence": evidence.strip()[:300], "file": file or ""}
    notice = EntrustmentNotice.objects.create(placement=placement, **about, entered_by=by, entered_at=now)
    record("entrustment.noted", subject=notice, by=by, at=now, changes={"notified_on": (None, notified_on), "way": (None, notice.way)}, reason=notice.evidence)
    return notice


@transaction.atomic
def hand_out_notice(*, notice: EntrustmentNotice, by: User, now: datetime) -> File:
    """The bank's paper, open for reading, and on the trail that this person took it."""
    record("entrustment.downloaded", subject=notice, by=by, at=now)
    return notice.file.open("rb")
