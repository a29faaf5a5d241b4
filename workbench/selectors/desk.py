"""The collector's queue: whose turn it is, and why."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case as Choice
from django.db.models import CharField, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from assignment.models import Assignment, FilteringTask
from calls.choices import PromiseState, ReviewState
from calls.models import FilteringReview, Promise
from cases.choices import CaseState
from cases.models import Case
from duties.models import Duty
from staff.models import User
from workbench.choices import Why

UNTOUCHED_FOR = timedelta(days=3)


def queue_of(user: User, *, now: datetime) -> QuerySet[Case]:
    """The live cases that this person holds, each with `why` it stands where it does, and `due_at` where something is due. One query.

    A case is in one person's queue only: its open assignment has one holder.
    """
    held = Assignment.objects.open().filter(case=OuterRef("pk"), collector=user)
    to_filter = held.filter(filtering_task__isnull=False, filtering_task__done_at=None, filtering_task__cancelled_at=None)
    cases = Case.objects.live().filter(Exists(held)).annotate(
        task_id=Subquery(to_filter.values("filtering_task")[:1]),
        promise_due_on=Subquery(Promise.objects.filter(case=OuterRef("pk"), state=PromiseState.OPEN).values("due_on")[:1]),
        classified=Exists(FilteringReview.objects.filter(case=OuterRef("pk"), task__placement=OuterRef("placement"), state=ReviewState.CLASSIFIED)),
    )  # fmt: skip
    filtering_due = Duty.objects.filter(
        kind="filtering", subject_type=FilteringTask._meta.label_lower, subject_id=OuterRef("task_id"), met_at=None, cancelled_at=None
    )
    cases = cases.annotate(why=_why(now))
    return cases.annotate(
        due_at=Choice(
            When(why=Why.FILTERING, then=Subquery(filtering_due.values("due_at")[:1])),
            default=F("follow_up_at"),
            output_field=DateTimeField(),
        )
    )


def _why(now: datetime) -> Choice:
    broken = Promise.objects.filter(case=OuterRef("pk"), state=PromiseState.BROKEN).filter(Q(settled_at__gt=OuterRef("touched_at")) | Q(case__touched_at=None))
    lately = now - UNTOUCHED_FOR
    later = Q(follow_up_at__gt=now)
    return Choice(
        When(Q(stopped_at__isnull=False) | Q(complaint_open=True) | Q(state=CaseState.DISPUTED), then=Value(Why.HELD.value)),
        When(Exists(broken), then=Value(Why.BROKEN.value)),
        When(promise_due_on__lte=timezone.localdate(now), then=Value(Why.DUE_TODAY.value)),
        When(task_id__isnull=False, classified=False, then=Value(Why.FILTERING.value)),
        When(follow_up_at__lte=now, then=Value(Why.FOLLOW_UP.value)),
        When(~later & (Q(touched_at=None) | Q(touched_at__lt=lately)), then=Value(Why.UNTOUCHED.value)),
        default=Value(Why.LATER.value),
        output_field=CharField(),
    )


def in_order(queue: QuerySet[Case]) -> QuerySet[Case]:
    """The most pressing first; then what is due sooner, then what is owed more."""
    return queue.order_by("why", F("due_at").asc(nulls_last=True), "-balance", "pk")


def with_row(queue: QuerySet[Case]) -> QuerySet[Case]:
    """Only what a line of the queue shows: nothing is decrypted for it."""
    names = ("id", "case_no", "state", "balance", "stage", "overdue_days", "follow_up_at", "touched_at", "debtor__name", "client__short_name")
    return queue.select_related("debtor", "client").only(*names)


def counts_by_why(queue: QuerySet[Case]) -> dict[str, int]:
    """How many of the queue for each reason. One query."""
    return dict(queue.order_by().values_list("why").annotate(Count("pk")))


def queue_filter(queue: QuerySet[Case], asked: dict[str, Any]) -> QuerySet[Case]:
    """Narrowed by reason, task and text: the start of a name or a case number."""
    if asked.get("why"):
        queue = queue.filter(why=asked["why"])
    if asked.get("task"):
        queue = queue.filter(task_id=asked["task"])
    if text := asked.get("q", "").strip():
        queue = queue.filter(Q(debtor__name__startswith=text) | Q(case_no__startswith=text) | Q(debtor__name_pinyin__startswith=text.lower()))
    return queue
