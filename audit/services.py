from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import translation

from audit.context import current_origin
from audit.models import AuditEvent
from collection.lib.bulk import load

SYSTEM = "system"
_FIELDS = ("at", "action", "actor", "actor_id", "subject_type", "subject_id", "subject", "changes", "origin")

Changes = dict[str, tuple[Any, Any]]


def record(action: str, *, subject: models.Model, by: models.Model | None, at: datetime, changes: Changes | None = None, reason: str = "") -> AuditEvent:
    """One more line of the trail, in the same transaction as the change itself.

    `changes` maps a field to (before, after); personal data goes in masked. `by` is None when the system acted by itself.
    """
    event = event_for(action, subject=subject, by=by, at=at, changes=changes, reason=reason)
    return record_many([event])[0]


def record_many(events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """The same for a bulk change: one statement for a thousand rows."""
    _demand_transaction()
    return AuditEvent.objects.bulk_create(events, batch_size=1000)


def record_each(action: str, *, of: type[models.Model], subjects: Iterable[tuple[int, str, Changes]], by: models.Model | None, at: datetime) -> int:
    """One line for each (id, name, changes) of a bulk change, with no instance made for any. Returns how many."""
    _demand_transaction()
    kind, actor, actor_id, origin = of._meta.label_lower, str(by) if by else SYSTEM, by.pk if by else None, current_origin()
    lines = ((at, action, actor, actor_id, kind, str(pk), name[:200], _plain_changes(changes), origin) for pk, name, changes in subjects)
    return load(AuditEvent, _FIELDS, lines)


def name_to_keep(thing: models.Model) -> str:
    """What a thing is called in a row that others read later: in the agency's language, whichever the person reads who acts."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(thing)[:200]


def event_for(action: str, *, subject: models.Model, by: models.Model | None, at: datetime, changes: Changes | None = None, reason: str = "") -> AuditEvent:
    """An unsaved event, for `record_many`."""
    return AuditEvent(
        at=at,
        action=action,
        actor=str(by) if by else SYSTEM,
        actor_id=by.pk if by else None,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject=name_to_keep(subject),
        changes=_plain_changes(changes or {}),
        reason=reason,
        origin=current_origin(),
    )


def _demand_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An audit event must be written inside transaction.atomic(), with the change it tells of.")


def _plain_changes(changes: Changes) -> dict[str, list[Any]]:
    return {name: [plain(before), plain(after)] for name, (before, after) in changes.items()}


def plain(value: Any) -> Any:
    """A value as the trail keeps it: numbers and text as they are, people and rows by their name."""
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    if isinstance(value, models.Model):
        return str(value)
    try:
        return DjangoJSONEncoder().default(value)
    except TypeError:
        return str(value)
