"""The import from a bank's file to committed cases: rows a second and memory, beside what others do with the same rows, in the same run.

"Cold" is the first file of an empty database, whose columns are guessed; "warm" are later files, recognised by the template that the first one left.
The worker is a fresh process each time; its start is not counted, the reader's is. "read" has the rows checked already while they are staged.

Works in a scratch database of its own, which it makes and drops: the rows must be committed to be measured. Peers need PostgreSQL; on SQLite there
is only our own figure. They load one flat table; we load debtors, cases, accounts, contacts, phones, addresses, trail and duty, checked and encrypted.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files import File
from django.core.management import CommandError
from django.db import Error, connection
from django.test import override_settings
from django.utils import timezone

from bench.parts import flat_peers
from bench.parts.bank_file import rows, write_workbook
from bench.parts.memory import Peak, watched
from cases.models import Client, ImportRun
from cases.services import imports, intake
from staff.choices import Role
from staff.models import Team, User

SIZES = (20_000, 100_000)
LONG = 300_000
# Each as many rows as it takes to be sure of: they are steady, and the slowest would need minutes for more.
PEERS: dict[str, tuple[Callable[[Path], None], int]] = {
    "floor: calamine + COPY, unchecked": (flat_peers.calamine_and_copy, 20_000),
    "django-import-export, bulk mode": (flat_peers.import_export_bulk, 10_000),
    "openpyxl + save()": (flat_peers.openpyxl_and_save, 5_000),
    "django-import-export, preview and confirm": (flat_peers.import_export_preview_and_confirm, 1_500),
}
SCRATCH = "bench_import"


def run(*, long: bool = False) -> dict:
    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=f"{folder}/media"), _scratch_database(folder):
        agency = _agency()
        figures = {"database": connection.vendor, "machine": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"}
        first, ours = 0, {}
        for label, count in [("cold", SIZES[0]), ("warm", SIZES[0]), *(("warm", size) for size in SIZES[1:]), *([("warm", LONG)] if long else [])]:
            path = write_workbook(Path(folder) / "placement.xlsx", rows(count, first=first))
            seconds, peak = _import(agency, path)
            first, ours[count] = first + count, count / seconds["all"]
            figures |= _own_figures(f"{count:,} rows, {label}", count, seconds, peak)
        figures[f"a row at {SIZES[1]:,} costs, against {SIZES[0]:,} (ratio, at most 1)"] = round(ours[SIZES[0]] / ours[SIZES[1]], 2)
        return figures | (_peer_figures(Path(folder), ours[SIZES[0]]) if connection.vendor == "postgresql" else {"peers": "need PostgreSQL: set DATABASE_URL"})


@contextmanager
def _scratch_database(folder: str) -> Iterator[None]:
    """The default connection leads to an empty, migrated database, and afterwards to its own again."""
    own = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = SCRATCH if connection.vendor == "postgresql" else f"{folder}/{SCRATCH}.sqlite3"
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    except (Error, SystemExit) as error:
        raise CommandError(f"The bench works in a database of its own, “{SCRATCH}”, and may not make it here: {error}") from error
    try:
        yield
    finally:
        connection.creation.destroy_test_db(own, verbosity=0)


def _agency() -> tuple[Client, User]:
    """A bank and the person who imports its files."""
    team = Team.objects.create(name="bench")
    team.lead = _person("lead", Role.TEAM_LEAD)
    team.save()
    bank = Client.objects.create(code="bench", name="bench", short_name="bench", team=team, entrusted_from=date(2020, 1, 1), entrusted_until=date(2099, 1, 1))
    return bank, _person("specialist", Role.DATA_SPECIALIST)


def _person(name: str, role: Role) -> User:
    person = User.objects.create(username=f"bench-{name}", name=name, staff_no=name, password="!")
    person.groups.set(Group.objects.filter(name=role.value))
    return person


def _import(agency: tuple[Client, User], path: Path) -> tuple[dict[str, float], Peak]:
    """The file arrives here and is imported by a worker process; its seconds by step, and its memory."""
    bank, person = agency
    now = timezone.now()
    with path.open("rb") as content:
        arrival = intake.register_arrival(client=bank, channel="sftp", received_at=now, files=[File(content, name=path.name)], by=person, now=now)
    intake.hand_over_arrival(arrival_id=arrival.pk, to=person, by=person, now=now)
    job = imports.start_import(file=arrival.files.get(), by=person, now=now)
    printed, peak = watched([sys.executable, "-m", "bench.parts.worker", str(job.pk)], _environment())
    job = ImportRun.objects.get(pk=job.pk)
    if job.state != "committed":
        raise CommandError(f"The import ended as “{job.state}” ({job.failure}, {job.summary}).")
    return json.loads(printed), peak


def _environment() -> dict[str, str]:
    """The worker's: this one's settings, the scratch database, the scratch media."""
    own = connection.settings_dict
    url = f"postgresql://{own['USER']}:{own['PASSWORD']}@{own['HOST']}:{own['PORT']}/{own['NAME']}"
    url = url if connection.vendor == "postgresql" else f"sqlite:///{own['NAME']}"
    keys = {key: getattr(settings, key) for key in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY")}
    return os.environ | keys | {"DATABASE_URL": url, "MEDIA_ROOT": str(settings.MEDIA_ROOT), "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]}


def _own_figures(label: str, count: int, seconds: dict[str, float], peak: Peak) -> dict[str, object]:
    parts = ", ".join(f"{name} {seconds[name] / count * 1e6:.0f}" for name in ("read", "check", "write"))
    return {
        f"ours, {label}: rows/s": round(count / seconds["all"]),
        f"ours, {label}: µs a row": parts,
        f"ours, {label}: peak MB": f"worker {peak.own}, reader {peak.child}, together {peak.together}",
    }


def _peer_figures(folder: Path, ours: float) -> dict[str, object]:
    figures: dict[str, object] = {}
    with flat_peers.table():
        for label, (load, count) in PEERS.items():
            path = write_workbook(folder / "peer.xlsx", rows(count))
            began = time.perf_counter()
            load(path)
            speed = count / (time.perf_counter() - began)
            if flat_peers.forget() != count:
                raise CommandError(f"{label} has not loaded all rows.")
            figures |= {f"{label} ({count:,} rows): rows/s": round(speed), f"ours / {label} (ratio)": round(ours / speed, 2)}
    return figures
