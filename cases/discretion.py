"""Whom lists show bands instead of amounts (CR-17). What may be told of one case while a call goes on is for the desk to say."""

from django.db.models import Case as Choice
from django.db.models import IntegerField, Value, When

from cases.rules.amounts import BAND_FROM
from staff.choices import Role
from staff.models import User

HIDDEN = "¥ ***"


def withholds_amounts(user: User) -> bool:
    """Whether this person is shown bands instead of amounts: a collector, who isn't also a lead or of the GM office."""
    return user.has_role(Role.COLLECTOR) and not (user.has_role(Role.TEAM_LEAD) or user.has_role(Role.GM_OFFICE))


def band_rank() -> Choice:
    """The number of the band of a row's `balance`, 1 the lowest (`band_of` in SQL)."""
    bands = [When(balance__gte=least, then=Value(int(band))) for band, least in reversed(BAND_FROM.items())]
    return Choice(*bands, default=Value(1), output_field=IntegerField())
