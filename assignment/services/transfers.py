"""Cases that change hands after they were assigned, and the filtering that goes with them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.choices import EndReason
from assignment.models import Assignment, FilteringTask
from assignment.selectors import collectors_of
from assignment.services.clocks import open_filtering_duties
from assignment.services.fitness import check_may_take
from assignment.services.giving import end_assignments, lock_people
from assignment.services.refusals import CannotPlan, MayNotHold, NeedsReason
from audit.services import event_for, record, record_many
from cases.choices import ENDED, CaseState
from cases.models import Case
from collection.lib.bulk import reserve_ids
from collection.lib.money import format_money
from duties.choices import Kind
from duties.models import Duty
from duties.services import cancel_duties, extend_duty, local, meet_duties, meet_duty
from staff.models import Team, User
from staff.services import notice_for, notify, notify_many

TO_FILTER = (CaseState.ASSIGNED, CaseState.FILTERING)
AT_ONCE = 1000


@transaction.atomic
def transfer_cases(*, case_ids: Iterable[int], to: User, reason: str, by: User, now: datetime) -> int:
    """Another collector of the team holds these cases from now on, and with them all that the team holds of the same debtors: a debtor stays
    with one person (A2.2). What is still to be filtered keeps its deadline; whoever loses and whoever gets cases is told once. Returns how
    many changed hands."""
    if not reason.strip():
        raise NeedsReason(_("Say why these cases are transferred."))
    rows = lock_holders(case_ids, team=to.team, along=True)
    held = list(_full(rows.exclude(collector=to)))
    if not held:
        raise CannotPlan(_("None of these cases can be transferred to %(person)s: nobody holds them, or this person does already.") % {"person": to})
    taker = colleague(to)
    if taker is None or [row for row in held if row.collector.team_id != to.team_id]:
        raise MayNotHold(_("%(person)s is not a collector of the same team.") % {"person": to})
    check_may_take(taker, [row.case for row in held], now=now)
    hand_on(held, to, reason=reason.strip(), by=by, now=now)
    return len(held)


def colleague(person: User) -> User | None:
    """The locked person as now stored, with the capacity as it is now; None: no collector of that team any more."""
    return collectors_of(*filter(None, [person.team])).select_related("capacity", "team").filter(pk=person.pk).first()


def lock_holders(case_ids: Iterable[int], *, team: Team | None, along: bool = False) -> QuerySet[Assignment]:
    """Lock everybody who loses these cases, with all of their teams and of the team that gets them, then the cases, each in one order: of two
    transfers at once the second sees the first's result. The open assignments of those that are live; `along`: with the team's others of
    the same debtors."""
    asked = Assignment.objects.open().filter(case__in=set(case_ids))
    colleagues = User.objects.filter(Q(pk__in=asked.values("collector")) | Q(team__in=asked.values("collector__team")))
    lock_people(list(colleagues.values_list("pk", flat=True)), team=team)
    wanted = Q(case__in=set(case_ids))
    if along:
        wanted |= Q(case__debtor__in=set(asked.values_list("case__debtor", flat=True)), collector__team=team, collector__team__isnull=False)
    cases = list(Assignment.objects.open().filter(wanted).values_list("case", flat=True))
    list(Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=cases).order_by("pk").values_list("pk"))
    return Assignment.objects.open().filter(case__in=cases).exclude(case__state__in=ENDED)


def _full(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return rows.select_related("case__client", "collector", "filtering_task__placement", "filtering_task__collector").order_by("case")


def hand_on(held: list[Assignment], to: User, *, reason: str, by: User | None, now: datetime, end_reason: str = EndReason.TRANSFERRED) -> None:
    """These open assignments end and `to` holds their cases, clocks carried on; everybody is told once. The caller has locked and checked."""
    ended = Assignment.objects.filter(pk__in=[row.pk for row in held])
    if end_assignments(ended, reason=end_reason, by=by, now=now) != len(held):
        raise CannotPlan(_("Somebody changed these cases meanwhile. Load the page again."))
    tasks = _carry_on_filtering(held, to, by=by, now=now)
    rows = [Assignment(case=row.case, collector=to, plan_id=row.plan_id, filtering_task=tasks.get(row.pk), assigned_at=now, assigned_by=by) for row in held]
    Assignment.objects.bulk_create(rows, batch_size=AT_ONCE)
    record_many(event_for("case.transferred", subject=row.case, by=by, at=now, changes={"collector": (row.collector, to)}, reason=reason) for row in held)
    close_emptied(held, by=by, now=now)
    _tell(held, to, tasks, now)


def _carry_on_filtering(held: list[Assignment], to: User, *, by: User | None, now: datetime) -> dict[int, FilteringTask]:
    """For the cases still to be filtered, a task of the new holder that continues the old one; by assignment."""
    by_task = defaultdict(list)
    for row in held:
        task = row.filtering_task
        if task is not None and task.state == "open" and row.case.state in TO_FILTER:
            by_task[task].append(row)
    if not by_task:
        return {}
    tasks = {task.continues_id: task for task in FilteringTask.objects.open().filter(continues__in=by_task, collector=to).select_related("placement")}
    tasks |= _continue([task for task in sorted(by_task, key=lambda task: task.pk) if task.pk not in tasks], to, by=by, now=now)
    return {row.pk: tasks[task.pk] for task, rows in by_task.items() for row in rows}


def _continue(before: list[FilteringTask], to: User, *, by: User | None, now: datetime) -> dict[int, FilteringTask]:
    """By the old task's id, a new one of `to` each. The clock carries on: its duty starts when the old one started, for as many accounts, and
    keeps its extension. Once the old one is missed, the miss stays with who held it, and the new holder's time begins now."""
    tasks = {
        old.pk: FilteringTask(
            pk=pk, placement=old.placement, collector=to, plan_id=old.plan_id, accounts=old.accounts, started_at=old.started_at, continues=old
        )
        for pk, old in zip(reserve_ids(FilteringTask, len(before)), before, strict=True)
    }
    FilteringTask.objects.bulk_create(tasks.values(), batch_size=AT_ONCE)
    clocks = Duty.objects.unmet().filter(kind=Kind.FILTERING, subject_type=FilteringTask._meta.label_lower, subject_id__in=tasks)
    running = {duty.subject_id: duty for duty in clocks.select_related("extended_by") if not duty.is_late(now)}
    open_filtering_duties(list(tasks.values()), start=now, by=by, carries_on=[running.get(old.pk) for old in before])
    record_many(event_for("filtering.continued", subject=tasks[old.pk], by=by, at=now, changes={"collector": (old.collector, to)}) for old in before)
    return tasks


