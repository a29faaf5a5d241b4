"""Who asks for figures of what: the days, and the client, team or person they are narrowed to. And what each may see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models.case import in_teams
from staff.choices import Role
from staff.models import Team, User
from staff.selectors import teams_led_by

SEE_ALL = {Role.GM_OFFICE, Role.FINANCE, Role.ADMINISTRATOR}
# What stands for "none" where a team, a person or a client could be named.
NONE = 0


@dataclass(frozen=True)
class Question:
    """`first` and `last` are days of the agency's clock, both included. None for client, team, person: any; NONE: without one."""

    user: User
    now: datetime
    first: date
    last: date
    client: int | None = None
    team: int | None = None
    person: int | None = None

    @property
    def starts(self) -> datetime:
        return start_of(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment that no longer belongs to the period."""
        return start_of(self.last + timedelta(days=1))

    @property
    def today(self) -> date:
        return timezone.localdate(self.now, timezone.get_default_timezone())

    def within(self, column: str) -> Q:
        """The moment in `column` lies in the period."""
        return Q(**{f"{column}__gte": self.starts, f"{column}__lt": self.ends})

    def on_days(self, column: str) -> Q:
        """The day in `column` lies in the period."""
        return Q(**{f"{column}__gte": self.first, f"{column}__lte": self.last})

    def over(self, first: date, last: date) -> "Question":
        return replace(self, first=first, last=last)


def start_of(day: date) -> datetime:
    """The day's first moment by the agency's clock."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def sees_all(user: User) -> bool:
    """The GM office, finance and administrators see everybody's figures."""
    return bool(SEE_ALL & user.roles)


def of_people(user: User, person: str) -> Q:
    """The rows whose person (`person` names the way there) this reader answers for: anybody, for a lead the own teams, else oneself."""
    if sees_all(user):
        return Q()
    mine = Q(**{person: user})
    if user.has_role(Role.TEAM_LEAD):
        mine |= Q(**{f"{person}__team__in": teams_led_by(user)})
    return mine


def of_cases(user: User, case: str = "") -> Q:
    """The rows whose case belongs to the teams that this reader answers for; nobody else sees figures of cases."""
    if sees_all(user):
        return Q()
    return in_teams(teams_led_by(user), case) if user.has_role(Role.TEAM_LEAD) else Q(pk__in=[])


def narrowed(rows: QuerySet, question: Question, ways: Mapping[str, str]) -> QuerySet:
    """Narrowed to the question's client, team and person; `ways` says where a row has each. What it has not, it isn't narrowed by."""
    for name, way in ways.items():
        wanted = getattr(question, name)
        if wanted is not None:
            rows = rows.filter(**{f"{way}__isnull": True} if wanted == NONE else {way: wanted})
    return rows


def teams_to_choose(user: User) -> QuerySet[Team]:
    """The teams led, and the own one: a number of oneself stands in the own team's line, and opens its rows by that team."""
    teams = Team.objects.order_by("name")
    return teams if sees_all(user) else teams.filter(Q(pk__in=teams_led_by(user)) | Q(pk=user.team_id))


def may_be_teamless(user: User) -> bool:
    """Whether there are people in no team whose figures this reader may see: oneself, or anybody's."""
    return sees_all(user) or user.team_id is None


def people_to_choose(user: User) -> QuerySet[User]:
    """Everybody whose figures this reader may see, those who left too: what they did stays counted."""
    if sees_all(user):
        return User.objects.order_by("name")
    if user.has_role(Role.TEAM_LEAD):
        return User.objects.filter(Q(pk=user.pk) | Q(team__in=teams_led_by(user))).order_by("name")
    return User.objects.filter(pk=user.pk)


@dataclass(frozen=True)
class Names:
    """What ids are called, in one query each."""

    people: dict[int, tuple[str, int | None]]
    teams: dict[int, str]

    def person(self, pk: int | None) -> str:
        return self.people.get(pk or 0, ("—", None))[0]

    def team_of(self, pk: int | None) -> int | None:
        return self.people.get(pk or 0, ("", None))[1]

    def team(self, pk: int | None) -> str:
        return self.teams.get(pk or 0, "") or _("No team")


def names() -> Names:
    """Two queries."""
    people = {pk: (name, team) for pk, name, team in User.objects.values_list("pk", "name", "team")}
    return Names(people, dict(Team.objects.values_list("pk", "name")))


def as_text(value: Any) -> str:
    return str(NONE) if value is None else str(value)
