"""What a case has many of: accounts, contacts with their numbers and addresses, the debtor's other cases, call records. One query each."""

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import BigAutoField, FilteredRelation, Q, QuerySet

from assignment.selectors import cases_visible_in
from calls.models import ContactRecord, Promise
from calls.rules import STEPS
from calls.selectors import records_of
from cases.choices import STEP_OF_RELATION
from cases.models import Address, Case, CaseAccount, Contact, Phone
from collection.lib.prepared import Given, Prepared
from staff.models import User
from workbench.selectors.asking import PERSON

SHOWN = 50
OF_CASE = Given("case", BigAutoField())

ACCOUNTS = Prepared(lambda: CaseAccount.objects.filter(case=OF_CASE).order_by("pk"))


def accounts_of(case: Case) -> list[CaseAccount]:
    return ACCOUNTS.rows(case=case.pk)


@dataclass
class People:
    """The contacts in the order of the calls (A3.2), and the phones and addresses of all of them."""

    contacts: list[Contact]
    phones: list[Phone]
    addresses: list[Address]


# Each of a contact's numbers beside each of its addresses: they are few, and one question is cheaper than three.
PEOPLE = Prepared(
    lambda: (
        Contact.objects.filter(case=OF_CASE)
        .annotate(number=FilteredRelation("phones"), place=FilteredRelation("addresses"))
        .select_related("number", "place")
        .order_by("pk", "number__pk", "place__pk")
    )
)


def people_of(case: Case) -> People:
    contacts, phones, addresses = {}, {}, {}
    for row in PEOPLE.rows(case=case.pk):
        contact = contacts.setdefault(row.pk, row)
        # Who has no number has no such attribute.
        phone, address = getattr(row, "number", None), getattr(row, "place", None)
        if phone and phone.pk not in phones:
            phone.contact = contact
            phones[phone.pk] = phone
        if address and address.pk not in addresses:
            addresses[address.pk] = address
    order = {step: place for place, step in enumerate(STEPS)}
    place = {pk: (order[STEP_OF_RELATION[contact.relation]], pk) for pk, contact in contacts.items()}
    return People(
        contacts=sorted(contacts.values(), key=lambda contact: place[contact.pk]),
        phones=sorted(phones.values(), key=lambda phone: (place[phone.contact_id], phone.pk)),
        addresses=sorted(addresses.values(), key=lambda address: address.pk),
    )


def other_cases_of(case: Case, user: User) -> list[Case]:
    """The same debtor's other cases, as far as this person may see them."""
    return _others_for(frozenset(user.roles)).rows(person=user.pk, case=case.pk, debtor=case.debtor_id)


@lru_cache(maxsize=100)
def _others_for(roles: frozenset[str]) -> Prepared:
    def others() -> QuerySet[Case]:
        seen = cases_visible_in(roles, PERSON).filter(debtor=Given("debtor", BigAutoField())).exclude(pk=OF_CASE)
        return seen.select_related("client").defer("extra").order_by("-placed_on", "pk")

    return Prepared(others)


@dataclass
class Records:
    """The latest call records, the latest first, and the latest promise, open or not."""

    shown: list[ContactRecord]
    promise: Promise | None


def _records() -> QuerySet[ContactRecord]:
    latest = records_of(OF_CASE).values("pk")[:SHOWN]
    promised = Promise.objects.filter(case=OF_CASE).order_by("-pk").values("record")[:1]
    return records_of(OF_CASE).filter(Q(pk__in=latest) | Q(pk__in=promised))


RECORDS = Prepared(_records)


def records_and_promise_of(case: Case) -> Records:
    """The promise may have been made in an older call than those shown."""
    rows = RECORDS.rows(case=case.pk)
    promises = [row.promise for row in rows if hasattr(row, "promise")]
    return Records(shown=rows[:SHOWN], promise=max(promises, key=lambda promise: promise.pk, default=None))
