"""The banks that entrust cases, and the terms of it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from audit.services import record
from cases.models import Client
from staff.models import User

FIELDS = ("code", "name", "short_name", "team", "kind", "entrusted_from", "entrusted_until", "service_phone", "payee_account", "is_active")


@transaction.atomic
def add_client(*, by: User, now: datetime, **fields: Any) -> Client:
    """A client is there, with the terms of its entrustment."""
    client = Client.objects.create(**{name: fields[name] for name in FIELDS if name in fields})
    record("client.added", subject=client, by=by, at=now, changes={name: (None, getattr(client, name)) for name in fields})
    return client


@transaction.atomic
def change_client(*, client_id: int, by: User, now: datetime, **fields: Any) -> Client:
    """The client is as `fields` say; what changed is on the trail."""
    client = Client.objects.select_for_update(of=("self",)).select_related("team").get(pk=client_id)
    changes = {name: (getattr(client, name), fields[name]) for name in FIELDS if name in fields and getattr(client, name) != fields[name]}
    for name, (_before, after) in changes.items():
        setattr(client, name, after)
    if changes:
        client.save(update_fields=list(changes))
        record("client.changed", subject=client, by=by, at=now, changes=changes)
    return client
