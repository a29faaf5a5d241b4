"""Head office's plan: each team has its share, and its lead a day to assign it (A2.1)."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_noop

from assignment.models import AssignmentPlan, TeamShare
from assignment.services.clocks import open_share_duty
from assignment.services.jobs import Hold
from audit.services import record, record_each
from cases.models import Case, Placement
from cases.services.casework import give_to_team
from collection.lib.money import format_money
from staff.models import Team, User
from staff.services import notify


def give_to_teams(plan: AssignmentPlan, hold: Hold, *, check: Callable[[], None], by: User, now: datetime) -> int:
    """Each case of the plan's lines is its team's. `check` is asked once the cases are locked. Returns how many cases."""
    teams = lock_teams()
    rows = locked_rows(plan)
    check()
    cases_of = defaultdict(list)
    for case, _number, team, *_rest in rows:
        cases_of[team].append(case)
    for team, cases in sorted(cases_of.items()):
        for done in give_to_team(cases, team):
            hold.beat(done)
    told = ((case, number, {"team": (None, str(teams[team]))}) for case, number, team, *_rest in rows)
    record_each("case.given_to_team", of=Case, subjects=told, by=by, at=now)
    _open_shares(plan, rows, teams, by=by, now=now)
    return len(rows)


def lock_teams() -> dict[int, Team]:
    """Every team, in one order: of two plans for teams the second sees what the first gave them."""
    rows = Team.objects.select_for_update(of=("self",), no_key=True).select_related("lead", "deputy")
    return {team.pk: team for team in rows.order_by("pk")}


def locked_rows(plan: AssignmentPlan) -> list[tuple]:
    """(case, number, team, placement, amount, state, team of the case now) of what the plan gives to teams, locked in one order."""
    cases = Case.objects.filter(plan_lines__plan=plan, plan_lines__team__isnull=False)
    columns = ("pk", "case_no", "plan_lines__team", "placement", "amount", "state", "team")
    return list(cases.select_for_update(of=("self",), no_key=True).order_by("pk").values_list(*columns))


def _open_shares(plan: AssignmentPlan, rows: list[tuple], teams: dict[int, Team], *, by: User, now: datetime) -> None:
    totals: dict[tuple[int, int], list] = defaultdict(lambda: [0, Decimal(0)])
    for _case, _number, team, placement, amount, *_rest in rows:
        total = totals[placement, team]
        total[0] += 1
        total[1] += amount
    placements = Placement.objects.in_bulk({placement for placement, _team in totals})
    for (placement, team), (cases, amount) in sorted(totals.items()):
        share = TeamShare.objects.create(plan=plan, placement=placements[placement], team=teams[team], cases=cases, amount=amount, given_at=now)
        record("share.given", subject=share, by=by, at=now, changes={"team": (None, share.team), "cases": (None, cases), "amount": (None, amount)})
        duty = open_share_duty(share, start=now, by=by)
        notify(
            [duty.holder],
            gettext_noop("Head office gave your team %(count)s cases of %(placement)s, %(amount)s. Assign them today."),
            now=now,
            path=duty.path,
            is_urgent=True,
            placement=share.placement,
            count=cases,
            amount=format_money(amount),
        )
