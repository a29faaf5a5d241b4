"""Whom a quality check may be handed to."""

from django.utils.translation import gettext as _

from duties.models import Duty
from letters.models import DispatchDay, Letter, Rectification
from letters.selectors_quality import dispatchers_of, involved_in, involved_in_check
from staff.models import User


def cannot_check(duty: Duty, person: User) -> str:
    """Why this person can't take over a quality check, in words; "" when they can (annex 4: never who had a part in it)."""
    if not person.has_perm("letters.check_quality"):
        return _("%(person)s does not check letters.") % {"person": person}
    if person.pk in _involved(duty):
        return _("%(person)s had a part in it; somebody else checks it.") % {"person": person}
    return ""


def _involved(duty: Duty) -> set[int]:
    if duty.subject_type == Letter._meta.label_lower:
        letter = Letter.objects.select_related("print_run").filter(pk=duty.subject_id).first()
        return involved_in(letter) if letter else set()
    if duty.subject_type == Rectification._meta.label_lower:
        row = Rectification.objects.select_related("check_row__letter__print_run", "check_row__dispatch_day").filter(pk=duty.subject_id).first()
        return involved_in_check(row.check_row) | {row.holder_id} if row else set()
    day = DispatchDay.objects.filter(pk=duty.subject_id).first()
    return dispatchers_of(day) if day else set()
