"""Annex 4: what a form found is put right by a deadline, and looked at a second time by quality supervision: accepted, or again."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.models import Duty
from duties.selectors import least_loaded
from duties.services import cancel_duty, meet_duty, open_duty
from letters.choices import RectifyBy, RectifyState
from letters.models import Letter, QualityCheck, Rectification, RectificationAnswer
from letters.selectors_quality import involved_in_check, rectifier_of
from letters.services.flow import NotAllowed, need_permission
from letters.services.photos import keep_photo
from letters.services.sampling import CATCH_UP, checker_for
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty, people_with_role
from staff.services import notify


class CannotRectify(Refused):
    """This step of a rectification is not possible now."""

    rule = "A1.4"


def check_path(check: QualityCheck) -> str:
    if check.letter_id:
        return reverse("letters:quality-check", args=[check.letter_id])
    return reverse("letters:quality-day", args=[check.dispatch_day_id])


def rectification_path(rectification: Rectification) -> str:
    return reverse("letters:rectification", args=[rectification.pk])


def ask_to_rectify(check: QualityCheck, *, task: str, to: str, by: User, now: datetime) -> Rectification:
    """Somebody must put it right by the deadline of their duty; asked again with other words, the same clock runs on. Asked of somebody else,
    theirs begins."""
    row = Rectification.objects.filter(check_row=check).exclude(state=RectifyState.CANCELLED).first()
    if row is not None:
        if row.task != task:
            row.task = task
            row.save(update_fields=["task"])
        if row.to != to:
            _ask_somebody_else(row, to, by, now)
        return row
    holder = _need_holder(check, to, now)
    Rectification.objects.filter(check_row=check).delete()  # a cancelled one of before the form was amended
    row = Rectification.objects.create(check_row=check, task=task, to=to, holder=holder, opened_at=now, due_at=now)
    _open(row, by, now)
    _tell_holder(row, None, by, now)
    return row


def _ask_somebody_else(row: Rectification, to: str, by: User, now: datetime) -> None:
    before, holder = row.holder, _need_holder(row.check_row, to, now)
    row.to, row.holder = to, holder
    row.save(update_fields=["to", "holder"])
    if holder == before:
        return
    cancel_duty(kind=Kind.LETTER_RECTIFY, subject=row, by=by, now=now, reason=_("The form was amended."))
    notify([before], gettext_noop("Not needed any more: %(what)s."), now=now, path=rectification_path(row), what=row.check_row.subject)
    _open(row, by, now)
    _tell_holder(row, before, by, now)


def _tell_holder(row: Rectification, before: User | None, by: User, now: datetime) -> None:
    subject, changes = row.check_row.subject, {"holder": (before, row.holder), "due_at": (None, row.due_at)}
    record("letter.rectification_asked", subject=subject, by=by, at=now, changes=changes, reason=row.task[:200])
    message = gettext_noop("Put right by the deadline: %(what)s. %(task)s")
    notify([row.holder], message, now=now, path=rectification_path(row), is_urgent=True, what=subject, task=row.task[:120])


def _need_holder(check: QualityCheck, to: str, now: datetime) -> User:
    holder = _holder(check, to, now)
    if holder is None:
        raise CannotRectify(_("There is nobody who could put it right. Ask the administrator to add somebody to the admin office."))
    return holder


def _open(row: Rectification, by: User, now: datetime) -> None:
    duty = open_duty(kind=Kind.LETTER_RECTIFY, subject=row, holder=row.holder, start=now, by=by, path=rectification_path(row))
    row.due_at = duty.due_at
    row.save(update_fields=["due_at"])


def _holder(check: QualityCheck, to: str, now: datetime) -> User | None:
    """Who dispatched it, or wrote the template; when they are not there any more, the least busy one of those who do the same."""
    if to == RectifyBy.TEMPLATE and check.letter:
        owner = check.letter.template.created_by
        return owner if owner and owner.is_active else least_loaded(people_with_role(Role.ADMINISTRATOR))
    sender = check.letter.dispatched_by if check.letter else _busiest_sender(check)
    if sender and sender.is_active:
        return sender
    return least_loaded(people_on_duty(Role.ADMIN_OFFICE, now=now)) or least_loaded(people_with_role(Role.ADMIN_OFFICE))


def _busiest_sender(check: QualityCheck) -> User | None:
    last = Letter.objects.filter(draw__dispatch_day=check.dispatch_day).select_related("dispatched_by").order_by("-dispatched_at").first()
    return last.dispatched_by if last else None


def withdraw_rectification(check: QualityCheck, *, by: User, now: datetime) -> None:
    """An amended form asks for nothing any more."""
    row = Rectification.objects.filter(check_row=check, state=RectifyState.OPEN).first()
    if row is None:
        return
    row.state, row.settled_at = RectifyState.CANCELLED, now
    row.save(update_fields=["state", "settled_at"])
    cancel_duty(kind=Kind.LETTER_RECTIFY, subject=row, by=by, now=now, reason=_("The form was amended."))
    notify([row.holder], gettext_noop("Not needed any more: %(what)s."), now=now, path=rectification_path(row), what=check.subject)


def _locked(rectification_id: int) -> Rectification:
    rows = Rectification.objects.select_for_update(of=("self",))
    return rows.select_related("holder", "check_row__checked_by", "check_row__letter__print_run", "check_row__dispatch_day").get(pk=rectification_id)


@transaction.atomic
def answer_rectification(*, rectification_id: int, text: str, photo: UploadedFile | None, by: User, now: datetime) -> RectificationAnswer:
    """It is put right, says who had to: in words, with a photo. The clock stops; quality supervision looks a second time."""
    row = _locked(rectification_id)
    if rectifier_of(row) != by.pk:
        raise NotAllowed(_("Only who has to put it right answers."))
    if row.state != RectifyState.OPEN:
        raise CannotRectify(_("It was answered before."))
    if not text.strip():
        raise CannotRectify(_("Say what was done."))
    answer = RectificationAnswer.objects.create(rectification=row, text=text.strip(), answered_by=by, answered_at=now, was_on_time=now < _due(row))
    if photo is not None:
        keep_photo(subject=row.check_row.subject, file=photo, answer=answer, by=by, now=now)
    row.state, row.holder = RectifyState.ANSWERED, by
    row.save(update_fields=["state", "holder"])
    record(
        "letter.rectified", subject=row.check_row.subject, by=by, at=now, changes={"rectification": (RectifyState.OPEN, row.state)}, reason=text.strip()[:200]
    )
    meet_duty(kind=Kind.LETTER_RECTIFY, subject=row, by=by, now=now)
    _ask_for_a_second_look(row, by, now)
    return answer


def _due(row: Rectification) -> datetime:
    return Duty.objects.unmet().about(row).filter(kind=Kind.LETTER_RECTIFY).values_list("due_at", flat=True).first() or row.due_at


def _ask_for_a_second_look(row: Rectification, answered_by: User, now: datetime) -> bool:
    """Whether somebody without a part in it could be asked. Otherwise the GM office is told, and the sweep tries again."""
    involved = involved_in_check(row.check_row) | {answered_by.pk}
    first = row.check_row.checked_by
    present = people_on_duty(Role.QUALITY, now=now).filter(pk=first.pk).exists() and first.pk not in involved
    holder = first if present else checker_for(involved, now)
    path = rectification_path(row)
    if holder is None:
        message = gettext_noop("Nobody can take a second look at %(what)s: name somebody for quality supervision.")
        notify(people_with_role(Role.GM_OFFICE), message, now=now, path=path, is_urgent=True, what=row.check_row.subject)
        return False
    open_duty(kind=Kind.LETTER_QUALITY, subject=row, holder=holder, start=now, by=None, path=path)
    message = gettext_noop("Put right, says %(person)s; look again: %(what)s.")
    notify([holder], message, now=now, path=path, person=answered_by, what=row.check_row.subject)
    return True


@transaction.atomic
def catch_up_second_looks(*, now: datetime) -> int:
    """Answers that nobody could look at find somebody now. Safe to call at any time. Returns how many."""
    looked_at = Duty.objects.unmet().filter(kind=Kind.LETTER_QUALITY, subject_type=Rectification._meta.label_lower).values("subject_id")
    waiting = Rectification.objects.select_for_update(of=("self",), skip_locked=True).filter(state=RectifyState.ANSWERED).exclude(pk__in=looked_at)
    rows = waiting.select_related("check_row__checked_by", "check_row__letter__print_run", "check_row__dispatch_day").order_by("pk")[:CATCH_UP]
    return sum(_look_found(row, now) for row in rows)


def _look_found(row: Rectification, now: datetime) -> bool:
    answer = row.answers.select_related("answered_by").get(is_accepted=None)
    if checker_for(involved_in_check(row.check_row) | {answer.answered_by_id}, now) is None:
        return False  # the GM office was told when it was answered
    return _ask_for_a_second_look(row, answer.answered_by, now)


@transaction.atomic
def judge_rectification(*, rectification_id: int, accept: bool, verdict: str, by: User, now: datetime) -> Rectification:
    """The second look: accepted, or again with a new deadline and what is still missing. Never by who answered or had a part in the letter."""
    need_permission(by, "check_quality")
    row = _locked(rectification_id)
    answer = row.answers.filter(is_accepted=None).first()
    if row.state != RectifyState.ANSWERED or answer is None:
        raise CannotRectify(_("There is no answer to look at."))
    if by.pk in involved_in_check(row.check_row) | {answer.answered_by_id}:
        raise NotAllowed(_("Who answered or had a part in it does not accept it."))
    if not accept and not verdict.strip():
        raise CannotRectify(_("Say what is still missing."))
    answer.is_accepted, answer.verdict, answer.judged_by, answer.judged_at = accept, verdict.strip()[:300], by, now
    answer.save(update_fields=["is_accepted", "verdict", "judged_by", "judged_at"])
    meet_duty(kind=Kind.LETTER_QUALITY, subject=row, by=by, now=now)
    _settle(row, accept, now)
    changes = {"rectification": (RectifyState.ANSWERED, row.state)}
    record("letter.rectification_judged", subject=row.check_row.subject, by=by, at=now, changes=changes, reason=answer.verdict)
    if not accept:
        _open(row, by, now)
    message = gettext_noop("Accepted as put right: %(what)s.") if accept else gettext_noop("Not put right yet: %(what)s. %(verdict)s")
    notify([row.holder], message, now=now, path=rectification_path(row), is_urgent=not accept, what=row.check_row.subject, verdict=answer.verdict)
    return row


def _settle(row: Rectification, accept: bool, now: datetime) -> None:
    row.state = RectifyState.ACCEPTED if accept else RectifyState.OPEN
    if accept:
        row.settled_at, row.was_on_time = now, not row.answers.filter(was_on_time=False).exists()
    row.save(update_fields=["state", "settled_at", "was_on_time"])
