from datetime import timedelta

import pytest
from django.utils import timezone

from operations.services import note_heartbeat
from operations.tasks import beat, beat_bulk


@pytest.mark.django_db
def test_healthz_answers_without_looking_at_anything(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.django_db
def test_readyz_needs_fresh_heartbeats_of_both_workers(client):
    silent = client.get("/readyz")
    beat()
    beat_bulk()
    alive = client.get("/readyz")
    note_heartbeat("bulk", now=timezone.now() - timedelta(minutes=5))
    stale = client.get("/readyz")

    assert [answer.status_code for answer in (silent, alive, stale)] == [503, 200, 503]
    assert stale.json()["parts"] == {"database": True, "broker": True, "urgent": True, "bulk": False}
