"""What is owed: each account's ledger, and the balances that banks state."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases.choices import EntryReason
from cases.models import BalanceEntry, Case, CaseAccount, Payment
from cases.rules.ledger import ORDER, Parts
from cases.services.books import AT_ONCE, Book, Origin, Place, Planned, Values, save_columns, save_line
from cases.services.casework import lock_case
from cases.services.stages import Stages
from collection.lib.crypto import blind_index
from staff.models import User

YUAN = "CNY"


class Ledger:
    """The accounts of some cases, and the lines that are to be written. The sum over a case's accounts in yuan is the case's balance."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.accounts: dict[int, list[CaseAccount]] = {case.pk: [] for case in cases}
        for account in CaseAccount.objects.filter(case__in=cases).order_by("pk"):
            self.accounts[account.case_id].append(account)
        self.entries: list[BalanceEntry] = []

    def of(self, case: Case, currency: str, values: Values) -> list[CaseAccount]:
        """The accounts in this currency that a line can mean: those of its card or account number, or all."""
        card, number = values.get("card_no", ""), values.get("account_no", "")
        found = [account for account in self.accounts[case.pk] if account.currency == currency]
        if "*" in card:  # as much of it as the bank shows
            return [account for account in found if account.card_last4 == card[-4:]]
        if card:
            index = blind_index("card", card)
            return [account for account in found if account.card_index == index]
        return [account for account in found if account.account_no == number] if number else found

    def move(self, case: Case, account: CaseAccount, after: Decimal, *, as_of: date, parts: Parts, reason: str, payment: Payment | None = None) -> None:
        """The account owes `after` as of that day, split into `parts`; so does the case, if it is in yuan."""
        before, split = account.owed, {name: getattr(account, name) for name in ORDER}
        moved = {name: [_text(split[name]), _text(part)] for name, part in parts.items() if part != split[name]}
        entry = BalanceEntry(case=case, account=account, currency=account.currency, before=before, after=after, parts=moved, as_of=as_of, reason=reason)
        entry.payment = payment
        self.entries.append(entry)
        account.balance, account.balance_on = after, max(as_of, account.balance_on or as_of)
        for name, part in parts.items():
            setattr(account, name, part)
        if account.currency == YUAN:
            case.balance += after - before
            case.balance_on = max(case.balance_on, as_of)

    def save(self, origin: Origin) -> None:
        for entry in self.entries:
            entry.run, entry.at, entry.by = origin.run, origin.now, origin.by
        BalanceEntry.objects.bulk_create(self.entries, batch_size=AT_ONCE)
        accounts = {entry.account_id: entry.account for entry in self.entries}
        fields = ["balance", "balance_on", "stated_on", *ORDER, "last_paid_on", "last_paid_amount"]
        save_columns(CaseAccount, [accounts[pk] for pk in sorted(accounts)], fields)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def place_of(account: CaseAccount, accounts: Sequence[CaseAccount]) -> str:
    """What tells the account from the case's others in a list of changes: nothing, when it is the only one and in yuan."""
    if len(accounts) == 1 and account.currency == YUAN:
        return ""
    end = account.card_last4 or account.account_no[-4:] or str(accounts.index(account) + 1)
    return f"/{end} {account.currency}"


