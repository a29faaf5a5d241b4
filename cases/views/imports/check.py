"""The third step: what was found, each cell among its neighbours, mended in place; and what the file would change."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from cases.choices import RowState, Severity
from cases.forms.imports import MendForm, RowsForm
from cases.models import Case, ImportRun, RowFinding, StagedRow
from cases.rules.findings import SEVERITIES
from cases.selectors import imports_visible_to, people_who_leave_rows_out
from cases.services import imports
from cases.views.imports.common import ImportAction
from cases.wording import FINDINGS, changes_in_words, field_label, finding_text, remedy_text
from collection.lib.errors import Refused
from collection.lib.masking import mask_name
from collection.lib.money import format_money
from staff.models import User
from staff.pages import DeskPermission

ROWS_ON_A_PAGE = 50
# So many cells on either side of one with a finding.
NEIGHBOURS = 2
MOST_CELLS = 14
# Other data would not make these go away.
NOT_MENDED = ("debtor_known", "debtor_differs", "case_returned")
SEVERITY_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.NOTE: "active"}

# Short names of the findings whose sentence carries values.
NAMES = {
    "too_long": gettext_lazy("Value too long"),
    "text_cut": gettext_lazy("Text shortened"),
    "amount_parts": gettext_lazy("Amount is not the sum of its parts"),
    "duplicate_in_file": gettext_lazy("Same case twice in the file"),
    "case_exists": gettext_lazy("Case is already being worked"),
    "debtor_known": gettext_lazy("Debtor known from another case"),
    "debtor_differs": gettext_lazy("Debtor known with other data"),
    "case_returned": gettext_lazy("Case was here before"),
    "control_amount": gettext_lazy("Sum differs from what the file says"),
    "control_count": gettext_lazy("Number of cases differs from what the file says"),
}


def finding_name(code: str) -> str:
    return str(NAMES.get(code) or FINDINGS[code][0]).rstrip("。.")


# --- the whole --------------------------------------------------------------------------------------------------------------


def check_context(run: ImportRun, request: HttpRequest, *, may_import: bool) -> dict[str, Any]:
    asked = {name: request.GET.get(name, "") for name in ("code", "state", "view")}
    context = head_context(run, request.user, may_import=may_import) | groups_context(run, asked)
    if not may_import:
        return context
    if context["view"] == "changes":
        return context | changes_context(run, request.GET.get("page"))
    page = _page(_rows_to_show(run, asked), request.GET.get("page"))
    return context | {"page": page, "lines": [row_context(run, row) for row in page], "may_leave_out": request.user.has_perm("cases.leave_rows_out")}


def head_context(run: ImportRun, user: User, *, may_import: bool) -> dict[str, Any]:
    """The figures, the totals and the button that imports."""
    summary = run.summary
    controls = [_control(line) for line in summary.get("controls", [])]
    differs = any(not line["agrees"] for line in controls)
    left_amount = Decimal(summary.get("all_amount", summary["amount"])) - Decimal(summary["amount"])
    return {
        "run": run,
        "summary": summary,
        "controls": controls,
        "totals_differ": differs and not run.accepted_reason,
        "left_amount": left_amount,
        "may_import": may_import,
        "can_commit": may_import and not summary["bad"] and summary["rows"] > summary["skipped"] and not (differs and not run.accepted_reason),
        "question": _question(run, left_amount),
        "who_may_leave_out": [] if user.has_perm("cases.leave_rows_out") else people_who_leave_rows_out()[:3],
    }


def _control(line: Mapping[str, Any]) -> dict[str, Any]:
    """A total as the file or the bank said it, beside what was read."""
    is_amount = line["code"] == "control_amount"
    shown = {name: format_money(Decimal(line[name]), line["currency"]) if is_amount else f"{int(line[name]):,}" for name in ("said", "found")}
    what = field_label(line["field"]) if line["field"] else _("Cases")
    where = _("%(sheet)s, row %(row)s") % {"sheet": line["sheet"], "row": line["row"]} if line["row"] else _("announced by the bank")
    return shown | {"what": what, "where": where, "agrees": line["agrees"]}


def _question(run: ImportRun, left_amount: Decimal) -> str:
    """What the import will do, in the question before it does."""
    summary, values = run.summary, {"rows": f"{run.summary['rows'] - run.summary['skipped']:,}", "skipped": f"{run.summary['skipped']:,}"}
    if run.is_placement:
        values |= {"cases": f"{summary['cases']:,}", "amount": format_money(Decimal(summary["amount"])), "team": run.team, "lead": run.team and run.team.lead}
        lines = [_("Import %(cases)s cases, %(amount)s, for %(team)s? %(lead)s is told at once and must assign them today.") % values]
    else:
        values |= {"changed": f"{summary.get('changed', summary['cases']):,}", "kind": run.get_kind_display()}
        lines = [_("Take over “%(kind)s” for %(changed)s cases, from %(rows)s rows? It cannot be undone as a whole.") % values]
    if summary["skipped"]:
        values["left"] = format_money(left_amount)
        lines.append(_("%(skipped)s rows are left out, worth %(left)s. They stay to be fetched for 30 days.") % values)
    return "\n".join(lines)


def groups_context(run: ImportRun, asked: Mapping[str, str]) -> dict[str, Any]:
    """The findings by what they are, errors first; which of them is shown."""
    codes = sorted(run.summary["codes"].items(), key=lambda item: (SEVERITY_ORDER[SEVERITIES[item[0]]], -item[1], item[0]))
    groups = [{"code": code, "count": count, "text": finding_name(code), "remedy": remedy_text(code), "tone": TONES[SEVERITIES[code]]} for code, count in codes]
    view = asked["view"] or ("changes" if not run.is_placement and not run.summary["bad"] and not (asked["code"] or asked["state"]) else "findings")
    return {
        "groups": groups,
        "code": asked["code"],
        "state": asked["state"],
        "view": view,
        "group": next((g for g in groups if g["code"] == asked["code"]), None),
    }


def _page(rows: QuerySet, number: str | None) -> Page:
    return Paginator(rows, ROWS_ON_A_PAGE).get_page(number)


# --- rows ------------------------------------------------------------------------------------------------------------------------


def _rows_to_show(run: ImportRun, asked: Mapping[str, str]) -> QuerySet[StagedRow]:
    """Bad rows first, then doubtful ones; or those of one finding, or those left out. The order is the file's."""
    rows, code, state = run.rows.prefetch_related("findings"), asked["code"], asked["state"]
    if code in FINDINGS:
        return rows.exclude(state=RowState.SKIPPED).filter(pk__in=run.findings.filter(code=code).values("row_id")).order_by("pk")
    if state in RowState.values:
        taken = [sheet["sheet"] for sheet in run.layout if sheet["taken"]]
        return rows.filter(state=state, sheet__in=taken).order_by("pk")
    return rows.filter(state__in=[RowState.BAD, RowState.WARNING]).order_by(F("state").asc(), "pk")


