from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import event_for, name_to_keep, record, record_many
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.handing import objection_to
from duties.models import Duty, DutyKindVersion, HandOver
from duties.rules import WorkingTime, due_at, passed, shifted, warn_at
from duties.selectors import version_in_force, version_of, working_time
from staff.models import User
from staff.services import notify

BATCH = 5000


@transaction.atomic
def open_duty(
    *,
    kind: str,
    subject: models.Model,
    holder: User,
    start: datetime,
    by: User | None,
    path: str = "",
    accounts: int | None = None,
    now: datetime | None = None,
) -> Duty:
    """The holder must do `kind` for `subject` by the time that the calendar gives. An unmet one of that kind is left as it is.

    `now` where the clock started earlier: the trail tells when something was done, not what it was dated to.
    """
    existing = Duty.objects.unmet().about(subject).filter(kind_id=kind).first()
    if existing:
        return existing
    wanted = Wanted(subject, holder, path=path, accounts=accounts)
    version = version_in_force(kind, start)
    duty = _new_duty(version, wanted, start, working_time(version.department))
    duty.save()
    record("duty.opened", subject=duty, by=by, at=now or start, changes={"holder": (None, holder), "due_at": (None, duty.due_at)})
    return duty


@dataclass(frozen=True)
class Wanted:
    """A duty about `subject` that `holder` is to have; `accounts` where its length depends on their number. With `carries_on` its clock is
    that duty's, its start and its extension included: what is handed on is never due earlier."""

    subject: models.Model
    holder: User
    path: str = ""
    accounts: int | None = None
    carries_on: Duty | None = None


@transaction.atomic
def open_duties(*, kind: str, wanted: Sequence[Wanted], start: datetime, by: User | None) -> list[Duty]:
    """The same for many new subjects at once, in a few statements. In the order of `wanted`."""
    version = version_in_force(kind, start)
    working = working_time(version.department)
    duties = Duty.objects.bulk_create([_new_duty(version, one, start, working) for one in wanted], batch_size=BATCH)
    changes = {duty.pk: {"holder": (None, duty.holder), "due_at": (None, duty.due_at)} for duty in duties}
    record_many(event_for("duty.opened", subject=duty, by=by, at=start, changes=changes[duty.pk]) for duty in duties)
    return duties


def _new_duty(version: DutyKindVersion, wanted: Wanted, now: datetime, working: WorkingTime) -> Duty:
    carries_on = wanted.carries_on
    start = carries_on.starts_at if carries_on else now
    first_due = due_at(version.length, start, working, accounts=wanted.accounts)
    due = max(first_due, carries_on.due_at) if carries_on else first_due
    half, last_tenth = warn_at(start, due, working, first=version.first_warning, last=version.last_warning)
    return Duty(
        kind=version.kind,
        subject_type=wanted.subject._meta.label_lower,
        subject_id=wanted.subject.pk,
        subject=name_to_keep(wanted.subject),
        path=wanted.path,
        holder=wanted.holder,
        accounts=wanted.accounts,
        starts_at=start,
        due_at=due,
        first_due_at=first_due,
        half_at=half,
        last_tenth_at=last_tenth,
        extended_by=carries_on.extended_by if carries_on else None,
        extension_reason=carries_on.extension_reason if carries_on else "",
        paused_for=carries_on.paused_for if carries_on else timedelta(0),
    )


@transaction.atomic
def meet_duty(*, kind: str, subject: models.Model, by: User, now: datetime) -> Duty | None:
    """The duty is met, in time or late. None when there is no unmet one (it was met before: nothing changes)."""
    duty = _unmet(subject, kind)
    if duty is None:
        return None
    end_pause(duty, by=by, now=now)
    _settle_lateness(duty, now)
    duty.met_at, duty.met_by = now, by
    duty.save(update_fields=["met_at", "met_by", "missed_at", "missed_holder"])
    record("duty.met", subject=duty, by=by, at=now, changes={"state": ("open", duty.state)})
    return duty


@transaction.atomic
def meet_duties(*, kind: str, of: type[models.Model], subjects: Collection[int], by: User | None, now: datetime) -> int:
    """The same for the duties about many subjects of one model, in a few statements. Returns how many."""
    duties, rows = _locked_unmet(kind, of, subjects)
    _settle_all(duties, rows, by, now)
    rows.update(met_at=now, met_by=by)
    record_many(event_for("duty.met", subject=duty, by=by, at=now, changes={"state": ("open", "met_late" if duty.is_late(now) else "met")}) for duty in duties)
    return len(duties)


