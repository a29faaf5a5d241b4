"""The desk's API: parse, one service call, answer. Another person's case is not there (404)."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assignment.selectors import cases_visible_to
from calls.choices import Finding
from calls.models import Category
from calls.selectors import outcomes_in_use, progress_of, recordable
from calls.services.filtering import classify_case, close_step, review_field
from calls.services.recording import confirm_identity, open_call, record_call
from cases.choices import LegalBasis, Verification
from cases.models import Address, Case, Contact, Phone
from cases.services.casework import add_contact_phone, verify_address, verify_contact, verify_phone
from cases.services.registry import request_lookup
from collection.lib.api import Pages
from compliance.choices import PolicyKey, TargetClass
from compliance.models import Verdict
from compliance.selectors import figure_in_force, rules_of, target_of
from letters.selectors import addresses_for, templates_for
from letters.services.flow import request_letter
from workbench import serializers as shapes
from workbench.choices import Checked, Why
from workbench.selectors.case_view import CaseView, script_of
from workbench.selectors.desk import counts_by_why, in_order, queue_filter, queue_of, with_row
from workbench.selectors.desk_case import case_shape
from workbench.services.reveals import reveal


class HoldsPermission(BasePermission):
    """The view's `permission`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.has_perm(view.permission)


class DeskApi(APIView):
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


def choices_of(choices: Any) -> list[dict[str, str]]:
    return [{"code": code, "label": str(label)} for code, label in choices]


class Setup(DeskApi):
    """What the desk loads once."""

    @extend_schema(responses=shapes.SetupOut)
    def get(self, request: Request) -> Response:
        now = timezone.now()
        answer = {
            "outcomes": outcomes_in_use(),
            "categories": [{"code": row.code, "label": str(row)} for row in Category.objects.filter(is_active=True).order_by("position")],
            "findings": choices_of(Finding.choices),
            "verifications": choices_of(choice for choice in Verification.choices if choice[0] != Verification.PENDING),
            "bases": choices_of(LegalBasis.choices),
            "whys": choices_of(Why.choices),
            "today": timezone.localdate(now),
            "promise_days": figure_in_force(PolicyKey.PROMISE_DAYS, None, now),
        }
        return Response(shapes.SetupOut(answer).data)


class Queue(DeskApi):
    """The own cases, the most pressing first, each with its reason; `counts` says how many there are for each."""

    @extend_schema(
        parameters=[shapes.QueueQuery, OpenApiParameter("page", int), OpenApiParameter("page_size", int)],
        responses=shapes.QueueRow(many=True),
    )
    def get(self, request: Request) -> Response:
        query = shapes.QueueQuery(data=request.query_params.dict())
        if not query.is_valid():
            raise ValidationError(query.errors)
        queue = queue_of(request.user, now=timezone.now())
        asked = query.validated_data
        counted = queue_filter(queue, {"task": asked.get("task")})
        pages = Pages()
        rows = pages.paginate_queryset(in_order(with_row(queue_filter(queue, asked))), request, view=self)
        answer = pages.get_paginated_response(shapes.QueueRow(rows, many=True).data)
        answer.data["counts"] = counts_by_why(counted)
        return answer


class CaseDetail(DeskApi):
    """Everything about one case, masked, with what the gate would say of each number now."""

    permission = "cases.view_case"

    @extend_schema(responses=shapes.CaseOut)
    def get(self, request: Request, pk: int) -> Response:
        view = CaseView(self.case(pk), user=request.user, now=timezone.now())
        return Response(shapes.CaseOut(case_shape(view)).data)


