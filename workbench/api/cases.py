"""One case, and what is checked and added on it."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from cases.choices import Verification
from cases.models import Contact
from cases.services.casework import add_contact_phone
from operations.api import once
from workbench.api.base import DeskApi, operation
from workbench.selectors.case_found import case_found
from workbench.selectors.case_view import CaseView
from workbench.selectors.desk_case import case_shape
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out
from workbench.serializers.case import CaseOut
from workbench.services.checks import check, rows_to_check

# One for all: a serializer copies its fields when it is made, which takes longer than to use them.
CASE = CaseOut()


class CaseDetail(DeskApi):
    """Everything about one case, masked, with what the gate would say of each number now."""

    permission = "cases.view_case"

    @operation(CaseOut, finds=True, name="case")
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        case = case_found(request.user, pk, now=now)
        if case is None:
            raise Http404
        view = CaseView(case, user=request.user, now=now, is_discreet=True)
        return Response(CASE.to_representation(case_shape(view)))


class Checks(DeskApi):
    """A3.3: a phone, an address or a relation is verified, wrong, or cannot be verified."""

    permission = "cases.work_case"

    @operation(out.DoneOut, body=into.CheckIn, finds=True, refuses=(409,), once=True, name="check")
    @once
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(into.CheckIn, request)
        row = get_object_or_404(rows_to_check(entered["kind"], case), pk=entered["id"])
        check(kind=entered["kind"], row=row, verification=entered["verification"], seen=entered["seen"], by=request.user, now=timezone.now())
        return Response({"detail": str(Verification(entered["verification"]).label)})


class Phones(DeskApi):
    """A number that the debtor or a contact told (CR-18)."""

    permission = "cases.work_case"

    @operation(out.DoneOut, status=201, body=into.PhoneIn, finds=True, refuses=(409,), once=True, name="add_phone")
    @once
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(into.PhoneIn, request)
        contact = get_object_or_404(Contact.objects.filter(case=case), pk=entered["contact"])
        phone = add_contact_phone(contact=contact, number=entered["number"], source=entered["source"], by=request.user, now=timezone.now())
        return Response({"detail": _("%(number)s was added.") % {"number": phone.masked}}, status=201)
