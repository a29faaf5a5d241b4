"""Imports can be migrated back and forth with what a running system has in them. In a database of its own, because every table changes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

# A payment file, then a placement whose run and placement differ in number, both with a row and a finding, and a finding about the whole file.
BACK_AND_FORTH = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from tests.factories import MONDAY_9AM, make_arrival, make_placement, make_user

def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()

call_command("migrate", verbosity=0)
from cases.models import ArrivalFile, ImportRun, RowFinding, StagedRow
placement = make_placement()
arrival, by = make_arrival(client=placement.client), make_user()
for number, (kind, state) in enumerate([("payment", "read"), ("placement", "unpacked"), ("placement", "validated")]):
    file = ArrivalFile.objects.create(arrival=arrival, client=arrival.client, name="a.xlsx", file="a.xlsx", size=1, sha256=str(number) * 64, uploaded_by=by, uploaded_at=MONDAY_9AM)
    about = {"client": arrival.client, "file": file, "kind": kind, "state": state, "code": f"{kind}-{state}"}
    run = ImportRun.objects.create(**about, created_by=by, created_at=MONDAY_9AM)
    row = StagedRow.objects.create(run=run, sheet="S", row=number, cells=["x"])
    RowFinding.objects.create(run=run, row=row, code="invalid", severity="error")
    RowFinding.objects.create(run=run, row=None, code="control_count", severity="warning")
assert run.pk > placement.pk + 2
call_command("migrate", "cases", "0001", verbosity=0)
back = rows("SELECT p.code, r.row, f.code FROM cases_placement p JOIN cases_stagedrow r ON r.placement_id = p.id JOIN cases_rowfinding f ON f.row_id = r.id")
left = rows("SELECT (SELECT count(*) FROM cases_placement), (SELECT count(*) FROM cases_stagedrow), (SELECT count(*) FROM cases_rowfinding)")
call_command("migrate", verbosity=0)
print([tuple(row) for row in back], tuple(left[0]), ImportRun.objects.filter(state="validated").get().rows.count())
"""


@pytest.fixture
def scratch_database(db) -> Iterator[str]:
    """The address of an empty database beside the tests' own, dropped afterwards."""
    name, told = f"migrated_{os.getpid()}", connection.settings_dict
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield f"postgresql://{quote(told['USER'])}:{quote(told['PASSWORD'])}@{told['HOST']}:{told['PORT']}/{name}"
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.slow
@pytest.mark.postgres
def test_runs_become_placements_again_and_their_rows_follow(scratch_database, tmp_path):
    """The way back of 0002 and 0003: a run's number is no longer its placement's, and other kinds of files were imported."""
    keys = {key: getattr(settings, key) for key in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY")}
    own = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": scratch_database, "VAR_DIR": str(tmp_path)}

    done = subprocess.run([sys.executable, "-c", BACK_AND_FORTH], env=os.environ | keys | own, cwd=settings.BASE_DIR, capture_output=True, text=True)

    assert done.stderr == ""
    assert done.stdout.strip() == "[('placement-validated', 2, 'invalid')] (2, 1, 1) 1"
