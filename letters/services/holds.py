"""A serious defect stops the print run that it came from, and the letters of the same template version, until somebody releases them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from letters.models import Letter, LetterHold, LetterTemplate, QualityCheck
from letters.selectors_quality import holds_on, may_release
from letters.services.flow import NotAllowed
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify


class Held(Refused):
    """A serious defect was found; until the hold is released these letters stay where they are."""

    rule = "A1.4"


def hold_path() -> str:
    return reverse("letters:hold-list")


def need_free(letters: Sequence[Letter]) -> None:
    """Refuse to print or dispatch what is held. Two queries, whatever the number of letters. The one door of every step towards the carrier."""
    _lock_templates({letter.template_id for letter in letters})
    hold = holds_on(letters).first()
    if hold is not None:
        raise Held(
            _("%(what)s is held by quality supervision: %(reason)s. The lead of quality supervision or the GM office releases it.")
            % {"what": hold, "reason": hold.reason}
        )


def _lock_templates(ids: set[int]) -> None:
    """Until the transaction ends: who holds and who sends letters of these templates wait for each other, so that none slips out between.

    Templates and not runs, which the printing worker locks before their letters; always in the order of their ids, after letters.
    """
    list(LetterTemplate.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def hold_for(check: QualityCheck, *, reason: str, is_news: bool, by: User, now: datetime) -> LetterHold | None:
    """The letter's print run and its template version stand still, once for each filled form. Who prints and who may release are told.

    What was released stays released when the form is amended, unless that brings something serious that was not known (`is_news`).
    """
    letter = check.letter
    if letter is None:
        return None
    earlier = LetterHold.objects.filter(check_row=check)
    if earlier.filter(released_at=None).exists() or (earlier.exists() and not is_news):
        return None
    in_the_run = Letter.objects.filter(print_run=letter.print_run_id).values_list("template_id", flat=True) if letter.print_run_id else ()
    _lock_templates({letter.template_id, *in_the_run})
    hold = LetterHold.objects.create(print_run=letter.print_run, template=letter.template, check_row=check, reason=reason[:300], placed_by=by, placed_at=now)
    record("letter_hold.placed", subject=hold, by=by, at=now, changes={"letter": (None, str(letter))}, reason=hold.reason)
    people = [*people_with_role(Role.ADMIN_OFFICE), *people_with_role(Role.GM_OFFICE)]
    notify(people, gettext_noop("Stopped until released: %(what)s. %(reason)s"), now=now, path=hold_path(), is_urgent=True, what=hold, reason=hold.reason)
    return hold


@transaction.atomic
def release_hold(*, hold_id: int, reason: str, by: User, now: datetime) -> LetterHold:
    """Printing and dispatching go on. The lead of quality supervision or the GM office decides, with a reason; never who started the run."""
    hold = LetterHold.objects.select_for_update(of=("self",)).select_related("print_run__started_by", "template").get(pk=hold_id)
    if not may_release(by) or (hold.print_run and hold.print_run.started_by_id == by.pk):
        raise NotAllowed(_("Only the lead of quality supervision or the GM office releases it, and never who started the print run."))
    if hold.released_at:
        raise Held(_("It was released before."))
    if not reason.strip():
        raise Held(_("Say why it may go on."))
    hold.released_by, hold.released_at, hold.release_reason = by, now, reason.strip()[:300]
    hold.save(update_fields=["released_by", "released_at", "release_reason"])
    record("letter_hold.released", subject=hold, by=by, at=now, changes={"released": (None, now)}, reason=hold.release_reason)
    message = gettext_noop("Released; it may go on: %(what)s. %(reason)s")
    notify([*people_with_role(Role.ADMIN_OFFICE), hold.placed_by], message, now=now, path=hold_path(), what=hold, reason=hold.release_reason)
    return hold
