from celery import shared_task
from django.utils import timezone

from audit.context import origin
from letters.services import ask_after_silent, batches, catch_up, letter_rules, work_on_next_run


@shared_task
def print_waiting_runs() -> None:
    """Every waiting print run, the oldest first; a run whose worker died is taken up again."""
    while work_on_next_run(clock=timezone.now):
        pass


@shared_task
def catch_up_quality() -> None:
    """Dispatched letters and days that nobody has to check yet find somebody."""
    catch_up(now=timezone.now())


@shared_task
def work_on_batch(batch_id: int) -> None:
    """Ask for the letters of one batch; a batch that is done, or in somebody's hands, is no work."""
    with origin("letters"):
        batches.work_on_batch(batch_id=batch_id, clock=timezone.now)


@shared_task
def work_on_waiting_batches() -> None:
    """Batches whose worker died, or whose message was lost, go on."""
    with origin("letters"):
        while batches.work_on_next_batch(clock=timezone.now):
            pass


@shared_task
def run_letter_rules() -> None:
    """Daily rules ask for their letters, once a day each; the batches are worked on at once."""
    with origin("letter rules"):
        letter_rules.run_daily_rules(now=timezone.now())
    work_on_waiting_batches.delay()


@shared_task
def ask_after_silent_letters() -> None:
    """Letters of which no carrier has said anything are asked after, once each."""
    ask_after_silent(now=timezone.now())
