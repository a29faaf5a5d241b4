"""Letters of a case, and asking for one: for the collector's desk."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assignment.selectors import cases_visible_to
from letters.selectors import addresses_for, letters_visible_to, letters_with_rows, templates_for
from letters.serializers import LetterRequestSerializer, LetterSerializer
from letters.services import request_letter

MOST = 100


class MaySee(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.has_perm("letters.request_letter" if request.method == "POST" else "letters.view_letter")


class Letters(APIView):
    permission_classes = [MaySee]

    @extend_schema(parameters=[OpenApiParameter("case", int, required=True)], responses=LetterSerializer(many=True))
    def get(self, request: Request) -> Response:
        asked = request.query_params.get("case", "")
        rows = letters_with_rows(letters_visible_to(request.user)).filter(case_id=int(asked) if asked.isdecimal() else 0).order_by("-pk")
        return Response(LetterSerializer(rows[:MOST], many=True).data)

    @extend_schema(request=LetterRequestSerializer, responses={201: LetterSerializer})
    def post(self, request: Request) -> Response:
        given = LetterRequestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        case = get_object_or_404(cases_visible_to(request.user), pk=asked["case"])
        template = get_object_or_404(templates_for(case), pk=asked["template"])
        address = get_object_or_404(addresses_for(case), pk=asked["address"])
        letter = request_letter(case=case, template=template, address=address, reason=asked["reason"], by=request.user, now=timezone.now())
        return Response(LetterSerializer(letter).data, status=201)
