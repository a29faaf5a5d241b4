"""F07, F08: the scheduler killed in the middle leaves nothing; the next run records each miss once, with its true time."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from audit.models import AuditEvent
from collection.lib.bulk import load
from duties.models import Duty
from penalties.models import PenaltyEvent
from penalties.services import enforce_duties
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_user
from tests.penalties.makers import TEN

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
ROWS = 3000
SWEEP = "import django; django.setup(); from datetime import datetime; from penalties.services import enforce_duties; enforce_duties(now=datetime.fromisoformat('{now}'))"


def open_many() -> None:
    holder = make_user()
    fields = ("kind_id", "subject_type", "subject_id", "subject", "holder_id", "starts_at", "due_at", "first_due_at", "half_at", "last_tenth_at")
    rows = ((number, TEN + timedelta(seconds=number)) for number in range(ROWS))
    load(Duty, fields, (("intake", "cases.arrival", number, f"#{number}", holder.pk, MONDAY_9AM, due, due, due, due) for number, due in rows))


def start_sweep(now) -> subprocess.Popen:
    name = connection.settings_dict
    url = f"postgresql://{name['USER']}:{name['PASSWORD']}@{name['HOST']}:{name['PORT']}/{name['NAME']}"
    keys = {key: getattr(settings, key) for key in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY")}
    environment = os.environ | keys | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.Popen([sys.executable, "-c", SWEEP.format(now=now.isoformat())], env=environment, cwd=settings.BASE_DIR)


def wait_until_blocked() -> None:
    """Until the sweep has claimed its duties and stands before the trail, which this test holds."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'audit_auditevent'::regclass")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("the sweep never came so far")


def test_a_scheduler_killed_in_the_middle_and_down_for_a_day_catches_up_once():
    """F07: over midnight and a month's end; F08: two runs afterwards."""
    open_many()
    now = TEN + timedelta(days=9)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE audit_auditevent IN EXCLUSIVE MODE")
        sweep = start_sweep(now)
        wait_until_blocked()
        os.kill(sweep.pid, signal.SIGKILL)
        sweep.wait()
    assert (PenaltyEvent.objects.count(), Duty.objects.exclude(missed_at=None).count()) == (0, 0)

    first, second = enforce_duties(now=now), enforce_duties(now=now)

    assert ((first.missed, first.events), (second.missed, second.events)) == ((ROWS, ROWS), (0, 0))
    assert not PenaltyEvent.objects.exclude(due_at__lt=TEN + timedelta(seconds=ROWS), recorded_at=now).exists()
    assert AuditEvent.objects.filter(action="penalty.recorded").count() == ROWS
    assert Notice.objects.filter(values__count=str(ROWS), is_urgent=True).count() == 1
