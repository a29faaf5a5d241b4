"""Promises to pay: taken within the policy, judged by what the bank says was paid and by the day, ended with their case."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.models import Assignment
from audit.services import event_for, record, record_many
from calls.choices import PromiseState
from calls.models import ContactRecord, Promise
from calls.rules import promise_fault, promise_state
from calls.selectors import promise_policy
from cases.choices import CaseState
from cases.models import Case, Payment
from cases.services.casework import move_cases
from collection.lib.errors import Refused
from collection.lib.money import format_money
from compliance.choices import PolicyKey
from compliance.models import CaseFlag, ContactPolicy
from compliance.rules.layers import Limit, strictest
from compliance.selectors import policies_in_force
from compliance.services.flags import note_plan
from staff.models import User
from staff.services import notify

BATCH = 1000
JUDGED_FOR = timedelta(days=180)


class BadPromise(Refused):
    """A promise has an amount from the least to the balance and a day within the policy, after not too many broken ones."""

    rule = "PTP"
    status = 422


def check_promise(case: Case, amount: Decimal | None, due_on: date | None, now: datetime) -> None:
    """Refuse what the policy in force doesn't allow."""
    policy = promise_policy(case, now)
    fault = promise_fault(amount, due_on, balance=case.balance, today=timezone.localdate(now), policy=policy)
    if fault:
        words = {
            "amount": _("Enter how much is promised."),
            "balance": _("More is promised than is owed: the balance is %(balance)s.") % {"balance": format_money(case.balance)},
            "least": _("Too little: promise at least %(least)s, or all that is owed.") % {"least": format_money(Decimal(policy.least))},
            "past": _("Enter the day of the promise, today or later."),
            "far": _("The promise lies too far ahead: %(days)s days at most.") % {"days": policy.max_days},
            "row": _("%(count)s promises in a row were broken. Agree on something else, or ask your team lead.") % {"count": policy.broken_in_row},
        }
        raise BadPromise(words[fault])


def take_promise(row: ContactRecord, case: Case, amount: Decimal | None, due_on: date | None, *, by: User, now: datetime) -> Promise:
    """The new promise stands; one that was open before is cancelled by it."""
    check_promise(case, amount, due_on, now)
    for earlier in Promise.objects.select_for_update(of=("self",)).filter(case=case, state=PromiseState.OPEN):
        earlier.state, earlier.settled_at = PromiseState.CANCELLED, now
        earlier.save(update_fields=["state", "settled_at"])
        record("promise.cancelled", subject=earlier, by=by, at=now, changes={"state": (PromiseState.OPEN, PromiseState.CANCELLED)})
    promise = Promise.objects.create(case=case, record=row, amount=amount, due_on=due_on)
    record("promise.made", subject=promise, by=by, at=now, changes={"amount": (None, promise.amount), "due_on": (None, promise.due_on)})
    return promise


def call_off(promise: Promise, *, reason: str, by: User, now: datetime) -> None:
    """The open promise, locked, is cancelled, and its case worked again."""
    promise.state, promise.settled_at, promise.version = PromiseState.CANCELLED, now, promise.version + 1
    promise.save(update_fields=["state", "settled_at", "version"])
    record("promise.cancelled", subject=promise, by=by, at=now, changes={"state": (PromiseState.OPEN, PromiseState.CANCELLED)}, reason=reason)
    _work_again([promise.case_id], now)


# --- judged by the day --------------------------------------------------------------------------------------------------------


def break_overdue_promises(*, now: datetime) -> int:
    """Every open promise whose day and grace are over is broken (跳票), or kept in part; its case is worked again, and who holds it is told.

    Run as often as you like, by as many as you like: a promise is judged once. Returns how many.
    """
    judged = 0
    while batch := _judge_batch(now):
        judged += batch
    return judged


