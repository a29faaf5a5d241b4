"""What every endpoint of the desk shares: who may ask, whose cases they see, and how an operation is described."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from assignment.selectors import cases_visible_to
from cases.models import Case
from operations.api import HEADER
from workbench.serializers import outputs as out

ID = {"minimum": 1, "maximum": 2**63 - 1}
KEY = "The request's own key: sent again with the same key within two days, nothing is done twice and the first answer comes back (F14)."
# What each refusal answers, unless an operation says otherwise.
REFUSALS = {409: out.RefusalOut, 422: out.RefusalOut, 429: out.RefusalOut}


class HoldsPermission(BasePermission):
    """The view's `permission`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.has_perm(view.permission)


class DeskApi(APIView):
    """Another person's case is not there (404)."""

    permission_classes = [IsAuthenticated, HoldsPermission]
    permission = "calls.record_call"

    def cases(self) -> QuerySet[Case]:
        return cases_visible_to(self.request.user)

    def case(self, pk: int) -> Case:
        return get_object_or_404(self.cases().select_related("client", "debtor", "placement"), pk=pk)

    def entered(self, shape: type, request: Request) -> dict[str, Any]:
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def asked(self, shape: type, request: Request) -> dict[str, Any]:
        query = shape(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        return query.validated_data


def operation(
    shape: Any,
    *,
    status: int = 200,
    body: Any = None,
    query: Any = None,
    finds: bool = False,
    refuses: tuple[int, ...] = (),
    others: dict[int, Any] | None = None,
    once: bool = False,
    needs_key: bool = False,
    name: str = "",
) -> Any:
    """The description of one operation, with every answer that it can give.

    `finds`: it looks something up that may not be there (404). `refuses`: the statuses of a rule that says no. `once`: it takes an
    Idempotency-Key, which it may insist on (`needs_key`), and refuses the key of something else (422).
    """
    answers = {status: shape, 403: out.ErrorOut}
    if body is not None or query is not None or once:
        answers[400] = out.BadRequestOut
    if finds:
        answers[404] = out.ErrorOut
    if body is not None:
        answers[415] = out.ErrorOut
    answers |= {refused: REFUSALS[refused] for refused in refuses} | ({422: out.RefusalOut} if once else {}) | (others or {})
    parameters = [query] if query is not None else []
    if once:
        header = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"} | ({"format": "uuid"} if needs_key else {})
        parameters.append(OpenApiParameter(HEADER, header, OpenApiParameter.HEADER, required=needs_key, description=KEY))
    described = {"parameters": parameters, "responses": answers, "request": body}
    return extend_schema(**described | ({"operation_id": name} if name else {}))
