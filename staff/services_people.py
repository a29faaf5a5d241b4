"""What administrators do about people and teams, each on the trail."""

import secrets
import string
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit.services import record
from collection.lib.errors import Refused
from collection.lib.seen import check_as_seen, fingerprint, fingerprint_of
from staff.choices import Role
from staff.leaving import obstacles_of
from staff.models import Team, User

LETTERS = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("l1o0")))


class CannotChangePerson(Refused):
    """Nobody changes their own groups, and nobody disappears with something to be done in hand."""


# What a person brings to the work: named as the model names them, and kept when they aren't named.
AT_WORK = ("level", "regions", "dialects", "probation_until")


@transaction.atomic
def create_person(
    *,
    username: str,
    name: str,
    staff_no: str,
    roles: Iterable[str],
    team: Team | None,
    joined_on: date | None,
    by: User,
    now: datetime,
    email: str = "",
    **at_work: Any,
) -> tuple[User, str]:
    """A new person may sign in with the temporary password that is returned, once, and must then choose their own. `at_work`: see AT_WORK."""
    if User.objects.filter(username__iexact=username).exists():
        raise CannotChangePerson(_("The sign-in name “%(name)s” is taken.") % {"name": username})
    if User.objects.filter(staff_no=staff_no).exists():
        raise CannotChangePerson(_("The staff number “%(number)s” is taken.") % {"number": staff_no})
    password = temporary_password()
    about = {"name": name.strip(), "staff_no": staff_no, "team": team, "joined_on": joined_on, "email": email} | _at_work(at_work)
    person = User(username=username, must_change_password=True, **about)
    person.set_password(password)
    person.save()
    _set_groups(person, roles)
    changes = {"username": (None, username), "groups": (None, sorted(roles)), "team": (None, team)}
    changes |= {field: (None, value) for field, value in at_work.items() if value}
    record("person.created", subject=person, by=by, at=now, changes=changes)
    return person, password


def temporary_password() -> str:
    """Easy to read out: four groups of four, without letters that look like digits."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(4)) for _group in range(4))


def _at_work(given: dict[str, Any]) -> dict[str, Any]:
    unknown = set(given) - set(AT_WORK)
    if unknown:
        raise TypeError(f"A person has no {sorted(unknown)}.")
    return given


@transaction.atomic
def edit_person(
    *,
    person_id: int,
    name: str,
    staff_no: str,
    roles: Iterable[str],
    team: Team | None,
    joined_on: date | None,
    by: User,
    now: datetime,
    email: str = "",
    seen: str | None = None,
    **at_work: Any,
) -> User:
    """The person's data, team and groups are as given; `at_work`: see AT_WORK. Nobody gives themselves another group (S12), and nobody loses a
    group or their team while they hold cases or duties, or lead a team."""
    person = User.objects.select_for_update(of=("self",)).select_related("team").get(pk=person_id)
    check_as_seen(seen, seen_person(person))
    had, wanted = sorted(person.groups.values_list("name", flat=True)), sorted(roles)
    if person == by and had != wanted:
        raise CannotChangePerson(_("You can't change your own groups; another administrator must."), rule="S12")
    if User.objects.filter(staff_no=staff_no).exclude(pk=person.pk).exists():
        raise CannotChangePerson(_("The staff number “%(number)s” is taken.") % {"number": staff_no})
    new: dict[str, Any] = {"name": name.strip(), "staff_no": staff_no, "team": team, "joined_on": joined_on, "email": email} | _at_work(at_work)
    if set(had) - set(wanted) or (person.team_id and person.team != team):
        _check_may_leave(person, keeps_lead=Role.TEAM_LEAD in wanted)
    changes = {field: (getattr(person, field), value) for field, value in new.items() if getattr(person, field) != value}
    if had != wanted:
        changes["groups"] = (had, wanted)
        _set_groups(person, wanted)
    for field, value in new.items():
        setattr(person, field, value)
    person.save(update_fields=list(new))
    if changes:
        record("person.changed", subject=person, by=by, at=now, changes=changes)
    return person


def seen_person(person: User) -> str:
    """The person as their page shows them, as a fingerprint."""
    fields = ("name", "staff_no", "team_id", "joined_on", "email", *AT_WORK)
    return fingerprint({name: getattr(person, name) for name in fields} | {"groups": sorted(person.groups.values_list("name", flat=True))})


def _check_may_leave(person: User, *, keeps_lead: bool = False) -> None:
    """Refuse, with every reason, while the person holds something to be done, or leads a team (unless they go on to)."""
    led = None if keeps_lead else Team.objects.filter(Q(lead=person) | Q(deputy=person), is_active=True).first()
    leads = [_("%(person)s leads team %(team)s; give it another lead first.") % {"person": person, "team": led}] if led else []
    obstacles = obstacles_of(person) + leads
    if obstacles:
        raise CannotChangePerson(" ".join(obstacles))


def _set_groups(person: User, roles: Iterable[str]) -> None:
    person.groups.set(Group.objects.filter(name__in=list(roles)))


@transaction.atomic
def reset_password(*, person_id: int, by: User, now: datetime) -> str:
    """The person signs in with the temporary password that is returned, once, and must then choose their own."""
    person = User.objects.select_for_update(of=("self",)).get(pk=person_id)
    password = temporary_password()
    person.set_password(password)
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password"])
    record("person.password_reset", subject=person, by=by, at=now)
    return password


@transaction.atomic
def disable_person(*, person_id: int, by: User, now: datetime) -> User:
    """The person can no longer sign in; what they did stays theirs. Refused while they hold something to be done."""
    person = User.objects.select_for_update(of=("self",)).get(pk=person_id)
    if person == by:
        raise CannotChangePerson(_("You can't disable yourself; another administrator must."))
    _check_may_leave(person)
    return _set_active(person, is_active=False, by=by, now=now)


@transaction.atomic
def enable_person(*, person_id: int, by: User, now: datetime) -> User:
    """The person may sign in again."""
    person = User.objects.select_for_update(of=("self",)).get(pk=person_id)
    return _set_active(person, is_active=True, by=by, now=now)


def _set_active(person: User, *, is_active: bool, by: User, now: datetime) -> User:
    before, person.is_active = person.is_active, is_active
    if before != is_active:
        person.save(update_fields=["is_active"])
        action = "person.enabled" if is_active else "person.disabled"
        record(action, subject=person, by=by, at=now, changes={"is_active": (before, is_active)})
    return person


class CannotChangeTeam(Refused):
    """A team has its own name, a lead who may lead, and isn't closed while people are in it."""