@transaction.atomic
def _judge_batch(now: datetime) -> int:
    overdue = Promise.objects.filter(_is_over(now), state=PromiseState.OPEN)
    # Cases before promises, as whoever records a call locks them; a case that somebody works on at this moment comes with the next look.
    of_cases = list(overdue.order_by("pk").values_list("case", flat=True)[:BATCH])
    free = Case.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=of_cases).order_by("pk").values_list("pk", flat=True)
    promises = list(overdue.select_for_update(of=("self",)).select_related("case").filter(case__in=list(free)).order_by("pk"))
    by_state = {PromiseState.BROKEN: [], PromiseState.PART_KEPT: []}
    for promise in promises:
        by_state[PromiseState.PART_KEPT if promise.paid > 0 else PromiseState.BROKEN].append(promise)
    for state, settled in by_state.items():
        Promise.objects.filter(pk__in=[promise.pk for promise in settled], state=PromiseState.OPEN).update(state=state, settled_at=now)
        changes = {"state": (PromiseState.OPEN, state)}
        record_many(event_for(f"promise.{state}", subject=promise, by=None, at=now, changes=changes) for promise in settled)
    _work_again([promise.case_id for promise in promises], now)
    _tell_holders([promise.case_id for promise in by_state[PromiseState.BROKEN]], now)
    return len(promises)


def _is_over(now: datetime) -> Q:
    """The condition that a promise's day and its client's grace are over."""
    today, (general, of_clients) = timezone.localdate(now), _graces(now)
    condition = Q(due_on__lt=today - timedelta(days=general)) & ~Q(case__client__in=list(of_clients))
    for client, grace in of_clients.items():
        condition |= Q(case__client=client, due_on__lt=today - timedelta(days=grace))
    return condition


def _graces(now: datetime) -> tuple[int, dict[int, int]]:
    """The days of grace: in general, and of the clients that have a limit of their own. One query."""
    rows = list(policies_in_force(now).filter(key=PolicyKey.PROMISE_GRACE))
    shared = [_limit(row) for row in rows if row.client_id is None]
    return _figure(shared), {row.client_id: _figure([*shared, _limit(row)]) for row in rows if row.client_id}


def _limit(row: ContactPolicy) -> Limit:
    return Limit(row.key, row.rule, row.layer, row.value, row.version)


def _figure(limits: Iterable[Limit]) -> int:
    limit = strictest(limits, PolicyKey.PROMISE_GRACE)
    return limit.figure if limit else 0


# --- judged by payments -------------------------------------------------------------------------------------------------------


def judge_by_payments(payments: Sequence[Payment], by: User, now: datetime) -> None:
    """These payments have just come in, or were taken back: every promise that they bear on is judged anew, whatever it was judged before.

    A case has one open promise at most: where a newer one is open, an older one that lost its payment is closed as broken or part kept.
    """
    judge_cases(sorted({payment.case_id for payment in payments}), by=by, now=now)


def judge_cases(case_ids: Sequence[int], *, by: User, now: datetime) -> None:
    """The promises of these cases, which the caller has locked, judged by the payments that stand."""
    if not case_ids:
        return
    since = timezone.localdate(now) - JUDGED_FOR
    rows = Promise.objects.select_for_update(of=("self",)).filter(case__in=case_ids, due_on__gte=since).exclude(state=PromiseState.CANCELLED)
    promises = list(rows.select_related("case", "record").order_by("pk"))
    if not promises:
        return
    paid, graces = _payments_that_stand({promise.case_id for promise in promises}), _graces(now)
    changed = [promise for promise in promises if _judge(promise, paid[promise.case_id], graces, promises, by, now)]
    _settle_cases(changed, now)


def _payments_that_stand(case_ids: set[int]) -> dict[int, list[tuple[date, datetime, Decimal]]]:
    """By case, what was paid in yuan and not taken back: the day, when we heard of it, and how much."""
    rows = Payment.objects.filter(case__in=case_ids, amount__gt=0, currency="CNY", reversal=None)
    found: dict[int, list[tuple[date, datetime, Decimal]]] = defaultdict(list)
    for case_id, paid_on, at, amount in rows.values_list("case", "paid_on", "at", "amount"):
        found[case_id].append((paid_on, at, amount))
    return found