class Calls(DeskApi):
    """Ask the gate for one number: 200 with the number and the script, or 422 with every rule that stands in the way."""

    @extend_schema(request=shapes.CallIn, responses={200: shapes.CallOut, 422: shapes.GateRefusalOut})
    def post(self, request: Request, pk: int) -> Response:
        case, asked = self.case(pk), self.entered(shapes.CallIn, request)
        phone = get_object_or_404(Phone.objects.filter(contact__case=case), pk=asked["phone"])
        verdict = open_call(case_id=case.pk, phone_id=phone.pk, by=request.user, now=timezone.now())
        if not verdict.allowed:
            rules = rules_of(verdict)
            refusal = {"detail": rules[0]["text"], "rule": rules[0]["rule"], "rules": rules, "verdict": verdict.pk}
            return Response(shapes.GateRefusalOut(refusal).data, status=422)
        return Response(shapes.CallOut(_call_shape(verdict, phone, request.user)).data)


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

    @extend_schema(request=shapes.IdentityIn, responses={200: shapes.IdentityOut, 422: shapes.RefusalOut})
    def post(self, request: Request, pk: int) -> Response:
        own = get_object_or_404(Verdict.objects.filter(asked_by=request.user, case__in=self.cases()), pk=pk)
        verdict = confirm_identity(verdict_id=own.pk, factors=self.entered(shapes.IdentityIn, request)["factors"], by=request.user, now=timezone.now())
        answer = {"body": script_of(verdict, by=request.user)["body"], "balance": verdict.case.balance, "balance_on": verdict.case.balance_on}
        return Response(shapes.IdentityOut(answer).data)


class Records(DeskApi):
    """Save what came of a call. The same `request_key` again answers 200 with the record that it made the first time."""

    @extend_schema(request=shapes.RecordIn, responses={201: shapes.RecordOut, 200: shapes.RecordOut, 409: shapes.RefusalOut, 422: shapes.RefusalOut})
    def post(self, request: Request) -> Response:
        entered = self.entered(shapes.RecordIn, request)
        verdict = get_object_or_404(recordable(request.user), pk=entered.pop("verdict"))
        done = record_call(verdict_id=verdict.pk, by=request.user, now=timezone.now(), **entered)
        case = Case.objects.defer("extra").get(pk=verdict.case_id)
        answer = {"id": done.record.pk, "is_new": done.is_new, "state": case.state, "follow_up_at": case.follow_up_at, "warnings": done.hits}
        return Response(shapes.RecordOut(answer).data, status=201 if done.is_new else 200)


class FieldReviews(DeskApi):
    """A3.2, first step: one field was read and judged."""

    @extend_schema(request=shapes.FieldReviewIn, responses={200: shapes.DoneOut, 409: shapes.RefusalOut})
    def post(self, request: Request, pk: int) -> Response:
        row = review_field(case_id=self.case(pk).pk, by=request.user, now=timezone.now(), **self.entered(shapes.FieldReviewIn, request))
        return Response({"detail": f"{row.get_field_display()}: {row.get_finding_display()}"})


class Steps(DeskApi):
    """A3.2, second step: one step of the call order is closed."""

    @extend_schema(request=shapes.StepIn, responses={200: shapes.DoneOut, 409: shapes.RefusalOut})
    def post(self, request: Request, pk: int) -> Response:
        row = close_step(case_id=self.case(pk).pk, by=request.user, now=timezone.now(), **self.entered(shapes.StepIn, request))
        return Response({"detail": f"{row.get_step_display()}: {row.get_state_display()}"})


class Classification(DeskApi):
    """A3.2, third step: the case is classified; 422 says exactly what is missing (A3.3)."""

    @extend_schema(request=shapes.ClassificationIn, responses={200: shapes.ClassifiedOut, 409: shapes.RefusalOut, 422: shapes.RefusalOut})
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(shapes.ClassificationIn, request)
        review = classify_case(case_id=case.pk, category=entered["category"], by=request.user, now=timezone.now())
        progress = progress_of(review.task)
        answer = {"detail": _("Classified: %(category)s.") % {"category": review.category}, "done": progress.done, "total": progress.total}
        return Response(shapes.ClassifiedOut(answer).data)


class Checks(DeskApi):
    """A3.3: a phone, an address or a relation is verified, wrong, or cannot be verified."""

    permission = "cases.work_case"

    @extend_schema(request=shapes.CheckIn, responses={200: shapes.DoneOut})
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(shapes.CheckIn, request)
        values = {"verification": entered["verification"], "by": request.user, "now": timezone.now()}
        if entered["kind"] == Checked.PHONE:
            verify_phone(phone=get_object_or_404(Phone.objects.select_related("contact__case"), pk=entered["id"], contact__case=case), **values)
        elif entered["kind"] == Checked.ADDRESS:
            verify_address(address=get_object_or_404(Address.objects.select_related("contact__case"), pk=entered["id"], contact__case=case), **values)
        else:
            verify_contact(contact=get_object_or_404(Contact.objects.select_related("case"), pk=entered["id"], case=case), **values)
        return Response({"detail": str(Verification(entered["verification"]).label)})


