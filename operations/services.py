from datetime import datetime

from operations.models import Heartbeat


def note_heartbeat(name: str, *, now: datetime) -> None:
    """`name` was alive at `now`. Not a change of business data: it leaves no audit event."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})
