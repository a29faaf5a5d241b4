"""What was recovered of what banks placed, against the target. The period is that of the placement: what came of those cases until today."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DurationField, F, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from cases.models import Case, Payment, Placement
from figures.models import RecoveryTarget
from figures.rules import curve, month_of, share
from figures.selectors.question import Question, narrowed, of_cases
from figures.selectors.tallies import YUAN, tallied_cases, tallied_payments

CASES = {"client": "client", "team": "home"}
PAYMENTS = {"client": "case__client", "team": "home"}
# By what cases and the payments on them are summed up.
BY = {"placement": "placement", "client": "bank", "stage": "stage", "team": "home"}
DAYS_OF = {"week": 7, "month": 30}


def cases_placed(question: Question) -> QuerySet[Case]:
    """The cases placed in the period, of the reader's teams, each with its `home` team."""
    rows = Case.objects.filter(of_cases(question.user), question.on_days("placed_on"))
    return narrowed(_at_home(rows, "") if question.team is not None else rows, question, CASES)


def payments_on_them(question: Question) -> QuerySet[Payment]:
    """What was paid in yuan on those cases, whoever it is credited to; taken back ones with a minus sign."""
    rows = Payment.objects.filter(of_cases(question.user, "case__"), question.on_days("case__placed_on"), currency=YUAN)
    return narrowed(_at_home(rows, "case__") if question.team is not None else rows, question, PAYMENTS)


def _at_home(rows: QuerySet, case: str) -> QuerySet:
    return rows.annotate(home=Coalesce(F(f"{case}team"), F(f"{case}placement__team")))


@dataclass
class Standing:
    """Of some cases: how many, what was placed, what came in and what is still owed on live ones, in yuan."""

    cases: int = 0
    placed: Decimal = Decimal(0)
    remaining: Decimal = Decimal(0)
    recovered: Decimal = Decimal(0)
    target: Decimal = Decimal(0)

    @property
    def rate(self) -> Decimal | None:
        return share(self.recovered, self.placed)

    @property
    def of_target(self) -> Decimal | None:
        return share(self.recovered, self.target)


def standing_by(question: Question, by: str) -> dict[Any, Standing]:
    """`by` is a key of BY. Two queries."""
    way, placed = BY[by], question.on_days("placed_on")
    cases = tallied_cases(question).filter(placed).values(way).annotate(count=Sum("cases"), amount_placed=Sum("placed"), owed=Sum("remaining"))
    found = {row[way]: Standing(row["count"], row["amount_placed"], row["owed"]) for row in cases.filter(count__gt=0)}
    for key, amount in tallied_payments(question).filter(placed).values_list(way).annotate(total=Sum("paid")):
        if key in found:
            found[key].recovered = amount
    return found


@dataclass(frozen=True)
class Targets:
    """Percent by placement, and by client for placements without one of their own."""

    of_placement: dict[int, Decimal]
    of_client: dict[int, Decimal]

    def percent(self, placement: int, client: int) -> Decimal | None:
        return self.of_placement.get(placement, self.of_client.get(client))


def targets() -> Targets:
    """One query."""
    rows = list(RecoveryTarget.objects.values_list("client", "placement", "percent"))
    return Targets(
        {placement: percent for _client, placement, percent in rows if placement}, {client: percent for client, placement, percent in rows if not placement}
    )


def placements_with_standing(question: Question) -> list[tuple[Placement, Standing, Decimal | None]]:
    """Each placement with cases in the period, the latest first, with its standing and target in percent. Four queries."""
    standings, wanted = standing_by(question, "placement"), targets()
    rows = Placement.objects.filter(pk__in=standings).select_related("client").only("code", "placed_on", "client__short_name", "client__code")
    found = []
    for placement in sorted(rows, key=lambda row: (row.placed_on or date.min, row.pk), reverse=True):
        standing, percent = standings[placement.pk], wanted.percent(placement.pk, placement.client_id)
        standing.target = standing.placed * percent / 100 if percent else Decimal(0)
        found.append((placement, standing, percent))
    return found


@dataclass(frozen=True)
class Vintage:
    """The cases placed in one month: what was placed, and the share recovered by the end of each step since."""

    month: date
    placed: Decimal
    shares: list[Decimal | None]


def vintages(question: Question, *, unit: str, steps: int) -> list[Vintage]:
    """By the month of the placement; `unit` is week (7 days) or month (30 days). A step that has not begun for all of them is empty. Two queries."""
    placed: dict[date, Decimal] = defaultdict(Decimal)
    latest: dict[date, date] = {}
    period = question.on_days("placed_on")
    cases = tallied_cases(question).filter(period).values_list("placed_on").annotate(amount_placed=Sum("placed"), count=Sum("cases"))
    for day, amount, _count in cases.filter(count__gt=0):
        placed[month_of(day)] += amount
        latest[month_of(day)] = max(day, latest.get(month_of(day), day))
    paid: dict[date, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for day, paid_on, amount in tallied_payments(question).filter(period).values_list("placed_on", "paid_on").annotate(total=Sum("paid")):
        paid[month_of(day)][(paid_on - day).days // DAYS_OF[unit]] += amount
    found = []
    for month in sorted(placed):
        begun = (question.today - latest[month]).days // DAYS_OF[unit] + 1
        shares = curve(paid[month], placed[month], min(steps, max(begun, 1)))
        found.append(Vintage(month, placed[month], shares + [None] * (steps - len(shares))))
    return found


def paid_within(question: Question, *, unit: str, step: int) -> QuerySet[Payment]:
    """The payments that a vintage's cell counts: those up to the end of that step since the placement."""
    rows = payments_on_them(question)
    days = (step + 1) * DAYS_OF[unit]
    return rows.filter(paid_on__lt=F("case__placed_on") + _days(days))


def _days(count: int) -> Value:
    return Value(timedelta(days=count), output_field=DurationField())
