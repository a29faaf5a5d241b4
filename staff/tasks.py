from celery import shared_task
from django.utils import timezone

from staff.listing import made_again
from staff.services import mail_next_notice
from staff.services_exports import claim_export, drop_old_exports, finish_export


@shared_task
def mail_notices() -> None:
    while mail_next_notice(now=timezone.now()):
        pass


@shared_task
def make_exports() -> None:
    """The long exports that wait. One that breaks the worker is tried again an hour later, then given up."""
    drop_old_exports(now=timezone.now())
    while export := claim_export(now=timezone.now()):
        content, rows = made_again(export)
        finish_export(export=export, content=content, rows=rows, now=timezone.now())
