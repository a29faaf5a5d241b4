from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import translation

# What a person may open before choosing a password of their own.
OPEN_BEFORE_PASSWORD = {"staff:password", "staff:sign-out", "staff:language", "staff:preferences", "javascript-catalog"}
KEPT_BY_BROWSER = {"javascript-catalog"}


class SignedInMiddleware:
    """Speaks the person's language, insists on a password of their own, and keeps signed-in pages out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self._to_sign_in_as_a_page(request, self.get_response(request))
        translation.activate(user.language)
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, max-age=86400" if _name_of(request) in KEPT_BY_BROWSER else "no-store, private"
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        if request.user.is_authenticated and request.user.must_change_password and _name_of(request) not in OPEN_BEFORE_PASSWORD:
            return HttpResponse(status=204) if request.headers.get("HX-Request") else HttpResponseRedirect(reverse("staff:password"))
        return None

    def _to_sign_in_as_a_page(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """A fragment asked for after the session ended: the whole page goes to the sign-in, not the sign-in into the fragment."""
        sign_in = resolve_url(settings.LOGIN_URL)
        if not request.headers.get("HX-Request") or response.status_code != 302 or not response["Location"].startswith(sign_in):
            return response
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{page.path}?{page.query}" if page.query else page.path
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = f"{sign_in}?{urlencode({'next': back or '/'})}"
        return answer


def _name_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
