"""A plan on its page: figures before and after, every case with its reason, what these cases are, and why nobody may hold one."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from assignment.choices import PlanLevel, PlanState
from assignment.forms import LineFilter, PlanFilter
from assignment.models import AssignmentPlan, PlanLine
from assignment.selectors import collectors_of, plans_visible_to, teams_to_plan_for
from assignment.selectors.bars import bars_of
from assignment.selectors.figures import Figures, Spread, evenly_counted, spread_of
from assignment.selectors.lines import complete_lines, reasons_of
from assignment.selectors.loads import Load
from assignment.selectors.make_up import make_up_of
from assignment.selectors.overview import objections_to, overview_of
from assignment.services.undoing import may_undo
from cases.models import Case
from collection.lib.money import format_money
from staff.listing import Column, DeskList
from staff.models import Team, User
from staff.pages import DeskPermission

EXPORT_BATCH = 1000
# States in which the plan has figures.
SHOWN = (PlanState.DRAFT, PlanState.APPLIED, PlanState.UNDONE, PlanState.DISCARDED)


def takers_of(plan: AssignmentPlan) -> list[User] | list[Team]:
    """To whom a plan's cases may go: the team's collectors, or the teams."""
    return list(teams_to_plan_for()) if plan.level == PlanLevel.TEAMS else list(collectors_of(plan.team))


class PlanList(DeskList):
    """The plans of the lead's teams, the latest first: also those of selections and of the pool, which no placement shows."""

    list_name = "assignment:plan-list"
    permission_required = "assignment.assign_cases"
    title = gettext_lazy("Assignment plans")
    empty_title = gettext_lazy("No plans yet")
    empty_text = gettext_lazy("Plan a placement, a selection of cases or the pool; each plan stays here with its figures and reasons.")
    empty_icon = "diagram-3"
    filter_form = PlanFilter
    columns = [
        Column("plan", gettext_lazy("Plan"), value=lambda plan: f"#{plan.pk}", sort="pk", link=True),
        Column("what", gettext_lazy("Cases"), value=lambda plan: plan.placement.code if plan.placement else plan.get_scope_display(), sort="placement__code"),
        Column("to", gettext_lazy("Goes to"), value=lambda plan: plan.team.name if plan.team else plan.get_level_display(), sort="team__name"),
        Column("mode", gettext_lazy("Mode"), value="get_mode_display", sort="mode"),
        Column("case_count", gettext_lazy("Count"), kind="number", sort="case_count"),
        Column("state", gettext_lazy("State"), value=lambda plan: (plan.state, plan.get_state_display()), kind="state", sort="state"),
        Column("created_by", gettext_lazy("Created by"), kind="person", sort="created_by__name"),
        Column("created_at", gettext_lazy("Created"), kind="datetime", sort="created_at"),
        Column("applied_at", gettext_lazy("Applied"), kind="datetime", sort="applied_at"),
    ]

    def rows(self) -> QuerySet[AssignmentPlan]:
        return plans_visible_to(self.request.user).select_related("placement", "team", "created_by")

    def row_url(self, row: AssignmentPlan) -> str:
        return reverse("assignment:plan-detail", args=[row.pk])


class PlanDetail(DeskList):
    """The plan's figures before and after, and its cases: filtered, sorted, moved by hand."""

    template_name = "assignment/plan_detail.html"
    permission_required = "assignment.assign_cases"
    list_name = "assignment:plan-detail"
    export_permission = "cases.export_cases"  # it names debtors, as the list of cases does
    title = gettext_lazy("Assignment plan")
    filter_form = LineFilter
    default_sort = "-case__amount"
    columns = [
        Column("case_no", gettext_lazy("Case"), value="case.case_no", sort="case__case_no", link=True),
        Column("debtor", gettext_lazy("Debtor's name"), value="case.debtor.name", sort="case__debtor__name"),
        Column("kind", gettext_lazy("Stage, region"), value=lambda line: " · ".join(filter(None, (line.case.stage, line.case.region))), sort="case__stage"),
        Column("amount", gettext_lazy("Amount"), value="case.amount", kind="money", sort="case__amount"),
        Column("to", gettext_lazy("Goes to"), value=lambda line: line.collector or line.team, kind="person", sort="to"),
        Column("reason", gettext_lazy("Why"), value="get_reason_display", kind="template", template="assignment/_why.html", sort="reason"),
    ]

    def get_template_names(self) -> list[str]:
        return ["assignment/_plan_lines.html"] if self.is_fragment else [self.template_name]

    @property
    def is_fragment(self) -> bool:
        return self.request.headers.get("HX-Target") == "list"

    @cached_property
    def plan(self) -> AssignmentPlan:
        plans = plans_visible_to(self.request.user).select_related("placement__client", "placement__team", "team", "created_by", "applied_by")
        return get_object_or_404(plans, pk=self.kwargs["pk"])

    @cached_property
    def takers(self) -> list[User] | list[Team]:
        return takers_of(self.plan)

    def rows(self) -> QuerySet[PlanLine]:
        return self.plan.lines.only("pk", "plan") if self.plan.state in SHOWN else PlanLine.objects.none()

    def complete(self, rows: list[PlanLine]) -> list[PlanLine]:
        return complete_lines(rows)

    def workbook(self, rows: Iterable[PlanLine], *, serial: int | str, now: datetime) -> bytes:
        return super().workbook(_completed(rows), serial=serial, now=now)

    def ordering(self) -> list[Any]:
        """By whom the case goes to: the plan's level says which column that is."""
        target = "team__name" if self.plan.level == PlanLevel.TEAMS else "collector__name"
        if self.sort.lstrip("-") != "to":
            return super().ordering()
        return [f"-{target}" if self.sort.startswith("-") else target, "-pk"]

    def filter_arguments(self) -> dict[str, Any]:
        return {"takers": self.takers}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan = self.plan
        shared = {"plan": plan, "takers": self.takers, "is_draft": plan.state == PlanState.DRAFT, "filter_query": self.request.GET.urlencode()}
        if not self.is_fragment:
            shared |= {"back_url": _back_url(plan), **self._figures()}
        return super().get_context_data(**shared, **kwargs)

    def _figures(self) -> dict[str, Any]:
        plan = self.plan
        if plan.state not in SHOWN:
            return {}
        overview = overview_of(plan, now=timezone.now())
        figures = overview.figures
        return {
            "figures": figures,
            "before": _spread_before(figures.loads),
            "bars": bars_of(figures.loads),
            "reasons": reasons_of(plan),
            "is_stale": overview.is_stale,
            "may_undo": may_undo(plan),
            "apply_question": _apply_question(plan, figures),
            "undo_question": _undo_question(plan, figures),
        }


