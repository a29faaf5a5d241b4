"""The clear value of something masked; logged, and so many a day only (CR-46)."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collection.lib.numbers import whole
from workbench.api.base import DeskApi, operation
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out
from workbench.services.reveals import reveal


class Reveal(DeskApi):
    """It takes no idempotency key: whoever sees a value again is on the trail again."""

    permission = "cases.reveal_personal_data"

    @operation(out.RevealOut, body=into.RevealIn, finds=True, refuses=(409, 429), name="reveal")
    def post(self, request: Request) -> Response:
        entered = self.entered(into.RevealIn, request)
        value = reveal(kind=entered["kind"], pk=entered["id"], reason=entered["reason"], by=request.user, now=timezone.now())
        return Response({"value": value})


class RevealOne(DeskApi):
    """The same for the button beside a masked value on a page: kind and id stand in the address, the page is the reason."""

    permission = "cases.reveal_personal_data"

    @extend_schema(exclude=True)
    def post(self, request: Request, kind: str = "", pk: int = 0) -> Response:
        kind, pk = kind or request.query_params.get("kind", ""), pk or whole(request.query_params.get("id", ""))
        value = reveal(kind=kind, pk=pk, reason=_page_of(request), by=request.user, now=timezone.now())
        return Response({"value": value})


def _page_of(request: Request) -> str:
    """The page that the person looked at, as a path."""
    referer = request.headers.get("referer", "")
    return referer.partition("//")[2].partition("/")[2].partition("?")[0][:200]
