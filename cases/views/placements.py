"""The import's pages (A1.2, annex 2): a stepper that shows everything before it counts."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, View

from cases import tasks
from cases.choices import PlacementState, RowState, Severity
from cases.forms import MappingForm, MendForm, PasswordForm, PlacementFilter, ReasonForm, RowsForm
from cases.models import ArrivalFile, Placement, StagedRow
from cases.rules.rows import SEVERITIES
from cases.selectors import arrivals_visible_to, assignment_path, placements_visible_to
from cases.services import imports
from cases.services.imports.runs import JOBS
from cases.services.imports.workbook import hand_out_errors
from cases.wording import FINDINGS, LEFT_OUT, failure_text, field_choices, field_label, finding_text, remedy_text
from collection.lib.errors import Refused
from staff.exports import XLSX
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission

ROWS_ON_A_PAGE = 50


class PlacementList(DeskList):
    list_name = "cases:placement-list"
    permission_required = "cases.view_placement"
    title = gettext_lazy("Placements")
    subtitle = gettext_lazy("Every file that is or was imported. Open one to go on where it stands.")
    empty_title = gettext_lazy("No placement yet")
    empty_text = gettext_lazy("A placement begins on the page of an arrival that was handed over: choose one of its files and start the import.")
    empty_icon = "file-earmark-spreadsheet"
    filter_form = PlacementFilter
    default_sort = "-created_at"
    columns = [
        Column("code", gettext_lazy("Placement"), sort="code", link=True),
        Column("client", gettext_lazy("Client"), value="client.short_name", sort="client__short_name"),
        Column("state", gettext_lazy("State"), value=lambda row: (row.state, row.get_state_display()), kind="state", sort="state"),
        Column("row_count", gettext_lazy("Rows"), kind="number", sort="row_count"),
        Column("case_count", gettext_lazy("Cases"), kind="number", sort="case_count"),
        Column("amount", gettext_lazy("Amount"), kind="money", sort="amount"),
        Column("team", gettext_lazy("Team"), value="team.name", sort="team__name"),
        Column("placed_on", gettext_lazy("Placed on"), kind="date", sort="placed_on"),
        Column("due_back_on", gettext_lazy("Due back on"), kind="date", sort="due_back_on", hidden=True),
        Column("committed_at", gettext_lazy("Imported"), kind="datetime", sort="committed_at"),
        Column("file", gettext_lazy("File"), value="file.name", hidden=True),
        Column("created_by", gettext_lazy("Begun by"), kind="person", hidden=True),
        Column("created_at", gettext_lazy("Begun"), kind="datetime", sort="created_at", hidden=True),
    ]

    def rows(self) -> QuerySet[Placement]:
        return placements_visible_to(self.request.user).select_related("client", "team", "file", "created_by").defer("layout")

    def row_url(self, row: Placement) -> str:
        return reverse("cases:placement-detail", args=[row.pk])


STEPS = [gettext_lazy("File"), gettext_lazy("Columns"), gettext_lazy("Check"), gettext_lazy("Import"), gettext_lazy("Done")]
STEP_OF = {
    PlacementState.UPLOADED: 0, PlacementState.FAILED: 0, PlacementState.CANCELLED: 0, PlacementState.READ: 1, PlacementState.MAPPED: 2,
    PlacementState.VALIDATED: 2, PlacementState.COMMITTING: 3, PlacementState.COMMITTED: 4, PlacementState.UNDONE: 4,
}  # fmt: skip
WORKING_ON = {
    PlacementState.UPLOADED: gettext_lazy("Reading the file"),
    PlacementState.MAPPED: gettext_lazy("Checking the rows"),
    PlacementState.COMMITTING: gettext_lazy("Importing"),
}


def is_working(placement: Placement) -> bool:
    return placement.state in JOBS and not placement.failure


class PlacementDetail(DeskPermission, DetailView):
    """Where the import stands, and what is to do there."""

    permission_required = "cases.view_placement"
    template_name = "cases/placement_detail.html"
    context_object_name = "placement"

    def get_queryset(self) -> QuerySet[Placement]:
        related = ("client__team", "team__lead", "file__arrival__client", "created_by", "committed_by", "asked_by")
        return placements_visible_to(self.request.user).select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        placement = self.object
        may_import = self.request.user.has_perm("cases.import_placement")
        wants_columns = placement.state == PlacementState.VALIDATED and "columns" in self.request.GET
        step = 1 if wants_columns else STEP_OF[placement.state]
        context = {
            "steps": [(label, "done" if place < step else "here" if place == step else "") for place, label in enumerate(STEPS)],
            "may_import": may_import,
            "is_working": is_working(placement),
            "work": WORKING_ON.get(placement.state, ""),
            "failure": failure_text(placement.failure) if placement.failure else "",
            "is_locked": placement.state == PlacementState.UPLOADED and bool(placement.failure),
            "is_rejected": placement.state == PlacementState.FAILED,
            "shows_columns": may_import and (placement.state == PlacementState.READ or wants_columns),
            "shows_check": placement.state == PlacementState.VALIDATED and not wants_columns,
        }
        if context["is_locked"]:
            context["password_form"] = PasswordForm()
        if context["shows_columns"]:
            context |= columns_context(placement)
        if context["shows_check"]:
            context |= check_context(placement, self.request, may_import=may_import)
        if placement.state == PlacementState.COMMITTED:
            context |= {"assignment_path": assignment_path(placement), "undo_form": ReasonForm(auto_id="undo-%s") if may_import else None}
        return super().get_context_data(**context, **kwargs)


def columns_context(placement: Placement, form: MappingForm | None = None) -> dict[str, Any]:
    chosen = form.chosen() if form else {}
    sheets = []
    for position, sheet in enumerate(placement.layout):
        fields = chosen.get(sheet["sheet"], {})
        columns = [_column(column, fields.get(column["index"], column["field"])) for column in sheet["columns"]]
        left_out = [(number, LEFT_OUT[reason], " ".join(cell for cell in cells if cell)[:80]) for number, reason, cells in sheet.get("left_out", [])]
        taken = sheet["sheet"] in chosen if form else sheet["taken"]
        sheets.append(sheet | {"position": position, "columns": columns, "left_out": left_out, "taken": taken, "kept": sum(not c["field"] for c in columns)})
    return {"mapping_form": form or MappingForm(placement=placement), "sheets": sheets, "field_choices": field_choices()}


def _column(column: dict[str, Any], field: str) -> dict[str, Any]:
    sure = column["confidence"] if field == column["field"] else 1.0
    tone = "quiet" if not field else "good" if sure >= 0.9 else "warn" if sure >= 0.7 else "bad"
    return column | {"field": field, "label": field_label(field) if field else "", "tone": tone, "percent": round(sure * 100)}


def check_context(placement: Placement, request: HttpRequest, *, may_import: bool) -> dict[str, Any]:
    summary, code, state = placement.summary, request.GET.get("code", ""), request.GET.get("state", "")
    codes = sorted(summary["codes"].items(), key=lambda item: (SEVERITIES[item[0]] != Severity.ERROR, -item[1], item[0]))
    groups = [
        {"code": name, "count": count, "text": finding_name(name), "remedy": remedy_text(name), "is_error": SEVERITIES[name] == Severity.ERROR}
        for name, count in codes
    ]
    context = {"summary": summary, "groups": groups, "code": code, "state": state, "can_commit": may_import and not summary["bad"] and summary["cases"] > 0}
    if may_import:
        page = Paginator(_rows_to_show(placement, code, state), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "lines": [row_context(placement, row) for row in page], "skip_form": ReasonForm(auto_id="skip-%s")}
    return context


# Short names of the findings whose sentence carries values.
NAMES = {
    "too_long": gettext_lazy("Value too long"),
    "text_cut": gettext_lazy("Text shortened"),
    "amount_parts": gettext_lazy("Amount is not the sum of its parts"),
    "duplicate_in_file": gettext_lazy("Same case twice in the file"),
    "case_exists": gettext_lazy("Case is already being worked"),
    "debtor_known": gettext_lazy("Debtor known from another case"),
}


def finding_name(code: str) -> str:
    return str(NAMES.get(code) or FINDINGS[code][0]).rstrip("。.")


def _rows_to_show(placement: Placement, code: str, state: str) -> QuerySet[StagedRow]:
    """Bad rows first, then doubtful ones; or those of one finding, or those left out. The order is the file's."""
    rows = placement.rows.prefetch_related("findings")
    if code in FINDINGS:
        return rows.exclude(state=RowState.SKIPPED).filter(pk__in=placement.findings.filter(code=code).values("row_id")).order_by("pk")
    if state in RowState.values:
        return rows.filter(state=state).order_by("pk")
    return rows.filter(state__in=[RowState.BAD, RowState.WARNING]).order_by(F("state").asc(), "pk")


