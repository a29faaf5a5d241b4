"""Annex 4《信件发送质量监督表》: the form is filled for a dispatched letter, and what was wrong is put right."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.services import meet_duty
from letters.choices import SENT, Grade
from letters.models import Letter, QualityCheck, QualityForm
from letters.rules import grade_of
from letters.selectors import current_form
from letters.services.flow import NotAllowed, lock_letter, need_permission, need_state, path_of
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify


class BadForm(Refused):
    """The quality form is incomplete, or was filled before."""

    rule = "A1.4"


@transaction.atomic
def fill_quality_form(
    *, letter_id: int, answers: dict[str, bool], defects: str, rectification: str, rectify_by: date | None, by: User, now: datetime
) -> QualityCheck:
    """The letter has its quality form, with points and a grade from the form's weights; the quality duty is met (A1.4, annex 4)."""
    need_permission(by, "check_quality")
    letter = lock_letter(letter_id)
    need_state(letter, *SENT)
    if by.pk in (letter.requested_by_id, letter.dispatched_by_id):
        raise NotAllowed(_("Who asked for a letter or sent it does not check it."))
    form = current_form(now)
    if set(answers) != {item["code"] for item in form.items} or not all(isinstance(answer, bool) for answer in answers.values()):
        raise BadForm(_("Answer every item of the form."))
    mark = grade_of(form.items, answers)
    defects, rectification = defects.strip(), rectification.strip()
    _need_words(mark.grade, defects, rectification, rectify_by, today=timezone.localdate(now))
    check = QualityCheck(letter=letter, form=form, answers=answers, points=mark.points, grade=mark.grade, checked_by=by, checked_at=now)
    check.defects, check.rectification, check.rectify_by = defects, rectification, rectify_by if rectification else None
    try:
        with transaction.atomic():
            check.save(force_insert=True)
    except IntegrityError as error:
        raise BadForm(_("The form of this letter was filled before.")) from error
    record("letter.checked", subject=letter, by=by, at=now, changes={"grade": (None, mark.grade), "points": (None, mark.points)}, reason=defects[:200])
    meet_duty(kind=Kind.LETTER_QUALITY, subject=letter, by=by, now=now)
    _tell_of_defects(letter, check, now)
    return check


def _need_words(grade: str, defects: str, rectification: str, rectify_by: date | None, *, today: date) -> None:
    if grade != Grade.PASS and not defects:
        raise BadForm(_("Describe the defects."))
    if grade == Grade.SERIOUS and not rectification:
        raise BadForm(_("A serious defect must be put right: say what is to be done, and by when."))
    if rectification and rectify_by is None:
        raise BadForm(_("Say by which day it must be put right."))
    if rectify_by and rectify_by < today:
        raise BadForm(_("The day to put it right by is already over."))


def _tell_of_defects(letter: Letter, check: QualityCheck, now: datetime) -> None:
    if check.grade == Grade.PASS:
        return
    team = letter.case.home_team
    people = [team.lead if team else None, letter.dispatched_by]
    if check.grade == Grade.SERIOUS:
        people += list(people_with_role(Role.GM_OFFICE))
    message = gettext_noop("Letter %(letter)s has defects (%(points)s points): %(defects)s")
    is_urgent = check.grade == Grade.SERIOUS
    notify(people, message, now=now, path=path_of(letter), is_urgent=is_urgent, letter=letter, points=check.points, defects=check.defects[:80])


@transaction.atomic
def mark_rectified(*, letter_id: int, by: User, now: datetime) -> QualityCheck:
    """What the form asked to put right is done; the person who checked is told."""
    if not (by.has_perm("letters.check_quality") or by.has_perm("letters.dispatch_letter")):
        raise NotAllowed(_("Your role does not allow this step."))
    check = QualityCheck.objects.select_for_update(of=("self",)).select_related("letter", "checked_by").filter(letter_id=letter_id).first()
    if check is None or not check.is_to_rectify:
        raise BadForm(_("There is nothing to put right on this letter."))
    check.rectified_at, check.rectified_by = now, by
    check.save(update_fields=["rectified_at", "rectified_by"])
    record("letter.rectified", subject=check.letter, by=by, at=now, changes={"rectified_at": (None, now)})
    if check.checked_by_id != by.pk:
        notify([check.checked_by], gettext_noop("Put right: letter %(letter)s."), now=now, path=path_of(check.letter), letter=check.letter)
    return check


@transaction.atomic
def save_quality_form(*, items: list[dict], sample_every: int, by: User, now: datetime) -> QualityForm:
    """A new version of the form holds from now on; filled forms keep the version they were filled on."""
    need_permission(by, "manage_letter_templates")
    codes = [item["code"] for item in items]
    if not items or len(set(codes)) != len(codes):
        raise BadForm(_("The form needs at least one item, each with a code of its own."))
    if not all(0 < item["weight"] <= 100 for item in items):
        raise BadForm(_("A weight is a number from 1 to 100."))
    if sample_every < 1:
        raise BadForm(_("Check at least one letter in … 1 or more."))
    last = QualityForm.objects.select_for_update().order_by("-version").first()
    form = QualityForm.objects.create(
        name_zh=last.name_zh, name_en=last.name_en, items=items, sample_every=sample_every, version=last.version + 1, valid_from=now
    )
    record("quality_form.changed", subject=form, by=by, at=now, changes={"items": (last.items, items), "sample_every": (last.sample_every, sample_every)})
    return form
