from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from audit.selectors import trail_of
from duties.choices import EXTENDED, DaySource
from duties.models import CalendarDay, Duty, DutyKindVersion, WorkingHours
from duties.rules import Length, WorkingTime, due_at
from staff.choices import Role
from staff.models import Leave, User
from staff.pages import may_open
from staff.selectors import people_visible_to, teams_led_by


def hours_of(department: str = "") -> list[WorkingHours]:
    """The stretches of a department's working day: its own, else the agency's. One query."""
    rows = list(WorkingHours.objects.filter(department__in={"", department}).order_by("opens"))
    return [row for row in rows if row.department == department] or [row for row in rows if not row.department]


def hours_by_department() -> list[tuple[str, str, list[WorkingHours]]]:
    """(department, its name, its stretches): the agency first, then every department, with none where it works the agency's hours. One query."""
    rows = list(WorkingHours.objects.order_by("opens"))
    return [(code, name, [row for row in rows if row.department == code]) for code, name in [("", _("The agency")), *Role.choices]]


def working_time(department: str = "") -> WorkingTime:
    """The calendar as plain values, with a department's hours or the agency's. Two queries."""
    return WorkingTime(
        hours=tuple((row.opens, row.closes) for row in hours_of(department)),
        days=dict(CalendarDay.objects.values_list("day", "is_working")),
        zone=ZoneInfo(settings.TIME_ZONE),
    )


class UnknownKind(Exception):
    """There is no duty kind of this code."""


def version_in_force(kind: str, moment: datetime) -> DutyKindVersion:
    """How long a duty of this kind that begins at `moment` may take. One query."""
    row = DutyKindVersion.objects.in_force(moment).filter(kind=kind).select_related("kind").first()
    if row is None:
        raise UnknownKind(kind)
    return row


def version_of(duty: Duty) -> DutyKindVersion:
    """The version that the duty began under; later ones do not touch it. One query."""
    return version_in_force(duty.kind_id, duty.starts_at)


def due_for(kind: str, start: datetime, *, accounts: int | None = None, working: WorkingTime | None = None) -> datetime:
    """When a duty of `kind` that starts at `start` is due; `KIND_extended` gives the furthest extension."""
    version = version_in_force(kind.removesuffix(EXTENDED), start)
    length = version.length
    if kind.endswith(EXTENDED):
        length = Length(counting=length.counting, amount=length.ceiling, ceiling=length.ceiling)
    return due_at(length, start, working or working_time(version.department), accounts=accounts)


def duties_visible_to(user: User) -> QuerySet[Duty]:
    """The GM office and administrators see all, a lead the team's, everyone else their own (held now, or missed by them)."""
    if user.has_role(Role.GM_OFFICE) or user.has_role(Role.ADMINISTRATOR):
        return Duty.objects.all()
    mine = Q(holder=user) | Q(missed_holder=user)
    if user.has_role(Role.TEAM_LEAD):
        mine |= Q(holder__team__in=teams_led_by(user))
    return Duty.objects.filter(mine)


def unmet_duties_of(user: User) -> QuerySet[Duty]:
    """What this person must do now, the most pressing first."""
    return Duty.objects.unmet().filter(holder=user).select_related("kind").order_by("due_at", "pk")


def least_loaded(people: QuerySet[User]) -> User | None:
    """Who of these holds the fewest unmet duties; ties go to the longer-serving one. One query."""
    return people.annotate(held=Count("duties", filter=Q(duties__met_at=None, duties__cancelled_at=None))).order_by("held", "pk").first()


def still_to_do(user: User) -> str:
    """Why this person can't leave yet: what they hold must be handed over first. "" when there is nothing."""
    held = Duty.objects.unmet().filter(holder=user).count()
    return _("%(person)s still holds %(count)s duties; hand them over first.") % {"person": user, "count": held} if held else ""


def may_take_over(duty: Duty, *, by: User, now: datetime) -> QuerySet[User]:
    """Whom `by` may give the duty to: people they see who are here and share a role with its holder."""
    away = Leave.objects.covering(now).filter(person=OuterRef("pk"))
    same_role = Group.objects.filter(user=duty.holder_id)
    people = people_visible_to(by).filter(is_active=True, groups__in=same_role).exclude(pk=duty.holder_id)
    return people.exclude(Exists(away)).distinct().order_by("name")


@dataclass(frozen=True)
class Held:
    """Somebody's time with a duty; `until` is None for who holds it now, or held it to its end."""

    person: User
    since: datetime
    until: datetime | None


def holders_of(duty: Duty) -> list[Held]:
    """Who held the duty when, the first one first. One query."""
    turns = list(duty.hand_overs.select_related("from_person", "to_person").order_by("at", "pk"))
    people = [turns[0].from_person, *(turn.to_person for turn in turns)] if turns else [duty.holder]
    moments = [duty.starts_at, *(turn.at for turn in turns)]
    return [Held(person, since, until) for person, since, until in zip(people, moments, [*moments[1:], None], strict=True)]


def history_of(duty: Duty) -> list[AuditEvent]:
    """The evidence: what happened to the duty and who did it, oldest first. One query."""
    return list(trail_of(duty).order_by("id"))


def page_for(duty: Duty, person: User) -> str:
    """Where this person looks at it: who holds it at the work itself, everybody else at the duty's own page."""
    own = reverse("duties:duty-detail", args=[duty.pk])
    return (duty.path or own) if duty.holder_id == person.pk else own


def work_url(duty: Duty, person: User) -> str:
    """The work that the duty is about, for who holds or held it, and for a lead or the GM office where their role may open it; else ""."""
    if person.pk in (duty.holder_id, duty.missed_holder_id):
        return duty.path
    leads = person.has_role(Role.TEAM_LEAD) or person.has_role(Role.GM_OFFICE)
    return duty.path if duty.path and leads and may_open(duty.path, person) else ""


DAYS_AHEAD = 45


def calendar_warning(today: date) -> str:
    """ "" while the calendar is sure for the next 45 days, else "missing" or "provisional": the year that is not official yet."""
    known = set(CalendarDay.objects.filter(day__year=year_to_watch(today)).values_list("source", flat=True))
    if not known:
        return "missing"
    return "provisional" if DaySource.PROVISIONAL in known else ""


def year_to_watch(today: date) -> int:
    """The year in which the calendar must be known by now."""
    return (today + timedelta(days=DAYS_AHEAD)).year
