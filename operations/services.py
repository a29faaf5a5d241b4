from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from collection.lib.errors import Refused
from operations.models import Heartbeat, KeptAnswer

KEPT_FOR = timedelta(hours=48)


def note_heartbeat(name: str, *, now: datetime) -> None:
    """`name` was alive at `now`. Not a change of business data: it leaves no audit event."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})


class KeyReused(Refused):
    """The key belongs to another request."""

    rule = "F14"
    status = 422


@dataclass(frozen=True)
class Answer:
    """A status and a body of JSON; `is_replayed` when nothing was done for it this time."""

    status: int
    body: str
    is_replayed: bool = False


@transaction.atomic
def answer_once(*, key: str, person_id: int, digest: str, now: datetime, work: Callable[[], Answer]) -> Answer:
    """Do the work, or give the answer that it had the first time (F14).

    Effect and answer are one transaction. Of twenty at once one works; the others wait at the unique key and read what it answered. When
    the work raises, key and effect are gone together, and the next of the twenty works.
    """
    row, is_new = KeptAnswer.objects.get_or_create(person_id=person_id, key=key, defaults={"digest": digest, "at": now})
    if is_new:
        answer = work()
        row.status, row.body = answer.status, answer.body
        row.save(update_fields=["status", "body"])
        return answer
    if row.digest != digest:
        raise KeyReused(_("This key was sent with something else before. Load the page again."))
    return Answer(row.status, row.body, is_replayed=True)


def forget_answers(*, now: datetime) -> int:
    """Answers older than two days are removed; how many. Not a change of business data: it leaves no audit event."""
    count, _by_model = KeptAnswer.objects.filter(at__lt=now - KEPT_FOR).delete()
    return count
