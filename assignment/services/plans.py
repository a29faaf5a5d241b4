"""A plan while it is a draft: changed by hand, its left-over cases set aside, thrown away."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from assignment.choices import PlanState, Reason
from assignment.models import AssignmentPlan, PlanLine
from assignment.selectors import collectors_of, teams_to_plan_for
from assignment.services.fitness import check_may_take
from assignment.services.fitness_of_teams import check_team_may_take
from assignment.services.refusals import CannotPlan, MayNotHold, NeedsReason, NotInDraft, StalePlan
from audit.services import record
from cases.models import Case
from staff.models import Team, User

AT_ONCE = 1000


@transaction.atomic
def move_lines(*, plan_id: int, case_ids: Iterable[int], to: User | Team | None, version: int, by: User, now: datetime) -> int:
    """These cases go to another collector (of a plan for teams: to another team), or to nobody; the same debtor's other cases of the plan
    go along. Returns how many moved.

    The clients' requirements and the person's capacity hold by hand too.
    """
    plan = lock_draft(plan_id, version)
    lines = _with_same_debtors(plan, _lines_of(plan, case_ids))
    target = "team" if plan.for_teams else "collector"
    lines = [line for line in lines if getattr(line, f"{target}_id") != (to.pk if to else None)]
    if to is not None:
        _check_target(plan, to, lines, now)
    _update(lines, reason=Reason.MANUAL, rule=None, moved_by=by, set_aside_reason="", **{target: to})
    _note_change(plan, "plan.lines_moved", by=by, now=now, changes={"cases": (None, _named(lines)), target: (None, to)})
    return len(lines)


def _check_target(plan: AssignmentPlan, to: User | Team, lines: list[PlanLine], now: datetime) -> None:
    moved = [line.case for line in lines]
    if plan.for_teams:
        if not isinstance(to, Team) or not teams_to_plan_for().filter(pk=to.pk).exists():
            raise MayNotHold(_("%(team)s has no lead who could give the cases to people.") % {"team": to})
        check_team_may_take(plan, to, moved, now=now)
        return
    people = list(collectors_of(plan.team).select_related("capacity", "team"))
    if to not in people:
        raise MayNotHold(_("%(person)s is not a collector of %(team)s.") % {"person": to, "team": plan.team})
    planned = plan.lines.filter(collector=to).select_related("case__client")
    besides = [line.case for line in planned.only("plan", "case__client", "case__amount")]
    check_may_take(to, moved, now=now, besides=besides, among=people)


@transaction.atomic
def set_aside(*, plan_id: int, case_ids: Iterable[int], reason: str, by: User, now: datetime, version: int | None = None) -> int:
    """These cases go to nobody, for the lead's reason: then they don't keep the lead's duty open (A2.1). Returns how many."""
    plan = lock_draft(plan_id, version)
    if not reason.strip():
        raise NeedsReason(_("Say why these cases are set aside."))
    lines = _lines_of(plan, case_ids)
    given = [line for line in lines if line.collector_id is not None or line.team_id is not None]
    _update(given, collector=None, team=None, rule=None, reason=Reason.MANUAL, moved_by=by)
    _update(lines, set_aside_reason=reason.strip())
    _note_change(plan, "plan.lines_set_aside", by=by, now=now, changes={"cases": (None, _named(lines))}, reason=reason.strip())
    return len(lines)


@transaction.atomic
def discard_plan(*, plan_id: int, by: User, now: datetime) -> AssignmentPlan:
    """The draft, one that is just being made, or one that could not be made, is thrown away; nothing was assigned by it."""
    plan = _locked(plan_id)
    if plan.state not in (PlanState.DRAFT, PlanState.MAKING, PlanState.FAILED):
        _refuse_state(plan)
    discard(plan, by=by, now=now)
    return plan


def lock_draft(plan_id: int, version: int | None = None) -> AssignmentPlan:
    """The plan, locked, still a draft, and still the one that the person looked at."""
    plan = _locked(plan_id)
    if plan.state != PlanState.DRAFT:
        _refuse_state(plan)
    if version is not None and plan.version != version:
        raise StalePlan(_("Somebody changed this plan meanwhile. Load the page again, then repeat your change."))
    return plan


def _locked(plan_id: int) -> AssignmentPlan:
    return AssignmentPlan.objects.select_for_update(of=("self",), no_key=True).select_related("placement__client", "team").get(pk=plan_id)


def _refuse_state(plan: AssignmentPlan) -> None:
    raise NotInDraft(_("This plan is no longer a draft: it is “%(state)s”.") % {"state": plan.get_state_display()})


def discard(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    """A locked plan is out, with what a worker may just be making of it."""
    before, plan.state = plan.state, PlanState.DISCARDED
    plan.worked_on_at = None
    plan.save(update_fields=["state", "worked_on_at"])
    record("plan.discarded", subject=plan, by=by, at=now, changes={"state": (before, PlanState.DISCARDED)})


def _lines_of(plan: AssignmentPlan, case_ids: Iterable[int]) -> list[PlanLine]:
    lines = []
    for batch in _batches(list(case_ids)):
        lines += _for_hand(plan.lines.filter(case__in=batch))
    if not lines:
        raise CannotPlan(_("Choose at least one case of this plan."))
    return lines


def _with_same_debtors(plan: AssignmentPlan, lines: list[PlanLine]) -> list[PlanLine]:
    found = {line.pk: line for line in lines}
    for batch in _batches(sorted({line.case.debtor_id for line in lines})):
        found |= {line.pk: line for line in _for_hand(plan.lines.filter(case__debtor__in=batch))}
    return list(found.values())


def _for_hand(lines):
    """With what a move asks of a case, and nothing more."""
    return lines.select_related("case__client").defer(*(f"case__{field.name}" for field in Case._meta.concrete_fields if field.name not in ASKED))


ASKED = {"id", "case_no", "client", "debtor", "amount", "stage", "region", "product", "overdue_days"}


def _update(lines: Sequence[PlanLine], **values) -> None:
    for batch in _batches(lines):
        PlanLine.objects.filter(pk__in=[line.pk for line in batch]).update(**values)


def _note_change(plan: AssignmentPlan, action: str, *, by: User, now: datetime, changes: dict, reason: str = "") -> None:
    if not AssignmentPlan.objects.filter(pk=plan.pk, version=plan.version, state=PlanState.DRAFT).update(version=F("version") + 1, failure=""):
        raise StalePlan(_("Somebody changed this plan meanwhile. Load the page again, then repeat your change."))
    record(action, subject=plan, by=by, at=now, changes=changes, reason=reason)


def _named(lines: Sequence[PlanLine]) -> str:
    """The case numbers as the trail keeps them: the first ones, and how many in all."""
    names = ", ".join(line.case.case_no for line in islice(lines, 50))
    return names if len(lines) <= 50 else f"{names} … ({len(lines)})"


def _batches(rows: Sequence, size: int = AT_ONCE):
    return (rows[start : start + size] for start in range(0, len(rows), size))
