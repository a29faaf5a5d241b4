"""Whether the gate would probably let one call the debtor now: an approximation for whole lists, in SQL.

The gate itself is asked before each contact and has the last word. This leaves out what needs one person's history (loss of contact,
reservations of the last minutes, a debtor's own wishes and consents), and knows the debtor's own numbers only.
"""

from datetime import datetime

from django.db.models import Case as Choice
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan
from django.utils import timezone

from calls.models import ContactRecord
from calls.selectors import start_of_day
from cases.choices import ENDED, CaseState, Relation, Verification
from cases.models import Phone
from compliance.choices import FLAGS_OF_PERSON, FLAGS_THAT_HOLD, Direction, FlagKind, Layer, PolicyKey
from compliance.models import CaseFlag, DoNotContact
from compliance.rules.layers import Limit, strictest
from compliance.selectors import DEAD, policies_in_force
from staff.choices import QualificationKind
from staff.models import Qualification, User

NEVER = Q(pk__in=[])
Limits = dict[int | None, list[Limit]]


def callable_now(user: User, *, now: datetime) -> Q:
    """The condition on a case. One query of its own, for the limits in force."""
    limits, today = _limits_by_client(now), timezone.localdate(now)
    closed = {client for client, of_client in limits.items() if not _is_open(of_client, now)}
    if None in closed:
        return NEVER
    trained = Qualification.objects.filter(person=user, kind=QualificationKind.TRAINING, passed_on__lte=today, valid_until__gte=today)
    entrusted = Q(client__is_active=True, client__entrusted_from__lte=today, client__entrusted_until__gte=today) & ~Q(client__in=closed)
    held = CaseFlag.objects.filter(lifted_at=None).filter(
        Q(case=OuterRef("pk"), kind__in=[*FLAGS_THAT_HOLD, FlagKind.DISPUTE, FlagKind.COMPLAINT]) | Q(debtor=OuterRef("debtor"), kind__in=FLAGS_OF_PERSON)
    )  # fmt: skip
    free = Q(stopped_at=None, complaint_open=False) & ~Q(state__in=[*ENDED, CaseState.DISPUTED]) & ~Q(Exists(held))
    ours = {"started_at__gte": start_of_day(now), "direction": Direction.OUT}
    spoken = ContactRecord.objects.filter(debtor=OuterRef("debtor"), outcome__is_effective_call=True, **ours)
    fresh = Q(LessThan(_count(spoken, "debtor"), _figure(limits, PolicyKey.EFFECTIVE_PER_DAY, "client_id")))
    return free & entrusted & Q(Exists(trained)) & fresh & Q(Exists(_usable_numbers(limits, now)))


def _usable_numbers(limits: Limits, now: datetime) -> QuerySet[Phone]:
    """The debtor's numbers that are neither dead, wrong, expired nor barred, and were not dialled too often today."""
    today = timezone.localdate(now)
    own = Phone.objects.filter(contact__case=OuterRef("pk"), contact__relation=Relation.SELF).exclude(status__in=DEAD)
    own = own.exclude(verification=Verification.WRONG).filter(Q(expires_on=None) | Q(expires_on__gte=today))
    dialled = ContactRecord.objects.filter(number_index=OuterRef("number_index"), started_at__gte=start_of_day(now), direction=Direction.OUT)
    few = LessThan(_count(dialled, "number_index"), _figure(limits, PolicyKey.ATTEMPTS_PER_NUMBER, "contact__case__client_id"))
    return own.filter(~Exists(DoNotContact.objects.filter(number_index=OuterRef("number_index"))), few)


def _count(rows: QuerySet, by: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0))


def _figure(limits: Limits, key: str, client: str) -> Choice | Value:
    """The strictest figure in force for the row's client; 0 where none is: without a limit the gate refuses."""
    figures = {of: limit.figure if (limit := strictest(rows, key)) else 0 for of, rows in limits.items()}
    general = Value(figures.pop(None), IntegerField())
    own = [When(**{client: of}, then=Value(figure)) for of, figure in figures.items()]
    return Choice(*own, default=general, output_field=IntegerField()) if own else general


def _limits_by_client(now: datetime) -> Limits:
    """The limits that hold for everybody under None, and for each client with limits of its own those and the general ones."""
    rows = list(policies_in_force(now).exclude(layer=Layer.DEBTOR))
    of: Limits = {client: [] for client in {None, *(row.client_id for row in rows)}}
    for row in rows:
        for client, limits in of.items():
            if row.client_id in (None, client):
                limits.append(Limit(row.key, row.rule, row.layer, row.value, row.version))
    return of


def _is_open(limits: list[Limit], now: datetime) -> bool:
    windows = [limit for limit in limits if limit.key == PolicyKey.WINDOW]
    return bool(windows) and all(limit.allows(timezone.localtime(now).time()) for limit in windows)
