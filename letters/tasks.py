from celery import shared_task
from django.utils import timezone

from letters.services import work_on_next_run


@shared_task
def print_waiting_runs() -> None:
    """Every waiting print run, the oldest first; a run whose worker died is taken up again."""
    while work_on_next_run(clock=timezone.now):
        pass
