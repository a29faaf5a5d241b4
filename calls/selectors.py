"""What was done before: the day's counts, the attempts to reach a debtor, and how far a case is filtered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from assignment.choices import EndReason
from assignment.models import Assignment, FilteringTask
from assignment.selectors import cases_of_task
from calls.choices import ReviewState
from calls.models import ContactRecord, FilteringReview, Outcome, Promise
from calls.rules import Missing, Step, attempt_kind, call_order, missing_of
from cases.choices import STEP_OF_RELATION, LegalClass, Relation, Verification
from cases.models import Address, Case, Contact, Debtor, Phone
from compliance.models import Verdict
from compliance.rules.contact import Attempt
from compliance.selectors import Counts, GateView
from staff.models import User

RESERVED_FOR = timedelta(minutes=2)
REMEMBERED_FOR = timedelta(days=60)


def start_of_day(now: datetime) -> datetime:
    """The day's first moment, local time."""
    return timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))


def reservations(now: datetime) -> QuerySet[Verdict]:
    """Calls that were allowed a moment ago and are not on record yet: they count as made (F15)."""
    return Verdict.objects.filter(allowed=True, at__gt=now - RESERVED_FOR, at__lte=now, record=None)


@dataclass(frozen=True)
class DayCounts:
    """The counts of one day, over all cases and collectors: by number, and of the debtor."""

    attempts: dict[str, int]
    wrong: dict[str, int]
    effective: int

    def of(self, phone: Phone) -> Counts:
        index = phone.number_index
        return Counts(attempts_today=self.attempts.get(index, 0), effective_today=self.effective, wrong_answers=self.wrong.get(index, 0))


def day_counts(debtor: Debtor, number_indexes: Iterable[str], *, now: datetime, apart_from: Verdict | None = None) -> DayCounts:
    """CR-03 and CR-04: records of the day, and live reservations but the one named. Five queries, however many numbers."""
    indexes, today = list(number_indexes), start_of_day(now)
    records = ContactRecord.objects.filter(started_at__gte=today, started_at__lte=now)
    held = reservations(now).exclude(pk=apart_from.pk) if apart_from else reservations(now)
    dialled = records.filter(number_index__in=indexes, outcome__counts_as_attempt=True)
    attempts = dict(dialled.values_list("number_index").annotate(Count("pk")))
    for index, count in held.filter(phone__number_index__in=indexes).values_list("phone__number_index").annotate(Count("pk")):
        attempts[index] = attempts.get(index, 0) + count
    wrong = ContactRecord.objects.filter(number_index__in=indexes, debtor=debtor, outcome__marks_number="changed")
    to_debtor = held.filter(case__debtor=debtor).exclude(Q(contact__legal_class=LegalClass.UNRELATED) & ~Q(contact__relation=Relation.SELF))
    return DayCounts(
        attempts=attempts,
        wrong=dict(wrong.values_list("number_index").annotate(Count("pk"))),
        effective=records.filter(debtor=debtor, outcome__is_effective_call=True).count() + to_debtor.count(),
    )


def attempts_to_reach(debtor: Debtor, *, now: datetime) -> list[Attempt]:
    """Every attempt to reach the debtor of the last weeks, on whichever case (CR-10). One query."""
    records = ContactRecord.objects.filter(debtor=debtor, started_at__gt=now - REMEMBERED_FOR, contact__relation=Relation.SELF)
    rows = records.values_list("started_at", "outcome__group", "outcome__is_right_party", "outcome__stops_case")
    kinds = [(at, attempt_kind(group, is_right_party=reached, stops_case=stops)) for at, group, reached, stops in rows]
    return [Attempt(at=at, kind=kind) for at, kind in kinds if kind]


def holds(user: User, case: Case) -> bool:
    return Assignment.objects.open().filter(case=case, collector=user).exists()


def recordable(user: User) -> QuerySet[Verdict]:
    """This person's calls on cases that they hold, or held until the case ended: a call that was open then is still recorded."""
    held = Assignment.objects.filter(case=OuterRef("case"), collector=user)
    until_its_end = held.filter(end_reason=EndReason.CASE_ENDED, ended_at__gte=OuterRef("at"))
    return Verdict.objects.filter(asked_by=user).filter(Exists(held.open()) | Exists(until_its_end))


def records_of(case: Case) -> QuerySet[ContactRecord]:
    """The case's call records, the latest first."""
    rows = ContactRecord.objects.filter(case=case).select_related("contact", "outcome", "collector", "promise", "phone")
    return rows.defer("phone__number").order_by("-started_at", "-pk")


def outcomes_in_use() -> QuerySet[Outcome]:
    return Outcome.objects.filter(is_active=True).order_by("position", "code")


def open_promise_of(case: Case) -> Promise | None:
    return Promise.objects.filter(case=case, state="open").first()


# --- Filtering -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far a filtering task is: cases in it, and those classified."""

    total: int
    done: int


def progress_of(task: FilteringTask) -> Progress:
    """Two queries."""
    cases = cases_of_task(task)
    return Progress(total=cases.count(), done=cases.filter(_classified(task)).count())


def unclassified_cases_of(task: FilteringTask) -> QuerySet[Case]:
    return cases_of_task(task).exclude(_classified(task))


def _classified(task: FilteringTask) -> Exists:
    """Classified in this task or in one that it continues: a case that moved to another collector is not filtered twice."""
    return Exists(FilteringReview.objects.filter(case=OuterRef("pk"), task__placement=task.placement_id, state=ReviewState.CLASSIFIED))


def unverified_of(case: Case) -> list[str]:
    """Each phone, address and relation that nobody checked yet (A3.3), as "phone:3". The debtor is no relation. Three queries."""
    pending = {"verification": Verification.PENDING}
    phones = Phone.objects.filter(contact__case=case, **pending).values_list("pk", flat=True)
    addresses = Address.objects.filter(contact__case=case, **pending).values_list("pk", flat=True)
    contacts = Contact.objects.filter(case=case, **pending).exclude(relation=Relation.SELF).values_list("pk", flat=True)
    kinds = (("phone", phones), ("address", addresses), ("contact", contacts))
    return [f"{kind}:{pk}" for kind, rows in kinds for pk in rows.order_by("pk")]


@dataclass(frozen=True)
class Filtering:
    """A case in its filtering task."""

    task: FilteringTask
    review: FilteringReview | None
    fields: dict[str, tuple[str, str]]
    steps: list[Step]
    reasons: dict[str, str]
    missing: Missing


def filtering_of(task: FilteringTask, case: Case, view: GateView, phones: Iterable[Phone], *, unverified: int) -> Filtering:
    """Where the case stands in A3.2: fields reviewed, the call order, what is missing. Three queries, one when nothing was done yet."""
    review = FilteringReview.objects.filter(task=task, case=case).select_related("category").first()
    fields = {row.field: (row.finding, row.note) for row in review.fields.all()} if review else {}
    closed = {row.step: row for row in review.steps.all()} if review else {}
    order = call_order(
        {step: row.state for step, row in closed.items()},
        {STEP_OF_RELATION[phone.contact.relation] for phone in phones},
        third_parties_locked=not (view.is_open_order or view.loss.is_proven),
    )
    return Filtering(
        task=task,
        review=review,
        fields=fields,
        steps=order,
        reasons={step: row.reason for step, row in closed.items()},
        missing=missing_of(fields, order, unverified=unverified),
    )
