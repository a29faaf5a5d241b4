"""The canonical fields of a placement file: what kind of value each holds, and where it ends up. Headers are in data/headers.csv."""

from dataclasses import dataclass

from cases.choices import AddressKind, Relation

# Kinds of value.
TEXT, NAME, ID, CARD, AMOUNT, DATE, NUMBER, PHONES, ADDRESS, CURRENCY, KEEP = (
    "text", "name", "id", "card", "amount", "date", "number", "phones", "address", "currency", "keep",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """`many`: several columns may hold it (they are joined or added up). `longest` is what its column in the database takes."""

    kind: str
    many: bool = False
    longest: int = 0


FIELDS: dict[str, Field] = {
    "case.no": Field(TEXT, longest=60),
    "debtor.name": Field(NAME, longest=100),
    "debtor.id_no": Field(ID),
    "debtor.id_type": Field(TEXT, longest=40),
    "amount.placed": Field(AMOUNT),
    "amount.total_owed": Field(AMOUNT),
    "amount.by_currency": Field(AMOUNT),
    "amount.overdue": Field(AMOUNT),
    "amount.principal": Field(AMOUNT),
    "amount.interest": Field(AMOUNT),
    "amount.penalty_fee": Field(AMOUNT, many=True),
    "amount.min_payment": Field(AMOUNT),
    "amount.limit": Field(AMOUNT),
    "account.currency": Field(CURRENCY),
    "account.no": Field(TEXT, longest=40),
    "card.no": Field(CARD),
    "card.open_date": Field(DATE),
    "contract.no": Field(TEXT, longest=60),
    "placement.date": Field(DATE),
    "recall.date": Field(DATE),
    "overdue.date": Field(DATE),
    "overdue.days": Field(NUMBER),
    "overdue.stage": Field(TEXT, longest=10),
    "last_payment.date": Field(DATE),
    "last_payment.amount": Field(AMOUNT),
    "bill.day": Field(NUMBER),
    "product": Field(TEXT, longest=60),
    "warning": Field(TEXT, many=True, longest=300),
    "batch.no": Field(TEXT, longest=60),
    "debtor.region": Field(TEXT, many=True, longest=60),
    "debtor.mobile": Field(PHONES, many=True),
    "debtor.home_tel": Field(PHONES, many=True),
    "debtor.home_addr": Field(ADDRESS, many=True),
    "debtor.home_postcode": Field(TEXT, longest=6),
    "debtor.huji_addr": Field(ADDRESS, many=True),
    "debtor.huji_postcode": Field(TEXT, longest=6),
    "debtor.bill_addr": Field(ADDRESS, many=True),
    "debtor.bill_postcode": Field(TEXT, longest=6),
    "debtor.employer": Field(TEXT, longest=100),
    "debtor.employer_addr": Field(ADDRESS, many=True),
    "debtor.employer_postcode": Field(TEXT, longest=6),
    "debtor.work_tel": Field(PHONES, many=True),
    # Known, but without a place of their own: kept with the case under the file's header.
    **{
        name: Field(KEEP, many=True)
        for name in (
            "debtor.home_addr_part", "debtor.birthday", "debtor.gender", "debtor.position", "debtor.email_im", "debtor.customer_no", "debtor.social_security",
            "account.name_bank", "repay.account", "card.last4", "card.type", "card.open_stop_date", "amount.settle", "amount.deposit",
            "amount.commission_fee", "amount.with_commission", "overdue.class", "paid.total", "instalment", "loan.amount", "loan.date",
            "client", "collector", "commission", "history", "remark",
        )
    },
}  # fmt: skip

# Contacts come in numbered groups of columns; from 7 on the header itself says who it is.
NUMBERED = range(1, 7)
SLOT_RELATIONS: dict[int, str] = {
    7: "配偶", 8: "直系亲属", 9: "担保人", 10: "共借人", 11: "亲戚", 12: "住房房东", 13: "铺面房东", 14: "紧急联系人", 15: "家庭联系人", 16: "工作联系人", 17: "其他联系人",
}  # fmt: skip
SLOTS = (*NUMBERED, *SLOT_RELATIONS)
CONTACT_FIELDS: dict[str, Field] = {
    "name": Field(TEXT, longest=100),
    "relation": Field(TEXT, longest=40),
    "mobile": Field(PHONES, many=True),
    "home_tel": Field(PHONES, many=True),
    "work_tel": Field(PHONES, many=True),
    "address": Field(ADDRESS, many=True),
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


def missing_fields(fields: set[str]) -> list[str]:
    """What a file lacks to be importable: case number (or card and placement date, or contract), debtor's name, ID number, amount."""
    missing = [] if "case.no" in fields or "contract.no" in fields or {"card.no", "placement.date"} <= fields else ["case.no"]
    missing += [name for name in ("debtor.name", "debtor.id_no") if name not in fields]
    return missing if fields & set(AMOUNTS) else [*missing, "amount.placed"]
