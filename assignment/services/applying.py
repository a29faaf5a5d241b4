"""A plan that counts: applied at once, undone while nobody has touched its cases."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.choices import EndReason, PlanState
from assignment.models import Assignment, AssignmentPlan, FilteringTask
from assignment.selectors import cases_still_to_assign
from assignment.selectors.situation import basis_of, requirement_of, standings_of
from assignment.services.plans import AT_ONCE, lock_draft
from assignment.services.refusals import CannotPlan, CannotUndo, NotInDraft, StalePlan
from audit.services import event_for, record, record_many
from cases.choices import CaseState
from cases.models import Case
from cases.services.casework import move_cases
from collection.lib.money import format_money
from duties.choices import Kind
from duties.models import Duty
from duties.services import cancel_duty, local, meet_duty, open_duty
from staff.models import User
from staff.services import notify


@transaction.atomic
def apply_plan(*, plan_id: int, version: int, by: User, now: datetime) -> AssignmentPlan:
    """Every case of the plan is held by its collector, who is told once and has a filtering task with its deadline (A2.1, A3.1).

    All or nothing. A plan whose cases, people or limits changed since it was made is refused, so that no cap and no holder is
    overrun; whoever applies it a second time is told that it was applied already.
    """
    plan = lock_draft(plan_id, version)
    lock_people(plan.lines.exclude(collector=None).values("collector"))
    cases = _lock_cases(Case.objects.filter(plan_lines__in=plan.lines.exclude(collector=None)))
    _check_still_true(plan, now)
    if not cases and not plan.lines.exclude(set_aside_reason="").exists():
        raise CannotPlan(_("This plan gives no case to anybody. Move cases by hand, or set them aside with a reason."))
    _count_as_applied(plan, by=by, now=now)
    tasks = _start_filtering(plan, by=by, now=now)
    _assign(plan, cases, tasks, by=by, now=now)
    if not cases_still_to_assign(plan.placement).exists():
        meet_duty(kind=Kind.ASSIGNMENT, subject=plan.placement, by=by, now=now)
    return plan


def _check_still_true(plan: AssignmentPlan, now: datetime) -> None:
    requirement = requirement_of(plan.placement.client)
    people = standings_of(plan.team, plan.placement.client, now=now, requirement=requirement)
    if basis_of(plan.placement, people, requirement) != plan.basis:
        raise StalePlan(_("Cases, holdings, leave or limits have changed since this plan was made. Plan again, then apply."))


def _count_as_applied(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    draft = AssignmentPlan.objects.filter(pk=plan.pk, state=PlanState.DRAFT, version=plan.version)
    if not draft.update(state=PlanState.APPLIED, applied_by=by, applied_at=now, version=plan.version + 1):
        raise StalePlan(_("Somebody changed this plan meanwhile. Load the page again, then repeat your change."))
    plan.state, plan.applied_by, plan.applied_at, plan.version = PlanState.APPLIED, by, now, plan.version + 1
    record("plan.applied", subject=plan, by=by, at=now, changes={"state": (PlanState.DRAFT, PlanState.APPLIED)})


def lock_people(ids: Iterable) -> list[User]:
    """Who gets or loses cases, locked in one order, so that nobody's holdings change while they are counted."""
    return list(User.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))


def _lock_cases(cases) -> list[Case]:
    rows = cases.select_for_update(of=("self",), no_key=True).order_by("pk")
    return list(rows.only("pk", "case_no", "state", "version", "debtor_id", "amount", "touched_at"))


def _assign(plan: AssignmentPlan, cases: list[Case], tasks: dict[int, FilteringTask], *, by: User, now: datetime) -> None:
    collector_of = dict(plan.lines.exclude(collector=None).values_list("case_id", "collector_id"))
    move_cases(
        cases, CaseState.ASSIGNED, by=by, at=now, action="case.assigned", also=lambda case: {"collector": (None, tasks[collector_of[case.pk]].collector)}
    )
    rows = (
        Assignment(
            case_id=case.pk,
            collector_id=collector_of[case.pk],
            plan_id=plan.pk,
            filtering_task_id=tasks[collector_of[case.pk]].pk,
            assigned_at=now,
            assigned_by_id=by.pk,
        )
        for case in cases
    )
    Assignment.objects.bulk_create(rows, batch_size=AT_ONCE)


def _start_filtering(plan: AssignmentPlan, *, by: User, now: datetime) -> dict[int, FilteringTask]:
    """A filtering task for each collector, its deadline by the number of debtors (A3.1), and one notice that says it all."""
    debtors, counts, amounts = defaultdict(set), defaultdict(int), defaultdict(Decimal)
    for collector, debtor, amount in plan.lines.exclude(collector=None).values_list("collector_id", "case__debtor_id", "case__amount"):
        debtors[collector].add(debtor)
        counts[collector] += 1
        amounts[collector] += amount
    tasks = {}
    for person in User.objects.filter(pk__in=debtors).order_by("pk"):
        task = FilteringTask.objects.create(placement=plan.placement, collector=person, plan=plan, accounts=len(debtors[person.pk]), started_at=now)
        duty = open_filtering_duty(task, start=now, by=by)
        record("filtering.started", subject=task, by=by, at=now, changes={"collector": (None, person), "accounts": (None, task.accounts)})
        notify(
            [person],
            gettext_noop("New cases for you: %(count)s worth %(amount)s (%(placement)s). Filter them by %(due)s."),
            now=now,
            path=duty.path,
            count=counts[person.pk],
            amount=format_money(amounts[person.pk]),
            placement=plan.placement,
            due=local(duty.due_at),
        )
        tasks[person.pk] = task
    return tasks


