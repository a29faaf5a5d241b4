"""How cases roll from stage to stage (M1 → M2): where each was when the period began, and where when it ended."""

from collections import Counter
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Case as Choice
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from cases.models import Case, StageChange
from figures.selectors.question import Question, narrowed, of_cases
from figures.selectors.tallies import are_kept, tallied_cases, tallied_rolls

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
    """{(from, to): cases}. Two queries: as if every case had kept its stage, and of those that have not, what is to be put right. Three where the period is
    over and stages went on changing."""
    found: Counter = Counter()
    kept = tallied_cases(question).filter(_was_here(question)).annotate(**_tallied_ends(question, F("stage"))).values_list("rolled_from", "rolled_to")
    for begin, end, count in kept.annotate(count=Sum("cases")):
        found[begin, end] += count
    corrections = [_moved_by_tally(question) if are_kept() else _moved(question)]
    if question.ends <= question.now:
        corrections.append(_moved_since(question))
    for wrong_begin, wrong_end, begin, end, count in chain.from_iterable(corrections):
        found[wrong_begin, wrong_end] -= count
        found[begin, end] += count
    return +found


def _was_here(question: Question) -> Q:
    return Q(came_on__lte=question.last) & (Q(ended_on=None) | Q(ended_on__gte=question.first))


def _tallied_ends(question: Question, begin: F) -> dict[str, Choice]:
    return _ends(Q(came_on__gte=question.first), Q(ended_on__lte=question.last), begin, F("stage"))


WRONG_AND_RIGHT = ("wrong_from", "wrong_to", "rolled_from", "rolled_to")


def _moved_by_tally(question: Question) -> QuerySet:
    """(from, to, really from, as if to, cases) of those whose stage changed since the period began, as if none had changed since it ended."""
    wrong = {f"wrong_{name[7:]}": value for name, value in _tallied_ends(question, F("stage")).items()}
    rows = tallied_rolls(question).filter(_was_here(question)).annotate(**wrong, **_tallied_ends(question, F("before")))
    return rows.values_list(*WRONG_AND_RIGHT).annotate(count=Sum("changes"))


def _moved(question: Question) -> QuerySet:
    """The same from the changes themselves."""
    now = F("case__stage")
    return _corrected(question, question.starts, wrong=(now, now), right=(F("before"), now))


def _moved_since(question: Question) -> QuerySet:
    """(from, as if to, from, really to, cases) of those whose stage changed since the period ended."""
    began = _first_after(question.starts, "case")
    return _corrected(question, question.ends, wrong=(began, F("case__stage")), right=(began, F("before")))


def _corrected(question: Question, moment: datetime, *, wrong: tuple[Any, Any], right: tuple[Any, Any]) -> QuerySet:
    """By the first change of each case since a moment."""
    since = StageChange.objects.filter(at__gte=moment)
    sooner = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    first = since.filter(~Exists(since.filter(sooner, case=OuterRef("case"))), of_cases(question.user, "case__"), _here(question, "case__"))
    rows = narrowed(first.annotate(home=Coalesce(F("case__team"), F("case__placement__team"))), question, {"client": "case__client", "team": "home"})
    came, left = Q(case__created_at__gte=question.starts), Q(case__ended_at__lt=question.ends)
    wrong_ends = {f"wrong_{name[7:]}": value for name, value in _ends(came, left, *wrong).items()}
    rows = rows.annotate(**wrong_ends, **_ends(came, left, *right)).order_by()
    return rows.values_list(*WRONG_AND_RIGHT).annotate(count=Count("pk"))