def row_context(placement: Placement, row: StagedRow) -> dict[str, Any]:
    """A row with its findings, each beside the cell as it stands."""
    columns = {column["column"]: column for sheet in placement.layout if sheet["sheet"] == row.sheet for column in sheet["columns"]}
    findings = []
    for finding in sorted(row.findings.all(), key=lambda item: (item.severity != Severity.ERROR, item.pk)):
        column = columns.get(finding.column)
        text = row.cells[column["index"]] if column and column["index"] < len(row.cells) else ""
        findings.append(
            {
                "column": column,
                "label": field_label(finding.field) if finding.field else "",
                "cell": text,
                "text": finding_text(finding.code, finding.values),
                "remedy": remedy_text(finding.code),
                "is_error": finding.severity == Severity.ERROR,
                "can_mend": column is not None and finding.code != "debtor_known",
            }
        )
    return {"row": row, "findings": findings, "name": row.values.get("name", ""), "is_skipped": row.state == RowState.SKIPPED}


class PlacementProgress(DeskPermission, View):
    """The progress line, asked for again and again; when the work is over the page is loaded anew."""

    permission_required = "cases.view_placement"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        placement = get_object_or_404(placements_visible_to(request.user).defer("layout"), pk=pk)
        if is_working(placement):
            return render(request, "cases/_placement_progress.html", {"placement": placement, "work": WORKING_ON[placement.state]})
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response


