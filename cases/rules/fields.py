"""The canonical fields of a bank's file: what kind of value each holds, and in which kinds of file it may be used. Headers are in data/*headers.csv."""

from dataclasses import dataclass

from cases.choices import AddressKind, FileKind, Relation

# Kinds of value.
TEXT, NAME, ID, CARD, AMOUNT, DATE, MOMENT, NUMBER, PHONES, ADDRESS, CURRENCY, YES_NO, KEEP = (
    "text", "name", "id", "card", "amount", "date", "moment", "number", "phones", "address", "currency", "yes_no", "keep",
)  # fmt: skip

# Kinds of file.
_ANY = frozenset(FileKind)
_NEW = frozenset({FileKind.PLACEMENT})
_MONEY = frozenset({FileKind.PLACEMENT, FileKind.BALANCE})
_PEOPLE = frozenset({FileKind.PLACEMENT, FileKind.CONTACT})


@dataclass(frozen=True)
class Field:
    """`many`: several columns may hold it (they are joined or added up). `longest` is what its column in the database takes.

    `files` are the kinds of file in which the field has a meaning.
    """

    kind: str
    many: bool = False
    longest: int = 0
    files: frozenset[str] = _ANY

    def serves(self, kind: str) -> bool:
        return kind in self.files


FIELDS: dict[str, Field] = {
    "case.no": Field(TEXT, longest=60),
    "debtor.name": Field(NAME, longest=100),
    "debtor.id_no": Field(ID),
    "debtor.id_type": Field(TEXT, longest=40),
    "amount.placed": Field(AMOUNT, files=_NEW),
    "amount.total_owed": Field(AMOUNT, files=_NEW),
    "amount.by_currency": Field(AMOUNT, files=_NEW),
    "amount.overdue": Field(AMOUNT, files=_MONEY),
    "amount.principal": Field(AMOUNT, files=_MONEY),
    "amount.interest": Field(AMOUNT, files=_MONEY),
    "amount.penalty_fee": Field(AMOUNT, many=True, files=_MONEY),
    "amount.min_payment": Field(AMOUNT, files=_NEW),
    "amount.limit": Field(AMOUNT, files=_NEW),
    "account.currency": Field(CURRENCY, files=_MONEY | {FileKind.PAYMENT}),
    "account.no": Field(TEXT, longest=40),
    "card.no": Field(CARD),
    "card.open_date": Field(DATE, files=_NEW),
    "contract.no": Field(TEXT, longest=60),
    "placement.date": Field(DATE),
    "recall.date": Field(DATE, files=_NEW),
    "overdue.date": Field(DATE, files=_NEW),
    "overdue.days": Field(NUMBER, files=_NEW),
    "overdue.stage": Field(TEXT, longest=10, files=_MONEY),
    "last_payment.date": Field(DATE, files=_NEW),
    "last_payment.amount": Field(AMOUNT, files=_NEW),
    "bill.day": Field(NUMBER, files=_NEW),
    "product": Field(TEXT, longest=60, files=_NEW),
    "warning": Field(TEXT, many=True, longest=300, files=frozenset({FileKind.PLACEMENT, FileKind.WARNING})),
    "batch.no": Field(TEXT, longest=60),
    "debtor.region": Field(TEXT, many=True, longest=60, files=_NEW),
    "debtor.mobile": Field(PHONES, many=True, files=_PEOPLE),
    "debtor.home_tel": Field(PHONES, many=True, files=_PEOPLE),
    "debtor.home_addr": Field(ADDRESS, many=True, files=_PEOPLE),
    "debtor.home_postcode": Field(TEXT, longest=6, files=_PEOPLE),
    "debtor.huji_addr": Field(ADDRESS, many=True, files=_PEOPLE),
    "debtor.huji_postcode": Field(TEXT, longest=6, files=_PEOPLE),
    "debtor.bill_addr": Field(ADDRESS, many=True, files=_PEOPLE),
    "debtor.bill_postcode": Field(TEXT, longest=6, files=_PEOPLE),
    "debtor.employer": Field(TEXT, longest=100, files=_PEOPLE),
    "debtor.employer_addr": Field(ADDRESS, many=True, files=_PEOPLE),
    "debtor.employer_postcode": Field(TEXT, longest=6, files=_PEOPLE),
    "debtor.work_tel": Field(PHONES, many=True, files=_PEOPLE),
    # What the other files say of cases that are there already.
    "balance.new_amount": Field(AMOUNT, files=frozenset({FileKind.BALANCE, FileKind.PAYMENT})),
    "balance.date": Field(DATE, files=frozenset({FileKind.BALANCE})),
    "payment.amount": Field(AMOUNT, files=frozenset({FileKind.PAYMENT})),
    "payment.date": Field(DATE, files=frozenset({FileKind.PAYMENT})),
    "payment.method": Field(TEXT, longest=40, files=frozenset({FileKind.PAYMENT})),
    "payment.payer": Field(NAME, longest=100, files=frozenset({FileKind.PAYMENT})),
    "payment.is_settled": Field(YES_NO, files=frozenset({FileKind.PAYMENT})),
    "recall.action": Field(TEXT, longest=40, files=frozenset({FileKind.RECALL})),
    "recall.reason": Field(TEXT, many=True, longest=300, files=frozenset({FileKind.RECALL})),
    "recall.on": Field(DATE, files=frozenset({FileKind.RECALL})),
    "retention.until": Field(DATE, files=frozenset({FileKind.RETENTION})),
    "record.at": Field(MOMENT, files=frozenset({FileKind.RECORD})),
    "record.text": Field(TEXT, many=True, longest=2000, files=frozenset({FileKind.RECORD})),
    "record.person": Field(TEXT, longest=60, files=frozenset({FileKind.RECORD})),
    "record.result": Field(TEXT, longest=60, files=frozenset({FileKind.RECORD})),
    # Known, but without a place of their own: kept with the case under the file's header.
    **{
        name: Field(KEEP, many=True)
        for name in (
            "debtor.home_addr_part", "debtor.birthday", "debtor.gender", "debtor.position", "debtor.email_im", "debtor.customer_no", "debtor.social_security",
            "account.name_bank", "repay.account", "card.last4", "card.type", "card.open_stop_date", "amount.settle", "amount.deposit", "amount.other",
            "amount.commission_fee", "amount.with_commission", "overdue.class", "paid.total", "instalment", "loan.amount", "loan.date",
            "client", "collector", "commission", "history", "remark", "loan.goods", "overdue.count", "ended.date",
        )
    },
}  # fmt: skip

