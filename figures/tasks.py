from celery import shared_task
from django.utils import timezone

from figures.services.digest import plan_digests, send_waiting
from figures.services.summary import sum_up_past_days
from figures.services.tallies import count_anew, fold


@shared_task
def sum_up_calls() -> None:
    """Calls of past days are counted once; dashboards read the sums."""
    sum_up_past_days(now=timezone.now())


@shared_task
def count_tallies() -> None:
    """Tallies of cases and payments say what the rows do, whatever they said before."""
    count_anew()


@shared_task
def fold_tallies() -> None:
    """Many small additions to the tallies become few rows."""
    fold()


@shared_task
def send_digests() -> None:
    """Today's digests are planned once their time has come, and those that wait are sent."""
    plan_digests(now=timezone.now())
    for _send in send_waiting(now=timezone.now()):
        pass
