"""What every API endpoint shares: pages of rows, and one way to answer a refusal."""

from rest_framework import status
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from collection.lib.errors import Refused


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


def answer_refusal(error: Exception, context: dict) -> Response | None:
    """A refused service call answers {detail, rule} with the refusal's own status (409, or 422 from the contact gate)."""
    if isinstance(error, Refused):
        return Response({"detail": str(error), "rule": error.rule}, status=error.status)
    response = exception_handler(error, context)
    if response is not None and response.status_code == status.HTTP_404_NOT_FOUND:
        response.data = {"detail": response.data.get("detail", "")}
    return response
