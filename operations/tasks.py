import sqlite3

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from operations.services import forget_answers, note_heartbeat


@shared_task
def beat() -> None:
    """Sent by the scheduler and run by the urgent worker: when its row is fresh, both are alive."""
    note_heartbeat("urgent", now=timezone.now())


@shared_task
def beat_bulk() -> None:
    """The same for the worker of long jobs."""
    note_heartbeat("bulk", now=timezone.now())


@shared_task
def sweep_broker() -> None:
    """The embedded broker keeps delivered messages for ever; drop them. With Redis there is nothing to do."""
    if settings.REDIS_URL:
        return
    with sqlite3.connect(settings.VAR_DIR / "broker.sqlite3", timeout=30) as broker:
        broker.execute("DELETE FROM kombu_message WHERE visible = 0")


@shared_task
def forget_old_answers() -> None:
    """Answers kept for requests that are sent twice (F14), past their two days."""
    forget_answers(now=timezone.now())
