"""A3.2, step by step: the fields, the call order, the category."""

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from calls.selectors import progress_of
from calls.services.filtering import classify_case, close_step
from operations.api import once
from workbench.api.base import DeskApi, operation
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out
from workbench.services.checks import judge_field


class FieldReviews(DeskApi):
    """First step: one field was read and judged."""

    @operation(out.DoneOut, body=into.FieldReviewIn, finds=True, refuses=(409,), once=True, name="review_field")
    @once
    def post(self, request: Request, pk: int) -> Response:
        row = judge_field(case=self.case(pk), by=request.user, now=timezone.now(), **self.entered(into.FieldReviewIn, request))
        return Response({"detail": f"{row.get_field_display()}: {row.get_finding_display()}"})


class Steps(DeskApi):
    """Second step: one step of the call order is closed."""

    @operation(out.DoneOut, body=into.StepIn, finds=True, refuses=(409,), once=True, name="close_step")
    @once
    def post(self, request: Request, pk: int) -> Response:
        row = close_step(case_id=self.case(pk).pk, by=request.user, now=timezone.now(), **self.entered(into.StepIn, request))
        return Response({"detail": f"{row.get_step_display()}: {row.get_state_display()}"})


class Classification(DeskApi):
    """Third step: the case is classified; 422 says exactly what is missing (A3.3)."""

    @operation(out.ClassifiedOut, body=into.ClassificationIn, finds=True, refuses=(409, 422), once=True, name="classify")
    @once
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(into.ClassificationIn, request)
        review = classify_case(case_id=case.pk, category=entered["category"], by=request.user, now=timezone.now())
        progress = progress_of(review.task)
        answer = {"detail": _("Classified: %(category)s.") % {"category": review.category}, "done": progress.done, "total": progress.total}
        return Response(out.ClassifiedOut(answer).data)
