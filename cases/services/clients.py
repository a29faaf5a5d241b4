"""The banks that entrust cases, and the terms of it."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from cases.models import Client, Payee
from collection.lib.errors import Refused
from collection.lib.seen import check_as_seen, fingerprint_of
from staff.models import User

FIELDS = ("code", "name", "short_name", "team", "kind", "entrusted_from", "entrusted_until", "service_phone", "is_active")


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


PAYEE_FIELDS = ("valid_from", "valid_until", "note")


class BadPayee(Refused):
    """This account can't be on the client's list (CR-28)."""

    rule = "CR-28"


@transaction.atomic
def add_payee(*, client: Client, name: str, bank: str, account: str, valid_from: date, valid_until: date | None, note: str, by: User, now: datetime) -> Payee:
    """Letters and scripts may tell this client's debtors to pay there, from that day on (CR-28)."""
    Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    _need_period(valid_from, valid_until)
    account = " ".join(account.split())
    others = [payee for payee in client.payees.filter(account=account) if payee.valid_until is None or payee.valid_until >= valid_from]
    if others:
        raise BadPayee(_("This account is on the list already, from %(day)s on.") % {"day": others[0].valid_from})
    payee = Payee.objects.create(
        client=client, name=name.strip(), bank=bank.strip(), account=account, valid_from=valid_from, valid_until=valid_until, note=note.strip(),
        added_by=by, added_at=now,
    )  # fmt: skip
    changes = {field: (None, getattr(payee, field)) for field in ("name", "bank", "account", "valid_from", "valid_until", "note")}
    record("payee.added", subject=payee, by=by, at=now, changes={"client": (None, client), **changes})
    return payee


@transaction.atomic
def change_payee(*, payee_id: int, valid_from: date, valid_until: date | None, note: str, seen: str | None, by: User, now: datetime) -> Payee:
    """The account may be named in that time, and in no other. What is printed already stays as it is."""
    payee = Payee.objects.select_for_update(of=("self",)).get(pk=payee_id)
    check_as_seen(seen, fingerprint_of(payee, PAYEE_FIELDS))
    _need_period(valid_from, valid_until)
    fields = {"valid_from": valid_from, "valid_until": valid_until, "note": note.strip()}
    changes = {name: (getattr(payee, name), after) for name, after in fields.items() if getattr(payee, name) != after}
    for name, after in fields.items():
        setattr(payee, name, after)
    if changes:
        payee.save(update_fields=list(changes))
        record("payee.changed", subject=payee, by=by, at=now, changes=changes)
    return payee


def _need_period(valid_from: date, valid_until: date | None) -> None:
    if valid_until and valid_until < valid_from:
        raise BadPayee(_("It would end before it starts."))
