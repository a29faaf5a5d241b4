import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from duties.services import open_duty
from penalties.models import PenaltyEvent
from penalties.tasks import enforce_duties
from tests.factories import MONDAY_9AM, make_arrival

pytestmark = pytest.mark.django_db


@pytest.fixture
def duty():
    arrival = make_arrival()
    return open_duty(kind="intake", subject=arrival, holder=arrival.registered_by, start=MONDAY_9AM, by=None)


def run(capsys, *arguments: str) -> str:
    call_command("enforce_duties", *arguments)
    return capsys.readouterr().out.strip()


def test_enforce_duties_says_how_many_were_newly_recorded(duty, capsys):
    """A4: the second run finds nothing new."""
    moment = (MONDAY_9AM + timedelta(hours=2)).isoformat()

    assert json.loads(run(capsys, "--now", moment, "--json")) == {"missed": 1, "events": 1}
    assert json.loads(run(capsys, "--now", moment, "--json")) == {"missed": 0, "events": 0}


def test_a_moment_without_a_zone_is_the_agency_s(duty, capsys):
    assert run(capsys, "--now", "2026-11-23T09:59:59") == "0 newly missed, 0 events recorded"
    assert run(capsys, "--now", "2026-11-23T10:00") == "1 newly missed, 1 events recorded"


def test_an_unreadable_moment_is_refused(duty):
    with pytest.raises(CommandError, match="not a moment"):
        call_command("enforce_duties", "--now", "tomorrow")

    assert not PenaltyEvent.objects.exists()


def test_the_task_may_run_any_number_of_times(duty):
    """F08: a doubled tick."""
    for _tick in range(3):
        enforce_duties()

    assert PenaltyEvent.objects.count() <= 1
