"""One row of a file, read: what it says in our own words, and everything that is wrong with it."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cases.choices import Relation, Severity
from cases.rules import fields as known
from cases.rules.headers import Column
from cases.rules.people import read_relation
from cases.rules.values import clean_number, has_lost_precision, is_blank, read_amount, read_currency, read_date, read_name, read_number, read_phones
from collection.lib.identity import luhn_ok, plain, resident_id_fault

# Everything that can be found; the words are in cases.wording.
SEVERITIES = {
    "required_missing": Severity.ERROR, "too_long": Severity.ERROR, "id_form": Severity.ERROR, "id_birth": Severity.ERROR, "id_checksum": Severity.ERROR,
    "lost_precision": Severity.ERROR, "amount_form": Severity.ERROR, "amount_negative": Severity.ERROR, "currency_unknown": Severity.ERROR,
    "date_form": Severity.ERROR, "date_order": Severity.ERROR, "duplicate_in_file": Severity.ERROR, "case_exists": Severity.ERROR,
    "amount_parts": Severity.WARNING, "phone_form": Severity.WARNING, "card_luhn": Severity.WARNING, "number_form": Severity.WARNING,
    "foreign_only": Severity.WARNING, "text_cut": Severity.WARNING, "overdue_later": Severity.WARNING, "debtor_known": Severity.WARNING,
}  # fmt: skip

_ID_FAULTS = {"form": "id_form", "province": "id_form", "birth": "id_birth", "checksum": "id_checksum"}
_PARTS = {"principal": "amount.principal", "interest": "amount.interest", "minimum_payment": "amount.min_payment", "credit_limit": "amount.limit"}
_PLAIN_TEXTS = {"stage": "overdue.stage", "product": "product"}
_DATES = {
    "placed_on": "placement.date",
    "due_back_on": "recall.date",
    "overdue_since": "overdue.date",
    "opened_on": "card.open_date",
    "last_paid_on": "last_payment.date",
}


@dataclass(frozen=True)
class Found:
    code: str
    field: str = ""
    index: int | None = None
    values: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def severity(self) -> str:
        return SEVERITIES[self.code]


class RowReader:
    """Reads the rows of one sheet by its confirmed columns; `read` is a plain function of the cells."""

    def __init__(self, columns: Sequence[Column], *, today: date) -> None:
        self.today = today
        self.columns = columns
        self.by_field: dict[str, list[Column]] = {}
        for column in columns:
            self.by_field.setdefault(column.field, []).append(column)
        self.currencies = sorted({column.currency for column in columns if column.currency} - {"CNY"})
        self.number_field = next((name for name in ("case.no", "contract.no") if name in self.by_field), "")
        self.amount_of = {currency: self._amount_column(currency) for currency in ("", *self.currencies)}
        self.slots = [slot for slot in known.SLOTS if any(name.startswith(f"contact.{slot}.") for name in self.by_field)]
        used = {column.index for column in self.amount_of.values() if column}
        self.unplaced = [column for column in columns if column.index not in used and self._is_unplaced(column)]

    def _amount_column(self, currency: str) -> Column | None:
        wanted = ("", "CNY") if not currency else (currency,)
        return next((column for name in known.AMOUNTS for sign in wanted for column in self.by_field.get(name, ()) if column.currency == sign), None)

    @lru_cache(maxsize=256)  # noqa: B019 - a reader lives as long as one check
    def columns_in(self, target: str, currency: str) -> list[Column]:
        """The columns of a field that hold amounts of this currency ("": yuan, or what the row says)."""
        wanted = ("", "CNY") if not currency else (currency,)
        return [column for column in self.by_field.get(target, ()) if column.currency in wanted]

    def _is_unplaced(self, column: Column) -> bool:
        if not column.field or known.FIELDS[column.field].kind == known.KEEP or column.field in known.AMOUNTS or column.field == "batch.no":
            return True
        return column.field == "contract.no" and (self.number_field != "contract.no" and "account.no" in self.by_field)

    def read(self, cells: Sequence[str]) -> tuple[dict[str, Any], list[Found]]:
        """What the row says, as plain data (cases.services.imports.writing turns it into rows), and its findings."""
        return _Reading(self, cells).result()


class _Reading:
    """The one row being read: its cells, what was read so far, what was found."""

    def __init__(self, reader: RowReader, cells: Sequence[str]) -> None:
        self.reader, self.cells = reader, cells
        self.found: list[Found] = []
        self.extra: dict[str, str] = {}

    def result(self) -> tuple[dict[str, Any], list[Found]]:
        values = {"case_no": self._case_no(), "name": self._name(), "id_no": self._id(), "id_type": self._text("debtor.id_type")}
        values |= {name: self._day(target) for name, target in _DATES.items()}
        values |= {name: self._text(target) for name, target in _PLAIN_TEXTS.items()}
        values |= {"region": self._joined("debtor.region", ""), "warning": self._joined("warning", "；"), "overdue_days": self._number("overdue.days", 100_000)}
        values["accounts"] = self._accounts(values)
        values["contacts"] = list(self._contacts(values["name"]))
        self._check_order(values)
        for column in self.reader.unplaced:
            self._keep(column, self._cell(column))
        values["extra"] = self.extra
        return {name: value for name, value in values.items() if value not in ("", None, [], {})}, self.found

    # --- cells -----------------------------------------------------------------------------------------------------------------

    def _cell(self, column: Column) -> str:
        text = self.cells[column.index] if column.index < len(self.cells) else ""
        return "" if is_blank(text) else text

    def _first(self, target: str) -> tuple[Column | None, str]:
        """The column of a field and its text; of several columns, the first that is filled."""
        columns = self.reader.by_field.get(target, ())
        for column in columns:
            if text := self._cell(column):
                return column, text
        return (columns[0] if columns else None), ""

    def _note(self, code: str, column: Column | None, target: str = "", **values: Any) -> None:
        self.found.append(Found(code, target or (column.field if column else ""), column.index if column else None, values))

    def _keep(self, column: Column, text: str) -> None:
        if text:
            header = column.header or column.letters
            self.extra[header] = f"{self.extra[header]} / {text}" if header in self.extra else text

    # --- who -------------------------------------------------------------------------------------------------------------------

    def _case_no(self) -> str:
        if not self.reader.number_field:
            return ""  # made from card and placement date
        column, text = self._first(self.reader.number_field)
        if not text:
            self._note("required_missing", column)
        elif has_lost_precision(text):
            self._note("lost_precision", column)
        elif len(text) > known.FIELDS["case.no"].longest:
            self._note("too_long", column, most=known.FIELDS["case.no"].longest)
        else:
            return text
        return ""

    def _name(self) -> str:
        column, text = self._first("debtor.name")
        name = read_name(text)
        if not name:
            self._note("required_missing", column, "debtor.name")
        elif len(name) > known.FIELDS["debtor.name"].longest:
            self._note("too_long", column, most=known.FIELDS["debtor.name"].longest)
            return ""
        return name

    def _id(self) -> str:
        column, text = self._first("debtor.id_no")
        number = plain(text)
        if not number:
            self._note("required_missing", column, "debtor.id_no")
        elif has_lost_precision(text):
            self._note("lost_precision", column)
            return ""
        elif not self._is_resident_id():
            if not re.fullmatch(r"[A-Z0-9()/]{5,20}", number):
                self._note("id_form", column)
        elif fault := resident_id_fault(number, today=self.reader.today):
            self._note(_ID_FAULTS[fault], column)
        return number

    def _is_resident_id(self) -> bool:
        kind = self._first("debtor.id_type")[1]
        return not kind or "身份证" in kind or "居民" in kind or kind in ("0", "1", "01", "110001", "ID")

    # --- values ----------------------------------------------------------------------------------------------------------------

    def _text(self, target: str) -> str:
        column, text = self._first(target)
        return self._cut(column, text, known.FIELDS[target].longest) if text else ""

    def _joined(self, target: str, mark: str) -> str:
        columns = self.reader.by_field.get(target, ())
        texts = list(dict.fromkeys(text for column in columns if (text := self._cell(column))))
        return self._cut(columns[0], mark.join(texts), known.FIELDS[target].longest) if texts else ""

    def _cut(self, column: Column, text: str, longest: int) -> str:
        if len(text) > longest:
            self._note("text_cut", column, most=longest)
            self._keep(column, text)
        return text[:longest]

    def _day(self, target: str) -> str:
        column, text = self._first(target)
        if not text or text in ("0", "00000000"):
            return ""
        day = read_date(text)
        if day is None:
            self._note("date_form", column)
        return day.isoformat() if day else ""

    def _number(self, target: str, most: int) -> int | None:
        column, text = self._first(target)
        if not text:
            return None
        number = read_number(text)
        if target == "bill.day" and read_date(text):
            number = read_date(text).day
        if number is None or number > most or text.startswith("-"):
            self._note("number_form", column)
            self._keep(column, text)
            return None
        return number

    def _amount(self, column: Column | None, *, may_be_negative: bool = False) -> Decimal | None:
        text = self._cell(column) if column else ""
        if not text:
            return None
        amount = read_amount(text, column.unit)
        if amount is None:
            self._note("amount_form", column)
        elif amount < 0 and not may_be_negative:
            self._note("amount_negative", column)
            return None
        return amount

    # --- accounts --------------------------------------------------------------------------------------------------------------

    def _accounts(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        """The row's account, and one more for each further currency that has columns of its own and an amount."""
        shared = {"card_no": self._card(), "account_no": self._account_no(), "bill_day": self._number("bill.day", 31)}
        shared |= {name: values.get(name) for name in ("opened_on", "overdue_since", "last_paid_on")}
        found = [self._account(currency) for currency in self.reader.currencies]
        foreign = [account for account in found if account and Decimal(account["amount"])]
        main = self._account("")
        if main is None and not foreign:
            if not any(item.field in known.AMOUNTS for item in self.found):
                self._note("required_missing", self.reader.amount_of[""], "amount.placed")
            return []
        accounts = [shared | account for account in (main, *foreign) if account]
        if all(account["currency"] != "CNY" for account in accounts):
            self._note("foreign_only", self.reader.amount_of[""] or self.reader.amount_of[foreign[0]["currency"]])
        return [{name: value for name, value in account.items() if value not in ("", None)} for account in accounts]

    def _account(self, currency: str) -> dict[str, Any] | None:
        column = self.reader.amount_of[currency]
        amount = self._amount(column)
        if amount is None:
            return None
        account = {name: self._amount(self._column_in(target, currency), may_be_negative=True) for name, target in _PARTS.items()}
        fees = [self._amount(column, may_be_negative=True) for column in self._columns_in("amount.penalty_fee", currency)]
        account["fees"] = sum(fee for fee in fees if fee is not None) if any(fee is not None for fee in fees) else None
        account["last_paid_amount"] = self._amount(self._column_in("last_payment.amount", currency), may_be_negative=True)
        self._check_parts(column, amount, account)
        plain_amounts = {name: str(value) for name, value in account.items() if value is not None}
        return {"currency": currency or self._currency(), "amount": str(amount)} | plain_amounts

    def _columns_in(self, target: str, currency: str) -> list[Column]:
        return self.reader.columns_in(target, currency)

    def _column_in(self, target: str, currency: str) -> Column | None:
        return next(iter(self._columns_in(target, currency)), None)

    def _check_parts(self, column: Column, amount: Decimal, parts: dict[str, Decimal | None]) -> None:
        if parts["principal"] is None or (parts["interest"] is None and parts["fees"] is None):
            return
        total = sum(parts[name] or 0 for name in ("principal", "interest", "fees"))
        if abs(total - amount) > Decimal("0.01"):
            self._note("amount_parts", column, total=str(amount), parts=str(total))

    def _currency(self) -> str:
        column, text = self._first("account.currency")
        code = read_currency(text) if text else "CNY"
        if not code:
            self._note("currency_unknown", column)
        return code or "CNY"

    def _card(self) -> str:
        column, text = self._first("card.no")
        if not text:
            return ""
        if has_lost_precision(text):
            self._note("lost_precision", column)
            return ""
        number = clean_number(text)
        if len(number) > 40:
            self._note("too_long", column, most=40)
            return ""
        if "*" not in number and not luhn_ok(number):
            self._note("card_luhn", column)
        return number

    def _account_no(self) -> str:
        target = "account.no" if "account.no" in self.reader.by_field else "contract.no"
        if target == self.reader.number_field:
            return ""
        column, text = self._first(target)
        if has_lost_precision(text):
            self._note("lost_precision", column)
            return ""
        return self._cut(column, text, known.FIELDS["account.no"].longest) if text else ""

    # --- people ----------------------------------------------------------------------------------------------------------------

    def _contacts(self, name: str) -> Iterator[dict[str, Any]]:
        """The debtor, the employer, then the contacts in the order of their columns."""
        yield {"relation": Relation.SELF, "name": name, "phones": self._phones("debtor.mobile", "debtor.home_tel"), "addresses": self._addresses(Relation.SELF)}
        employer = {"name": self._text("debtor.employer"), "phones": self._phones("debtor.work_tel"), "addresses": self._addresses(Relation.EMPLOYER)}
        if any(employer.values()):
            yield {"relation": Relation.EMPLOYER} | employer
        for slot in self.reader.slots:
            if contact := self._contact(slot):
                yield contact

    def _contact(self, slot: int) -> dict[str, Any] | None:
        name = read_name(self._text(f"contact.{slot}.name"))
        phones = self._phones(f"contact.{slot}.mobile", f"contact.{slot}.home_tel", f"contact.{slot}.work_tel")
        if not name and not phones:
            return None
        said = self._text(f"contact.{slot}.relation") or known.SLOT_RELATIONS.get(slot, "")
        texts = [text for column in self.reader.by_field.get(f"contact.{slot}.address", ()) if (text := self._cell(column))]
        return {"relation": read_relation(said), "said": said, "name": name, "phones": phones, "addresses": [["home", text, ""] for text in texts]}

    def _phones(self, *targets: str) -> list[list[str]]:
        phones: dict[str, list[str]] = {}
        for column in (column for target in targets for column in self.reader.by_field.get(target, ())):
            text = self._cell(column)
            if not text:
                continue
            good, wrong = read_phones(text)
            phones |= {phone[0]: list(phone) for phone in good if phone[0] not in phones}
            if wrong or not good:
                self._note("lost_precision" if has_lost_precision(text) else "phone_form", column)
                self._keep(column, text)
        return list(phones.values())

    def _addresses(self, relation: Relation) -> list[list[str]]:
        found = []
        for target, (whose, kind, postcode) in known.ADDRESSES.items():
            if whose == relation:
                code = self._text(postcode)
                found += [[kind, text, code if code.isdigit() else ""] for column in self.reader.by_field.get(target, ()) if (text := self._cell(column))]
        return found

    def _check_order(self, values: dict[str, Any]) -> None:
        placed, back, since = values["placed_on"], values["due_back_on"], values["overdue_since"]
        if placed and back and back < placed:
            self._note("date_order", self._first("recall.date")[0])
        if placed and since and since > placed:
            self._note("overdue_later", self._first("overdue.date")[0])
