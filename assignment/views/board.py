"""What is to be assigned, and everything that a lead weighs before planning."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from assignment.choices import PlanState
from assignment.forms import BoardFilter, PlanForm
from assignment.models import ClientRequirement
from assignment.selectors import placements_to_plan_for, plans_visible_to, unassigned_cases_of
from assignment.selectors.figures import make_up_of
from assignment.selectors.progress import with_progress
from assignment.selectors.situation import standings_of
from cases.models import Placement
from duties.choices import Kind
from duties.models import Duty
from staff.listing import Column, DeskList
from staff.pages import DeskPermission


class Board(DeskList):
    """The placements of the lead's teams, the most pressing first."""

    list_name = "assignment:board"
    permission_required = "assignment.assign_cases"
    title = gettext_lazy("Assignment")
    subtitle = gettext_lazy("Placements whose cases wait for a collector. They are assigned the same day (A2.1).")
    empty_title = gettext_lazy("Every case has its collector")
    empty_text = gettext_lazy("A placement appears here, with its deadline, as soon as its import is done.")
    empty_icon = "diagram-3"
    filter_form = BoardFilter
    default_sort = "-committed_at"
    columns = [
        Column("code", gettext_lazy("Placement"), sort="code", link=True),
        Column("client", gettext_lazy("Client"), value="client.short_name", sort="client__short_name"),
        Column("team", gettext_lazy("Team"), value="team.name", sort="team__name", hidden=True),
        Column("placed_on", gettext_lazy("Placed on"), kind="date", sort="placed_on"),
        Column("total", gettext_lazy("Cases"), kind="number", sort="total"),
        Column("amount", gettext_lazy("Amount"), kind="money", sort="amount"),
        Column("unassigned", gettext_lazy("Unassigned"), kind="number", sort="unassigned"),
        Column("draft", gettext_lazy("Plan"), kind="template", template="assignment/_board_plan.html", exported=False),
        Column("due_at", gettext_lazy("Due"), kind="datetime", sort="due_at"),
        Column("left", gettext_lazy("Time left"), value="due_at", kind="template", template="assignment/_left.html", exported=False),
    ]

    def rows(self) -> QuerySet[Placement]:
        rows = with_progress(placements_to_plan_for(self.request.user)).select_related("client", "team")
        return rows if self.form.is_bound else rows.filter(to_decide__gt=0)

    def row_url(self, row: Placement) -> str:
        return reverse("assignment:placement-detail", args=[row.pk])


class PlacementDetail(DeskPermission, TemplateView):
    """The placement's make-up, the team, the client's requirements; and the choice that makes a plan (A2.2)."""

    permission_required = "assignment.assign_cases"
    template_name = "assignment/placement_detail.html"

    @cached_property
    def placement(self) -> Placement:
        return get_object_or_404(placements_to_plan_for(self.request.user).select_related("client", "team__lead"), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        placement, now = self.placement, timezone.now()
        unassigned = unassigned_cases_of(placement)
        left = unassigned.count()
        plans = plans_visible_to(self.request.user).filter(placement=placement).exclude(state=PlanState.DISCARDED)
        duty = Duty.objects.about(placement).filter(kind=Kind.ASSIGNMENT, cancelled_at=None).select_related("holder").order_by("pk").last()
        requirement = ClientRequirement.objects.filter(client=placement.client).prefetch_related("teams", "barred_people").first()
        return super().get_context_data(
            placement=placement,
            duty=duty,
            left=left,
            total=placement.cases.count(),
            make_up=make_up_of(unassigned if left else placement.cases.all()),
            people=standings_of(placement.team, placement.client, now=now) if placement.team else [],
            requirement=requirement,
            plans=plans.select_related("created_by").order_by("-pk")[:20],
            form=PlanForm(),
            **kwargs,
        )