def _judge(
    promise: Promise, paid: list[tuple[date, datetime, Decimal]], graces: tuple[int, dict[int, int]], others: list[Promise], by: User, now: datetime
) -> bool:
    """Whether its state is another one now; how much was paid towards it is kept in any case. What was known to be paid when it was made isn't
    paid towards it, though it be of the same day: the balance was that much less already."""
    grace, today = graces[1].get(promise.case.client_id, graces[0]), timezone.localdate(now)
    first, last = timezone.localdate(promise.record.started_at), promise.due_on + timedelta(days=grace)
    made_at = promise.record.started_at
    in_time = sum((amount for day, at, amount in paid if first <= day <= last and at > made_at), Decimal(0))
    state = promise_state(promise.amount, in_time, due_on=promise.due_on, today=today, grace=grace)
    if state == PromiseState.OPEN and any(other.case_id == promise.case_id and other != promise and other.state == PromiseState.OPEN for other in others):
        state = PromiseState.PART_KEPT if in_time else PromiseState.BROKEN
    before, paid_before = promise.state, promise.paid
    if (state, in_time) == (before, paid_before):
        return False
    promise.state, promise.paid = state, in_time
    if state != before:
        promise.settled_at = None if state == PromiseState.OPEN else now
    promise.save(update_fields=["state", "paid", "settled_at"])
    changes = {"paid": (paid_before, in_time)} | ({"state": (before, state)} if state != before else {})
    record(f"promise.{state}" if state != before else "promise.paid_towards", subject=promise, by=by, at=now, changes=changes)
    return state != before


def _settle_cases(promises: list[Promise], now: datetime) -> None:
    """Kept or broken, the case is worked on again; open again, it is promised again. Who holds it is told of what was broken."""
    over = [promise.case_id for promise in promises if promise.state != PromiseState.OPEN]
    _work_again(over, now)
    again = [promise.case_id for promise in promises if promise.state == PromiseState.OPEN]
    cases = Case.objects.select_for_update(of=("self",)).filter(pk__in=again, state=CaseState.WORKING).defer("extra").order_by("pk")
    move_cases(list(cases), CaseState.PROMISED, by=None, at=now, reason="promise open again")
    _tell_holders([promise.case_id for promise in promises if promise.state == PromiseState.BROKEN], now)


def _work_again(case_ids: list[int], now: datetime) -> None:
    still = Promise.objects.filter(case__in=case_ids, state=PromiseState.OPEN).values("case")
    promised = Case.objects.select_for_update(of=("self",)).filter(pk__in=case_ids, state=CaseState.PROMISED).exclude(pk__in=still)
    move_cases(list(promised.defer("extra").order_by("pk")), CaseState.WORKING, by=None, at=now, reason="promise settled")


def _tell_holders(case_ids: list[int], now: datetime) -> None:
    held = Assignment.objects.open().filter(case__in=case_ids).select_related("collector", "case").defer("case__extra")
    cases_of = defaultdict(list)
    for row in held.order_by("pk"):
        cases_of[row.collector].append(row.case.case_no)
    for collector, numbers in cases_of.items():
        shown = "、".join(numbers[:5]) + ("…" if len(numbers) > 5 else "")
        notify([collector], gettext_noop("%(count)s promises are broken: %(cases)s."), now=now, path="/desk/", count=len(numbers), cases=shown)


@transaction.atomic
def sign_plan(*, case_id: int, instalments: int, evidence: str, by: User, now: datetime) -> CaseFlag:
    """The debtor signed an instalment plan: dunning waits (`note_plan`), and what was promised before can't be broken any more (CR-33)."""
    flag = note_plan(case_id=case_id, instalments=instalments, evidence=evidence, by=by, now=now)
    cancel_promises([flag.case], by, now)
    _work_again([case_id], now)
    return flag


def cancel_promises(cases: Sequence[Case], by: User, now: datetime) -> None:
    """These cases have ended, or are paid by a plan: nobody waits for what was promised on them any more."""
    promises = list(Promise.objects.select_for_update(of=("self",)).filter(case__in=cases, state=PromiseState.OPEN).order_by("pk"))
    Promise.objects.filter(pk__in=[promise.pk for promise in promises]).update(state=PromiseState.CANCELLED, settled_at=now)
    changes = {"state": (PromiseState.OPEN, PromiseState.CANCELLED)}
    record_many(event_for("promise.cancelled", subject=promise, by=by, at=now, changes=changes) for promise in promises)
