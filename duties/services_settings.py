"""What managers change of the clocks themselves: calendar days, working hours, lengths of kinds. Duties under way keep their deadlines."""

from datetime import date, datetime, time
from itertools import pairwise

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import event_for, record, record_many
from collection.lib.errors import Refused
from duties.choices import DaySource
from duties.models import CalendarDay, DutyKind, WorkingHours
from staff.models import User


class CannotSetHours(Refused):
    """Working hours are stretches of one day, in order, none into the next."""


@transaction.atomic
def set_calendar_day(*, day: date, is_working: bool, name: str, by: User, now: datetime) -> CalendarDay:
    """The day is a working day or a rest day from now on, whatever the week says."""
    before = CalendarDay.objects.select_for_update(of=("self",)).filter(pk=day).first()
    was = before.is_working if before else None
    row, _created = CalendarDay.objects.update_or_create(day=day, defaults={"is_working": is_working, "name": name.strip(), "source": DaySource.MANUAL})
    changes = {"is_working": (was, is_working), "name": (before.name if before else None, row.name)}
    record("calendar_day.changed", subject=row, by=by, at=now, changes=changes)
    return row


@transaction.atomic
def clear_calendar_day(*, day: date, by: User, now: datetime) -> None:
    """The day follows the week's rhythm again: Monday to Friday work, Saturday and Sunday rest."""
    row = CalendarDay.objects.select_for_update(of=("self",)).filter(pk=day).first()
    if row is None:
        return
    record("calendar_day.removed", subject=row, by=by, at=now, changes={"is_working": (row.is_working, None)})
    row.delete()


@transaction.atomic
def confirm_calendar_year(*, year: int, by: User, now: datetime) -> int:
    """The provisional days of the year are as the official notice says. Returns how many."""
    days = list(CalendarDay.objects.filter(day__year=year, source=DaySource.PROVISIONAL).order_by("day"))
    CalendarDay.objects.filter(pk__in=[day.pk for day in days]).update(source=DaySource.OFFICIAL)
    changes = {"source": (DaySource.PROVISIONAL.value, DaySource.OFFICIAL.value)}
    record_many(event_for("calendar_day.changed", subject=day, by=by, at=now, changes=changes) for day in days)
    return len(days)


@transaction.atomic
def set_working_hours(*, spans: list[tuple[time, time]], by: User, now: datetime) -> None:
    """The working day consists of these stretches from now on; the last one's end is close of business."""
    if not spans:
        raise CannotSetHours(_("A working day needs at least one stretch of time."))
    ordered = sorted(spans)
    if any(closes <= opens for opens, closes in ordered):
        raise CannotSetHours(_("Each stretch must end later than it begins."))
    if any(left[1] > right[0] for left, right in pairwise(ordered)):
        raise CannotSetHours(_("The stretches overlap."))
    before = [str(row) for row in WorkingHours.objects.select_for_update(of=("self",)).order_by("opens")]
    WorkingHours.objects.all().delete()
    rows = WorkingHours.objects.bulk_create(WorkingHours(opens=opens, closes=closes) for opens, closes in ordered)
    record("working_hours.changed", subject=rows[0], by=by, at=now, changes={"hours": (before, [str(row) for row in rows])})


class CannotChangeKind(Refused):
    """A kind's lengths must make sense together."""


@transaction.atomic
def change_kind(*, code: str, name_zh: str, name_en: str, amount: int, ceiling: int, steps: list[list[int]], by: User, now: datetime) -> DutyKind:
    """Duties of this kind that begin from now on may take so long, and be extended so far."""
    kind = DutyKind.objects.select_for_update(of=("self",)).get(pk=code)
    if ceiling < amount:
        raise CannotChangeKind(_("The longest time can't be shorter than the length itself."))
    if any(most >= following for (most, _length), (following, _next) in pairwise(steps)):
        raise CannotChangeKind(_("List the steps by rising numbers of accounts."))
    if any(length > ceiling for _most, length in steps):
        raise CannotChangeKind(_("No step may be longer than the longest time."))
    new = {"name_zh": name_zh.strip(), "name_en": name_en.strip(), "amount": amount, "ceiling": ceiling, "steps": steps}
    changes = {field: (getattr(kind, field), value) for field, value in new.items() if getattr(kind, field) != value}
    if not changes:
        raise CannotChangeKind(_("Nothing was changed."))
    for field, value in new.items():
        setattr(kind, field, value)
    kind.save(update_fields=list(new))
    record("duty_kind.changed", subject=kind, by=by, at=now, changes=changes)
    return kind
