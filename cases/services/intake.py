"""Arrivals (A1.1, A1.1b): a bank's files registered, their clock extended or delegated, and the hand-over to the data specialist."""

import hashlib
import unicodedata
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from cases.choices import ArrivalState, Channel
from cases.models import Arrival, ArrivalFile, Client, ImportRun
from cases.selectors import DEAD, duty_of, free_specialist, may_hand_over
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.models import Duty
from duties.services import cancel_duty, extend_duty, hand_over_duty, meet_duty, open_duty
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify

MOST_FILES = 20
LONGEST_NAME = 120


class CannotRegister(Refused):
    """The arrival is not complete, or one of its files was taken before."""

    rule = "A1.1"


@transaction.atomic
def register_arrival(*, client: Client, channel: str, received_at: datetime, files: Sequence[UploadedFile], note: str = "", by: User, now: datetime) -> Arrival:
    """The bank's files are kept with their hashes, and the hour of intake runs from when they arrived (A1.1)."""
    if received_at > now:
        raise CannotRegister(_("The time of arrival lies in the future."))
    if not files:
        raise CannotRegister(_("Add the files that arrived."))
    if len(files) > MOST_FILES:
        raise CannotRegister(_("At most %(most)s files at once; register the others as another arrival.") % {"most": MOST_FILES})
    arrival = Arrival.objects.create(client=client, channel=Channel(channel), received_at=received_at, note=note.strip(), registered_by=by, registered_at=now)
    kept = _keep_files(arrival, files, by=by, now=now)
    changes = {"client": (None, client), "received_at": (None, received_at), "files": (None, [file.name for file in kept])}
    record("arrival.registered", subject=arrival, by=by, at=now, changes=changes)
    path = reverse("cases:arrival-detail", args=[arrival.pk])
    open_duty(kind=Kind.INTAKE, subject=arrival, holder=by, start=received_at, by=by, path=path, now=now)
    return arrival


def _keep_files(arrival: Arrival, files: Sequence[UploadedFile], *, by: User, now: datetime) -> list[ArrivalFile]:
    """All of them, or none: what was stored of a refused arrival is removed again."""
    kept: list[ArrivalFile] = []
    try:
        for file in files:
            kept.append(_keep_file(arrival, file, by=by, now=now))  # noqa: PERF401 - what was kept so far must be known when one fails
    except BaseException:
        for row in kept:
            row.file.delete(save=False)
        raise
    return kept


def _keep_file(arrival: Arrival, file: UploadedFile, *, by: User, now: datetime) -> ArrivalFile:
    name = shown_name(file.name or "")
    if not file.size:
        raise CannotRegister(_("“%(name)s” is empty. Ask the bank to send it again.") % {"name": name})
    if file.size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1024 // 1024
        raise CannotRegister(_("“%(name)s” is larger than %(most)s MB. Split it and register the parts.") % {"name": name, "most": most})
    sha256 = hash_of(file)
    before = ArrivalFile.objects.filter(client=arrival.client, sha256=sha256).select_related("arrival").first()
    if before:
        raise _taken(name, before)
    row = ArrivalFile(arrival=arrival, client=arrival.client, name=name, size=file.size, sha256=sha256, uploaded_by=by, uploaded_at=now)
    _store(row, file)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        row.file.delete(save=False)
        raise _taken(name, ArrivalFile.objects.select_related("arrival").get(client=arrival.client, sha256=sha256)) from error
    return row


def _store(row: ArrivalFile, content: File) -> None:
    """Under a name of our own: what the sender called it is only ever shown."""
    row.file.save(f"{uuid.uuid4().hex}{suffix_of(row.name)}", content, save=False)


def file_of_hash(client: Client, content: File) -> ArrivalFile | None:
    """The client's file with this very content, if it came before."""
    return ArrivalFile.objects.filter(client=client, sha256=hash_of(content)).select_related("arrival").first()


def keep_member(*, archive: ArrivalFile, name: str, content: File, by: User, now: datetime) -> ArrivalFile:
    """A file out of an archive, kept in the archive's arrival. Whoever's transaction it is removes the stored file when it fails."""
    shown = shown_name(name)
    about = {"arrival": archive.arrival, "client": archive.client, "packed_in": archive, "uploaded_by": by, "uploaded_at": now}
    row = ArrivalFile(name=shown, size=content.size, sha256=hash_of(content), **about)
    _store(row, content)
    row.save()
    record("file.unpacked", subject=row, by=by, at=now, changes={"archive": (None, archive.name)})
    return row


def _taken(name: str, before: ArrivalFile) -> CannotRegister:
    values = {"name": name, "arrival": before.arrival_id, "old": before.name}
    return CannotRegister(_("“%(name)s” was already taken in arrival #%(arrival)s, as “%(old)s”. Its content is the same to the last byte.") % values)


