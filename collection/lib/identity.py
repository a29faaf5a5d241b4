"""Chinese identity documents, cards and phone numbers: pure checks on text."""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from operator import mul

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
        "91",
    ]
)
_OLDEST = date(1900, 1, 1)
_ZERO = ord("0")

# A digit's byte → the value of the doubled digit, for the check of card numbers.
_DOUBLED = bytes((digit - _ZERO) * 2 - (9 if digit > _ZERO + 4 else 0) if _ZERO <= digit <= _ZERO + 9 else 0 for digit in range(256))
# Documents beside the resident ID card. What their words are and what their numbers look like.
_DOCUMENTS = (
    (re.compile("护照|passport", re.IGNORECASE), re.compile(r"[A-Z0-9]{5,17}")),
    (re.compile("台湾|台胞"), re.compile(r"\d{8}|\d{10}[A-Z]?|[A-Z]{1,2}\d{8,10}|83\d{15}[\dX]")),
    (re.compile("港澳|回乡|香港|澳门|通行证"), re.compile(r"[HMCW][A-Z]?\d{7,10}|[A-Z]{1,2}\d{6}\(?[\dA]\)?|[157]/?\d{6}/?\(?\d\)?|8[12]\d{15}[\dX]")),
    (re.compile("永久居留|外国人|居留"), re.compile(r"[A-Z]{3}\d{12}|9\d{16}[\dX]")),
)
# These say by themselves what they are: a permit of Hong Kong or Macau, an old permanent residence card.
_SPEAKING = re.compile(r"[HM]\d{8}(\d{2})?|[A-Z]{3}\d{12}")
_OTHER_DOCUMENT = re.compile(r"[A-Z0-9()/]{5,20}")


