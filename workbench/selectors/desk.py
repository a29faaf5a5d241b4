"""The collector's queue: whose turn it is, and why. Two queries for a page, however many cases are held."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import (
    BigAutoField,
    BooleanField,
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models import Case as Choice
from django.db.models.functions import Coalesce

from assignment.models import Assignment, FilteringTask
from calls.choices import PromiseState, ReviewState
from calls.models import FilteringReview, Promise
from calls.selectors.line import calls_to_third_parties
from cases.choices import CaseState
from cases.discretion import band_rank
from cases.models import Case
from cases.rules.amounts import band_of
from collection.lib.prepared import Among, Given, GivenList, Prepared, Statement
from duties.models import Duty
from staff.models import User
from workbench.choices import Why
from workbench.selectors.asking import LONG_AGO, NOW, PERSON, TODAY, asked_by
from workbench.selectors.callable_now import CallLimits, callable_now
from workbench.selectors.discretion import hides_debt, with_discretion

NEVER, FAR = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """Where a case stands in the queue: its reason, when it is due, the band of what is owed (`rank`: the larger first), its id.

    The band and not the amount: the place goes to the browser as a cursor (CR-17).
    """

    why: str
    due: datetime
    rank: int
    pk: int

    @property
    def due_at(self) -> datetime | None:
        return None if self.due >= FAR else self.due


@dataclass(frozen=True)
class Stretch:
    """A stretch of the queue, how many cases stand there for each reason, and whether more follow."""

    places: list[Place]
    counts: dict[str, int]
    has_more: bool


def queue_of() -> QuerySet[Case]:
    """The live cases that who asks holds, each with `why` it stands where it does, and `due`. To be prepared, and asked with `asked_by`.

    A case is in one person's queue only: its open assignment has one holder.
    """
    held = Case.objects.live().filter(holder=PERSON)
    task = _in_task().filter(case=OuterRef("pk")).values("filtering_task")[:1]
    held = held.annotate(task_id=Choice(When(pk__in=_in_task().values("case"), then=Subquery(task))))
    filtering_due = Duty.objects.filter(
        kind="filtering", subject_type=FilteringTask._meta.label_lower, subject_id=OuterRef("task_id"), met_at=None, cancelled_at=None
    )
    due = Choice(When(_to_filter(), then=Subquery(filtering_due.values("due_at")[:1])), default=F("follow_up_at"), output_field=DateTimeField())
    return held.annotate(why=_why(), due=Coalesce(due, Value(FAR, DateTimeField())), rank=-band_rank())


def _in_task() -> QuerySet[Assignment]:
    """What who asks holds from a filtering task of theirs that is open: few, found once for the whole queue."""
    is_open = {"filtering_task__collector": PERSON, "filtering_task__done_at": None, "filtering_task__cancelled_at": None}
    return Assignment.objects.open().filter(collector=PERSON, filtering_task__isnull=False, **is_open)


def _to_filter() -> Q:
    """In an open filtering task, and not classified in it or in one that it continues."""
    done = FilteringReview.objects.filter(case=OuterRef("pk"), task__placement=OuterRef("placement"), state=ReviewState.CLASSIFIED)
    return Q(pk__in=_in_task().values("case")) & ~Q(Exists(done))


def _why() -> Choice:
    worked = Coalesce(OuterRef("touched_at"), Value(NEVER, DateTimeField()))
    broken = Promise.objects.filter(case=OuterRef("pk"), state=PromiseState.BROKEN, settled_at__gt=worked)
    due = Promise.objects.filter(case=OuterRef("pk"), state=PromiseState.OPEN, due_on__lte=TODAY)
    untouched = Q(touched_at=None) | Q(touched_at__lt=LONG_AGO)
    return Choice(
        When(Q(stopped_at__isnull=False) | Q(complaint_open=True) | Q(state=CaseState.DISPUTED), then=Value(Why.HELD.value)),
        When(Exists(broken), then=Value(Why.BROKEN.value)),
        When(Exists(due), then=Value(Why.DUE_TODAY.value)),
        When(_to_filter(), then=Value(Why.FILTERING.value)),
        When(follow_up_at__lte=NOW, then=Value(Why.FOLLOW_UP.value)),
        When(Q(follow_up_at=None) & untouched, then=Value(Why.UNTOUCHED.value)),
        default=Value(Why.LATER.value),
        output_field=CharField(),
    )


PLAIN = {"task": ("task_id", BigAutoField()), "client": ("client_id", BigAutoField()), "stage": ("stage", CharField()), "rank": ("rank", IntegerField())}


@dataclass(frozen=True)
class Asked:
    """What the queue is narrowed by: the values by their filters' names, and whether to what may probably be called now, or to the rest."""

    values: dict[str, Any]
    limited: CallLimits
    is_callable: bool | None = None
    # Later pages leave out what was worked since the first: it would be shown a second time.
    untouched_since: datetime | None = None

    @classmethod
    def of(cls, asked: dict[str, Any], limited: CallLimits, *, untouched_since: datetime | None = None) -> "Asked":
        asked = asked | {"rank": -int(asked["band"]) if asked.get("band") else None}
        values = {name: asked[name] for name in PLAIN if asked.get(name) not in (None, "")}
        if text := (asked.get("q") or "").strip():
            values |= {"q": text, "pinyin": text.lower()}
        return cls(values, limited, asked.get("callable"), untouched_since)

    @property
    def shape(self) -> "Shape":
        limited = None if self.is_callable is None else self.limited
        return Shape(frozenset(self.values), limited, bool(self.is_callable), self.untouched_since is not None)


@dataclass(frozen=True)
class Shape:
    """Which filters are set: each set of them is a query of its own."""

    filters: frozenset[str]
    limited: CallLimits | None
    is_callable: bool
    is_later_page: bool


