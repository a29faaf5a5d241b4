from celery import shared_task
from django.utils import timezone

from staff.services import mail_next_notice


@shared_task
def mail_notices() -> None:
    while mail_next_notice(now=timezone.now()):
        pass
