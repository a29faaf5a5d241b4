"""Cases that change hands after they were assigned, and the filtering that goes with them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.choices import EndReason
from assignment.models import Assignment, FilteringTask
from assignment.services.clocks import open_filtering_duty
from assignment.services.fitness import check_may_take
from assignment.services.giving import end_assignments, lock_people
from assignment.services.refusals import CannotPlan, MayNotHold, NeedsReason
from audit.services import event_for, record, record_many
from cases.choices import ENDED, CaseState
from cases.models import Case
from collection.lib.money import format_money
from duties.choices import Kind
from duties.models import Duty
from duties.services import cancel_duty, extend_duty, local, meet_duty
from staff.models import User
from staff.services import notify

TO_FILTER = (CaseState.ASSIGNED, CaseState.FILTERING)
AT_ONCE = 1000


@transaction.atomic
def transfer_cases(*, case_ids: Iterable[int], to: User, reason: str, by: User, now: datetime) -> int:
    """Another collector of the team holds these cases from now on. What is still to be filtered keeps its deadline; whoever
    loses and whoever gets cases is told once. Returns how many changed hands."""
    if not reason.strip():
        raise NeedsReason(_("Say why these cases are transferred."))
    case_ids = set(case_ids)
    lock_holders(case_ids, to)
    held = _held(case_ids, to)
    if [row for row in held if row.collector.team_id != to.team_id] or not to.is_active:
        raise MayNotHold(_("%(person)s is not a collector of the same team.") % {"person": to})
    check_may_take(to, [row.case for row in held], now=now)
    hand_on(held, to, reason=reason.strip(), by=by, now=now)
    return len(held)


def lock_holders(case_ids: Iterable[int], *others: User) -> None:
    """Everybody who loses or gets these cases, then the cases, each in one order: of two transfers at once the second sees the first's result."""
    lock_people([*(person.pk for person in others), *Assignment.objects.open().filter(case__in=case_ids).values_list("collector", flat=True)])
    list(Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=case_ids).order_by("pk").values_list("pk"))


def hand_on(held: list[Assignment], to: User, *, reason: str, by: User | None, now: datetime, end_reason: str = EndReason.TRANSFERRED) -> None:
    """These open assignments end and `to` holds their cases, clocks carried on; everybody is told once. The caller has locked and checked."""
    ended = Assignment.objects.filter(pk__in=[row.pk for row in held])
    if end_assignments(ended, reason=end_reason, by=by, now=now) != len(held):
        raise CannotPlan(_("Somebody changed these cases meanwhile. Load the page again."))
    tasks = _carry_on_filtering(held, to, by=by, now=now)
    rows = [Assignment(case=row.case, collector=to, plan=row.plan, filtering_task=tasks.get(row.pk), assigned_at=now, assigned_by=by) for row in held]
    Assignment.objects.bulk_create(rows, batch_size=AT_ONCE)
    record_many(event_for("case.transferred", subject=row.case, by=by, at=now, changes={"collector": (row.collector, to)}, reason=reason) for row in held)
    close_emptied(held, by=by, now=now)
    _tell(held, to, tasks, now)


def _held(case_ids: set[int], to: User) -> list[Assignment]:
    """The open assignments of these live cases that are not yet with `to`."""
    rows = Assignment.objects.open().filter(case__in=case_ids).exclude(collector=to).exclude(case__state__in=ENDED)
    held = list(rows.select_related("case__client", "collector", "filtering_task__placement").order_by("case"))
    if not held:
        raise CannotPlan(_("None of these cases can be transferred to %(person)s: nobody holds them, or this person does already.") % {"person": to})
    return held


def _carry_on_filtering(held: list[Assignment], to: User, *, by: User | None, now: datetime) -> dict[int, FilteringTask]:
    """For the cases still to be filtered, a task of the new holder that continues the old one; by assignment."""
    by_task = defaultdict(list)
    for row in held:
        task = row.filtering_task
        if task is not None and task.state == "open" and row.case.state in TO_FILTER:
            by_task[task].append(row)
    tasks = {}
    for task, rows in sorted(by_task.items(), key=lambda item: item[0].pk):
        continuation = _continuation(task, to, by=by, now=now)
        tasks |= {row.pk: continuation for row in rows}
    return tasks


