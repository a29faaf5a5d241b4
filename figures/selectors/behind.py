"""The rows behind a number: the same conditions that counted it."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from calls.choices import PromiseState
from calls.models import ContactRecord, Promise
from cases.models import Case, Payment
from duties.models import Duty
from figures.rules import next_month
from figures.selectors import activity, duties, letters, recovery, stages
from figures.selectors.question import Question, start_of
from figures.selectors.tallies import LIVE
from letters.models import Letter

# What stands in an address for an empty text.
UNSAID = "none"


def duty_rows(question: Question, measure: str, *, kind: str = "", month: str = "") -> QuerySet[Duty]:
    rows, near = duties.duties_asked(question), duties.nearness(question)
    if measure in near:
        rows = rows.filter(near[measure])
    elif measure == "due_today":
        rows = rows.filter(near["soon"] | near["today"])
    else:
        where = Q(met_at__isnull=False, cancelled_at=None) if measure == "met" else duties.judged(question)[measure]
        rows = rows.filter(question.within("due_at"), where)
    if month:
        first = first_of(month)
        rows = rows.filter(due_at__gte=start_of(first), due_at__lt=start_of(next_month(first)))
    return rows.filter(kind=kind) if kind else rows


def call_rows(question: Question, measure: str, *, weekday: int | None = None, hour: int | None = None) -> QuerySet[ContactRecord]:
    """`weekday` from Monday 0."""
    rows = activity.calls_asked(question).filter(activity.MEASURES[measure])
    if weekday is not None:
        rows = rows.annotate(weekday=ExtractIsoWeekDay("started_at")).filter(weekday=weekday + 1)
    return rows.annotate(hour=ExtractHour("started_at")).filter(hour=hour) if hour is not None else rows


def promise_rows(question: Question, measure: str) -> QuerySet[Promise]:
    if measure == "promises":
        return activity.promises_made(question)
    return activity.promises_settled(question, PromiseState.KEPT if measure == "kept" else PromiseState.BROKEN)


def payment_rows(
    question: Question, measure: str, *, placement: int | None = None, stage: str = "", cohort: str = "", unit: str = "week", step: int | None = None
) -> QuerySet[Payment]:
    if measure == "credited":
        return activity.payments_credited(question)
    rows = recovery.payments_on_them(question)
    if measure == "vintage" and step is not None:
        rows = recovery.paid_within(question, unit=unit or "week", step=step)
    if cohort:
        first = first_of(cohort)
        rows = rows.filter(case__placed_on__gte=first, case__placed_on__lt=next_month(first))
    return _of_cases(rows, "case__", placement, stage)


def case_rows(question: Question, measure: str, *, placement: int | None = None, stage: str = "") -> QuerySet[Case]:
    rows = recovery.cases_placed(question)
    return _of_cases(rows.filter(LIVE) if measure == "owing" else rows, "", placement, stage)


def _of_cases(rows: QuerySet, case: str, placement: int | None, stage: str) -> QuerySet:
    if placement is not None:
        rows = rows.filter(**{f"{case}placement": placement})
    return rows.filter(**{f"{case}stage": "" if stage == UNSAID else stage}) if stage else rows


def rolled_rows(question: Question, *, rolled_from: str = "", rolled_to: str = "") -> QuerySet[Case]:
    rows, asked = stages.rolled(question), {"rolled_from": rolled_from, "rolled_to": rolled_to}
    return rows.filter(**{name: "" if value == UNSAID else value for name, value in asked.items() if value})


def letter_rows(question: Question, measure: str, *, template: str = "", carrier: str = "") -> QuerySet[Letter]:
    rows = letters.letters_asked(question).filter(letters.MEASURES[measure])
    if template:
        rows = rows.filter(template__name=template)
    return rows.filter(carrier="" if carrier == UNSAID else carrier) if carrier else rows


def sum_of(rows: QuerySet[Any], column: str) -> Decimal:
    return rows.order_by().aggregate(total=Sum(column))["total"] or Decimal(0)


def first_of(month: str) -> date:
    """The first day of 2026-11."""
    return date.fromisoformat(f"{month}-01")
