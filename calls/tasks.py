from celery import shared_task
from django.utils import timezone

from calls.services.promises import break_overdue_promises


@shared_task
def break_promises() -> None:
    """Promises whose day is over are broken, once each."""
    break_overdue_promises(now=timezone.now())