def _locked_unmet(kind: str, of: type[models.Model], subjects: Collection[int]) -> tuple[list[Duty], models.QuerySet[Duty]]:
    found = Duty.objects.unmet().filter(kind=kind, subject_type=of._meta.label_lower, subject_id__in=subjects)
    duties = list(found.select_for_update(of=("self",)).select_related("kind").order_by("pk"))
    return duties, Duty.objects.filter(pk__in=[duty.pk for duty in duties])


def _settle_all(duties: list[Duty], rows: models.QuerySet[Duty], by: User | None, now: datetime) -> None:
    for duty in duties:
        end_pause(duty, by=by, now=now)
    rows.filter(missed_at=None, due_at__lte=now).update(missed_at=F("due_at"), missed_holder=F("holder"))


class CannotExtend(Refused):
    """An extension needs a reason, comes before the due time, and stays within the kind's ceiling."""


@transaction.atomic
def extend_duty(*, kind: str, subject: models.Model, by: User, reason: str, now: datetime, extra: int | None = None) -> Duty:
    """The duty is due later: by `extra` minutes or days, or as late as its kind allows. Counted from its start, never from now."""
    duty = _unmet(subject, kind)
    if duty is None:
        raise CannotExtend(_("There is no open duty to extend here."))
    return _extend(duty, by, reason, now, extra)


@transaction.atomic
def extend_duty_row(*, duty_id: int, by: User, reason: str, now: datetime, extra: int | None = None) -> Duty:
    """The same as `extend_duty`, for who has the duty itself in hand."""
    duty = locked_duty(duty_id)
    if duty.met_at or duty.cancelled_at:
        raise CannotExtend(_("There is no open duty to extend here."))
    return _extend(duty, by, reason, now, extra)


def _extend(duty: Duty, by: User, reason: str, now: datetime, extra: int | None) -> Duty:
    if not reason.strip():
        raise CannotExtend(_("Say why more time is needed."), rule=duty.kind.rule)
    if duty.paused_at:
        raise CannotExtend(_("Its clock is paused: let it run on first."), rule=duty.kind.rule)
    if duty.is_late(now):
        raise CannotExtend(_("The time is already over; it can no longer be extended."), rule=duty.kind.rule)
    version = version_of(duty)
    length, working = version.length, working_time(version.department)
    more = length.ceiling if extra is None else extra
    due = due_at(length, duty.starts_at, working, accounts=duty.accounts, extra=max(more, 0))
    due = shifted(length.counting, due, duty.paused_for, working)
    if due <= duty.due_at:
        raise CannotExtend(_("It already runs as long as the rule allows."), rule=duty.kind.rule)
    before, duty.due_at = duty.due_at, due
    duty.half_at, duty.last_tenth_at = warn_at(duty.starts_at, due, working, first=version.first_warning, last=version.last_warning)
    duty.extended_by, duty.extension_reason = by, reason.strip()
    duty.warnings_sent = 0
    duty.save(update_fields=["due_at", "half_at", "last_tenth_at", "extended_by", "extension_reason", "warnings_sent"])
    record("duty.extended", subject=duty, by=by, at=now, changes={"due_at": (before, due)}, reason=reason.strip())
    return duty


class CannotHandOver(Refused):
    """Only what is still to be done is handed over, to somebody else who works here, with a reason."""


@transaction.atomic
def hand_over_duty(*, duty_id: int, to: User, by: User, reason: str, now: datetime) -> Duty:
    """Somebody else holds the duty from now on; its clock runs on. A miss before now stays with who held it then."""
    duty = locked_duty(duty_id)
    if duty.met_at or duty.cancelled_at:
        raise CannotHandOver(_("This duty is done; there is nothing left to hand over."))
    if duty.kind_id == Kind.FILTERING:  # only who holds the cases can filter them
        raise CannotHandOver(_("Transfer the cases instead: whoever holds them filters them, and the clock goes with them."), rule=duty.kind.rule)
    if to == duty.holder or not to.is_active:
        raise CannotHandOver(_("Choose somebody else who works here."))
    objection = objection_to(duty, to)
    if objection:
        raise CannotHandOver(objection, rule=duty.kind.rule)
    if not reason.strip():
        raise CannotHandOver(_("Say why somebody else takes it over."))
    _settle_lateness(duty, now)
    before, duty.holder = duty.holder, to
    duty.save(update_fields=["holder", "missed_at", "missed_holder"])
    HandOver.objects.create(duty=duty, at=now, from_person=before, to_person=to, by=by, reason=reason.strip())
    record("duty.handed_over", subject=duty, by=by, at=now, changes={"holder": (before, to)}, reason=reason)
    notify([to], gettext_noop("You now hold: %(duty)s, due %(due)s."), now=now, path=duty.path, duty=duty, due=local(duty.due_at))
    return duty


