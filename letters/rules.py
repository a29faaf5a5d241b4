"""How mail numbers look, which letters are checked, how a quality form is graded: plain functions on plain values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_TRACKING = {
    "china_post": r"[A-Z]{2}\d{9}CN|[A-Z]{2}\d{11}|\d{13}",
    "ems": r"[A-Z]{2}\d{9}CN|\d{13}",
    "sf": r"SF\d{12,15}|\d{12,15}",
}


def plain_tracking(text: str) -> str:
    """As scanners and people give it: full-width forms, blanks and case do not matter."""
    folded = "".join(chr(ord(char) - 0xFEE0) if 0xFF01 <= ord(char) <= 0xFF5E else char for char in text)
    return re.sub(r"[\s\-]", "", folded).upper()


def is_tracking_number(carrier: str, number: str) -> bool:
    """Whether the number has the form of this carrier's numbers."""
    return carrier in _TRACKING and re.fullmatch(_TRACKING[carrier], number, re.ASCII) is not None


_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def s10_fault(number: str) -> bool:
    """A registered or express number of the Universal Postal Union (two letters, nine digits, two letters) whose check digit does not fit.

    Such a number is most likely misread; numbers of other forms have no check digit that we know.
    """
    if not re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", number, re.ASCII):
        return False
    digits = [int(digit) for digit in number[2:11]]
    rest = 11 - sum(weight * digit for weight, digit in zip(_S10_WEIGHTS, digits, strict=False)) % 11
    return digits[8] != {10: 0, 11: 5}.get(rest, rest)


def letter_number_in(scanned: str) -> str:
    """The letter number in what a scanner read: the bare number, or the letter's QR code around it; "" when there is none."""
    found = re.search(r"(?<!\d)(20\d\d)-(\d{6})(?!\d)", plain_dashes(scanned))
    return found.group(0) if found else ""


def plain_dashes(text: str) -> str:
    """Full-width and typographic forms as a keyboard gives them."""
    folded = "".join(chr(ord(char) - 0xFEE0) if 0xFF01 <= ord(char) <= 0xFF5E else char for char in text)
    return re.sub(r"[‐-―−]", "-", folded).strip()


def number_text(year: int, counter: int) -> str:
    return f"{year}-{counter:06d}"


@dataclass(frozen=True)
class SamplePlan:
    """A sampling rule as plain values: by the count (1: all, n: each n-th, 0: none) and by risk."""

    every: int
    lawyers_letters: bool = False
    amount_from: Decimal | None = None
    foreign_addresses: bool = False
    defects_from: int = 1


def sample_reasons(plan: SamplePlan, *, seed: int, place: int, facts: dict) -> list[str]:
    """Why a letter is checked; nothing: it is not. The same answer for the same values, whoever asks and when (annex 4).

    `facts` is what was known when it was dispatched: kind, amount, is_new_template, is_new_person, is_foreign_address, person_defects,
    carrier_defects. The day's seed moves the count's beginning, so that nobody knows beforehand whose turn it is.
    """
    risks = {
        "lawyer": plan.lawyers_letters and facts["kind"] == "lawyer",
        "amount": plan.amount_from is not None and Decimal(facts["amount"]) >= plan.amount_from,
        "new_template": facts["is_new_template"],
        "new_person": facts["is_new_person"],
        "address": plan.foreign_addresses and facts["is_foreign_address"],
        "person": facts["person_defects"] >= plan.defects_from,
        "carrier": facts["carrier_defects"] >= plan.defects_from,
    }
    by_count = ["all"] if plan.every == 1 else ["nth"] if plan.every and (place + seed) % plan.every == 0 else []
    return by_count + [name for name, is_given in risks.items() if is_given]


@dataclass(frozen=True)
class Mark:
    points: int
    grade: str


def severity_of(item: dict, asked: str) -> str:
    """A defect of a serious item is always a serious one."""
    return "serious" if item["serious"] else asked


def cost_of(item: dict, severity: str) -> int:
    """What a defect of this item costs, in points of 100."""
    return item["weight"] if severity == "serious" else item[severity]


def grade_of(items: Iterable[dict], defects: dict[str, str], *, serious_below: int = 60) -> Mark:
    """100 points less the cost of each defect, {item's code: severity}; one serious defect, or too few points, makes the whole serious."""
    found = [(item, severity_of(item, defects[item["code"]])) for item in items if item["code"] in defects]
    points = max(0, 100 - sum(cost_of(item, severity) for item, severity in found))
    if points < serious_below or any(severity == "serious" for _item, severity in found):
        return Mark(points, "serious")
    return Mark(points, "minor" if found else "pass")
