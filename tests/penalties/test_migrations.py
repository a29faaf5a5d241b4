"""Duties, penalties, the trail and the figures can be migrated back and forth with rows in them. In a database of its own, because tables change."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.cases.test_migrations import scratch_database  # noqa: F401 -- a fixture

# A missed intake with its event, an appeal with a file, an exemption, a closed month with a correction, and a case that was paid for.
BACK_AND_FORTH = """
import django
django.setup()
from datetime import timedelta
from django.core.management import call_command
from django.db import connection

def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]

call_command("migrate", verbosity=0)
from duties.models import Duty
from cases.models import Payment
from figures.models import CaseTally, PaymentTally
from penalties.models import Appeal, AppealFile, ClosedMonth, Correction, Exemption, PenaltyEvent
from tests.factories import MONDAY_9AM, make_case, make_event, make_user
month, by = MONDAY_9AM.date().replace(day=1), make_user()
event = make_event(by)
appeal = Appeal.objects.create(event=event, text="x", appealed_at=MONDAY_9AM)
AppealFile.objects.create(appeal=appeal, name="a.pdf", file="a.pdf", size=1, sha256="0" * 64)
Exemption.objects.create(starts_at=MONDAY_9AM, ends_at=MONDAY_9AM + timedelta(1), reason="x", created_by=by, created_at=MONDAY_9AM)
ClosedMonth.objects.create(month=month, closed_by=by, closed_at=MONDAY_9AM, events=1, points=2, amount=0)
Correction.objects.create(event=event, month=month, points=-2, amount=0, made_by=by, made_at=MONDAY_9AM)
case = make_case(amount="100")
Payment.objects.create(case=case, amount=40, paid_on=month, at=MONDAY_9AM)
before = rows("SELECT duty_id, person_id, points, month::text FROM penalties_penaltyevent")
for app, back_to in (("figures", "0002"), ("penalties", "0004"), ("duties", "0006"), ("audit", "0002")):
    call_command("migrate", app, back_to, verbosity=0)
case.stage, case.version = "M5", 2
case.save()  # no trigger stands in its way
left = rows("SELECT (SELECT count(*) FROM penalties_penaltyevent), (SELECT count(*) FROM penalties_appeal), (SELECT count(*) FROM duties_duty WHERE missed_at IS NOT NULL)")
tables = rows("SELECT count(*) FROM pg_class WHERE relname IN ('figures_casetally', 'penalties_exemption', 'audit_by_what')")
call_command("migrate", verbosity=0)
again = rows("SELECT duty_id, person_id, points, month::text FROM penalties_penaltyevent")
from penalties.models import Policy
tallies = list(CaseTally.objects.values_list("stage", "cases")), list(PaymentTally.objects.values_list("stage", "paid"))
index = rows("SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = 'audit_by_what'")
print(before == again, len(again), left, tables, Policy.objects.count(), [(s, int(n)) for s, n in tallies[0] + tallies[1]], index in ([], [(True,)]))
"""


@pytest.mark.slow
@pytest.mark.postgres
def test_events_keep_their_person_points_and_month_there_and_back(scratch_database, tmp_path):  # noqa: F811
    """Back before penalties 0005, duties 0007, audit 0003 and figures 0003; then forth again, when events find their month and cases are counted anew."""
    keys = {key: getattr(settings, key) for key in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY")}
    own = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": scratch_database, "VAR_DIR": str(tmp_path)}

    done = subprocess.run([sys.executable, "-c", BACK_AND_FORTH], env=os.environ | keys | own, cwd=settings.BASE_DIR, capture_output=True, text=True)

    assert done.stderr == ""
    assert done.stdout.strip() == "True 1 [(1, 1, 1)] [(0,)] 1 [('M5', 1), ('M5', 40)] True"