@transaction.atomic
def make_team(*, name: str, lead: User | None, by: User, now: datetime, deputy: User | None = None) -> Team:
    """A new team, so far with its lead, and the lead's deputy, only."""
    _check_team(None, name, lead, deputy)
    team = Team.objects.create(name=name.strip(), lead=lead, deputy=deputy)
    record("team.created", subject=team, by=by, at=now, changes={"name": (None, team.name), "lead": (None, lead), "deputy": (None, deputy)})
    return team


@transaction.atomic
def edit_team(
    *, team_id: int, name: str, lead: User | None, is_active: bool, by: User, now: datetime, deputy: User | None = None, seen: str | None = None
) -> Team:
    """The team's name, lead and deputy are as given. The cases and duties of its people stay where they are."""
    team = Team.objects.select_for_update(of=("self",)).get(pk=team_id)
    check_as_seen(seen, seen_team(team))
    _check_team(team, name, lead, deputy)
    if not is_active and team.members.filter(is_active=True).exists():
        raise CannotChangeTeam(_("People are still in this team; put them into other teams first."))
    new: dict[str, Any] = {"name": name.strip(), "lead": lead, "deputy": deputy, "is_active": is_active}
    changes = {field: (getattr(team, field), value) for field, value in new.items() if getattr(team, field) != value}
    for field, value in new.items():
        setattr(team, field, value)
    team.save(update_fields=list(new))
    if changes:
        record("team.changed", subject=team, by=by, at=now, changes=changes)
    return team


def seen_team(team: Team) -> str:
    return fingerprint_of(team, ("name", "lead_id", "deputy_id", "is_active"))


def _check_team(team: Team | None, name: str, lead: User | None, deputy: User | None) -> None:
    if Team.objects.filter(name=name.strip()).exclude(pk=team.pk if team else None).exists():
        raise CannotChangeTeam(_("There is a team of this name already."))
    for person in (lead, deputy):
        if person and not (person.is_active and person.has_role(Role.TEAM_LEAD)):
            raise CannotChangeTeam(_("%(person)s is no team lead; give them that group first.") % {"person": person})
    if deputy and deputy == lead:
        raise CannotChangeTeam(_("Nobody is their own deputy; choose somebody else."))
