"""The desk under load: next case, queue page, case and saved record, by 1, 10 and 50 people at once on two gunicorn workers, PostgreSQL.

The floor in the same run is a bare WSGI function with psycopg2 and orjson that answers the same four questions on as many workers and threads
(`bench/parts/desk_floor.py`: session, person and rights looked up, the same rows, about as many bytes; until 2026-11 it was one query without a
session, whose ratios can't be compared with these). `ratio` compares p50 and p95 with the floor's for the same question and number of people. Figures
of a busy machine are a busy machine's: the load average is told beside them.

`--long` (`run(long=True)`) asks all that of 10,000 and of 1,000,000 cases, 200 collectors each, and tells how much more the million costs.

The databases (`bench_workbench_CASES`) are made once and reused: drop them when they are no longer wanted.
"""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg2
from django.conf import settings
from django.core.management.base import CommandError

TRIAL, MANY = 20_000, 1_000_000
COMPARED = 10_000
AT_ONCE = (1, 10, 50)
SECONDS = 4.0
ROOT = Path(settings.BASE_DIR)
WORKERS = ("--workers", "2", "--worker-class", "gthread", "--threads", "8", "--log-level", "warning")


def run(*, long: bool = False, cases: int = TRIAL) -> dict:
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        raise CommandError("This one needs PostgreSQL: set DATABASE_URL.")
    sizes = (COMPARED, MANY) if long else (cases,)
    figures = {"load average before": [round(load, 1) for load in os.getloadavg()], "sizes": [_one_size(size) for size in sizes]}
    if long:
        few, many = figures["sizes"]
        figures[f"{MANY:,} over {COMPARED:,}"] = [_compared(*pair) for pair in zip(few["people"], many["people"], strict=True)]
    return figures


def _compared(few: dict, many: dict) -> dict:
    """How much more the many cases cost, question by question: p50 and p95."""
    costs = {name: [_over(many["ours"][name][part], few["ours"][name][part]) for part in ("p50", "p95")] for name in REQUESTS}
    return {"people": few["people"]} | costs


def _over(cost: float | None, base: float | None) -> float | None:
    return round(cost / base, 2) if cost and base else None


def _one_size(count: int) -> dict:
    env = database(count)
    told = json.loads(subprocess.run([sys.executable, "-m", "bench.parts.desk_fill", str(count)], env=env, cwd=ROOT, check=True, capture_output=True).stdout)
    rows, calls = [], told["calls"]
    kinds = [f"{kind} {number}" for number in AT_ONCE for kind in ("floor", "ours")]
    told["calls"] = {name: calls[place :: len(kinds)] for place, name in enumerate(kinds)}
    with _served("collection.wsgi", env) as port, _served("bench.parts.desk_floor:application", env) as floor_port:
        for number in AT_ONCE:
            floor, ours, told["at once"] = {}, {}, number
            # One question after the other, the floor's and ours side by side: what else the machine does disturbs both.
            for name, make in REQUESTS.items():
                floor[name] = _load(floor_port, number, lambda turn, make=make: make(told, turn, is_floor=True))
                ours[name] = _load(port, number, lambda turn, make=make: make(told, turn))
            ratio = {name: [_over(ours[name][part], floor[name][part]) for part in ("p50", "p95")] for name in REQUESTS}
            rows.append({"people": number, "floor": floor, "ours": ours, "ratio": ratio})
    return {"cases": count, "queries": told["queries"], "people": rows}


def database(count: int, *, kind: str = "workbench") -> dict[str, str]:
    """The environment of processes that use the bench's own database, made and migrated where it isn't yet."""
    default, name = settings.DATABASES["default"], f"bench_{kind}_{count}"
    where = f"{default['HOST'] or '127.0.0.1'}:{default['PORT'] or 5432}"
    who = f"{default['USER']}:{default['PASSWORD']}" if default["PASSWORD"] else default["USER"]
    env = os.environ | {
        "DATABASE_URL": f"postgresql://{who}@{where}/{name}",
        "DJANGO_SETTINGS_MODULE": "collection.settings",
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    connection = psycopg2.connect(f"postgresql://{who}@{where}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=env, cwd=ROOT, check=True)
    return env


@contextmanager
def _served(application: str, env: dict[str, str]):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", *WORKERS], env=env, cwd=ROOT)
    try:
        for _attempt in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _as(told: dict, person: int) -> dict[str, str]:
    return {"Cookie": f"sessionid={told['sessions'][str(person)]}; csrftoken={'t' * 32}", "X-CSRFToken": "t" * 32, "Accept": "application/json"}


def _next_case(told: dict, turn: int, *, is_floor: bool = False):
    return "GET", "/api/v1/queue/?page_size=1", _as(told, told["held"][turn % len(told["held"])][1]), None


def _queue_page(told: dict, turn: int, *, is_floor: bool = False):
    return "GET", "/api/v1/queue/", _as(told, told["held"][turn % len(told["held"])][1]), None


def _case(told: dict, turn: int, *, is_floor: bool = False):
    case, person = told["held"][turn % len(told["held"])]
    return "GET", f"/api/v1/case/?{case}" if is_floor else f"/api/v1/cases/{case}/", _as(told, person), None


_lock = threading.Lock()


def _record(told: dict, turn: int, *, is_floor: bool = False):
    """Each call is recorded once; None when all of them are."""
    with _lock:
        people, kind = told["at once"], "floor" if is_floor else "ours"
        waiting = told["calls"][f"{kind} {people}"]
        if not waiting:
            return None
        call = waiting.pop()
    began = datetime.fromisoformat(call["at"])
    body = {
        "verdict": call["verdict"],
        "outcome": "NOAS",
        "started_at": call["at"],
        "ended_at": (began + timedelta(seconds=20)).isoformat(),
        "note": "无人接听",
    }
    headers = _as(told, call["person"]) | {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    return "POST", "/api/v1/records/", headers, json.dumps(body).encode()


REQUESTS = {"next case": _next_case, "queue page": _queue_page, "case": _case, "save record": _record}


def _load(port: int, people: int, make) -> dict:
    """So many people at once, each asking again as soon as answered, for some seconds: milliseconds, requests a second, errors."""
    times, errors, turn, guard = [], [], iter(range(10**9)), threading.Lock()
    until = time.perf_counter() + SECONDS

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < until:
            with guard:
                mine = next(turn)
            asked = make(mine)
            if asked is None:
                break
            method, path, headers, body = asked
            began = time.perf_counter()
            try:
                connection.request(method, path, body=body, headers=headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status >= 300:
                    errors.append(answer.status)
            except (OSError, http.client.HTTPException) as error:
                errors.append(type(error).__name__)
                connection.close()
            times.append((time.perf_counter() - began) * 1000)
        connection.close()

    threads = [threading.Thread(target=work) for _number in range(people)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    if len(times) < 2:
        return {"p50": None, "p95": None, "per second": 0, "requests": len(times), "errors": len(errors)}
    parts = statistics.quantiles(times, n=20)
    return {
        "p50": round(statistics.median(times), 1), "p95": round(parts[18], 1), "per second": round(len(times) / spent), "requests": len(times), "errors": len(errors),
    }  # fmt: skip
