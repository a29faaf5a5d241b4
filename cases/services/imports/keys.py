"""What people, accounts and cases of a file are recognised by."""

from collections.abc import Mapping
from typing import Any

from collection.lib.crypto import blind_index
from collection.lib.identity import resident_id_check_digit


def id_key(id_no: str) -> str:
    """What a person is recognised by: the 18 digits, also of a number that was given in its old form of 15."""
    if len(id_no) == 15 and id_no.isdigit():
        first = f"{id_no[:6]}19{id_no[6:]}"
        return first + resident_id_check_digit(first)
    return id_no


def person_index(id_no: str) -> str:
    return blind_index("id", id_key(id_no))


def account_index(account: Mapping[str, Any]) -> str:
    """One card or account in one currency."""
    return blind_index("account", "|".join([account.get("card_no", ""), account.get("account_no", ""), account.get("currency", "")])) if account else ""


def number_from_card(card: str, placed_on: str) -> str:
    """A file without case numbers: card and placement date (2026-11-23) stand for one. The same again gives the same number."""
    return f"K{placed_on.replace('-', '')[2:]}{blind_index('card', card)[:10].upper()}"
