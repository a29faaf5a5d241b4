"""Which canonical field a column holds, guessed from its header and confirmed or doubted by sample values."""

import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from cases.choices import FileKind
from cases.rules import fields as known
from cases.rules.dictionary import (
    SURE_ENOUGH,
    WELL_KNOWN,
    currency_and_unit,
    dictionary,
    match_header,
    names_a_unit,
    names_somebody_else,
    normalise,
    nth_contact,
)
from cases.rules.values import clean_number, read_amount, read_date, read_moment, read_phones
from collection.lib.identity import luhn_ok, plain, resident_id_fault

DOUBTED = 0.55
# A column that means something else beside its neighbours than alone.
BY_ITS_PLACE = 0.7
SAMPLES = 50

# What stands for a contact's value behind a column of contacts, and for the debtor's elsewhere.
_BARE = {
    "name": {"姓名", "名称", "名字"},
    "mobile": {"电话", "手机", "手机号", "手机号码", "联系电话", "电话号码", "联系方式", "移动电话", "号码", "联系号码"},
    "address": {"地址", "住址", "联系地址", "家庭地址", "住宅地址"},
}
_BARE_PART = {header: part for part, headers in _BARE.items() for header in headers}


@dataclass(frozen=True)
class Column:
    """One column of a sheet and what it was taken for; `unit` multiplies its amounts, `currency` is what its header names."""

    index: int
    header: str
    field: str = ""
    confidence: float = 0.0
    currency: str = ""
    unit: int | float = 1
    samples: list[str] = dataclasses.field(default_factory=list)

    @property
    def letters(self) -> str:
        return letters_of(self.index)


