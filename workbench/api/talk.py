"""What is said in calls and passed on: records amended, quick texts, referrals to departments (E14), flags (CR-16, CR-50)."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from calls.choices import PromiseState
from calls.models import ContactRecord, Promise, QuickText, Referral
from calls.selectors import quick_texts_for, referrals_of, referrals_visible_to
from calls.services.amending import KEEP, amend_promise, amend_record, cancel_promise
from calls.services.flags import raise_lost
from calls.services.quick_texts import remove_quick_text, save_quick_text
from calls.services.referrals import answer_referral, refer, withdraw_referral
from compliance.choices import FlagKind
from compliance.models import CaseFlag
from compliance.selectors import open_flags_of
from compliance.services.flags import lift_flag, raise_flag
from operations.api import once
from workbench.api.base import DeskApi, operation
from workbench.api.paging import page_of
from workbench.selectors.case_view import flag_shape
from workbench.serializers import inputs as into
from workbench.serializers import talk as out
from workbench.serializers.case import FlagOut, PromiseOut
from workbench.serializers.desk import QuickTextOut
from workbench.serializers.outputs import DoneOut
from workbench.serializers.paging import PageQuery


class Record(DeskApi):
    """Amend an own record, within the time that the company allows; 409 carries both texts when another tab was quicker (F13)."""

    @operation(out.AmendedOut, body=into.AmendIn, finds=True, refuses=(409, 422), once=True, name="amend_record")
    @once
    def patch(self, request: Request, pk: int) -> Response:
        own = get_object_or_404(ContactRecord.objects.filter(case__in=self.cases(), collector=request.user), pk=pk)
        entered = self.entered(into.AmendIn, request)
        follow_up = entered.pop("follow_up_at", KEEP)
        done = amend_record(record_id=own.pk, follow_up_at=follow_up, by=request.user, now=timezone.now(), **entered)
        answer = {"id": done.record.pk, "note": done.record.note, "version": done.record.version, "warnings": done.hits}
        return Response(out.AmendedOut(answer).data)


class PromiseChange(DeskApi):
    """Amend a promise that was misheard, within the policy; 409 carries both values when another tab was quicker (F13)."""

    @operation(PromiseOut, body=into.PromiseAmendIn, finds=True, refuses=(409, 422), once=True, name="amend_promise")
    @once
    def patch(self, request: Request, pk: int) -> Response:
        own = _own_promise(self, pk)
        promise = amend_promise(promise_id=own.pk, by=request.user, now=timezone.now(), **self.entered(into.PromiseAmendIn, request))
        return Response(_promise_shape(promise))


class PromiseCancellation(DeskApi):
    """There was no such promise: it is cancelled with a reason, by who took it, while its call may be amended."""

    @operation(PromiseOut, body=into.PromiseCancelIn, finds=True, refuses=(409,), once=True, name="cancel_promise")
    @once
    def post(self, request: Request, pk: int) -> Response:
        own = _own_promise(self, pk)
        promise = cancel_promise(promise_id=own.pk, by=request.user, now=timezone.now(), **self.entered(into.PromiseCancelIn, request))
        return Response(_promise_shape(promise))


def _own_promise(view: DeskApi, pk: int) -> Promise:
    return get_object_or_404(Promise.objects.filter(case__in=view.cases(), record__collector=view.request.user), pk=pk)


def _promise_shape(promise: Promise) -> dict[str, Any]:
    promise.may_amend = promise.state == PromiseState.OPEN
    return PromiseOut(promise).data


class QuickTexts(DeskApi):
    """The company's texts, and one's own: at most fifty of one's own (422 beyond)."""

    @operation(QuickTextOut(many=True), name="quick_texts")
    def get(self, request: Request) -> Response:
        return Response(QuickTextOut(quick_texts_for(request.user), many=True).data)

    @operation(QuickTextOut, status=201, body=into.QuickTextIn, refuses=(409, 422), once=True, name="save_quick_text")
    @once
    def post(self, request: Request) -> Response:
        row = save_quick_text(by=request.user, now=timezone.now(), **self.entered(into.QuickTextIn, request))
        return Response(QuickTextOut(row).data, status=201)


