"""What managers change of the clocks themselves: calendar days, working hours, lengths of kinds. Duties under way keep their deadlines."""

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import event_for, record, record_many
from collection.lib.errors import Refused
from collection.lib.seen import check_as_seen, fingerprint
from duties.choices import DaySource
from duties.models import CalendarDay, DutyKind, DutyKindVersion, WorkingHours
from duties.selectors import calendar_warning, year_to_watch
from staff.choices import Role
from staff.models import Notice, User
from staff.selectors import people_with_role
from staff.services import notify


class CannotSetHours(Refused):
    """Working hours are stretches of one day, in order, none into the next."""


class CannotSetDays(Refused):
    """A stretch of days has a beginning and an end, and is no longer than a month."""


LONGEST_STRETCH = 31


@transaction.atomic
def set_calendar_days(*, first: date, last: date, is_working: bool, name: str, by: User, now: datetime) -> int:
    """These days are working days or rest days from now on, whatever the week says. Returns how many."""
    count = (last - first).days + 1
    if not 1 <= count <= LONGEST_STRETCH:
        raise CannotSetDays(_("Give a first day and a last one, at most %(days)s days.") % {"days": LONGEST_STRETCH})
    before = CalendarDay.objects.select_for_update(of=("self",)).filter(day__range=(first, last)).in_bulk()
    for day in (first + timedelta(days=number) for number in range(count)):
        _set_day(day, before.get(day), is_working, name.strip(), by, now)
    return count


def _set_day(day: date, before: CalendarDay | None, is_working: bool, name: str, by: User, now: datetime) -> None:
    values = {"is_working": is_working, "name": name, "source": DaySource.MANUAL, "changed_by": by, "changed_at": now}
    row, _created = CalendarDay.objects.update_or_create(day=day, defaults=values)
    changes = {"is_working": (before and before.is_working, is_working), "name": (before and before.name, name)}
    record("calendar_day.changed", subject=row, by=by, at=now, changes=changes)


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
    CalendarDay.objects.filter(pk__in=[day.pk for day in days]).update(source=DaySource.OFFICIAL, changed_by=by, changed_at=now)
    changes = {"source": (DaySource.PROVISIONAL.value, DaySource.OFFICIAL.value)}
    record_many(event_for("calendar_day.changed", subject=day, by=by, at=now, changes=changes) for day in days)
    return len(days)


@transaction.atomic
def set_working_hours(*, spans: list[tuple[time, time]], by: User, now: datetime, department: str = "") -> None:
    """The working day of the agency, or of one department, consists of these stretches from now on; the last one's end is close of business."""
    if not spans:
        raise CannotSetHours(_("A working day needs at least one stretch of time."))
    ordered = sorted(spans)
    if any(closes <= opens for opens, closes in ordered):
        raise CannotSetHours(_("Each stretch must end later than it begins."))
    if any(left[1] > right[0] for left, right in pairwise(ordered)):
        raise CannotSetHours(_("The stretches overlap."))
    _one_at_a_time()
    before = _clear_hours(department)
    rows = WorkingHours.objects.bulk_create(WorkingHours(department=department, opens=opens, closes=closes) for opens, closes in ordered)
    changes = {"hours": (before, [str(row) for row in rows]), "department": (None, department)}
    record("working_hours.changed", subject=rows[0], by=by, at=now, changes=changes)


@transaction.atomic
def follow_agency_hours(*, department: str, by: User, now: datetime) -> None:
    """The department works the agency's hours again."""
    _one_at_a_time()
    rows = WorkingHours.objects.filter(department=department).exclude(department="")
    first = rows.first()
    if first is not None:
        changes = {"hours": (_clear_hours(department), None), "department": (department, None)}
        record("working_hours.changed", subject=first, by=by, at=now, changes=changes)


def _one_at_a_time() -> None:
    """Hours are replaced whole: two who did so at once would both put theirs in. A row that is always there is what they wait for."""
    DutyKind.objects.select_for_update(of=("self",)).order_by("pk").first()


def _clear_hours(department: str) -> list[str]:
    rows = list(WorkingHours.objects.select_for_update(of=("self",)).filter(department=department).order_by("opens"))
    WorkingHours.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return [str(row) for row in rows]


class CannotChangeKind(Refused):
    """A kind's lengths must make sense together, and one change is planned at a time."""


@dataclass(frozen=True)
class Terms:
    """What a version of a kind says. Amounts are minutes or days, by `counting`; warnings are percent of the time, 0 for none."""

    counting: str
    amount: int
    ceiling: int
    steps: list[list[int]]
    department: str = ""
    first_warning: int = 50
    last_warning: int = 90
    tells_lead: bool = True
    may_pause: bool = False


