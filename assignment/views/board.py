"""What is to be assigned, by whom and by when."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from assignment.forms import BoardFilter
from assignment.selectors import cases_visible_to, placements_to_plan_for
from assignment.selectors.progress import with_progress
from assignment.selectors.scope import cases_in_pool
from cases.models import Placement
from staff.listing import Column, DeskList


class Board(DeskList):
    """The placements of the lead's teams, the most pressing first; and the pool. Head office sees all of them."""

    template_name = "assignment/board.html"
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
        Column("team", gettext_lazy("Team"), value="team.name", sort="team__name"),
        Column("placed_on", gettext_lazy("Placed on"), kind="date", sort="placed_on"),
        Column("total", gettext_lazy("Cases"), kind="number", sort="total"),
        Column("amount", gettext_lazy("Amount"), kind="money", sort="amount"),
        Column("unassigned", gettext_lazy("Unassigned"), kind="number", sort="unassigned"),
        Column("draft", gettext_lazy("Plan"), kind="template", template="assignment/_board_plan.html", exported=False),
        Column("due_at", gettext_lazy("Due"), kind="datetime", sort="due_at"),
        Column("left", gettext_lazy("Time left"), value="due_at", kind="template", template="assignment/_left.html", exported=False),
    ]

    def rows(self) -> QuerySet[Placement]:
        rows = with_progress(placements_to_plan_for(self.request.user), self.request.user).select_related("client", "team")
        return rows if self.form.is_bound else rows.filter(to_decide__gt=0)

    def row_url(self, row: Placement) -> str:
        return reverse("assignment:placement-detail", args=[row.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pool = cases_in_pool().filter(pk__in=cases_visible_to(self.request.user).values("pk"))
        return super().get_context_data(pool=pool.count(), **kwargs)
