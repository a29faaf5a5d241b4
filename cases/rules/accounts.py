"""The accounts of a row: one in yuan (or in the currency that the row names), and one for each further currency with columns of its own."""

from decimal import Decimal
from typing import Any

from cases.rules.cells import Columns, Notes, first_filled, number_text
from cases.rules.fields import AMOUNTS, FIELDS
from cases.rules.headers import Column
from cases.rules.values import clean_number, has_lost_precision, read_amount, read_currency, read_date, read_number
from collection.lib.identity import luhn_ok

LONGEST_CARD = 40
_PARTS = {
    "principal": "amount.principal", "interest": "amount.interest", "fees": "amount.penalty_fee", "minimum_payment": "amount.min_payment",
    "credit_limit": "amount.limit", "last_paid_amount": "last_payment.amount",
}  # fmt: skip
_SHARED_DAYS = ("opened_on", "overdue_since", "last_paid_on")
_CENT = Decimal("0.01")


class CurrencyReader:
    """Reads the amounts of one currency; "" is yuan, or what the row says."""

    def __init__(self, columns: Columns, currency: str) -> None:
        self.currency = currency
        wanted = (currency,) if currency else ("", "CNY")
        self.amount = next((column for name in AMOUNTS for sign in wanted for column in columns.by_field.get(name, ()) if column.currency == sign), None)
        if self.amount:
            columns.asked([self.amount])
        self.parts = [(name, column) for name, target in _PARTS.items() for column in self._columns(columns, target, wanted) if self.amount]
        columns.asked(column for _name, column in self.parts)
        self.may_check = {"principal"} < {name for name, _column in self.parts} & {"principal", "interest", "fees"}

    def _columns(self, columns: Columns, target: str, wanted: tuple[str, ...]) -> list[Column]:
        found = [column for column in columns.by_field.get(target, ()) if column.currency in wanted]
        return found if FIELDS[target].many else found[:1]

    def read(self, cells: list[str], notes: Notes, currency: str) -> dict[str, Any] | None:
        """{"currency", "amount", "principal" …}; None without an amount, and what the parts say is kept."""
        amount = self._amount(cells, notes, currency)
        if amount is None or (self.currency and not amount):
            self._keep_parts(cells, notes, currency)
            return None
        sums: dict[str, Decimal] = {}
        for name, column in self.parts:
            if text := cells[column.index]:
                value = read_amount(text, column.unit, currency)
                if value is None:
                    notes.note("amount_form", column)
                else:
                    sums[name] = sums[name] + value if name in sums else value
        if self.may_check and "principal" in sums:
            self._check_sum(notes, amount, sums)
        account = {"currency": currency, "amount": str(amount)}
        for name, value in sums.items():
            account[name] = str(value)
        return account

    def _amount(self, cells: list[str], notes: Notes, currency: str) -> Decimal | None:
        if self.amount is None or not (text := cells[self.amount.index]):
            return None
        amount = read_amount(text, self.amount.unit, currency)
        if amount is None:
            notes.note("amount_form", self.amount)
        elif amount < 0:
            notes.note("amount_negative", self.amount)
            return None
        return amount

    def _keep_parts(self, cells: list[str], notes: Notes, currency: str) -> None:
        for _name, column in self.parts:
            if (text := cells[column.index]) and read_amount(text, column.unit, currency) != 0:
                notes.keep(column, text)

    def _check_sum(self, notes: Notes, amount: Decimal, sums: dict[str, Decimal]) -> None:
        if "interest" not in sums and "fees" not in sums:
            return
        total = sums["principal"] + sums.get("interest", 0) + sums.get("fees", 0)
        if abs(total - amount) > _CENT:
            notes.note("amount_parts", self.amount, total=str(amount), parts=str(total))