class ImportStart(ActionView):
    permission_required = "cases.import_placement"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        file = get_object_or_404(ArrivalFile, arrival__in=arrivals_visible_to(request.user), pk=pk)
        placement = imports.start_import(file=file, by=request.user, now=timezone.now())
        tasks.read_placement.delay_on_commit(placement.pk)
        return "", reverse("cases:placement-detail", args=[placement.pk])

    def fallback_url(self, pk: int) -> str:
        return reverse("cases:arrival-list")


class PlacementAction(ActionView):
    """One button of the stepper: one service, then the page again."""

    permission_required = "cases.import_placement"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        placement = get_object_or_404(placements_visible_to(request.user), pk=pk)
        return self.do(placement), self.fallback_url(pk)

    def do(self, placement: Placement) -> str:
        raise NotImplementedError

    def fallback_url(self, pk: int) -> str:
        return reverse("cases:placement-detail", args=[pk])

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.request.user, "now": timezone.now()}


class ImportPassword(PlacementAction):
    def do(self, placement: Placement) -> str:
        imports.unlock_file(placement_id=placement.pk, password=self.request.POST.get("password", "")[:200], **self.who)
        tasks.read_placement.delay_on_commit(placement.pk)
        return ""


class ImportMapping(DeskPermission, View):
    """The columns, confirmed; what is wrong with them is said on the same page, with every choice still there."""

    permission_required = "cases.import_placement"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        placement = get_object_or_404(PlacementDetail.get_queryset(self), pk=pk)
        form = MappingForm(request.POST, placement=placement)
        if form.is_valid():
            try:
                imports.confirm_mapping(placement_id=pk, chosen=form.chosen(), by=request.user, now=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                tasks.check_placement.delay_on_commit(pk)
                response = HttpResponse(status=302)
                response["Location"] = reverse("cases:placement-detail", args=[pk])
                return response
        steps = [(label, "done" if place < 1 else "here" if place == 1 else "") for place, label in enumerate(STEPS)]
        context = {"placement": placement, "steps": steps, "may_import": True, "shows_columns": True, **columns_context(placement, form)}
        return render(request, "cases/placement_detail.html", context, status=422)


class MendCell(DeskPermission, View):
    """One cell mended in place; answers the row as it stands now."""

    permission_required = "cases.import_placement"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(StagedRow, placement__in=placements_visible_to(request.user), pk=pk)
        form = MendForm(request.POST)
        refusal = "" if form.is_valid() else _("The text is too long for a cell.")
        if not refusal:
            try:
                row = imports.mend_cell(row_id=row.pk, by=request.user, now=timezone.now(), **form.cleaned_data)
            except Refused as refused:
                refusal = str(refused)
        placement = Placement.objects.get(pk=row.placement_id)
        context = {"line": row_context(placement, row), "placement": placement, "refusal": refusal, "summary": placement.summary, "is_mended": not refusal}
        return render(request, "cases/_placement_row.html", context)


class RowsLeaveOut(PlacementAction):
    def do(self, placement: Placement) -> str:
        form = RowsForm(self.request.POST)
        form.is_valid()
        ids = None if form.cleaned_data["everything"] else form.cleaned_data.get("ids", [])
        count = imports.skip_rows(placement_id=placement.pk, row_ids=ids, reason=form.cleaned_data.get("reason", ""), **self.who)
        return _("%(count)s rows are left out.") % {"count": count}


class RowsTakeBack(PlacementAction):
    def do(self, placement: Placement) -> str:
        form = RowsForm(self.request.POST)
        form.is_valid()
        count = imports.take_rows_back(placement_id=placement.pk, row_ids=form.cleaned_data.get("ids", []), **self.who)
        return _("%(count)s rows count again.") % {"count": count}


class ImportCommit(PlacementAction):
    def do(self, placement: Placement) -> str:
        imports.commit_placement(placement_id=placement.pk, **self.who)
        tasks.write_placement.delay_on_commit(placement.pk)
        return ""


class ImportCancel(PlacementAction):
    def do(self, placement: Placement) -> str:
        imports.cancel_import(placement_id=placement.pk, **self.who)
        return _("The import is cancelled. The file can be imported again from its arrival.")


class ImportUndo(PlacementAction):
    def do(self, placement: Placement) -> str:
        imports.undo_placement(placement_id=placement.pk, reason=self.request.POST.get("reason", "")[:200], **self.who)
        return _("The import is undone. The file can be imported again from its arrival.")


class ErrorWorkbook(DeskPermission, View):
    permission_required = "cases.import_placement"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        placement = get_object_or_404(placements_visible_to(request.user), pk=pk, state=PlacementState.VALIDATED)
        content = hand_out_errors(placement=placement, by=request.user, now=timezone.now())
        response = HttpResponse(content, content_type=XLSX)
        response["Content-Disposition"] = content_disposition_header(True, f"{placement.code}-{_('errors')}.xlsx")
        return response
