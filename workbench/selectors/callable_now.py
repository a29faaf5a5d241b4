"""Whether the gate would probably let one call the debtor now: an approximation for whole lists, in SQL.

The gate itself is asked before each contact and has the last word. This leaves out what needs one person's history (loss of contact,
reservations of the last minutes, a debtor's own hours and consents), and knows the debtor's own numbers only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan
from django.utils import timezone

from calls.models import ContactRecord, Dial
from cases.choices import ENDED, CaseState, ClientKind, Relation, Verification
from cases.models import Phone
from collection.lib.prepared import Prepared
from compliance.choices import FLAGS_OF_PERSON, FLAGS_THAT_HOLD, Direction, FlagKind, Layer, PolicyKey
from compliance.models import CaseFlag, ContactPolicy, DoNotContact
from compliance.rules.layers import Limit, strictest
from compliance.selectors import DEAD, policies_in_force
from staff.choices import QualificationKind
from staff.models import Qualification
from workbench.selectors.asking import DAY_BEGAN, NOW, PERSON, TODAY

POLICIES = Prepared(lambda: policies_in_force(NOW).exclude(layer=Layer.DEBTOR).order_by("pk"))
Limits = dict[int | None, list[Limit]]


@dataclass(frozen=True)
class CallLimits:
    """What the limits in force say of calls at this moment: the clients that may not be called for (None: none of them may), and by client,
    None standing for all others, how many calls may reach a debtor and a number in a day."""

    closed: frozenset[int | None]
    is_business_closed: bool
    effective: tuple[tuple[int | None, int], ...]
    attempts: tuple[tuple[int | None, int], ...]

    @property
    def is_closed(self) -> bool:
        """Whether it is outside the hours in which anybody may be called."""
        return None in self.closed


def call_limits(*, now: datetime) -> CallLimits:
    """One query."""
    rows = POLICIES.rows(now=now)
    limits = _limits_by_client(row for row in rows if row.key != PolicyKey.BUSINESS_WINDOW)
    closed = frozenset(client for client, of_client in limits.items() if not _is_open(of_client, now))
    is_business_closed = not all(_limit(row).allows(timezone.localtime(now)) for row in rows if row.key == PolicyKey.BUSINESS_WINDOW)
    return CallLimits(closed, is_business_closed, _figures(limits, PolicyKey.EFFECTIVE_PER_DAY), _figures(limits, PolicyKey.ATTEMPTS_PER_NUMBER))


def callable_now(limited: CallLimits) -> Q:
    """The condition on a case, for a query that is prepared: it is asked with `asked_by`."""
    if limited.is_closed:
        return Q(pk__lt=1)  # no row; Django refuses to write a query of which it knows that nothing is found
    trained = Qualification.objects.filter(person=PERSON, kind=QualificationKind.TRAINING, passed_on__lte=TODAY, valid_until__gte=TODAY)
    entrusted = Q(client__is_active=True, client__entrusted_from__lte=TODAY, client__entrusted_until__gte=TODAY) & ~Q(client__in=limited.closed)
    if limited.is_business_closed:
        entrusted &= ~Q(client__kind=ClientKind.BUSINESS)
    held = CaseFlag.objects.filter(lifted_at=None).filter(
        Q(case=OuterRef("pk"), kind__in=[*FLAGS_THAT_HOLD, FlagKind.DISPUTE, FlagKind.COMPLAINT]) | Q(debtor=OuterRef("debtor"), kind__in=FLAGS_OF_PERSON)
    )  # fmt: skip
    free = Q(stopped_at=None, complaint_open=False) & ~Q(state__in=[*ENDED, CaseState.DISPUTED]) & ~Q(Exists(held))
    ours = {"started_at__gte": DAY_BEGAN, "direction": Direction.OUT}
    spoken = ContactRecord.objects.filter(debtor=OuterRef("debtor"), outcome__is_effective_call=True, **ours)
    fresh = Q(
        LessThan(_count(spoken, "debtor") + _count(_pending(debtor=OuterRef("debtor"), is_to_debtor=True), "debtor"), _figure(limited.effective, "client_id"))
    )
    return free & entrusted & Q(Exists(trained)) & fresh & Q(Exists(_usable_numbers(limited)))


def _usable_numbers(limited: CallLimits) -> QuerySet[Phone]:
    """The debtor's numbers that are neither dead, wrong, expired nor barred, and were not dialled too often today."""
    own = Phone.objects.filter(contact__case=OuterRef("pk"), contact__relation=Relation.SELF).exclude(status__in=DEAD)
    own = own.exclude(verification=Verification.WRONG).filter(Q(expires_on=None) | Q(expires_on__gte=TODAY))
    dialled = ContactRecord.objects.filter(number_index=OuterRef("number_index"), started_at__gte=DAY_BEGAN, direction=Direction.OUT)
    made = _count(dialled, "number_index") + _count(_pending(number_index=OuterRef("number_index")), "number_index")
    few = LessThan(made, _figure(limited.attempts, "contact__case__client_id"))
    return own.filter(~Exists(DoNotContact.objects.filter(number_index=OuterRef("number_index"))), few)


def _pending(**of: Any) -> QuerySet[Dial]:
    """Calls of today that were placed and are not on record yet: they count as made."""
    return Dial.objects.filter(**of, placed_at__isnull=False, recorded_at=None, cancelled_at=None, at__gte=DAY_BEGAN)


def _count(rows: QuerySet, by: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0))


def _figures(limits: Limits, key: str) -> tuple[tuple[int | None, int], ...]:
    """The strictest figure in force for each client; 0 where none is: without a limit the gate refuses."""
    return tuple((client, limit.figure if (limit := strictest(rows, key)) else 0) for client, rows in limits.items())


def _figure(figures: tuple[tuple[int | None, int], ...], client: str) -> Choice | Value:
    """The figure of the row's client."""
    general = Value(dict(figures)[None], IntegerField())
    own = [When(**{client: of}, then=Value(figure)) for of, figure in figures if of is not None]
    return Choice(*own, default=general, output_field=IntegerField()) if own else general


def _limit(row: ContactPolicy) -> Limit:
    return Limit(row.key, row.rule, row.layer, row.value, row.version)


def _limits_by_client(rows: Iterable[ContactPolicy]) -> Limits:
    """The limits that hold for everybody under None, and for each client with limits of its own those and the general ones."""
    rows = list(rows)
    clients = sorted({row.client_id for row in rows if row.client_id})
    of: Limits = {client: [] for client in (None, *clients)}
    for row in rows:
        for client, limits in of.items():
            if row.client_id in (None, client):
                limits.append(_limit(row))
    return of


def _is_open(limits: list[Limit], now: datetime) -> bool:
    windows = [limit for limit in limits if limit.key == PolicyKey.WINDOW]
    return bool(windows) and all(limit.allows(timezone.localtime(now)) for limit in windows)
