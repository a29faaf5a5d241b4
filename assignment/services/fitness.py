"""Whether one person may take these cases by hand: the clients' requirements first, then capacity (A2.2). Every refusal says why."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from assignment.choices import PreviousCollector
from assignment.models import AssignmentRule
from assignment.rules.eligibility import (
    Candidate,
    obstacles_to_case,
    room_by_capacity,
    room_by_client,
    room_for_amount,
    room_for_amount_by_client,
)
from assignment.rules.matching import Traits, match_rules
from assignment.selectors.bonds import bonds_of, held_together
from assignment.selectors.matching import age_on, as_rule, asks_for_age, people_named, rules_in_force
from assignment.selectors.situation import Situation, cents, former_holders, situation_of
from assignment.services.refusals import MayNotHold
from cases.models import Case, Client, Debtor
from staff.models import Team, User


def check_may_take(person: User, cases: Sequence[Case], *, now: datetime, besides: Sequence[Case] = (), among: Sequence[User] = ()) -> None:
    """Refuse what the clients' requirements or the capacity don't allow, when the person gets these cases on top of those held and of
    `besides` (what a draft gives them already). Cases that nobody holds yet go to whoever of `among` their debtor is bound to, and to nobody
    else. A few queries for each client."""
    ours, others = _by_client(cases), _by_client(besides)
    for client, rows in sorted(ours.items(), key=lambda item: item[0].pk):
        situation = situation_of(client, [person], now=now)
        _check_person(person, situation)
        _check_each_case(person, situation, rows)
        _check_client_room(person, situation, [*rows, *others.get(client, [])])
        check_rules(rows, situation, {person.pk}, lambda rule, own=person: people_named(rule, own.team_id, [own.pk]), to=person)
        if among:
            check_bonds(rows, situation_of(client, list(among), now=now), {person.pk}, to=person)
        candidate = situation.people[0].candidate
    if ours:
        _check_capacity(person, candidate, [*cases, *besides])


def check_bonds(cases: Sequence[Case], situation: Situation, takers: Collection[int], *, to: User | Team) -> None:
    """The same debtor to one person: refuse what belongs to somebody who is not among the `takers` (the person, or the team's people)."""
    bonds = bonds_of(cases, situation)
    shared = {row.case.debtor_id for row in held_together(bonds, takers)} if bonds else set()
    for case in cases:
        bond = bonds.get(case.debtor_id)
        if bond is None or bond.person.pk in takers or case.debtor_id in shared:
            continue
        values = {"case": case, "holder": bond.person, "other": bond.held, "to": to}
        if bond.held is None:
            raise MayNotHold(_("Case %(case)s can't go to %(to)s: the client wants %(holder)s again, who held this debtor before.") % values)
        raise MayNotHold(
            _("Case %(case)s can't go to %(to)s: %(holder)s holds %(other)s of the same debtor. Choose %(holder)s, or transfer that case first.") % values
        )


def check_rules(
    cases: Sequence[Case], situation: Situation, takers: Collection[int], named: Callable[[AssignmentRule], frozenset[int] | None], *, to: User | Team
) -> None:
    """What a strict rule gives to some goes to nobody else: refuse the case that it takes, unless it names one of the `takers`."""
    rows = rules_in_force([situation.client], situation.today)
    if not any(row.is_strict for row in rows):
        return
    born = dict(Debtor.objects.filter(cases__in=[case.pk for case in cases]).values_list("pk", "born_on")) if asks_for_age(rows) else {}
    taken = match_rules((_traits(case, born, situation) for case in cases), [as_rule(row, named(row)) for row in rows], today=situation.today)
    names = {row.pk: row.name for row in rows}
    for case in cases:
        rule = taken.get(case.pk)
        if rule and rule.strict and not rule.people & set(takers):
            raise MayNotHold(
                _("Case %(case)s can't go to %(to)s: the rule “%(rule)s” gives it to others only.") % {"case": case, "to": to, "rule": names[rule.pk]}
            )


def _traits(case: Case, born: Mapping[int, date | None], situation: Situation) -> Traits:
    age = age_on(born.get(case.debtor_id), situation.today)
    return Traits(case.pk, case.client_id, cents(case.amount), case.stage, case.region, case.product, case.overdue_days, age)


def _by_client(cases: Sequence[Case]) -> dict[Client, list[Case]]:
    found = defaultdict(list)
    for case in cases:
        found[case.client].append(case)
    return found


def _check_person(person: User, situation: Situation) -> None:
    standing = situation.people[0]
    if standing.obstacles:
        raise MayNotHold(_("%(person)s can take no case: %(why)s.") % {"person": person, "why": "; ".join(standing.labels)})


def _check_each_case(person: User, situation: Situation, cases: Sequence[Case]) -> None:
    candidate, requirement = situation.people[0].candidate, situation.requirement
    former = _former_of(cases, situation)
    for case in cases:
        found = obstacles_to_case(candidate, requirement, stage=case.stage, region=case.region, former=former.get(case.debtor_id), today=situation.today)
        if found:
            why = "; ".join(str(obstacle.label) for obstacle in found)
            raise MayNotHold(_("%(person)s may not hold case %(case)s: %(why)s.") % {"person": person, "case": case, "why": why})


def _former_of(cases: Sequence[Case], situation: Situation) -> dict[int, int]:
    if situation.requirement.previous != PreviousCollector.NOT:
        return {}
    return former_holders(Case.objects.filter(pk__in=[case.pk for case in cases]), situation.client)


def _check_client_room(person: User, situation: Situation, cases: Sequence[Case]) -> None:
    candidate, requirement = situation.people[0].candidate, situation.requirement
    count, amount = len(cases), sum(cents(case.amount) for case in cases)
    if count > room_by_client(candidate, requirement):
        raise MayNotHold(
            _("%(person)s may have %(room)s more cases of this client, not %(count)s.")
            % {"person": person, "room": room_by_client(candidate, requirement), "count": count}
        )
    if amount > room_for_amount_by_client(candidate, requirement):
        raise MayNotHold(
            _("%(person)s may have ¥%(room)s more of this client, not ¥%(amount)s.")
            % {"person": person, "room": as_yuan(room_for_amount_by_client(candidate, requirement)), "amount": as_yuan(amount)}
        )


def _check_capacity(person: User, candidate: Candidate, cases: Sequence[Case]) -> None:
    count, amount = len(cases), sum(cents(case.amount) for case in cases)
    if count > room_by_capacity(candidate):
        raise MayNotHold(
            _("%(person)s has room for %(room)s more cases today, not %(count)s. Choose somebody else, or raise the capacity.")
            % {"person": person, "room": room_by_capacity(candidate), "count": count}
        )
    if amount > room_for_amount(candidate):
        raise MayNotHold(
            _("%(person)s has room for ¥%(room)s more, not ¥%(amount)s. Choose somebody else, or raise the capacity.")
            % {"person": person, "room": as_yuan(room_for_amount(candidate)), "amount": as_yuan(amount)}
        )


def as_yuan(amount: int) -> str:
    return f"{amount / 100:,.2f}"
