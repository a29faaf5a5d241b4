"""A4 on PostgreSQL: the plan of the sweep, and several schedulers at once (F08)."""

import threading

import pytest
from django.db import connection, connections

from audit.models import AuditEvent
from duties.models import Duty
from penalties.models import PenaltyEvent
from penalties.services import enforce_duties
from tests.penalties.makers import DAY, TEN, intake

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
def test_the_sweep_reads_only_its_partial_indexes():
    duty = intake()
    fields = [field.attname for field in Duty._meta.concrete_fields if field.name not in ("id", "subject_id")]
    row = Duty.objects.values(*fields).get(pk=duty.pk)
    Duty.objects.bulk_create(Duty(**row | {"subject_id": 1_000_000 + number, "due_at": TEN + 9 * DAY}) for number in range(5000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE duties_duty")

    overdue = Duty.objects.running().filter(due_at__lte=TEN).explain()
    unrecorded = Duty.objects.filter(missed_at__isnull=False, recorded_at=None).explain()

    assert "duties_running_by_due" in overdue
    assert "duties_missed_to_record" in unrecorded


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_schedulers_at_once_record_each_miss_once():
    """F08"""
    for _number in range(50):
        intake()
    barrier, found = threading.Barrier(4), []

    def sweep() -> None:
        barrier.wait()
        found.append(enforce_duties(now=TEN))
        connections.close_all()

    threads = [threading.Thread(target=sweep) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert PenaltyEvent.objects.count() == 50
    assert (sum(done.missed for done in found), sum(done.events for done in found)) == (50, 50)
    assert AuditEvent.objects.filter(action="penalty.recorded").count() == 50
