"""CR-32: when "suspected card fraud, report to the police" may be said at all (妨害信用卡管理刑事案件解释 6–9)."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

APART = timedelta(days=30)
LEAST_PRINCIPAL = Decimal(50_000)
MORE_THAN_DAYS = 90


def two_demands(days: Iterable[date]) -> bool:
    """Whether two effective demands lie at least thirty days apart: 29 are not enough. `days` are those on which a demand reached the debtor."""
    known = sorted(days)
    return bool(known) and known[-1] - known[0] >= APART


def missing_for_crime(*, principal: Decimal | None, demanded_on: Iterable[date], unpaid_days: int | None, is_approved: bool) -> list[str]:
    """What CR-32 still lacks: "principal", "demands", "months", "approval"; empty when all four are there. What isn't known is lacking."""
    lacking = []
    if principal is None or principal < LEAST_PRINCIPAL:
        lacking.append("principal")
    if not two_demands(demanded_on):
        lacking.append("demands")
    if unpaid_days is None or unpaid_days <= MORE_THAN_DAYS:
        lacking.append("months")
    if not is_approved:
        lacking.append("approval")
    return lacking
