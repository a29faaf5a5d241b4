"""Whether a team may have these cases by hand: its people are asked, as in a plan for teams (A2.2). Every refusal says why."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from assignment.models import AssignmentPlan
from assignment.rules.eligibility import is_barred_by_client
from assignment.rules.state import Seat
from assignment.selectors.proposal import Given
from assignment.selectors.situation import Situation, cents, former_holders, situations_of
from assignment.selectors.teams import TeamSeats
from assignment.services.fitness import as_yuan, check_bonds, check_rules
from assignment.services.refusals import MayNotHold
from cases.models import Case
from staff.models import Team


def check_team_may_take(plan: AssignmentPlan, team: Team, cases: Sequence[Case], *, now: datetime) -> None:
    """Refuse what none of the team's people may hold, what is more than they can take together on top of what the plan gives them already,
    and debtors who are bound to somebody of another team. A few queries for each client."""
    planned = [line.case for line in plan.lines.filter(team=team).select_related("case").only("plan", "case__client", "case__amount")]
    new = Given({team.pk: len(planned)}, {team.pk: _worth(planned)})
    for situation in situations_of(plan, now=now):
        own = [case for case in cases if case.client_id == situation.client.pk]
        if own:
            _check_each_case(team, situation, own)
            check_rules(own, situation, _members(team, situation), lambda rule, there=situation: TeamSeats(plan, {}).named(rule, there), to=team)
            _check_waiting(plan, team, situation, own)
            _check_room(_seat_of(plan, team, situation, new), own, [case for case in planned if case.client_id == situation.client.pk], team)
            check_bonds(own, situation, _members(team, situation), to=team)
            new = Given({team.pk: new.count[team.pk] + len(own)}, {team.pk: new.amount[team.pk] + _worth(own)})


def _worth(cases: Sequence[Case]) -> int:
    return sum(cents(case.amount) for case in cases)


def _members(team: Team, situation: Situation) -> frozenset[int]:
    return frozenset(one.person.pk for one in situation.people if one.person.team_id == team.pk and not is_barred_by_client(one.obstacles))


def _check_each_case(team: Team, situation: Situation, cases: Sequence[Case]) -> None:
    members = _members(team, situation)
    former = former_holders(Case.objects.filter(pk__in=[case.pk for case in cases]), situation.client)
    for case in cases:
        if members <= situation.bars.of(case.stage, case.region, former.get(case.debtor_id)):
            raise MayNotHold(_("Nobody of %(team)s may hold case %(case)s: the client doesn't allow it.") % {"team": team, "case": case})


def _check_waiting(plan: AssignmentPlan, team: Team, situation: Situation, cases: Sequence[Case]) -> None:
    """A debtor whose other case waits in a team goes to that team, where somebody may hold him."""
    waiting = TeamSeats(plan, {}).waiting_with(Case.objects.filter(pk__in=[case.pk for case in cases]))
    teams = Team.objects.in_bulk(set(waiting.values()))
    for case in cases:
        other = teams.get(waiting.get(case.debtor_id, team.pk), team)
        if other != team and _members(other, situation) - situation.bars.of(case.stage, case.region):
            values = {"case": case, "to": team, "team": other}
            raise MayNotHold(_("Case %(case)s can't go to %(to)s: another case of the same debtor waits in %(team)s.") % values)


def _seat_of(plan: AssignmentPlan, team: Team, situation: Situation, new: Given) -> Seat:
    return next(seat for seat in TeamSeats(plan, {}).seats(situation, new) if seat.pk == team.pk)


def _check_room(seat: Seat, cases: Sequence[Case], planned: Sequence[Case], team: Team) -> None:
    """By what capacity leaves now, and by what the client leaves beside what the plan gives of it already."""
    room = min(seat.room, seat.room_by_client - len(planned))
    if len(cases) > room:
        raise MayNotHold(
            _("The people of %(team)s have room for %(room)s more of these cases together, not %(count)s.")
            % {"team": team, "room": max(0, room), "count": len(cases)}
        )
    room = min(seat.room_for_amount, seat.room_for_amount_by_client - _worth(planned))
    if _worth(cases) > room:
        raise MayNotHold(
            _("The people of %(team)s have room for ¥%(room)s more together, not ¥%(amount)s.")
            % {"team": team, "room": as_yuan(max(0, room)), "amount": as_yuan(_worth(cases))}
        )
