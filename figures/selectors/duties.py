"""Duties: what is open and how near, what was kept and missed, and how long it took. Judged by the columns, not by who was looking."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Min, Q, QuerySet, When
from django.db.models.functions import TruncMonth

from duties.models import UNMET, Duty
from duties.selectors import duties_visible_to, working_time
from figures.rules import WorkAxis, percentile
from figures.selectors.question import Question, narrowed, sees_all, start_of

SOON = timedelta(hours=1)
NEARNESS = ("overdue", "soon", "today", "later", "paused")
JUDGED = ("kept", "missed")
WAS_MISSED = Q(missed_holder__isnull=False)
# Who answers for a duty, and that person's team. Only where it is asked for: it costs two joins.
ANSWERS = {
    "answers": Case(When(WAS_MISSED, then=F("missed_holder")), default=F("holder")),
    "answers_team": Case(When(WAS_MISSED, then=F("missed_holder__team")), default=F("holder__team")),
}
WHO = {"person": "answers", "team": "answers_team"}


def duties_asked(question: Question) -> QuerySet[Duty]:
    """The duties that the reader may see, narrowed to who answers for them: who held each when it was missed, else who holds it."""
    rows = Duty.objects.all() if sees_all(question.user) else duties_visible_to(question.user)
    narrows = {name for name in ("person", "team") if getattr(question, name) is not None}
    return narrowed(rows.annotate(**{WHO[name]: ANSWERS[WHO[name]] for name in narrows}), question, {name: WHO[name] for name in narrows})


def nearness(question: Question) -> dict[str, Q]:
    """Where an unmet duty stands: overdue, due within the hour, later today, later; or its clock is paused, and no time goes by."""
    now, midnight, runs = question.now, start_of(question.today + timedelta(days=1)), UNMET & Q(paused_at=None)
    soon = now + SOON
    return {
        "overdue": runs & Q(due_at__lte=now),
        "soon": runs & Q(due_at__gt=now, due_at__lte=soon),
        "today": runs & Q(due_at__gt=soon, due_at__lt=midnight),
        "later": runs & Q(due_at__gt=soon, due_at__gte=midnight),
        "paused": UNMET & Q(paused_at__isnull=False),
    }


def judged(question: Question) -> dict[str, Q]:
    """Kept: met before it was due. Missed: not, whether or not anybody has noticed yet. Cancelled duties, paused ones and those still running are neither."""
    met, missed = Q(met_at__isnull=False, missed_at=None), Q(missed_at__isnull=False) | Q(met_at=None, paused_at=None, due_at__lte=question.now)
    return {"kept": Q(cancelled_at=None) & met, "missed": Q(cancelled_at=None) & missed}


def conditions(question: Question) -> dict[str, Q]:
    return nearness(question) | judged(question)


@dataclass(frozen=True)
class Open:
    """Open duties of one kind or team: how many stand where, and when the next one that is not overdue is due."""

    counts: dict[str, int]
    next_due: datetime | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def open_by(question: Question, by: str) -> dict[Any, Open]:
    """`by` is "kind" or "answers_team". One query."""
    near = nearness(question)
    counted = {name: Count("pk", filter=where) for name, where in near.items()}
    rows = duties_asked(question).filter(UNMET).annotate(**{by: ANSWERS[by]} if by in ANSWERS else {}).order_by().values(by)
    found = rows.annotate(next_due=Min("due_at", filter=Q(due_at__gt=question.now, paused_at=None)), **counted)
    return {row[by]: Open({name: row[name] for name in NEARNESS}, row["next_due"]) for row in found}


@dataclass
class Kept:
    kept: int = 0
    missed: int = 0

    @property
    def total(self) -> int:
        return self.kept + self.missed


def kept_and_missed(question: Question) -> list[dict[str, Any]]:
    """Of the duties due in the period, by kind, person, team and month: [{"kind", "answers", "answers_team", "month", "kept", "missed"}]. One query."""
    counted = {name: Count("pk", filter=where) for name, where in judged(question).items()}
    rows = duties_asked(question).filter(question.within("due_at")).annotate(**ANSWERS, month=TruncMonth("due_at")).order_by()
    return list(rows.values("kind", "answers", "answers_team", "month").annotate(**counted))


def folded(rows: list[dict[str, Any]], by: str) -> dict[Any, Kept]:
    """The same, summed up by one of them."""
    found: dict[Any, Kept] = defaultdict(Kept)
    for row in rows:
        if row["kept"] or row["missed"]:
            found[row[by]].kept += row["kept"]
            found[row[by]].missed += row["missed"]
    return dict(found)


def minutes_to_meet(question: Question) -> dict[str, tuple[int, float, float]]:
    """By kind: how many of the duties due in the period were met, and the median and nine tenths' working minutes from begin to met, pauses left out."""
    met = duties_asked(question).filter(question.within("due_at"), met_at__isnull=False, cancelled_at=None).order_by()
    rows = list(met.values_list("kind", "starts_at", "met_at", "paused_for"))
    if not rows:
        return {}
    axis = WorkAxis(working_time(), min(row[1] for row in rows).date() - timedelta(days=1), max(row[2] for row in rows).date() + timedelta(days=1))
    spans: dict[str, list[float]] = defaultdict(list)
    for kind, start, end, paused in rows:
        worked = axis.between(start, end)
        spans[kind].append(max(worked - paused.total_seconds() / 60, 0.0) if paused else worked)
    return {kind: (len(found), percentile(sorted(found), 50), percentile(sorted(found), 90)) for kind, found in spans.items()}


def totals(question: Question) -> Counter:
    """How many stand where, all kinds together. One query."""
    counted = {name: Count("pk", filter=where) for name, where in nearness(question).items()}
    return Counter(duties_asked(question).filter(UNMET).order_by().aggregate(**counted))
