from celery import shared_task
from django.utils import timezone

from duties.services_settings import watch_calendar
from duties.services_warnings import send_warnings


@shared_task
def warn_holders() -> None:
    """Half time and last tenth: each holder is warned once."""
    send_warnings(now=timezone.now())


@shared_task
def remind_of_calendar() -> None:
    """45 days before the calendar ends, whoever keeps it is told, once a week."""
    watch_calendar(now=timezone.now())