class Phones(DeskApi):
    """A number that the debtor or a contact told (CR-18)."""

    permission = "cases.work_case"

    @extend_schema(request=shapes.PhoneIn, responses={201: shapes.DoneOut, 409: shapes.RefusalOut})
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(shapes.PhoneIn, request)
        contact = get_object_or_404(Contact.objects.filter(case=case), pk=entered["contact"])
        phone = add_contact_phone(contact=contact, number=entered["number"], source=entered["source"], by=request.user, now=timezone.now())
        return Response({"detail": _("%(number)s was added.") % {"number": phone.masked}}, status=201)


class Registry(DeskApi):
    """A1.3: ask for a household-registry look-up."""

    permission = "cases.request_registry"

    @extend_schema(request=shapes.RegistryIn, responses={201: shapes.DoneOut, 409: shapes.RefusalOut})
    def post(self, request: Request, pk: int) -> Response:
        request_lookup(case=self.case(pk), by=request.user, now=timezone.now(), **self.entered(shapes.RegistryIn, request))
        return Response({"detail": _("The look-up is asked for; your team lead decides.")}, status=201)


class Letters(DeskApi):
    """A1.4: what a letter on this case may be made from, and asking for one."""

    permission = "letters.request_letter"

    @extend_schema(responses=shapes.LetterChoicesOut)
    def get(self, request: Request, pk: int) -> Response:
        case = self.case(pk)
        answer = {
            "templates": [{"code": row.pk, "label": f"{row.get_kind_display()} · {row}"} for row in templates_for(case)],
            "addresses": [
                {"code": row.pk, "label": f"{row.contact.get_relation_display()} {row.get_kind_display()} {row.masked}"} for row in addresses_for(case)
            ],
        }
        return Response(shapes.LetterChoicesOut(answer).data)

    @extend_schema(request=shapes.LetterIn, responses={201: shapes.DoneOut, 409: shapes.RefusalOut})
    def post(self, request: Request, pk: int) -> Response:
        case, entered = self.case(pk), self.entered(shapes.LetterIn, request)
        template = get_object_or_404(templates_for(case), pk=entered["template"])
        address = get_object_or_404(addresses_for(case), pk=entered["address"])
        request_letter(case=case, template=template, address=address, reason=entered["reason"], by=request.user, now=timezone.now())
        return Response({"detail": _("The letter is asked for; it is approved first.")}, status=201)


class Reveal(DeskApi):
    """The clear value of something masked; logged, and so many a day only (CR-46)."""

    permission = "cases.reveal_personal_data"

    @extend_schema(request=shapes.RevealIn, responses={200: shapes.RevealOut, 404: shapes.RefusalOut, 429: shapes.RefusalOut})
    def post(self, request: Request) -> Response:
        entered = self.entered(shapes.RevealIn, request)
        value = reveal(kind=entered["kind"], pk=entered["id"], reason=entered["reason"], by=request.user, now=timezone.now())
        return Response({"value": value})


class RevealOne(DeskApi):
    """The same for the button beside a masked value on a page: kind and id stand in the address, the page is the reason."""

    permission = "cases.reveal_personal_data"

    @extend_schema(exclude=True)
    def post(self, request: Request, kind: str = "", pk: int = 0) -> Response:
        kind, pk = kind or request.query_params.get("kind", ""), pk or _number(request.query_params.get("id", ""))
        value = reveal(kind=kind, pk=pk, reason=_page_of(request), by=request.user, now=timezone.now())
        return Response({"value": value})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _page_of(request: Request) -> str:
    """The page that the person looked at, as a path."""
    referer = request.headers.get("referer", "")
    return referer.partition("//")[2].partition("/")[2].partition("?")[0][:200]
