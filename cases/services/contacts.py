"""People, numbers and addresses that a bank sends later: what is new is added, what is there stays as it is."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Prefetch

from cases.choices import AddressKind, LegalClass, Relation, Source
from cases.models import Address, Case, Contact, Phone
from cases.services.books import AT_ONCE, Book, Origin, Place, Planned, Values
from collection.lib.crypto import blind_index
from collection.lib.masking import mask_address, mask_phone


class Person:
    """A contact of a case, with what is known of how to reach it, new or not."""

    def __init__(self, contact: Contact, numbers: set[str], addresses: set[str]) -> None:
        self.contact, self.numbers, self.addresses = contact, numbers, addresses

    def is_meant(self, item: dict[str, Any]) -> bool:
        """The debtor by the relation, somebody else by relation and name; a nameless employer is the one that the case has."""
        if self.contact.relation != item["relation"]:
            return False
        return item["relation"] == Relation.SELF or self.contact.name == item["name"] or (item["relation"] == Relation.EMPLOYER and not item["name"])


class ContactBook(Book):
    """Contact updates: new people, phones and addresses, with the bank's file as their source."""

    action = "case.contacts_added"
    fields = ()

    def __init__(self, cases: Sequence[Case], *, today: date) -> None:
        super().__init__(cases, today=today)
        self.people: dict[int, list[Person]] = {case.pk: [] for case in cases}
        phones = Prefetch("phones", queryset=Phone.objects.only("contact_id", "number_index"))
        for contact in Contact.objects.filter(case__in=cases).prefetch_related(phones, "addresses").order_by("pk"):
            numbers = {phone.number_index for phone in contact.phones.all()}
            self.people[contact.case_id].append(Person(contact, numbers, {address.text for address in contact.addresses.all()}))
        self.contacts: list[Contact] = []
        self.phones: list[Phone] = []
        self.addresses: list[Address] = []

    def plan_line(self, case: Case, values: Values, place: Place, planned: Planned) -> None:
        for item in values["contacts"]:
            self._add(case, item, planned)
        if planned.changes:
            self.note(case, "added", None, sorted({name for name, _before, _after in planned.changes}))
        else:
            planned.find("contact_known")

    def _add(self, case: Case, item: dict[str, Any], planned: Planned) -> None:
        person = next((person for person in self.people[case.pk] if person.is_meant(item)), None)
        who = " ".join(part for part in (item.get("said", ""), item["name"]) if part) or str(Relation(item["relation"]).label)
        if person is None:
            person = Person(self._contact(case, item), set(), set())
            self.people[case.pk].append(person)
            self.contacts.append(person.contact)
            planned.change("contact", "", who)
        for number, extension, kind in item["phones"]:
            index = blind_index("phone", number)
            if index not in person.numbers:
                person.numbers.add(index)
                about = {"number_index": index, "number_last4": number[-4:], "extension": extension, "kind": kind, "source": Source.CLIENT_FILE}
                self.phones.append(Phone(contact=person.contact, number=number, **about))
                planned.change("phone", "", f"{who} {mask_phone(number)}")
        for kind, text, postcode in item["addresses"]:
            if text not in person.addresses:
                person.addresses.add(text)
                self.addresses.append(Address(contact=person.contact, text=text, kind=AddressKind(kind), postcode=postcode, source=Source.CLIENT_FILE))
                planned.change("address", "", f"{who} {mask_address(text)}")

    def _contact(self, case: Case, item: dict[str, Any]) -> Contact:
        is_debtor = item["relation"] == Relation.SELF
        return Contact(
            case=case,
            relation=item["relation"],
            relation_text=item.get("said", ""),
            name=item["name"],
            legal_class=LegalClass.DEBTOR if is_debtor else LegalClass.UNRELATED,
            source=Source.CLIENT_FILE,
        )

    def save(self, origin: Origin) -> list[Case]:
        for contact in self.contacts:
            contact.created_at = origin.now
        Contact.objects.bulk_create(self.contacts, batch_size=AT_ONCE)
        # Somebody else may have added the same number a moment ago.
        Phone.objects.bulk_create(self.phones, batch_size=AT_ONCE, ignore_conflicts=True)
        Address.objects.bulk_create(self.addresses, batch_size=AT_ONCE)
        return self.save_cases(origin)
