"""Writes that are sent twice: the decorator that gives an API's method an idempotency key."""

import hashlib
import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from operations.services import Answer, answer_once

HEADER = "Idempotency-Key"
LONGEST = 255
REPLAYED = "Idempotent-Replayed"


def once(method: Callable[..., Response]) -> Callable[..., Response]:
    """The same key from the same person has one effect, and one answer, for two days (F14).

    What is refused by an exception changed nothing and is not kept: mend it and send it again, with the same key or another.
    An answer is kept encrypted; an operation whose answer must be asked for anew each time (the gate, a clear value) takes no key.
    """

    @wraps(method)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = key_of(request)
        if not key:
            return method(view, request, *args, **kwargs)

        def work() -> Answer:
            response = method(view, request, *args, **kwargs)
            return Answer(response.status_code, JSONRenderer().render(response.data).decode())

        kept = answer_once(key=key, person_id=request.user.pk, digest=_digest(request), now=timezone.now(), work=work)
        response = Response(json.loads(kept.body), status=kept.status)
        if kept.is_replayed:
            response[REPLAYED] = "true"
        return response

    return answer


def key_of(request: Request) -> str:
    """The request's key; "" when it has none."""
    key = request.headers.get(HEADER, "")
    if len(key) > LONGEST or not (key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: [_("A key is up to 255 plain characters.")]})
    return key.strip()


def uuid_of(request: Request) -> uuid.UUID:
    """The key of a request that must carry one."""
    try:
        return uuid.UUID(key_of(request))
    except ValueError as error:
        raise ValidationError({HEADER: [_("Send a key of this request's own, a UUID.")]}) from error


def _digest(request: Request) -> str:
    """What was asked for: the same key for something else is a mistake."""
    asked = json.dumps([request.method, request.path, request.data], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()
