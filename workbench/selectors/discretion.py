"""What of the debt its holder may see now (CR-17, E12): the amounts wait until it is known who is on the line.

Between calls they are shown once identity was confirmed today, by this person on this case, and while the case is filtered: A3.2 has every
amount interpreted before anybody is called. In a call only that call's own confirmation counts, so that an amount seen in the morning isn't
on the screen while a third party is spoken to. Who doesn't hold the case calls nobody for it, and sees what their role sees.
"""

from datetime import datetime, timedelta

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from audit.models import AuditEvent
from calls.models import Dial
from calls.selectors import start_of_day
from cases.models import Case
from compliance.choices import Direction
from compliance.models import Verdict
from staff.models import User

FORGOTTEN_AFTER = timedelta(minutes=30)
CONFIRMED = "call.identity_verified"


def with_discretion(cases: QuerySet[Case], user: User, *, now: datetime) -> QuerySet[Case]:
    """Each case with whether a call of this person is open on it today, whether identity was confirmed in that call, and whether it was today."""
    of_case = Verdict.objects.filter(case=OuterRef("pk"), asked_by=user, at__gte=start_of_day(now))
    # The trail is asked, not the browser.
    told = AuditEvent.objects.filter(
        subject_type=Verdict._meta.label_lower, subject_id=Cast(OuterRef("pk"), CharField()), action=CONFIRMED, actor_id=user.pk
    )  # fmt: skip
    placed = Exists(Dial.objects.filter(verdict=OuterRef("pk"), placed_at__isnull=False, recorded_at=None, cancelled_at=None))
    # Nobody dials for who rings us: such a call is open until it is recorded, or forgotten.
    is_open = Q(placed) | Q(direction=Direction.IN, record=None, at__gt=now - FORGOTTEN_AFTER)
    return cases.annotate(
        call_is_open=Exists(of_case.filter(is_open)),
        call_is_confirmed=Exists(of_case.filter(is_open, Exists(told))),
        confirmed_today=Exists(of_case.filter(Exists(told))),
    )


def hides_debt(case: Case, *, is_mine: bool, is_in_review: bool) -> bool:
    """Whether the amounts are withheld. `case` comes from `with_discretion`."""
    if not is_mine:
        return False
    if case.call_is_open:
        return not case.call_is_confirmed
    return not (case.confirmed_today or is_in_review)
