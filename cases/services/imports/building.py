"""What checked rows become: plain tuples, in the order of the fields that are named beside them. Nothing here touches the database.

A case or a contact has no id yet: its children name it by its place in the batch. Amounts and days stay the texts that the check wrote.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast

from cases.choices import LegalClass, Relation, Source
from cases.models import Placement, StagedRow
from cases.rules.fields import FIELDS
from cases.rules.people import search_form
from cases.services.imports.keys import id_key
from cases.wording import field_label
from collection.lib.crypto import blind_index
from collection.lib.identity import birth_date, gender, resident_id_fault

_MONEY = ("amount", "principal", "interest", "fees", "minimum_payment", "credit_limit", "last_paid_amount")
_DAYS = ("opened_on", "overdue_since", "last_paid_on")
_SAID_ONCE = {"stage": "overdue.stage", "product": "product", "region": "debtor.region", "due_back_on": "recall.date", "placed_on": "placement.date"}
LONGEST_WARNING = FIELDS["warning"].longest

DEBTOR = ("id", "name", "name_pinyin", "id_no", "id_index", "id_last4", "gender", "born_on")
CASE = (
    "id", "debtor_id", "placement_id", "client_id", "case_no", "placed_on", "due_back_on", "amount", "balance", "balance_on", "stage", "overdue_days",
    "product", "region", "warning", "account_count", "extra", "created_at",
)  # fmt: skip
ACCOUNT = ("case_id", "card_no", "card_index", "card_last4", "account_no", "currency", "bill_day", *_MONEY, *_DAYS)
CONTACT = ("id", "case_id", "relation", "relation_text", "name", "legal_class", "source", "created_at")
PHONE = ("contact_id", "number", "number_index", "number_last4", "extension", "kind", "source")
ADDRESS = ("contact_id", "text", "kind", "postcode", "source")


# What is fetched of a staged row; its values stay sealed until the batch is built.
SEALED = ("sheet", "case_no", "id_index", "amount", Cast("values", TextField()))
_VALUES = StagedRow._meta.get_field("values")


class Fetched(NamedTuple):
    """All rows of some cases, a case's own first, and {index: id} of the debtors among them whom we know."""

    rows: list[tuple[str, str, str, Decimal, str]]
    known: dict[str, int]


class CheckedRow(NamedTuple):
    """One row of the file as the check left it; `values` is what cases.rules.rows.RowReader read."""

    case_no: str
    id_index: str
    amount: Decimal
    values: dict[str, Any]


@dataclass
class Batch:
    """Rows of the tables, without their own id and (but for debtors) without the id of what they belong to, which stands before them."""

    known: dict[str, int]
    amount: Decimal = Decimal(0)
    # Everybody else, once, by the ID number's index.
    debtors: dict[str, tuple] = field(default_factory=dict)
    # (index of the debtor, case)
    cases: list[tuple[str, tuple]] = field(default_factory=list)
    # (place of the case, account or contact)
    accounts: list[tuple[int, tuple]] = field(default_factory=list)
    contacts: list[tuple[int, tuple]] = field(default_factory=list)
    # (place of the contact, phone or address)
    phones: list[tuple[int, tuple]] = field(default_factory=list)
    addresses: list[tuple[int, tuple]] = field(default_factory=list)

    def names(self) -> Iterable[tuple[str, str]]:
        """Number and amount of each case, for the trail."""
        number, amount = CASE.index("case_no") - 2, CASE.index("amount") - 2
        return ((case[number], str(case[amount])) for _index, case in self.cases)


def build(fetched: Fetched, placement: Placement, now: datetime, today: date) -> Batch:
    batch = Batch(fetched.known)
    for place, group in enumerate(_groups(fetched)):
        index = group[0].id_index
        if index not in batch.known and index not in batch.debtors:
            batch.debtors[index] = _debtor(group[0], today)
        batch.cases.append((index, _case(group, placement, now)))
        batch.amount += sum(row.amount for row in group)
        batch.accounts += [(place, _account(item)) for item in _accounts(group)]
        for person in _people(group):
            _add_contact(batch, place, person, now)
    return batch


def _groups(fetched: Fetched) -> Iterable[list[CheckedRow]]:
    """The rows of each case; a row that names a person instead of a case belongs to all cases of that person."""
    groups: dict[str, list[CheckedRow]] = {}
    of_person: dict[str, list[CheckedRow]] = {}
    for _sheet, case_no, id_index, amount, sealed in fetched.rows:
        row = CheckedRow(case_no, id_index, amount, _VALUES.from_db_value(sealed, None, None))
        if case_no:
            groups.setdefault(case_no, []).append(row)
        else:
            of_person.setdefault(id_index, []).append(row)
    for group in groups.values():
        group += of_person.get(group[0].id_index, ())
    return groups.values()


