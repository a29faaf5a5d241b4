"""From the wish to call to the record of what came of it."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from calls.selectors import unrecorded_of
from calls.services.inbound import open_inbound
from calls.services.placing import NotAcknowledged, cancel_call, place_call
from calls.services.recording import confirm_identity, open_call, record_call
from cases.models import Phone
from collection.lib.api import refusal_shape
from compliance.choices import Direction, TargetClass
from compliance.models import Verdict
from compliance.selectors import rules_of, target_of, warnings_of
from operations.api import once, uuid_of
from staff.models import User
from workbench.api.base import DeskApi, operation
from workbench.api.paging import page_of
from workbench.selectors.case_view import script_of
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out
from workbench.serializers.paging import PageQuery


class Calls(DeskApi):
    """Ask the gate for one number, and place the call: 200 with how it is dialled and the script, 422 with every rule that stands in the way,
    409 with the warnings that must be acknowledged first.

    It takes no idempotency key: the gate answers anew each time, and a call that is placed already is not counted twice.
    """

    @operation(out.CallOut, body=into.CallIn, finds=True, refuses=(429,), others={409: out.WarningOut, 422: out.GateRefusalOut}, name="call")
    def post(self, request: Request, pk: int) -> Response:
        case, asked, now = self.case(pk), self.entered(into.CallIn, request), timezone.now()
        phone = get_object_or_404(Phone.objects.filter(contact__case=case), pk=asked["phone"])
        verdict = open_call(case_id=case.pk, phone_id=phone.pk, by=request.user, now=now)
        if not verdict.allowed:
            rules = rules_of(verdict)
            refusal = {"detail": rules[0]["text"], "rule": rules[0]["rule"], "rules": rules, "verdict": verdict.pk}
            return Response(out.GateRefusalOut(refusal).data, status=422)
        try:
            placed = place_call(verdict_id=verdict.pk, acknowledged=asked["acknowledged"], by=request.user, now=now)
        except NotAcknowledged as refusal:
            return Response(out.WarningOut(refusal_shape(refusal) | {"warnings": refusal.warnings}).data, status=refusal.status)
        how = {"backend": placed.backend, "number": placed.number, "uri": placed.uri, "call_ref": placed.call_ref}
        return Response(out.CallOut(_call_shape(verdict, request.user) | how).data)


class Inbound(DeskApi):
    """Somebody of the case rings: no rule of hours or counts stands against it. Identity is verified all the same (CR-17)."""

    @operation(out.CallOut, body=into.InboundIn, finds=True, refuses=(409,), once=True, name="inbound_call")
    @once
    def post(self, request: Request, pk: int) -> Response:
        case, who = self.case(pk), self.entered(into.InboundIn, request)
        verdict = open_inbound(case_id=case.pk, phone_id=who["phone"], contact_id=who["contact"], by=request.user, now=timezone.now())
        return Response(out.CallOut(_call_shape(verdict, request.user)).data)


def _call_shape(verdict: Verdict, user: User) -> dict[str, Any]:
    """Nothing of the debt is in it: a third party's script has none, the debtor's body waits for the identity check (CR-12, CR-17)."""
    script = script_of(verdict, by=user)
    return {
        "verdict": verdict.pk,
        "at": verdict.at,
        "direction": verdict.direction,
        **dict.fromkeys(("backend", "number", "uri", "call_ref"), ""),
        "warnings": warnings_of(verdict),
        "whom": f"{verdict.contact.get_relation_display()} {verdict.contact.name}".strip(),
        "is_third_party": target_of(verdict.contact) == TargetClass.THIRD_PARTY,
        "script": script["title"],
        "opening": script["opening"],
        "body": "",
    }


class Cancellation(DeskApi):
    """The number was not dialled, or nobody rang: the call is no attempt. Within minutes only, and with a reason."""

    @operation(out.DoneOut, body=into.ReasonIn, finds=True, refuses=(409,), once=True, name="cancel_call")
    @once
    def post(self, request: Request, pk: int) -> Response:
        own = get_object_or_404(Verdict.objects.filter(asked_by=request.user), pk=pk)
        dial = cancel_call(verdict_id=own.pk, by=request.user, now=timezone.now(), **self.entered(into.ReasonIn, request))
        is_inbound = dial.direction == Direction.IN
        return Response({"detail": _("The call is cancelled: nobody rang.") if is_inbound else _("The call is cancelled: the number was not dialled.")})


class Unrecorded(DeskApi):
    """Own calls that were placed or came in and are still to be recorded, the oldest first. Until then those placed count as made."""

    @operation(out.UnrecordedPageOut, query=PageQuery, name="unrecorded_calls")
    def get(self, request: Request) -> Response:
        return Response(page_of(self, unrecorded_of(request.user, timezone.now()), out.UnrecordedOut))


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
        try:
            done = record_call(verdict_id=entered.pop("verdict"), request_key=key, by=request.user, now=timezone.now(), **entered)
        except Verdict.DoesNotExist as error:
            raise Http404 from error
        answer = {"id": done.record.pk, "is_new": done.is_new, "state": done.case.state, "follow_up_at": done.case.follow_up_at, "warnings": done.hits}
        return Response(out.RecordOut(answer).data, status=201 if done.is_new else 200)
