"""Lists that may grow, page by page: by the row that was shown last, so that what comes in meanwhile shifts nothing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from workbench.api.base import DeskApi
from workbench.serializers.paging import PageQuery


def page_of(view: DeskApi, rows: QuerySet, serializer: type, *, latest_first: bool = False, shape: Callable[[Any], Any] = lambda row: row) -> dict[str, Any]:
    """The page of these rows that was asked for, as `results` and `next`: in the order in which they came, or the latest first."""
    asked = view.asked(PageQuery, view.request)
    if text := asked.get("cursor"):
        rows = rows.filter(**{"pk__lt" if latest_first else "pk__gt": _last_shown(text)})
    found = list(rows.order_by("-pk" if latest_first else "pk")[: asked["page_size"] + 1])
    shown = found[: asked["page_size"]]
    following = _cursor(shown[-1].pk) if len(found) > len(shown) else None
    return {"results": serializer([shape(row) for row in shown], many=True).data, "next": following}


def _cursor(pk: int) -> str:
    return urlsafe_b64encode(str(pk).encode()).decode().rstrip("=")


def _last_shown(text: str) -> int:
    try:
        digits = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        digits = ""
    if not (digits.isdigit() and len(digits) <= 18):
        raise ValidationError({"cursor": [_("The list is too old to go on. Load it again.")]})
    return int(digits)
