"""How much each person may hold, in the same query as the person."""

from datetime import date

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from assignment.choices import CapacityLevel
from assignment.models import LevelCapacity
from staff.models import User


def with_limits(people: QuerySet[User], *, today: date) -> QuerySet[User]:
    """Each with the level that counts for them (`counts_as`), whether they have a capacity of their own (`own`), and the limits that hold:
    `most_cases`, `most_amount`, `most_new`; None: no limit."""
    on_probation = When(probation_until__gte=today, then=Value(CapacityLevel.PROBATION.value))
    people = people.annotate(counts_as=Case(on_probation, default=F("level")), own=F("capacity__pk"))
    of_level = LevelCapacity.objects.filter(level=OuterRef("counts_as"))

    def limit(name: str) -> Coalesce:
        return Coalesce(F(f"capacity__{name}"), Subquery(of_level.values(name)[:1]))

    return people.annotate(most_cases=limit("max_cases"), most_amount=limit("max_amount"), most_new=limit("max_new_per_day"))
