"""Lists and pages of cases, for whoever may see them; stopping, resuming and answering objections for who may."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from assignment.models import Assignment
from assignment.selectors import cases_visible_to
from calls.services.recording import answer_dispute
from cases.choices import ENDED, CaseState
from cases.discretion import band_rank, third_party_is_on, withholds_amounts
from cases.models import Case
from cases.rules.amounts import band_of
from cases.services.casework import resume_case, stop_case
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission
from workbench.forms import AnswerForm, CaseFilter, ReasonForm
from workbench.selectors.case_found import case_found
from workbench.selectors.case_view import CaseView

TABS = ("accounts", "contacts", "timeline", "documents")


class CaseList(DeskList):
    """The cases that this person may see."""

    list_name = "workbench:case-list"
    permission_required = "cases.view_case"
    export_permission = "cases.export_cases"
    title = gettext_lazy("Cases")
    empty_title = gettext_lazy("No cases")
    empty_text = gettext_lazy("Cases appear here once a placement is imported and assigned.")
    empty_icon = "folder2-open"
    filter_form = CaseFilter
    bulk_actions = [
        (gettext_lazy("Plan them"), "assignment:selection", "assignment.assign_cases"),
        (gettext_lazy("Transfer"), "assignment:transfer", "assignment.assign_cases"),
        (gettext_lazy("Back to the pool"), "assignment:return-to-pool", "assignment.assign_cases"),
        (gettext_lazy("Ask for letters"), "letters:batch-new", "letters.request_letter"),
    ]
    columns = [
        Column("case_no", gettext_lazy("Case number"), sort="case_no", link=True),
        Column("debtor", gettext_lazy("Full name"), value="debtor.name", sort="debtor__name"),
        Column("client", gettext_lazy("Client"), value="client.short_name", sort="client__short_name"),
        Column("placement", gettext_lazy("Placement"), value="placement.code", sort="placement__code"),
        Column("balance", gettext_lazy("Owed"), kind="money", sort="balance"),
        Column("band", gettext_lazy("Owed, roughly"), value=lambda case: band_of(case.balance).label, sort="band"),
        Column("stage", gettext_lazy("Stage"), sort="stage"),
        Column("overdue_days", gettext_lazy("Days overdue"), kind="number", sort="overdue_days"),
        Column("region", gettext_lazy("Region"), sort="region", hidden=True),
        Column("state", gettext_lazy("State"), value=lambda case: (case.state, case.get_state_display()), kind="state", sort="state"),
        Column("collector", gettext_lazy("Collector"), value="collector_name", sort="collector_name"),
        Column("follow_up_at", gettext_lazy("Follow up"), kind="datetime", sort="follow_up_at"),
        Column("touched_at", gettext_lazy("Last worked"), kind="datetime", sort="touched_at", hidden=True),
        Column("placed_on", gettext_lazy("Placed on"), kind="date", sort="placed_on", hidden=True),
    ]

    def setup(self, *args: Any, **kwargs: Any) -> None:
        """Who calls plans by bands (CR-17); everybody else by amounts. With a third party on the line no list names a bank (CR-12)."""
        super().setup(*args, **kwargs)
        user = self.request.user
        if not user.is_authenticated:  # who is turned away at the door
            return
        unseen = {"balance"} if withholds_amounts(user) else {"band"}
        self.names_banks = not third_party_is_on(user, now=timezone.now())
        if not self.names_banks:
            unseen |= {"client", "placement"}
        self.columns = [column for column in self.columns if column.key not in unseen]

    @cached_property
    def visible(self) -> QuerySet[Case]:
        return cases_visible_to(self.request.user)

    def rows(self) -> QuerySet[Case]:
        held = Assignment.objects.open().filter(case=OuterRef("pk"))
        rows = self.visible.select_related("debtor", "client", "placement").defer("extra", "debtor__id_no")
        return rows.annotate(collector_name=Subquery(held.values("collector__name")[:1]), band=band_rank())

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "cases": self.visible, "names_banks": self.names_banks}

    def row_url(self, row: Case) -> str:
        return reverse("workbench:case-detail", args=[row.pk])


class CasePage(DeskPermission, TemplateView):
    """One case: what it is, whom one may try, what happened, what was sent. Legible on a phone, for a visit."""

    template_name = "workbench/case_detail.html"
    permission_required = "cases.view_case"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, tab = self.request.user, self.request.GET.get("tab", "")
        now = timezone.now()
        case = case_found(user, self.kwargs["pk"], now=now)
        if case is None:
            raise Http404
        may_stop = user.has_perm("cases.stop_case") and case.state not in ENDED
        return super().get_context_data(
            case=case,
            view=CaseView(case, user=user, now=now, is_discreet=True),
            tab=tab if tab in TABS else TABS[0],
            tabs=[("accounts", _("Accounts and amounts")), ("contacts", _("Contacts")), ("timeline", _("Timeline")), ("documents", _("Documents"))],
            stop_form=ReasonForm() if may_stop else None,
            answer_form=AnswerForm() if may_stop and case.state == CaseState.DISPUTED else None,
            may_reveal=user.has_perm("cases.reveal_personal_data"),
            **kwargs,
        )


class CaseAction(ActionView):
    """Something that a lead or the GM office does to a case they see."""

    permission_required = "cases.stop_case"

    def case(self, pk: int) -> Case:
        return get_object_or_404(cases_visible_to(self.request.user), pk=pk)

    def fallback_url(self, pk: int) -> str:
        return reverse("workbench:case-detail", args=[pk])


class Stop(CaseAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        case = stop_case(case_id=self.case(pk).pk, reason=request.POST.get("reason", "")[:200], by=request.user, now=timezone.now())
        return _("Case %(case)s is stopped. Nobody can be called for it.") % {"case": case}, self.fallback_url(pk)


class Resume(CaseAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        case = resume_case(case_id=self.case(pk).pk, reason=request.POST.get("reason", "")[:200], by=request.user, now=timezone.now())
        return _("Case %(case)s goes on.") % {"case": case}, self.fallback_url(pk)


class Answer(CaseAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        case = answer_dispute(case_id=self.case(pk).pk, answer=request.POST.get("answer", "")[:200], by=request.user, now=timezone.now())
        return _("The objection on case %(case)s is answered; its holder is told.") % {"case": case}, self.fallback_url(pk)
