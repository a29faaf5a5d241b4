"""What shall be recovered, set by the GM office."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from audit.services import record
from cases.models import Client, Placement
from collection.lib.seen import check_as_seen, fingerprint
from figures.models import RecoveryTarget
from staff.models import User


def target_of(client: Client, placement: Placement | None) -> RecoveryTarget | None:
    """The placement's own target, or without a placement the client's."""
    return RecoveryTarget.objects.filter(client=client, placement=placement).first()


def seen_target(client: Client, placement: Placement | None) -> str:
    """The fingerprint of what a form shows."""
    row = target_of(client, placement)
    return fingerprint({"percent": row.percent} if row else None)


@transaction.atomic
def set_target(*, client: Client, placement: Placement | None, percent: Decimal | None, by: User, now: datetime, seen: str | None = None) -> None:
    """So much percent of the amount placed shall be recovered; None or 0 takes the target away. Refuses to save over what changed since `seen`."""
    Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    check_as_seen(seen, seen_target(client, placement))
    row = target_of(client, placement)
    before = row.percent if row else None
    percent = percent or None
    if before == percent:
        return
    if percent is None:
        row.delete()
    else:
        RecoveryTarget.objects.update_or_create(client=client, placement=placement, defaults={"percent": percent, "changed_by": by, "changed_at": now})
    record("recovery_target.set", subject=placement or client, by=by, at=now, changes={"percent": (before, percent)})
