"""Capacities and the clients' requirements: what assignment keeps to."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment.forms import CapacityForm, RequirementForm
from assignment.models import Capacity, ClientRequirement
from assignment.selectors import collectors_visible_to
from assignment.selectors.progress import with_holdings
from assignment.services.limits import set_capacity, set_requirement
from cases.models import Client
from staff.choices import Role
from staff.listing import Column, DeskList
from staff.models import Team, User
from staff.pages import FormPage


class CapacityList(DeskList):
    template_name = "assignment/capacity_list.html"
    list_name = "assignment:capacity-list"
    permission_required = "assignment.manage_capacity"
    title = gettext_lazy("Capacities")
    subtitle = gettext_lazy("How much each collector may hold (A2.2). Plans never go beyond it; without one there is no limit.")
    empty_title = gettext_lazy("No collectors yet")
    empty_text = gettext_lazy("People with the collector's role appear here, with what they hold and may hold.")
    empty_icon = "speedometer2"
    default_sort = "staff_no"
    columns = [
        Column("name", gettext_lazy("Collector"), sort="name", link=True),
        Column("staff_no", gettext_lazy("Staff number"), sort="staff_no"),
        Column("team", gettext_lazy("Team"), value="team.name", sort="team__name"),
        Column("held", gettext_lazy("Cases held"), kind="number", sort="held"),
        Column("max_cases", gettext_lazy("Most cases"), kind="number", value="capacity.max_cases", sort="capacity__max_cases"),
        Column("held_amount", gettext_lazy("Money held"), kind="money", sort="held_amount"),
        Column("max_amount", gettext_lazy("Most money"), kind="money", value="capacity.max_amount", sort="capacity__max_amount"),
        Column("max_new", gettext_lazy("Most new a day"), kind="number", value="capacity.max_new_per_day", sort="capacity__max_new_per_day"),
    ]

    def rows(self) -> QuerySet[User]:
        return with_holdings(collectors_visible_to(self.request.user)).select_related("team", "capacity")

    def row_url(self, row: User) -> str:
        return reverse("assignment:capacity-edit", args=[row.pk])


class CapacityEdit(FormPage):
    permission_required = "assignment.manage_capacity"
    form_class = CapacityForm
    subtitle = gettext_lazy("Cases that are held already stay; the next plan keeps to the new limits.")

    @cached_property
    def collector(self) -> User:
        return get_object_or_404(collectors_visible_to(self.request.user), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return _("Capacity of %(person)s") % {"person": self.collector}

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:capacity-list")

    def get_initial(self) -> dict[str, Any]:
        capacity = Capacity.objects.filter(collector=self.collector).values("max_cases", "max_amount", "max_new_per_day").first()
        return capacity or {}

    def save(self, form: CapacityForm) -> tuple[str, str]:
        set_capacity(collector=self.collector, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The capacity of %(person)s was set.") % {"person": self.collector}, self.cancel_url


class RequirementList(DeskList):
    list_name = "assignment:requirement-list"
    permission_required = "cases.manage_clients"
    title = gettext_lazy("Clients' requirements")
    subtitle = gettext_lazy("Who may hold a client's cases: the first of the principles of assignment (A2.2).")
    empty_title = gettext_lazy("No clients yet")
    empty_text = gettext_lazy("Enter a client first; then say here who may hold its cases.")
    empty_icon = "bank"
    default_sort = "short_name"
    columns = [
        Column("client", gettext_lazy("Client"), value="short_name", sort="short_name", link=True),
        Column("teams", gettext_lazy("Only these teams"), value=lambda client: _teams_of(client)),
        Column("barred", gettext_lazy("People barred"), kind="number", sort="barred"),
        Column("months", gettext_lazy("Months of service"), kind="number", value="requirement.min_months_of_service"),
        Column("most", gettext_lazy("Most cases for one person"), kind="number", value="requirement.max_cases_per_person"),
        Column("training", gettext_lazy("Training"), value=lambda client: _training_of(client)),
    ]

    def rows(self) -> QuerySet[Client]:
        rows = Client.objects.filter(is_active=True).select_related("requirement").prefetch_related("requirement__teams")
        return rows.annotate(barred=Count("requirement__barred_people"))

    def row_url(self, row: Client) -> str:
        return reverse("assignment:requirement-edit", args=[row.pk])


def _teams_of(client: Client) -> str:
    row = getattr(client, "requirement", None)
    return "、".join(team.name for team in row.teams.all()) if row else ""


def _training_of(client: Client) -> str:
    row = getattr(client, "requirement", None)
    return _("required") if row and row.training_required else ""


class RequirementEdit(FormPage):
    permission_required = "cases.manage_clients"
    template_name = "assignment/requirement_edit.html"
    form_class = RequirementForm
    subtitle = gettext_lazy("Holds for the next plans and transfers; cases that are held already stay.")

    @cached_property
    def client(self) -> Client:
        return get_object_or_404(Client, pk=self.kwargs["pk"])

    @cached_property
    def requirement(self) -> ClientRequirement | None:
        return ClientRequirement.objects.filter(client=self.client).first()

    @property
    def title(self) -> str:
        return _("Who may hold %(client)s's cases") % {"client": self.client}

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:requirement-list")

    def get_form_kwargs(self) -> dict[str, Any]:
        row, barred = self.requirement, Q(pk__in=[])
        if row:
            barred = Q(pk__in=row.barred_people.values("pk"))
        people = User.objects.filter(barred | Q(is_active=True, groups__name=Role.COLLECTOR)).distinct().order_by("staff_no")
        teams = Team.objects.filter(Q(is_active=True) | Q(pk__in=row.teams.values("pk") if row else [])).order_by("name")
        return super().get_form_kwargs() | {"teams": teams, "people": people}

    def get_initial(self) -> dict[str, Any]:
        row = self.requirement
        if row is None:
            return {"training_required": True, "min_months_of_service": 0}
        names = ("min_months_of_service", "max_cases_per_person", "training_required")
        return {name: getattr(row, name) for name in names} | {"teams": row.teams.all(), "barred_people": row.barred_people.all()}

    def save(self, form: RequirementForm) -> tuple[str, str]:
        set_requirement(client=self.client, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The requirements of %(client)s were set.") % {"client": self.client}, self.cancel_url
