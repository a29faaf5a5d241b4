"""What an outcome means, when a promise holds, and what a filtered case still lacks. No database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from calls.choices import OutcomeGroup, PromiseState, ReviewField, StepState, Target
from cases.choices import CallStep
from compliance.choices import AttemptKind


def outcome_fits(target: str, *, is_third_party: bool) -> bool:
    """A third party is offered third-party outcomes only, the debtor only the debtor's."""
    wanted = Target.THIRD_PARTY if is_third_party else Target.SELF
    return target in (Target.ANY, wanted)


def direction_fits(group: str, *, is_inbound: bool, is_contact: bool, is_right_party: bool, counts_as_attempt: bool) -> bool:
    """Who rings us did answer; and what is no attempt of ours, "the debtor called back", is not said of a call that we made."""
    if is_inbound:
        return is_contact or group not in (OutcomeGroup.NO_CONTACT, OutcomeGroup.INVALID_NUMBER)
    return counts_as_attempt or not is_right_party


# What the shell and the desk use themselves: filter, go, rows, leave, save, choose.
RESERVED_KEYS = "fghjksx"


def targets_overlap(one: str, other: str) -> bool:
    """Whether two outcomes can be offered side by side, so that one key may not stand for both."""
    return Target.ANY in (one, other) or one == other


def attempt_kind(group: str, *, is_right_party: bool, stops_case: bool) -> str | None:
    """What a call to the debtor's number says of contact with the debtor (CR-10); None when it says nothing."""
    if stops_case:
        return AttemptKind.INCAPABLE
    if is_right_party:
        return AttemptKind.REACHED
    return AttemptKind.FAILED if group in (OutcomeGroup.NO_CONTACT, OutcomeGroup.INVALID_NUMBER) else None


@dataclass(frozen=True)
class PromisePolicy:
    """What a promise must keep to, by the limits in force for the client, and how many in a row were broken on the case."""

    max_days: int
    least: int
    most_broken: int | None
    grace: int
    broken_in_row: int = 0

    @property
    def may_promise(self) -> bool:
        return self.most_broken is None or self.broken_in_row < self.most_broken


def promise_fault(amount: Decimal | None, due_on: date | None, *, balance: Decimal, today: date, policy: PromisePolicy) -> str:
    """Why a promise can't be taken: row, amount, balance, least, past, far; "" when it can. The whole rest may always be promised."""
    if not policy.may_promise:
        return "row"
    if amount is None or amount <= 0:
        return "amount"
    if amount > balance:
        return "balance"
    if amount < min(policy.least, balance):
        return "least"
    if due_on is None or due_on < today:
        return "past"
    return "far" if due_on > today + timedelta(days=policy.max_days) else ""


def promise_state(promised: Decimal, paid: Decimal, *, due_on: date, today: date, grace: int) -> str:
    """What has become of a promise, by what was paid in time and the day it is."""
    if paid >= promised:
        return PromiseState.KEPT
    if today <= due_on + timedelta(days=grace):
        return PromiseState.OPEN
    return PromiseState.PART_KEPT if paid > 0 else PromiseState.BROKEN


def broken_in_row(states: Iterable[str]) -> int:
    """How many were broken since one was kept, in part or in full; `states` the latest first. Cancelled ones say nothing."""
    count = 0
    for state in states:
        if state in (PromiseState.KEPT, PromiseState.PART_KEPT):
            break
        count += state == PromiseState.BROKEN
    return count


STEPS = tuple(CallStep)


@dataclass(frozen=True)
class Step:
    """One step of the call order as it stands: closed in some state, about to close by itself, or to be worked.

    `is_current` is the one to work now: the first that is not closed.
    """

    step: str
    state: str
    is_closed: bool
    is_current: bool = False


def call_order(closed: Mapping[str, str], callable_steps: Iterable[str], *, third_parties_locked: bool) -> list[Step]:
    """The five steps of A3.2 in their order.

    A step without anybody to call is "none"; a third-party step under CR-10 is "locked". Both close by themselves when their turn comes.
    """
    callable_steps, steps, turn = set(callable_steps), [], True
    for step in STEPS:
        if step in closed:
            steps.append(Step(step, closed[step], is_closed=True))
            continue
        automatic = _automatic(step, callable_steps, third_parties_locked)
        steps.append(Step(step, automatic, is_closed=False, is_current=turn and not automatic))
        turn = turn and bool(automatic)
    return steps


def _automatic(step: str, callable_steps: set[str], locked: bool) -> str:
    if step not in callable_steps:
        return StepState.NONE
    return StepState.LOCKED if locked and step != CallStep.SELF else ""


def closing_by_themselves(steps: Sequence[Step]) -> list[Step]:
    """The steps whose turn has come and that need nobody: those before the first one to be worked."""
    found = []
    for step in steps:
        if step.is_closed:
            continue
        if not step.state:
            break
        found.append(step)
    return found


@dataclass(frozen=True)
class Missing:
    """What a case lacks before it may be classified (A3.3)."""

    fields: tuple[str, ...]
    steps: tuple[str, ...]
    unverified: int

    def __bool__(self) -> bool:
        return bool(self.fields or self.steps or self.unverified)


def missing_of(reviewed_fields: Iterable[str], steps: Sequence[Step], *, unverified: int) -> Missing:
    reviewed = set(reviewed_fields)
    return Missing(
        fields=tuple(field for field in ReviewField if field not in reviewed),
        steps=tuple(step.step for step in steps if not step.is_closed and not step.state),
        unverified=unverified,
    )
