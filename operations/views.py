import sqlite3
from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from operations.models import Heartbeat

STALE_AFTER = timedelta(minutes=3)


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Nothing else is looked at: a load balancer must not restart us for a slow database."""
    return JsonResponse({"status": "ok", "version": settings.VERSION})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Everything that a day's work needs is there: database, broker, scheduler and workers."""
    parts = {"database": _database_answers(), "broker": _broker_answers()}
    if parts["database"]:
        alive = _alive()
        parts |= {name: name in alive for name in ("urgent", "bulk")}
    ready = all(parts.values())
    return JsonResponse({"status": "ok" if ready else "not ready", "parts": parts}, status=200 if ready else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_answers() -> bool:
    if not settings.REDIS_URL:
        return _broker_file_opens()
    try:
        return bool(redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping())
    except redis.RedisError:
        return False


def _broker_file_opens() -> bool:
    try:
        with sqlite3.connect(settings.VAR_DIR / "broker.sqlite3", timeout=2) as broker:
            broker.execute("SELECT 1")
    except sqlite3.Error:
        return False
    return True


def _alive() -> set[str]:
    return set(Heartbeat.objects.filter(at__gte=timezone.now() - STALE_AFTER).values_list("name", flat=True))
