"""To whom debtors are bound (A2.2, first principle): who holds one of their cases, or held one where the client wants that person again."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from assignment.choices import PreviousCollector
from assignment.models import Assignment
from assignment.rules.eligibility import is_barred_by_client, obstacles_to_case
from assignment.selectors.situation import Situation, Standing, former_holders, holders_of_debtors
from cases.choices import ENDED
from cases.models import Case
from staff.models import User


class Bond(NamedTuple):
    """The person, and the case of the debtor that this person holds now (None: held one before)."""

    person: User
    held: Case | None


def bonds_of(cases: Sequence[Case], situation: Situation) -> dict[int, Bond]:
    """By debtor of these cases (all of the situation's client), whom of the situation's people he is bound to. Whom the client bars binds
    nobody, as in a plan. Three queries at most."""
    rows, standing_of = Case.objects.filter(pk__in=[case.pk for case in cases]), {one.person.pk: one for one in situation.people}
    keeps = situation.requirement.previous == PreviousCollector.KEEP
    formers = former_holders(rows, situation.client) if keeps else {}
    holders = holders_of_debtors(rows, [one.person for one in situation.people])
    found: dict[int, Bond] = {}
    for person_of, is_held in ((formers, False), (holders, True)):
        for debtor, own in _by_debtor(cases).items():
            standing = standing_of.get(person_of.get(debtor))
            if standing and all(_may_hold(standing, case, situation) for case in own):
                found[debtor] = Bond(standing.person, own[0] if is_held else None)
    return _with_held_cases(found)


def _by_debtor(cases: Sequence[Case]) -> dict[int, list[Case]]:
    found: dict[int, list[Case]] = {}
    for case in cases:
        found.setdefault(case.debtor_id, []).append(case)
    return found


def _may_hold(standing: Standing, case: Case, situation: Situation) -> bool:
    if is_barred_by_client(standing.obstacles):
        return False
    return not obstacles_to_case(standing.candidate, situation.requirement, stage=case.stage, region=case.region, former=None, today=situation.today)


def _with_held_cases(bonds: dict[int, Bond]) -> dict[int, Bond]:
    held = [debtor for debtor, bond in bonds.items() if bond.held is not None]
    rows = held_together(held, [bonds[debtor].person for debtor in held]).select_related("case") if held else []
    case_of = {(row.case.debtor_id, row.collector_id): row.case for row in rows}
    return {debtor: bond._replace(held=case_of[debtor, bond.person.pk]) if bond.held is not None else bond for debtor, bond in bonds.items()}


def held_together(debtors: Iterable[int], people: Iterable[User | int]):
    """The open assignments by which these people hold live cases of these debtors."""
    rows = Assignment.objects.open().filter(case__debtor__in=list(debtors), collector__in=list(people))
    return rows.exclude(case__state__in=ENDED).order_by("-pk")
