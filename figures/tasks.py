from celery import shared_task
from django.utils import timezone

from figures.services.digest import plan_digests, send_waiting
from figures.services.summary import sum_up_past_days


@shared_task
def sum_up_calls() -> None:
    """Calls of past days are counted once; dashboards read the sums."""
    sum_up_past_days(now=timezone.now())


@shared_task
def send_digests() -> None:
    """Today's digests are planned once their time has come, and those that wait are sent."""
    plan_digests(now=timezone.now())
    for _send in send_waiting(now=timezone.now()):
        pass
