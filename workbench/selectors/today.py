"""What a person must do now, and a few figures that open their rows."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assignment.models import Assignment
from calls.choices import TOLD_FROM, PromiseState, ReviewState
from calls.models import FilteringReview, Promise
from calls.selectors import cancelled_on, cancelled_visible_to
from cases.models import Case
from duties.models import Duty
from duties.selectors import duties_visible_to, unmet_duties_of
from penalties.choices import EventState
from penalties.models import PenaltyEvent
from staff.choices import Role
from staff.models import User
from staff.selectors import inbox_of

SHOWN = 20


@dataclass(frozen=True)
class Figure:
    label: str
    count: int
    url: str = ""
    tone: str = ""


def my_duties(user: User) -> list[Duty]:
    """The most pressing first. One query."""
    return list(unmet_duties_of(user)[:SHOWN])


def overdue_duties_of_others(user: User, *, now: datetime) -> list[Duty]:
    """What others of the team (for the GM office: anybody) should have done by now; none for people without a team to answer for."""
    if not ({Role.TEAM_LEAD, Role.GM_OFFICE} & user.roles):
        return []
    late = duties_visible_to(user).unmet().filter(due_at__lte=now).exclude(holder=user)
    return list(late.select_related("kind", "holder").order_by("due_at", "pk")[:SHOWN])


def cases_held_by(user: User) -> QuerySet[Case]:
    return Case.objects.filter(Exists(Assignment.objects.open().filter(case=OuterRef("pk"), collector=user)))


def promises_due(user: User, *, now: datetime) -> list[Promise]:
    """Open promises of the held cases whose day is today or past. One query."""
    held = Assignment.objects.open().filter(case=OuterRef("case_id"), collector=user)
    due = Promise.objects.filter(Exists(held), state=PromiseState.OPEN, due_on__lte=timezone.localdate(now))
    return list(due.select_related("case__debtor", "case__client").order_by("due_on", "pk")[:SHOWN])


def follow_ups_due(user: User, *, now: datetime) -> list[Case]:
    """Held cases to be taken up again by the end of today. One query."""
    due = cases_held_by(user).live().filter(follow_up_at__lt=_end_of_day(now))
    return list(due.select_related("debtor", "client").order_by("follow_up_at", "pk")[:SHOWN])


def figures_of(user: User, *, now: datetime) -> list[Figure]:
    """A few numbers by role; each opens its rows."""
    figures = []
    if user.has_role(Role.COLLECTOR):
        held = Assignment.objects.open().filter(collector=user)
        figures += [
            Figure(_("Cases held"), held.count(), _url("workbench:case-list")),
            Figure(_("Still to filter"), _unfiltered(held).count(), _url("assignment:filtering-list")),
        ]
    if user.has_role(Role.TEAM_LEAD) or user.has_role(Role.GM_OFFICE):
        figures.append(_overdue_figure(user, now))
    if user.has_role(Role.TEAM_LEAD) or user.has_role(Role.QUALITY):
        figures.append(_cancelled_figure(user, now))
    recorded = PenaltyEvent.objects.filter(person=user, state=EventState.RECORDED).count()
    figures += [
        Figure(_("My penalty events"), recorded, _url("penalties:event-list"), "warn" if recorded else ""),
        Figure(_("Unread notices"), inbox_of(user).unread().count(), _url("staff:inbox")),
    ]
    return figures


def _overdue_figure(user: User, now: datetime) -> Figure:
    late = duties_visible_to(user).unmet().filter(due_at__lte=now).count()
    return Figure(_("Overdue duties"), late, _url("duties:duty-list"), "bad" if late else "")


def _cancelled_figure(user: User, now: datetime) -> Figure:
    """Calls of today that were taken back after the number was shown: amber from as many as the lead is told of one person."""
    today = timezone.localdate(now)
    count = cancelled_on(cancelled_visible_to(user), today).order_by().count()
    return Figure(_("Calls cancelled today"), count, f"{_url('calls:cancelled-list')}?day={today:%Y-%m-%d}", "warn" if count >= TOLD_FROM else "")


def _unfiltered(held: QuerySet[Assignment]) -> QuerySet[Assignment]:
    classified = FilteringReview.objects.filter(task=OuterRef("filtering_task"), case=OuterRef("case"), state=ReviewState.CLASSIFIED)
    return held.filter(filtering_task__isnull=False, filtering_task__done_at=None, filtering_task__cancelled_at=None).exclude(Exists(classified))


def _end_of_day(now: datetime) -> datetime:
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time.min))


def _url(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
