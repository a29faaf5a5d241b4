"""The figures that a lead looks at: a placement's make-up, and what a plan does to everybody's load."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Count, Q, Sum, Value, When
from django.utils.translation import gettext as _

from assignment.choices import Holdings, Reason
from assignment.models import Assignment, AssignmentPlan
from assignment.selectors import collectors_of
from assignment.selectors.situation import Standing
from staff.models import User

# Upper ends of the amount bands, in yuan.
BANDS = (5_000, 10_000, 30_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class Part:
    """One slice of a placement: how many cases, worth what, and its share of the whole in per cent."""

    label: str
    count: int
    amount: Decimal
    share: int


def make_up_of(cases: Any) -> dict[str, list[Part]]:
    """The cases by stage, by amount band and by region (A2.2, second principle). Three queries."""
    return {
        "stage": _parts(cases.values("stage").annotate(count=Count("pk"), total=Sum("amount")).order_by("stage"), "stage"),
        "amount": _bands(cases),
        "region": _parts(cases.values("region").annotate(count=Count("pk"), total=Sum("amount")).order_by("-count", "region"), "region", most=8),
    }


def _parts(rows: Any, key: str, *, most: int = 12) -> list[Part]:
    found = [(row[key] or _("not given"), row["count"], row["total"] or Decimal(0)) for row in rows]
    if len(found) > most:
        rest = found[most - 1 :]
        found = [*found[: most - 1], (_("others"), sum(count for _name, count, _sum in rest), sum(total for _name, _count, total in rest))]
    whole = sum(count for _name, count, _total in found) or 1
    return [Part(str(label), count, total, round(count * 100 / whole)) for label, count, total in found]


def _bands(cases: Any) -> list[Part]:
    band = Choice(*(When(amount__lt=top, then=Value(number)) for number, top in enumerate(BANDS)), default=Value(len(BANDS)))
    rows = cases.annotate(band=band).values("band").annotate(count=Count("pk"), total=Sum("amount")).order_by("band")
    return _parts([{**row, "band": _band_label(row["band"])} for row in rows], "band")


def _band_label(number: int) -> str:
    if number == 0:
        return _("below ¥%(most)s") % {"most": f"{BANDS[0]:,}"}
    if number == len(BANDS):
        return _("¥%(least)s and more") % {"least": f"{BANDS[-1]:,}"}
    return f"¥{BANDS[number - 1]:,} – {BANDS[number]:,}"


@dataclass(frozen=True, slots=True)
class Load:
    """What one collector holds before and after a plan."""

    person: User
    before_count: int
    before_amount: Decimal
    new_count: int
    new_amount: Decimal
    may_take: bool = True
    labels: list[str] = field(default_factory=list)

    @property
    def after_count(self) -> int:
        return self.before_count + self.new_count

    @property
    def after_amount(self) -> Decimal:
        return self.before_amount + self.new_amount


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
class Figures:
    """A plan in figures: everybody's load, the spreads, and the cases that nobody gets, by reason."""

    loads: list[Load]
    count: Spread
    amount: Spread
    given: int
    given_amount: Decimal
    left: int
    set_aside: int
    reasons: list[tuple[str, str, int]]

    @property
    def people(self) -> int:
        return sum(1 for load in self.loads if load.new_count)

    @property
    def to_decide(self) -> int:
        """Cases without a collector that were not set aside either."""
        return self.left - self.set_aside


def figures_of(plan: AssignmentPlan, people: list[Standing] | None = None) -> Figures:
    """The plan's figures. A draft counts what is held now (`people`), an applied plan what was held when it was applied."""
    lines = plan.lines.values("collector").annotate(count=Count("pk"), total=Sum("case__amount"), aside=Count("pk", filter=~Q(set_aside_reason="")))
    new = {row["collector"]: row for row in lines.order_by()}
    loads = _loads_now(people, new) if people is not None else _loads_then(plan, new)
    counted = [load for load in loads if load.may_take or load.new_count]
    cumulative = plan.holdings == Holdings.CUMULATIVE
    nobody = new.pop(None, {"count": 0, "aside": 0})
    reasons = plan.lines.values_list("reason").annotate(Count("pk")).order_by("reason")
    return Figures(
        loads=loads,
        count=spread_of([load.after_count if cumulative else load.new_count for load in counted]),
        amount=spread_of([load.after_amount if cumulative else load.new_amount for load in counted]),
        given=sum(row["count"] for row in new.values()),
        given_amount=sum((row["total"] or Decimal(0) for row in new.values()), Decimal(0)),
        left=nobody["count"],
        set_aside=nobody["aside"],
        reasons=[(reason, Reason(reason).label, count) for reason, count in reasons],
    )


def _loads_now(people: list[Standing], new: dict) -> list[Load]:
    return [
        _load(standing.person, (standing.candidate.held_count, standing.held_amount), new, may_take=standing.may_take, labels=standing.labels)
        for standing in people
    ]


def _loads_then(plan: AssignmentPlan, new: dict) -> list[Load]:
    moment = plan.applied_at or plan.created_at
    people = {person.pk: person for person in collectors_of(plan.team)} | {person.pk: person for person in User.objects.filter(pk__in=filter(None, new))}
    held = _held_at(list(people.values()), moment)
    return [_load(person, held.get(person.pk, (0, Decimal(0))), new, may_take=bool(new.get(person.pk))) for person in people.values()]


def _load(person: User, held: tuple[int, Decimal], new: dict, *, may_take: bool, labels: list[str] | None = None) -> Load:
    row = new.get(person.pk, {"count": 0, "total": Decimal(0)})
    return Load(person, *held, row["count"], row["total"] or Decimal(0), may_take, labels or [])


def _held_at(people: list[User], moment: datetime) -> dict[int, tuple[int, Decimal]]:
    """What each held just before a moment, by the assignments' own history. One query."""
    then = Assignment.objects.filter(collector__in=people, assigned_at__lt=moment).filter(Q(ended_at=None) | Q(ended_at__gt=moment))
    rows = then.values("collector").annotate(count=Count("pk"), total=Sum("case__amount")).order_by()
    return {row["collector"]: (row["count"], row["total"]) for row in rows}
