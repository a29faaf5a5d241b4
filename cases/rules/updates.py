"""One row of a file about cases that are there already: which case it names, and what it says of it. The readers of values are those of placements."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cases.choices import FileKind, RecallAction, Severity
from cases.rules.accounts import LONGEST_CARD
from cases.rules.cells import CellReader, Columns, Notes, clean_cells, first_filled, number_text, text_reader
from cases.rules.contacts import PeopleReader
from cases.rules.fields import FIELDS
from cases.rules.findings import Found
from cases.rules.headers import Column
from cases.rules.values import clean_number, fold, has_lost_precision, read_amount, read_currency, read_date, read_moment, read_name, read_yes_no
from collection.lib.identity import plain

# The balance that a bank states, the surest first; what is overdue stands for it only where nothing else is said.
_TOTALS = ("balance.new_amount", "amount.overdue")
_PARTS = {"principal": "amount.principal", "interest": "amount.interest", "fees": "amount.penalty_fee"}
# 解除停催 is no 停催: the order matters.
_ACTIONS: tuple[tuple[str, RecallAction], ...] = (
    (r"恢复|解除|取消停催|继续催收|resume", RecallAction.RESUME),
    (r"停催|暂停|停止|冻结|stop", RecallAction.STOP),
    (r"撤案|撤回|撤销委托|召回|收回|recall", RecallAction.RECALLED),
    (r"结案|结清|还清|settle", RecallAction.SETTLED),
    (r"退案|退回|退件|return", RecallAction.RETURNED),
)
_RESIDENT_ID = re.compile(r"\d{17}[\dX]")


def read_action(text: str) -> str:
    """What 停催, 恢复催收, 撤案, 结清 … asks for; "" when the text says nothing of the kind."""
    folded = fold(text).lower()
    return next((action.value for pattern, action in _ACTIONS if re.search(pattern, folded)), "")


class UpdateReader:
    """Reads the rows of one sheet of a file of this kind by its confirmed columns; `read` is a plain function of the cells.

    `day` is the day of the balances that do not say theirs. `said` is what the sheet's or the file's name asks for: a recall file may
    have no column of actions.
    """

    def __init__(self, kind: str, columns: Sequence[Column], *, today: date, day: date, said: str = "") -> None:
        self._columns = Columns(columns)
        self.by_field, self.today, self.day, self.said = self._columns.by_field, today, day, said
        self.number_field = next((name for name in ("case.no", "contract.no") if name in self._columns), "")
        own = self._columns.of
        self._numbers, self._cards, self._placed = own(self.number_field), own("card.no"), own("placement.date")
        self._account_numbers, self._names, self._ids = own("account.no"), own("debtor.name"), own("debtor.id_no")
        self._read_rest = self._reader_of(kind)
        self._kept = self._columns.left()

    def read(self, cells: Sequence[str]) -> tuple[dict[str, Any], list[Found]]:
        """What the row says, as plain data (cases.services turns it into changes), and its findings."""
        notes, texts = Notes(), clean_cells(cells, self._columns.width)
        values = self._read_case(texts, notes) | self._read_rest(texts, notes)
        for column in self._kept:
            notes.keep(column, texts[column.index])
        if notes.extra:
            values["extra"] = notes.extra
        return {name: value for name, value in values.items() if value not in ("", None, [], {})}, notes.found

    def _reader_of(self, kind: str) -> Callable[[list[str], Notes], dict[str, Any]]:
        compiled = {
            FileKind.BALANCE: self._compile_balance,
            FileKind.PAYMENT: self._compile_payment,
            FileKind.RECALL: self._compile_recall,
            FileKind.RETENTION: self._compile_retention,
            FileKind.WARNING: self._compile_warning,
            FileKind.RECORD: self._compile_record,
            FileKind.CONTACT: self._compile_contact,
        }
        return compiled[FileKind(kind)]()

    # --- which case ------------------------------------------------------------------------------------------------------------

    def _read_case(self, cells: list[str], notes: Notes) -> dict[str, Any]:
        values = {"case_no": self._number(cells, notes), "card_no": self._card(cells, notes), "placed_on": self._day(cells, notes, self._placed)}
        column, text = first_filled(cells, self._account_numbers, notes)
        values["account_no"] = number_text(text, column, notes, longest=FIELDS["account.no"].longest) if text else ""
        values["name"] = read_name(first_filled(cells, self._names, notes)[1])
        id_no = plain(first_filled(cells, self._ids, notes)[1])
        values["id_no"] = id_no if _RESIDENT_ID.fullmatch(id_no) else ""
        if not values["case_no"] and not any(item.severity == Severity.ERROR for item in notes.found):
            self._demand_card(values, notes)
        return values

    def _number(self, cells: list[str], notes: Notes) -> str:
        column, text = first_filled(cells, self._numbers, notes)
        text = fold(text)
        if has_lost_precision(text):
            notes.note("lost_precision", column)
        elif len(text) > FIELDS["case.no"].longest:
            notes.note("too_long", column, most=FIELDS["case.no"].longest)
        else:
            return text
        return ""

    def _card(self, cells: list[str], notes: Notes) -> str:
        column, text = first_filled(cells, self._cards, notes)
        if has_lost_precision(text):
            notes.note("lost_precision", column)
            return ""
        return clean_number(text)[:LONGEST_CARD]

    def _demand_card(self, values: dict[str, Any], notes: Notes) -> None:
        """A case without a number is named by its card and the day on which it was placed."""
        if self._numbers and not (self._cards and self._placed):
            notes.note("required_missing", self._numbers[0])
        elif not values["card_no"]:
            notes.note("required_missing", self._cards[0])
        elif not values["placed_on"]:
            notes.note("required_missing", self._placed[0])

    # --- values ----------------------------------------------------------------------------------------------------------------

    def _day(self, cells: list[str], notes: Notes, columns: tuple[Column, ...], *, required: str = "") -> str:
        column, text = first_filled(cells, columns, notes)
        if not text:
            if required:
                notes.note("required_missing", column, required)
            return ""
        day = read_date(text)
        if day is None:
            notes.note("date_form", column)
        return day.isoformat() if day else ""

    def _amount(self, cells: list[str], notes: Notes, column: Column, currency: str) -> Decimal | None:
        if not (text := cells[column.index]):
            return None
        amount = read_amount(text, column.unit, currency)
        if amount is None:
            notes.note("amount_form", column)
        return amount

    def _text(self, columns: tuple[Column, ...], target: str) -> CellReader:
        """Several columns of a text, side by side; an empty one is missing."""

        def read(cells: list[str], notes: Notes) -> str:
            texts = dict.fromkeys(text for column in columns if (text := cells[column.index]))
            if not texts:
                notes.note("required_missing", columns[0] if columns else None, target)
            return "；".join(texts)

        return read

    def _currency_reader(self) -> CellReader:
        signs = self._columns.of("account.currency")

        def read(cells: list[str], notes: Notes) -> str:
            column, text = first_filled(cells, signs, notes)
            code = read_currency(text) if text else "CNY"
            if not code:
                notes.note("currency_unknown", column)
            return code or "CNY"

        return read

    # --- kinds -----------------------------------------------------------------------------------------------------------------

    def _compile_balance(self) -> Callable[[list[str], Notes], dict[str, Any]]:
        days, currency_of, stage = self._columns.of("balance.date"), self._currency_reader(), text_reader(self._columns, "overdue.stage")
        signs = sorted({column.currency for column in self._columns.all if column.currency} - {"CNY"})
        columns_of = {sign: self._balance_columns(sign) for sign in ("", *signs)}

        def read(cells: list[str], notes: Notes) -> dict[str, Any]:
            stated = [self._balance(cells, notes, columns, sign or currency_of(cells, notes)) for sign, columns in columns_of.items()]
            balances = [item for item in stated if item]
            if not balances and not any(item.code in ("amount_form", "amount_negative") for item in notes.found):
                notes.note("required_missing", next(iter(self.by_field.get(_TOTALS[0], ())), None), _TOTALS[0])
            return {"balances": balances, "as_of": self._day(cells, notes, days) or self.day.isoformat(), "stage": stage(cells, notes)}

        return read

    def _balance_columns(self, sign: str) -> dict[str, tuple[Column, ...]]:
        """The columns of one currency; "" is yuan, or what the row says. Of several totals the surest counts."""
        found = {name: self._in_currency(sign, target) for name, target in _PARTS.items()} | {"amount": self._in_currency(sign, *_TOTALS)[:1]}
        return {name: self._columns.asked(columns) for name, columns in found.items()}

    def _in_currency(self, sign: str, *targets: str) -> list[Column]:
        wanted = (sign,) if sign else ("", "CNY")
        return [column for target in targets for column in self.by_field.get(target, ()) if column.currency in wanted]

    def _balance(self, cells: list[str], notes: Notes, columns: dict[str, tuple[Column, ...]], currency: str) -> dict[str, str]:
        said: dict[str, str] = {}
        for name, own in columns.items():
            amounts = [amount for column in own if (amount := self._amount(cells, notes, column, currency)) is not None]
            if name == "amount" and amounts and amounts[0] < 0:
                notes.note("amount_negative", own[0])
            elif amounts:
                said[name] = str(sum(amounts))
        return {"currency": currency} | said if said else {}

    def _compile_payment(self) -> Callable[[list[str], Notes], dict[str, Any]]:
        own, currency_of = self._columns.of, self._currency_reader()
        amounts, days, settled, balances = own("payment.amount"), own("payment.date"), own("payment.is_settled"), own("balance.new_amount")
        method, payers = text_reader(self._columns, "payment.method"), own("payment.payer")

        def read(cells: list[str], notes: Notes) -> dict[str, Any]:
            column, _text = first_filled(cells, amounts, notes)
            currency = (column.currency if column else "") or currency_of(cells, notes)
            amount = self._amount(cells, notes, column, currency) if column else None
            if amount is None and not any(item.code == "amount_form" for item in notes.found):
                notes.note("required_missing", column, "payment.amount")
            values = {"amount": str(amount) if amount is not None else "", "currency": currency}
            values["paid_on"] = self._day(cells, notes, days, required="payment.date")
            values["method"], values["payer"] = method(cells, notes), read_name(first_filled(cells, payers, notes)[1])[: FIELDS["payment.payer"].longest]
            values["is_settled"] = self._is_settled(cells, notes, settled)
            stated, _text = first_filled(cells, balances, notes)
            left = self._amount(cells, notes, stated, currency) if stated else None
            return values | ({"balance": str(left)} if left is not None else {})

        return read

    @staticmethod
    def _is_settled(cells: list[str], notes: Notes, columns: tuple[Column, ...]) -> bool:
        """What is neither yes nor no is kept as it stands."""
        column, text = first_filled(cells, columns, notes)
        said = read_yes_no(text)
        if column and said is None:
            notes.keep(column, text)
        return bool(said)

    def _compile_recall(self) -> Callable[[list[str], Notes], dict[str, Any]]:
        actions, days, reasons = self._columns.of("recall.action"), self._columns.of("recall.on"), self._columns.of("recall.reason")

        def read(cells: list[str], notes: Notes) -> dict[str, Any]:
            column, text = first_filled(cells, actions, notes)
            said = text or self.said
            action = read_action(said)
            if not action:
                notes.note("action_unknown", column, "recall.action")
            reason = "；".join(dict.fromkeys(text for column in reasons if (text := cells[column.index])))
            return {"action": action, "said": said, "reason": reason, "on": self._day(cells, notes, days)}

        return read

    def _compile_retention(self) -> Callable[[list[str], Notes], dict[str, Any]]:
        days = self._columns.of("retention.until")
        return lambda cells, notes: {"until": self._day(cells, notes, days, required="retention.until")}

    def _compile_warning(self) -> Callable[[list[str], Notes], dict[str, Any]]:
        read_text = self._text(self._columns.of("warning"), "warning")
        return lambda cells, notes: {"text": read_text(cells, notes)}

    def _compile_record(self) -> Callable[[list[str], Notes], dict[str, Any]]:
        moments, read_text = self._columns.of("record.at"), self._text(self._columns.of("record.text"), "record.text")
        person, result = text_reader(self._columns, "record.person"), text_reader(self._columns, "record.result")

        def read(cells: list[str], notes: Notes) -> dict[str, Any]:
            column, text = first_filled(cells, moments, notes)
            moment = read_moment(text) if text else None
            if moment is None:
                notes.note("date_form" if text else "required_missing", column, "record.at")
            at = moment.isoformat() if moment else ""
            return {"at": at, "text": read_text(cells, notes), "person": person(cells, notes), "result": result(cells, notes)}

        return read

    def _compile_contact(self) -> Callable[[list[str], Notes], dict[str, Any]]:
        people = PeopleReader(self._columns)

        def read(cells: list[str], notes: Notes) -> dict[str, Any]:
            found = people.read(cells, notes, "")
            said = [person for person in found if person["phones"] or person["addresses"] or (person["name"] and person["relation"] != "self")]
            if not said and not notes.found:
                notes.note("required_missing", next(iter(self.by_field.get("debtor.mobile", ())), None), "debtor.mobile")
            return {"contacts": said}

        return read
