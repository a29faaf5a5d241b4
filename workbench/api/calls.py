"""From the wish to call to the record of what came of it."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from calls.selectors import recordable
from calls.services.recording import confirm_identity, open_call, record_call
from cases.models import Case, Phone
from compliance.choices import TargetClass
from compliance.models import Verdict
from compliance.selectors import rules_of, target_of
from operations.api import once, uuid_of
from workbench.api.base import DeskApi, operation
from workbench.selectors.case_view import script_of
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out


class Calls(DeskApi):
    """Ask the gate for one number: 200 with the number and the script, or 422 with every rule that stands in the way.

    It takes no idempotency key: the gate answers anew each time, and within two minutes with the same reservation.
    """

    @operation(out.CallOut, body=into.CallIn, finds=True, refuses=(409,), others={422: out.GateRefusalOut}, name="call")
    def post(self, request: Request, pk: int) -> Response:
        case, asked = self.case(pk), self.entered(into.CallIn, request)
        phone = get_object_or_404(Phone.objects.filter(contact__case=case), pk=asked["phone"])
        verdict = open_call(case_id=case.pk, phone_id=phone.pk, by=request.user, now=timezone.now())
        if not verdict.allowed:
            rules = rules_of(verdict)
            refusal = {"detail": rules[0]["text"], "rule": rules[0]["rule"], "rules": rules, "verdict": verdict.pk}
            return Response(out.GateRefusalOut(refusal).data, status=422)
        return Response(out.CallOut(_call_shape(verdict, phone, request.user)).data)


def _call_shape(verdict: Verdict, phone: Phone, user: Any) -> dict[str, Any]:
    """Nothing of the debt is in it: a third party's script has none, the debtor's body waits for the identity check (CR-12, CR-17)."""
    is_third_party = target_of(verdict.contact) == TargetClass.THIRD_PARTY
    script = script_of(verdict, by=user)
    return {
        "verdict": verdict.pk,
        "at": verdict.at,
        "number": f"{phone.number}{f' 转 {phone.extension}' if phone.extension else ''}",
        "whom": f"{verdict.contact.get_relation_display()} {verdict.contact.name}".strip(),
        "is_third_party": is_third_party,
        "script": script["title"],
        "opening": script["opening"],
        "body": "",
    }


class Identity(DeskApi):
    """At least two factors showed that it is the debtor (CR-17): the rest of the script and the balance."""

    @operation(out.IdentityOut, body=into.IdentityIn, finds=True, refuses=(409, 422), name="confirm_identity")
    def post(self, request: Request, pk: int) -> Response:
        own = get_object_or_404(Verdict.objects.filter(asked_by=request.user, case__in=self.cases()), pk=pk)
        factors = self.entered(into.IdentityIn, request)["factors"]
        verdict = confirm_identity(verdict_id=own.pk, factors=factors, by=request.user, now=timezone.now())
        answer = {"body": script_of(verdict, by=request.user)["body"], "balance": verdict.case.balance, "balance_on": verdict.case.balance_on}
        return Response(out.IdentityOut(answer).data)


class Records(DeskApi):
    """Save what came of a call. The Idempotency-Key is also the record's own: the same one makes no second record, however late it comes."""

    @operation(
        out.RecordOut, status=201, body=into.RecordIn, finds=True, refuses=(409, 422), others={200: out.RecordOut}, once=True, needs_key=True, name="record"
    )
    @once
    def post(self, request: Request) -> Response:
        key, entered = uuid_of(request), self.entered(into.RecordIn, request)
        verdict = get_object_or_404(recordable(request.user), pk=entered.pop("verdict"))
        done = record_call(verdict_id=verdict.pk, request_key=key, by=request.user, now=timezone.now(), **entered)
        case = Case.objects.defer("extra").get(pk=verdict.case_id)
        answer = {"id": done.record.pk, "is_new": done.is_new, "state": case.state, "follow_up_at": case.follow_up_at, "warnings": done.hits}
        return Response(out.RecordOut(answer).data, status=201 if done.is_new else 200)
