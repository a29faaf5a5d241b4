"""Exports too long to wait for: asked for, made by a worker, told in the inbox, deleted after a week."""

from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_noop

from audit.services import record
from staff.choices import ExportState
from staff.models import ListExport, User
from staff.services import notify

KEPT_FOR = timedelta(days=7)
GIVEN_UP_AFTER = timedelta(hours=1)
ATTEMPTS = 2


@transaction.atomic
def request_export(*, title: str, address: str, by: User, now: datetime) -> ListExport:
    """The list waits to be exported; asking twice for the same one while it waits is one export."""
    waiting = ListExport.objects.filter(person=by, address=address, state__in=[ExportState.WAITING, ExportState.WORKING]).first()
    if waiting:
        return waiting
    export = ListExport.objects.create(person=by, title=title[:100], address=address, requested_at=now)
    record("list.export_requested", subject=export, by=by, at=now)
    return export


def claim_export(*, now: datetime) -> ListExport | None:
    """The next waiting export, for the caller alone. One whose worker died an hour ago waits again; the second time it is given up."""
    stale = ListExport.objects.filter(state=ExportState.WORKING, started_at__lt=now - GIVEN_UP_AFTER)
    for export in stale.filter(attempts__gte=ATTEMPTS).select_related("person"):
        fail_export(export=export, now=now)
    due = ListExport.objects.filter(state=ExportState.WAITING) | stale.filter(attempts__lt=ATTEMPTS)
    for export in due.select_related("person").order_by("pk")[:20]:
        if due.filter(pk=export.pk).update(state=ExportState.WORKING, started_at=now, attempts=F("attempts") + 1):
            return export
    return None


@transaction.atomic
def finish_export(*, export: ListExport, content: bytes, rows: int, now: datetime) -> None:
    """The workbook is ready for its maker, who is told."""
    export.file.save(f"{export.pk}.xlsx", ContentFile(content), save=False)
    export.state, export.rows, export.finished_at = ExportState.DONE, rows, now
    export.save(update_fields=["file", "state", "rows", "finished_at"])
    record("list.exported", subject=export, by=export.person, at=now, changes={"rows": (None, rows)})
    path = reverse("staff:export", args=[export.pk])
    notify(
        [export.person],
        gettext_noop("Your export is ready: %(title)s, %(rows)s rows. It is kept for 7 days."),
        now=now,
        path=path,
        title=export.title,
        rows=rows,
    )


@transaction.atomic
def fail_export(*, export: ListExport, now: datetime) -> None:
    """No workbook came of it; its maker is told, once."""
    if not ListExport.objects.filter(pk=export.pk, state=ExportState.WORKING).update(state=ExportState.FAILED, finished_at=now):
        return
    record("list.export_failed", subject=export, by=None, at=now)
    notify([export.person], gettext_noop("Your export failed: %(title)s. Narrow the filter and try again."), now=now, title=export.title)


def drop_old_exports(*, now: datetime) -> int:
    """Files older than a week are gone; they hold personal data. Their rows stay for the serial number."""
    old = ListExport.objects.exclude(file="").filter(finished_at__lt=now - KEPT_FOR)
    for export in old:
        export.file.delete(save=False)
        ListExport.objects.filter(pk=export.pk).update(file="")
    return len(old)
