from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from collection.lib.prepared import Given
from staff.choices import QualificationKind, Role
from staff.models import Leave, Notice, Qualification, Shift, Team, User


def people_with_role(role: Role) -> QuerySet[User]:
    return User.objects.filter(is_active=True, groups__name=role).order_by("pk")


def people_on_duty(role: Role, *, now: datetime) -> QuerySet[User]:
    """Active people of a role who are not on leave at `now`. One query."""
    away = Leave.objects.covering(now).filter(person=OuterRef("pk"))
    return people_with_role(role).exclude(Exists(away))


def valid_qualifications(now: datetime, *, kind: str = QualificationKind.TRAINING) -> QuerySet[Qualification]:
    """Those that hold on the day of `now` (CR-47)."""
    return qualifications_valid_on(timezone.localdate(now), kind=kind)


def qualifications_valid_on(day: date | Given, *, kind: str = QualificationKind.TRAINING) -> QuerySet[Qualification]:
    return Qualification.objects.filter(kind=kind, passed_on__lte=day, valid_until__gte=day)


def qualified_people(now: datetime, *, kind: str = QualificationKind.TRAINING) -> set[int]:
    """Ids of the people whose training is valid on the day of `now` (CR-47). One query."""
    return set(valid_qualifications(now, kind=kind).values_list("person_id", flat=True))


def people_off_shift(now: datetime) -> set[int]:
    """Ids of the people whose shifts of this month are entered, and who have none today. One query."""
    today = timezone.localdate(now)
    month = Shift.objects.filter(day__year=today.year, day__month=today.month).values("person")
    return set(month.annotate(today=Count("pk", filter=Q(day=today))).filter(today=0).values_list("person", flat=True))


def people_visible_to(user: User) -> QuerySet[User]:
    """Administrators and the GM office see everybody, a lead the own team, everyone else only themselves."""
    if user.has_role(Role.ADMINISTRATOR) or user.has_role(Role.GM_OFFICE):
        return User.objects.all()
    if user.has_role(Role.TEAM_LEAD):
        return User.objects.filter(team__in=teams_led_by(user)) | User.objects.filter(pk=user.pk)
    return User.objects.filter(pk=user.pk)


def teams_led_by(user: User | Given) -> QuerySet[Team]:
    """The teams whose lead, or the lead's deputy, this person is."""
    return Team.objects.filter(Q(lead=user) | Q(deputy=user), is_active=True)


def lead_on_duty(team: Team, *, now: datetime) -> User | None:
    """Who holds what the team's lead must do from now on: the lead, or, while the lead is away, the deputy, or somebody of the GM office.
    When all of them are away, the lead all the same. Two queries at most."""
    if team.lead is None:
        return None
    away = set(Leave.objects.covering(now).filter(person__in=[team.lead_id, team.deputy_id]).values_list("person_id", flat=True))
    here = [person for person in (team.lead, team.deputy) if person is not None and person.is_active and person.pk not in away]
    return here[0] if here else people_on_duty(Role.GM_OFFICE, now=now).first() or team.lead


def inbox_of(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(recipient=user).order_by("-id")
