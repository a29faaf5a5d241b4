"""Whether the gate would probably let one call the debtor now: an approximation for whole lists, in SQL.

The gate itself is asked before each contact and has the last word. This knows the debtor's own numbers only, and judges by the agency's clock:
of a debtor who lives by another, and of one who consented to hours beyond the law's where no narrower limit is in force, the gate may say otherwise.
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
from cases.choices import ENDED, CaseState, ClientKind, NumberStatus, Relation, Verification
from cases.models import Phone
from collection.lib.prepared import Prepared
from compliance.choices import FLAGS_OF_PERSON, FLAGS_THAT_HOLD, Direction, FlagKind, Layer, PolicyKey
from compliance.models import CaseFlag, ContactPolicy, DoNotContact, EntrustmentNotice
from compliance.rules.contact import DEAD_AFTER_WRONG
from compliance.rules.layers import Limit, strictest
from compliance.selectors import policies_in_force
from staff.choices import QualificationKind
from staff.models import Qualification
from workbench.selectors.asking import DAY_BEGAN, NOW, PERSON, RESERVED_SINCE, TODAY
from workbench.selectors.wished import NO_LIMIT, is_wanted_now, with_wish

POLICIES = Prepared(lambda: policies_in_force(NOW).exclude(layer=Layer.DEBTOR).order_by("pk"))
Limits = dict[int | None, list[Limit]]
Figures = tuple[tuple[int | None, int], ...]


@dataclass(frozen=True)
class CallLimits:
    """What the limits in force say of calls at this moment: the clients that may not be called for (None: none of them may), and by client,
    None standing for all others, how many calls may reach a debtor and a number in a day."""

    closed: frozenset[int | None]
    is_business_closed: bool
    effective: Figures
    # The law's apart from everybody else's: only the law's gives way to what a debtor agreed to (CR-04).
    attempts_by_law: Figures
    attempts: Figures
    # Of which clients the bank's notice is needed before the first call (CR-19).
    notice: Figures

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
    by_law, others = ({client: [row for row in rows if (row.layer == Layer.LAW) is is_law] for client, rows in limits.items()} for is_law in (True, False))
    # Where no limit at all is in force the gate refuses; where it is only the law's, the others allow any number.
    has_any = dict(_figures(limits, PolicyKey.ATTEMPTS_PER_NUMBER))
    attempts = [_figures(rows, PolicyKey.ATTEMPTS_PER_NUMBER, default=NO_LIMIT) for rows in (by_law, others)]
    return CallLimits(
        closed=closed,
        is_business_closed=is_business_closed,
        effective=_figures(limits, PolicyKey.EFFECTIVE_PER_DAY),
        attempts_by_law=attempts[0],
        attempts=tuple((client, figure if has_any[client] else 0) for client, figure in attempts[1]),
        notice=_figures(limits, PolicyKey.ENTRUSTMENT_NOTICE),
    )


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
    made = _count(spoken, "debtor") + _count(_pending(debtor=OuterRef("debtor"), is_to_debtor=True), "debtor")
    most = _figure(limited.effective, "client_id")
    fresh = Q(LessThan(made, with_wish(PolicyKey.EFFECTIVE_PER_DAY, most, most, "debtor")))
    return free & entrusted & Q(Exists(trained)) & _is_notified(limited) & is_wanted_now() & fresh & Q(Exists(_usable_numbers(limited)))


def _is_notified(limited: CallLimits) -> Q:
    """CR-19: the bank's notice is on file, or it isn't the first contact, or none is needed."""
    if not any(figure for _client, figure in limited.notice):
        return Q()
    on_file = EntrustmentNotice.objects.filter(placement=OuterRef("placement"), notified_on__lte=TODAY)
    spoken = ContactRecord.objects.filter(debtor=OuterRef("debtor"), case__placement=OuterRef("placement"))
    return Q(LessThan(_figure(limited.notice, "client_id"), Value(1))) | Q(Exists(on_file)) | Q(Exists(spoken))


def _usable_numbers(limited: CallLimits) -> QuerySet[Phone]:
    """The debtor's numbers that are neither dead, wrong, expired nor barred, and were not dialled too often today."""
    own = Phone.objects.filter(contact__case=OuterRef("pk"), contact__relation=Relation.SELF).exclude(status=NumberStatus.EMPTY)
    own = own.exclude(verification=Verification.WRONG).filter(Q(expires_on=None) | Q(expires_on__gte=TODAY))
    dialled = ContactRecord.objects.filter(number_index=OuterRef("number_index"), started_at__gte=DAY_BEGAN, direction=Direction.OUT)
    made = _count(dialled, "number_index") + _count(_pending(number_index=OuterRef("number_index")), "number_index")
    law, others = (_figure(figures, "contact__case__client_id") for figures in (limited.attempts_by_law, limited.attempts))
    few = LessThan(made, with_wish(PolicyKey.ATTEMPTS_PER_NUMBER, law, others, "contact__case__debtor"))
    wrong = ContactRecord.objects.filter(number_index=OuterRef("number_index"), debtor=OuterRef("contact__case__debtor"), outcome__marks_number="changed")
    alive = ~Q(status=NumberStatus.CHANGED) | Q(LessThan(_count(wrong, "number_index"), Value(DEAD_AFTER_WRONG)))
    return own.filter(~Exists(DoNotContact.objects.filter(number_index=OuterRef("number_index"))), few, alive)


def _pending(**of: Any) -> QuerySet[Dial]:
    """Calls of today that are not on record yet, and those that somebody else is about to make: they count as made."""
    counted = Q(placed_at__isnull=False) | (Q(at__gt=RESERVED_SINCE) & ~Q(collector=PERSON))
    return Dial.objects.filter(counted, **of, direction=Direction.OUT, recorded_at=None, cancelled_at=None, at__gte=DAY_BEGAN)


def _count(rows: QuerySet, by: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0))


def _figures(limits: Limits, key: str, *, default: int = 0) -> Figures:
    """The strictest figure in force for each client; 0 where none is: without a limit the gate refuses."""
    return tuple((client, limit.figure if (limit := strictest(rows, key)) else default) for client, rows in limits.items())


def _figure(figures: Figures, client: str) -> Choice | Value:
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
