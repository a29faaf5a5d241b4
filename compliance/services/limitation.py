"""Evidence that begins the limitation of a case's debt anew (CR-34). Letters write one when a letter is delivered."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from cases.models import Case
from cases.services.casework import lock_case
from collection.lib.errors import Refused
from compliance.choices import Interruption
from compliance.models import LimitationEvent
from compliance.rules.limitation import Happened, interrupting
from compliance.selectors import debts_of
from duties.selectors import working_time
from staff.models import User


class BadInterruption(Refused):
    """An interruption has a kind, a day that is past, and evidence."""

    rule = "CR-34"


@transaction.atomic
def record_interruption(*, case: Case, event: str, on: date, evidence: str, by: User | None, now: datetime) -> LimitationEvent:
    """It happened on `on` and is shown by `evidence`; the term runs anew from that day, unless it was over. The same again changes nothing.

    `event` is one of `Interruption`; `by` is None for what a carrier or a bank's file tells.
    """
    if event not in Interruption.values:
        raise BadInterruption(_("Choose what happened."))
    if on > timezone.localdate(now):
        raise BadInterruption(_("The day cannot lie ahead."))
    if not evidence.strip():
        raise BadInterruption(_("Say what shows it: the proof of delivery, the message, the recording, the paper."))
    case = lock_case(case.pk)
    same = {"case": case, "kind": Interruption(event), "on": on, "evidence": evidence.strip()[:300]}
    row, is_new = LimitationEvent.objects.get_or_create(**same, defaults={"counts": False, "entered_by": by, "entered_at": now})
    if not is_new:
        return row
    _recount(case)
    row.refresh_from_db(fields=["counts"])
    changes = {"event": (None, str(row.kind)), "on": (None, on), "counts": (None, row.counts)}
    record("limitation.interrupted", subject=row, by=by, at=now, changes=changes, reason=row.evidence)
    return row


def _recount(case: Case) -> None:
    """Evidence that comes late may lie between two that are known: all of the case's are judged again, in the order in which they happened."""
    rows = list(case.limitation_events.order_by("on", "pk"))
    happened = [Happened(row.kind, row.on) for row in rows]
    kept = interrupting(debts_of(case.accounts.all(), first_known=rows[0].on), happened, working_time().is_working)
    for row in rows:
        counts = Happened(row.kind, row.on) in kept
        if row.counts != counts:
            row.counts = counts
            row.save(update_fields=["counts"])
