"""Chinese identity documents, cards and phone numbers: pure checks on text."""

import re
import unicodedata
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = {
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
    50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91,
}  # fmt: skip


def plain(text: str) -> str:
    """Full-width forms folded, inner and outer blanks gone, upper case: how ids and cards are compared."""
    return re.sub(r"[\s\u3000\-—·]", "", unicodedata.normalize("NFKC", text)).upper()


def resident_id_check_digit(first_17: str) -> str:
    """GB 11643-1999, mod 11-2."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def resident_id_fault(number: str, *, today: date) -> str:
    """Return why a resident ID number is wrong ("form", "province", "birth", "checksum"), or "" when it is right.

    Takes 18 digits, with residence permits of Hong Kong, Macau and Taiwan (81–83) and foreigners (9…), and the old 15 digits.
    """
    if re.fullmatch(r"\d{15}", number, re.ASCII):
        number = f"{number[:6]}19{number[6:]}"
        number += resident_id_check_digit(number)
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return "form"
    if int(number[:2]) not in _PROVINCES and not number.startswith("9"):
        return "province"
    born = birth_date(number)
    if born is None or not date(1900, 1, 1) <= born <= today:
        return "birth"
    if resident_id_check_digit(number[:17]) != number[17]:
        return "checksum"
    return ""


def birth_date(number: str) -> date | None:
    """The birthday that an ID number of 18 (or 15) digits carries, or None."""
    digits = number[6:14] if len(number) == 18 else f"19{number[6:12]}"
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def gender(number: str) -> str:
    """male or female by the sequence digit, "" when there is none."""
    if len(number) not in (15, 18):
        return ""
    digit = number[16] if len(number) == 18 else number[14]
    return ("male" if int(digit) % 2 else "female") if digit.isdigit() else ""


def luhn_ok(number: str) -> bool:
    """The check digit of a card number of 12 to 19 digits."""
    if not re.fullmatch(r"\d{12,19}", number, re.ASCII):
        return False
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_SPLIT = re.compile(r"[,，;；/、|\n\r]+|\s{2,}")
_EXTENSION = re.compile(r"(?:转|ext\.?|#|x|－|-)(\d{1,6})$", re.IGNORECASE)


def split_phones(text: str) -> list[str]:
    """Several numbers in one cell, as banks write them."""
    return [part.strip() for part in _SPLIT.split(unicodedata.normalize("NFKC", text)) if part.strip()]


def parse_phone(text: str) -> tuple[str, str, str] | None:
    """Return (digits, extension, kind) with kind mobile, landline or service; None when it is no phone number here."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if kind := _kind_of(_digits(folded)):
        return _digits(folded), "", kind
    if (found := _EXTENSION.search(folded)) and (kind := _kind_of(_digits(folded[: found.start()]))):
        return _digits(folded[: found.start()]), found.group(1), kind
    return None


def _digits(text: str) -> str:
    """The number without its punctuation, and a mobile number without the country's code."""
    return re.sub(r"^(0086|86)(?=1[3-9]\d{9}$)", "", re.sub(r"[\s()\-+.]", "", text))


def _kind_of(digits: str) -> str:
    if re.fullmatch(r"1[3-9]\d{9}", digits, re.ASCII):
        return "mobile"
    if re.fullmatch(r"0(10|2\d|[3-9]\d{2})[2-8]\d{6,7}", digits, re.ASCII):
        return "landline"
    if re.fullmatch(r"[48]00\d{7}|95\d{3,6}|1010\d{4}|96\d{3,4}", digits, re.ASCII):
        return "service"
    return ""