def _continuation(task: FilteringTask, to: User, *, by: User | None, now: datetime) -> FilteringTask:
    """The clock carries on: the duty starts when the old one started, for as many accounts, and keeps its extension.

    Once the old one is missed, the miss stays with who held it, and the new holder's time begins now.
    """
    existing = FilteringTask.objects.open().filter(continues=task, collector=to).first()
    if existing:
        return existing
    fresh = FilteringTask.objects.create(
        placement=task.placement, collector=to, plan_id=task.plan_id, accounts=task.accounts, started_at=task.started_at, continues=task
    )
    before = Duty.objects.unmet().about(task).filter(kind=Kind.FILTERING).select_related("extended_by").first()
    if before is None or before.is_late(now):
        open_filtering_duty(fresh, start=now, by=by)
    else:
        open_filtering_duty(fresh, start=before.starts_at, by=by, carries_on=before)
    record("filtering.continued", subject=fresh, by=by, at=now, changes={"collector": (task.collector, to)})
    return fresh


def close_emptied(held: list[Assignment], *, by: User | None, now: datetime) -> None:
    """A task whose cases have all gone is cancelled; one whose remaining cases are all classified is done."""
    tasks = {row.filtering_task_id: row.filtering_task for row in held if row.filtering_task is not None}
    # Locked, as classification locks it: of two who empty a task at once, the later one sees what the other did.
    open_tasks = FilteringTask.objects.open().select_for_update(of=("self",)).filter(pk__in=tasks)
    for task in open_tasks.select_related("collector", "placement").order_by("pk"):
        rest = Assignment.objects.open().filter(filtering_task=task)
        if not rest.exists():
            FilteringTask.objects.filter(pk=task.pk).update(cancelled_at=now)
            record("filtering.cancelled", subject=task, by=by, at=now)
            cancel_duty(kind=Kind.FILTERING, subject=task, by=by, now=now, reason=_("Its cases were transferred."))
        elif not rest.filter(case__state__in=TO_FILTER).exists():
            finish_filtering(task=task, by=by, now=now)


def _tell(held: list[Assignment], to: User, tasks: dict[int, FilteringTask], now: datetime) -> None:
    amount = format_money(sum(row.case.amount for row in held))
    duties = Duty.objects.unmet().filter(kind=Kind.FILTERING, subject_type="assignment.filteringtask", subject_id__in=[task.pk for task in tasks.values()])
    first = duties.order_by("due_at").first()
    if first is None:
        notify([to], gettext_noop("%(count)s cases worth %(amount)s were transferred to you."), now=now, count=len(held), amount=amount)
    else:
        notify(
            [to],
            gettext_noop("%(count)s cases worth %(amount)s were transferred to you. Filter them by %(due)s."),
            now=now,
            path=first.path,
            count=len(held),
            amount=amount,
            due=local(first.due_at),
        )
    lost = defaultdict(int)
    for row in held:
        lost[row.collector] += 1
    for person, count in lost.items():
        notify([person], gettext_noop("%(count)s of your cases were transferred to %(person)s."), now=now, count=count, person=to)


@transaction.atomic
def finish_filtering(*, task: FilteringTask, by: User | None, now: datetime) -> FilteringTask:
    """The task is done and its duty met, in time or late (A3.1). Whether every case is classified is for the caller to know.
    A task that is done already stays as it is."""
    done = FilteringTask.objects.open().filter(pk=task.pk).update(done_at=now)
    task.refresh_from_db(fields=["done_at", "cancelled_at"])
    if done:
        meet_duty(kind=Kind.FILTERING, subject=task, by=by, now=now)
        record("filtering.done", subject=task, by=by, at=now, changes={"state": ("open", "done")})
    return task


@transaction.atomic
def extend_filtering(*, task: FilteringTask, reason: str, by: User, now: datetime, days: int | None = None) -> Duty:
    """The collector has longer to filter, by the lead's reason: so many days more, or to the fourth day at most (A3.1)."""
    duty = extend_duty(kind=Kind.FILTERING, subject=task, by=by, reason=reason, now=now, extra=days)
    notify(
        [task.collector],
        gettext_noop("You have longer to filter %(placement)s: until %(due)s."),
        now=now,
        path=duty.path,
        placement=task.placement,
        due=local(duty.due_at),
    )
    return duty
