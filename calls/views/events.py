"""Where the telephone system tells what becomes of calls. No session, no cookie: the signature is all that counts."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from audit.context import origin
from calls.choices import Backend, EventKind
from calls.dialling.signing import SIGNATURE_HEADER, TIME_HEADER, is_signed
from calls.services.events import Told, take_event
from collection.lib.errors import Refused
from compliance.choices import Direction

LARGEST = 16 * 1024


@csrf_exempt
@require_POST
def pbx_event(request: HttpRequest) -> JsonResponse:
    """One event of one call. Whoever can't sign costs no query: size, then signature, then shape, then the database."""
    if settings.DIALLING != Backend.CTI:
        raise Http404
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = 0
    if not 0 < length <= LARGEST:
        return _no(413 if length > LARGEST else 400, "The body is empty, or larger than 16 kB.")
    body, now = request.body, timezone.now()
    timestamp, given = request.headers.get(TIME_HEADER, ""), request.headers.get(SIGNATURE_HEADER, "")
    if not is_signed(settings.PBX_SECRET, timestamp, given, body, now=int(now.timestamp())):
        return _no(401, "The signature or its time is wrong.")
    told = _told(body)
    if isinstance(told, str):
        return _no(400, told)
    try:
        with origin("telephone system"):
            is_new = take_event(told=told, now=now)
    except Refused as refusal:
        return _no(refusal.status, str(refusal))
    return JsonResponse({"new": is_new})


def _no(status: int, detail: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)


def _told(body: bytes) -> Told | str:
    """The event, or what is wrong with it."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "The body is no JSON."
    if not isinstance(said, dict):
        return "The body is no object."
    texts = {name: said.get(name, "") for name in ("event_id", "call_id", "type", "at", "line", "cause", "recording", "direction", "agent", "number")}
    if wrong := next((name for name, value in texts.items() if not _is_text(value)), ""):
        return f"“{wrong}” is no text."
    if not 0 < len(texts["event_id"]) <= 64:
        return "“event_id” has 1 to 64 characters."
    if texts["type"] not in EventKind.values:
        return f"“type” is one of {', '.join(EventKind.values)}."
    call_ref, at = _uuid(texts["call_id"]), _moment(texts["at"])
    if call_ref is None or at is None:
        return "“call_id” is the id that we gave, “at” a time with its offset, 2026-11-23T10:00:00+08:00."
    if texts["type"] == EventKind.RECORDING and not 0 < len(texts["recording"]) <= 200:
        return "“recording” has 1 to 200 characters."
    if texts["direction"] not in ("", *Direction.values):
        return f"“direction” is one of {', '.join(Direction.values)}."
    rest = {name: texts[name] for name in ("line", "cause", "recording", "agent", "number")}
    return Told(texts["event_id"], call_ref, texts["type"], at, direction=texts["direction"] or Direction.OUT, **rest)


def _is_text(value: Any) -> bool:
    """Text that a database takes: no NUL, no half of a pair that JSON can spell and nobody can write."""
    return isinstance(value, str) and "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None
