from celery import shared_task
from django.utils import timezone

from duties.services import send_warnings


@shared_task
def warn_holders() -> None:
    """Half time and last tenth: each holder is warned once."""
    send_warnings(now=timezone.now())
