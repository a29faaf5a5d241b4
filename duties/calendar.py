"""A year as months and weeks, for the calendar page."""

from calendar import Calendar
from dataclasses import dataclass
from datetime import date

from django.utils.dates import MONTHS

from duties.models import CalendarDay

WEEKS = Calendar()


@dataclass(frozen=True)
class Day:
    day: date
    is_working: bool
    name: str
    special: str  # "" follows the week, "rest" or "work" differ from it
    is_today: bool
    is_provisional: bool


def year_of_months(year: int, *, today: date) -> list[dict]:
    """[{"name", "weeks": [[Day or None]], "working": count}], the days that differ marked. One query."""
    special = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
    months = []
    for month in range(1, 13):
        weeks = [[_day(day, special.get(day), today) if day.month == month else None for day in week] for week in WEEKS.monthdatescalendar(year, month)]
        working = sum(1 for week in weeks for day in week if day and day.is_working)
        months.append({"name": MONTHS[month], "weeks": weeks, "working": working})
    return months


def _day(day: date, row: CalendarDay | None, today: date) -> Day:
    weekday = day.weekday() < 5
    working = row.is_working if row else weekday
    special = "" if row is None else ("work" if row.is_working else "rest")
    return Day(day, working, row.name if row else "", special, day == today, bool(row and row.source == "provisional"))