TERMS = tuple(field.name for field in fields(Terms))


@transaction.atomic
def change_kind(
    *, code: str, name_zh: str, name_en: str, terms: Terms, by: User, now: datetime, valid_from: datetime | None = None, seen: str | None = None
) -> DutyKind:
    """Duties of this kind that begin from now on, or from `valid_from`, follow these terms; those that run keep theirs."""
    kind = DutyKind.objects.select_for_update(of=("self",)).get(pk=code)
    old = kind.versions.get(valid_to=None)
    check_as_seen(seen, seen_of_kind(kind))
    _check_terms(terms)
    start = valid_from or now
    if start < now or old.valid_from >= start:
        raise CannotChangeKind(_("A change can't begin in the past, nor before another one that is planned: take that one back first."))
    names = {"name_zh": name_zh.strip(), "name_en": name_en.strip()}
    changes = {field: (getattr(kind, field), value) for field, value in names.items() if getattr(kind, field) != value}
    changed = {field: (getattr(old, field), getattr(terms, field)) for field in TERMS if getattr(old, field) != getattr(terms, field)}
    if not changes and not changed:
        raise CannotChangeKind(_("Nothing was changed."))
    DutyKind.objects.filter(pk=code).update(**names)
    kind.refresh_from_db()
    if changed:
        _next_version(old, terms, start, by)
        changes |= changed | {"version": (old.version, old.version + 1), "valid_from": (old.valid_from, start)}
    record("duty_kind.changed", subject=kind, by=by, at=now, changes=changes)
    return kind


def seen_of_kind(kind: DutyKind) -> str:
    """What the form of a kind shows, in a few letters."""
    return fingerprint({"version": kind.versions.get(valid_to=None).pk, "name_zh": kind.name_zh, "name_en": kind.name_en})


def _check_terms(terms: Terms) -> None:
    if terms.ceiling < terms.amount:
        raise CannotChangeKind(_("The longest time can't be shorter than the length itself."))
    if any(most >= following for (most, _length), (following, _next) in pairwise(terms.steps)):
        raise CannotChangeKind(_("List the steps by rising numbers of accounts."))
    if any(length > terms.ceiling for _most, length in terms.steps):
        raise CannotChangeKind(_("No step may be longer than the longest time."))
    if terms.last_warning and terms.last_warning < terms.first_warning:
        raise CannotChangeKind(_("The last warning can't come before the first."))


def _next_version(old: DutyKindVersion, terms: Terms, start: datetime, by: User) -> None:
    old.valid_to = start
    old.save(update_fields=["valid_to"])
    DutyKindVersion.objects.create(kind_id=old.kind_id, version=old.version + 1, valid_from=start, created_by=by, **asdict(terms))


@transaction.atomic
def withdraw_planned_version(*, code: str, by: User, now: datetime) -> DutyKind:
    """A change that has not begun is taken back; the version before it goes on."""
    kind = DutyKind.objects.select_for_update(of=("self",)).get(pk=code)
    planned = kind.versions.filter(valid_to=None, valid_from__gt=now, version__gt=1).first()
    if planned is None:
        raise CannotChangeKind(_("No change is planned here."))
    planned.delete()
    kind.versions.filter(version=planned.version - 1).update(valid_to=None)
    record("duty_kind.change_withdrawn", subject=kind, by=by, at=now, changes={"version": (planned.version, planned.version - 1)})
    return kind


CALENDAR_ENDS = gettext_noop("The working calendar of %(year)s is missing: enter the official holidays. Until then only weekends count as rest days.")
CALENDAR_UNSURE = gettext_noop("The working calendar of %(year)s is provisional: compare it with the official notice, then confirm it.")
REMIND_EVERY = timedelta(days=7)


@transaction.atomic
def watch_calendar(*, now: datetime) -> int:
    """Whoever keeps the calendar is told 45 days before it ends, once a week, until it is entered and official. Returns how many were told."""
    today = timezone.localdate(now)
    warning = calendar_warning(today)
    if not warning:
        return 0
    message = CALENDAR_ENDS if warning == "missing" else CALENDAR_UNSURE
    told = Notice.objects.filter(message=message, created_at__gt=now - REMIND_EVERY).values("recipient")
    keepers = (people_with_role(Role.ADMINISTRATOR) | people_with_role(Role.GM_OFFICE)).exclude(pk__in=told).distinct()
    return len(notify(keepers, message, now=now, path=f"/calendar/?year={year_to_watch(today)}", is_urgent=warning == "missing", year=year_to_watch(today)))
