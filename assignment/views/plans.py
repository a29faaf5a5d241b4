"""A plan on its page: figures, every case with its reason, changes by hand; then it counts, or is taken back."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment.choices import PlanState
from assignment.forms import NOBODY, LineFilter, PlanForm
from assignment.models import AssignmentPlan, PlanLine
from assignment.selectors import collectors_of, placements_to_plan_for, plans_visible_to
from assignment.selectors.bars import bars_of
from assignment.selectors.figures import figures_of
from assignment.selectors.situation import basis_of, requirement_of, standings_of
from assignment.services.applying import apply_plan, may_undo, undo_plan
from assignment.services.plans import discard_plan, make_plan, move_lines, set_aside
from assignment.services.refusals import CannotPlan
from staff.listing import Column, DeskList
from staff.models import User
from staff.pages import ActionView


class PlanDetail(DeskList):
    """The plan's figures before and after, and its cases: filtered, sorted, moved by hand."""

    template_name = "assignment/plan_detail.html"
    permission_required = "assignment.assign_cases"
    list_name = "assignment:plan-detail"
    title = gettext_lazy("Assignment plan")
    filter_form = LineFilter
    default_sort = "-case__amount"
    columns = [
        Column("case_no", gettext_lazy("Case"), value="case.case_no", sort="case__case_no", link=True),
        Column("debtor", gettext_lazy("Debtor's name"), value="case.debtor.name", sort="case__debtor__name"),
        Column("stage", gettext_lazy("Stage"), value="case.stage", sort="case__stage"),
        Column("region", gettext_lazy("Region"), value="case.region", sort="case__region"),
        Column("amount", gettext_lazy("Amount"), value="case.amount", kind="money", sort="case__amount"),
        Column("collector", gettext_lazy("Goes to"), value="collector", kind="person", sort="collector__name"),
        Column("reason", gettext_lazy("Why"), kind="template", template="assignment/_why.html", sort="reason"),
    ]

    def get_template_names(self) -> list[str]:
        return ["assignment/_plan_lines.html"] if self.is_fragment else [self.template_name]

    @property
    def is_fragment(self) -> bool:
        return self.request.headers.get("HX-Target") == "list"

    @cached_property
    def plan(self) -> AssignmentPlan:
        plans = plans_visible_to(self.request.user).select_related("placement__client", "team", "created_by", "applied_by")
        return get_object_or_404(plans, pk=self.kwargs["pk"])

    @cached_property
    def people(self) -> list[User]:
        return list(collectors_of(self.plan.team).select_related("capacity"))

    def rows(self) -> QuerySet[PlanLine]:
        return self.plan.lines.select_related("case__debtor", "collector", "moved_by").defer("case__extra", "case__debtor__id_no")

    def filter_arguments(self) -> dict[str, Any]:
        return {"people": self.people}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan = self.plan
        shared = {"plan": plan, "people": self.people, "is_draft": plan.state == PlanState.DRAFT, "filter_query": self.request.GET.urlencode()}
        if not self.is_fragment:
            shared |= self._figures()
        return super().get_context_data(**shared, **kwargs)

    def _figures(self) -> dict[str, Any]:
        plan, standings, is_stale = self.plan, None, False
        if plan.state == PlanState.DRAFT:
            client = plan.placement.client
            requirement = requirement_of(client)
            standings = standings_of(plan.team, client, now=timezone.now(), requirement=requirement)
            is_stale = basis_of(plan.placement, standings, requirement) != plan.basis
        figures = figures_of(plan, standings)
        return {"figures": figures, "bars": bars_of(figures.loads), "is_stale": is_stale, "may_undo": may_undo(plan)}


class Make(ActionView):
    """A new draft for a placement."""

    permission_required = "assignment.assign_cases"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        placement = get_object_or_404(placements_to_plan_for(request.user), pk=pk)
        form = PlanForm(request.POST)
        if not form.is_valid():
            raise CannotPlan(_("Choose what the plan balances."))
        if placement.team is None:
            raise CannotPlan(_("This placement has no team yet."))
        plan = make_plan(placement=placement, team=placement.team, by=request.user, now=timezone.now(), **form.cleaned_data)
        return _("The plan is ready. Look at it, change it by hand, then apply it."), reverse("assignment:plan-detail", args=[plan.pk])

    def fallback_url(self, pk: int) -> str:
        return reverse("assignment:placement-detail", args=[pk])


