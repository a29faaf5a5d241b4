"""What a case's end means here: no letter about it goes out any more."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.models import Case
from duties.choices import Kind
from duties.services import cancel_duty
from letters.choices import ON_THE_WAY, LetterState
from letters.models import Letter
from letters.services.flow import path_of, record_step
from staff.models import User
from staff.services import notify


def cancel_unsent(cases: Sequence[Case], by: User, now: datetime) -> None:
    """Letters that no carrier has yet are cancelled, being printed or not, with the duty to dispatch them; who asked for them is told once."""
    waiting = Letter.objects.select_for_update(of=("self",)).filter(case__in=cases, state__in=ON_THE_WAY)
    told: dict[User, list[Letter]] = defaultdict(list)
    reason = _("The case has ended.")
    for letter in waiting.select_related("case", "template", "requested_by").order_by("pk"):
        before, letter.state = letter.state, LetterState.CANCELLED
        letter.save(update_fields=["state"])
        record_step("letter.cancelled", letter, before, by=by, now=now, reason=reason)
        cancel_duty(kind=Kind.LETTER_DISPATCH, subject=letter, by=by, now=now, reason=reason)
        told[letter.requested_by].append(letter)
    for person, letters in told.items():
        message = gettext_noop("%(count)s letters that you asked for are cancelled, because their cases have ended: %(letters)s.")
        shown = "、".join(str(letter) for letter in letters[:5]) + ("…" if len(letters) > 5 else "")
        notify([person], message, now=now, path=path_of(letters[0]), count=len(letters), letters=shown)
