from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
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
    if own := _claim(person_id, key, digest, now):
        answer = work()
        KeptAnswer.objects.filter(pk=own).update(status=answer.status, body=answer.body)
        return answer
    row = KeptAnswer.objects.get(person_id=person_id, key=key)
    if row.digest != digest:
        raise KeyReused(_("This key was sent with something else before. Load the page again."))
    return Answer(row.status, row.body, is_replayed=True)


def _claim(person_id: int, key: str, digest: str, now: datetime) -> int | None:
    """The id of the new row; None when the key was there before. One statement, that waits for whoever is about to write the same key."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [person_id, key, digest, "", connection.ops.adapt_datetimefield_value(now)])
        found = cursor.fetchone()
    return found[0] if found else None


CLAIM = """INSERT INTO operations_keptanswer (person_id, key, digest, body, at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (person_id, key) DO NOTHING RETURNING id"""


def forget_answers(*, now: datetime) -> int:
    """Answers older than two days are removed; how many. Not a change of business data: it leaves no audit event."""
    count, _by_model = KeptAnswer.objects.filter(at__lt=now - KEPT_FOR).delete()
    return count