class _OnePlan(ActionView):
    """Something done to one visible plan."""

    permission_required = "assignment.assign_cases"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        plan = get_object_or_404(plans_visible_to(request.user).select_related("placement", "team"), pk=pk)
        return self.change(plan), self.next_url(plan)

    def change(self, plan: AssignmentPlan) -> str:
        raise NotImplementedError

    def next_url(self, plan: AssignmentPlan) -> str:
        """Back to the plan."""
        return reverse("assignment:plan-detail", args=[plan.pk])

    def fallback_url(self, pk: int) -> str:
        return reverse("assignment:plan-detail", args=[pk])

    def version(self) -> int:
        text = self.request.POST.get("version", "")
        return int(text) if text.isdecimal() else 0

    def chosen(self, plan: AssignmentPlan) -> list[int]:
        """The ticked cases, or all that the filter finds."""
        if self.request.POST.get("all"):
            form = LineFilter(QueryDict(self.request.POST.get("query", "")), people=list(collectors_of(plan.team)))
            return list(form.apply(plan.lines.all()).values_list("case_id", flat=True)) if form.is_valid() else []
        return [int(text) for text in self.request.POST.getlist("ids") if text.isdecimal()]


class _ByHand(_OnePlan):
    def next_url(self, plan: AssignmentPlan) -> str:
        """Back to the cases, with the filter that was on."""
        query = self.request.POST.get("query", "")
        return f"{super().next_url(plan)}{f'?{query}' if query else ''}#list"


class Move(_ByHand):
    def change(self, plan: AssignmentPlan) -> str:
        asked = self.request.POST.get("to", "")
        if not asked:
            raise CannotPlan(_("Choose who gets these cases."))
        to = None if asked == NOBODY else get_object_or_404(collectors_of(plan.team), pk=int(asked) if asked.isdecimal() else 0)
        chosen = self.chosen(plan)
        moved = move_lines(plan_id=plan.pk, case_ids=chosen, to=to, version=self.version(), by=self.request.user, now=timezone.now())
        if moved > len(chosen):
            return _("%(count)s cases were moved: %(extra)s of the same debtors went along.") % {"count": moved, "extra": moved - len(chosen)}
        return _("%(count)s cases were moved.") % {"count": moved}


class SetAside(_ByHand):
    def change(self, plan: AssignmentPlan) -> str:
        reason = self.request.POST.get("reason", "")[:200]
        count = set_aside(plan_id=plan.pk, case_ids=self.chosen(plan), reason=reason, by=self.request.user, now=timezone.now())
        return _("%(count)s cases are set aside.") % {"count": count}


class Again(_OnePlan):
    """The same choice, from what is true now."""

    def change(self, plan: AssignmentPlan) -> str:
        self.fresh = make_plan(placement=plan.placement, team=plan.team, mode=plan.mode, holdings=plan.holdings, by=self.request.user, now=timezone.now())
        return _("Planned again from what is true now. Moves by hand were dropped.")

    def next_url(self, plan: AssignmentPlan) -> str:
        return reverse("assignment:plan-detail", args=[self.fresh.pk])


class Apply(_OnePlan):
    def change(self, plan: AssignmentPlan) -> str:
        applied = apply_plan(plan_id=plan.pk, version=self.version(), by=self.request.user, now=timezone.now())
        figures = figures_of(applied)
        return _("%(cases)s cases were assigned to %(people)s people. Each of them was told.") % {"cases": figures.given, "people": figures.people}


class Undo(_OnePlan):
    def change(self, plan: AssignmentPlan) -> str:
        undo_plan(plan_id=plan.pk, by=self.request.user, now=timezone.now())
        return _("The plan was undone. Its cases are unassigned again, and the collectors were told.")


class Discard(_OnePlan):
    def change(self, plan: AssignmentPlan) -> str:
        discard_plan(plan_id=plan.pk, by=self.request.user, now=timezone.now())
        return _("The plan was thrown away. Nothing was assigned.")

    def next_url(self, plan: AssignmentPlan) -> str:
        return reverse("assignment:placement-detail", args=[plan.placement_id])
