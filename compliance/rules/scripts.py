"""The places of a script: which may stand in it for whom, and how it looks with them filled. No database, no clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from compliance.choices import TargetClass
from compliance.rules.wording import normalised

IDENTITY = "{identity}"
# CR-12: nothing of these is told to a third party. CR-17: nor to the debtor, before identity is verified (the bank's name is, CR-20).
DEBT_PLACES = ("{amount}", "{bank}", "{balance_on}", "{overdue_days}", "{payee}", "{bank_phone}")
TOLD_ONCE_VERIFIED = ("{amount}", "{balance_on}", "{overdue_days}", "{payee}")
PLACES = {
    TargetClass.THIRD_PARTY: ("{company}", "{staff_no}", "{name}"),
    TargetClass.DEBTOR: ("{company}", "{staff_no}", "{name}", IDENTITY, *DEBT_PLACES),
}
# The same said in words: all of a third party's script, and what a debtor hears before identity is verified.
DEBT_WORDS = {
    TargetClass.THIRD_PARTY: r"欠|逾期|还款|还钱|贷款|信用卡|银行|债|起诉|诉讼|法院|律师|催收|催缴|账单",
    TargetClass.DEBTOR: r"欠款|欠债|欠费|逾期|还款|贷款|债务|起诉|账单",
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


def debt_word(target: str, text: str) -> str:
    """The first word that tells of a debt where nothing may be told of it; "" when there is none."""
    found = re.search(DEBT_WORDS[TargetClass(target)], normalised(opening_and_body(target, text)[0])[0])
    return found.group() if found else ""


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
