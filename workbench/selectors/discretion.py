"""What of the debt its holder may see now (CR-17, E12): the amounts wait until it is known who is on the line.

Between calls they are shown once identity was confirmed today, by this person on this case, and while the case is filtered: A3.2 has every
amount interpreted before anybody is called. In a call only that call's own confirmation counts, so that an amount seen in the morning isn't
on the screen while a third party is spoken to. Who doesn't hold the case calls nobody for it, and sees what their role sees.

The desk's API and the pages of cases ask here. Lists (the queue, cases, search, the first page) are for planning: they name a collector's
cases by the band of what is owed, filter and sort by it, and never say the amount itself, but for a line of the queue whose identity is
confirmed. Leads, the data specialists, the admin office and the GM office see amounts. While a third party is on the line not even the
bank's name is shown (CR-12): `cases.discretion.third_party_is_on` is asked for lists and for the pages of letters.
"""

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast

from audit.models import AuditEvent
from calls.selectors.line import TO_THIRD_PARTY, is_open
from calls.talk import IDENTIFIED
from cases.models import Case
from compliance.models import Verdict
from workbench.selectors.asking import DAY_BEGAN, PERSON


def with_discretion(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Each case with whether a call of who asks is open on it today, whether identity was confirmed in that call, and whether it was today.

    To be prepared, and asked with `asked_by`.
    """
    of_case = Verdict.objects.filter(case=OuterRef("pk"), asked_by=PERSON, at__gte=DAY_BEGAN)
    # The trail is asked, not the browser.
    told = AuditEvent.objects.filter(
        subject_type=Verdict._meta.label_lower, subject_id=Cast(OuterRef("pk"), CharField()), action=IDENTIFIED, actor_id=PERSON
    )  # fmt: skip
    going_on = is_open()
    return cases.annotate(
        call_is_open=Exists(of_case.filter(going_on)),
        call_is_confirmed=Exists(of_case.filter(going_on, Exists(told))),
        confirmed_today=Exists(of_case.filter(Exists(told))),
        third_party_is_on=Exists(of_case.filter(going_on, TO_THIRD_PARTY)),
    )


def hides_debt(case: Case, *, is_mine: bool, is_in_review: bool) -> bool:
    """Whether the amounts are withheld. `case` comes from `with_discretion`."""
    if not is_mine:
        return False
    if case.call_is_open:
        return not case.call_is_confirmed
    return not (case.confirmed_today or is_in_review)