def plain(text: str) -> str:
    """Full-width forms folded, inner and outer blanks gone, upper case: how ids and cards are compared."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return re.sub(r"[\s\u3000\-—·]", "", unicodedata.normalize("NFKC", text)).upper()


def resident_id_check_digit(first_17: str) -> str:
    """GB 11643-1999, mod 11-2."""
    digits = first_17.encode()
    return _CHECKS[(sum(map(mul, _WEIGHTS, digits)) - _ZERO * sum(_WEIGHTS)) % 11]


def resident_id_fault(number: str, *, today: date) -> str:
    """Return why a resident ID number is wrong ("form", "province", "birth", "checksum"), or "" when it is right.

    Takes 18 digits, with residence permits of Hong Kong, Macau and Taiwan (81–83) and foreigners (9…), and the old 15 digits.
    """
    if not number.isascii():
        return "form"
    if len(number) == 15 and number.isdigit():
        number = f"{number[:6]}19{number[6:]}"
        number += resident_id_check_digit(number)
    if len(number) != 18 or not number[:17].isdigit() or not (number[17].isdigit() or number[17] == "X"):
        return "form"
    if number[:2] not in _PROVINCES and number[0] != "9":
        return "province"
    born = birth_date(number)
    if born is None or not _OLDEST <= born <= today:
        return "birth"
    if resident_id_check_digit(number[:17]) != number[17]:
        return "checksum"
    return ""


def document_fault(number: str, said: str, *, today: date) -> str:
    """Why the number of an identity document is wrong, or ""; `said` is what the file says of its kind ("": a resident ID card, or one that speaks for itself).

    Only resident IDs have a birth date and a check digit that are looked at; the others must have their form.
    """
    for words, form in _DOCUMENTS:
        if said and words.search(said):
            return "" if form.fullmatch(number) or not resident_id_fault(number, today=today) else "form"
    if not said or "身份证" in said or "居民" in said or said in ("0", "1", "01", "110001", "ID"):
        return "" if not said and _SPEAKING.fullmatch(number) else resident_id_fault(number, today=today)
    return "" if _OTHER_DOCUMENT.fullmatch(number) else "form"


@lru_cache(maxsize=16_384)
def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def birth_date(number: str) -> date | None:
    """The birthday that an ID number of 18 (or 15) digits carries, or None."""
    return _day(number[6:14] if len(number) == 18 else f"19{number[6:12]}")


def gender(number: str) -> str:
    """male or female by the sequence digit, "" when there is none."""
    if len(number) not in (15, 18):
        return ""
    digit = number[16] if len(number) == 18 else number[14]
    return ("male" if int(digit) % 2 else "female") if digit.isdigit() else ""


def luhn_ok(number: str) -> bool:
    """The check digit of a card number of 12 to 19 digits."""
    if not 12 <= len(number) <= 19 or not number.isascii() or not number.isdigit():
        return False
    digits = number.encode()[::-1]
    alone = digits[::2]
    return (sum(alone) - _ZERO * len(alone) + sum(digits[1::2].translate(_DOUBLED))) % 10 == 0


# Its digits, the extension, and the kind: mobile, landline or service.
Phone = tuple[str, str, str]

_SPLIT = re.compile(r"[,，;；/、|&\n\r]+|\s{2,}|(?:和|或|及)(?=[\s+(]*\d)")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|#|\*|x|－|-)\s*:?(\d{1,6})$", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0(10|2\d|[3-9]\d{2})[2-8]\d{6,7}", re.ASCII)
_SERVICE = re.compile(r"[48]00\d{7}|95\d{3,6}|1010\d{4}|96\d{3,4}", re.ASCII)
_LONE = re.compile(
    r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d(?:[-\s]?\d{4}){2}(?!\d)|(?<!\d)\(?0\d{2,3}\)?[-\s]?[2-8]\d{6,7}(?:(?:转|分机|-|ext\.?)\s*\d{1,6})?(?!\d)",
    re.IGNORECASE | re.ASCII,
)


def split_phones(text: str) -> list[str]:
    """Several numbers in one cell, as banks write them."""
    return [part.strip() for part in _SPLIT.split(unicodedata.normalize("NFKC", text)) if part.strip()]


def find_phones(text: str) -> tuple[list[Phone], list[str], str]:
    """The numbers in a cell, each once, the parts that are no numbers, and the words beside them: 13800000000(妻) gives the number and 妻."""
    if _MOBILE.fullmatch(text):
        return [(text, "", "mobile")], [], ""
    if _LANDLINE.fullmatch(digits := text.replace("-", "")):
        return [(digits, "", "landline")], [], ""
    phones: dict[Phone, None] = {}
    wrong, words = [], []
    for part in split_phones(text):
        if phone := parse_phone(part):
            phones[phone] = None
            continue
        found = [phone for match in _LONE.finditer(part) if (phone := parse_phone(match.group()))]
        rest = _LONE.sub(" ", part)
        if not found or re.search(r"\d", rest):
            wrong.append(part)
        else:
            phones |= dict.fromkeys(found)
            words += re.findall(r"[^\W_]+", rest)
    return list(phones), wrong, " ".join(words)


def parse_phone(text: str) -> Phone | None:
    """Return (digits, extension, kind) with kind mobile, landline or service; None when it is no phone number here."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    folded = folded.strip()
    digits = _digits(folded)
    if kind := _kind_of(digits):
        return digits, "", kind
    if found := _EXTENSION.search(folded):
        digits = _digits(folded[: found.start()])
        if kind := _kind_of(digits):
            return digits, found.group(1), kind
    return None


def _digits(text: str) -> str:
    """The number without its punctuation, and a mobile number without the country's code or the trunk's 0."""
    return re.sub(r"^(0086|86|0)(?=1[3-9]\d{9}$)", "", re.sub(r"[\s()\-+.]", "", text))


def _kind_of(digits: str) -> str:
    if _MOBILE.fullmatch(digits):
        return "mobile"
    if _LANDLINE.fullmatch(digits):
        return "landline"
    return "service" if _SERVICE.fullmatch(digits) else ""
