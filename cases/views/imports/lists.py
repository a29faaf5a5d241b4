"""Every file that is or was imported."""

from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.forms.imports import ImportFilter
from cases.models import ImportRun
from cases.selectors import imports_visible_to
from cases.views.imports.common import state_of
from staff.listing import Column, DeskList


def cases_in(run: ImportRun) -> int | None:
    """How many cases came of the file, or would."""
    placement = getattr(run, "placement", None)
    return placement.case_count if placement else run.summary.get("cases")


def amount_in(run: ImportRun) -> Decimal | None:
    placement = getattr(run, "placement", None)
    if placement:
        return placement.amount
    return Decimal(run.summary["amount"]) if "amount" in run.summary and run.is_placement else None


class ImportList(DeskList):
    list_name = "cases:import-list"
    permission_required = "cases.view_placement"
    template_name = "cases/import_list.html"
    title = _("Imports")
    subtitle = _("Every file that is or was imported. Open one to go on where it stands.")
    empty_title = _("No import yet")
    empty_text = _("An import begins on the page of an arrival that was handed over: choose one of its files and start the import.")
    empty_icon = "file-earmark-spreadsheet"
    filter_form = ImportFilter
    default_sort = "-created_at"
    columns = [
        Column("code", _("Import"), sort="code", link=True),
        Column("client", _("Client"), value="client.short_name", sort="client__short_name"),
        Column("kind", _("Kind of file"), value="get_kind_display", sort="kind"),
        Column("state", _("State"), value=state_of, kind="state", sort="state"),
        Column("file", _("File"), kind="template", value="file.name", template="cases/_import_file.html"),
        Column("row_count", _("Rows"), kind="number", sort="row_count"),
        Column("bad", _("With errors"), value=lambda row: row.summary.get("bad") or None, kind="number"),
        Column("case_count", _("Cases"), value=cases_in, kind="number", sort="placement__case_count"),
        Column("amount", _("Amount"), value=amount_in, kind="money", sort="placement__amount"),
        Column("team", _("Team"), value="team.name", sort="team__name", hidden=True),
        Column("placed_on", _("Placed on"), kind="date", sort="placed_on", hidden=True),
        Column("due_back_on", _("Due back on"), kind="date", sort="due_back_on", hidden=True),
        Column("created_by", _("Begun by"), kind="person"),
        Column("created_at", _("Begun"), kind="datetime", sort="created_at"),
        Column("committed_at", _("Imported"), kind="datetime", sort="committed_at", hidden=True),
    ]

    def rows(self) -> QuerySet[ImportRun]:
        return imports_visible_to(self.request.user).select_related("client", "team", "file", "created_by", "placement").defer("layout")

    def row_url(self, row: ImportRun) -> str:
        return reverse("cases:import-detail", args=[row.pk])
