"""A4 on PostgreSQL: the plan of the sweep, and several schedulers at once (F08)."""

import threading

import pytest
from django.db import connection, connections, transaction

from audit.models import AuditEvent
from duties.models import Duty
from penalties.models import Correction, PenaltyEvent
from penalties.selectors import totals_of
from penalties.services import enforce_duties
from penalties.services_appeals import appeal, decide_appeal, waive
from penalties.services_months import close_month
from staff.choices import Role
from tests.factories import make_event, make_user
from tests.penalties.makers import DAY, TEN, intake

pytestmark = pytest.mark.django_db


def _waive(event, judge):
    waive(event_id=event.pk, reason="x", by=judge, now=TEN + DAY)


def _grant(event, judge):
    decide_appeal(event_id=event.pk, uphold=False, decision="x", by=judge, now=TEN + DAY)


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


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("decide", [_waive, _grant])
def test_a_month_closed_while_an_event_is_waived_has_the_totals_of_its_statement(decide):
    """A4: the one who closes waits, so that the waiver is in the totals; it would be in neither month otherwise."""
    judge, event = make_user(Role.GM_OFFICE), make_event()
    appeal(event_id=event.pk, text="x", by=event.person, now=TEN + DAY) if decide is _grant else None
    done = []

    def close() -> None:
        done.append(close_month(month=event.month, by=judge, now=TEN + 40 * DAY))
        connections.close_all()

    thread = threading.Thread(target=close)
    with transaction.atomic():
        decide(event, judge)
        thread.start()
        thread.join(0.5)
        waited = not done
    thread.join(10)

    assert waited
    assert (done[0].points, totals_of(event.month)["points"], Correction.objects.count()) == (0, 0, 0)