def hash_of(file: File) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def shown_name(name: str) -> str:
    """A file name as it may be shown: the last part only, without control and direction marks, not too long (S20)."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    plain = "".join(char for char in last if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")).strip(" .")
    if len(plain) > LONGEST_NAME:
        stem, dot, suffix = plain.rpartition(".")
        plain = f"{stem[: LONGEST_NAME - 8]}…{dot}{suffix[:6]}"
    return plain or "file"


def suffix_of(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix in (".xlsx", ".xls", ".csv") else ".bin"


class CannotGoOn(Refused):
    """The arrival is not in the state for this step, or the step belongs to somebody else."""

    rule = "A1.1"


def _locked(arrival_id: int) -> Arrival:
    return Arrival.objects.select_for_update(of=("self",)).select_related("client").get(pk=arrival_id)


def _must_wait(arrival: Arrival) -> None:
    if arrival.state != ArrivalState.WAITING:
        raise CannotGoOn(_("The arrival is no longer waiting: it is “%(state)s”.") % {"state": arrival.get_state_display()})


@transaction.atomic
def extend_intake(*, arrival_id: int, reason: str, by: User, now: datetime, extra: int | None = None) -> Duty:
    """Special circumstances: the intake may take up to three working hours, with a reason and the name of who allowed it (A1.1)."""
    arrival = _locked(arrival_id)
    _must_wait(arrival)
    return extend_duty(kind=Kind.INTAKE, subject=arrival, by=by, reason=reason, now=now, extra=extra)


@transaction.atomic
def delegate_arrival(*, arrival_id: int, to: User, reason: str, by: User, now: datetime) -> Duty:
    """The GM office gives the arrival to a named person, who holds the duty from now on; its clock runs on (A1.1b)."""
    arrival = _locked(arrival_id)
    _must_wait(arrival)
    if not by.has_perm("cases.delegate_arrival"):
        raise CannotGoOn(_("Only the GM office delegates an arrival."), rule="A1.1b")
    if not reason.strip():
        raise CannotGoOn(_("Say why the arrival is delegated."), rule="A1.1b")
    duty = duty_of(arrival, Kind.INTAKE)
    if duty is None or duty.met_at or duty.cancelled_at:
        raise CannotGoOn(_("The intake has no open duty to delegate."), rule="A1.1b")
    if duty.holder_id == to.pk:
        raise CannotGoOn(_("%(name)s holds it already.") % {"name": to}, rule="A1.1b")
    duty = hand_over_duty(duty_id=duty.pk, to=to, by=by, reason=reason.strip(), now=now)
    record("arrival.delegated", subject=arrival, by=by, at=now, changes={"holder": (None, to)}, reason=reason.strip())
    return duty


@transaction.atomic
def hand_over_arrival(*, arrival_id: int, by: User, now: datetime, to: User | None = None) -> Arrival:
    """The intake is met; a data specialist (`to`, or who has the least to do) is told and must import at once (A1.1, A1.2)."""
    arrival = _locked(arrival_id)
    _must_wait(arrival)
    if not may_hand_over(by, arrival):
        raise CannotGoOn(_("Only supply chain, or the person the GM office named, hands the arrival over."))
    specialist = to or free_specialist(now) or people_with_role(Role.DATA_SPECIALIST).first()
    if specialist is None or not specialist.has_perm("cases.import_placement"):
        raise CannotGoOn(_("Choose a data specialist; there is nobody of that group to take it."))
    arrival.state, arrival.handed_over_at, arrival.handed_over_by, arrival.data_specialist = ArrivalState.HANDED_OVER, now, by, specialist
    arrival.save(update_fields=["state", "handed_over_at", "handed_over_by", "data_specialist"])
    changes = {"state": (ArrivalState.WAITING, ArrivalState.HANDED_OVER), "data_specialist": (None, specialist)}
    record("arrival.handed_over", subject=arrival, by=by, at=now, changes=changes)
    path = reverse("cases:arrival-detail", args=[arrival.pk])
    meet_duty(kind=Kind.INTAKE, subject=arrival, by=by, now=now)
    open_duty(kind=Kind.IMPORT, subject=arrival, holder=specialist, start=now, by=by, path=path)
    message = gettext_noop("%(client)s: %(count)s files to import, handed over by %(by)s.")
    notify([specialist], message, now=now, path=path, client=arrival.client, count=arrival.files.count(), by=by)
    return arrival


@transaction.atomic
def reject_arrival(*, arrival_id: int, reason: str, by: User, now: datetime) -> Arrival:
    """The files cannot be used; the reason stays with the arrival, and nobody waits for it any more."""
    arrival = _locked(arrival_id)
    if not reason.strip():
        raise CannotGoOn(_("Say why the files are rejected, so that the bank can be told."))
    if arrival.state not in (ArrivalState.WAITING, ArrivalState.HANDED_OVER):
        raise CannotGoOn(_("The arrival is “%(state)s” and can no longer be rejected.") % {"state": arrival.get_state_display()})
    if arrival.state == ArrivalState.WAITING and not may_hand_over(by, arrival):  # before that it is supply chain's, with its clock
        raise CannotGoOn(_("The arrival has not been handed over yet."))
    if ImportRun.objects.filter(file__arrival=arrival).exclude(state__in=DEAD).exists():
        raise CannotGoOn(_("A file of the arrival is being imported or is imported. Cancel or undo that first."))
    before, arrival.state, arrival.rejected_reason = arrival.state, ArrivalState.REJECTED, reason.strip()
    arrival.save(update_fields=["state", "rejected_reason"])
    record("arrival.rejected", subject=arrival, by=by, at=now, changes={"state": (before, arrival.state)}, reason=reason.strip())
    cancel_duty(kind=Kind.INTAKE, subject=arrival, by=by, now=now, reason=reason.strip())
    cancel_duty(kind=Kind.IMPORT, subject=arrival, by=by, now=now, reason=reason.strip())
    others = {arrival.registered_by, arrival.data_specialist} - {by, None}
    path = reverse("cases:arrival-detail", args=[arrival.pk])
    notify(others, gettext_noop("%(arrival)s was rejected by %(by)s: %(reason)s"), now=now, path=path, arrival=arrival, by=by, reason=reason.strip())
    return arrival


@transaction.atomic
def hand_out_file(*, file: ArrivalFile, by: User, now: datetime) -> File:
    """The bank's file, open for reading, and on the trail that this person took it."""
    record("file.downloaded", subject=file, by=by, at=now)
    return file.file.open("rb")
