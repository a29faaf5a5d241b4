"""What collectors did: dials, people reached, promises, and what came of them."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour, TruncDate

from calls.choices import PromiseState
from calls.models import ContactRecord, Promise
from cases.models import Payment
from compliance.choices import Direction
from figures.models import CallSummary
from figures.selectors.question import Question, narrowed, of_people, start_of
from figures.selectors.summary import fresh_days

CALLS = {"client": "case__client", "team": "collector__team", "person": "collector"}
PROMISES = {"client": "case__client", "team": "record__collector__team", "person": "record__collector"}
PAYMENTS = {"client": "case__client", "team": "credited_to__team", "person": "credited_to"}
YUAN = "CNY"

# A dial is a call that we made and recorded; who rings us is not dialled.
OUT = Q(direction=Direction.OUT)
MEASURES = {"dials": OUT, "reached": OUT & Q(outcome__is_contact=True), "right_party": OUT & Q(outcome__is_right_party=True)}
HOUR_MEASURES = ("dials", "reached", "right_party")
COUNTED = (*MEASURES, "promises")
SUMMARIES = {"client": "client", "team": "collector__team", "person": "collector"}


@dataclass
class Activity:
    """Of some calls and days: counts, and yuan recovered."""

    dials: int = 0
    reached: int = 0
    right_party: int = 0
    promises: int = 0
    kept: int = 0
    broken: int = 0
    recovered: Decimal = Decimal(0)

    def add(self, other: "Activity") -> None:
        self.dials += other.dials
        self.reached += other.reached
        self.right_party += other.right_party
        self.promises += other.promises
        self.kept += other.kept
        self.broken += other.broken
        self.recovered += other.recovered


def calls_asked(question: Question) -> QuerySet[ContactRecord]:
    """Calls that began in the period."""
    rows = ContactRecord.objects.filter(of_people(question.user, "collector"), question.within("started_at"))
    return narrowed(rows, question, CALLS)


def calls_by(question: Question, *by: str) -> list[dict[str, Any]]:
    """Calls and the promises made in them, by some of collector, day and hour: past days from their summaries, today and what is not summed up from the records."""
    days = fresh_days(question.first, question.last)
    summed = CallSummary.objects.filter(of_people(question.user, "collector"), day__in=days)
    found = list(narrowed(summed, question, SUMMARIES).order_by().values(*by).annotate(**{name: Sum(name) for name in COUNTED})) if days else []
    counted = {name: Count("pk", filter=where) for name, where in MEASURES.items()} | {"promises": Count("promise")}
    calls = calls_asked(question).filter(_not_on(question, days)).annotate(day=TruncDate("started_at"), hour=ExtractHour("started_at"))
    return [*found, *calls.order_by().values(*by).annotate(**counted)]


def _not_on(question: Question, days: set[date]) -> Q:
    """Outside these days: as stretches of time, which an index finds."""
    if not days:
        return Q()
    left = [question.first + timedelta(days=number) for number in range((question.last - question.first).days + 1)]
    wanted = Q(pk__in=[])
    stretch: list[date] = []
    for day in [*left, None]:
        if day is not None and day not in days:
            stretch.append(day)
        elif stretch:
            wanted |= Q(started_at__gte=start_of(stretch[0]), started_at__lt=start_of(stretch[-1] + timedelta(days=1)))
            stretch = []
    return wanted


def promises_made(question: Question) -> QuerySet[Promise]:
    """Promises made in calls of the period."""
    rows = Promise.objects.filter(of_people(question.user, "record__collector"), question.within("record__started_at"))
    return narrowed(rows, question, PROMISES)


def promises_settled(question: Question, state: str) -> QuerySet[Promise]:
    """Promises that came out like this in the period, whenever they were made."""
    rows = Promise.objects.filter(of_people(question.user, "record__collector"), question.within("settled_at"), state=state)
    return narrowed(rows, question, PROMISES)


def payments_credited(question: Question) -> QuerySet[Payment]:
    """Payments in yuan of the period, credited to who held the case that day; one taken back counts with its minus sign."""
    rows = Payment.objects.filter(of_people(question.user, "credited_to"), question.on_days("paid_on"), credited_to__isnull=False, currency=YUAN)
    return narrowed(rows, question, PAYMENTS)


def activity_by_person_and_day(question: Question) -> dict[tuple[int, date], Activity]:
    """Nine queries at most, whatever the number of people."""
    found: dict[tuple[int, date], Activity] = defaultdict(Activity)
    for row in calls_by(question, "collector", "day"):
        found[row["collector"], row["day"]].add(Activity(**{name: row[name] for name in COUNTED}))
    for name, state in (("kept", PromiseState.KEPT), ("broken", PromiseState.BROKEN)):
        settled = promises_settled(question, state).annotate(day=TruncDate("settled_at")).order_by()
        for person, day, count in settled.values_list("record__collector", "day").annotate(count=Count("pk")):
            found[person, day].add(Activity(**{name: count}))
    for person, day, amount in payments_credited(question).order_by().values_list("credited_to", "paid_on").annotate(amount=Sum("amount")):
        found[person, day].recovered += amount
    return dict(found)


def summed(found: dict[tuple[int, date], Activity], key: Callable[[int, date], Hashable]) -> dict[Hashable, Activity]:
    """The same, summed up by what `key` makes of person and day."""
    sums: dict[Hashable, Activity] = defaultdict(Activity)
    for (person, day), activity in found.items():
        sums[key(person, day)].add(activity)
    return dict(sums)


def total(found: Iterable[Activity]) -> Activity:
    whole = Activity()
    for activity in found:
        whole.add(activity)
    return whole


def calls_by_weekday_and_hour(question: Question) -> dict[tuple[int, int], dict[str, int]]:
    """{(weekday from Monday 0, hour): {measure: calls}} by the agency's clock. Six queries at most."""
    found: dict[tuple[int, int], dict[str, int]] = {}
    for row in calls_by(question, "day", "hour"):
        cell = found.setdefault((row["day"].weekday(), row["hour"]), dict.fromkeys(HOUR_MEASURES, 0))
        for name in HOUR_MEASURES:
            cell[name] += row[name]
    return found
