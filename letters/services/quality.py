"""Annex 4《信件发送质量监督表》: the form is filled for a dispatched letter or for a day's dispatch, and amended by who filled it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from collection.lib.seen import check_as_seen, fingerprint
from duties.choices import Kind
from duties.models import Duty
from duties.services import meet_duty
from letters.choices import SENT, FormSubject, Grade, LetterState, RectifyBy, Severity
from letters.models import DispatchDay, Letter, QualityCheck, QualityDefect, QualityDraft, Rectification
from letters.models.quality import item_name
from letters.rules import Mark, cost_of, grade_of, severity_of
from letters.selectors_quality import current_form, dispatchers_of, involved_in
from letters.services.flow import NotAllowed, lock_letter, need_permission, need_state
from letters.services.holds import hold_for
from letters.services.rectifying import ask_to_rectify, check_path, withdraw_rectification
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify

# How long who filled a form may still put their own words right.
AMEND_WITHIN = timedelta(hours=24)


class BadForm(Refused):
    """The quality form is incomplete, or was filled before."""

    rule = "A1.4"


@dataclass(frozen=True)
class Found:
    """One item that is not in order."""

    severity: str
    note: str = ""


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in: each item ok or not, what was found, what is to be put right and by whom."""

    answers: dict[str, bool]
    defects: dict[str, Found] = field(default_factory=dict)
    remark: str = ""
    task: str = ""
    to: str = RectifyBy.DISPATCHER


@transaction.atomic
def fill_quality_form(*, letter_id: int, filled: Filled, by: User, now: datetime) -> QualityCheck:
    """The letter has its quality form, with points and a grade from the form's rule; the quality duty is met (A1.4, annex 4).

    A serious defect stops the print run that the letter came from, and the letters of its template version.
    """
    need_permission(by, "check_quality")
    letter = lock_letter(letter_id)
    need_state(letter, *SENT)
    if by.pk in involved_in(letter):
        raise NotAllowed(_("Who asked for, approved, printed or sent a letter does not check it."))
    check = QualityCheck(letter=letter, form=current_form(now), checked_by=by, checked_at=now)
    return _fill(check, filled, by, now)


@transaction.atomic
def fill_day_form(*, day_id: int, filled: Filled, by: User, now: datetime) -> QualityCheck:
    """A whole day's dispatch has its form, with the counts of the moment (annex 4)."""
    need_permission(by, "check_quality")
    day = DispatchDay.objects.select_for_update().get(pk=day_id)
    if by.pk in dispatchers_of(day):
        raise NotAllowed(_("Who dispatched letters of this day does not check it."))
    check = QualityCheck(dispatch_day=day, form=current_form(now, FormSubject.DAY), checked_by=by, checked_at=now, facts=day_facts(day))
    return _fill(check, filled, by, now)


def day_facts(day: DispatchDay) -> dict[str, Any]:
    """The day's counts: dispatched, by carrier and by person, in how many print runs, late ones, and what stayed behind printed."""
    sent = Letter.objects.filter(draw__dispatch_day=day)
    start = timezone.make_aware(datetime.combine(day.day, datetime.min.time()))
    end = start + timedelta(days=1)
    late = Duty.objects.filter(kind=Kind.LETTER_DISPATCH, subject_type=Letter._meta.label_lower, subject_id__in=sent.values("pk"), missed_at__isnull=False)
    return {
        "sent": sent.count(),
        "runs": sent.exclude(print_run=None).values("print_run").distinct().count(),
        "printed": Letter.objects.filter(rendered_at__gte=start, rendered_at__lt=end).count(),
        "left": Letter.objects.filter(rendered_at__lt=end, state=LetterState.RENDERED).count(),
        "late": late.count(),
        "drawn": day.draws.filter(is_drawn=True).count(),
        "carriers": {row["carrier"]: row["count"] for row in sent.values("carrier").annotate(count=Count("pk")).order_by("carrier")},
        "people": {row["dispatched_by__name"]: row["count"] for row in sent.values("dispatched_by__name").annotate(count=Count("pk")).order_by("-count")},
    }