def row_context(run: ImportRun, row: StagedRow) -> dict[str, Any]:
    """A row with its findings, and a strip of its cells around each."""
    columns = next((sheet["columns"] for sheet in run.layout if sheet["sheet"] == row.sheet), [])
    found = sorted(row.findings.all(), key=lambda item: (SEVERITY_ORDER[item.severity], item.pk))
    is_skipped = row.state == RowState.SKIPPED
    return {
        "row": row,
        "name": row.values.get("name", ""),
        "is_skipped": is_skipped,
        "findings": [_finding(item, {column["column"]: column for column in columns}) for item in found],
        "strip": [] if not found else _strip(row, columns, found, may_mend=not is_skipped),
    }


def _finding(finding: RowFinding, columns: Mapping[str, Any]) -> dict[str, Any]:
    column = columns.get(finding.column)
    label = column["header"] if column and column["header"] else field_label(finding.field) if finding.field else ""
    text, remedy = finding_text(finding.code, finding.values), remedy_text(finding.code)
    return {"column": finding.column if column else "", "label": label, "text": text, "remedy": remedy, "tone": TONES[finding.severity]}


def _strip(row: StagedRow, columns: list[dict[str, Any]], found: Iterable[RowFinding], *, may_mend: bool) -> list[dict[str, Any]]:
    """The cells with findings and their neighbours, in the file's order; a gap where others lie between."""
    worst: dict[str, str] = {}
    for finding in found:  # the worst comes first
        worst.setdefault(finding.column, finding.severity)
    mended = {finding.column for finding in found if finding.code not in NOT_MENDED}
    places = [place for place, column in enumerate(columns) if column["column"] in worst]
    if not places:
        places = [0]  # nothing but the row itself: how it begins
    shown = sorted({near for place in places for near in range(place - NEIGHBOURS, place + NEIGHBOURS + 1) if 0 <= near < len(columns)})[:MOST_CELLS]
    cells, before = [], None
    for place in shown:
        column = columns[place]
        text = row.cells[column["index"]] if column["index"] < len(row.cells) else ""
        cell = {"column": column["column"], "index": column["index"], "header": column["header"], "text": text, "has_gap": before not in (None, place - 1)}
        severity = worst.get(column["column"])
        cells.append(cell | {"tone": TONES[severity] if severity else "", "can_mend": may_mend and column["column"] in mended})
        before = place
    return cells


