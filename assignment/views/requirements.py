"""What clients ask of those who hold their cases: the first principle of A2.2."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment.choices import PreviousCollector
from assignment.forms_limits import RequirementForm
from assignment.models import ClientRequirement
from assignment.services.limits import LISTS, WISHES, requirement_words, set_requirement
from cases.models import Client
from collection.lib.seen import fingerprint
from staff.choices import Role
from staff.listing import Column, DeskList
from staff.models import Team, User
from staff.pages import FormPage


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
        Column("people", gettext_lazy("Only these people"), kind="number", sort="named"),
        Column("barred", gettext_lazy("People barred"), kind="number", sort="barred"),
        Column("months", gettext_lazy("Months of service"), kind="number", value="requirement.min_months_of_service"),
        Column("most", gettext_lazy("Most cases for one person"), kind="number", value="requirement.max_cases_per_person"),
        Column("training", gettext_lazy("Training"), value=lambda client: _training_of(client)),
        Column("more", gettext_lazy("Other wishes"), value=lambda client: _others_of(client)),
    ]

    def rows(self) -> QuerySet[Client]:
        rows = Client.objects.filter(is_active=True).select_related("requirement").prefetch_related("requirement__teams")
        return rows.annotate(barred=Count("requirement__barred_people", distinct=True), named=Count("requirement__people", distinct=True))

    def row_url(self, row: Client) -> str:
        return reverse("assignment:requirement-edit", args=[row.pk])


def _teams_of(client: Client) -> str:
    row = getattr(client, "requirement", None)
    return "、".join(team.name for team in row.teams.all()) if row else ""


def _training_of(client: Client) -> str:
    row = getattr(client, "requirement", None)
    return _("required") if row and row.training_required else ""


def _others_of(client: Client) -> str:
    """Licence, region, dialect, former holder and seniors, in a few words."""
    row = getattr(client, "requirement", None)
    if row is None:
        return ""
    said = [
        str(row.get_licence_display()) if row.licence else "",
        _("region") if row.region_must_match else "",
        _("dialect") if row.dialect_must_match else "",
        str(row.get_previous_collector_display()) if row.previous_collector != PreviousCollector.ANY else "",
        _("seniors: %(stages)s") % {"stages": "、".join(row.senior_stages)} if row.senior_stages else "",
    ]
    return "；".join(filter(None, said))


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

    def seen_now(self) -> str:
        return fingerprint(requirement_words(self.requirement) if self.requirement else None)

    def get_form_kwargs(self) -> dict[str, Any]:
        """People and teams that may be chosen, and those that were once."""
        row, before = self.requirement, Q(pk__in=[])
        if row:
            before = Q(pk__in=row.barred_people.values("pk")) | Q(pk__in=row.people.values("pk"))
        people = User.objects.filter(before | Q(is_active=True, groups__name=Role.COLLECTOR)).distinct().order_by("staff_no")
        teams = Team.objects.filter(Q(is_active=True) | Q(pk__in=row.teams.values("pk") if row else [])).order_by("name")
        return super().get_form_kwargs() | {"teams": teams, "people": people}

    def get_initial(self) -> dict[str, Any]:
        row = self.requirement
        if row is None:
            return {"training_required": True, "min_months_of_service": 0, "previous_collector": PreviousCollector.ANY}
        return {name: getattr(row, name) for name in WISHES} | {name: getattr(row, name).all() for name in LISTS}

    def save(self, form: RequirementForm) -> tuple[str, str]:
        set_requirement(client=self.client, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The requirements of %(client)s were set.") % {"client": self.client}, self.cancel_url