def _fill(check: QualityCheck, filled: Filled, by: User, now: datetime) -> QualityCheck:
    mark = _write(check, filled)
    try:
        with transaction.atomic():
            check.save(force_insert=True)
    except IntegrityError as error:
        raise BadForm(_("This form was filled before.")) from error
    _keep_defects(check, filled)
    changes = {"grade": (None, mark.grade), "points": (None, mark.points)}
    record("letter.checked", subject=check.subject, by=by, at=now, changes=changes, reason=_words(check)[:200])
    meet_duty(kind=Kind.LETTER_QUALITY, subject=check.subject, by=by, now=now)
    _drafts(check.subject).filter(person=by).delete()
    _consequences(check, filled, by, now, is_news=True)
    return check


@transaction.atomic
def amend_quality_form(*, check_id: int, filled: Filled, reason: str, seen: str | None, by: User, now: datetime) -> QualityCheck:
    """Who filled a form puts it right within a day, with a reason; before and after stay in the trail. Not once its rectification was answered."""
    need_permission(by, "check_quality")
    rows = QualityCheck.objects.select_for_update(of=("self",)).select_related("form", "letter__template", "letter__print_run", "dispatch_day")
    check = rows.get(pk=check_id)
    # Nobody answers a rectification while what it asks for is rewritten.
    Rectification.objects.select_for_update().filter(check_row=check).first()
    objection = cannot_amend(check, by, now)
    if objection:
        raise BadForm(objection)
    if not reason.strip():
        raise BadForm(_("Say why the form is amended."))
    check_as_seen(seen, seen_of(check))
    before, known = _shown(check), _serious(check)
    was_serious = check.grade == Grade.SERIOUS
    _write(check, filled)
    check.amended_at = now
    check.save()
    check.defects.all().delete()
    _keep_defects(check, filled)
    after = _shown(check) | (
        {"task": filled.task.strip(), "rectify_by": str(RectifyBy(filled.to).label)} if filled.task.strip() else {"task": "", "rectify_by": ""}
    )
    changes = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    record("letter.check_amended", subject=check.subject, by=by, at=now, changes=changes, reason=reason.strip()[:200])
    _consequences(check, filled, by, now, is_news=not was_serious or not _serious(check) <= known)
    return check


def cannot_amend(check: QualityCheck, by: User, now: datetime) -> str:
    """Why this person can't amend the form now, in words; "" when they may."""
    rectification = getattr(check, "rectification", None)
    if check.checked_by_id != by.pk:
        return _("Only who filled the form amends it.")
    if now - check.checked_at > AMEND_WITHIN:
        return _("A form is amended within 24 hours.")
    if rectification and rectification.answers.exists():
        return _("What it asked to put right was answered already: say it in the second look.")
    return ""


def seen_of(check: QualityCheck) -> str:
    """Of what the form says, whatever language it is read in."""
    rectification = getattr(check, "rectification", None)
    asked = (rectification.task, str(rectification.to)) if rectification else ()
    defects = sorted(check.defects.values_list("item", "severity", "note"))
    return fingerprint({"points": check.points, "grade": str(check.grade), "defects": defects, "remark": check.remark, "asked": asked})


def _shown(check: QualityCheck) -> dict[str, Any]:
    """What a filled form says, in words for the trail."""
    rectification = getattr(check, "rectification", None)
    defects = [f"{item_name(check.form.item(row.item))}（{row.get_severity_display()}）：{row.note}" for row in check.defects.order_by("item")]
    return {
        "points": check.points,
        "grade": str(check.get_grade_display()),
        "defects": "；".join(defects),
        "remark": check.remark,
        "task": rectification.task if rectification else "",
        "rectify_by": str(rectification.get_to_display()) if rectification else "",
    }


def _serious(check: QualityCheck) -> set[str]:
    return set(check.defects.filter(severity=Severity.SERIOUS).values_list("item", flat=True))