@lru_cache(maxsize=200)
def _narrowed(shape: Shape) -> Prepared:
    """By task, client, stage, band of the amount, text (the start of a name or a case number), and by what one may probably call now."""
    return Prepared(lambda: _narrow(queue_of(), shape).order_by().values("pk", "why", "due", "rank"))


def _narrow(queue: QuerySet[Case], shape: Shape) -> QuerySet[Case]:
    queue = queue.filter(**{column: Given(name, field) for name, (column, field) in PLAIN.items() if name in shape.filters})
    if "q" in shape.filters:
        text, pinyin = Given("q", CharField()), Given("pinyin", CharField())
        queue = queue.filter(Q(debtor__name__startswith=text) | Q(case_no__startswith=text) | Q(debtor__name_pinyin__startswith=pinyin))
    if shape.limited:
        able = callable_now(shape.limited)
        queue = queue.filter(able if shape.is_callable else ~able)
    if shape.is_later_page:
        queue = queue.filter(Q(touched_at=None) | Q(touched_at__lte=Given("first_page_at", DateTimeField())))
    return queue


def stretch_of(user: User, asked: Asked, *, as_of: datetime, size: int, why: str = "", after: Place | None = None, backwards: bool = False) -> Stretch:
    """The first `size` places after this one (before it, the nearest first, when `backwards`), and the counts of all reasons. One query.

    The reasons are worked out once: for the order, the place and the counts alike. Django would work them out anew for each.
    """
    statement = _stretch(asked.shape, bool(why), after is not None, backwards)
    given = asked_by(user, now=as_of) | asked.values | {"first_page_at": asked.untouched_since, "size": size + 1, "wanted": why}
    if after:
        given |= {"after_why": after.why, "after_due": after.due, "after_rank": after.rank, "after_pk": after.pk}
    with connection.cursor() as cursor:
        cursor.execute(*statement.asked(connection, given))
        rows = cursor.fetchall()
    places = [Place(row[1], _moment(row[2]), int(row[3]), row[0]) for row in rows if row[0]]
    return Stretch(places[:size], {row[1]: row[4] for row in rows if not row[0]}, has_more=len(places) > size)


SIZE, WANTED = Given("size", IntegerField()), Given("wanted", CharField())
AFTER = [Given("after_why", CharField()), Given("after_due", DateTimeField()), Given("after_rank", IntegerField()), Given("after_pk", BigAutoField())]


@lru_cache(maxsize=200)
def _stretch(shape: Shape, is_of_one_reason: bool, is_after: bool, backwards: bool) -> Statement:
    inner, where, places = _narrowed(shape).statement, [], []
    if is_of_one_reason:
        where.append("why = %s")
        places.append(WANTED)
    if is_after:
        where.append(f"(why, due, rank, id) {'<' if backwards else '>'} (%s, %s, %s, %s)")
        places += AFTER
    order = ", ".join(f"{name} {'DESC' if backwards else 'ASC'}" for name in ("why", "due", "rank", "id"))
    page = f"SELECT id, why, due, rank, 0 AS n FROM q {'WHERE ' + ' AND '.join(where) if where else ''} ORDER BY {order} LIMIT %s"  # noqa: S608
    text = f"WITH q(id, why, due, rank) AS MATERIALIZED ({inner.text}) SELECT * FROM ({page}) page UNION ALL SELECT 0, why, NULL, NULL, count(*) FROM q GROUP BY why"  # noqa: S608
    return Statement(text, [*inner.places, *places, SIZE])


def _moment(stored: Any) -> datetime:
    if isinstance(stored, datetime):
        return stored
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def rows_of(places: list[Place], *, limited: CallLimits, user: User, now: datetime) -> list[Case]:
    """What a line of the queue shows, in the order of the places; `masked` says that the amounts wait for identity (CR-17). One query; nothing
    is decrypted for it."""
    asked = _lines(limited).rows(**asked_by(user, now=now), cases=[place.pk for place in places])
    found, rows = {case.pk: case for case in asked}, []
    for place in places:
        if case := found.get(place.pk):
            case.why, case.due_at = place.why, place.due_at
            case.band = band_of(case.balance)
            case.masked = hides_debt(case, is_mine=True, is_in_review=place.why == Why.FILTERING)
            rows.append(case)
    return rows


@lru_cache(maxsize=200)
def _lines(limited: CallLimits) -> Prepared:
    names = ("id", "case_no", "state", "balance", "stage", "overdue_days", "follow_up_at", "touched_at", "debtor__name", "client__short_name")
    promise = Promise.objects.filter(case=OuterRef("pk"), state__in=[PromiseState.OPEN, PromiseState.BROKEN]).order_by("-pk")
    return Prepared(
        lambda: (
            with_discretion(Case.objects.filter(Among(F("pk"), GivenList("cases", BigAutoField()))))
            .select_related("debtor", "client")
            .only(*names)
            .annotate(
                classified=Exists(FilteringReview.objects.filter(case=OuterRef("pk"), task__placement=OuterRef("placement"), state=ReviewState.CLASSIFIED)),
                is_silent=Exists(calls_to_third_parties()),
                promise_amount=Subquery(promise.values("amount")[:1]),
                promise_due_on=Subquery(promise.values("due_on")[:1]),
                callable=ExpressionWrapper(callable_now(limited), BooleanField()),
            )
        )
    )


PLACE = Prepared(lambda: queue_of().filter(pk=Given("case", BigAutoField())).order_by().values_list("why", "due", "rank", "pk"))


def place_of(user: User, pk: int, *, now: datetime) -> Place | None:
    """Where this case stands now in this person's queue; None when it is not in it. One query."""
    row = PLACE.first(**asked_by(user, now=now), case=pk)
    return Place(*row) if row else None