@transaction.atomic
def cancel_duty(*, kind: str, subject: models.Model, by: User | None, now: datetime, reason: str) -> Duty | None:
    """The duty no longer exists (its subject was undone or withdrawn). What was missed before stays missed."""
    duty = _unmet(subject, kind)
    if duty is None:
        return None
    end_pause(duty, by=by, now=now)
    _settle_lateness(duty, now)
    duty.cancelled_at = now
    duty.save(update_fields=["cancelled_at", "missed_at", "missed_holder"])
    record("duty.cancelled", subject=duty, by=by, at=now, reason=reason)
    return duty


@transaction.atomic
def cancel_duties(*, kind: str, of: type[models.Model], subjects: Collection[int], by: User | None, now: datetime, reason: str) -> int:
    """The same for the duties about many subjects of one model, in a few statements. Returns how many."""
    duties, rows = _locked_unmet(kind, of, subjects)
    _settle_all(duties, rows, by, now)
    rows.update(cancelled_at=now)
    record_many(event_for("duty.cancelled", subject=duty, by=by, at=now, reason=reason) for duty in duties)
    return len(duties)


@transaction.atomic
def mark_missed(*, now: datetime) -> int:
    """Every running duty whose time is over is missed, dated to its due time. One statement, whatever their number.

    Run as often as you like, by as many as you like: a duty is missed once. The trail event of a miss is its penalty event's.
    """
    return Duty.objects.running().filter(due_at__lte=now).update(missed_at=F("due_at"), missed_holder=F("holder"))


def mark_recorded(*, duties: models.QuerySet[Duty], now: datetime) -> int:
    """The consequence of these misses was recorded. For the app that keeps the consequences, within its transaction."""
    return duties.filter(missed_at__isnull=False, recorded_at=None).update(recorded_at=now)


def end_pause(duty: Duty, *, by: User | None, now: datetime) -> None:
    """The clock of this locked duty runs on: all that lay ahead when it stopped is as much later as it stood still."""
    if duty.paused_at is None:
        return
    version = version_of(duty)
    working = working_time(version.department)
    stood = passed(version.counting, duty.paused_at, max(now, duty.paused_at), working)
    before, paused_at = duty.due_at, duty.paused_at
    for field in ("due_at", "half_at", "last_tenth_at"):
        moment = getattr(duty, field)
        setattr(duty, field, shifted(version.counting, moment, stood, working) if moment > paused_at else moment)
    duty.paused_at, duty.paused_for = None, duty.paused_for + stood
    duty.save(update_fields=["due_at", "half_at", "last_tenth_at", "paused_at", "paused_for"])
    record("duty.resumed", subject=duty, by=by, at=now, changes={"due_at": (before, duty.due_at), "paused_at": (paused_at, None)})


def locked_duty(duty_id: int) -> Duty:
    return Duty.objects.select_for_update(of=("self",)).select_related("kind", "holder").get(pk=duty_id)


def _unmet(subject: models.Model, kind: str) -> Duty | None:
    duties = Duty.objects.unmet().about(subject).filter(kind_id=kind)
    return duties.select_for_update(of=("self",)).select_related("kind", "holder").order_by("pk").first()


def _settle_lateness(duty: Duty, now: datetime) -> None:
    """A duty that is touched after its due time was missed by whoever holds it, even if no sweep has noticed yet; a paused one was not."""
    if duty.missed_at is None and duty.is_late(now):
        duty.missed_at, duty.missed_holder = duty.due_at, duty.holder


def local(moment: datetime) -> str:
    """A moment as people here read it: 2026-11-23 14:05."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
