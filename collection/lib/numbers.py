"""Whole numbers that come from outside as text: an id, a version, a row's number."""

from collections.abc import Iterable

# What the database's ids hold; longer than any of ours, and never too long to be compared.
LONGEST = 18


def whole(text: str) -> int:
    """The number, or 0 (which no row has) for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else 0


def ids_in(texts: Iterable[str]) -> list[int]:
    """The ids among these texts; what isn't one is left out, as a row that isn't there is."""
    return [number for number in map(whole, texts) if number]
