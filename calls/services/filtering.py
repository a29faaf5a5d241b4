"""New cases are filtered (A3.2): fields reviewed, the call order followed, the case classified when nothing is missing (A3.3)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assignment.models import FilteringTask
from assignment.selectors import filtering_task_of
from assignment.services.transfers import finish_filtering
from audit.services import record
from calls.choices import Finding, PromiseState, ReviewField, ReviewState, StepState
from calls.models import CallStepReview, Category, ContactRecord, FieldReview, FilteringReview, Promise
from calls.rules import Missing, Step, call_order, closing_by_themselves, missing_of
from calls.selectors import unclassified_cases_of, unverified_of
from calls.selectors.past import attempts_to_reach
from calls.services.recording import NotHolder
from calls.wording import missing_text
from cases.choices import STEP_OF_RELATION, CallStep, CaseState
from cases.models import Case, Phone
from cases.services.casework import lock_case, move_case, touch_case
from cases.services.worklog import set_category
from collection.lib.errors import Refused
from compliance.selectors import gate_view
from staff.models import User

LOST = ("lost",)


class NotFiltered(Refused):
    """The case isn't being filtered, or not any more."""

    rule = "A3.2"


class OutOfOrder(Refused):
    """The call order is employer, reference, committee, family, debtor; leaving a step out needs a reason."""

    rule = "A3.2"


class NotComplete(Refused):
    """A case is classified when everything it has is reviewed, called and verified."""

    rule = "A3.3"
    status = 422

    def __init__(self, message: str, missing: Missing) -> None:
        super().__init__(message)
        self.missing = missing


@transaction.atomic
def review_field(*, case_id: int, field: str, finding: str, by: User, now: datetime, note: str = "") -> FieldReview:
    """The field was read and judged (A3.2, first step). The first one begins the filtering of the case; judging again replaces it."""
    case, task = _case_in_filtering(case_id, by)
    review = _review_of(task, case, by, now)
    before = FieldReview.objects.filter(review=review, field=field).values_list("finding", flat=True).first()
    row, _created = FieldReview.objects.update_or_create(
        review=review, field=ReviewField(field), defaults={"finding": Finding(finding), "note": note.strip(), "reviewed_at": now}
    )
    record("filtering.field_reviewed", subject=review, by=by, at=now, changes={field: (before, finding)})
    _close_automatic_steps(case, review, by, now)
    _settle_state(case, review, by, now)
    touch_case(case, at=now)
    return row


@transaction.atomic
def close_step(*, case_id: int, step: str, state: str, by: User, now: datetime, reason: str = "") -> CallStepReview:
    """The step of the call order is done: called, or skipped for a reason (A3.2, second step).

    Steps are closed in their order. Those with nobody to call, or locked by CR-10, close by themselves when their turn comes; a locked one
    may be called later, when the lock has gone.
    """
    case, task = _case_in_filtering(case_id, by)
    review = _review_of(task, case, by, now)
    order = _close_automatic_steps(case, review, by, now)
    _check_turn(order, CallStep(step))
    if state == StepState.CALLED:
        if not _was_called(case, step, task):
            raise OutOfOrder(_("No call to “%(step)s” is on record yet. Call first, or skip it with a reason.") % {"step": CallStep(step).label})
    elif state == StepState.SKIPPED:
        if not reason.strip():
            raise OutOfOrder(_("Say why “%(step)s” is skipped.") % {"step": CallStep(step).label})
    else:
        raise OutOfOrder(_("A step is called or skipped; the rest happens by itself."))
    row = _close(review, step, state, reason.strip(), by, now)
    _close_automatic_steps(case, review, by, now)
    _settle_state(case, review, by, now)
    touch_case(case, at=now)
    return row


@transaction.atomic
def classify_case(*, case_id: int, category: str, by: User, now: datetime) -> FilteringReview:
    """The case is filtered and classified (A3.2, third step); refused with a list while anything is missing (A3.3).

    The last case of the task finishes it, which meets its duty.
    """
    case, task = _case_in_filtering(case_id, by)
    review = _review_of(task, case, by, now)
    kind = Category.objects.filter(pk=category, is_active=True).first()
    if kind is None:
        raise NotFiltered(_("Choose one of the categories offered."))
    order = _close_automatic_steps(case, review, by, now)
    fields = review.fields.values_list("field", flat=True)
    missing = missing_of(fields, order, unverified=len(unverified_of(case)))
    if missing:
        raise NotComplete(_("Not complete yet. Missing: %(missing)s.") % {"missing": missing_text(missing)}, missing)
    before, review.state = review.state, ReviewState.CLASSIFIED
    review.category, review.classified_at, review.classified_by = kind, now, by
    review.save(update_fields=["state", "category", "classified_at", "classified_by"])
    record("filtering.classified", subject=review, by=by, at=now, changes={"state": (before, review.state), "category": (None, kind.code)})
    set_category(case, kind.code, by=by, now=now)
    if case.state in (CaseState.ASSIGNED, CaseState.FILTERING):
        move_case(case, _state_after(case, kind), by=by, at=now, reason=kind.code)
    touch_case(case, at=now)
    if not unclassified_cases_of(task).exists():
        finish_filtering(task=task, by=by, now=now)
    return review


