"""Cases that a person gives up: all of them when the person leaves or is away, or some back to the pool."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.choices import EndReason
from assignment.models import Assignment
from assignment.selectors import collectors_of
from assignment.selectors.proposal import lines_within_team
from assignment.selectors.situation import situation_of
from assignment.services.clocks import open_pool_duties
from assignment.services.fitness import check_may_take
from assignment.services.giving import end_assignments
from assignment.services.refusals import CannotPlan, MayNotHold, NeedsReason
from assignment.services.transfers import close_emptied, hand_on, lock_holders
from cases.choices import ENDED, CaseState
from cases.models import Case, Client
from cases.services.casework import move_cases
from staff.models import User
from staff.services import notice_for, notify_many


@dataclass
class HandOver:
    """What became of a person's cases: how many each got, and how many nobody could take."""

    by_person: dict[User, int] = field(default_factory=dict)
    left: int = 0

    @property
    def moved(self) -> int:
        return sum(self.by_person.values())


@transaction.atomic
def hand_over_cases(*, person: User, reason: str, by: User, now: datetime, to: User | None = None) -> HandOver:
    """All live cases of the person (leaving, or away) go to somebody else of the team, or are balanced over the team: within the clients'
    requirements and everybody's capacity. What is still to be filtered keeps its deadline. What nobody can take stays, and is counted."""
    if not reason.strip():
        raise NeedsReason(_("Say why the cases are handed over."))
    lock_holders(_open_of(person).values_list("case", flat=True), team=person.team)
    others = [one for one in collectors_of(*filter(None, [person.team])).select_related("capacity", "team") if one != person]
    if to is not None and to not in others:
        raise MayNotHold(_("%(person)s is not a collector of the same team.") % {"person": to})
    held = held_rows(_open_of(person))
    if not held:
        raise CannotPlan(_("%(person)s holds no cases.") % {"person": person})
    if to is not None:
        check_may_take(others[others.index(to)], [row.case for row in held], now=now)
    given = {to: held} if to else balanced(held, others, now=now)
    done = HandOver(left=len(held) - sum(len(rows) for rows in given.values()))
    for taker, rows in given.items():
        hand_on(rows, taker, reason=reason.strip(), by=by, now=now)
        done.by_person[taker] = len(rows)
    return done


def _open_of(person: User):
    return Assignment.objects.open().filter(collector=person).exclude(case__state__in=ENDED)


def held_rows(rows) -> list[Assignment]:
    return list(rows.select_related("case__client", "collector", "filtering_task__placement", "filtering_task__collector").order_by("case"))


def balanced(held: list[Assignment], others: list[User], *, now: datetime) -> dict[User, list[Assignment]]:
    """Who of the others gets which of these, none back to whoever holds it; what nobody can take is left out. All are of one team."""
    if not others:
        return {}
    row_of, people = {row.case_id: row for row in held}, {person.pk: person for person in others}
    clients = sorted({row.case.client_id for row in held})
    situations = [situation_of(client, others, now=now) for client in Client.objects.filter(pk__in=clients).order_by("pk")]
    barred = {row.case_id: frozenset([row.collector_id]) for row in held}
    cases = Case.objects.filter(pk__in=list(row_of))
    given = defaultdict(list)
    for line in lines_within_team(cases, situations, others[0].team, barred=barred):
        if line.to is not None:
            given[people[line.to]].append(row_of[line.case])
    return dict(given)


@transaction.atomic
def return_to_pool(*, case_ids: Iterable[int], reason: str, by: User, now: datetime) -> int:
    """Nobody holds these cases any more; the team's lead, or head office, plans them anew. Returns how many."""
    if not reason.strip():
        raise NeedsReason(_("Say why the cases go back to the pool."))
    held = held_rows(lock_holders(case_ids, team=None))
    if not held:
        raise CannotPlan(_("Nobody holds any of these cases."))
    give_back(held, reason=reason.strip(), by=by, now=now)
    return len(held)


def give_back(held: list[Assignment], *, reason: str, by: User | None, now: datetime) -> None:
    """These open assignments end, and their cases wait in the pool. The caller has locked them."""
    ended = Assignment.objects.filter(pk__in=[row.pk for row in held])
    if end_assignments(ended, reason=EndReason.RETURNED_TO_POOL, by=by, now=now) != len(held):
        raise CannotPlan(_("Somebody changed these cases meanwhile. Load the page again."))
    holder_of = {row.case_id: row.collector for row in held}
    changes = {"action": "case.returned_to_pool", "also": lambda case: {"collector": (holder_of[case.pk], None)}}
    move_cases([row.case for row in held], CaseState.UNASSIGNED, by=by, at=now, reason=reason, **changes)
    close_emptied(held, by=by, now=now)
    open_pool_duties([row.case for row in held], by=by, now=now)
    message = gettext_noop("%(count)s of your cases went back to the pool: %(reason)s")
    lost = Counter(row.collector for row in held)
    notify_many(notice_for(person, message, now=now, count=count, reason=reason) for person, count in lost.items())
