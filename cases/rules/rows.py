"""One row of a file, read: what it says in our own words, and everything that is wrong with it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from cases.rules.accounts import AccountReader
from cases.rules.cells import CellReader, Columns, Notes, clean_cells, first_filled, text_reader
from cases.rules.contacts import PeopleReader
from cases.rules.fields import FIELDS
from cases.rules.findings import SEVERITIES, Found
from cases.rules.headers import Column
from cases.rules.kinds import JOIN_FIELDS
from cases.rules.values import clean_number, fold, has_lost_precision, read_date, read_gender, read_name, read_number
from collection.lib.identity import birth_date, document_fault, gender, plain, resident_id_fault

__all__ = ["SEVERITIES", "Found", "RowReader"]

MOST_DAYS_OVERDUE = 36_500
_ID_FAULTS = {"form": "id_form", "province": "id_form", "birth": "id_birth", "checksum": "id_checksum"}
_DAYS = {
    "placed_on": "placement.date", "due_back_on": "recall.date", "overdue_since": "overdue.date", "opened_on": "card.open_date",
    "last_paid_on": "last_payment.date",
}  # fmt: skip
_PAST_DAYS = ("overdue_since", "opened_on", "last_paid_on")
# What systems write for a day that there is none of.
_NO_DAY = {"0", "00000000", "1900-01-00", "1900-01-01", "1899-12-30", "1899-12-31", "0001-01-01", "9999-12-31", "1900/1/0", "1900/1/1", "99991231", "19000101"}


class RowReader:
    """Reads the rows of one sheet by its confirmed columns; `read` is a plain function of the cells.

    `role` is what sheet_role says. Rows of a sheet of contacts or accounts name their case by `join` (without it: by the surest field that the sheet has).
    `has_accounts`: another sheet brings the amounts of these cases.
    """

    def __init__(self, columns: Sequence[Column], *, today: date, role: str = "cases", join: str = "", has_accounts: bool = False) -> None:
        self._columns = Columns(columns)
        self.by_field, self.today, self.role = self._columns.by_field, today, role
        self.number_field = next((name for name in ("case.no", "contract.no") if name in self._columns), "")
        self.join = join or next((name for name in JOIN_FIELDS if name in self._columns), "")
        self._with_accounts = not has_accounts
        reads = {"cases": self._compile_case, "contacts": self._compile_contacts, "accounts": self._compile_accounts}
        reads[role]()
        self._kept = self._columns.left()
        self._read = {"cases": self._read_case, "contacts": self._read_contacts, "accounts": self._read_accounts}[role]

    def read(self, cells: Sequence[str]) -> tuple[dict[str, Any], list[Found]]:
        """What the row says, as plain data (cases.services.imports turns it into rows), and its findings."""
        notes = Notes()
        texts = clean_cells(cells, self._columns.width)
        values = self._read(texts, notes)
        for column in self._kept:
            if text := texts[column.index]:
                notes.keep(column, text)
        if notes.extra:
            values["extra"] = notes.extra
        return values, notes.found

    def join_value(self, cells: Sequence[str], field: str = "") -> str:
        """What the row is put together with other sheets' rows by: its text in `field` (its own join field), written in one way."""
        field = field or self.join
        texts = clean_cells(cells, self._columns.width)
        text = next((texts[column.index] for column in self.by_field.get(field, ()) if texts[column.index]), "")
        if not text or has_lost_precision(text):
            return ""
        return plain(text) if field == "debtor.id_no" else clean_number(text) if field == "card.no" else fold(text)

    # --- a sheet of cases ------------------------------------------------------------------------------------------------------

    def _compile_case(self) -> None:
        columns = self._columns
        self._numbers = columns.of(self.number_field) if self.number_field else ()
        self._names, self._ids = columns.of("debtor.name"), columns.of("debtor.id_no")
        self._id_type = text_reader(columns, "debtor.id_type")
        self._texts: list[tuple[str, CellReader]] = [
            (name, text_reader(columns, target)) for name, target in (("stage", "overdue.stage"), ("product", "product")) if target in columns
        ]
        self._regions, self._warnings = columns.of("debtor.region"), columns.of("warning")
        self._days = [(name, columns.of(target)) for name, target in _DAYS.items() if target in columns]
        self._overdue_days = columns.of("overdue.days")
        self._births, self._genders = self.by_field.get("debtor.birthday", ()), self.by_field.get("debtor.gender", ())
        self._accounts = AccountReader(columns, self.number_field)
        self._people = PeopleReader(columns)

    def _read_case(self, cells: list[str], notes: Notes) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if self._numbers:
            values["case_no"] = self._case_no(cells, notes)
        values["name"] = name = self._name(cells, notes)
        kind = values["id_type"] = self._id_type(cells, notes)
        values["id_no"] = number = self._id(cells, notes, kind)
        if self._births or self._genders:
            self._check_person(cells, notes, number, values)
        days = self._read_days(cells, notes)
        values |= days
        for field, reader in self._texts:
            values[field] = reader(cells, notes)
        values["region"] = self._joined(cells, notes, self._regions, "")
        values["warning"] = self._joined(cells, notes, self._warnings, "；")
        if (count := self._days_overdue(cells, notes)) is not None:
            values["overdue_days"] = count
        if self._with_accounts:
            values["accounts"] = self._accounts.read(cells, notes, days)
        else:
            values["shared"] = self._accounts.read_shared(cells, notes, days)
        values["contacts"] = self._people.read(cells, notes, name)
        return {field: value for field, value in values.items() if value or value == 0}

    def _case_no(self, cells: list[str], notes: Notes) -> str:
        column, text = first_filled(cells, self._numbers, notes)
        text = fold(text)
        if not text:
            notes.note("required_missing", column)
        elif has_lost_precision(text):
            notes.note("lost_precision", column)
        elif len(text) > FIELDS["case.no"].longest:
            notes.note("too_long", column, most=FIELDS["case.no"].longest)
        else:
            return text
        return ""

    def _name(self, cells: list[str], notes: Notes) -> str:
        column, text = first_filled(cells, self._names, notes)
        name = read_name(text)
        if not name:
            notes.note("required_missing", column, "debtor.name")
        elif len(name) > FIELDS["debtor.name"].longest:
            notes.note("too_long", column, most=FIELDS["debtor.name"].longest)
            return ""
        return name

    def _id(self, cells: list[str], notes: Notes, kind: str) -> str:
        column, text = first_filled(cells, self._ids, notes)
        number = plain(text)
        if not number:
            notes.note("required_missing", column, "debtor.id_no")
        elif has_lost_precision(text):
            notes.note("lost_precision", column)
            return ""
        elif fault := document_fault(number, kind, today=self.today):
            notes.note(_ID_FAULTS[fault], column)
        return number

    def _check_person(self, cells: list[str], notes: Notes, number: str, values: dict[str, Any]) -> None:
        """Birthday, age and gender beside what the ID number says of them; taken where the number says nothing."""
        is_resident = not resident_id_fault(number, today=self.today)
        for column in self._births:
            if text := cells[column.index]:
                born, age = read_date(text), read_number(text)
                if is_resident and not self._is_born(birth_date(number), born, age):
                    notes.note("birth_differs", column)
                elif born and not is_resident:
                    values["born_on"] = born.isoformat()
        for column in self._genders:
            if said := read_gender(cells[column.index]):
                if is_resident and said != gender(number):
                    notes.note("gender_differs", column)
                elif not is_resident:
                    values["gender"] = said

    def _is_born(self, birthday: date, said: date | None, age: int | None) -> bool:
        """An age may count from birth or from the new year, and be a year old; 1990-01 and the like say nothing here."""
        if said:
            return said == birthday
        return age is None or age > 150 or -1 <= age - (self.today.year - birthday.year) <= 1 or age - (self.today.year - birthday.year) == -2

    # --- values ----------------------------------------------------------------------------------------------------------------

    def _read_days(self, cells: list[str], notes: Notes) -> dict[str, str]:
        days: dict[str, date] = {}
        columns: dict[str, Column] = {}
        for name, own in self._days:
            column, text = first_filled(cells, own, notes)
            if not text:
                continue
            if text in _NO_DAY:
                notes.keep(column, text)
            elif day := read_date(text):
                days[name], columns[name] = day, column
            else:
                notes.note("date_form", column)
        self._check_order(days, columns, notes)
        return {name: day.isoformat() for name, day in days.items()}

    def _check_order(self, days: dict[str, date], columns: dict[str, Column], notes: Notes) -> None:
        placed = days.get("placed_on")
        if placed and "due_back_on" in days and days["due_back_on"] < placed:
            notes.note("date_order", columns["due_back_on"])
        if placed and "overdue_since" in days and days["overdue_since"] > placed:
            notes.note("overdue_later", columns["overdue_since"])
            return
        for name in _PAST_DAYS:
            if name in days and days[name] > self.today:
                notes.note("date_future", columns[name])

    def _joined(self, cells: list[str], notes: Notes, columns: tuple[Column, ...], mark: str) -> str:
        texts = [text for column in columns if (text := cells[column.index])]
        if not texts:
            return ""
        return notes.cut(columns[0], mark.join(dict.fromkeys(texts)), FIELDS[columns[0].field].longest)

    def _days_overdue(self, cells: list[str], notes: Notes) -> int | None:
        column, text = first_filled(cells, self._overdue_days, notes)
        if not text:
            return None
        number = read_number(text)
        if number is None or number > MOST_DAYS_OVERDUE or text.startswith("-"):
            notes.note("number_form", column)
            notes.keep(column, text)
            return None
        return number

    # --- sheets that belong to another -----------------------------------------------------------------------------------------

    def _compile_contacts(self) -> None:
        self._columns.of(self.join)
        self._people = PeopleReader(self._columns, with_debtor=False)

    def _read_contacts(self, cells: list[str], notes: Notes) -> dict[str, Any]:
        return {"join": self._join(cells, notes), "contacts": self._people.read(cells, notes, "")}

    def _compile_accounts(self) -> None:
        columns = self._columns
        columns.of(self.join)
        self._days = [(name, columns.of(target)) for name, target in _DAYS.items() if target in columns and name in _PAST_DAYS]
        self._accounts = AccountReader(columns, self.number_field)

    def _read_accounts(self, cells: list[str], notes: Notes) -> dict[str, Any]:
        accounts = self._accounts.read(cells, notes, self._read_days(cells, notes))
        # The case's other accounts stand in other rows.
        notes.found[:] = [found for found in notes.found if found.code != "foreign_only"]
        return {"join": self._join(cells, notes), "accounts": accounts}

    def _join(self, cells: list[str], notes: Notes) -> dict[str, str]:
        value = self.join_value(cells)
        if not value:
            column = next(iter(self.by_field.get(self.join, ())), None)
            is_lost = column is not None and has_lost_precision(cells[column.index])
            notes.note("lost_precision" if is_lost else "join_missing", column, self.join)
        return {"field": self.join, "value": value}