def open_filtering_duty(task: FilteringTask, *, start: datetime, by: User, carries_on: Duty | None = None) -> Duty:
    accounts, path = task.accounts, filtering_path(task)
    return open_duty(kind=Kind.FILTERING, subject=task, holder=task.collector, start=start, by=by, accounts=accounts, path=path, carries_on=carries_on)


def filtering_path(task: FilteringTask) -> str:
    """The task's page on the collector's desk, which lives above this app; the list of tasks where there is no desk."""
    try:
        return reverse("workbench:filtering", args=[task.pk])
    except NoReverseMatch:
        return reverse("assignment:filtering-list")


@transaction.atomic
def undo_plan(*, plan_id: int, by: User, now: datetime) -> AssignmentPlan:
    """As before the plan was applied: its cases are unassigned, its filtering tasks cancelled, and the lead's duty runs on from
    its own start. Only while nobody has touched a case of it."""
    plan = AssignmentPlan.objects.select_for_update(of=("self",)).select_related("placement", "team__lead").get(pk=plan_id)
    if plan.state != PlanState.APPLIED:
        raise NotInDraft(_("Only an applied plan can be undone; this one is “%(state)s”.") % {"state": plan.get_state_display()})
    lock_people(plan.assignments.values("collector"))
    cases = _lock_cases(Case.objects.filter(pk__in=plan.assignments.values("case")))
    _check_untouched(plan, cases)
    ended = plan.assignments.open().update(ended_at=now, ended_by=by, end_reason=EndReason.UNDONE)
    if ended != len(cases):
        raise CannotUndo(_("Somebody changed these cases meanwhile. Load the page again."))
    move_cases(cases, CaseState.UNASSIGNED, by=by, at=now, action="case.unassigned")
    _cancel_filtering(plan, by=by, now=now)
    plan.state = PlanState.UNDONE
    plan.save(update_fields=["state"])
    record("plan.undone", subject=plan, by=by, at=now, changes={"state": (PlanState.APPLIED, PlanState.UNDONE)})
    _reopen_lead_duty(plan, by=by, now=now)
    return plan


def may_undo(plan: AssignmentPlan) -> bool:
    """Whether undoing it now would work: what the page offers. Three queries at most."""
    if plan.state != PlanState.APPLIED:
        return False
    cases = Case.objects.filter(pk__in=plan.assignments.values("case"))
    touched = cases.exclude(state=CaseState.ASSIGNED) | cases.filter(touched_at__gte=plan.applied_at)
    ended = plan.assignments.exclude(ended_at=None)
    return not (touched.exists() or ended.exists() or plan.filtering_tasks.exclude(done_at=None).exists())


def _check_untouched(plan: AssignmentPlan, cases: list[Case]) -> None:
    touched = [case for case in cases if case.state != CaseState.ASSIGNED or (case.touched_at and case.touched_at >= plan.applied_at)]
    if touched:
        raise CannotUndo(
            _("%(count)s cases have been worked already (%(case)s …). Transfer cases instead of undoing the plan.")
            % {"count": len(touched), "case": touched[0]}
        )
    if plan.assignments.exclude(ended_at=None).exists():
        raise CannotUndo(_("Cases of this plan were transferred already, so it can no longer be undone as a whole."))
    if plan.filtering_tasks.exclude(done_at=None).exists():
        raise CannotUndo(_("A collector has finished filtering, so the plan can no longer be undone."))


def _cancel_filtering(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    tasks = list(plan.filtering_tasks.open().select_related("collector", "placement").order_by("pk"))
    plan.filtering_tasks.open().update(cancelled_at=now)
    record_many(event_for("filtering.cancelled", subject=task, by=by, at=now) for task in tasks)
    for task in tasks:
        cancel_duty(kind=Kind.FILTERING, subject=task, by=by, now=now, reason=_("The plan was undone."))
    notify(
        [task.collector for task in tasks],
        gettext_noop("The assignment of %(placement)s was taken back; its cases are no longer yours."),
        now=now,
        placement=plan.placement,
    )


def _reopen_lead_duty(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    """The lead's duty was met: it stands again, with its own clock while that runs, otherwise with a new one: who was in time stays so.

    One that is unmet runs on anyway, and a miss isn't counted twice.
    """
    duty = Duty.objects.about(plan.placement).filter(kind=Kind.ASSIGNMENT, cancelled_at=None).select_related("holder").order_by("pk").last()
    if duty is not None and duty.met_at is not None and duty.missed_at is None:
        start, holder = now if duty.is_late(now) else duty.starts_at, plan.team.lead or duty.holder
        open_duty(kind=Kind.ASSIGNMENT, subject=plan.placement, holder=holder, start=start, by=by, path=duty.path, accounts=duty.accounts)
