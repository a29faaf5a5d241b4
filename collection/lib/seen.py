"""What a form showed, in a few letters: whoever saves it after somebody else changed the same is told, instead of undoing that."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from collection.lib.errors import Refused


def fingerprint(values: dict[str, Any] | None) -> str:
    """The same letters for the same values, others for others; None: there was nothing yet."""
    return hashlib.sha256(repr(values and sorted(values.items())).encode()).hexdigest()[:20]


def fingerprint_of(row: Model | None, fields: tuple[str, ...]) -> str:
    return fingerprint(None if row is None else {name: getattr(row, name) for name in fields})


def newest(versions: Iterable[Model]) -> str:
    """The same of what is kept in versions: the one that came last; "" when there was none."""
    return str(max((row.pk for row in versions), default=""))


class ChangedMeanwhile(Refused):
    """Somebody else saved the same form after this one was opened."""


def check_as_seen(seen: str | None, now: str) -> None:
    """Refuse to overwrite what changed since the person looked at it. `seen` is its fingerprint then; None where nobody looked, as in a command."""
    if seen is not None and seen != now:
        raise ChangedMeanwhile(_("Somebody changed this meanwhile. Load the page again, then repeat your change."))
