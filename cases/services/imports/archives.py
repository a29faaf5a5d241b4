"""A packed archive: its files are kept beside it in the same arrival, and each gets an import of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile

from django.core.files import File
from django.db import transaction

from audit.services import record
from cases.choices import ImportState
from cases.models import ArrivalFile, ImportRun
from cases.reader import Unreadable, unpack
from cases.selectors import live_run_of
from cases.services.imports.runs import Claim, start_import, step_ends
from cases.services.intake import file_of_hash, keep_member

# The reader has the same limit; whoever writes to the disk does not rely on that.
MOST_UNPACKED = 1024 * 1024 * 1024


def unpack_archive(run: ImportRun, hold: Claim) -> list[int]:
    """All members become files of the arrival, or none (Unreadable). Returns their imports' ids, to be read.

    A member that came before is named and not taken again. What was stored is removed again when the transaction fails.
    """
    kept: list[ArrivalFile] = []
    with ExitStack() as temporary:
        members = list(_unpacked(run, hold, temporary))
        if not members:
            raise Unreadable("no_table")
        try:
            with transaction.atomic():
                return _take(run, hold, members, kept)
        except BaseException:
            for file in kept:
                file.file.delete(save=False)
            raise


def _unpacked(run: ImportRun, hold: Claim, temporary: ExitStack) -> Iterator[tuple[str, File]]:
    left = MOST_UNPACKED
    number = 0

    def on_wait() -> None:
        hold.beat(number)

    for number, (name, chunks) in enumerate(unpack(run.file.file.path, password=run.password, on_wait=on_wait), start=1):
        content = temporary.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
        for chunk in chunks:
            left -= len(chunk)
            if left < 0:
                raise Unreadable("archive_too_large")
            content.write(chunk)
            hold.beat(number)
        content.seek(0)
        yield name, File(content, name=name)


def _take(run: ImportRun, hold: Claim, members: list[tuple[str, File]], kept: list[ArrivalFile]) -> list[int]:
    hold.keep()
    names, started = [], []
    for name, content in members:
        member = file_of_hash(run.client, content)
        if member is None:
            member = keep_member(archive=run.file, name=name, content=content, by=run.created_by, now=hold.clock())
            kept.append(member)
        if member.arrival_id == run.file.arrival_id and live_run_of(member) is None:
            started.append(start_import(file=member, by=run.created_by, now=hold.clock(), team=run.team, password=run.password).pk)
        names.append({"member": member.name, "file": member.pk, "is_new": member in kept})
    run = step_ends(hold, state=ImportState.UNPACKED, layout=names, row_count=0, done_rows=len(names), password="")
    changes = {"state": (ImportState.UPLOADED, ImportState.UNPACKED), "files": (None, [name["member"] for name in names])}
    record("import.unpacked", subject=run, by=None, at=hold.clock(), changes=changes)
    return started
