"""Who asks, and the moments that the desk's prepared queries are judged by."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BigAutoField, DateField, DateTimeField
from django.utils import timezone

from calls.selectors import start_of_day
from collection.lib.prepared import Given
from staff.models import User

# A call that came in is open until it is recorded, or forgotten.
FORGOTTEN_AFTER = timedelta(minutes=30)

PERSON = Given("person", BigAutoField())
NOW, DAY_BEGAN = Given("now", DateTimeField()), Given("day_began", DateTimeField())
TODAY = Given("today", DateField())
LATELY, LONG_AGO = Given("lately", DateTimeField()), Given("long_ago", DateTimeField())


def asked_by(user: User, *, now: datetime) -> dict[str, Any]:
    """What the above stand for."""
    return {
        "person": user.pk,
        "now": now,
        "today": timezone.localdate(now),
        "day_began": start_of_day(now),
        "lately": now - FORGOTTEN_AFTER,
        "long_ago": now - timedelta(days=settings.UNTOUCHED_DAYS),
    }
