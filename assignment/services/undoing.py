"""An applied plan taken back, while nobody has touched its cases."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.choices import EndReason, PlanState
from assignment.models import Assignment, AssignmentPlan, FilteringTask
from assignment.services.clocks import reopen_lead_duties
from assignment.services.giving import end_assignments, lock_people
from assignment.services.jobs import Clock, Hold, plan_of, take_up, work_ends, work_on
from assignment.services.refusals import CannotUndo, NotInDraft
from assignment.services.sharing import locked_rows
from audit.services import event_for, record, record_each, record_many
from cases.choices import CaseState
from cases.models import Case
from cases.services.casework import give_to_team, move_by_ids
from duties.choices import Kind
from duties.services import cancel_duties, cancel_duty
from staff.models import Team, User
from staff.services import notify


@transaction.atomic
def ask_undo(*, plan_id: int, by: User, now: datetime) -> AssignmentPlan:
    """The applied plan waits to be undone by a worker, or by `undo_asked_plan`."""
    plan = AssignmentPlan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan_id)
    if plan.state != PlanState.APPLIED:
        raise NotInDraft(_("Only an applied plan can be undone; this one is “%(state)s”.") % {"state": plan.get_state_display()})
    plan.state, plan.asked_by, plan.worked_on_at, plan.attempts, plan.done_cases, plan.failure = PlanState.UNDOING, by, None, 0, 0, ""
    plan.save(update_fields=["state", "asked_by", "worked_on_at", "attempts", "done_cases", "failure"])
    record("plan.undo_asked", subject=plan, by=by, at=now, changes={"state": (PlanState.APPLIED, plan.state)})
    return plan


@transaction.atomic
def undo_plan(*, plan_id: int, by: User, now: datetime) -> AssignmentPlan:
    """As before the plan was applied: its cases are unassigned, its filtering tasks cancelled, and the lead's duty runs on from its own
    start; of a plan for teams, the cases are whose they were. Only while nobody has touched a case of it."""
    ask_undo(plan_id=plan_id, by=by, now=now)
    hold = take_up(plan_id, PlanState.UNDOING, lambda: now)
    _undo(hold, plan_of(hold))
    return plan_of(hold)


def undo_asked_plan(*, plan_id: int, clock: Clock) -> None:
    """The worker's half, once, however often it is called. A refusal leaves the plan applied, with the reason on it."""
    work_on(plan_id, PlanState.UNDOING, clock, _undo)


def _undo(hold: Hold, plan: AssignmentPlan) -> None:
    now, by = hold.clock(), plan.asked_by
    if plan.for_teams:
        _take_from_teams(plan, hold, by=by, now=now)
    else:
        _take_from_people(plan, hold, by=by, now=now)
    work_ends(hold, state=PlanState.UNDONE, done_cases=plan.case_count)
    record("plan.undone", subject=plan, by=by, at=now, changes={"state": (PlanState.APPLIED, PlanState.UNDONE)})
    reopen_lead_duties(plan, by=by, now=now)


def _take_from_people(plan: AssignmentPlan, hold: Hold, *, by: User, now: datetime) -> None:
    lock_people(plan.assignments.values("collector"), team=plan.team)
    cases = Case.objects.filter(assignments__plan=plan, assignments__ended_at=None)
    rows = list(cases.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", "case_no", "assignments__collector__name"))
    _check_untouched(plan)
    if end_assignments(Assignment.objects.filter(plan=plan), reason=EndReason.UNDONE, by=by, now=now) != len(rows):
        raise CannotUndo(_("Somebody changed these cases meanwhile. Load the page again."))
    for done in move_by_ids([row[0] for row in rows], CaseState.ASSIGNED, CaseState.UNASSIGNED):
        hold.beat(len(rows) // 4 + done // 2)
    state = (CaseState.ASSIGNED.value, CaseState.UNASSIGNED.value)
    told = ((case, number, {"state": state, "collector": (name, None)}) for case, number, name in rows)
    record_each("case.unassigned", of=Case, subjects=told, by=by, at=now)
    _cancel_filtering(plan, by=by, now=now)


def _check_untouched(plan: AssignmentPlan) -> None:
    if plan.assignments.exclude(ended_at=None).exists():
        raise CannotUndo(_("Cases of this plan were transferred already, so it can no longer be undone as a whole."))
    touched = touched_cases(plan)
    count = touched.count()
    if count:
        raise CannotUndo(
            _("%(count)s cases have been worked already (%(case)s …). Transfer cases instead of undoing the plan.")
            % {"count": count, "case": touched.order_by("pk").first()}
        )
    if plan.filtering_tasks.exclude(done_at=None).exists():
        raise CannotUndo(_("A collector has finished filtering, so the plan can no longer be undone."))


def touched_cases(plan: AssignmentPlan):
    """The plan's cases that somebody has worked since it was applied."""
    cases = Case.objects.filter(pk__in=plan.assignments.values("case"))
    return cases.exclude(state=CaseState.ASSIGNED) | cases.filter(touched_at__gte=plan.applied_at)


def may_undo(plan: AssignmentPlan) -> bool:
    """Whether undoing it now would work: what the page offers. Three queries at most."""
    if plan.state != PlanState.APPLIED:
        return False
    if plan.for_teams:
        return not _moved_on(plan).exists()
    ended = plan.assignments.exclude(ended_at=None)
    return not (touched_cases(plan).exists() or ended.exists() or plan.filtering_tasks.exclude(done_at=None).exists())


def _cancel_filtering(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    tasks = list(plan.filtering_tasks.open().select_related("collector", "placement").order_by("pk"))
    plan.filtering_tasks.open().update(cancelled_at=now)
    record_many(event_for("filtering.cancelled", subject=task, by=by, at=now) for task in tasks)
    ids = [task.pk for task in tasks]
    cancel_duties(kind=Kind.FILTERING, of=FilteringTask, subjects=ids, by=by, now=now, reason=_("The plan was undone."))
    notify(
        [task.collector for task in tasks],
        gettext_noop("The assignment of %(placement)s was taken back; its cases are no longer yours."),
        now=now,
        placement=plan.placement or plan,
    )


def _moved_on(plan: AssignmentPlan):
    """Cases that a team's lead has assigned already, or that head office gave to yet another team."""
    return plan.lines.exclude(team=None).exclude(case__state=CaseState.UNASSIGNED, case__team=F("team"))


def _take_from_teams(plan: AssignmentPlan, hold: Hold, *, by: User, now: datetime) -> None:
    rows = locked_rows(plan)
    if _moved_on(plan).exists():
        raise CannotUndo(_("Leads have assigned some of these cases already, so head office's plan can no longer be undone."))
    before = dict(plan.lines.exclude(team=None).values_list("case", "team_before"))
    names, cases_of = dict(Team.objects.values_list("pk", "name")), defaultdict(list)
    for case, team in before.items():
        cases_of[team].append(case)
    for team, cases in cases_of.items():
        for _done in give_to_team(cases, team):
            hold.beat(len(rows) // 2)
    told = ((case, number, {"team": (names[team], names.get(before[case]))}) for case, number, team, *_rest in rows)
    record_each("case.taken_from_team", of=Case, subjects=told, by=by, at=now)
    for share in plan.shares.select_related("placement", "team__lead").order_by("pk"):
        cancel_duty(kind=Kind.ASSIGNMENT, subject=share, by=by, now=now, reason=_("The plan was undone."))
        notify([share.team.lead], gettext_noop("Head office took back your team's cases of %(placement)s."), now=now, placement=share.placement)
