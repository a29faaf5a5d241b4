"""How a payment is taken off what is owed (CR-38; Civil Code, art. 560 and 561)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

# Costs first, then interest, then the principal.
ORDER = ("fees", "interest", "principal")
Parts = dict[str, Decimal | None]


def paid_parts(parts: Mapping[str, Decimal | None], owed: Decimal, amount: Decimal) -> Parts:
    """The split of the debt after a payment: what the bank did not split is paid first, then costs, interest, principal. None: not known."""
    left = amount - max(owed - sum(part or 0 for part in parts.values()), Decimal(0))
    after: Parts = dict(parts)
    for name in ORDER:
        part = parts.get(name)
        if left > 0 and part:
            after[name] = max(part - left, Decimal(0))
            left -= min(part, left)
    return after


def spread(amount: Decimal, owed: Sequence[Decimal]) -> list[Decimal]:
    """A payment over debts that are all due, the eldest first; what is more than all of them stays with the last."""
    shares = []
    for debt in owed:
        share = min(max(debt, Decimal(0)), amount)
        shares.append(share)
        amount -= share
    if shares:
        shares[-1] += amount
    return shares
