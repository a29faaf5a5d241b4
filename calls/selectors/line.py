"""Who talks to a third party at this moment: as long as they do, no page names the debt or the bank (CR-12)."""

from datetime import datetime, timedelta

from django.db.models import BigAutoField, DateTimeField, Exists, OuterRef, Q, QuerySet

from calls.models import Dial
from calls.selectors.past import start_of_day
from cases.choices import LegalClass, Relation
from collection.lib.prepared import Given, Prepared
from compliance.choices import Direction
from compliance.models import Verdict
from staff.models import User

# A call that came in is open until it is recorded, or forgotten.
FORGOTTEN_AFTER = timedelta(minutes=30)
TO_THIRD_PARTY = Q(contact__legal_class=LegalClass.UNRELATED) & ~Q(contact__relation=Relation.SELF)

PERSON = Given("person", BigAutoField())
DAY_BEGAN, LATELY = Given("day_began", DateTimeField()), Given("lately", DateTimeField())


def is_open() -> Q:
    """The condition on a verdict that its call is going on. Nobody dials for who rings us: such a call is open until it is recorded, or forgotten."""
    dials = Dial.objects.filter(verdict=OuterRef("pk"))
    placed = Q(Exists(dials.filter(placed_at__isnull=False, recorded_at=None, cancelled_at=None)), direction=Direction.OUT)
    return placed | Q(~Exists(dials.filter(cancelled_at__isnull=False)), direction=Direction.IN, record=None, at__gt=LATELY)


def calls_to_third_parties() -> QuerySet[Verdict]:
    """The calls of who asks that go on with a third party, on whichever case. To be prepared, and asked with `person`, `day_began` and `lately`."""
    return Verdict.objects.filter(is_open(), TO_THIRD_PARTY, asked_by=PERSON, at__gte=DAY_BEGAN)


WITH_THIRD_PARTY = Prepared(lambda: calls_to_third_parties().values_list("pk")[:1])


def talks_to_third_party(user: User, now: datetime) -> bool:
    return bool(WITH_THIRD_PARTY.rows(person=user.pk, day_began=start_of_day(now), lately=now - FORGOTTEN_AFTER))
