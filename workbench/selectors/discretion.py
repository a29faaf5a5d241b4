"""What of the debt its holder may see now (CR-17, E12): the amounts wait until it is known who is on the line.

Between calls they are shown once identity was confirmed today, by this person on this case, and while the case is filtered: A3.2 has every
amount interpreted before anybody is called. In a call only that call's own confirmation counts, so that an amount seen in the morning isn't
on the screen while a third party is spoken to. Who doesn't hold the case calls nobody for it, and sees what their role sees.

The desk's API and the pages of cases ask here. Lists (the queue, cases, search, the first page) are for planning: they name a collector's
cases by the band of what is owed, filter and sort by it, and never say the amount itself, but for a line of the queue whose identity is
confirmed. Leads, the data specialists, the admin office and the GM office see amounts. While a third party is on the line not even the
bank's name is shown (CR-12).
"""

from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from audit.models import AuditEvent
from calls.models import Dial
from calls.talk import IDENTIFIED
from cases.choices import LegalClass, Relation
from cases.models import Case
from collection.lib.prepared import Prepared
from compliance.choices import Direction
from compliance.models import Verdict
from staff.choices import Role
from staff.models import User
from workbench.selectors.asking import DAY_BEGAN, LATELY, PERSON, asked_by

TO_THIRD_PARTY = Q(contact__legal_class=LegalClass.UNRELATED) & ~Q(contact__relation=Relation.SELF)


def with_discretion(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Each case with whether a call of who asks is open on it today, whether identity was confirmed in that call, and whether it was today.

    To be prepared, and asked with `asked_by`.
    """
    of_case = Verdict.objects.filter(case=OuterRef("pk"), asked_by=PERSON, at__gte=DAY_BEGAN)
    # The trail is asked, not the browser.
    told = AuditEvent.objects.filter(
        subject_type=Verdict._meta.label_lower, subject_id=Cast(OuterRef("pk"), CharField()), action=IDENTIFIED, actor_id=PERSON
    )  # fmt: skip
    is_open = _is_open()
    return cases.annotate(
        call_is_open=Exists(of_case.filter(is_open)),
        call_is_confirmed=Exists(of_case.filter(is_open, Exists(told))),
        confirmed_today=Exists(of_case.filter(Exists(told))),
        third_party_is_on=Exists(of_case.filter(is_open, TO_THIRD_PARTY)),
    )


def _is_open() -> Q:
    """The condition on a verdict that its call is going on. Nobody dials for who rings us: such a call is open until it is recorded, or forgotten."""
    dials = Dial.objects.filter(verdict=OuterRef("pk"))
    placed = Q(Exists(dials.filter(placed_at__isnull=False, recorded_at=None, cancelled_at=None)), direction=Direction.OUT)
    return placed | Q(~Exists(dials.filter(cancelled_at__isnull=False)), direction=Direction.IN, record=None, at__gt=LATELY)


def calls_to_third_parties() -> QuerySet[Verdict]:
    """The calls of who asks that go on with a third party, on whichever case. To be prepared, and asked with `asked_by`."""
    return Verdict.objects.filter(_is_open(), TO_THIRD_PARTY, asked_by=PERSON, at__gte=DAY_BEGAN)


WITH_THIRD_PARTY = Prepared(lambda: calls_to_third_parties().values_list("pk")[:1])


def third_party_is_on(user: User, *, now: datetime) -> bool:
    """Whether a call of this person to a third party is going on, on whichever case: until it is over no list names a bank (CR-12). One query
    for a collector, none for others."""
    if not user.has_role(Role.COLLECTOR):
        return False
    return bool(WITH_THIRD_PARTY.rows(**asked_by(user, now=now)))


def hides_debt(case: Case, *, is_mine: bool, is_in_review: bool) -> bool:
    """Whether the amounts are withheld. `case` comes from `with_discretion`."""
    if not is_mine:
        return False
    if case.call_is_open:
        return not case.call_is_confirmed
    return not (case.confirmed_today or is_in_review)
