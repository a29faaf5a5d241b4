"""Household-registry look-ups (A1.3): the queue by deadline, and the steps of one."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from cases.choices import RegistryState
from cases.forms.common import ReasonForm
from cases.forms.registry import AnswerForm, ConfirmForm, RegistryFilter, SubmitForm
from cases.models import RegistryRequest
from cases.selectors import duty_of, registry_visible_to, with_registry_clock
from cases.services import registry
from duties.choices import Kind
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission

ANY = ("cases.request_registry", "cases.approve_registry", "cases.handle_registry")


class RegistryList(DeskList):
    list_name = "cases:registry-list"
    any_permission = ANY
    title = gettext_lazy("Registry look-ups")
    subtitle = gettext_lazy("Submitted and confirmed by phone on the day they are approved (A1.3).")
    empty_title = gettext_lazy("No look-ups")
    empty_text = gettext_lazy("A collector asks for one on the page of a case; after the lead's approval it waits here.")
    empty_icon = "building"
    filter_form = RegistryFilter
    default_sort = "clock_due"
    columns = [
        Column("case", gettext_lazy("Case"), value="case.case_no", sort="case__case_no", link=True),
        Column("debtor", gettext_lazy("Debtor"), value="case.debtor.name"),
        Column("client", gettext_lazy("Client"), value="case.client.short_name"),
        Column("state", gettext_lazy("State"), value=lambda row: (row.state, row.get_state_display()), kind="state", sort="state"),
        Column(
            "clock",
            gettext_lazy("Clock"),
            value=lambda row: (row.clock_due, row.clock_from) if row.clock_due else None,
            kind="countdown",
            sort="clock_due",
            exported=False,
        ),
        Column("basis", gettext_lazy("Legal basis"), value="get_legal_basis_display"),
        Column("requested_by", gettext_lazy("Asked by"), kind="person", sort="requested_by__name"),
        Column("requested_at", gettext_lazy("Asked"), kind="datetime", sort="requested_at"),
    ]

    def rows(self) -> QuerySet[RegistryRequest]:
        requests = registry_visible_to(self.request.user).select_related("case__debtor", "case__client", "requested_by")
        return with_registry_clock(requests)

    def ordering(self) -> list[Any]:
        """By deadline; what has none (not approved yet, done) after it, the latest first."""
        return super().ordering() if self.sort else [*self._by_deadline(), "-pk"]

    def _by_deadline(self) -> list[Any]:
        column = next(column for column in self.columns if column.key == "clock")
        return [F(column.sort).asc(nulls_last=True)]

    def row_url(self, row: RegistryRequest) -> str:
        return reverse("cases:registry-detail", args=[row.pk])


class RegistryDetail(DeskPermission, DetailView):
    any_permission = ANY
    template_name = "cases/registry_detail.html"
    context_object_name = "lookup"

    def get_queryset(self) -> QuerySet[RegistryRequest]:
        people = ("requested_by", "decided_by", "submitted_by", "confirmed_by", "answered_by")
        return registry_visible_to(self.request.user).select_related("case__debtor", "case__client", "case__placement", *people)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lookup, user = self.object, self.request.user
        open_states = (RegistryState.REQUESTED, RegistryState.APPROVED, RegistryState.SUBMITTED)
        may_decide = lookup.state in open_states and user.has_perm("cases.approve_registry") and lookup.requested_by_id != user.pk
        handles = user.has_perm("cases.handle_registry")
        forms = {RegistryState.APPROVED: SubmitForm, RegistryState.SUBMITTED: ConfirmForm, RegistryState.CONFIRMED: AnswerForm}
        step = {RegistryState.APPROVED: "submit", RegistryState.SUBMITTED: "confirm", RegistryState.CONFIRMED: "answer"}.get(lookup.state, "")
        return super().get_context_data(
            duty=duty_of(lookup, Kind.REGISTRY),
            refuse_form=ReasonForm() if may_decide else None,
            step_form=forms[lookup.state]() if handles and step else None,
            step_url=reverse(f"cases:registry-{step}", args=[lookup.pk]) if step else "",
            **kwargs,
        )


class RegistryAction(ActionView):
    """One step of a look-up: its form, then one service."""

    permission_required = "cases.handle_registry"
    form_class: Any = None

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        lookup = get_object_or_404(registry_visible_to(request.user), pk=pk)
        data = {}
        if self.form_class:
            form = self.form_class(request.POST)
            if not form.is_valid():
                raise registry.CannotLookUp(" ".join(f"{form[name].label}: {' '.join(errors)}" for name, errors in form.errors.items()))
            data = form.cleaned_data
        message = self.do(request_id=lookup.pk, by=request.user, now=timezone.now(), **data)
        return message, self.fallback_url(pk)

    def do(self, **values: Any) -> str:
        raise NotImplementedError

    def fallback_url(self, pk: int) -> str:
        return reverse("cases:registry-detail", args=[pk])


class RegistryApprove(RegistryAction):
    permission_required = "cases.approve_registry"

    def do(self, **values: Any) -> str:
        registry.approve_lookup(**values)
        return _("Approved. The data centre has been told and submits it today.")


class RegistryRefuse(RegistryAction):
    permission_required = "cases.approve_registry"
    form_class = ReasonForm

    def do(self, **values: Any) -> str:
        registry.refuse_lookup(**values)
        return _("Refused. The requester has been told why.")


class RegistrySubmit(RegistryAction):
    form_class = SubmitForm

    def do(self, **values: Any) -> str:
        registry.submit_lookup(**values)
        return _("Submission recorded. Now confirm it by phone.")


class RegistryConfirm(RegistryAction):
    form_class = ConfirmForm

    def do(self, **values: Any) -> str:
        registry.confirm_lookup(**values)
        return _("Confirmed by phone: the day's duty is met. Enter the answer when it comes.")


class RegistryAnswer(RegistryAction):
    form_class = AnswerForm

    def do(self, **values: Any) -> str:
        registry.answer_lookup(**values)
        return _("The answer is with the case; the collector has been told.")
