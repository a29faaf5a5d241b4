"""What must not stay: rows left out of an import after a month, stored files that no arrival knows."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import Storage
from django.db import transaction

from audit.services import record
from cases.choices import ImportState
from cases.models import ArrivalFile, ImportRun
from cases.services.imports.runs import OPEN_STATES, cancel_import, forget_rows

# So long the rows that were left out of an import can be fetched, to be sent after.
LEFT_ROWS_KEPT = timedelta(days=30)
# A file is stored before its row is; a younger one may belong to an upload that is still under way.
UPLOAD_TAKES = timedelta(days=1)
AT_ONCE = 500


def forget_left_rows(*, now: datetime) -> int:
    """Rows left out of imports that were committed a month ago are gone (personal data is kept no longer than it is needed). Returns of how many imports."""
    old = ImportRun.objects.filter(state=ImportState.COMMITTED, committed_at__lt=now - LEFT_ROWS_KEPT, rows__isnull=False).distinct()
    runs = list(old.defer("layout").order_by("pk")[:AT_ONCE])
    for run in runs:
        with transaction.atomic():
            forget_rows(run)
            record("import.left_rows_forgotten", subject=run, by=None, at=now)
    return len(runs)


def give_up_old_imports(*, now: datetime) -> int:
    """Imports that nobody took further for a month are cancelled, with what was staged of them. Returns how many."""
    old = ImportRun.objects.filter(state__in=OPEN_STATES, created_at__lt=now - LEFT_ROWS_KEPT).order_by("pk")
    runs = list(old.select_related("created_by").defer("layout")[:AT_ONCE])
    for run in runs:
        cancel_import(run_id=run.pk, by=run.created_by, now=now)
    return len(runs)


def remove_orphan_files(*, now: datetime) -> int:
    """Files that were stored for an arrival that was never registered (a killed server, a full disk) are gone. Returns how many."""
    storage = ArrivalFile._meta.get_field("file").storage
    found = [name for name in _stored(storage, "arrivals") if storage.get_modified_time(name) < now - UPLOAD_TAKES]
    removed = 0
    for start in range(0, len(found), AT_ONCE):
        names = found[start : start + AT_ONCE]
        known = set(ArrivalFile.objects.filter(file__in=names).values_list("file", flat=True))
        for name in names:
            if name not in known:
                storage.delete(name)
                removed += 1
    return removed


def _stored(storage: Storage, folder: str) -> Iterator[str]:
    if not storage.exists(folder):
        return
    folders, files = storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _stored(storage, f"{folder}/{name}")
