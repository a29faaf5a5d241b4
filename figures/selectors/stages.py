"""How cases roll from stage to stage (M1 → M2): where each was when the period began, and where when it ended."""

from collections import Counter
from datetime import datetime

from django.db.models import Case as Choice
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from cases.models import Case, StageChange
from figures.selectors.question import Question, narrowed, of_cases

# Beside the stages themselves: came in the period, and left in it.
NEW, ENDED = "+", "-"


def cases_rolling(question: Question) -> QuerySet[Case]:
    """The cases that were here at some time of the period, of the reader's teams."""
    here = Q(created_at__lt=question.ends) & (Q(ended_at=None) | Q(ended_at__gte=question.starts))
    rows = Case.objects.filter(of_cases(question.user), here)
    ways = {"client": "client", "team": "home"}
    return narrowed(rows.annotate(home=Coalesce(F("team"), F("placement__team"))) if question.team is not None else rows, question, ways)


def _changes_since(moment: datetime) -> QuerySet[StageChange]:
    return StageChange.objects.filter(case=OuterRef("pk"), at__gte=moment)


def _stage_at(moment: datetime) -> Coalesce:
    """What the first change after a moment found; without one, what the case has now."""
    first = _changes_since(moment).order_by("at", "pk").values("before")[:1]
    return Coalesce(Subquery(first), F("stage"))


def _ends(question: Question, begin, end) -> dict[str, Choice]:
    came, left = Q(created_at__gte=question.starts), Q(ended_at__lt=question.ends)
    return {
        "rolled_from": Choice(When(came, then=Value(NEW)), default=begin, output_field=CharField()),
        "rolled_to": Choice(When(left, then=Value(ENDED)), default=end, output_field=CharField()),
    }


def rolled(question: Question) -> QuerySet[Case]:
    """Each with `rolled_from` and `rolled_to`: a stage, NEW or ENDED."""
    return cases_rolling(question).annotate(**_ends(question, _stage_at(question.starts), _stage_at(question.ends)))


def transitions(question: Question) -> Counter:
    """{(from, to): cases}. Two queries: most cases keep their stage, and only the others' history is looked up."""
    found: Counter = Counter()
    moved = Exists(_changes_since(question.starts))
    still = cases_rolling(question).filter(~moved).annotate(**_ends(question, F("stage"), F("stage")))
    for rows in (still, rolled(question).filter(moved)):
        for begin, end, count in rows.order_by().values_list("rolled_from", "rolled_to").annotate(count=Count("pk")):
            found[begin, end] += count
    return found
