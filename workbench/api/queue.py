"""The own cases, the most pressing first."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collection.lib.api import Pages
from workbench.api.base import DeskApi, operation
from workbench.selectors.desk import counts_by_why, in_order, queue_filter, queue_of, with_row
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out


class Queue(DeskApi):
    """Each case with the reason for its place; `counts` says how many there are for each."""

    @extend_schema(parameters=[OpenApiParameter("page", int), OpenApiParameter("page_size", int)])
    @operation(out.QueueRow(many=True), query=into.QueueQuery, name="queue")
    def get(self, request: Request) -> Response:
        asked = self.asked(into.QueueQuery, request)
        queue = queue_of(request.user, now=timezone.now())
        counted = queue_filter(queue, {"task": asked.get("task")})
        pages = Pages()
        rows = pages.paginate_queryset(in_order(with_row(queue_filter(queue, asked))), request, view=self)
        answer = pages.get_paginated_response(out.QueueRow(rows, many=True).data)
        answer.data["counts"] = counts_by_why(counted)
        return answer
