"""F01, F06: a worker killed in the middle of the commit leaves nothing; the next one does it once. Two workers at once do it once."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent
from cases.models import Case, Debtor, ImportRun
from cases.services import imports, intake
from duties.models import Duty
from staff.models import Notice
from tests.cases import files

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

WORKER = "import django; django.setup(); from django.utils import timezone; from cases.services import imports; imports.write_import(run_id={pk}, clock=timezone.now)"
ROWS = 10_000


@pytest.fixture
def committing(bank, supply, specialist):
    now = timezone.now()
    upload = files.upload(files.workbook([files.row() for _ in range(ROWS)]))
    arrival = intake.register_arrival(client=bank, channel="sftp", received_at=now, files=[upload], by=supply, now=now)
    intake.hand_over_arrival(arrival_id=arrival.pk, to=specialist, by=supply, now=now)
    run = imports.start_import(file=arrival.files.get(), by=specialist, now=now)
    imports.read_import(run_id=run.pk, clock=timezone.now)
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=now)
    imports.check_import(run_id=run.pk, clock=timezone.now)
    return imports.commit_import(run_id=run.pk, by=specialist, now=now)


def start_worker(run: ImportRun, work: str = WORKER) -> subprocess.Popen:
    name = connection.settings_dict
    url = f"postgresql://{name['USER']}:{name['PASSWORD']}@{name['HOST']}:{name['PORT']}/{name['NAME']}"
    keys = {key: getattr(settings, key) for key in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY")}
    environment = os.environ | keys | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings", "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    return subprocess.Popen([sys.executable, "-c", work.format(pk=run.pk)], env=environment, cwd=settings.BASE_DIR)


def is_whole(run: ImportRun, lead) -> bool:
    run.refresh_from_db()
    counts = (Case.objects.count(), Debtor.objects.count(), AuditEvent.objects.filter(action="case.imported").count())
    once = (
        Notice.objects.filter(recipient=lead).count(),
        Duty.objects.filter(kind="assignment").count(),
        AuditEvent.objects.filter(action="import.committed").count(),
    )
    return run.state == "committed" and set(counts) == {ROWS} and set(once) == {1}


def test_killed_worker_leaves_nothing_and_the_next_one_commits_once(committing, lead):
    """F01: 0 rows visible before; after the restart one placement, one notice, one clock."""
    worker = start_worker(committing)
    until = time.monotonic() + 60
    while time.monotonic() < until and not ImportRun.objects.get().done_rows:
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    seen = (ImportRun.objects.get().state, 0 < ImportRun.objects.get().done_rows <= ROWS, Case.objects.count(), Debtor.objects.count())

    imports.write_import(run_id=committing.pk, clock=timezone.now)
    too_early = Case.objects.count()
    imports.write_import(run_id=committing.pk, clock=lambda: timezone.now() + timedelta(seconds=61))

    assert seen == ("committing", True, 0, 0)
    assert too_early == 0
    assert is_whole(committing, lead)


def test_two_workers_at_once_commit_once(committing, lead):
    """F06: the message came twice, a barrier lets both begin."""
    barrier, errors = threading.Barrier(2), []

    def work() -> None:
        try:
            barrier.wait()
            imports.write_import(run_id=committing.pk, clock=timezone.now)
        except Exception as error:  # noqa: BLE001 - a thread's failure must fail the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert is_whole(committing, lead)
