"""Annex 4: filled forms, the month's report, what is to be put right, and what stands still."""

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from audit.services import record
from collection.lib.errors import Refused
from letters import services
from letters.choices import RectifyState
from letters.forms.letters import ReasonForm
from letters.forms.quality import AnswerForm, CheckFilter, HoldFilter, RectificationFilter, VerdictForm, month_bounds, months_until
from letters.models import LetterHold, QualityCheck, Rectification
from letters.printing.drafts import quality_month_pdf
from letters.selectors_quality import checks_visible_to, holds_visible_to, involved_in_check, may_release, rectifications_visible_to, rectifier_of
from letters.selectors_report import BY, Line, report, totals
from letters.services.rectifying import check_path
from letters.views.letters import pdf_response
from letters.views.quality import CHECK, RESULTS
from letters.views.silence import SilentWithThirdParty
from staff.exports import attachment, workbook_of
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission


def rectified_of(row: QualityCheck) -> tuple[str, str] | None:
    rectification = getattr(row, "rectification", None)
    return rectification.badge if rectification else None


class CheckList(SilentWithThirdParty, DeskList):
    """Filled forms; every number of the report opens them."""

    list_name = "letters:check-list"
    template_name = "letters/quality_list.html"
    permission_required = RESULTS
    title = gettext_lazy("Filled quality forms")
    filter_form = CheckFilter
    default_sort = "-checked_at"
    empty_title = gettext_lazy("No form was filled")
    empty_text = gettext_lazy("Filled quality forms of letters and of days appear here.")
    empty_icon = "clipboard-check"
    columns = [
        Column("subject", gettext_lazy("Letter or day"), value=lambda row: str(row.subject), link=True),
        Column("grade", gettext_lazy("Grade"), value=lambda row: (row.grade, row.get_grade_display()), kind="state", sort="grade"),
        Column("points", gettext_lazy("Points"), kind="number", sort="points"),
        Column("defects", gettext_lazy("Defects"), value=lambda row: "；".join(found.note for found in row.defects.all())),
        Column("rectification", gettext_lazy("Rectification"), value=rectified_of, kind="state"),
        Column("template", gettext_lazy("Template"), value=lambda row: row.letter and str(row.letter.template)),
        Column("carrier", gettext_lazy("Carrier"), value="letter.get_carrier_display"),
        Column("dispatched_by", gettext_lazy("Dispatched by"), value="letter.dispatched_by", kind="person"),
        Column("checked_by", gettext_lazy("Checked by"), kind="person"),
        Column("checked_at", gettext_lazy("Checked at"), kind="datetime", sort="checked_at"),
        Column("form", gettext_lazy("Version of the form"), value="form.version", kind="number", hidden=True),
    ]

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "now": timezone.now()}

    def rows(self):
        rows = checks_visible_to(self.request.user).prefetch_related("defects")
        return rows.select_related("letter__case", "letter__template", "letter__dispatched_by", "dispatch_day", "checked_by", "form", "rectification")

    def row_url(self, row: QualityCheck) -> str:
        return check_path(row)


class RectificationList(SilentWithThirdParty, DeskList):
    list_name = "letters:rectification-list"
    template_name = "letters/quality_list.html"
    permission_required = RESULTS
    title = gettext_lazy("Rectifications")
    subtitle = gettext_lazy("What quality supervision asked to put right, and what became of it.")
    filter_form = RectificationFilter
    default_sort = "-opened_at"
    empty_title = gettext_lazy("Nothing to put right")
    empty_text = gettext_lazy("A defect that must be put right appears here with its deadline.")
    empty_icon = "tools"
    columns = [
        Column("subject", gettext_lazy("Letter or day"), value=lambda row: str(row.check_row.subject), link=True),
        Column("state", gettext_lazy("State"), value="badge", kind="state", sort="state"),
        Column(
            "due",
            gettext_lazy("Due"),
            value=lambda row: (row.due_at, row.opened_at) if row.state == RectifyState.OPEN else None,
            kind="countdown",
            sort="due_at",
        ),
        Column("task", gettext_lazy("To put right"), value=lambda row: row.task),
        Column("holder", gettext_lazy("By whom"), kind="person"),
        Column("was_on_time", gettext_lazy("On time"), value=lambda row: {True: _("yes"), False: _("no")}.get(row.was_on_time, "")),
        Column("opened_at", gettext_lazy("Asked on"), kind="datetime", sort="opened_at"),
        Column("settled_at", gettext_lazy("Settled on"), kind="datetime", sort="settled_at"),
    ]

    def rows(self):
        rows = rectifications_visible_to(self.request.user)
        return rows.select_related("check_row__letter__case", "check_row__letter__template", "check_row__dispatch_day", "holder")

    def row_url(self, row: Rectification) -> str:
        return reverse("letters:rectification", args=[row.pk])


