"""F01, F06: a worker killed in the middle of applying leaves nothing; the next one does it once. Two workers at once do it once."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from assignment.models import Assignment, AssignmentPlan
from assignment.services.applying import apply_asked_plan, ask_apply
from assignment.services.making import ask_plan, make_asked_plan
from audit.models import AuditEvent
from cases.models import Case
from duties.models import Duty
from staff.choices import Role
from staff.models import Notice
from tests.assignment.makers import make_cases_in_bulk, make_lead_duty
from tests.assignment.test_concurrency import at_once
from tests.factories import make_placement, make_team, make_user

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

WORKER = "import django; django.setup(); from django.utils import timezone; from assignment.services.applying import apply_asked_plan; apply_asked_plan(plan_id={pk}, clock=timezone.now)"
ROWS = 10_000


@pytest.fixture
def batch():
    team = make_team()
    for _ in range(4):
        make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, ROWS)
    make_lead_duty(placement, start=timezone.now())
    return placement


def asked(placement) -> AssignmentPlan:
    now, team = timezone.now(), placement.team
    return ask_plan(mode="both", holdings="cumulative", placement=placement, team=team, by=team.lead, now=now)


@pytest.fixture
def applying(batch):
    plan = asked(batch)
    make_asked_plan(plan_id=plan.pk, clock=timezone.now)
    return ask_apply(plan_id=plan.pk, version=1, by=batch.team.lead, now=timezone.now())


def start_worker(plan: AssignmentPlan) -> subprocess.Popen:
    name = connection.settings_dict
    url = f"postgresql://{name['USER']}:{name['PASSWORD']}@{name['HOST']}:{name['PORT']}/{name['NAME']}"
    keys = {key: getattr(settings, key) for key in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY")}
    environment = os.environ | keys | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings", "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    return subprocess.Popen([sys.executable, "-c", WORKER.format(pk=plan.pk)], env=environment, cwd=settings.BASE_DIR)


def is_whole(plan: AssignmentPlan) -> bool:
    plan.refresh_from_db()
    held = (Assignment.objects.open().count(), Case.objects.filter(state="assigned").count(), AuditEvent.objects.filter(action="case.assigned").count())
    once = (AuditEvent.objects.filter(action="plan.applied").count(), Duty.objects.filter(kind="assignment", met_at__isnull=False).count())
    told = (Notice.objects.filter(recipient__groups__name=Role.COLLECTOR).count(), Duty.objects.filter(kind="filtering").count())
    return plan.state == "applied" and set(held) == {ROWS} and set(once) == {1} and set(told) == {4}


def under_way(plan: AssignmentPlan) -> bool:
    """Whether the worker holds locks on the plan's cases, nothing of which is visible yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'UPDATE \"cases_case\"%' AND pid <> pg_backend_pid()"
        )
        return bool(cursor.fetchone()[0])


def test_killed_worker_leaves_nothing_and_the_next_one_applies_once(applying):
    """F01: 0 rows visible before; after the restart every case has one holder, each collector one notice and one clock."""
    worker = start_worker(applying)
    until = time.monotonic() + 60
    while time.monotonic() < until and not under_way(applying):
        time.sleep(0.005)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    applying.refresh_from_db()
    seen = (applying.state, Assignment.objects.count(), Case.objects.exclude(state="unassigned").count())

    apply_asked_plan(plan_id=applying.pk, clock=timezone.now)
    too_early = Assignment.objects.count()
    apply_asked_plan(plan_id=applying.pk, clock=lambda: timezone.now() + timedelta(seconds=61))

    assert seen == ("applying", 0, 0)
    assert too_early == 0
    assert is_whole(applying)


def test_two_workers_at_once_apply_once(applying):
    """F06: the message came twice, a barrier lets both begin."""
    at_once(*[lambda: apply_asked_plan(plan_id=applying.pk, clock=timezone.now)] * 2)

    assert is_whole(applying)


def test_two_workers_at_once_make_a_plan_once(batch):
    plan = asked(batch)

    at_once(*[lambda: make_asked_plan(plan_id=plan.pk, clock=timezone.now)] * 2)

    plan.refresh_from_db()
    assert (plan.state, plan.lines.count(), AuditEvent.objects.filter(action="plan.made").count()) == ("draft", ROWS, 1)