def _debtor(row: CheckedRow, today: date) -> tuple:
    id_no, name = row.values["id_no"], row.values["name"]
    is_resident = not resident_id_fault(id_no, today=today)
    # Of other documents, the file itself may have said it.
    said = (row.values.get("born_on"), row.values.get("gender", ""))
    born_on, sex = (birth_date(id_no), gender(id_key(id_no))) if is_resident else said
    return name, search_form(name), id_no, row.id_index, id_no[-4:], sex, born_on


def _case(group: Sequence[CheckedRow], placement: Placement, now: datetime) -> tuple:
    first = group[0].values
    placed_on = first.get("placed_on") or placement.placed_on
    amount = sum((row.amount for row in group), Decimal(0))
    differing, warning = _differing(group), "；".join(_distinct(group, "warning"))
    if len(warning) > LONGEST_WARNING:
        differing[field_label("warning")] = warning
    overdue = [row.values["overdue_days"] for row in group if row.values.get("overdue_days") is not None]
    return (
        placement.pk,
        placement.client_id,
        group[0].case_no,
        placed_on,
        first.get("due_back_on") or placement.due_back_on,
        amount,
        amount,
        placed_on,
        first.get("stage", ""),
        max(overdue, default=None),
        first.get("product", ""),
        first.get("region", ""),
        warning[:LONGEST_WARNING],
        len(_accounts(group)),
        _merged([row.values.get("extra", {}) for row in group]) | differing,
        now,
    )


def _distinct(group: Sequence[CheckedRow], name: str) -> list[str]:
    return list(dict.fromkeys(row.values[name] for row in group if row.values.get(name)))


def _differing(group: Sequence[CheckedRow]) -> dict[str, str]:
    """What the rows of a case say differently: the case takes the first one's, and all of it is kept."""
    said = {target: _distinct(group, name) for name, target in _SAID_ONCE.items()} if len(group) > 1 else {}
    return {field_label(target): " / ".join(texts) for target, texts in said.items() if len(texts) > 1}


def _merged(extras: Sequence[dict[str, str]]) -> dict[str, str]:
    """The columns without a place of their own, of all rows of a case: different texts side by side."""
    if len(extras) == 1:
        return extras[0]
    merged: dict[str, list[str]] = {}
    for extra in extras:
        for header, text in extra.items():
            merged.setdefault(header, [])
            if text not in merged[header]:
                merged[header].append(text)
    return {header: " / ".join(texts) for header, texts in merged.items()}


def _accounts(group: Sequence[CheckedRow]) -> list[dict[str, Any]]:
    """Those of the sheets that bring accounts, with what the case's own row says of all of them; without such a sheet, the rows' own."""
    joined = [item for row in group if "id_no" not in row.values for item in row.values.get("accounts", ())]
    if joined:
        return [group[0].values.get("shared", {}) | item for item in joined]
    return [item for row in group for item in row.values.get("accounts", ())]


def _account(item: dict[str, Any]) -> tuple:
    card, said = item.get("card_no", ""), item.get
    numbers = (card, blind_index("card", card), card[-4:], said("account_no", ""), item["currency"], said("bill_day"))
    return numbers + tuple(map(said, _MONEY)) + tuple(map(said, _DAYS))


def _people(group: Sequence[CheckedRow]) -> Iterable[dict[str, Any]]:
    """The contacts of a case's rows, each once (same relation and name), with all their numbers and addresses, each once."""
    people: dict[tuple[str, str], dict[str, Any]] = {}
    for item in (item for row in group for item in row.values.get("contacts", ())):
        relation, name = item["relation"], item["name"]
        key = (relation, "" if relation == Relation.SELF else name)
        person = people.setdefault(key, {"relation": relation, "name": name, "said": item.get("said", ""), "phones": {}, "addresses": []})
        for number, extension, kind in item["phones"]:
            person["phones"].setdefault(number, (extension, kind))
        person["addresses"] += [address for address in item["addresses"] if address not in person["addresses"]]
    return people.values()


def _add_contact(batch: Batch, case: int, person: dict[str, Any], now: datetime) -> None:
    place, relation = len(batch.contacts), person["relation"]
    legal_class = LegalClass.DEBTOR if relation == Relation.SELF else LegalClass.UNRELATED
    batch.contacts.append((case, (relation, person["said"], person["name"], legal_class, Source.CLIENT_FILE, now)))
    for number, (extension, kind) in person["phones"].items():
        batch.phones.append((place, (number, blind_index("phone", number), number[-4:], extension, kind, Source.CLIENT_FILE)))
    batch.addresses += [(place, (text, kind, postcode, Source.CLIENT_FILE)) for kind, text, postcode in person["addresses"]]
