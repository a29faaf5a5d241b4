"""The figures that a lead looks at: what a plan does to everybody's load."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from assignment.choices import Holdings, Reason
from assignment.models import AssignmentPlan
from assignment.selectors.loads import Load, loads_now, loads_then
from assignment.selectors.situation import Situation


@dataclass(frozen=True, slots=True)
class Spread:
    """Largest less smallest among those who can take cases, and that over the mean."""

    largest: Decimal
    smallest: Decimal
    mean: Decimal

    @property
    def width(self) -> Decimal:
        return self.largest - self.smallest

    @property
    def ratio(self) -> Decimal:
        return self.width / self.mean if self.mean else Decimal(0)

    @property
    def percent(self) -> str:
        return f"{self.ratio * 100:.2f}"


def spread_of(values: list[Decimal | int]) -> Spread:
    numbers = [Decimal(value) for value in values] or [Decimal(0)]
    return Spread(max(numbers), min(numbers), sum(numbers) / len(numbers))


@dataclass(frozen=True, slots=True)
class Left:
    """Cases that go to nobody, for one reason."""

    reason: str
    label: str
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """A plan in figures: everybody's load, the spreads, every line by its reason, and the cases that nobody gets."""

    loads: list[Load]
    count: Spread
    amount: Spread
    given: int
    given_amount: Decimal
    left: int
    set_aside: int
    reasons: list[tuple[str, str, int]]
    nobody: list[Left]

    @property
    def people(self) -> int:
        return sum(1 for load in self.loads if load.new_count)

    @property
    def to_decide(self) -> int:
        """Cases without a collector that were not set aside either."""
        return self.left - self.set_aside


def figures_of(plan: AssignmentPlan, situations: list[Situation] | None = None) -> Figures:
    """The plan's figures. A draft counts what is held now (`situations`), an applied plan what was held when it was applied."""
    key = "team" if plan.for_teams else "collector"
    lines = plan.lines.values(key).annotate(count=Count("pk"), total=Sum("case__amount"), aside=Count("pk", filter=~Q(set_aside_reason="")))
    new = {row[key]: row for row in lines.order_by()}
    loads = loads_now(plan, situations, new) if situations is not None else loads_then(plan, new)
    counted = evenly_counted(loads)
    cumulative = plan.holdings == Holdings.CUMULATIVE
    nobody = new.pop(None, {"count": 0, "aside": 0})
    reasons = plan.lines.values_list("reason").annotate(Count("pk")).order_by("reason")
    return Figures(
        loads=loads,
        count=spread_of([part * (load.after_count if cumulative else load.new_count) for load, part in counted]),
        amount=spread_of([part * (load.after_amount if cumulative else load.new_amount) for load, part in counted]),
        given=sum(row["count"] for row in new.values()),
        given_amount=sum((row["total"] or Decimal(0) for row in new.values()), Decimal(0)),
        left=nobody["count"],
        set_aside=nobody["aside"],
        reasons=[(reason, str(Reason(reason).label), count) for reason, count in reasons],
        nobody=_left(plan) if nobody["count"] else [],
    )


def evenly_counted(loads: list[Load]) -> list[tuple[Load, Decimal]]:
    """The loads that a spread compares: of whoever can take cases or gets some, each with the factor that takes the own share out of it:
    in a plan by shares, twice the share with twice the load is even."""
    counted = [load for load in loads if load.may_take or load.new_count]
    shares = [load.share for load in counted if load.share]
    if not shares:
        return [(load, Decimal(1)) for load in counted]
    mean = Decimal(sum(shares)) / len(shares)
    return [(load, mean / load.share) for load in counted if load.share]


def _left(plan: AssignmentPlan) -> list[Left]:
    rows = plan.lines.filter(collector=None, team=None).values("reason").annotate(count=Count("pk"), total=Sum("case__amount")).order_by("-count", "reason")
    return [Left(row["reason"], str(Reason(row["reason"]).label), row["count"], row["total"] or Decimal(0)) for row in rows]
