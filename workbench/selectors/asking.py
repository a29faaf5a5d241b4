"""Who asks, and the moments that the desk's prepared queries are judged by."""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BigAutoField, BooleanField, CharField, DateField, DateTimeField, IntegerField
from django.utils import timezone

from calls.selectors.line import FORGOTTEN_AFTER
from calls.selectors.past import RESERVED_FOR, start_of_day
from collection.lib.prepared import Given
from compliance.rules.hours import SATURDAY
from staff.models import User

PERSON = Given("person", BigAutoField())
NOW, DAY_BEGAN = Given("now", DateTimeField()), Given("day_began", DateTimeField())
TODAY = Given("today", DateField())
# The agency's clock: 09:30:00, whether it is Saturday or Sunday, and how many days the month still has after this one.
CLOCK, IS_WEEKEND, DAYS_LEFT = Given("clock", CharField()), Given("is_weekend", BooleanField()), Given("days_left", IntegerField())
RESERVED_SINCE = Given("reserved_since", DateTimeField())
LATELY, LONG_AGO = Given("lately", DateTimeField()), Given("long_ago", DateTimeField())


def asked_by(user: User, *, now: datetime) -> dict[str, Any]:
    """What the above stand for."""
    here = timezone.localtime(now)
    return {
        "person": user.pk,
        "now": now,
        "today": here.date(),
        "clock": f"{here:%H:%M:%S}",
        "is_weekend": here.weekday() >= SATURDAY,
        "days_left": monthrange(here.year, here.month)[1] - here.day,
        "reserved_since": now - RESERVED_FOR,
        "day_began": start_of_day(now),
        "lately": now - FORGOTTEN_AFTER,
        "long_ago": now - timedelta(days=settings.UNTOUCHED_DAYS),
    }
