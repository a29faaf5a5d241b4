from celery import shared_task
from django.utils import timezone

from penalties import services


@shared_task
def enforce_duties() -> None:
    """What is over is missed and recorded; safe at any time, any number of times."""
    services.enforce_duties(now=timezone.now())
