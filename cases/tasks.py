from celery import shared_task
from django.utils import timezone

from audit.context import origin
from cases.choices import ImportState
from cases.selectors import stale_runs
from cases.services import cleaning, imports, registry


@shared_task
def read_import(run_id: int) -> None:
    with origin("import"):
        for member_id in imports.read_import(run_id=run_id, clock=timezone.now):
            read_import.delay(member_id)


@shared_task
def check_import(run_id: int) -> None:
    with origin("import"):
        imports.check_import(run_id=run_id, clock=timezone.now)


@shared_task
def write_import(run_id: int) -> None:
    with origin("import"):
        imports.write_import(run_id=run_id, clock=timezone.now)


@shared_task
def undo_import(run_id: int) -> None:
    with origin("import"):
        imports.undo_import(run_id=run_id, clock=timezone.now)


# What has to be done with an import in each state that is a job.
JOBS = {ImportState.UPLOADED: read_import, ImportState.MAPPED: check_import, ImportState.COMMITTING: write_import, ImportState.UNDOING: undo_import}


@shared_task
def clean_up() -> None:
    """Left-out rows of a month ago, and files that belong to nothing, are gone."""
    cleaning.forget_left_rows(now=timezone.now())
    cleaning.give_up_old_imports(now=timezone.now())
    cleaning.remove_orphan_files(now=timezone.now())


@shared_task
def resume_imports() -> None:
    """Imports whose worker died, or whose message was lost, are queued again; the claim keeps two from doing one."""
    for run_id, state in stale_runs(now=timezone.now()):
        JOBS[state].delay(run_id)


@shared_task
def expire_registry_answers() -> None:
    """Registry answers whose last day is over are expired, once each."""
    registry.expire_answers(now=timezone.now())
