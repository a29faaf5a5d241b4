"""Appeals against penalty events, their files and decisions, and waivers (A4)."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePath

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.selectors import least_loaded, working_time
from duties.services import local, meet_duty, open_duty
from penalties.choices import EventState
from penalties.models import Appeal, AppealFile, Correction, PenaltyEvent
from penalties.rules import appeal_until
from penalties.selectors import involved_in, policy, terms_of
from penalties.statements import lock_enforcement
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty, people_with_role
from staff.services import notify

FILES_AT_MOST = 5
FILE_BYTES = 5_000_000
MAGIC = {".pdf": b"%PDF-", ".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}


def path_of(event: PenaltyEvent) -> str:
    return reverse("penalties:event-detail", args=[event.pk])


def _locked(event_id: int) -> PenaltyEvent:
    events = PenaltyEvent.objects.select_for_update(of=("self",)).select_related("duty__kind", "duty__holder", "person__team__lead", "team__lead")
    return events.get(pk=event_id)


class CannotAppeal(Refused):
    """Only the person concerned appeals, once, within the days that the policy gives, and says why."""

    rule = "A4"


@transaction.atomic
def appeal(*, event_id: int, text: str, by: User, now: datetime, files: Sequence[File] = ()) -> Appeal:
    """The event is appealed, with the files that show why; somebody in the GM office holds the duty to decide it."""
    event = _locked(event_id)
    if event.person != by:
        raise CannotAppeal(_("Only the person concerned can appeal."))
    if event.state != EventState.RECORDED:
        raise CannotAppeal(_("This event is “%(state)s”; it can no longer be appealed.") % {"state": event.get_state_display()})
    until = appeal_until(event.recorded_at, policy().appeal_days, working_time())
    if now >= until:
        raise CannotAppeal(_("The time for an appeal ended on %(until)s.") % {"until": local(until)})
    if not text.strip():
        raise CannotAppeal(_("Write down your grounds."))
    evidence = [_read(file) for file in files]
    judge = _judge_for(event, now)
    if judge is None:
        raise CannotAppeal(_("Nobody in the GM office can decide this appeal. Ask an administrator to add somebody."))
    row = Appeal.objects.create(event=event, text=text.strip(), appealed_at=now)
    _keep(row, evidence)
    _move(event, EventState.APPEALED)
    changes = {"state": (EventState.RECORDED, EventState.APPEALED)} | ({"files": (None, [name for name, _content in evidence])} if evidence else {})
    record("penalty.appealed", subject=event, by=by, at=now, changes=changes, reason=text.strip())
    open_duty(kind=Kind.APPEAL, subject=row, holder=judge, start=now, by=by, path=path_of(event))
    notify([judge], gettext_noop("%(person)s appeals: %(duty)s."), now=now, path=path_of(event), person=by, duty=event.duty)
    return row


def _judge_for(event: PenaltyEvent, now: datetime) -> User | None:
    """Who of the GM office decides: the least busy of those present, else of all; never somebody involved."""
    involved = [person.pk for person in involved_in(event)]
    present = people_on_duty(Role.GM_OFFICE, now=now).exclude(pk__in=involved)
    return least_loaded(present) or least_loaded(people_with_role(Role.GM_OFFICE).exclude(pk__in=involved))


def _read(file: File) -> tuple[str, bytes]:
    """Name and content of a file that may be kept: of a kind that people can look at, not too large, and what it says it is."""
    name = PurePath(file.name or "").name[-120:]
    kind = Path(name).suffix.lower()
    if kind not in MAGIC:
        raise CannotAppeal(_("“%(name)s” can't be handed in: PDF, JPG and PNG files can.") % {"name": name})
    if file.size > FILE_BYTES:
        raise CannotAppeal(_("“%(name)s” is too large: at most %(size)s MB.") % {"name": name, "size": FILE_BYTES // 1_000_000})
    content = file.read()
    if not content.startswith(MAGIC[kind]):
        raise CannotAppeal(_("“%(name)s” is not what its name says. Save it again as PDF, JPG or PNG.") % {"name": name})
    return name, content


def _keep(row: Appeal, evidence: list[tuple[str, bytes]]) -> None:
    if len(evidence) > FILES_AT_MOST:
        raise CannotAppeal(_("At most %(count)s files can be handed in.") % {"count": FILES_AT_MOST})
    kept = {sha256(content).hexdigest(): (name, content) for name, content in evidence}
    for digest, (name, content) in kept.items():
        file = AppealFile(appeal=row, name=name, size=len(content), sha256=digest)
        file.file.save(f"{digest[:32]}{Path(name).suffix.lower()}", ContentFile(content), save=True)


@transaction.atomic
def fetch_file(*, file: AppealFile, by: User, now: datetime) -> AppealFile:
    """The file goes to one of the parties, and the trail says so."""
    record("appeal_file.fetched", subject=file.appeal.event, by=by, at=now, changes={"file": (None, file.name)})
    return file


class CannotDecide(Refused):
    """A decision needs an undecided matter, a reason, and somebody who isn't part of it."""

    rule = "A4"


