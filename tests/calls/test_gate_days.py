"""A call belongs to the day of its start, Shanghai time, whatever clock a machine or a reader has (F18, CR-03, CR-04, CR-09)."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from calls.models import CallIssue
from calls.selectors.past import day_counts, start_of_day
from calls.services.recording import open_call
from compliance.models import ContactPolicy
from tests.factories import MONDAY_9AM, SHANGHAI, make_record

MIDNIGHT = datetime(2026, 11, 24, tzinfo=SHANGHAI)
ZONES = ["Asia/Shanghai", "UTC", "America/New_York", "Pacific/Auckland"]


def ask(case, by, *, now):
    return open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=by, now=now)


def counts(case, now):
    return day_counts(case, [case.contacts.get().phones.get().number_index], now=now)


@pytest.mark.parametrize("zone", ZONES)
def test_f18_counters_turn_at_midnight_in_shanghai(case, caller, zone):
    """F18: 23:59:59.9 and 00:00."""
    make_record(case, caller, "RTP", at=MIDNIGHT - timedelta(milliseconds=100))

    with timezone.override(zone):
        on_the_eve, after = counts(case, MIDNIGHT - timedelta(milliseconds=50)), counts(case, MIDNIGHT)

    assert [(found.effective, sum(found.attempts.values())) for found in (on_the_eve, after)] == [(1, 1), (0, 0)]


@pytest.mark.parametrize("zone", ZONES)
def test_f18_a_call_over_midnight_counts_on_the_day_it_began(case, caller, zone):
    make_record(case, caller, "RTP", at=MIDNIGHT - timedelta(minutes=2), ended_at=MIDNIGHT + timedelta(minutes=3))

    with timezone.override(zone):
        found = counts(case, MIDNIGHT + timedelta(hours=9))

    assert found.effective == 0


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("moment", "expected"), [("07:59:59.999", ["CR-01"]), ("08:00:00.000", []), ("21:59:59.999", []), ("22:00:00.000", ["CR-01"])])
def test_cr_01_the_gates_hours_are_shanghais_for_every_reader(case, caller, zone, moment, expected):
    """CR-01, with another zone in force where it is asked."""
    ContactPolicy.objects.filter(key="contact.window", layer="company").delete()
    now = datetime.fromisoformat(f"2026-11-23T{moment}").replace(tzinfo=SHANGHAI).astimezone(ZoneInfo(zone))

    with timezone.override(zone):
        verdict = ask(case, caller, now=now)

    assert [row["rule"] for row in verdict.objections] == expected


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_cr_01_the_machines_own_clock_zone_does_not_matter(zone, tmp_path):
    """CR-01, F18: a server that was set up elsewhere (TZ)."""
    program = (
        "import django; django.setup()\n"
        "from datetime import datetime, timezone as tz\n"
        "from calls.selectors import start_of_day\n"
        "print(start_of_day(datetime(2026, 11, 23, 16, 30, tzinfo=tz.utc)).isoformat())"
    )
    keys = {key: getattr(settings, key) for key in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY")}
    own = {"DJANGO_SETTINGS_MODULE": "tests.settings", "VAR_DIR": str(tmp_path), "DATABASE_URL": "", "TZ": zone}

    done = subprocess.run([sys.executable, "-c", program], env=os.environ | keys | own, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "2026-11-24T00:00:00+08:00"


def test_a_day_begins_at_midnight_in_shanghai():
    assert start_of_day(MIDNIGHT + timedelta(hours=3)) == MIDNIGHT


def test_cr_09_a_call_that_runs_past_ten_may_end_is_flagged_and_not_redialled(case, caller, save):
    """CR-09, F18: 21:58 → 22:03: allowed, flagged."""
    ContactPolicy.objects.filter(key="contact.window", layer="company").delete()
    began, ended = MONDAY_9AM.replace(hour=21, minute=58), MONDAY_9AM.replace(hour=22, minute=3)
    verdict = ask(case, caller, now=began)

    row = save(verdict, caller, "RTP", started_at=began, ended_at=ended, now=ended).record

    issue = CallIssue.objects.get()
    assert (verdict.allowed, row.ran_past, issue.kind, issue.rule) == (True, True, "ran_past", "CR-09")
    assert [found["rule"] for found in ask(case, caller, now=ended).objections] == ["CR-01"]


def test_cr_09_a_call_within_the_hours_is_not_flagged(case, caller, save):
    row = save(ask(case, caller, now=MONDAY_9AM), caller, "RTP").record

    assert (row.ran_past, CallIssue.objects.count()) == (False, 0)
