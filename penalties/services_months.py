"""Monthly statements: the GM office closes a month, and what changes afterwards is a correction in the next open one."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from collection.lib.errors import Refused
from penalties.models import ClosedMonth, Correction, PenaltyEvent
from penalties.selectors import terms_of, totals_of
from penalties.statements import lock_enforcement
from staff.models import User


class CannotClose(Refused):
    """Months are closed one after the other once they are over, and only the latest closed one is opened again, with a reason."""

    rule = "A4"


@transaction.atomic
def close_month(*, month: date, by: User, now: datetime) -> ClosedMonth:
    """The month's statement stays as it is: events recorded, waived or granted from now on count in the next open month."""
    lock_enforcement()
    if month >= timezone.localdate(now).replace(day=1):
        raise CannotClose(_("This month is not over yet."))
    closed = terms_of(now).closed
    if month <= closed:
        raise CannotClose(_("This month is closed already."))
    if any(model.objects.filter(month__gt=closed, month__lt=month).exists() for model in (PenaltyEvent, Correction)):
        raise CannotClose(_("Close the months before this one first."))
    totals = totals_of(month)
    values = {"closed_by": by, "closed_at": now, "reopened_at": None, "reopen_reason": "", **totals}
    row, _created = ClosedMonth.objects.update_or_create(month=month, defaults=values)
    record("statement.closed", subject=row, by=by, at=now, changes={name: (None, value) for name, value in totals.items()})
    return row


@transaction.atomic
def reopen_month(*, month: date, reason: str, by: User, now: datetime) -> ClosedMonth:
    """The month can change again; corrections that were made meanwhile stay where they are."""
    lock_enforcement()
    row = ClosedMonth.objects.select_for_update(of=("self",)).filter(month=month, reopened_at=None).first()
    if row is None or month != terms_of(now).closed:
        raise CannotClose(_("Only the latest closed month can be opened again."))
    if not reason.strip():
        raise CannotClose(_("Say why the month is opened again."))
    row.reopened_at, row.reopen_reason = now, reason.strip()
    row.save(update_fields=["reopened_at", "reopen_reason"])
    record("statement.reopened", subject=row, by=by, at=now, reason=row.reopen_reason)
    return row
