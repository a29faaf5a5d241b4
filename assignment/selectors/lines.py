"""A plan's lines as its page needs them: with what they name, and counted by reason and rule."""

from dataclasses import dataclass

from django.db.models import Count

from assignment.choices import Reason
from assignment.models import AssignmentPlan, AssignmentRule, PlanLine

# Why a case goes to nobody.
TO_NOBODY = (Reason.NOBODY_ALLOWED, Reason.CLIENT_LIMIT, Reason.HOLDER_FULL, Reason.RULE_FULL, Reason.NO_CAPACITY)


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """The lines that have one reason and, where a rule sends them, one rule."""

    reason: str
    label: str
    rule: AssignmentRule | None
    count: int
    is_nobody: bool


def complete_lines(lines: list[PlanLine]) -> list[PlanLine]:
    """These lines, in their order, with case, debtor, target and rule. One query."""
    rows = PlanLine.objects.select_related("case__debtor", "collector", "team", "rule", "moved_by")
    found = rows.defer("case__extra", "case__debtor__id_no").in_bulk([line.pk for line in lines])
    return [found[line.pk] for line in lines]


def reasons_of(plan: AssignmentPlan) -> list[ReasonGroup]:
    """How many lines each reason and rule has, in the order of A2.2. Two queries."""
    rows = plan.lines.order_by().values("reason", "rule").annotate(count=Count("pk"))
    rules = AssignmentRule.objects.in_bulk([row["rule"] for row in rows if row["rule"]])
    places = {reason: place for place, reason in enumerate(Reason.values)}
    ordered = sorted(rows, key=lambda row: (places[row["reason"]], -row["count"]))
    return [ReasonGroup(row["reason"], str(Reason(row["reason"]).label), rules.get(row["rule"]), row["count"], row["reason"] in TO_NOBODY) for row in ordered]
