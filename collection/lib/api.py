"""What every API endpoint shares: pages of rows, one way to answer a refusal, and one shape for everything that goes wrong."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from collection.lib.errors import Outdated, Refused


class Json(JSONRenderer):
    """The framework's JSON, written by a quicker hand."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: dict | None = None) -> bytes:
        if data is None:
            return b""
        # Moments are left to the framework's own encoder: it writes them as the schema says.
        return orjson.dumps(data, default=self.encoder_class().default, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)


def moment_shape(moment: datetime | None) -> str | None:
    """A moment as every endpoint tells it: by the agency's clock, with its offset."""
    return timezone.localtime(moment).isoformat() if moment else None


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


def answer_refusal(error: Exception, context: dict) -> Response | None:
    """Whatever goes wrong answers {detail, rule}: a refused service call with the refusal's own status (409, or 422 from the gate).

    What doesn't fit the shape (400) names its fields beside; a lost update (409, F13) carries both values.
    """
    if isinstance(error, Refused):
        return Response(refusal_shape(error), status=error.status)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        fields = dict(_by_field(error.detail))
        response.data = {"detail": _in_words(fields), "rule": "", "fields": fields}
    elif response.status_code == status.HTTP_400_BAD_REQUEST:  # no JSON at all
        response.data = {"detail": str(response.data.get("detail", "")), "rule": "", "fields": {}}
    else:
        response.data = {"detail": str(response.data.get("detail", "")), "rule": ""}
    return response


def refusal_shape(refusal: Refused) -> dict[str, Any]:
    shape = {"detail": str(refusal), "rule": refusal.rule}
    if isinstance(refusal, Outdated):
        shape |= {"yours": refusal.entered, "theirs": refusal.current}
    return shape


def _by_field(detail: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every complaint under its field; a field within a field as "outer.inner"."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _by_field(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(detail, list) and any(isinstance(part, dict | list) for part in detail):
        for number, inner in enumerate(detail):
            yield from _by_field(inner, f"{name}.{number}" if name else str(number))
    else:
        yield name or "non_field_errors", [str(part) for part in (detail if isinstance(detail, list) else [detail])]


def _in_words(fields: dict[str, list[str]]) -> str:
    first = next(iter(fields.values()), [_("What was sent can't be read.")])
    return " ".join(first)
