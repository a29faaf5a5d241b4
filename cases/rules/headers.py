"""Which canonical field a column holds, guessed from its header and confirmed or doubted by sample values."""

import csv
import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from cases.rules import fields as known
from cases.rules.values import clean_number, read_amount, read_date, read_phones
from collection.lib.identity import luhn_ok, plain, resident_id_fault

HEADERS = Path(__file__).resolve().parent.parent / "data" / "headers.csv"
# Below this a guess is not made: the column is kept as it is.
SURE_ENOUGH = 0.5
WELL_KNOWN = 0.9
DOUBTED = 0.55
SAMPLES = 50

_CURRENCIES = {"CNY": ("人民币", "rmb", "cny"), "USD": ("美元", "美金", "usd"), "HKD": ("港币", "港元", "hkd")}
_UNITS = {"万元": 10_000, "万": 10_000, "千元": 1_000, "元": 1}
_NOISE = re.compile(r"[\s*＊_\-—·:：/\\.。、,，'\"“”()（）\[\]【】<>《》#]+")
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
_SAID_ALOUD = {"必填", "选填", "可空", "必填项", "非必填", "浦发专用"}


@dataclass(frozen=True)
class Column:
    """One column of a sheet and what it was taken for; `unit` multiplies its amounts, `currency` is what its header names."""

    index: int
    header: str
    field: str = ""
    confidence: float = 0.0
    currency: str = ""
    unit: int = 1
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


def normalise(header: str) -> str:
    """What headers are compared by: folded forms, lower case, no blanks or marks, no unit and no "required"."""
    folded = unicodedata.normalize("NFKC", header).lower()
    folded = _BRACKETS.sub(lambda found: "" if _is_aside(found.group(1)) else found.group(0), folded)
    return _NOISE.sub("", folded)


def _is_aside(text: str) -> bool:
    text = _NOISE.sub("", text).removeprefix("单位")
    text = text.removesuffix("元") or text
    return text in _UNITS or text in _SAID_ALOUD or any(text in names for names in _CURRENCIES.values())


def currency_and_unit(header: str) -> tuple[str, int]:
    """What the header says of its amounts: ("USD", 1) for 委案金额(美元), ("", 10000) for 欠款（万元）."""
    folded = unicodedata.normalize("NFKC", header).lower()
    currency = next((code for code, names in _CURRENCIES.items() if any(name in folded for name in names)), "")
    asides = [_NOISE.sub("", text).removeprefix("单位") for text in _BRACKETS.findall(folded)]
    return currency, 10_000 if "万元" in folded else next((_UNITS[text] for text in asides if text in _UNITS), 1)


@lru_cache(maxsize=1)
def dictionary() -> dict[str, tuple[str, float]]:
    """{normalised header: (field, how sure)} from data/headers.csv; the same header without its currency is known too."""
    found: dict[str, tuple[str, float]] = {}
    with HEADERS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(normalise(row["header"]), (row["field"], float(row["confidence"])))
    return found


def match_header(header: str) -> tuple[str, float]:
    """The field that a header names, and how sure: 1 for a known header, less for one that only contains a known one."""
    text = normalise(header)
    if not text:
        return "", 0.0
    if text in dictionary():
        return dictionary()[text]
    for names in _CURRENCIES.values():
        for name in names:
            if name in text and text.replace(name, "") in dictionary():
                return dictionary()[text.replace(name, "")]
    return _match_part(text)


@lru_cache(maxsize=4096)
def _match_part(text: str) -> tuple[str, float]:
    best, longest = ("", 0.0), 1
    for name, (target, sure) in dictionary().items():
        if len(name) > longest and name in text and (len(name) > 2 or len(name) * 2 >= len(text)):
            best, longest = (target, round(sure * (0.35 + 0.5 * len(name) / len(text)), 2)), len(name)
    return best


def is_header_like(cells: Sequence[str]) -> float:
    """How many of the cells are known headers; a row that scores highest is the header row."""
    return sum(1.0 if normalise(cell) in dictionary() else 0.4 * (match_header(cell)[1] >= SURE_ENOUGH) for cell in cells if cell and len(cell) <= 40)


def guess_columns(headers: Sequence[str], rows: Sequence[Sequence[str]], *, today: date) -> list[Column]:
    """One Column for each header, the fields that hold one value given to the surest column."""
    columns = [_guess(index, header, _samples(rows, index), today) for index, header in enumerate(headers)]
    columns = _find_by_values(columns, today)
    return _once_each(columns)


def _samples(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index] for row in rows if index < len(row) and row[index]][:SAMPLES]


def _guess(index: int, header: str, samples: list[str], today: date) -> Column:
    target, sure = match_header(header)
    currency, unit = currency_and_unit(header)
    column = Column(index, header, currency=currency, unit=unit, samples=samples[:3])
    if not target:
        return column
    # A well-known header is believed even if every value under it is wrong: those are errors to show.
    least = DOUBTED if sure >= WELL_KNOWN else 0.0
    sure = round(max(least, min(1.0, sure * _agreement(target, samples, today))), 2)
    return replace(column, field=target, confidence=sure) if sure >= SURE_ENOUGH else replace(column, confidence=sure)


def _agreement(target: str, samples: list[str], today: date) -> float:
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
    numbers = [int(text) for text in samples if text.isdigit() and len(text) < 7]
    return len(numbers) == len(samples) and len(numbers) > 1 and all(later - earlier == 1 for earlier, later in itertools.pairwise(numbers))


def _find_by_values(columns: list[Column], today: date) -> list[Column]:
    """ID numbers show by themselves what they are, under whatever header."""
    if any(column.field == "debtor.id_no" for column in columns):
        return columns
    for position, column in enumerate(columns):
        if not column.field and column.samples and all(not resident_id_fault(plain(text), today=today) for text in column.samples):
            return [*columns[:position], replace(column, field="debtor.id_no", confidence=0.6), *columns[position + 1 :]]
    return columns


def _once_each(columns: list[Column]) -> list[Column]:
    best: dict[tuple[str, str], Column] = {}
    for column in columns:
        key = (column.field, column.currency)
        if column.field and (key not in best or column.confidence > best[key].confidence):
            best[key] = column
    return [
        column if not column.field or known.FIELDS[column.field].many or best[column.field, column.currency] is column else replace(column, field="")
        for column in columns
    ]
