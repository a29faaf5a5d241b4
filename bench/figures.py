"""Dashboards over many cases on PostgreSQL: each page's tables as the GM office asks for them, beside the one bare aggregate that it can't do without.

Aim: under 300 ms each at a million cases. The databases (`bench_figures_CASES`) are made once and reused: drop them when they are no longer wanted.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from bench.workbench import database

TRIAL, MANY = 20_000, 1_000_000
ROOT = Path(settings.BASE_DIR)


def run(*, long: bool = False, cases: int = TRIAL) -> dict:
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        raise CommandError("This one needs PostgreSQL: set DATABASE_URL.")
    count = MANY if long else cases
    env = database(count, kind="figures")
    told = subprocess.run([sys.executable, "-m", "bench.parts.figures_fill", str(count)], env=env, cwd=ROOT, check=True, capture_output=True).stdout
    return {"load average": [round(load, 1) for load in os.getloadavg()], **json.loads(told)}
