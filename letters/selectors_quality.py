"""Annex 4: the forms and rules in force, and whose filled forms, rectifications and holds a person may see."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from cases.models.case import in_teams
from duties.choices import Kind
from duties.models import Duty
from letters.choices import FormSubject
from letters.models import DispatchDay, Letter, LetterHold, QualityCheck, QualityForm, Rectification, SamplingRule
from staff.choices import Role
from staff.models import User
from staff.selectors import teams_led_by

SEES_ALL = (Role.QUALITY, Role.SUPPLY_CHAIN, Role.GM_OFFICE)


def current_form(now: datetime, subject: str = FormSubject.LETTER) -> QualityForm:
    """The newest version that holds at `now`; the first one when none does yet."""
    forms = QualityForm.objects.filter(subject=subject)
    return forms.filter(valid_from__lte=now).order_by("-version").first() or forms.order_by("version").first()


def current_sampling(now: datetime) -> SamplingRule:
    return SamplingRule.objects.filter(valid_from__lte=now).order_by("-version").first() or SamplingRule.objects.order_by("version").first()


def involved_in(letter: Letter) -> set[int]:
    """Who has a part in a letter, and so neither checks it nor accepts what was put right: asked for, approved, printed or dispatched it."""
    people = {letter.requested_by_id, letter.decided_by_id, letter.dispatched_by_id}
    if letter.print_run_id:
        people.add(letter.print_run.started_by_id)
    return {person for person in people if person is not None}


def dispatchers_of(day: DispatchDay) -> set[int]:
    return set(Letter.objects.filter(draw__dispatch_day=day).values_list("dispatched_by", flat=True))


def involved_in_check(check: QualityCheck) -> set[int]:
    return involved_in(check.letter) if check.letter else dispatchers_of(check.dispatch_day)


def checks_visible_to(user: User) -> QuerySet[QualityCheck]:
    """All for quality supervision and the GM office; the team's for a lead; what the admin office dispatched for the admin office;
    for everybody what they must put right."""
    if any(user.has_role(role) for role in SEES_ALL):
        return QualityCheck.objects.all()
    handed = Duty.objects.unmet().filter(kind=Kind.LETTER_RECTIFY, holder=user).values("subject_id")
    wanted = Q(rectification__holder=user) | Q(rectification__in=handed)
    if user.has_role(Role.TEAM_LEAD):
        wanted |= in_teams(teams_led_by(user), "letter__case__")
    if user.has_role(Role.ADMIN_OFFICE):
        wanted |= Q(letter__dispatched_by__groups__name=Role.ADMIN_OFFICE) | Q(dispatch_day__isnull=False)
    return QualityCheck.objects.filter(pk__in=QualityCheck.objects.filter(wanted).values("pk"))


def rectifier_of(row: Rectification) -> int:
    """Who has to put it right now: the duty may have been handed over since."""
    held = Duty.objects.unmet().about(row).filter(kind=Kind.LETTER_RECTIFY).values_list("holder", flat=True).first()
    return held or row.holder_id


def rectifications_visible_to(user: User) -> QuerySet[Rectification]:
    return Rectification.objects.filter(check_row__in=checks_visible_to(user))


def days_visible_to(user: User) -> QuerySet[DispatchDay]:
    """The days' dispatch, for who checks it and for the GM office and the admin office that did it."""
    if any(user.has_role(role) for role in (*SEES_ALL, Role.ADMIN_OFFICE)):
        return DispatchDay.objects.all()
    return DispatchDay.objects.none()


def holds_visible_to(user: User) -> QuerySet[LetterHold]:
    if any(user.has_role(role) for role in (*SEES_ALL, Role.ADMIN_OFFICE)):
        return LetterHold.objects.all()
    return LetterHold.objects.none()


def holds_on(letters: Sequence[Letter]) -> QuerySet[LetterHold]:
    """The holds that keep these letters where they are."""
    runs = {letter.print_run_id for letter in letters if letter.print_run_id}
    templates = {letter.template_id for letter in letters}
    held = LetterHold.objects.filter(released_at=None).filter(Q(print_run__in=runs) | Q(template__in=templates))
    return held.select_related("print_run", "template").order_by("pk")


def may_release(user: User) -> bool:
    """The GM office, and the lead of quality supervision: who belongs to it and leads a team."""
    return user.has_perm("letters.release_letters") or (user.has_role(Role.QUALITY) and teams_led_by(user).exists())