def state_balance(ledger: Ledger, case: Case, account: CaseAccount, said: Values, as_of: date, planned: Planned, *, paid_until: date | None = None) -> None:
    """The bank says what is owed on the account; an older word never stands against a newer one. What it does not split stays as it was split.

    `paid_until`: the last day whose payments are all in it, if that is not the balance's own day.
    """
    if as_of < (account.balance_on or case.placed_on):
        planned.find("balance_older", "balance.date", day=(account.balance_on or case.placed_on).isoformat())
        return
    now = {name: getattr(account, name) for name in ORDER}
    parts: Parts = now | {name: Decimal(said[name]) for name in ORDER if name in said}
    after = Decimal(said["amount"]) if "amount" in said else sum((part for part in parts.values() if part is not None), Decimal(0))
    place, before = place_of(account, ledger.accounts[case.pk]), account.owed
    shown = [("balance", before, after), *((name, now[name], parts[name]) for name in ORDER)]
    changes = [(name, old, new) for name, old, new in shown if old != new]
    stated_on = max(paid_until or as_of, account.stated_on or date.min)
    if not changes and (account.balance_on, account.stated_on) == (as_of, stated_on):
        return
    for name, old, new in changes:
        planned.change(f"{name}{place}", old, new)
    planned.change(f"balance_on{place}", account.balance_on or case.placed_on, as_of)
    ledger.move(case, account, after, as_of=as_of, parts=parts, reason=EntryReason.STATED)
    account.stated_on = stated_on
    if after <= 0 < before:
        planned.find("nothing_owed", "balance.new_amount")


class BalanceBook(Book):
    """Balance files (对账单): what each account owes as of a day, and which stage the case is in."""

    action = "case.balance_stated"
    fields = ("balance", "balance_on", "stage")

    def __init__(self, cases: Sequence[Case], *, today: date) -> None:
        super().__init__(cases, today=today)
        self.ledger, self.stages = Ledger(cases), Stages()
        self.seen: set[tuple[int, date]] = set()

    def plan_line(self, case: Case, values: Values, place: Place, planned: Planned) -> None:
        as_of = date.fromisoformat(values["as_of"])
        if as_of > self.today:
            planned.find("not_yet", "balance.date")
            return
        meant = [(account, said) for said in values["balances"] for account in self._accounts(case, values, said, planned)]
        if planned.found:
            return
        if any((account.pk, as_of) in self.seen for account, _said in meant):
            planned.find("same_row_twice", "case.no")
            return
        self.seen |= {(account.pk, as_of) for account, _said in meant}
        before, stage = (case.balance, case.balance_on), case.stage
        for account, said in meant:
            state_balance(self.ledger, case, account, said, as_of, planned)
        if not planned.is_refused and as_of >= before[1]:
            self.stages.move(case, values.get("stage", ""), planned)
        if planned.changes:
            self.note(case, "balance", before[0], case.balance)
            self.note(case, "balance_on", before[1], case.balance_on)
        if case.stage != stage:
            self.note(case, "stage", stage, case.stage)

    def _accounts(self, case: Case, values: Values, said: Values, planned: Planned) -> list[CaseAccount]:
        """The one that the line names; all of them when it says that nothing is owed any more."""
        found = self.ledger.of(case, said["currency"], values)
        if not found:
            planned.find("account_unknown", "card.no")
        elif "amount" not in said and not _is_split(found[0], said):
            planned.find("total_missing", "balance.new_amount")
        elif len(found) > 1 and not _is_nothing(said):
            planned.find("account_unclear", "card.no")
        return found

    def save(self, origin: Origin) -> list[Case]:
        self.ledger.save(origin)
        self.stages.save(origin)
        return self.save_cases(origin)


def _is_split(account: CaseAccount, said: Values) -> bool:
    """Whether what is said of the parts, beside what is known of them, makes up what is owed."""
    return "principal" in said or account.principal is not None


def _is_nothing(said: Values) -> bool:
    return "amount" in said and Decimal(said["amount"]) == 0


@transaction.atomic
def set_balance(
    *, case_id: int, amount: Decimal, as_of: date, by: User, now: datetime, currency: str = YUAN, card_no: str = "", parts: dict[str, Any] | None = None
) -> Case:
    """The bank says what is owed on a case's account as of a day. Refused when a newer word is known, or when it is not clear which account is meant."""
    case = lock_case(case_id)
    said = {"currency": currency, "amount": str(amount)} | {name: str(part) for name, part in (parts or {}).items()}
    book = BalanceBook([case], today=timezone.localdate(now))
    save_line(book, case, {"balances": [said], "as_of": as_of.isoformat(), "card_no": card_no}, Origin(by, now))
    return case
