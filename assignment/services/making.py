"""A plan is asked for, then made: from what is true now to a line for each case (A2.2)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assignment.choices import Holdings, Mode, PlanLevel, PlanState, Reason, Scope
from assignment.models import AssignmentPlan, PlanLine, PlanWeight
from assignment.selectors.proposal import Line, basis_of, lines_of_proposal
from assignment.selectors.scope import cases_to_plan
from assignment.selectors.shares import proposed_team_weights, proposed_weights
from assignment.selectors.situation import situations_of
from assignment.services.jobs import Clock, Hold, take_up, work_ends, work_on
from assignment.services.plans import discard
from assignment.services.refusals import CannotPlan
from audit.services import record
from cases.models import Case, Client, Placement
from collection.lib.bulk import load
from staff.models import Team, User

AT_ONCE = 1000


@transaction.atomic
def ask_plan(
    *,
    mode: str,
    holdings: str,
    by: User,
    now: datetime,
    level: str = PlanLevel.PEOPLE,
    scope: str = Scope.PLACEMENT,
    placement: Placement | None = None,
    team: Team | None = None,
    case_ids: Iterable[int] = (),
    weights: Mapping[int, int] | None = None,
) -> AssignmentPlan:
    """A plan that a worker makes, or `make_asked_plan`. An earlier draft for the same cases is discarded.

    `scope` says which unassigned cases: a placement's, the chosen `case_ids`, or those back in the pool; for people, of these the team's.
    `weights` are shares by collector (by team, of a plan for teams), for the mode of that name; none: those that results propose.
    """
    plan = AssignmentPlan(
        placement=_locked(placement, now),
        team=None if level == PlanLevel.TEAMS else team,
        level=PlanLevel(level),
        scope=Scope(scope),
        mode=Mode(mode),
        holdings=Holdings(holdings),
        state=PlanState.MAKING,
        created_by=by,
        asked_by=by,
        created_at=now,
    )
    _check_asked(plan, by)
    _discard_earlier(plan, by=by, now=now)
    _save(plan)
    if plan.scope == Scope.SELECTION:
        _note_selection(plan, case_ids)
    _enter_weights(plan, weights, now)
    _count_cases(plan, now)
    return plan


def _locked(placement: Placement | None, now: datetime) -> Placement | None:
    if placement is None:
        return None
    placement = Placement.objects.select_for_update(of=("self",), no_key=True).select_related("client", "team").get(pk=placement.pk)
    if placement.undone_at:
        raise CannotPlan(_("The import of this placement was undone; it has no cases any more."))
    return placement


def _check_asked(plan: AssignmentPlan, by: User) -> None:
    if plan.for_teams and not by.has_perm("assignment.plan_teams"):
        raise CannotPlan(_("Only head office gives cases to teams."))
    if not plan.for_teams and plan.team is None:
        raise CannotPlan(_("Choose the team whose people get the cases."))
    if (plan.scope == Scope.PLACEMENT) != (plan.placement is not None) and plan.scope != Scope.SELECTION:
        raise CannotPlan(_("Choose the placement that is planned."))


def _discard_earlier(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    """Of one placement or pool there is one open plan for a team; selections may overlap, because applying checks them again."""
    if plan.scope == Scope.SELECTION:
        return
    same = AssignmentPlan.objects.select_for_update(of=("self",), no_key=True).filter(
        placement=plan.placement, team=plan.team, level=plan.level, scope=plan.scope, state__in=[PlanState.MAKING, PlanState.DRAFT, PlanState.APPLYING]
    )
    for earlier in same.order_by("pk"):
        if earlier.state == PlanState.APPLYING:
            raise CannotPlan(_("An earlier plan for these cases is just being applied. Wait until that is done."))
        discard(earlier, by=by, now=now)


def _save(plan: AssignmentPlan) -> None:
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError:
        raise CannotPlan(_("Somebody else is just planning these cases. Load the page again.")) from None


def _note_selection(plan: AssignmentPlan, case_ids: Iterable[int]) -> None:
    """The plan's lines are the choice, until making it writes them anew. Cases that aren't there are left out."""
    wanted, found = sorted(set(case_ids)), []
    for start in range(0, len(wanted), AT_ONCE):
        found += Case.objects.filter(pk__in=wanted[start : start + AT_ONCE]).values_list("pk", flat=True)
    load(PlanLine, ["plan_id", "case_id", "reason"], ((plan.pk, pk, Reason.BALANCE.value) for pk in found))


def _enter_weights(plan: AssignmentPlan, weights: Mapping[int, int] | None, now: datetime) -> None:
    if weights and plan.mode != Mode.WEIGHTS:
        raise CannotPlan(_("Shares count only in a plan by shares."))
    if plan.mode == Mode.WEIGHTS and not weights:
        weights = proposed_team_weights(now=now) if plan.for_teams else proposed_weights(plan.team, now=now)
    key = "team_id" if plan.for_teams else "collector_id"
    PlanWeight.objects.bulk_create(PlanWeight(plan=plan, weight=weight, **{key: pk}) for pk, weight in (weights or {}).items() if weight > 0)


def _count_cases(plan: AssignmentPlan, now: datetime) -> None:
    cases = cases_to_plan(plan)
    for client in Client.objects.filter(pk__in=cases.order_by().values("client")).order_by("pk"):
        if not client.entrusts_on(timezone.localdate(now)):
            raise CannotPlan(_("%(client)s's entrustment has ended. Enter its new term before you assign its cases.") % {"client": client}, rule="CR-40")
    plan.case_count = cases.count()
    if not plan.case_count:
        raise CannotPlan(_("Every one of these cases is assigned already, or belongs to another team."))
    if plan.scope == Scope.SELECTION:
        placements = list(cases.order_by().values_list("placement", flat=True).distinct()[:2])
        plan.placement_id = placements[0] if len(placements) == 1 else None
    plan.save(update_fields=["case_count", "placement"])


@transaction.atomic
def ask_again(*, plan_id: int, by: User, now: datetime) -> AssignmentPlan:
    """A new plan of the same choice, from what is true now; this one is discarded when it is a draft. Moves by hand are dropped."""
    old = AssignmentPlan.objects.select_for_update(of=("self",), no_key=True).select_related("placement", "team").get(pk=plan_id)
    chosen = list(old.lines.values_list("case_id", flat=True)) if old.scope == Scope.SELECTION else ()
    key = "team_id" if old.for_teams else "collector_id"
    if old.state == PlanState.DRAFT:
        discard(old, by=by, now=now)
    return ask_plan(
        mode=old.mode,
        holdings=old.holdings,
        level=old.level,
        scope=old.scope,
        placement=None if old.scope == Scope.SELECTION else old.placement,
        team=old.team,
        case_ids=chosen,
        weights=dict(old.weights.values_list(key, "weight")) or None,
        by=by,
        now=now,
    )


@transaction.atomic
def make_plan(**asked) -> AssignmentPlan:
    """A draft, asked for and made at once; the same arguments as `ask_plan`."""
    plan, now = ask_plan(**asked), asked["now"]
    _make(take_up(plan.pk, PlanState.MAKING, lambda: now), plan)
    plan.refresh_from_db()
    return plan


def make_asked_plan(*, plan_id: int, clock: Clock) -> None:
    """The worker's half: the plan becomes a draft with a line for each case, once, however often this is called."""
    work_on(plan_id, PlanState.MAKING, clock, _make)


def _make(hold: Hold, plan: AssignmentPlan) -> None:
    now = hold.clock()
    situations = situations_of(plan, now=now)
    lines, basis = lines_of_proposal(plan, situations), basis_of(plan, situations)
    if not lines:
        raise CannotPlan(_("Every one of these cases is assigned already, or belongs to another team."))
    hold.beat(len(lines) // 2)
    plan.lines.all()._raw_delete(plan.lines.db)
    _write_lines(plan, lines)
    work_ends(hold, state=PlanState.DRAFT, basis=basis, case_count=len(lines), done_cases=len(lines), failure="")
    left = sum(1 for line in lines if line.to is None)
    record("plan.made", subject=plan, by=plan.asked_by, at=now, changes={"mode": (None, plan.mode), "cases": (None, len(lines)), "left": (None, left)})


def _write_lines(plan: AssignmentPlan, lines: list[Line]) -> None:
    to = "team_id" if plan.for_teams else "collector_id"
    fields = ["plan_id", "case_id", to, "reason", "rule_id", "team_before_id"]
    load(PlanLine, fields, ((plan.pk, line.case, line.to, line.reason.value, line.rule, line.team_before) for line in lines))