def _case_in_filtering(case_id: int, by: User) -> tuple[Case, FilteringTask]:
    case = lock_case(case_id)
    task = filtering_task_of(case)
    if task is None or task.collector_id != by.pk:
        raise NotHolder
    # Two who finish the last two cases at once: the later one sees the other's.
    FilteringTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if task.state != "open":
        raise NotFiltered(_("This filtering task is closed already."))
    return case, task


def _review_of(task: FilteringTask, case: Case, by: User, now: datetime) -> FilteringReview:
    """The case's review in the task, begun now if it wasn't; what was done of it in the task that this one continues is kept."""
    review = FilteringReview.objects.filter(task=task, case=case).first()
    if review is None:
        earlier = FilteringReview.objects.filter(case=case, task=task.continues_id).first() if task.continues_id else None
        review = FilteringReview.objects.create(task=task, case=case, state=earlier.state if earlier else ReviewState.PENDING)
        if earlier:
            _carry_over(earlier, review)
        record("filtering.begun", subject=review, by=by, at=now)
    if review.state == ReviewState.CLASSIFIED:
        raise NotFiltered(_("This case is classified already."))
    if case.state == CaseState.ASSIGNED:
        move_case(case, CaseState.FILTERING, by=by, at=now)
    return review


def _carry_over(earlier: FilteringReview, review: FilteringReview) -> None:
    FieldReview.objects.bulk_create(
        FieldReview(review=review, field=row.field, finding=row.finding, note=row.note, reviewed_at=row.reviewed_at) for row in earlier.fields.all()
    )
    CallStepReview.objects.bulk_create(
        CallStepReview(review=review, step=row.step, state=row.state, reason=row.reason, closed_at=row.closed_at) for row in earlier.steps.all()
    )


def _order(case: Case, review: FilteringReview, by: User, now: datetime) -> list[Step]:
    phones = list(Phone.objects.filter(contact__case=case).select_related("contact").defer("number"))
    view = gate_view(case, phones, attempts_to_reach(case.debtor, now=now), by=by, now=now)
    return call_order(
        dict(review.steps.values_list("step", "state")),
        {STEP_OF_RELATION[phone.contact.relation] for phone in phones},
        third_parties_locked=not (view.is_open_order or view.loss.is_proven),
    )


def _close_automatic_steps(case: Case, review: FilteringReview, by: User, now: datetime) -> list[Step]:
    """Steps that need nobody are closed when their turn comes, with the rule as their reason. Returns the order afterwards."""
    order = _order(case, review, by, now)
    due = closing_by_themselves(order)
    for step in due:
        _close(review, step.step, step.state, "CR-10" if step.state == StepState.LOCKED else "", by, now)
    return _order(case, review, by, now) if due else order


def _check_turn(order: list[Step], step: str) -> None:
    asked = next(row for row in order if row.step == step)
    if asked.is_closed and asked.state != StepState.LOCKED:
        raise OutOfOrder(_("This step is closed already."))
    turn = next((row for row in order if row.is_current), None)
    if not asked.is_closed and not asked.is_current and turn is not None:
        raise OutOfOrder(_("First comes “%(step)s”. Call it, or skip it with a reason.") % {"step": CallStep(turn.step).label})


def _close(review: FilteringReview, step: str, state: str, reason: str, by: User, now: datetime) -> CallStepReview:
    row, _created = CallStepReview.objects.update_or_create(
        review=review, step=CallStep(step), defaults={"state": StepState(state), "reason": reason[:200], "closed_at": now}
    )
    record("filtering.step_closed", subject=review, by=by, at=now, changes={step: (None, state)}, reason=reason)
    return row


def _was_called(case: Case, step: str, task: FilteringTask) -> bool:
    relations: Iterable[str] = [relation for relation, its_step in STEP_OF_RELATION.items() if its_step == step]
    return ContactRecord.objects.filter(case=case, contact__relation__in=relations, started_at__gte=task.started_at).exists()


def _settle_state(case: Case, review: FilteringReview, by: User, now: datetime) -> None:
    """pending → reviewed when every field is, → called when every step is closed besides."""
    reviewed = set(review.fields.values_list("field", flat=True)) >= set(ReviewField.values)
    called = set(review.steps.values_list("step", flat=True)) >= set(CallStep.values)
    state = ReviewState.PENDING if not reviewed else ReviewState.CALLED if called else ReviewState.REVIEWED
    if state != review.state:
        before, review.state = review.state, state
        review.save(update_fields=["state"])
        record("filtering.moved", subject=review, by=by, at=now, changes={"state": (before, state)})


def _state_after(case: Case, kind: Category) -> str:
    if Promise.objects.filter(case=case, state=PromiseState.OPEN).exists():
        return CaseState.PROMISED
    return CaseState.LOST_CONTACT if kind.code in LOST else CaseState.WORKING