class QuickTextOne(DeskApi):
    def row(self, pk: int) -> QuickText:
        return get_object_or_404(quick_texts_for(self.request.user), pk=pk)

    @operation(QuickTextOut, body=into.QuickTextIn, finds=True, refuses=(409, 422), once=True, name="change_quick_text")
    @once
    def put(self, request: Request, pk: int) -> Response:
        row = save_quick_text(quick_text_id=self.row(pk).pk, by=request.user, now=timezone.now(), **self.entered(into.QuickTextIn, request))
        return Response(QuickTextOut(row).data)

    @operation(DoneOut, finds=True, refuses=(409, 422), once=True, name="remove_quick_text")
    @once
    def delete(self, request: Request, pk: int) -> Response:
        row = self.row(pk)
        remove_quick_text(quick_text_id=row.pk, by=request.user, now=timezone.now())
        return Response({"detail": _("“%(name)s” is deleted.") % {"name": row.title}})


class Referrals(DeskApi):
    """What was passed on from the case, and passing on more (E14)."""

    permission = "cases.view_case"

    @operation(out.ReferralPageOut, query=PageQuery, finds=True, name="referrals")
    def get(self, request: Request, pk: int) -> Response:
        return Response(page_of(self, referrals_of(self.case(pk)), out.ReferralOut, latest_first=True))

    @operation(out.ReferralOut, status=201, body=into.ReferralIn, finds=True, refuses=(409,), once=True, name="refer")
    @once
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(into.ReferralIn, request)
        record_id = entered.pop("record", None)
        row = refer(case_id=case.pk, record_id=record_id, by=request.user, now=timezone.now(), **entered)
        return Response(out.ReferralOut(row).data, status=201)


class ReferralAnswer(DeskApi):
    """The department replies; the reply is on the case's timeline, and in the inbox of who asked."""

    permission = "calls.answer_referrals"

    @operation(out.ReferralOut, body=into.ReplyIn, finds=True, refuses=(409,), once=True, name="answer_referral")
    @once
    def post(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(referrals_visible_to(request.user), pk=pk)
        row = answer_referral(referral_id=row.pk, by=request.user, now=timezone.now(), **self.entered(into.ReplyIn, request))
        return Response(out.ReferralOut(row).data)


class ReferralWithdrawal(DeskApi):
    """Who asked needs no reply any more."""

    @operation(out.ReferralOut, body=into.ReasonIn, finds=True, refuses=(409,), once=True, name="withdraw_referral")
    @once
    def post(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(Referral.objects.filter(asked_by=request.user), pk=pk)
        row = withdraw_referral(referral_id=row.pk, by=request.user, now=timezone.now(), **self.entered(into.ReasonIn, request))
        return Response(out.ReferralOut(row).data)


class Flags(DeskApi):
    """What holds dunning on the case or asks for care, and raising more of it. A flag of the debtor raised on another case shows its kind only."""

    permission = "cases.work_case"

    @operation(out.FlagPageOut, query=PageQuery, finds=True, name="flags")
    def get(self, request: Request, pk: int) -> Response:
        case = self.case(pk)
        return Response(page_of(self, open_flags_of(case).select_related("raised_by"), FlagOut, shape=lambda flag: flag_shape(flag, case)))

    @operation(FlagOut, status=201, body=into.FlagIn, finds=True, refuses=(409,), once=True, name="raise_flag")
    @once
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(into.FlagIn, request)
        values = {"case_id": case.pk, "evidence": entered["evidence"], "by": request.user, "now": timezone.now()}
        flag = raise_lost(**values) if entered["kind"] == FlagKind.LOST else raise_flag(kind=entered["kind"], **values)
        return Response(FlagOut(flag_shape(flag, case)).data, status=201)


class FlagLift(DeskApi):
    """Lifted with a reason; those that hold dunning, by the lead or the GM office only (409)."""

    permission = "cases.view_case"

    @operation(DoneOut, body=into.ReasonIn, finds=True, refuses=(409,), once=True, name="lift_flag")
    @once
    def post(self, request: Request, pk: int) -> Response:
        flag = get_object_or_404(CaseFlag.objects.filter(case__in=self.cases()), pk=pk)
        flag = lift_flag(flag_id=flag.pk, by=request.user, now=timezone.now(), **self.entered(into.ReasonIn, request))
        return Response({"detail": _("“%(flag)s” is lifted.") % {"flag": flag.get_kind_display()}})
