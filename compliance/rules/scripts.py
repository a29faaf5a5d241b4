"""The places of a script: which may stand in it for whom, and how it looks with them filled. No database, no clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from compliance.choices import TargetClass

IDENTITY = "{identity}"
# CR-12: nothing of these is told to a third party. CR-17: nor to the debtor, before identity is verified (the bank's name is, CR-20).
DEBT_PLACES = ("{amount}", "{bank}", "{balance_on}", "{overdue_days}", "{payee}", "{bank_phone}")
TOLD_ONCE_VERIFIED = ("{amount}", "{balance_on}", "{overdue_days}", "{payee}")
PLACES = {
    TargetClass.THIRD_PARTY: ("{company}", "{staff_no}", "{name}"),
    TargetClass.DEBTOR: ("{company}", "{staff_no}", "{name}", IDENTITY, *DEBT_PLACES),
}
_PLACE = re.compile(r"(\{[^{}\n]*\})")
_STRAY = re.compile(r"[{}｛｝]")


@dataclass(frozen=True)
class Piece:
    """A stretch of a script: plain text, or a place with what fills it."""

    text: str
    is_place: bool = False


def unknown_places(target: str, text: str) -> list[str]:
    """What stands in braces and is no place of such a script, and braces that stand alone; each once."""
    found = [place for place in _PLACE.findall(text) if place not in PLACES[TargetClass(target)]]
    return list(dict.fromkeys(found + _STRAY.findall(_PLACE.sub("", text))))


def pieces(text: str, values: Mapping[str, str]) -> list[Piece]:
    """The text cut at its places; a place without a value is shown as it stands."""
    parts = [part for part in _PLACE.split(text) if part]
    return [Piece(values.get(part, part), is_place=True) if _PLACE.fullmatch(part) else Piece(part) for part in parts]


def opening_and_body(target: str, text: str) -> tuple[str, str]:
    """What is said before identity is verified, and after. A third party's script has no second part."""
    if target == TargetClass.THIRD_PARTY:
        return text.strip(), ""
    opening, _mark, body = text.partition(IDENTITY)
    return opening.strip(), body.strip()
