"""The people of a row: the debtor, the employer, the contacts in the order of their columns."""

from typing import Any

from cases.choices import AddressKind, Relation
from cases.rules.cells import Columns, Notes, first_filled, text_reader
from cases.rules.fields import ADDRESSES, CONTACT_FIELDS, KEEP, SLOT_RELATIONS, SLOTS
from cases.rules.headers import Column
from cases.rules.people import read_relation
from cases.rules.values import has_lost_precision, read_name, read_phones

_SELF, _EMPLOYER, _HOME = Relation.SELF.value, Relation.EMPLOYER.value, AddressKind.HOME.value


class PhoneReader:
    """All numbers of some columns, each once. Words beside a number, and what is no number, are kept as they stand."""

    def __init__(self, columns: Columns, *targets: str) -> None:
        self.columns = tuple(column for target in targets for column in columns.of(target))

    def read(self, cells: list[str], notes: Notes) -> list[list[str]]:
        phones: dict[str, list[str]] = {}
        for column in self.columns:
            if not (text := cells[column.index]):
                continue
            good, wrong, words = read_phones(text)
            for phone in good:
                phones.setdefault(phone[0], list(phone))
            if wrong:
                notes.note("lost_precision" if has_lost_precision(text) else "phone_form", column)
            if wrong or words or not good:
                notes.keep(column, text)
        return list(phones.values())


class AddressReader:
    """Addresses as [kind, text, postcode]; a postcode that is none is kept."""

    def __init__(self, columns: Columns, relation: Relation) -> None:
        places = [(kind.value, target, code) for target, (whose, kind, code) in ADDRESSES.items() if whose == relation]
        self.places = [(kind, columns.of(target), columns.of(code)) for kind, target, code in places]
        self.places = [place for place in self.places if place[1] or place[2]]

    def read(self, cells: list[str], notes: Notes) -> list[list[str]]:
        found = []
        for kind, columns, codes in self.places:
            code = self._postcode(cells, notes, codes) if codes else ""
            texts = [text for column in columns if (text := cells[column.index])]
            if code and not texts:
                notes.keep(codes[0], code)
            found += [[kind, text, code] for text in texts]
        return found

    def _postcode(self, cells: list[str], notes: Notes, codes: tuple[Column, ...]) -> str:
        column, text = first_filled(cells, codes, notes)
        if text.isascii() and text.isdigit() and len(text) <= 6:
            return text
        if text:
            notes.keep(column, text)
        return ""


class ContactReader:
    """One contact of a row, from the columns of its slot."""

    def __init__(self, columns: Columns, slot: int) -> None:
        own = f"contact.{slot}"
        self.name = text_reader(columns, f"{own}.name")
        self.relation = text_reader(columns, f"{own}.relation")
        self.phones = PhoneReader(columns, f"{own}.mobile", f"{own}.home_tel", f"{own}.work_tel")
        self.addresses = columns.of(f"{own}.address")
        self.texts = (*columns.by_field.get(f"{own}.relation", ()), *self.addresses)
        self.default = SLOT_RELATIONS.get(slot, "")

    def read(self, cells: list[str], notes: Notes) -> dict[str, Any] | None:
        """None without a name and a number: what the other columns say is kept."""
        name, phones = read_name(self.name(cells, notes))[: CONTACT_FIELDS["name"].longest], self.phones.read(cells, notes)
        if not name and not phones:
            for column in self.texts:
                notes.keep(column, cells[column.index])
            return None
        said = self.relation(cells, notes) or self.default
        addresses = [[_HOME, text, ""] for column in self.addresses if (text := cells[column.index])]
        return {"relation": read_relation(said).value, "said": said, "name": name, "phones": phones, "addresses": addresses}


class PeopleReader:
    """Reads all contacts of a row."""

    def __init__(self, columns: Columns, *, with_debtor: bool = True) -> None:
        self.with_debtor = with_debtor
        parts = [part for part, field in CONTACT_FIELDS.items() if field.kind != KEEP]
        slots = [slot for slot in SLOTS if any(f"contact.{slot}.{part}" in columns for part in parts)]
        if with_debtor:
            self.phones = PhoneReader(columns, "debtor.mobile", "debtor.home_tel")
            self.addresses = AddressReader(columns, Relation.SELF)
            self.employer = text_reader(columns, "debtor.employer")
            self.work_phones = PhoneReader(columns, "debtor.work_tel")
            self.work_addresses = AddressReader(columns, Relation.EMPLOYER)
        self.contacts = [ContactReader(columns, slot) for slot in slots]

    def read(self, cells: list[str], notes: Notes, name: str) -> list[dict[str, Any]]:
        people = self._debtor(cells, notes, name) if self.with_debtor else []
        people += [contact for reader in self.contacts if (contact := reader.read(cells, notes))]
        return people

    def _debtor(self, cells: list[str], notes: Notes, name: str) -> list[dict[str, Any]]:
        people = [{"relation": _SELF, "name": name, "phones": self.phones.read(cells, notes), "addresses": self.addresses.read(cells, notes)}]
        employer, phones, addresses = self.employer(cells, notes), self.work_phones.read(cells, notes), self.work_addresses.read(cells, notes)
        if employer or phones or addresses:
            people.append({"relation": _EMPLOYER, "name": employer, "phones": phones, "addresses": addresses})
        return people