class AccountReader:
    """Reads all accounts of a row. `number_field` is what the case is numbered by, and so no account's number."""

    def __init__(self, columns: Columns, number_field: str) -> None:
        signs = sorted({column.currency for column in columns.all if column.currency} - {"CNY"})
        self.main = CurrencyReader(columns, "")
        self.foreign = [reader for sign in signs if (reader := CurrencyReader(columns, sign)).amount]
        self.signs = columns.of("account.currency")
        self.cards = columns.of("card.no")
        self.bill_days = columns.of("bill.day")
        own = "account.no" if "account.no" in columns else "contract.no"
        numbers = columns.of(own) if own != number_field else ()
        self.numbers_of = {sign: tuple(c for c in numbers if c.currency == sign) for sign in {column.currency for column in numbers}}

    def read(self, cells: list[str], notes: Notes, days: dict[str, Any]) -> list[dict[str, Any]]:
        """The accounts with an amount. `days` has the dates that all of them share."""
        before = len(notes.found)
        shared = self.read_shared(cells, notes, days)
        accounts = [account for reader in self.foreign if (account := reader.read(cells, notes, reader.currency))]
        if main := self.main.read(cells, notes, self._currency(cells, notes)):
            accounts.insert(0, main)
        if not accounts and not any(item.field in AMOUNTS for item in notes.found[before:]):
            notes.note("required_missing", self.main.amount, "amount.placed")
        for account in accounts:
            account |= shared
            if number := self._number(cells, notes, account["currency"]):
                account["account_no"] = number
        if accounts and all(account["currency"] != "CNY" for account in accounts):
            notes.note("foreign_only", self.main.amount or self.foreign[0].amount)
        if len(self.numbers_of) > 1:
            self._keep_numbers(cells, notes, {account["currency"] for account in accounts})
        return accounts

    def read_shared(self, cells: list[str], notes: Notes, days: dict[str, Any]) -> dict[str, Any]:
        """What all accounts of a row have in common: the card, the bill day, the days."""
        shared: dict[str, Any] = {name: days[name] for name in _SHARED_DAYS if name in days}
        if card := self._card(cells, notes):
            shared["card_no"] = card
        if bill_day := self._bill_day(cells, notes):
            shared["bill_day"] = bill_day
        return shared

    def _keep_numbers(self, cells: list[str], notes: Notes, used: set[str]) -> None:
        """The number of an account that the row has no amount for."""
        for sign, columns in self.numbers_of.items():
            if sign and sign not in used:
                for column in columns:
                    notes.keep(column, cells[column.index])

    def _currency(self, cells: list[str], notes: Notes) -> str:
        column, text = first_filled(cells, self.signs, notes)
        if not text:
            return "CNY"
        code = read_currency(text)
        if not code:
            notes.note("currency_unknown", column)
        return code or "CNY"

    def _card(self, cells: list[str], notes: Notes) -> str:
        column, text = first_filled(cells, self.cards, notes)
        if not text:
            return ""
        if has_lost_precision(text):
            notes.note("lost_precision", column)
            return ""
        number = clean_number(text)
        if len(number) > LONGEST_CARD:
            notes.note("too_long", column, most=LONGEST_CARD)
            return ""
        if "*" not in number and not luhn_ok(number):
            notes.note("card_luhn", column)
        return number

    def _number(self, cells: list[str], notes: Notes, currency: str) -> str:
        own = self.numbers_of.get(currency) or self.numbers_of.get("", ())
        column, text = first_filled(cells, own, notes)
        return number_text(text, column, notes, longest=FIELDS["account.no"].longest) if text else ""

    def _bill_day(self, cells: list[str], notes: Notes) -> int | None:
        """5, 每月5日, or the day of a date."""
        column, text = first_filled(cells, self.bill_days, notes)
        if not text:
            return None
        day = read_number(text)
        if (day is None or day > 31) and (found := read_date(text)):
            day = found.day
        if day is None or not 1 <= day <= 31 or text.startswith("-"):
            notes.note("number_form", column)
            notes.keep(column, text)
            return None
        return day