# Contacts come in numbered groups of columns; from 7 on the header itself says who it is. A slot keeps its number: templates remember it.
NUMBERED = range(1, 7)
SLOT_RELATIONS: dict[int, str] = {
    7: "配偶", 8: "直系亲属", 9: "担保人", 10: "共借人", 11: "亲戚", 12: "住房房东", 13: "铺面房东", 14: "紧急联系人", 15: "家庭联系人", 16: "工作联系人", 17: "其他联系人",
    18: "亲属", 19: "父亲", 20: "母亲", 21: "子女", 22: "朋友", 23: "同事",
}  # fmt: skip
# The second and third of those that come more than once: {(slot, number): slot}.
FURTHER = {(14, 2): 24, (14, 3): 25, (9, 2): 26, (9, 3): 27, (10, 2): 28, (8, 2): 29, (18, 2): 30, (22, 2): 31, (23, 2): 32}
SLOT_RELATIONS |= {slot: SLOT_RELATIONS[first] for (first, _number), slot in FURTHER.items()}
SLOTS = (*NUMBERED, *SLOT_RELATIONS)
CONTACT_FIELDS: dict[str, Field] = {
    "name": Field(TEXT, longest=100, files=_PEOPLE),
    "relation": Field(TEXT, longest=40, files=_PEOPLE),
    "mobile": Field(PHONES, many=True, files=_PEOPLE),
    "home_tel": Field(PHONES, many=True, files=_PEOPLE),
    "work_tel": Field(PHONES, many=True, files=_PEOPLE),
    "address": Field(ADDRESS, many=True, files=_PEOPLE),
    "employer": Field(KEEP, many=True),
    "id": Field(KEEP, many=True),
}
FIELDS |= {f"contact.{slot}.{name}": field for slot in SLOTS for name, field in CONTACT_FIELDS.items()}

# The first of these that the file has is what the bank places.
AMOUNTS = ("amount.placed", "amount.total_owed", "amount.by_currency", "amount.overdue")
# Where the debtor's own addresses go.
ADDRESSES = {
    "debtor.home_addr": (Relation.SELF, AddressKind.HOME, "debtor.home_postcode"),
    "debtor.huji_addr": (Relation.SELF, AddressKind.REGISTERED, "debtor.huji_postcode"),
    "debtor.bill_addr": (Relation.SELF, AddressKind.BILLING, "debtor.bill_postcode"),
    "debtor.employer_addr": (Relation.EMPLOYER, AddressKind.WORK, "debtor.employer_postcode"),
}
PHONES_OF = {"debtor.mobile": Relation.SELF, "debtor.home_tel": Relation.SELF, "debtor.work_tel": Relation.EMPLOYER}


# What a placement's headers mean in a file of another kind.
MEANS_THERE: dict[str, dict[str, str]] = {
    FileKind.BALANCE: {"amount.total_owed": "balance.new_amount", "amount.by_currency": "balance.new_amount"},
    FileKind.PAYMENT: {"amount.total_owed": "balance.new_amount"},
    FileKind.RECALL: {"recall.date": "recall.on", "remark": "recall.reason"},
    FileKind.RETENTION: {"recall.date": "retention.until"},
    FileKind.RECORD: {"history": "record.text", "collector": "record.person"},
}

# What a file of the other kinds must say beside the case that it speaks of; of several names one is enough, the first is asked for.
_SAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    FileKind.BALANCE: (("balance.new_amount", "amount.principal", "amount.interest", "amount.penalty_fee", "amount.overdue"),),
    FileKind.PAYMENT: (("payment.amount",), ("payment.date",)),
    FileKind.RECALL: (),
    FileKind.RETENTION: (("retention.until",),),
    FileKind.WARNING: (("warning",),),
    FileKind.RECORD: (("record.text",), ("record.at",)),
    FileKind.CONTACT: (("debtor.mobile", *(name for name, field in FIELDS.items() if field.kind in (PHONES, ADDRESS))),),
}


def names_the_case(fields: set[str]) -> bool:
    """By its number (a contract's number serves as one), or by the card and the day on which it was placed."""
    return bool(fields & {"case.no", "contract.no"}) or {"card.no", "placement.date"} <= fields


def missing_fields(fields: set[str], kind: str = FileKind.PLACEMENT, *, has_accounts: bool = False) -> list[str]:
    """What a file of this kind lacks to be importable; `has_accounts`: a joined sheet brings the amounts.

    A placement needs a case number (or card and placement date, or contract), the debtor's name, ID number, and an amount; the others the case and what they say of it.
    A recall without an action is complete: whoever imports it says what it does.
    """
    missing = [] if names_the_case(fields) else ["case.no"]
    if kind != FileKind.PLACEMENT:
        return missing + [names[0] for names in _SAYS[kind] if not fields & set(names)]
    missing += [name for name in ("debtor.name", "debtor.id_no") if name not in fields]
    return missing if has_accounts or fields & set(AMOUNTS) else [*missing, "amount.placed"]
