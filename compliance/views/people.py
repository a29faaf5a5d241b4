"""Whom nobody may call again (CR-13), and what the banks allowed in writing (A3.2)."""

from pathlib import PurePosixPath
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from compliance.forms import InstructionFilter, InstructionForm, NumberFilter
from compliance.models import ClientInstruction, DoNotContact
from compliance.selectors_lists import clients_served_by, do_not_contact_visible_to, instructions_visible_to
from compliance.services import approve_instruction, enter_instruction, hand_out_instruction
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission, FormPage

ENTER, APPROVE = "compliance.enter_instruction", "compliance.approve_instruction"


class DoNotContactList(DeskList):
    """CR-13: permanent; there is no removal."""

    list_name = "compliance:do-not-contact-list"
    permission_required = "compliance.view_contactpolicy"
    title = gettext_lazy("Do-not-contact list")
    subtitle = gettext_lazy("Numbers that nobody may call again, for any case. An entry is permanent (CR-13).")
    empty_title = gettext_lazy("No number is barred")
    empty_text = gettext_lazy("When somebody asks not to be called, the call's outcome bars the number at once, for everybody.")
    empty_icon = "telephone-x"
    filter_form = NumberFilter
    default_sort = "-asked_at"
    columns = [
        Column("number", gettext_lazy("Number"), value="number_masked", kind="masked"),
        Column("reason", gettext_lazy("Reason")),
        Column("case", gettext_lazy("Case"), value="case.case_no"),
        Column("asked_at", gettext_lazy("Asked at"), kind="datetime", sort="asked_at"),
        Column("entered_by", gettext_lazy("Entered by"), kind="person", sort="entered_by__name"),
    ]

    def rows(self) -> QuerySet[DoNotContact]:
        return do_not_contact_visible_to(self.request.user)


def instruction_state(row: ClientInstruction) -> tuple[str, Any]:
    today = timezone.localdate()
    if row.expires_on < today:
        return "quiet", _("Expired")
    if row.approved_at is None:
        return "waiting", _("Awaiting approval")
    return ("open", _("To come")) if row.valid_from > today else ("good", _("In force"))


class InstructionList(DeskList):
    list_name = "compliance:instruction-list"
    any_permission = (ENTER, APPROVE)
    title = gettext_lazy("Clients' instructions")
    subtitle = gettext_lazy(
        "A bank's written instruction opens the whole call order, once the GM office approved it. Without one, third parties wait for CR-10."
    )
    empty_title = gettext_lazy("No written instruction")
    empty_text = gettext_lazy("Third parties are called only once contact with the debtor is lost. A bank may open the whole call order in writing.")
    empty_icon = "file-earmark-check"
    new_action = (gettext_lazy("Enter an instruction"), "compliance:instruction-new", ENTER)
    filter_form = InstructionFilter
    default_sort = "-entered_at"
    columns = [
        Column("client", gettext_lazy("Client"), sort="client__code"),
        Column("number", gettext_lazy("Document number"), sort="number"),
        Column("file", gettext_lazy("Document"), value="pk", kind="template", template="compliance/_instruction_file.html", exported=False),
        Column("valid_from", gettext_lazy("Valid from"), kind="date", sort="valid_from"),
        Column("expires_on", gettext_lazy("Expires on"), kind="date", sort="expires_on"),
        Column("state", gettext_lazy("State"), value=instruction_state, kind="state"),
        Column("actions", gettext_lazy("Actions"), value="pk", kind="template", template="compliance/_instruction_actions.html", exported=False),
        Column("entered_by", gettext_lazy("Entered by"), kind="person", sort="entered_by__name"),
        Column("entered_at", gettext_lazy("Entered at"), kind="datetime", sort="entered_at", hidden=True),
        Column("approved_by", gettext_lazy("Approved by"), kind="person"),
        Column("approved_at", gettext_lazy("Approved at"), kind="datetime", sort="approved_at", hidden=True),
    ]

    def rows(self) -> QuerySet[ClientInstruction]:
        return instructions_visible_to(self.request.user)

    def filter_arguments(self) -> dict[str, Any]:
        return {"today": timezone.localdate()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_approve = self.request.user.has_perm(APPROVE)
        return super().get_context_data(may_approve=may_approve, today=timezone.localdate(), me=self.request.user, **kwargs)


class InstructionNew(FormPage):
    permission_required = ENTER
    form_class = InstructionForm
    title = gettext_lazy("Enter an instruction")
    subtitle = gettext_lazy("It opens nothing until somebody of the GM office approves it.")

    @property
    def cancel_url(self) -> str:
        return reverse("compliance:instruction-list")

    def get_initial(self) -> dict[str, Any]:
        return {"valid_from": timezone.localdate()}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"clients": clients_served_by(self.request.user)}

    def save(self, form: InstructionForm) -> tuple[str, str]:
        instruction = enter_instruction(**form.cleaned_data, by=self.request.user, now=timezone.now())
        return _("%(number)s was entered; the GM office was asked to approve it.") % {"number": instruction.number}, self.cancel_url


class InstructionApprove(ActionView):
    permission_required = APPROVE

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        instruction = get_object_or_404(instructions_visible_to(request.user), pk=pk)
        approve_instruction(instruction_id=instruction.pk, by=request.user, now=timezone.now())
        said = {"client": instruction.client, "day": instruction.expires_on}
        return _("Approved. The whole call order is open for %(client)s until %(day)s.") % said, self.fallback_url(pk)

    def fallback_url(self, pk: int) -> str:
        return reverse("compliance:instruction-list")


class InstructionFile(DeskPermission, View):
    """The bank's document; who took it is on the trail."""

    any_permission = (ENTER, APPROVE)

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        instruction = get_object_or_404(instructions_visible_to(request.user), pk=pk)
        if not instruction.file:
            raise Http404
        content = hand_out_instruction(instruction=instruction, by=request.user, now=timezone.now())
        name = f"{instruction.number}{PurePosixPath(instruction.file.name).suffix}"
        return FileResponse(content, as_attachment=True, filename=name, content_type="application/octet-stream")
