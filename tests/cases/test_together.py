"""F01, F02, F14 and two specialists at once: whatever happens together or twice has its effect once."""

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import ArrivalFile, Case, Debtor, ImportRun, Placement
from cases.services import imports, intake
from cases.services.imports import CannotImport
from duties.models import Duty
from staff.choices import Role
from staff.models import Notice
from tests.cases import files
from tests.cases.test_faults import start_worker
from tests.factories import make_user

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

READ = (
    "import django; django.setup(); from django.utils import timezone; from cases.services import imports; imports.read_import(run_id={pk}, clock=timezone.now)"
)
CHECK = READ.replace("read_import", "check_import")


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each of these gave or raised, all begun at the same moment."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        try:
            barrier.wait()
            results[place] = acts[place]()
        except Exception as error:  # noqa: BLE001 - what it raised is the result
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def arrived(bank, supply, specialist):
    def arrive(*contents: bytes):
        now = timezone.now()
        uploads = [files.upload(content, f"委案{number}.xlsx") for number, content in enumerate(contents)]
        arrival = intake.register_arrival(client=bank, channel="sftp", received_at=now, files=uploads, by=supply, now=now)
        intake.hand_over_arrival(arrival_id=arrival.pk, to=specialist, by=supply, now=now)
        return list(arrival.files.order_by("pk"))

    return arrive


@pytest.fixture
def committing(arrived, specialist):
    def commit(file: ArrivalFile) -> ImportRun:
        run = imports.start_import(file=file, by=specialist, now=timezone.now())
        imports.read_import(run_id=run.pk, clock=timezone.now)
        imports.confirm_mapping(run_id=run.pk, by=specialist, now=timezone.now())
        imports.check_import(run_id=run.pk, clock=timezone.now)
        return imports.commit_import(run_id=run.pk, by=specialist, now=timezone.now())

    return commit


def test_two_specialists_begin_the_same_file_and_one_of_them_is_told(arrived, specialist):
    """A1.2: one live import of a file, whoever presses first."""
    (file,) = arrived(files.workbook([files.row()]))
    other = make_user(Role.DATA_SPECIALIST)

    results = at_once(*[lambda by=by: imports.start_import(file=file, by=by, now=timezone.now()) for by in (specialist, other)])

    assert sorted(type(result).__name__ for result in results) == ["CannotImport", "ImportRun"]
    assert ImportRun.objects.count() == 1


def test_two_people_register_the_same_bytes_and_one_of_them_is_told(bank, supply):
    """A1.1: the same file by its hash, at the same moment."""
    content, other = files.workbook([files.row()]), make_user(Role.SUPPLY_CHAIN)
    now = timezone.now()

    def register(by):
        return intake.register_arrival(client=bank, channel="sftp", received_at=now, files=[files.upload(content)], by=by, now=now)

    results = at_once(lambda: register(supply), lambda: register(other))

    assert sorted(type(result).__name__ for result in results) == ["Arrival", "CannotRegister"]
    assert ArrivalFile.objects.count() == 1


def test_two_imports_of_one_case_number_at_once_leave_one_and_send_the_other_back(arrived, committing, specialist):
    """A1.2, I4: what both checked as free, the database gives to one; the other sees it in its check."""
    shared = files.row()
    first, second = (committing(file) for file in arrived(files.workbook([files.row(), shared]), files.workbook([shared, files.row(), files.row()])))

    at_once(*[lambda run=run: imports.write_import(run_id=run.pk, clock=timezone.now) for run in (first, second)])

    states = sorted(ImportRun.objects.values_list("state", flat=True))
    back = ImportRun.objects.get(state="mapped")
    imports.check_import(run_id=back.pk, clock=timezone.now)
    assert states == ["committed", "mapped"]
    assert list(back.findings.values_list("code", flat=True).exclude(severity="note")) == ["case_exists"]
    assert Case.objects.filter(case_no=shared["案件编号"]).count() == 1
    assert Placement.objects.count() == 1


def test_two_imports_of_one_person_at_once_make_one_debtor(arrived, committing):
    """A1.2: matched by ID number, also when neither import sees the other's person yet."""
    person = files.row()
    again = files.row(身份证号=person["身份证号"], 姓名=person["姓名"])
    runs = [committing(file) for file in arrived(files.workbook([person, files.row()]), files.workbook([files.row(), again]))]

    at_once(*[lambda run=run: imports.write_import(run_id=run.pk, clock=timezone.now) for run in runs])

    assert sorted(ImportRun.objects.values_list("state", flat=True)) == ["committed", "committed"]
    assert (Case.objects.count(), Debtor.objects.count()) == (4, 3)


def test_two_people_mend_the_same_cell_and_the_later_one_is_told(arrived, specialist):
    """F13: nobody's mending is lost without a word."""
    (file,) = arrived(files.workbook([files.row(身份证号="110101199003078510")]))
    run = imports.start_import(file=file, by=specialist, now=timezone.now())
    imports.read_import(run_id=run.pk, clock=timezone.now)
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=timezone.now())
    imports.check_import(run_id=run.pk, clock=timezone.now)
    row, other = run.rows.get(), make_user(Role.DATA_SPECIALIST)

    def mend(by, text):
        return imports.mend_cell(row_id=row.pk, column=2, text=text, was="110101199003078510", by=by, now=timezone.now())

    results = at_once(lambda: mend(specialist, "110101199003078515"), lambda: mend(other, "110101199003078523"))

    refused = [result for result in results if isinstance(result, CannotImport)]
    row.refresh_from_db()
    assert len(refused) == 1
    assert row.cells[2] in str(refused[0])


def test_commit_that_was_done_is_not_done_again(arrived, committing, lead):
    """F02: the worker died after the commit and before the acknowledgement; the message comes again."""
    (file,) = arrived(files.workbook([files.row(), files.row()]))
    run = committing(file)
    imports.write_import(run_id=run.pk, clock=timezone.now)

    for step in (imports.write_import, imports.check_import, imports.read_import):
        step(run_id=run.pk, clock=lambda: timezone.now() + timedelta(minutes=5))

    once = (Notice.objects.filter(recipient=lead).count(), Duty.objects.filter(kind="assignment").count())
    assert (Case.objects.count(), Placement.objects.count(), once) == (2, 1, (1, 1))


@pytest.mark.parametrize(("work", "step"), [(READ, imports.read_import), (CHECK, imports.check_import)])
def test_killed_reader_and_checker_are_taken_over_and_nothing_is_double(arrived, specialist, work, step):
    """F01: kill -9 in the middle of reading or checking; whoever takes over ends with every row once."""
    rows = 6_000
    (file,) = arrived(files.workbook([files.row() for _ in range(rows)]))
    run = imports.start_import(file=file, by=specialist, now=timezone.now())
    if step is imports.check_import:
        imports.read_import(run_id=run.pk, clock=timezone.now)
        imports.confirm_mapping(run_id=run.pk, by=specialist, now=timezone.now())
    worker = start_worker(run, work)
    until = time.monotonic() + 60
    while time.monotonic() < until and not ImportRun.objects.get().worked_on_at:
        time.sleep(0.01)
    time.sleep(0.3)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    step(run_id=run.pk, clock=lambda: timezone.now() + timedelta(seconds=61))

    run.refresh_from_db()
    assert run.state in ("read", "validated")
    assert (run.rows.count(), run.row_count, run.rows.values("sheet", "row").distinct().count()) == (rows, rows, rows)
    assert run.findings.count() == 0