@transaction.atomic
def decide_appeal(*, event_id: int, uphold: bool, decision: str, by: User, now: datetime) -> PenaltyEvent:
    """The appeal is decided by somebody not involved: the event is upheld (it stands), or waived (it costs nothing)."""
    lock_enforcement()  # a month that is being closed is closed before or after, never between
    event = _locked(event_id)
    if event.state != EventState.APPEALED:
        raise CannotDecide(_("There is no appeal to decide here: the event is “%(state)s”.") % {"state": event.get_state_display()})
    _check_judge(event, by, decision)
    row = Appeal.objects.select_for_update(of=("self",)).get(event=event)
    row.decided_by, row.decided_at, row.decision = by, now, decision.strip()
    row.save(update_fields=["decided_by", "decided_at", "decision"])
    if uphold:
        _move(event, EventState.UPHELD)
    else:
        _waive(event, decision, by, now)
    changes = {"state": (EventState.APPEALED, event.state)}
    record("penalty.appeal_decided", subject=event, by=by, at=now, changes=changes, reason=decision.strip())
    meet_duty(kind=Kind.APPEAL, subject=row, by=by, now=now)
    message = gettext_noop("Your appeal was turned down: %(duty)s.") if uphold else gettext_noop("Your appeal was granted: %(duty)s.")
    notify([event.person], message, now=now, path=path_of(event), duty=event.duty)
    return event


@transaction.atomic
def waive(*, event_id: int, reason: str, by: User, now: datetime) -> PenaltyEvent:
    """The event costs nothing, for the reason given; it stays on record. Of a closed month, the next open one is corrected instead."""
    lock_enforcement()
    event = _locked(event_id)
    if event.state == EventState.APPEALED:
        raise CannotDecide(_("The person has appealed: decide the appeal instead."))
    if event.state == EventState.WAIVED:
        raise CannotDecide(_("This event is already waived."))
    _check_judge(event, by, reason)
    before = event.state
    _waive(event, reason, by, now)
    record("penalty.waived", subject=event, by=by, at=now, changes={"state": (before, event.state)}, reason=reason.strip())
    notify([event.person], gettext_noop("Waived: %(duty)s."), now=now, path=path_of(event), duty=event.duty)
    return event


def _check_judge(event: PenaltyEvent, by: User, reason: str) -> None:
    if by in involved_in(event):
        raise CannotDecide(_("You are part of this matter; somebody else of the GM office must decide."))
    if not reason.strip():
        raise CannotDecide(_("Write down the reason for the decision."))


def _waive(event: PenaltyEvent, reason: str, by: User, now: datetime) -> None:
    event.waived_by, event.waived_at, event.waiver_reason = by, now, reason.strip()
    event.state = EventState.WAIVED
    event.save(update_fields=["state", "waived_by", "waived_at", "waiver_reason"])
    terms = terms_of(now)
    if event.month <= terms.closed:
        Correction.objects.create(event=event, month=terms.open, points=-event.points, amount=-event.amount, made_by=by, made_at=now)


def _move(event: PenaltyEvent, state: EventState) -> None:
    event.state = state
    event.save(update_fields=["state"])
