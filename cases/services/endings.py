"""A case ends: settled, returned or recalled. What hangs on it ends with it; apps above say how, when they start: cases know nothing of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.choices import ENDED, CaseState
from cases.models import Case
from cases.services.casework import CannotMove, lock_case, move_cases
from cases.services.registry import withdraw_lookups
from collection.lib.errors import Refused
from staff.models import User

# Each takes the cases that have just ended, who ended them, and when; all within the same transaction.
ON_ENDED: list[Callable[[Sequence[Case], User, datetime], None]] = []


def end_cases(cases: Sequence[Case], to: str, *, reason: str | Mapping[int, str], by: User, now: datetime) -> None:
    """These locked cases have ended, for one reason or each for its own, and with them: who held them, filtering, promises, letters, look-ups.

    Raises CannotMove when one has ended before.
    """
    if not cases:
        return
    move_cases(cases, to, by=by, at=now, reason=reason)
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(ended_at=now, follow_up_at=None)
    for case in cases:
        case.ended_at, case.follow_up_at = now, None
    withdraw_lookups(cases=cases, reason=_("The case has ended."), by=by, now=now)
    for hook in ON_ENDED:
        hook(cases, by, now)


@transaction.atomic
def end_case(*, case_id: int, to: str, reason: str, by: User, now: datetime) -> Case:
    """One case is settled, returned or recalled."""
    case = lock_case(case_id)
    if to not in ENDED:
        raise Refused(_("A case ends settled, returned or recalled."))
    if not reason.strip():
        raise Refused(_("Say why the case ends."))
    if case.state in ENDED:
        raise CannotMove(_("Case %(case)s has ended already: “%(state)s”.") % {"case": case, "state": case.get_state_display()})
    end_cases([case], CaseState(to), reason=reason.strip(), by=by, now=now)
    return case
