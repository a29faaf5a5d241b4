"""Who works on which days: a month of a team at a glance. Whoever has shifts entered takes cases on those days only (A2.2)."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from assignment.selectors import collectors_visible_to
from collection.lib.numbers import ids_in, whole
from duties.selectors import working_time
from staff.models import Leave, Shift, Team, User
from staff.pages import ActionView, DeskPermission
from staff.services_shifts import set_shifts

MOST_YEARS = 50
PLANNERS = ("staff.manage_people", "assignment.manage_capacity")


def month_of(text: str, today: date) -> date:
    """The first day of a month written 2026-11; this month when it isn't one that the desk could have to do with."""
    try:
        found = parse_date(f"{text}-01")
    except ValueError:
        found = None
    return found if found and abs(found.year - today.year) <= MOST_YEARS else today.replace(day=1)


def days_of(month: date) -> list[date]:
    return [month + timedelta(days=number) for number in range(monthrange(month.year, month.month)[1])]


def week_of(day: date) -> str:
    """The weekday in the fewest letters."""
    return [_("Mo"), _("Tu"), _("We"), _("Th"), _("Fr"), _("Sa"), _("Su")][day.weekday()]


class ShiftGrid(DeskPermission, TemplateView):
    any_permission = PLANNERS
    template_name = "assignment/shift_grid.html"

    @cached_property
    def month(self) -> date:
        return month_of(self.request.GET.get("month", ""), timezone.localdate())

    @cached_property
    def teams(self) -> list[Team]:
        return list(Team.objects.filter(pk__in=collectors_visible_to(self.request.user).values("team")).order_by("name"))

    @cached_property
    def team(self) -> Team | None:
        asked = self.request.GET.get("team", "")
        return next((team for team in self.teams if str(team.pk) == asked), self.teams[0] if self.teams else None)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        working, days = working_time(), days_of(self.month)
        columns = [{"day": day, "week": week_of(day), "is_working": working.is_working(day), "is_today": day == timezone.localdate()} for day in days]
        return super().get_context_data(
            month=self.month,
            before=(self.month - timedelta(days=1)).replace(day=1),
            after=days[-1] + timedelta(days=1),
            team=self.team,
            teams=self.teams,
            columns=columns,
            lines=self._lines(columns),
            **kwargs,
        )

    def _lines(self, columns: list[dict]) -> list[dict]:
        """A person with, for each day, whether they have a shift and whether they are on leave. Three queries."""
        if self.team is None:
            return []
        people = list(collectors_visible_to(self.request.user).filter(team=self.team).order_by("staff_no", "pk"))
        first, last = columns[0]["day"], columns[-1]["day"]
        shifts = set(Shift.objects.filter(person__in=people, day__range=(first, last)).values_list("person", "day"))
        away = _away(people, first, last)
        return [
            {
                "person": person,
                "days": [{**column, "on": (person.pk, column["day"]) in shifts, "away": (person.pk, column["day"]) in away} for column in columns],
                "seen": " ".join(f"{column['day']:%d}" for column in columns if (person.pk, column["day"]) in shifts),
                "count": sum(1 for column in columns if (person.pk, column["day"]) in shifts),
            }
            for person in people
        ]


def _away(people: list[User], first: date, last: date) -> set[tuple[int, date]]:
    rows = Leave.objects.filter(person__in=people, cancelled_at=None, starts_at__date__lte=last, ends_at__date__gte=first)
    found = set()
    for leave in rows:
        day = max(timezone.localdate(leave.starts_at), first)
        while day <= min(timezone.localdate(leave.ends_at), last):
            found.add((leave.person_id, day))
            day += timedelta(days=1)
    return found


class ShiftSave(ActionView):
    """The month of the people on the page, as it was ticked: all or nothing. Only whose days were changed on it is written, and not over
    what somebody else changed meanwhile."""

    any_permission = PLANNERS

    @transaction.atomic
    def act(self, request: HttpRequest) -> tuple[str, str]:
        month = month_of(request.POST.get("month", ""), timezone.localdate())
        days = days_of(month)
        changed = 0
        for person in collectors_visible_to(request.user).filter(pk__in=ids_in(request.POST.getlist("people"))).order_by("pk"):
            wanted, seen = self._days(days, f"days_{person.pk}"), self._seen(days, person)
            if wanted != seen:
                set_shifts(person=person, first=days[0], last=days[-1], days=wanted, seen=seen, by=request.user, now=timezone.now())
                changed += 1
        back = f"{reverse('assignment:shift-grid')}?month={month:%Y-%m}&team={whole(request.POST.get('team', ''))}"
        return _("The shifts of %(count)s people were saved.") % {"count": changed} if changed else _("Nothing was changed."), back

    def _days(self, days: list[date], name: str) -> list[date]:
        ticked = self.request.POST.getlist(name)
        return [day for day in days if f"{day:%d}" in ticked]

    def _seen(self, days: list[date], person: User) -> list[date] | None:
        """The days that were ticked when the page was opened; None when the page doesn't say."""
        said = self.request.POST.get(f"seen_{person.pk}")
        return None if said is None else [day for day in days if f"{day:%d}" in said.split()]

    def fallback_url(self) -> str:
        return reverse("assignment:shift-grid")