def close_emptied(held: list[Assignment], *, by: User | None, now: datetime) -> None:
    """A task whose cases have all gone is cancelled; one whose remaining cases are all classified is done."""
    touched = {row.filtering_task_id for row in held if row.filtering_task_id is not None}
    # Locked, as classification locks it: of two who empty a task at once, the later one sees what the other did.
    rows = FilteringTask.objects.open().select_for_update(of=("self",)).filter(pk__in=touched)
    tasks = list(rows.select_related("collector", "placement").order_by("pk"))
    rest = Assignment.objects.open().filter(filtering_task__in=tasks).order_by().values_list("filtering_task")
    left = dict(rest.annotate(to_filter=Count("pk", filter=Q(case__state__in=TO_FILTER))))
    _cancel([task for task in tasks if task.pk not in left], by=by, now=now)
    finish_all([task for task in tasks if left.get(task.pk) == 0], by=by, now=now)


def _cancel(tasks: list[FilteringTask], *, by: User | None, now: datetime) -> None:
    ids = [task.pk for task in tasks]
    if FilteringTask.objects.filter(pk__in=ids).update(cancelled_at=now):
        record_many(event_for("filtering.cancelled", subject=task, by=by, at=now) for task in tasks)
        cancel_duties(kind=Kind.FILTERING, of=FilteringTask, subjects=ids, by=by, now=now, reason=_("Its cases were transferred."))


def _tell(held: list[Assignment], to: User, tasks: dict[int, FilteringTask], now: datetime) -> None:
    values = {"count": len(held), "amount": format_money(sum(row.case.amount for row in held))}
    ids = [task.pk for task in tasks.values()]
    duties = Duty.objects.unmet().filter(kind=Kind.FILTERING, subject_type=FilteringTask._meta.label_lower, subject_id__in=ids)
    first = duties.order_by("due_at").first()
    if first is None:
        notices = [notice_for(to, gettext_noop("%(count)s cases worth %(amount)s were transferred to you."), now=now, **values)]
    else:
        message = gettext_noop("%(count)s cases worth %(amount)s were transferred to you. Filter them by %(due)s.")
        notices = [notice_for(to, message, now=now, path=first.path, due=local(first.due_at), **values)]
    for person, count in Counter(row.collector for row in held).items():
        notices.append(notice_for(person, gettext_noop("%(count)s of your cases were transferred to %(person)s."), now=now, count=count, person=to))
    notify_many(notices)


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


def finish_all(tasks: Sequence[FilteringTask], *, by: User | None, now: datetime) -> None:
    """The same for many locked, open tasks, in a few statements."""
    ids = [task.pk for task in tasks]
    if FilteringTask.objects.filter(pk__in=ids).update(done_at=now):
        meet_duties(kind=Kind.FILTERING, of=FilteringTask, subjects=ids, by=by, now=now)
        record_many(event_for("filtering.done", subject=task, by=by, at=now, changes={"state": ("open", "done")}) for task in tasks)


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