# --- what an update would change ---------------------------------------------------------------------------------------------------


def changes_context(run: ImportRun, page_number: str | None) -> dict[str, Any]:
    """Case by case what the file would change, people masked; rows that are left out change nothing."""
    rows = run.rows.exclude(state__in=[RowState.SKIPPED, RowState.BAD]).exclude(case_id=None).order_by("case_no", "pk").defer("cells")
    page = _page(rows, page_number)
    cases = Case.objects.select_related("debtor", "placement").in_bulk([row.case_id for row in page])
    return {"page": page, "changes": [_change(row, cases.get(row.case_id)) for row in page]}


def _change(row: StagedRow, case: Case | None) -> dict[str, Any]:
    return {
        "row": row,
        "case_no": case.case_no if case else row.case_no,
        "person": mask_name(case.debtor.name) if case else "",
        "placement": case.placement.code if case else "",
        "lines": [{"what": what, "before": before, "after": after} for what, before, after in changes_in_words(row.values.get("changes", []))],
    }


# --- actions -----------------------------------------------------------------------------------------------------------------------


class MendCell(DeskPermission, View):
    """One cell mended in place; answers the row as it stands now, and the figures beside it."""

    permission_required = "cases.import_placement"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(StagedRow, run__in=imports_visible_to(request.user), pk=pk)
        form = MendForm(request.POST)
        refusal = "" if form.is_valid() else _("The text is too long for a cell.")
        if not refusal:
            try:
                row = imports.mend_cell(row_id=row.pk, by=request.user, now=timezone.now(), **form.cleaned_data)
            except Refused as refused:
                refusal = str(refused)
        run = ImportRun.objects.select_related("client", "team__lead").get(pk=row.run_id)
        context = {"line": row_context(run, row), "refusal": refusal, "is_mended": not refusal, "may_leave_out": request.user.has_perm("cases.leave_rows_out")}
        if not refusal:
            context |= head_context(run, request.user, may_import=True) | groups_context(run, _asked_before(request))
        return render(request, "cases/_import_row.html", context)


def _asked_before(request: HttpRequest) -> dict[str, str]:
    """Which findings the page shows from which a cell was mended."""
    query = parse_qs(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    return {name: query.get(name, [""])[0] for name in ("code", "state", "view")}


class RowsLeaveOut(ImportAction):
    def do(self, run: ImportRun) -> str:
        form = RowsForm(self.request.POST)
        form.is_valid()
        ids = None if form.cleaned_data["everything"] else form.cleaned_data.get("ids", [])
        count = imports.skip_rows(run_id=run.pk, row_ids=ids, reason=form.cleaned_data.get("reason", ""), **self.who)
        return _("%(count)s rows are left out.") % {"count": count}


class RowsTakeBack(ImportAction):
    def do(self, run: ImportRun) -> str:
        form = RowsForm(self.request.POST)
        form.is_valid()
        count = imports.take_rows_back(run_id=run.pk, row_ids=form.cleaned_data.get("ids", []), **self.who)
        return _("%(count)s rows count again.") % {"count": count}


class TotalsAccept(ImportAction):
    def do(self, run: ImportRun) -> str:
        imports.accept_totals(run_id=run.pk, reason=self.request.POST.get("reason", "")[:200], **self.who)
        return _("The totals are accepted.")
