"""One case for who may see it, with all that stands once for it."""

from datetime import datetime
from functools import lru_cache

from django.db.models import BigAutoField, BigIntegerField, FilteredRelation, Q, QuerySet

from assignment.selectors import cases_visible_in
from cases.models import Case
from collection.lib.prepared import Given, Prepared
from compliance.selectors import with_interruption
from staff.models import User
from workbench.selectors.asking import PERSON, asked_by
from workbench.selectors.discretion import with_discretion


def case_found(user: User, pk: int, *, now: datetime) -> Case | None:
    """The case with client, debtor, placement and the open assignment (`held`, if somebody holds it), and what of the debt may be told
    (`with_discretion`) and what interrupted its limitation; None when this person doesn't see it. One query."""
    if not 0 < pk <= BigIntegerField.MAX_BIGINT:
        return None
    return _case_for(frozenset(user.roles)).first(**asked_by(user, now=now), case=pk)


@lru_cache(maxsize=100)
def _case_for(roles: frozenset[str]) -> Prepared:
    def found() -> QuerySet[Case]:
        held = FilteredRelation("assignments", condition=Q(assignments__ended_at=None))
        cases = with_interruption(with_discretion(cases_visible_in(roles, PERSON))).filter(pk=Given("case", BigAutoField()))
        return cases.annotate(held=held).select_related("client", "debtor", "placement", "held__collector", "held__filtering_task__placement")

    return Prepared(found)
