"""Who works on which days, where shifts are kept."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from collection.lib.errors import Refused
from staff.models import Shift, User


class CannotSetShifts(Refused):
    """Days lie within the stretch that is set, and are as they were looked at."""


@transaction.atomic
def set_shifts(*, person: User, first: date, last: date, days: Iterable[date], by: User, now: datetime, seen: Iterable[date] | None = None) -> int:
    """Between two days, both included, the person works on exactly these. Without any in a month, they are given cases on every day of it.
    Returns how many days. `seen` are the days that whoever sets them looked at: refused when somebody changed them meanwhile."""
    wanted = set(days)
    if last < first or any(not first <= day <= last for day in wanted):
        raise CannotSetShifts(_("Choose days between the first and the last one."))
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    before = set(Shift.objects.filter(person=person, day__range=(first, last)).values_list("day", flat=True))
    if seen is not None and set(seen) != before:
        raise CannotSetShifts(_("Somebody changed the shifts of %(person)s meanwhile. Load the page again, then repeat your change.") % {"person": person})
    Shift.objects.filter(person=person, day__in=before - wanted).delete()
    Shift.objects.bulk_create(Shift(person=person, day=day) for day in sorted(wanted - before))
    if before != wanted:
        changes = {"days": ([f"{day}" for day in sorted(before)], [f"{day}" for day in sorted(wanted)])}
        record("shifts.set", subject=person, by=by, at=now, changes=changes)
    return len(wanted)
