"""A call is placed: the one way to a number. It counts from then on, until it is recorded or honestly cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from calls.choices import TOLD_FROM, IssueKind
from calls.dialling import Asked, Dialer, NotPlaced, Unsure, dialer_in_use
from calls.models import CallIssue, Dial
from calls.selectors import disclosed_today, holds, unrecorded, watchers_of
from calls.selectors.past import RESERVED_FOR, start_of_day
from calls.services.recording import RECORDED_WITHIN, NotHolder, open_call
from calls.talk import was_identified
from collection.lib.errors import Refused
from compliance.choices import Direction, PolicyKey
from compliance.models import Verdict
from compliance.selectors import figure_in_force, objection_text, warnings_of
from staff.models import User
from staff.services import notify

CANCELLED_WITHIN = timedelta(minutes=5)
BATCH = 500


class CannotPlace(Refused):
    """A call is placed once, right after the gate allowed it, by who asked."""


class NotAcknowledged(Refused):
    """The gate warns (CR-05, CR-06, CR-16): who calls all the same says so."""

    def __init__(self, warnings: list[dict[str, str]]) -> None:
        super().__init__(" ".join(row["text"] for row in warnings), rule=warnings[0]["rule"])
        self.warnings = warnings


class TooManyDisclosures(Refused):
    """A person is shown so many numbers a day and no more (CR-46)."""

    rule = "CR-46"
    status = 429


@dataclass(frozen=True)
class Placed:
    """The call on its way: the number where the caller dials, an address for a SIP telephone, or neither where the telephone system dials."""

    dial: Dial
    backend: str
    number: str
    uri: str
    call_ref: str


def place_call(*, verdict_id: int, by: User, now: datetime, acknowledged: bool = False) -> Placed:
    """The number is shown, or rung by the telephone system; the call counts from now on. The same again shows the same and counts once.

    Not to be called within a transaction: the telephone system is spoken to between two of them, so that a call that rings is never undone here.
    """
    dialer = dialer_in_use()
    verdict = Verdict.objects.select_related("case", "phone", "contact").get(pk=verdict_id)
    _check_own_answer(verdict, by, now)
    placed = _commit(verdict, dialer, by, now, acknowledged=acknowledged)
    if isinstance(placed, Verdict):  # raised out here: the refusal stays on record
        raise CannotPlace(objection_text(placed.objections[0]), rule=placed.objections[0]["rule"])
    dial, is_new = placed
    phone = verdict.phone
    uri = ""
    if is_new or dialer.shows_number:
        asked = Asked(call_ref=str(dial.call_ref), number=phone.number, extension=phone.extension, agent=by.staff_no)
        uri = _ask(dialer, asked, dial, by, now)
    number = (phone.number + (f" 转 {phone.extension}" if phone.extension else "")) if dialer.shows_number else ""
    return Placed(dial, str(dialer.backend), number, uri, str(dial.call_ref))


def _check_own_answer(verdict: Verdict, by: User, now: datetime) -> None:
    if verdict.asked_by_id != by.pk or not holds(by, verdict.case):
        raise NotHolder
    if not verdict.allowed:
        raise CannotPlace(_("The gate refused this call."), rule=verdict.objections[0]["rule"])
    if now - verdict.at > RESERVED_FOR:
        raise CannotPlace(_("The gate's answer is too old. Ask again."))


@transaction.atomic
def _commit(verdict: Verdict, dialer: Dialer, by: User, now: datetime, *, acknowledged: bool) -> tuple[Dial, bool] | Verdict:
    """The call counts from now on; or the gate's refusal, when a number was barred or a case stopped since it answered (CR-13: at once).

    Asked and placed under one lock: a reservation that runs out at this moment isn't given to somebody else in between (F15).
    """
    if now > verdict.at:  # its answer is of an earlier request: also a second later a number that was barred isn't shown (CR-13)
        fresh = open_call(case_id=verdict.case_id, phone_id=verdict.phone_id, by=by, now=now)
        if not fresh.allowed:
            return fresh
    # Two tabs at the day's last number: the later one sees the earlier one's.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    dial = Dial.objects.select_for_update(of=("self",), no_key=True).select_related("case").filter(verdict=verdict).first()
    if dial is None or dial.recorded_at or dial.cancelled_at:
        raise CannotPlace(_("This call is over. Ask the gate again."))
    if dial.placed_at:
        return dial, False
    if verdict.warnings and not acknowledged:
        raise NotAcknowledged(warnings_of(verdict))
    if dialer.shows_number:
        _check_disclosures(by, now)
    dial.placed_at, dial.backend, dial.is_disclosed = now, dialer.backend, dialer.shows_number
    dial.acknowledged = [row["rule"] for row in verdict.warnings]
    dial.save(update_fields=["placed_at", "backend", "is_disclosed", "acknowledged"])
    changes = {"backend": (None, str(dial.backend)), "number": (None, verdict.phone.masked), "is_disclosed": (None, dial.is_disclosed)}
    if dial.acknowledged:
        changes["acknowledged"] = (None, dial.acknowledged)
    record("call.placed", subject=dial, by=by, at=now, changes=changes)
    return dial, True


def _check_disclosures(by: User, now: datetime) -> None:
    most, shown = figure_in_force(PolicyKey.DISCLOSURES_PER_DAY, None, now) or 0, disclosed_today(by, now)
    if shown >= most:
        raise TooManyDisclosures(_("You were shown %(count)s numbers today; %(most)s a day are allowed. Ask your team lead.") % {"count": shown, "most": most})
    if shown + 1 == most * 3 // 4:
        lead = by.team.lead if by.team else None
        notify([lead], gettext_noop("%(person)s was shown %(count)s numbers for calling today."), now=now, is_urgent=True, person=by, count=shown + 1)


def _ask(dialer: Dialer, asked: Asked, dial: Dial, by: User, now: datetime) -> str:
    try:
        return dialer.place(asked)
    except NotPlaced as fault:
        _give_back(dial, str(fault), by, now)
        raise CannotPlace(_("The telephone system did not take the call; nobody was rung. Try again, or tell your administrator.")) from fault
    except Unsure as fault:
        raise CannotPlace(_("The telephone system did not answer: the call may be ringing. Record it, or cancel it if nothing rings.")) from fault


@transaction.atomic
def _give_back(dial: Dial, reason: str, by: User, now: datetime) -> None:
    dial.cancelled_at, dial.cancel_reason = now, reason[:200]
    dial.save(update_fields=["cancelled_at", "cancel_reason"])
    record("call.not_placed", subject=dial, by=by, at=now, reason=reason[:200])


class CannotCancel(Refused):
    """Only a call that nobody was rung for is cancelled, at once, with a reason; every other one is recorded."""


@transaction.atomic
def cancel_call(*, verdict_id: int, reason: str, by: User, now: datetime) -> Dial:
    """The number was not dialled, or nobody rang: it counts as shown, and as no attempt. From the third of a day on the lead is told of each."""
    dial = Dial.objects.select_for_update(of=("self",)).select_related("case").filter(verdict=verdict_id, collector=by).first()
    if dial is None:
        raise NotHolder
    if dial.recorded_at or dial.cancelled_at:
        raise CannotCancel(_("This call is over already."))
    if not reason.strip():
        raise CannotCancel(_("Say why there was no call.") if dial.direction == Direction.IN else _("Say why the number was not dialled."))
    if dial.rung_at or dial.answered_at or dial.recording_ref:
        raise CannotCancel(_("The telephone system says that it rang: record what came of it."))
    if was_identified(verdict_id):
        raise CannotCancel(_("Identity was confirmed in this call: somebody was spoken to. Record what came of it."), rule="CR-17")
    if now - (dial.placed_at or dial.at) > CANCELLED_WITHIN:
        raise CannotCancel(_("A call is cancelled within %(minutes)s minutes. Record what came of it.") % {"minutes": CANCELLED_WITHIN.seconds // 60})
    dial.cancelled_at, dial.cancel_reason = now, reason.strip()[:200]
    dial.save(update_fields=["cancelled_at", "cancel_reason"])
    record("call.cancelled", subject=dial, by=by, at=now, changes={"cancelled_at": (None, now)}, reason=dial.cancel_reason)
    if dial.placed_at and dial.direction == Direction.OUT:
        _tell_of_many(by, now)
    return dial


def _tell_of_many(by: User, now: datetime) -> None:
    count = Dial.objects.filter(collector=by, direction=Direction.OUT, at__gte=start_of_day(now), placed_at__isnull=False, cancelled_at__isnull=False).count()
    if count >= TOLD_FROM:
        lead = by.team.lead if by.team else None
        notify([lead], gettext_noop("%(person)s has cancelled %(count)s calls today after the number was shown."), now=now, person=by, count=count)


# --- calls that nobody recorded -----------------------------------------------------------------------------------------------


def chase_unrecorded(*, now: datetime) -> int:
    """Who placed a call and did not record it is told, once; a day later it is an issue for the lead and quality. Returns how many were told of.

    Run as often as you like, by as many as you like.
    """
    told = 0
    while batch := _remind_batch(now):
        told += batch
    while _report_batch(now):
        pass
    return told


@transaction.atomic
def _remind_batch(now: datetime) -> int:
    rows = unrecorded(now).filter(reminded_at=None).select_for_update(of=("self",), skip_locked=True).order_by("pk")
    dials = list(rows.select_related("collector", "case").defer("case__extra")[:BATCH])
    Dial.objects.filter(pk__in=[dial.pk for dial in dials]).update(reminded_at=now)
    by_person: dict[User, list[str]] = {}
    for dial in dials:
        by_person.setdefault(dial.collector, []).append(dial.case.case_no)
    for person, numbers in by_person.items():
        message = gettext_noop("%(count)s calls are not recorded yet: %(cases)s. Until then they count as made.")
        shown = "、".join(numbers[:5]) + ("…" if len(numbers) > 5 else "")
        notify([person], message, now=now, path="/desk/", is_urgent=True, count=len(numbers), cases=shown)
    return len(dials)


@transaction.atomic
def _report_batch(now: datetime) -> int:
    late = unrecorded(now).filter(at__lt=now - RECORDED_WITHIN).exclude(verdict__issues__kind=IssueKind.UNRECORDED)
    dials = list(
        late.select_for_update(of=("self",), skip_locked=True).select_related("collector__team__lead", "case").defer("case__extra").order_by("pk")[:BATCH]
    )
    CallIssue.objects.bulk_create(
        [
            CallIssue(kind=IssueKind.UNRECORDED, rule="E14", case=dial.case, collector=dial.collector, verdict_id=dial.verdict_id, at=now)
            for dial in dials
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    watchers = watchers_of({dial.collector for dial in dials}) if dials else {}
    for watcher, people in watchers.items():
        count = sum(dial.collector in people for dial in dials)
        notify([watcher], gettext_noop("%(count)s calls were never recorded."), now=now, count=count)
    return len(dials)
