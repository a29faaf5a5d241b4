"""Who filters asks the lead for more time (A3.1); the lead extends the task, or lets it be."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.models import FilteringTask
from audit.models import AuditEvent
from audit.services import record
from collection.lib.errors import Refused
from staff.models import User
from staff.selectors import lead_on_duty
from staff.services import notify

ASKED = "filtering.time_asked"
ASKED_AGAIN_AFTER = timedelta(hours=4)


class CannotAskForTime(Refused):
    """The own open task, with a reason, not again and again."""

    rule = "A3.1"


@transaction.atomic
def ask_for_time(*, task: FilteringTask, reason: str, by: User, now: datetime) -> User:
    """The lead on duty finds the reason in the inbox, with the way to extend the task. Returns who was asked."""
    task = FilteringTask.objects.select_for_update(of=("self",)).select_related("collector__team", "placement").get(pk=task.pk)
    reason = reason.strip()[:200]
    if task.collector_id != by.pk or task.state != "open":
        raise CannotAskForTime(_("This task is no longer yours to filter."))
    if not reason:
        raise CannotAskForTime(_("Say why it takes longer."))
    asked = _events(task).first()
    if asked and now - asked.at < ASKED_AGAIN_AFTER:
        raise CannotAskForTime(_("You asked for more time already. Your lead has it in the inbox."))
    lead = lead_on_duty(by.team, now=now) if by.team else None
    if lead is None or lead == by:
        raise CannotAskForTime(_("Nobody leads your team at the moment. Ask the GM office."))
    record(ASKED, subject=task, by=by, at=now, reason=reason)
    path = reverse("assignment:filtering-extend", args=[task.pk])
    message = gettext_noop("%(person)s asks for more time to filter %(placement)s: %(reason)s")
    notify([lead], message, now=now, path=path, is_urgent=True, person=by, placement=task.placement, reason=reason)
    return lead


def asked_reason(task: FilteringTask) -> str:
    """Why the collector last asked for more time; "" when nobody did."""
    asked = _events(task).first()
    return asked.reason if asked else ""


def _events(task: FilteringTask) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.about(task).filter(action=ASKED).order_by("-pk")