def _write(check: QualityCheck, filled: Filled) -> Mark:
    """The answers and the mark onto the row; refused when something is missing or made up."""
    codes = {item["code"] for item in check.form.items}
    if set(filled.answers) != codes or not all(isinstance(answer, bool) for answer in filled.answers.values()):
        raise BadForm(_("Answer every item of the form."))
    wrong = {code for code, is_ok in filled.answers.items() if not is_ok}
    if set(filled.defects) != wrong or any(found.severity not in Severity.values for found in filled.defects.values()):
        raise BadForm(_("Say of every defect how bad it is."))
    unsaid = [code for code, found in filled.defects.items() if not found.note.strip()]
    if unsaid:
        raise BadForm(_("Say what is wrong: %(items)s.") % {"items": "、".join(item_name(check.form.item(code)) for code in unsaid)})
    mark = grade_of(check.form.items, {code: found.severity for code, found in filled.defects.items()}, serious_below=check.form.serious_below)
    if mark.grade == Grade.SERIOUS and not filled.task.strip():
        raise BadForm(_("A serious defect must be put right: say what is to be done."))
    if filled.task.strip() and filled.to not in RectifyBy.values:
        raise BadForm(_("Say who puts it right."))
    check.answers, check.points, check.grade, check.remark = filled.answers, mark.points, mark.grade, filled.remark.strip()
    return mark


def _keep_defects(check: QualityCheck, filled: Filled) -> None:
    rows = []
    for code, found in filled.defects.items():
        item = check.form.item(code)
        severity = severity_of(item, found.severity)
        rows.append(QualityDefect(check_row=check, item=code, severity=severity, note=found.note.strip()[:200], points=cost_of(item, severity)))
    QualityDefect.objects.bulk_create(rows)


def _words(check: QualityCheck) -> str:
    return "；".join(f"{item_name(check.form.item(row.item))}：{row.note}" for row in check.defects.order_by("pk"))


def _consequences(check: QualityCheck, filled: Filled, by: User, now: datetime, *, is_news: bool) -> None:
    """What is to be put right, what stands still, and who is told. Amended to fewer defects: a hold stays until somebody releases it.

    `is_news`: the form says something serious that it did not say before.
    """
    words = _words(check)
    if filled.task.strip():
        ask_to_rectify(check, task=filled.task.strip(), to=filled.to, by=by, now=now)
    else:
        withdraw_rectification(check, by=by, now=now)
    if check.grade == Grade.SERIOUS:
        hold_for(check, reason=words, is_news=is_news, by=by, now=now)
    _tell_of_defects(check, words, now)


def _tell_of_defects(check: QualityCheck, words: str, now: datetime) -> None:
    if check.grade == Grade.PASS:
        return
    people: list[User | None] = []
    if check.letter:
        team = check.letter.case.home_team
        people = [team.lead if team else None, check.letter.dispatched_by]
    is_urgent = check.grade == Grade.SERIOUS
    if is_urgent:
        people += list(people_with_role(Role.GM_OFFICE))
    message = gettext_noop("%(what)s has defects (%(points)s points): %(defects)s")
    notify(people, message, now=now, path=check_path(check), is_urgent=is_urgent, what=check.subject, points=check.points, defects=words[:120])


def _drafts(subject: Letter | DispatchDay) -> Any:
    return QualityDraft.objects.filter(**{"letter" if isinstance(subject, Letter) else "dispatch_day": subject})


def keep_draft(*, subject: Letter | DispatchDay, values: dict[str, str], by: User, now: datetime) -> QualityDraft:
    """What was typed so far is there again on any computer, for who typed it. No business data yet, so nothing on the trail."""
    need_permission(by, "check_quality")
    kind = "letter" if isinstance(subject, Letter) else "dispatch_day"
    # PostgreSQL keeps no NUL in a text.
    short = {name.replace("\0", ""): value.replace("\0", "")[:2000] for name, value in values.items() if name != "csrfmiddlewaretoken"}
    draft, _is_new = QualityDraft.objects.update_or_create(**{kind: subject}, person=by, defaults={"values": short, "saved_at": now})
    return draft


def draft_of(subject: Letter | DispatchDay, by: User) -> QualityDraft | None:
    return _drafts(subject).filter(person=by).first()
