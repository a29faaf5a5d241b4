from celery import shared_task
from django.utils import timezone

from letters.services import catch_up, work_on_next_run


@shared_task
def print_waiting_runs() -> None:
    """Every waiting print run, the oldest first; a run whose worker died is taken up again."""
    while work_on_next_run(clock=timezone.now):
        pass


@shared_task
def catch_up_quality() -> None:
    """Dispatched letters and days that nobody has to check yet find somebody."""
    catch_up(now=timezone.now())
