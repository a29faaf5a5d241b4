"""Pages for what went wrong: in the person's language, with a way on, and never a trace."""

import logging
import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

logger = logging.getLogger("desk.errors")


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, 400, _("That request can't be read"), _("The address or the form is damaged. Go back, load the page afresh and try again."))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, 403, _("You may not open this"), _("Your role doesn't include this page or action. If you need it, ask an administrator."))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, 404, _("There is nothing here"), _("The address is wrong, the row is gone, or it belongs to somebody else."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(
        request,
        403,
        _("The page was open too long"),
        _("For your safety the form was not accepted. Go back, load the page afresh and send it again."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """The reference id is in the log beside the trace; the person can tell it to whoever looks after the system."""
    reference = secrets.token_hex(4).upper()
    logger.error("reference %s: %s %s failed", reference, request.method, request.path, exc_info=True)
    text = _("The mistake is ours, and it is in the log. What you entered was not saved. Try again; if it stays, tell us the number.")
    return _answer(request, 500, _("Something went wrong"), text, reference=reference)


def _answer(request: HttpRequest, status: int, title: str, text: str, *, reference: str = "") -> HttpResponse:
    """Without the shell and its queries: the page must come even when the database doesn't."""
    if request.path.startswith("/api/") or request.headers.get("Accept", "").startswith("application/json"):
        detail = {"detail": f"{title}. {text}", "rule": ""} | ({"reference": reference} if reference else {})
        return JsonResponse(detail, status=status)
    context = {"status": status, "title": title, "text": text, "reference": reference, "agency": settings.AGENCY_NAME}
    return HttpResponse(render_to_string("errors/error.html", context), status=status)
