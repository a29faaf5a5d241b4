"""What the desk asks of others: the household registry (A1.3), letters (A1.4)."""

from collections.abc import Iterable

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from cases.discretion import third_party_is_on, withholds_amounts
from cases.models import Case, Payee
from cases.rules.amounts import mask_amounts
from cases.services.registry import request_lookup
from letters.models import Letter
from letters.selectors import addresses_for, letters_visible_to, letters_with_rows, payees_to_choose, templates_for
from letters.services.flow import request_letter
from operations.api import once
from workbench.api.base import DeskApi, operation
from workbench.api.paging import page_of
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out
from workbench.serializers.paging import PageQuery


def _whole(row: Letter) -> Letter:
    return row


def _without_amounts(row: Letter) -> Letter:
    row.reason = mask_amounts(row.reason)
    return row


class Registry(DeskApi):
    """A1.3: ask for a household-registry look-up."""

    permission = "cases.request_registry"

    @operation(out.DoneOut, status=201, body=into.RegistryIn, finds=True, refuses=(409,), once=True, name="request_registry")
    @once
    def post(self, request: Request, pk: int) -> Response:
        request_lookup(case=self.case(pk), by=request.user, now=timezone.now(), **self.entered(into.RegistryIn, request))
        return Response({"detail": _("The look-up is asked for; your team lead decides.")}, status=201)


class LetterChoices(DeskApi):
    """A1.4: what a letter on this case may be made from."""

    permission = "letters.request_letter"

    @operation(out.LetterChoicesOut, finds=True, name="letter_choices")
    def get(self, request: Request, pk: int) -> Response:
        case = self.case(pk)
        answer = {
            "templates": [{"code": row.pk, "label": f"{row.get_kind_display()} · {row}", "payee": row.payee_id} for row in templates_for(case)],
            "addresses": [
                {"code": row.pk, "label": f"{row.contact.get_relation_display()} {row.get_kind_display()} {row.masked}"} for row in addresses_for(case)
            ],
            "payees": [{"code": row.pk, "label": row.label} for row in self._payees(case, request)],
        }
        return Response(out.LetterChoicesOut(answer).data)

    def _payees(self, case: Case, request: Request) -> Iterable[Payee]:
        """An account's holder is the bank: not told while a third party is on the line (CR-12)."""
        now = timezone.now()
        if third_party_is_on(request.user, now=now):
            return ()
        return payees_to_choose(case.client, templates_for(case), today=timezone.localdate(now))


class Letters(DeskApi):
    """A1.4: the letters of a case, the latest first, and asking for one. Addresses stay masked, and so do amounts in what people wrote (CR-17)."""

    permission = "letters.request_letter"

    @operation(out.LetterPageOut, query=PageQuery, finds=True, name="letters")
    def get(self, request: Request, pk: int) -> Response:
        rows = letters_with_rows(letters_visible_to(request.user)).filter(case=self.case(pk))
        shape = _without_amounts if withholds_amounts(request.user) else _whole
        return Response(page_of(self, rows, out.LetterOut, latest_first=True, shape=shape))

    @operation(out.LetterDoneOut, status=201, body=into.LetterIn, finds=True, refuses=(409,), once=True, name="request_letter")
    @once
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(into.LetterIn, request)
        template = get_object_or_404(templates_for(case), pk=entered["template"])
        address = get_object_or_404(addresses_for(case), pk=entered["address"])
        payee = get_object_or_404(case.client.payees, pk=entered["payee"]) if entered["payee"] else None
        asked = {"template": template, "address": address, "payee": payee, "reason": entered["reason"]}
        letter = request_letter(case=case, **asked, by=request.user, now=timezone.now())
        return Response({"id": letter.pk, "detail": _("The letter is asked for; it is approved first.")}, status=201)
