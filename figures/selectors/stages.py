"""How cases roll from stage to stage (M1 → M2): where each was when the period began, and where when it ended."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Case as Choice
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from cases.models import Case, StageChange
from figures.selectors.question import Question, narrowed, of_cases
from figures.selectors.tallies import tallied_cases

# Beside the stages themselves: came in the period, and left in it.
NEW, ENDED = "+", "-"


def cases_rolling(question: Question) -> QuerySet[Case]:
    """The cases that were here at some time of the period, of the reader's teams."""
    rows = Case.objects.filter(of_cases(question.user), _here(question))
    ways = {"client": "client", "team": "home"}
    return narrowed(rows.annotate(home=Coalesce(F("team"), F("placement__team"))) if question.team is not None else rows, question, ways)


def _here(question: Question, case: str = "") -> Q:
    ended = Q(**{f"{case}ended_at": None}) | Q(**{f"{case}ended_at__gte": question.starts})
    return Q(**{f"{case}created_at__lt": question.ends}) & ended


def _first_after(moment: datetime, case: str = "pk") -> Subquery:
    """The stage that the first change after a moment found."""
    return Subquery(StageChange.objects.filter(case=OuterRef(case), at__gte=moment).order_by("at", "pk").values("before")[:1])


def _ends(came: Q, left: Q, begin: Any, end: Any) -> dict[str, Choice]:
    return {
        "rolled_from": Choice(When(came, then=Value(NEW)), default=begin, output_field=CharField()),
        "rolled_to": Choice(When(left, then=Value(ENDED)), default=end, output_field=CharField()),
    }


def rolled(question: Question) -> QuerySet[Case]:
    """Each with `rolled_from` and `rolled_to`: a stage, NEW or ENDED. Where nothing changed after a moment, a case had the stage that it has now."""
    came, left = Q(created_at__gte=question.starts), Q(ended_at__lt=question.ends)
    begin, end = (Coalesce(_first_after(moment), F("stage")) for moment in (question.starts, question.ends))
    return cases_rolling(question).annotate(**_ends(came, left, begin, end))


def transitions(question: Question) -> Counter:
    """{(from, to): cases}. Two queries: as if every case had kept its stage, and of those that have not, what is to be put right."""
    found: Counter = Counter()
    here = Q(came_on__lte=question.last) & (Q(ended_on=None) | Q(ended_on__gte=question.first))
    came, left = Q(came_on__gte=question.first), Q(ended_on__lte=question.last)
    kept = tallied_cases(question).filter(here).annotate(**_ends(came, left, F("stage"), F("stage")))
    for begin, end, count in kept.values_list("rolled_from", "rolled_to").annotate(count=Sum("cases")):
        found[begin, end] += count
    for as_if_begin, as_if_end, begin, end, count in _moved(question):
        found[as_if_begin, as_if_end] -= count
        found[begin, end] += count
    return +found


def _moved(question: Question) -> QuerySet:
    """(from, to, really from, really to, cases) of those whose stage changed since the period began, by the first change of each."""
    since = StageChange.objects.filter(at__gte=question.starts)
    sooner = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    first = since.filter(~Exists(since.filter(sooner, case=OuterRef("case"))), of_cases(question.user, "case__"), _here(question, "case__"))
    rows = narrowed(first.annotate(home=Coalesce(F("case__team"), F("case__placement__team"))), question, {"client": "case__client", "team": "home"})
    came, left, now = Q(case__created_at__gte=question.starts), Q(case__ended_at__lt=question.ends), F("case__stage")
    as_if = {f"as_if_{name}": value for name, value in _ends(came, left, now, now).items()}
    # What has not happened yet changes nothing: most often the period ends today or later.
    end = now if question.ends > question.now else Coalesce(_first_after(question.ends, "case"), now)
    rows = rows.annotate(**as_if, **_ends(came, left, F("before"), end)).order_by()
    return rows.values_list(*as_if, "rolled_from", "rolled_to").annotate(count=Count("pk"))
