from celery import shared_task
from django.utils import timezone

from audit.context import origin
from cases.choices import PlacementState
from cases.selectors import stale_placements
from cases.services import imports


@shared_task
def read_placement(placement_id: int) -> None:
    with origin("import"):
        imports.read_placement(placement_id=placement_id, clock=timezone.now)


@shared_task
def check_placement(placement_id: int) -> None:
    with origin("import"):
        imports.check_placement(placement_id=placement_id, clock=timezone.now)


@shared_task
def write_placement(placement_id: int) -> None:
    with origin("import"):
        imports.write_placement(placement_id=placement_id, clock=timezone.now)


# What has to be done with a placement in each state that is a job.
JOBS = {PlacementState.UPLOADED: read_placement, PlacementState.MAPPED: check_placement, PlacementState.COMMITTING: write_placement}


@shared_task
def resume_imports() -> None:
    """Placements whose worker died, or whose message was lost, are queued again; the claim keeps two from doing one."""
    for placement_id, state in stale_placements(now=timezone.now()):
        JOBS[state].delay(placement_id)
