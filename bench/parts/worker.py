"""One import from the file to the committed cases, in a process of its own as in the agency's worker: `python -m bench.parts.worker <run id>`.

Prints the seconds of each step as JSON. What people do in between (confirm the columns, commit) is done at once.
"""

import json
import sys
import time
from collections.abc import Callable

import django

django.setup()

from django.utils import timezone  # noqa: E402 - Django first

from cases.models import ImportRun  # noqa: E402
from cases.services import imports  # noqa: E402


def main(run_id: int) -> dict[str, float]:
    by = ImportRun.objects.get(pk=run_id).created_by
    seconds = {
        "read": _seconds(lambda: imports.read_import(run_id=run_id, clock=timezone.now)),
        "map": _seconds(lambda: imports.confirm_mapping(run_id=run_id, by=by, now=timezone.now())),
        "check": _seconds(lambda: imports.check_import(run_id=run_id, clock=timezone.now)),
        "ask": _seconds(lambda: imports.commit_import(run_id=run_id, by=by, now=timezone.now())),
        "write": _seconds(lambda: imports.write_import(run_id=run_id, clock=timezone.now)),
    }
    return seconds | {"all": sum(seconds.values())}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
