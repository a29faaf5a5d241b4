"""Payments that banks report: taken once, credited to who held the case on their day, off the balance through the ledger."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.choices import ENDED, CaseState, EntryReason
from cases.models import BalanceEntry, Case, CaseAccount, Payment
from cases.rules.findings import Found
from cases.rules.ledger import ORDER, Parts, paid_parts, spread
from cases.services.balances import Ledger, place_of, state_balance
from cases.services.books import AT_ONCE, Book, Origin, Place, Planned, Values, refusal, save_line
from cases.services.casework import lock_case
from cases.services.endings import end_cases
from cases.services.holding import held_on, holdings_of
from staff.models import User

# A payment may come after the case went back; long after, it is looked into.
PAID_AFTER_END = timedelta(days=90)

# Each takes the payments that have just been recorded, who recorded them, and when; all within the same transaction.
ON_PAYMENT: list[Callable[[Sequence[Payment], User, datetime], None]] = []

Key = tuple[str, date, Decimal]
# An account, by how much its balance moves, and how its debt is split then.
Move = tuple[CaseAccount, Decimal, Parts]


def _key(payment: Payment) -> Key:
    return payment.currency, payment.paid_on, payment.amount


class PaymentBook(Book):
    """Payment files (还款、回款、CP): what was paid, taken back, and settled."""

    action = "case.paid"
    fields = ("balance", "balance_on")
    takes_ended = True

    def __init__(self, cases: Sequence[Case], *, today: date) -> None:
        super().__init__(cases, today=today)
        self.ledger = Ledger(cases)
        self.payments: list[Payment] = []
        self.known: dict[int, list[Payment]] = defaultdict(list)
        for payment in Payment.objects.filter(case__in=cases).defer("payer").order_by("paid_on", "pk"):
            self.known[payment.case_id].append(payment)
        self.times = {case_id: Counter(map(_key, payments)) for case_id, payments in self.known.items()}
        self.taken_back = {payment.reverses_id for payments in self.known.values() for payment in payments}
        self.seen: dict[int, Counter[Key]] = defaultdict(Counter)
        self.settling: set[int] = set()
        booked = BalanceEntry.objects.filter(case__in=cases).values_list("account_id", "as_of", "after")
        self.known_balances: set[tuple[int, date, Decimal]] = set(booked)

    def plan_line(self, case: Case, values: Values, place: Place, planned: Planned) -> None:
        payment = self._payment(case, values, place)
        says_something = payment.amount or payment.is_settling or "balance" in values
        if not says_something or self._is_refused(case, payment, values, planned):
            return
        owed, key = (case.balance, case.balance_on), _key(payment)
        number, before = self.seen[case.pk][key] + 1, self.times.get(case.pk, {}).get(key, 0)
        if payment.amount and number > before:
            payment.number = number
            if number - before > 1:
                planned.find("payment_twice", "payment.amount")
            self._book(case, payment, values, planned)
        else:
            if payment.amount:
                planned.find("payment_known", "payment.amount")
            self._take_balance(case, payment, values, planned)
        if planned.is_refused:
            return
        self.seen[case.pk][key] = number
        if planned.changes:
            self.note(case, "balance", owed[0], case.balance)
            self.note(case, "balance_on", owed[1], case.balance_on)
        self._close(case, payment, owed[0], values, planned)

    def _payment(self, case: Case, values: Values, place: Place) -> Payment:
        named = self.ledger.of(case, values["currency"], values) if values.get("card_no") or values.get("account_no") else []
        return Payment(
            case=case,
            account=named[0] if named else None,
            currency=values["currency"],
            amount=Decimal(values["amount"]),
            paid_on=date.fromisoformat(values["paid_on"]),
            method=values.get("method", ""),
            payer=values.get("payer", ""),
            is_settling=bool(values.get("is_settled")),
            sheet=place.sheet,
            row=place.row,
        )

    def _is_refused(self, case: Case, payment: Payment, values: Values, planned: Planned) -> bool:
        if payment.paid_on > self.today:
            planned.find("not_yet", "payment.date")
        elif not self.ledger.of(case, payment.currency, values):
            planned.find("account_unknown", "card.no")
        elif self._is_over(case, payment):
            planned.find("case_ended", "case.no")
        return planned.is_refused

    def _is_over(self, case: Case, payment: Payment) -> bool:
        """A case that has ended only takes payments, and those only for a while. That it is settled may be said again."""
        if case.state not in ENDED:
            return False
        if not payment.amount and case.state != CaseState.SETTLED:
            return True
        return case.ended_at is not None and self.today - timezone.localdate(case.ended_at) > PAID_AFTER_END

    # --- the payment -----------------------------------------------------------------------------------------------------------

    def _book(self, case: Case, payment: Payment, values: Values, planned: Planned) -> None:
        """Nothing is changed before it is certain that the line has no error."""
        if payment.amount < 0:
            payment.reverses = self._taken_back(case, payment)
            if payment.reverses is None:
                planned.find("payment_unknown", "payment.amount")
                return
        moves = self._given_back(case, payment, values) if payment.reverses else self._taken_off(case, payment, values)
        if self._is_unclear(case, payment, values, moves):
            planned.find("account_unclear", "card.no")
            return
        self.payments.append(payment)
        self.note(case, "paid", None, [str(each.amount) for each in self.payments if each.case_id == case.pk])
        planned.change("payment", "", f"{payment.amount} {payment.currency} {payment.paid_on}")
        for account, difference, parts in moves:
            if difference:
                self._move(case, account, difference, parts, payment, planned)
        if not moves:
            planned.find("payment_in_balance", "payment.date")
        elif payment.amount > 0 and sum(account.owed for account, _difference, _parts in moves) < 0:
            planned.find("overpaid", "payment.amount")
        self._state(case, payment, values, planned)

    def _taken_off(self, case: Case, payment: Payment, values: Values) -> list[Move]:
        """Off the account that is named, or off the accounts that have been due longest (CR-38). None: the balance that the bank stated has it."""
        accounts = sorted(self._open(case, payment, values), key=_due_longest)
        shares = spread(payment.amount, [account.owed for account in accounts])
        return [(account, -share, paid_parts(_split(account), account.owed, share)) for account, share in zip(accounts, shares, strict=True)]

    def _open(self, case: Case, payment: Payment, values: Values) -> list[CaseAccount]:
        """The accounts that the line can mean and whose balance does not have it yet."""
        return [account for account in self.ledger.of(case, payment.currency, values) if not _has_it(account, case, payment.paid_on)]

    def _taken_back(self, case: Case, payment: Payment) -> Payment | None:
        """The latest payment of that amount that was not taken back yet."""
        booked = [*self.known[case.pk], *(each for each in self.payments if each.case_id == case.pk)]
        gone = {each.reverses for each in self.payments if each.reverses}
        fitting = [each for each in booked if each.amount == -payment.amount and each.currency == payment.currency and each.paid_on <= payment.paid_on]
        return next((each for each in reversed(fitting) if each.pk not in self.taken_back - {None} and not any(each is other for other in gone)), None)

    def _given_back(self, case: Case, payment: Payment, values: Values) -> list[Move]:
        """The accounts owe again what the payment had taken off each of them; or, if it was in a stated balance from the start, off the debt due longest."""
        booked = payment.reverses
        if booked.pk:
            entries = list(BalanceEntry.objects.filter(payment=booked).order_by("pk"))
        else:
            entries = [entry for entry in self.ledger.entries if entry.payment is booked]
        if not entries:
            meant = [account for account in self._open(case, payment, values) if booked.account_id in (None, account.pk)]
            return [(account, -payment.amount, _split(account)) for account in sorted(meant, key=_due_longest)[:1]]
        accounts = {account.pk: account for account in self.ledger.accounts[case.pk]}
        moved = [(accounts[entry.account_id], entry) for entry in entries]
        return [(account, entry.before - entry.after, _restored(account, entry)) for account, entry in moved if not _has_it(account, case, payment.paid_on)]

    def _move(self, case: Case, account: CaseAccount, difference: Decimal, parts: Parts, payment: Payment, planned: Planned) -> None:
        reason = EntryReason.REVERSAL if payment.reverses else EntryReason.PAYMENT
        planned.change(f"balance{place_of(account, self.ledger.accounts[case.pk])}", account.owed, account.owed + difference)
        self.ledger.move(case, account, account.owed + difference, as_of=payment.paid_on, parts=parts, reason=reason, payment=payment)
        if payment.amount > 0:
            _remember_last(account, payment, -difference)

    # --- what else the line says -----------------------------------------------------------------------------------------------

    def _is_unclear(self, case: Case, payment: Payment, values: Values, moves: Sequence[Move]) -> bool:
        """Whether the line states a balance that is not what these moves come to, and does not say of which of several accounts."""
        accounts = self.ledger.of(case, payment.currency, values)
        if "balance" not in values or len(accounts) == 1:
            return False
        moved = sum(difference for account, difference, _parts in moves if account in accounts)
        return sum(account.owed for account in accounts) + moved != Decimal(values["balance"])

    def _state(self, case: Case, payment: Payment, values: Values, planned: Planned) -> None:
        """The line also says what is owed after the payment: others of the same day may follow, so only those of earlier days are surely in it."""
        accounts = self.ledger.of(case, payment.currency, values)
        if "balance" in values and len(accounts) == 1:
            said, day = {"amount": values["balance"]}, payment.paid_on
            state_balance(self.ledger, case, accounts[0], said, day, planned, paid_until=day - timedelta(days=1))

    def _take_balance(self, case: Case, payment: Payment, values: Values, planned: Planned) -> None:
        """A line that brings no new payment may state a new balance. What it stated when the payment was new is no news, however much was paid since."""
        accounts = self.ledger.of(case, payment.currency, values)
        if len(accounts) == 1 and (accounts[0].pk, payment.paid_on, Decimal(values.get("balance", 0))) not in self.known_balances:
            self._state(case, payment, values, planned)
        elif self._is_unclear(case, payment, values, ()):
            known_on = max(account.balance_on or case.placed_on for account in accounts)
            if payment.paid_on <= known_on:
                planned.find("balance_older", "balance.new_amount", day=known_on.isoformat())
            else:
                planned.find("account_unclear", "card.no")

    def _close(self, case: Case, payment: Payment, owed: Decimal, values: Values, planned: Planned) -> None:
        """The case is settled if the line says so, whether its payment is new, known or none. `owed`: before the line."""
        is_new = any(each is payment for each in self.payments)
        if case.state in ENDED:
            if is_new or (payment.is_settling and case.state != CaseState.SETTLED):
                planned.find("paid_after_end", "case.no")
        elif payment.is_settling and payment.amount >= 0 and case.pk not in self.settling:
            planned.change("state", case.state, CaseState.SETTLED.value)
            self.settling.add(case.pk)
            if case.balance > 0:
                planned.find("rest_waived", "payment.is_settled", rest=str(case.balance))
        elif case.balance == 0 < owed and not payment.is_settling and "balance" not in values:
            planned.find("nothing_owed", "payment.amount")

    def save(self, origin: Origin) -> list[Case]:
        holdings = holdings_of({payment.case_id for payment in self.payments})
        for payment in self.payments:
            payment.credited_to = held_on(holdings.get(payment.case_id, []), payment.paid_on)
            payment.run, payment.at, payment.by = origin.run, origin.now, origin.by
        # A payment may take back another one of the same file: that one comes first.
        Payment.objects.bulk_create([payment for payment in self.payments if not payment.reverses], batch_size=AT_ONCE)
        Payment.objects.bulk_create([payment for payment in self.payments if payment.reverses], batch_size=AT_ONCE)
        self.ledger.save(origin)
        changed = self.save_cases(origin)
        for hook in ON_PAYMENT:
            hook(self.payments, origin.by, origin.now)
        self._see_moves()
        end_cases(
            [self.cases[pk] for pk in sorted(self.settling)], CaseState.SETTLED, reason=_("The bank says that it is settled."), by=origin.by, now=origin.now
        )
        return changed

    def _see_moves(self) -> None:
        """What hangs on payments may have moved a case that the line also settles: a promise that it kept."""
        for pk, state, version in Case.objects.filter(pk__in=self.settling).values_list("pk", "state", "version"):
            self.cases[pk].state, self.cases[pk].version = state, version


def _has_it(account: CaseAccount, case: Case, paid_on: date) -> bool:
    """Whether the balance that the bank last stated has the payment in it: one in a file of balances has those of its own day too (see state_balance)."""
    if account.stated_on is not None:
        return paid_on <= account.stated_on
    return paid_on < case.placed_on


def _due_longest(account: CaseAccount) -> tuple[date, int]:
    return account.overdue_since or date.max, account.pk


def _split(account: CaseAccount) -> Parts:
    return {name: getattr(account, name) for name in ORDER}


def _restored(account: CaseAccount, entry: BalanceEntry) -> Parts:
    """The split of the debt without what this entry of the ledger did to it."""
    parts = _split(account)
    for name, (before, after) in entry.parts.items():
        if parts[name] is not None:
            parts[name] += Decimal(before) - Decimal(after)
    return parts


def _remember_last(account: CaseAccount, payment: Payment, share: Decimal) -> None:
    if account.last_paid_on is None or account.last_paid_on <= payment.paid_on:
        account.last_paid_on, account.last_paid_amount = payment.paid_on, share


@transaction.atomic
def record_payment(
    *,
    case_id: int,
    amount: Decimal,
    paid_on: date,
    by: User,
    now: datetime,
    currency: str = "CNY",
    card_no: str = "",
    method: str = "",
    payer: str = "",
    is_settling: bool = False,
) -> Payment:
    """A payment of the case is on record, off its balance, and settles it if it says so; a negative one takes an earlier one back.

    Refused when it is known already, is still to come, or there is none to take back.
    """
    case = lock_case(case_id)
    book = PaymentBook([case], today=timezone.localdate(now))
    values = {"amount": str(amount), "paid_on": paid_on.isoformat(), "currency": currency, "card_no": card_no}
    values |= {"method": method[:40], "payer": payer, "is_settled": is_settling}
    planned = save_line(book, case, values, Origin(by, now))
    if not book.payments:  # it says more than the payment, which is known or none
        raise refusal(next(iter(planned.found), Found("no_change")))
    return book.payments[0]
