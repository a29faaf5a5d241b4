"""What the desk loads once."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from calls.choices import Department, Finding
from calls.models import Category
from calls.selectors import outcomes_in_use, quick_texts_for
from cases.choices import Band, LegalBasis, Verification
from compliance.choices import FlagKind, PolicyKey
from compliance.selectors import figure_in_force
from workbench.api.base import DeskApi, operation
from workbench.choices import Why
from workbench.selectors.saved_views import choices_held_by, views_of
from workbench.serializers.desk import SetupOut


def choices_of(choices: Any) -> list[dict[str, str]]:
    return [{"code": code, "label": str(label)} for code, label in choices]


class Setup(DeskApi):
    """The outcomes with their keys, and every list to choose from."""

    @operation(SetupOut, name="setup")
    def get(self, request: Request) -> Response:
        now = timezone.now()
        clients, stages = choices_held_by(request.user)
        answer = {
            "outcomes": outcomes_in_use(),
            "categories": [{"code": row.code, "label": str(row)} for row in Category.objects.filter(is_active=True).order_by("position")],
            "findings": choices_of(Finding.choices),
            "verifications": choices_of(choice for choice in Verification.choices if choice[0] != Verification.PENDING),
            "departments": choices_of(Department.choices),
            "flag_kinds": choices_of(FlagKind.choices),
            "quick_texts": quick_texts_for(request.user),
            "bases": choices_of(LegalBasis.choices),
            "whys": choices_of(Why.choices),
            "bands": choices_of(Band.choices),
            "clients": [{"code": pk, "label": name} for pk, name in clients.items()],
            "stages": stages,
            "views": views_of(request.user),
            "today": timezone.localdate(now),
            "promise_days": figure_in_force(PolicyKey.PROMISE_DAYS, None, now),
        }
        return Response(SetupOut(answer).data)
