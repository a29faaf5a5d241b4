"""The row is the job: what a lost message or a dead worker left behind goes on by itself (A1.2, F01, F04)."""

from datetime import timedelta

from django.utils import timezone

from cases import tasks
from cases.models import ImportRun
from cases.services import imports
from collection.beat import SCHEDULE
from tests.cases import files
from tests.factories import MONDAY_9AM


def test_sweep_takes_every_step_up_again(handed_over, specialist):
    """A1.2: no message ever came; the minute's sweep reads, checks and commits."""
    file = handed_over(files.workbook([files.row()])).files.get()
    run = imports.start_import(file=file, by=specialist, now=MONDAY_9AM)
    states = []

    tasks.resume_imports.delay()
    states.append(ImportRun.objects.get().state)
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    tasks.resume_imports.delay()
    states.append(ImportRun.objects.get().state)
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    tasks.resume_imports.delay()
    states.append(ImportRun.objects.get().state)

    assert states == ["read", "validated", "committed"]


def test_sweep_leaves_what_is_being_worked_on(read, specialist):
    """F06: a living worker is not disturbed, a dead one replaced."""
    run = read(files.workbook([files.row()]))
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    ImportRun.objects.update(worked_on_at=timezone.now())
    tasks.resume_imports.delay()
    alive = ImportRun.objects.get().state

    ImportRun.objects.update(worked_on_at=timezone.now() - timedelta(seconds=61))
    tasks.resume_imports.delay()

    assert (alive, ImportRun.objects.get().state) == ("mapped", "validated")


def test_sweep_is_in_the_timetable():
    assert "cases.tasks.resume_imports" in {entry["task"] for entry in SCHEDULE.values()}
