"""One call, as recording it asks of it: prepared, because everybody asks it after every call.

Each of these is one query. They are asked inside the transaction that saves the record.
"""

import uuid
from dataclasses import dataclass

from django.db.models import BigAutoField, CharField, Exists, OuterRef, QuerySet, Subquery, UUIDField

from assignment.models import Assignment
from audit.models import AuditEvent
from calls.models import ContactRecord, Dial, Outcome
from calls.selectors import recordable
from cases.models import Debtor, Phone
from collection.lib.prepared import Given, Prepared
from compliance.models import Verdict
from staff.models import User

PERSON, VERDICT, KEY = Given("person", BigAutoField()), Given("verdict", BigAutoField()), Given("key", UUIDField())
IDENTIFIED = "call.identity_verified"

CALL = Prepared(lambda: recordable(PERSON).select_related("case__client", "contact", "phone").defer("case__extra").filter(pk=VERDICT))
DEBTOR = Prepared(lambda: Debtor.objects.select_for_update(of=("self",), no_key=True).filter(pk=Given("debtor", BigAutoField())).values_list("pk"))
NUMBER = Prepared(
    lambda: (
        Phone.objects.select_for_update(of=("self",), no_key=True)
        .filter(number_index=Given("number", CharField()))
        .order_by("pk")
        .values_list("pk")[:1]
    )
)  # fmt: skip
DIAL = Prepared(lambda: Dial.objects.select_for_update(of=("self",), no_key=True).filter(verdict=VERDICT))
OUTCOME = Prepared(lambda: Outcome.objects.filter(pk=Given("outcome", CharField()), is_active=True))


def was_identified(verdict_id: int) -> bool:
    """Whether identity was confirmed in the call, by the trail (CR-17)."""
    return AuditEvent.objects.filter(subject_type=Verdict._meta.label_lower, subject_id=str(verdict_id), action=IDENTIFIED).exists()


@dataclass(frozen=True)
class TalkStanding:
    """What stands of a call at this moment: read under the locks of `hold_number`."""

    saved: int | None  # the record that this request made before
    is_recorded: bool
    is_recordable: bool
    is_held: bool
    is_identified: bool  # CR-17: what the trail says, not what the browser says


def _standing() -> QuerySet[Verdict]:
    same = ContactRecord.objects.filter(collector=PERSON, request_key=KEY)
    of_call = ContactRecord.objects.filter(verdict=OuterRef("pk"))
    held = Assignment.objects.open().filter(case=OuterRef("case"), collector=PERSON)
    return Verdict.objects.filter(pk=VERDICT).values_list(
        Subquery(same.values("pk")[:1]),
        Exists(of_call),
        Exists(recordable(PERSON).filter(pk=OuterRef("pk"))),
        Exists(held),
        Exists(AuditEvent.objects.filter(subject_type=Verdict._meta.label_lower, subject_id=Given("subject", CharField()), action=IDENTIFIED)),
    )


STANDING = Prepared(_standing)


def standing_of_call(verdict_id: int, *, by: User, key: uuid.UUID) -> TalkStanding:
    return TalkStanding(*STANDING.first(verdict=verdict_id, person=by.pk, key=key, subject=str(verdict_id)))