def letters_of(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA, as a spreadsheet names its columns."""
    text, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def is_header_like(cells: Sequence[str]) -> float:
    """How many different headers are known among the cells; the row that scores highest is the header row.

    Each counts once: 姓名 under three merged titles names three columns only together with them.
    """
    return sum(1.0 if normalise(cell) in dictionary() else _likeness(cell) for cell in dict.fromkeys(cells) if cell and len(cell) <= 40)


def _likeness(cell: str) -> float:
    sure = match_header(cell)[1]
    return 1.0 if sure >= WELL_KNOWN else 0.4 * (sure >= SURE_ENOUGH)


def guess_columns(headers: Sequence[str], rows: Sequence[Sequence[str]], *, today: date, kind: str | None = None, unit: int | float = 1) -> list[Column]:
    """One Column for each header, the fields that hold one value given to the surest column.

    `kind` is the file's, if it is known: headers mean other things in a file of payments. `unit` is that of amounts whose header names none.
    """
    names = _without_counters(headers)
    samples = [_samples(rows, index) for index in range(len(headers))]
    columns = [_guess(index, header, names[index], samples[index], today, kind or "", unit) for index, header in enumerate(headers)]
    columns = _beside_contacts(_one_slot_each(columns, names))
    columns = _list_of_contacts(columns)
    columns = _find_by_values(columns, samples, today) if kind in (None, FileKind.PLACEMENT) else columns
    return _once_each(columns, samples)


def _without_counters(headers: Sequence[str]) -> list[str]:
    """姓名, 姓名.1, 姓名.2, as some programs write what was 姓名 three times."""
    given = set(headers)
    names = [re.sub(r"\.\d{1,2}$", "", header) for header in headers]
    return [name if name in given else header for name, header in zip(names, headers, strict=True)]


def _samples(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index] for row in rows if index < len(row) and row[index]][:SAMPLES]


def _guess(index: int, header: str, name: str, samples: list[str], today: date, kind: str, unit: int | float) -> Column:
    target, sure = match_header(name, kind)
    currency, own_unit = currency_and_unit(header)
    # The table's unit goes to every column: a person may still say that it holds an amount.
    column = Column(index, header, currency=currency, unit=own_unit if names_a_unit(header) else unit, samples=samples[:3])
    if not target:
        return column
    # A well-known header is believed even if every value under it is wrong: those are errors to show.
    least = DOUBTED if sure >= WELL_KNOWN else 0.0
    sure = round(max(least, min(1.0, sure * agreement(target, samples, today))), 2)
    return replace(column, field=target, confidence=sure) if sure >= SURE_ENOUGH else replace(column, confidence=sure)


def agreement(target: str, samples: list[str], today: date) -> float:
    """How far the sample values bear the header out: from 0.3 (none does) to 1.2 (all do); 1 when there are none."""
    if not samples:
        return 1.0
    kind = known.FIELDS[target].kind
    if target == "case.no":
        return 0.3 if _is_running_number(samples) else 1.0
    tests = {
        known.ID: lambda text: not resident_id_fault(plain(text), today=today),
        known.CARD: lambda text: luhn_ok(clean_number(text)),
        known.PHONES: lambda text: not read_phones(text)[1],
        known.DATE: lambda text: bool(read_date(text)),
        known.MOMENT: lambda text: bool(read_moment(text)),
        known.AMOUNT: lambda text: read_amount(text) is not None,
        known.NAME: lambda text: not re.search(r"\d{3}", text),
        known.NUMBER: lambda text: bool(re.search(r"\d", text)),
    }
    if kind not in tests:
        return 1.0
    share = sum(map(tests[kind], samples)) / len(samples)
    # A wrong check digit is an error to show, not a reason to look away from the column.
    floor = 0.75 if kind in (known.ID, known.CARD) and all(len(clean_number(text)) >= 12 for text in samples) else 0.3
    return max(floor, 0.3 + 0.9 * share) if share < 0.5 else 1.0 + 0.2 * share


def _is_running_number(samples: list[str]) -> bool:
    """1, 2, 3, …: the row's number in the file, no case number."""
    numbers = [int(text) for text in samples if text.isascii() and text.isdigit() and len(text) < 7]
    return len(numbers) == len(samples) and len(numbers) > 1 and all(later - earlier == 1 for earlier, later in itertools.pairwise(numbers))


def _one_slot_each(columns: list[Column], names: list[str]) -> list[Column]:
    """联系人姓名 three times is three contacts. Their parts go together by their turn, or where parts are missing, by their place."""
    headers = [normalise(name) for name in names]
    times = Counter((column.field, headers[column.index]) for column in columns if column.field.startswith("contact."))
    slots = {_slot(field) for (field, _header), count in times.items() if count > 1}
    turns = {count for (field, _header), count in times.items() if _slot(field) in slots}
    numbers = _by_turn(columns, headers) if len(turns) == 1 else _by_place(columns, headers, slots)
    repeated = {header for (_field, header), count in times.items() if count > 1}
    result = []
    for column in columns:
        if column.field.startswith("contact.") and (headers[column.index] in repeated or column.index in numbers):
            field = nth_contact(column.field, numbers.get(column.index, 1))
            column = replace(column, field=field, confidence=column.confidence if field else 0.0)
        result.append(column)
    return result


def _by_turn(columns: list[Column], headers: list[str]) -> dict[int, int]:
    """{column index: 1 for the first of its header, 2 for the second …}."""
    seen: Counter[str] = Counter()
    numbers = {}
    for column in columns:
        if column.field.startswith("contact."):
            seen[headers[column.index]] += 1
            numbers[column.index] = seen[headers[column.index]]
    return numbers


def _by_place(columns: list[Column], headers: list[str], slots: set[int]) -> dict[int, int]:
    """{column index: number}: a new contact begins with each header that the one before has had."""
    numbers: dict[int, int] = {}
    seen: dict[int, set[str]] = {}
    at: Counter[int] = Counter()
    for column in columns:
        if not column.field.startswith("contact.") or (slot := _slot(column.field)) not in slots:
            continue
        header = headers[column.index]
        if not at[slot] or header in seen[slot]:
            at[slot] += 1
            seen[slot] = set()
        seen[slot].add(header)
        numbers[column.index] = at[slot]
    return numbers


def _slot(field: str) -> int:
    return int(field.split(".")[1])


def _beside_contacts(columns: list[Column]) -> list[Column]:
    """联系人 | 关系 | 电话: the bare 电话 right behind a contact's columns is the contact's, not the debtor's.

    Behind 联系人1姓名 it is the contact's only if the bank leaves the number out of other headers too.
    """
    headers = [normalise(column.header) for column in columns]
    times = Counter(headers)
    result: list[Column] = []
    slot, has, is_bare = 0, set(), False
    for column, header in zip(columns, headers, strict=True):
        part = _BARE_PART.get(header, "")
        if column.field.startswith("contact."):
            if slot != _slot(column.field):
                slot, has, is_bare = _slot(column.field), set(), False
            has.add(column.field.split(".")[2])
            is_bare = is_bare or not re.search(r"[\d一二三四五六]", header)
        elif part and part not in has and "name" in has and (is_bare or times[header] > 1):
            column = replace(column, field=f"contact.{slot}.{part}", confidence=BY_ITS_PLACE)
            has.add(part)
        else:
            slot, has, is_bare = 0, set(), False
        result.append(column)
    return result


def _list_of_contacts(columns: list[Column]) -> list[Column]:
    """案件编号 | 姓名 | 关系 | 电话, without an amount or an ID number: a list of contacts, so that name and phone are the contact's."""
    fields = {column.field for column in columns}
    is_one = "contact.1.relation" in fields and not fields & {*known.AMOUNTS, "debtor.id_no", "contact.1.name", "contact.1.mobile", "contact.2.relation"}
    if not is_one:
        return columns
    return [
        replace(column, field=f"contact.1.{part}", confidence=BY_ITS_PLACE) if (part := _BARE_PART.get(normalise(column.header), "")) else column
        for column in columns
    ]


def _find_by_values(columns: list[Column], samples: list[list[str]], today: date) -> list[Column]:
    """ID numbers show by themselves what they are, under whatever header."""
    if any(column.field == "debtor.id_no" for column in columns):
        return columns
    for position, column in enumerate(columns):
        texts = samples[position]
        is_open = not column.field and not match_header(column.header)[0] and not names_somebody_else(column.header)
        if is_open and texts and all(not resident_id_fault(plain(text), today=today) for text in texts):
            return [*columns[:position], replace(column, field="debtor.id_no", confidence=0.6), *columns[position + 1 :]]
    return columns


def _once_each(columns: list[Column], samples: list[list[str]]) -> list[Column]:
    """Of two columns of one field, the surer one has it; as sure: the fuller one, then the longer header. The order of columns does not matter."""
    best: dict[tuple[str, str], Column] = {}

    def rank(column: Column) -> tuple[float, int, int, str]:
        return column.confidence, len(samples[column.index]), len(column.header), column.header

    for column in columns:
        key = (column.field, column.currency)
        if column.field and (key not in best or rank(column) > rank(best[key])):
            best[key] = column
    return [
        column if not column.field or known.FIELDS[column.field].many or best[column.field, column.currency] is column else replace(column, field="")
        for column in columns
    ]
