from celery import shared_task
from django.utils import timezone

from calls.services.events import forget_unanswered, miss_recordings
from calls.services.placing import chase_unrecorded
from calls.services.promises import break_overdue_promises


@shared_task
def break_promises() -> None:
    """Promises whose day is over are broken, once each."""
    break_overdue_promises(now=timezone.now())


@shared_task
def chase_unrecorded_calls() -> None:
    """Who placed a call and did not record it is told; a day later the lead and quality are."""
    chase_unrecorded(now=timezone.now())


@shared_task
def notice_missing_recordings() -> None:
    """Answered calls without a recording a day later are issues (CR-21)."""
    miss_recordings(now=timezone.now())


@shared_task
def forget_unanswered_calls() -> None:
    """What the telephone system told of calls that nobody answered is no longer kept."""
    forget_unanswered(now=timezone.now())
