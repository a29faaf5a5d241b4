"""Words that may not be said: matched on normalised text (NFKC, no blanks, homophones mended), reported by their place in the original."""

import re
import unicodedata
from dataclasses import dataclass

from compliance.choices import BLOCK_LIST, FILLERS, HOMOPHONES, TRADITIONAL

QUOTES = str.maketrans(dict.fromkeys('“”"「」', " "))


@dataclass(frozen=True)
class Hit:
    """A phrase found: which pattern, what is wrong with it, and where it stands in the text as it was written."""

    pattern: str
    kind: str
    start: int
    end: int
    text: str


def wording_hits(text: str, *, may_quote: bool = True) -> list[Hit]:
    """Return every phrase of the block list in `text`, in the order of the text.

    In a note what the debtor said is quoted in “…” or "…", and is left alone; in what we say ourselves there is nobody to quote.
    """
    folded, places = normalised(text if may_quote else text.translate(QUOTES))
    quoted = _quoted(text) if may_quote else []
    hits = []
    for pattern, kind, expression in BLOCK_LIST:
        for found in re.finditer(expression, folded):
            start, end = places[found.start()], places[found.end() - 1] + 1
            if not any(first <= start and end <= last for first, last in quoted):
                hits.append(Hit(pattern, str(kind), start, end, text[start:end]))
    return sorted(hits, key=lambda hit: hit.start)


def normalised(text: str) -> tuple[str, list[int]]:
    """The text as it is matched, and for each of its characters the place in the original: NFKC, simplified characters, homophones mended,
    without blanks, invisible characters, or signs put between two characters of one word."""
    letters, places = [], []
    for index, character in enumerate(text):
        for letter in unicodedata.normalize("NFKC", character).translate(TRADITIONAL):
            if not letter.isspace() and letter not in FILLERS and unicodedata.category(letter) not in ("Cf", "Mn"):
                letters.append(letter)
                places.append(index)
    folded = "".join(letters)
    for wrong, right in HOMOPHONES.items():
        folded = folded.replace(wrong, right)
    return folded, places


def _quoted(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in re.finditer(r"“[^”]*”|\"[^\"]*\"|「[^」]*」", text)]
