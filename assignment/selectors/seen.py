"""What a form showed, in a few letters: whoever saves it after somebody else changed the same is told, instead of undoing that."""

import hashlib
from typing import Any

from django.db.models import Model


def fingerprint(values: dict[str, Any] | None) -> str:
    """The same letters for the same values, others for others; None: there was nothing yet."""
    return hashlib.sha256(repr(values and sorted(values.items())).encode()).hexdigest()[:20]


def fingerprint_of(row: Model | None, fields: tuple[str, ...]) -> str:
    return fingerprint(None if row is None else {name: getattr(row, name) for name in fields})
