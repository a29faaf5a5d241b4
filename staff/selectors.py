from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from staff.choices import QualificationKind, Role
from staff.models import Leave, Notice, Qualification, Team, User


def people_with_role(role: Role) -> QuerySet[User]:
    return User.objects.filter(is_active=True, groups__name=role).order_by("pk")


def people_on_duty(role: Role, *, now: datetime) -> QuerySet[User]:
    """Active people of a role who are not on leave at `now`. One query."""
    away = Leave.objects.covering(now).filter(person=OuterRef("pk"))
    return people_with_role(role).exclude(Exists(away))


def qualified_people(now: datetime, *, kind: str = QualificationKind.TRAINING) -> set[int]:
    """Ids of the people whose training is valid on the day of `now` (CR-47). One query."""
    today = timezone.localdate(now)
    return set(Qualification.objects.filter(kind=kind, passed_on__lte=today, valid_until__gte=today).values_list("person_id", flat=True))


def people_visible_to(user: User) -> QuerySet[User]:
    """Administrators and the GM office see everybody, a lead the own team, everyone else only themselves."""
    if user.has_role(Role.ADMINISTRATOR) or user.has_role(Role.GM_OFFICE):
        return User.objects.all()
    if user.has_role(Role.TEAM_LEAD):
        return User.objects.filter(team__in=teams_led_by(user)) | User.objects.filter(pk=user.pk)
    return User.objects.filter(pk=user.pk)


def teams_led_by(user: User) -> QuerySet[Team]:
    return Team.objects.filter(lead=user, is_active=True)


def inbox_of(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(recipient=user).order_by("-id")