class _OfRectification(DeskPermission):
    """For who may see the filled form, and for who has to put it right, whatever their role."""

    def rectification(self, pk: int) -> Rectification:
        rows = Rectification.objects.filter(check_row__in=checks_visible_to(self.request.user))
        return get_object_or_404(
            rows.select_related(
                "holder", "check_row__letter__print_run", "check_row__letter__template", "check_row__dispatch_day", "check_row__form", "check_row__checked_by"
            ),
            pk=pk,
        )


class RectificationPage(_OfRectification, TemplateView):
    template_name = "letters/quality_rectification.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        row, user = self.rectification(pk), self.request.user
        check = row.check_row
        answers = list(row.answers.select_related("answered_by", "judged_by").prefetch_related("photos").order_by("pk"))
        involved = involved_in_check(check) | {answer.answered_by_id for answer in answers[-1:]}
        return super().get_context_data(
            row=row,
            check=check,
            defects=[{"row": found, "item": check.form.item(found.item)} for found in check.defects.order_by("pk")],
            answers=answers,
            photos=check.subject.quality_photos.filter(answer=None).order_by("pk"),
            answer_form=AnswerForm(),
            may_answer=row.state == RectifyState.OPEN and rectifier_of(row) == user.pk,
            may_judge=row.state == RectifyState.ANSWERED and user.has_perm(CHECK) and user.pk not in involved,
            may_open_check=user.has_perm(RESULTS),
            check_url=check_path(check),
            **kwargs,
        )


class AnswerRectification(_OfRectification, ActionView):
    def fallback_url(self, pk: int) -> str:
        return reverse("letters:rectification", args=[pk])

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        row, form = self.rectification(pk), AnswerForm(request.POST, request.FILES)
        if not form.is_valid():
            raise Refused(" ".join(f"{form[name].label}: {' '.join(errors)}" for name, errors in form.errors.items()), rule="A1.4")
        asked = form.cleaned_data
        services.answer_rectification(rectification_id=row.pk, text=asked["text"], photo=asked["photo"], by=request.user, now=timezone.now())
        return _("Answered. Quality supervision looks at it again."), self.fallback_url(pk)


class JudgeRectification(_OfRectification, ActionView):
    permission_required = CHECK

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:rectification", args=[pk])

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        row, form = self.rectification(pk), VerdictForm(request.POST)
        asked = form.cleaned_data if form.is_valid() else {"decision": "again", "verdict": ""}
        accept = asked["decision"] == "accept"
        services.judge_rectification(rectification_id=row.pk, accept=accept, verdict=asked["verdict"], by=request.user, now=timezone.now())
        return (_("Accepted.") if accept else _("Asked to do it again, with a new deadline.")), self.fallback_url(pk)


class HoldList(SilentWithThirdParty, DeskList):
    """What a serious defect stopped; released on the same page by who may."""

    list_name = "letters:hold-list"
    permission_required = RESULTS
    template_name = "letters/quality_holds.html"
    title = gettext_lazy("Stopped letters")
    subtitle = gettext_lazy("A serious defect stops its print run and the letters of its template version until they are released.")
    filter_form = HoldFilter
    default_sort = "-placed_at"
    empty_title = gettext_lazy("Nothing is stopped")
    empty_text = gettext_lazy("When quality supervision finds a serious defect, what it stops appears here.")
    empty_icon = "sign-stop"
    columns = [
        Column("run", gettext_lazy("Print run"), value="print_run"),
        Column("template", gettext_lazy("Template"), value=lambda row: row.template and str(row.template)),
        Column("state", gettext_lazy("State"), value=lambda row: ("accepted", _("Released")) if row.released_at else ("serious", _("On hold")), kind="state"),
        Column("reason", gettext_lazy("Why"), value=lambda row: row.reason),
        Column("letter", gettext_lazy("Letter"), value=lambda row: row.check_row and str(row.check_row.subject), link=True),
        Column("placed_by", gettext_lazy("Stopped by"), kind="person"),
        Column("placed_at", gettext_lazy("Stopped at"), kind="datetime", sort="placed_at"),
        Column("released_by", gettext_lazy("Released by"), kind="person"),
        Column("released_at", gettext_lazy("Released"), kind="datetime", sort="released_at"),
        Column("release_reason", gettext_lazy("Why released"), hidden=True),
    ]

    def rows(self):
        rows = holds_visible_to(self.request.user)
        return rows.select_related("print_run", "template", "check_row__letter__case", "check_row__letter__template", "placed_by", "released_by")

    def row_url(self, row: LetterHold) -> str:
        return check_path(row.check_row) if row.check_row else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = may_release(self.request.user)
        held = self.rows().filter(released_at=None).order_by("pk") if mine else []
        return super().get_context_data(to_release=held, **kwargs)


