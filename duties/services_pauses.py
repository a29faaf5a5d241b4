"""Stopping a clock while somebody else is awaited (the bank, a court), and letting it run on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from duties.models import Duty
from duties.selectors import version_of
from duties.services import end_pause, local, locked_duty
from staff.models import User
from staff.services import notify


class CannotPause(Refused):
    """Only a running clock of a kind that may be paused is stopped, with a reason, and never by who holds the duty."""


@transaction.atomic
def pause_duty(*, duty_id: int, by: User, reason: str, now: datetime) -> Duty:
    """The clock stands still until `resume_duty`: nothing is missed and nobody is warned meanwhile."""
    duty = locked_duty(duty_id)
    rule = duty.kind.rule
    if duty.met_at or duty.cancelled_at or duty.paused_at:
        raise CannotPause(_("There is no running clock to pause here."), rule=rule)
    if duty.missed_at or duty.is_late(now):
        raise CannotPause(_("The time is already over; its clock can no longer be paused."), rule=rule)
    if not version_of(duty).may_pause:
        raise CannotPause(_("The clock of this kind of duty is never paused."), rule=rule)
    if duty.holder == by:
        raise CannotPause(_("You hold this duty yourself: somebody else must pause its clock."), rule=rule)
    if not reason.strip():
        raise CannotPause(_("Say what is being waited for."), rule=rule)
    duty.paused_at, duty.pause_reason = now, reason.strip()
    duty.save(update_fields=["paused_at", "pause_reason"])
    record("duty.paused", subject=duty, by=by, at=now, changes={"paused_at": (None, now)}, reason=duty.pause_reason)
    notify([duty.holder], gettext_noop("The clock of %(duty)s is paused: %(reason)s"), now=now, path=duty.path, duty=duty, reason=duty.pause_reason)
    return duty


@transaction.atomic
def resume_duty(*, duty_id: int, by: User, now: datetime) -> Duty:
    """The clock runs on: due later by exactly as much working (or clock) time as it stood still."""
    duty = locked_duty(duty_id)
    if duty.paused_at is None:
        raise CannotPause(_("The clock of this duty is not paused."), rule=duty.kind.rule)
    end_pause(duty, by=by, now=now)
    notify([duty.holder], gettext_noop("The clock of %(duty)s runs on, due %(due)s."), now=now, path=duty.path, duty=duty, due=local(duty.due_at))
    return duty