def _completed(rows: Iterable[PlanLine]) -> Iterator[PlanLine]:
    left = iter(rows)
    while batch := list(islice(left, EXPORT_BATCH)):
        yield from complete_lines(batch)


def _back_url(plan: AssignmentPlan) -> str:
    return reverse("assignment:placement-detail", args=[plan.placement_id]) if plan.placement_id else reverse("assignment:plan-list")


def _spread_before(loads: list[Load]) -> dict[str, Spread]:
    """How far apart those whom the plan counts were before it."""
    counted = evenly_counted(loads)
    return {
        "count": spread_of([part * load.before_count for load, part in counted]),
        "amount": spread_of([part * load.before_amount for load, part in counted]),
    }


def _apply_question(plan: AssignmentPlan, figures: Figures) -> str:
    values = {"cases": f"{figures.given:,}", "to": f"{figures.people:,}", "amount": format_money(figures.given_amount or Decimal(0))}
    if plan.level == PlanLevel.TEAMS:
        return _("Give %(cases)s cases worth %(amount)s to %(to)s teams? Each lead is told, and has to assign them today.") % values
    question = _("Assign %(cases)s cases worth %(amount)s to %(to)s people? Each of them is told, and the time to filter begins.") % values
    if not figures.to_decide:
        return question
    rest = _("%(count)s cases stay without a collector and without a reason: your duty to assign them stays open.") % {"count": f"{figures.to_decide:,}"}
    return f"{question}\n{rest}"


def _undo_question(plan: AssignmentPlan, figures: Figures) -> str:
    values = {"cases": f"{figures.given:,}", "to": f"{figures.people:,}"}
    if plan.level == PlanLevel.TEAMS:
        return _("Undo the plan? %(cases)s cases are taken back from %(to)s teams, whose leads are told.") % values
    return _("Undo the plan? %(cases)s cases are taken back from %(to)s people, who are told. Your time to assign runs on from when it began.") % values


class _OfPlan(DeskPermission, View):
    """A piece of a visible plan's page, asked for when it is wanted."""

    permission_required = "assignment.assign_cases"

    def plan(self) -> AssignmentPlan:
        return get_object_or_404(plans_visible_to(self.request.user).select_related("placement__client", "team"), pk=self.kwargs["pk"])


class PlanProgress(_OfPlan):
    """The progress line, asked for again and again; when the work is over the page is loaded anew."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = self.plan()
        if plan.is_working:
            return render(request, "assignment/_plan_progress.html", {"plan": plan})
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response


class PlanMakeUp(_OfPlan):
    """What the plan's cases are, each part a way to its lines."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = self.plan()
        cases = Case.objects.filter(plan_lines__plan=plan)
        return render(request, "assignment/_make_up.html", {"make_up": make_up_of(cases), "lines_url": reverse("assignment:plan-detail", args=[plan.pk])})


class PlanWhy(_OfPlan):
    """Of one case, what stands against each person whom the plan could give it to."""

    def get(self, request: HttpRequest, pk: int, case: int) -> HttpResponse:
        plan = self.plan()
        line = get_object_or_404(plan.lines.select_related("plan__placement__client", "plan__team", "case__client", "case__debtor", "rule"), case=case)
        teams = [plan.team] if plan.team else teams_to_plan_for()
        people = list(collectors_of(*teams).select_related("capacity", "team"))
        objections = objections_to(line, people, now=timezone.now())
        return render(request, "assignment/_why_nobody.html", {"plan": plan, "line": line, "objections": objections})