class ReleaseHold(ActionView):
    permission_required = RESULTS

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:hold-list")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        hold, form = get_object_or_404(holds_visible_to(request.user), pk=pk), ReasonForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        services.release_hold(hold_id=hold.pk, reason=reason, by=request.user, now=timezone.now())
        return _("Released; printing and dispatching go on."), self.fallback_url(pk)


def frequent_words(line: Line) -> str:
    return "；".join(f"{found.name} {found.count}" for found in line.frequent)


REPORT_COLUMNS = [
    Column("name", gettext_lazy("Of"), value=lambda line: line.name),
    Column("checked", gettext_lazy("Forms filled"), kind="number"),
    Column("passed", gettext_lazy("Passed"), kind="number"),
    Column("pass_rate", gettext_lazy("Passed, %"), kind="number"),
    Column("minor", gettext_lazy("Minor defects"), kind="number"),
    Column("serious", gettext_lazy("Serious defects"), kind="number"),
    Column("points", gettext_lazy("Average points"), kind="number"),
    Column("frequent", gettext_lazy("Most frequent defects"), value=frequent_words),
    Column("asked", gettext_lazy("Asked to put right"), kind="number"),
    Column("on_time", gettext_lazy("On time"), kind="number"),
    Column("late", gettext_lazy("Late"), kind="number"),
    Column("unsettled", gettext_lazy("Not settled yet"), kind="number"),
]
BY_NAMES = {"template": gettext_lazy("By template"), "person": gettext_lazy("By person"), "carrier": gettext_lazy("By carrier")}


class _Report(SilentWithThirdParty, DeskPermission):
    permission_required = RESULTS

    @cached_property
    def month(self) -> str:
        months = [value for value, _label in months_until(timezone.now())]
        asked = self.request.GET.get("month", "")
        return asked if asked in months else months[0]

    @cached_property
    def by(self) -> str:
        asked = self.request.GET.get("by", "")
        return asked if asked in BY else "template"

    def lines(self) -> list[Line]:
        start, end = month_bounds(self.month)
        return report(self.request.user, by=self.by, start=start, end=end)

    def total(self) -> Line:
        start, end = month_bounds(self.month)
        return totals(self.request.user, start=start, end=end)


class QualityReport(_Report, TemplateView):
    """The month by template, person or carrier; each number opens its rows."""

    template_name = "letters/quality_report.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            month=self.month,
            months=[value for value, _label in months_until(timezone.now())],
            by=self.by,
            ways=[{"value": value, "label": label, "url": f"?{urlencode({'month': self.month, 'by': value})}"} for value, label in BY_NAMES.items()],
            lines=[{"line": line, "cells": self.cells(line), "frequent": self.frequent(line, self.by)} for line in self.lines()],
            total=self.total(),
            total_cells=self.cells(self.total(), whole=True),
            total_frequent=self.frequent(self.total(), ""),
            query=urlencode({"month": self.month, "by": self.by}),
            **kwargs,
        )

    def link(self, line: Line, **more: str) -> str:
        asked = {"month": self.month, "subject": "letter"} | ({self.by: line.key} if line.key else {}) | more
        return f"{reverse('letters:check-list')}?{urlencode(asked)}"

    def cells(self, line: Line, *, whole: bool = False) -> list[dict[str, Any]]:
        counts = [
            (line.checked, {}),
            (line.passed, {"grade": "pass"}),
            (line.minor, {"grade": "minor"}),
            (line.serious, {"grade": "serious"}),
            (line.asked, {"rectified": "asked"}),
            (line.on_time, {"rectified": "on_time"}),
            (line.late, {"rectified": "late"}),
            (line.unsettled, {"rectified": "open"}),
        ]
        return [{"count": count, "url": self.link(line, **asked) if count else ""} for count, asked in counts]

    def frequent(self, line: Line, by: str) -> list[dict[str, Any]]:
        return [{"name": found.name, "count": found.count, "url": self.link(line, item=found.item)} for found in line.frequent]


class QualityReportFile(_Report, View):
    """The month on paper (annex 4), or as a workbook. Both name who took it: on the trail."""

    kind = "pdf"

    def get(self, request: HttpRequest) -> HttpResponse:
        now, lines = timezone.now(), self.lines()
        with transaction.atomic():
            event = record("quality_report.exported", subject=request.user, by=request.user, at=now, changes={self.kind: (None, f"{self.month} {self.by}")})
        name = f"quality-{self.month}-{self.by}"
        if self.kind == "xlsx":
            title = f"{_('Letter quality')} {self.month}"
            return attachment(workbook_of(REPORT_COLUMNS, lines, title=title, person=request.user, serial=event.pk, now=now), f"{name}.xlsx")
        return pdf_response(quality_month_pdf(lines, self.total(), month=self.month, by=self.by, person=request.user, now=now), name)
