"""One audit event in the same transaction for each change: who, what, before and after, when, from where (I8)."""

import pytest
from django.db import DatabaseError, connection, transaction

from audit.context import origin
from audit.models import AuditEvent
from audit.selectors import trail_of
from audit.services import record
from tests.factories import MONDAY_9AM, make_user


@pytest.mark.django_db
def test_record_says_who_what_when_and_from_where():
    person = make_user(name="王五")

    with origin("10.1.2.3"), transaction.atomic():
        record("person.renamed", subject=person, by=person, at=MONDAY_9AM, changes={"name": ("王五", "王六")}, reason="更正")

    event = trail_of(person).get()
    assert (event.actor, event.action, event.changes, event.reason, event.origin) == ("王五", "person.renamed", {"name": ["王五", "王六"]}, "更正", "10.1.2.3")


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_a_programming_error():
    person = make_user()

    with pytest.raises(RuntimeError, match=r"transaction\.atomic"):
        record("person.renamed", subject=person, by=None, at=MONDAY_9AM)

    assert AuditEvent.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["update", pytest.param("delete", marks=pytest.mark.postgres)])
def test_the_trail_cannot_be_rewritten(verb):
    """S43"""
    person = make_user()
    record("person.renamed", subject=person, by=None, at=MONDAY_9AM)
    statement = {"update": "UPDATE audit_auditevent SET actor = 'x'", "delete": "DELETE FROM audit_auditevent"}[verb]

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert AuditEvent.objects.get().actor == "system"


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_search_by_what_reads_its_index():
    """Three letters anywhere, or one or two at the beginning: never the whole trail."""
    lines = (
        AuditEvent(at=MONDAY_9AM, action="x", actor="y", subject_type="z", subject_id=str(number), subject=f"案件 C{number:06}") for number in range(20_000)
    )
    AuditEvent.objects.bulk_create(lines, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_auditevent")

    for lookup, text in (("icontains", "c019999"), ("istartswith", "陈")):
        found = AuditEvent.objects.filter(**{f"subject__{lookup}": text})
        assert "audit_by_what" in found.explain()
