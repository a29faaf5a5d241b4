"""The clocks of assignment: the lead's day to assign (A2.1), and each collector's days to filter (A3.1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from assignment.models import AssignmentPlan, FilteringTask, TeamShare
from assignment.selectors.scope import cases_still_to_assign
from cases.models import Case, Placement
from cases.selectors import assignment_path
from duties.choices import Kind
from duties.models import Duty
from duties.services import Wanted, meet_duty, open_duties, open_duty
from staff.models import Team, User
from staff.selectors import lead_on_duty


def open_filtering_duties(tasks: Sequence[FilteringTask], *, start: datetime, by: User | None, carries_on: Sequence[Duty | None] | None = None) -> list[Duty]:
    """A clock for each new task, in their order, in a few statements; with `carries_on` the one that each is to carry on, if any."""
    clocks = carries_on or [None] * len(tasks)
    wanted = [
        Wanted(task, task.collector, path=filtering_path(task), accounts=task.accounts, carries_on=clock) for task, clock in zip(tasks, clocks, strict=True)
    ]
    return open_duties(kind=Kind.FILTERING, wanted=wanted, start=start, by=by)


def filtering_path(task: FilteringTask) -> str:
    """The task's page on the collector's desk, which lives above this app; the list of tasks where there is no desk."""
    try:
        return reverse("workbench:filtering", args=[task.pk])
    except NoReverseMatch:
        return reverse("assignment:filtering-list")


def open_share_duty(share: TeamShare, *, start: datetime, by: User) -> Duty:
    """The lead of the team, or who stands in for the lead, assigns the share the same day."""
    holder = lead_on_duty(share.team, now=start) or by
    return open_duty(kind=Kind.ASSIGNMENT, subject=share, holder=holder, start=start, by=by, path=assignment_path(share.placement))


def meet_lead_duties(placement: Placement, *, by: User, now: datetime) -> None:
    """Once nothing of what a lead had to assign is left, that duty is met: of the placement, and of each team's share of it."""
    if not cases_still_to_assign(placement).exists():
        meet_duty(kind=Kind.ASSIGNMENT, subject=placement, by=by, now=now)
    for share in placement.shares.select_related("team").order_by("pk"):
        if not cases_still_to_assign(placement, share.team).exists():
            meet_duty(kind=Kind.ASSIGNMENT, subject=share, by=by, now=now)


def reopen_lead_duties(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    """What was met by the plan that is now undone stands again, where there is something to assign again."""
    for placement in placements_of(plan):
        if cases_still_to_assign(placement).exists():
            _reopen(placement, placement.team, by=by, now=now)
        for share in placement.shares.exclude(plan=plan).select_related("team__lead").order_by("pk"):
            if cases_still_to_assign(placement, share.team).exists():
                _reopen(share, share.team, by=by, now=now)


def open_pool_duties(cases: Iterable[Case], *, by: User | None, now: datetime) -> None:
    """Cases that nobody holds any more are to be assigned the same day (A2.1): the lead's duty for their placement, or for the team's share of
    it, begins anew, unless it stands anyway. A few queries for each placement and team, however many cases."""
    placed = {(case.placement_id, case.team_id) for case in cases}
    placements = Placement.objects.select_related("team__lead", "team__deputy").in_bulk({placement for placement, _team in placed})
    shares = TeamShare.objects.filter(placement__in=placements).select_related("team__lead", "team__deputy").order_by("pk")
    latest = {(share.placement_id, share.team_id): share for share in shares}
    for placement, team in sorted(placed, key=lambda pair: (pair[0], pair[1] or 0)):
        subject = latest.get((placement, team), placements[placement])
        holder = lead_on_duty(subject.team, now=now) if subject.team else by
        if holder is not None:
            path = assignment_path(placements[placement])
            open_duty(kind=Kind.ASSIGNMENT, subject=subject, holder=holder, start=now, by=by, path=path)


def placements_of(plan: AssignmentPlan) -> QuerySet[Placement]:
    rows = Placement.objects.select_related("team__lead").order_by("pk")
    return rows.filter(pk=plan.placement_id) if plan.placement_id else rows.filter(cases__plan_lines__plan=plan).distinct()


def _reopen(subject: Placement | TeamShare, team: Team | None, *, by: User, now: datetime) -> None:
    """A duty that was met stands again, with its own clock while that runs, otherwise with a new one: who was in time stays so, and who was
    late has a new day, so that the cases are nobody's forgotten ones and a miss isn't counted twice. One that is unmet runs on anyway.
    """
    duty = Duty.objects.about(subject).filter(kind=Kind.ASSIGNMENT, cancelled_at=None).select_related("holder").order_by("pk").last()
    if duty is not None and duty.met_at is not None:
        start, lead = now if duty.is_late(now) else duty.starts_at, lead_on_duty(team, now=now) if team else None
        open_duty(kind=Kind.ASSIGNMENT, subject=subject, holder=lead or duty.holder, start=start, by=by, path=duty.path, accounts=duty.accounts, now=now)
