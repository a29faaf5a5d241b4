"""Whom lists show bands instead of amounts (CR-17), and who is told neither debt nor bank at this moment (CR-12).

What may be told of one case while a call goes on is for the desk to say.
"""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Case as Choice
from django.db.models import IntegerField, Value, When

from cases.rules.amounts import BAND_FROM
from staff.choices import Role
from staff.models import User

HIDDEN = "¥ ***"
# Each says whether this person talks to a third party at that moment. Cases know nothing of calls: who keeps the calls joins when it starts.
TALKS_TO_THIRD_PARTY: list[Callable[[User, datetime], bool]] = []


def withholds_amounts(user: User) -> bool:
    """Whether this person is shown bands instead of amounts: a collector, who isn't also a lead or of the GM office."""
    return user.has_role(Role.COLLECTOR) and not (user.has_role(Role.TEAM_LEAD) or user.has_role(Role.GM_OFFICE))


def third_party_is_on(user: User, *, now: datetime) -> bool:
    """Whether a call of this person to a third party is going on, on whichever case: until it is over no list names a bank, and no letter
    is shown (CR-12). One query for a collector, none for others."""
    return user.has_role(Role.COLLECTOR) and any(talks(user, now) for talks in TALKS_TO_THIRD_PARTY)


def band_rank() -> Choice:
    """The number of the band of a row's `balance`, 1 the lowest (`band_of` in SQL)."""
    bands = [When(balance__gte=least, then=Value(int(band))) for band, least in reversed(BAND_FROM.items())]
    return Choice(*bands, default=Value(1), output_field=IntegerField())
