from datetime import datetime, timedelta

from duties.choices import Kind
from duties.models import Duty
from duties.services import open_duty
from staff.models import User
from tests.factories import MONDAY_9AM, make_arrival

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TEN = MONDAY_9AM + HOUR  # when an intake that began at nine is due


def intake(holder: User | None = None, start: datetime = MONDAY_9AM) -> Duty:
    """One working hour to take in an arrival."""
    arrival = make_arrival()
    return open_duty(kind=Kind.INTAKE, subject=arrival, holder=holder or arrival.registered_by, start=start, by=None, path="/arrivals/1/")
