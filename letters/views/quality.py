"""Annex 4: letters to check, the form beside the letter, its paper, and the form's own items."""

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, View

from collection.lib.errors import Refused
from duties.choices import Kind
from letters import services
from letters.choices import SENT
from letters.forms.quality import CheckForm, QualityFilter
from letters.markup import fill
from letters.models import Letter, QualityCheck
from letters.printing.drafts import quality_form_pdf
from letters.selectors import current_form, letters_visible_to, letters_with_rows, with_due
from letters.values import values_of
from letters.views.letters import SEE, LetterAction, body_html, pdf_response, refusal_text
from staff.listing import Column, DeskList
from staff.pages import DeskPermission

CHECK = "letters.check_quality"


def grade_of_row(letter: Letter) -> tuple[str, str] | None:
    check = getattr(letter, "quality_check", None)
    return (check.grade, check.get_grade_display()) if check else None


def rectify_of_row(letter: Letter) -> Any:
    check = getattr(letter, "quality_check", None)
    return check.rectify_by if check and check.is_to_rectify else None


class QualityList(DeskList):
    list_name = "letters:quality-list"
    permission_required = (SEE, CHECK)
    title = gettext_lazy("Letter quality")
    subtitle = gettext_lazy("Letters that were dispatched, the most pressing check first.")
    filter_form = QualityFilter
    default_sort = "due_at"
    empty_title = gettext_lazy("No letter was dispatched yet")
    empty_text = gettext_lazy("As soon as the admin office hands a letter to the carrier, its check and its clock appear here.")
    empty_icon = "clipboard-check"
    columns = [
        Column("number", gettext_lazy("Letter number"), sort="number", link=True),
        Column("due", gettext_lazy("Check due"), value="due_at", kind="countdown", sort="due_at"),
        Column("grade", gettext_lazy("Grade"), value=grade_of_row, kind="state", sort="quality_check__grade"),
        Column("points", gettext_lazy("Points"), value="quality_check.points", kind="number", sort="quality_check__points"),
        Column("rectify", gettext_lazy("Put right by"), value=rectify_of_row, kind="date"),
        Column("kind", gettext_lazy("Kind"), value="template.get_kind_display"),
        Column("case", gettext_lazy("Case"), value="case.case_no"),
        Column("client", gettext_lazy("Client"), value="case.client.short_name"),
        Column("carrier", gettext_lazy("Carrier"), value="get_carrier_display"),
        Column("tracking_no", gettext_lazy("Tracking number")),
        Column("dispatched_by", gettext_lazy("Dispatched by"), kind="person"),
        Column("dispatched_at", gettext_lazy("Dispatched"), kind="datetime", sort="dispatched_at"),
    ]

    def rows(self):
        sent = letters_visible_to(self.request.user).filter(state__in=SENT)
        return with_due(letters_with_rows(sent), Kind.LETTER_QUALITY).select_related("quality_check", "dispatched_by")

    def ordering(self) -> list[Any]:
        return super().ordering() if self.sort else [F("due_at").asc(nulls_last=True), "-dispatched_at", "-pk"]

    def row_url(self, row: Letter) -> str:
        return reverse("letters:quality-check", args=[row.pk])


class QualityCheckPage(DeskPermission, FormView):
    """The form beside the letter; once filled, what it says."""

    permission_required = (SEE, CHECK)
    template_name = "letters/quality_check.html"
    form_class = CheckForm

    def letter(self) -> Letter:
        sent = letters_visible_to(self.request.user).filter(state__in=SENT)
        rows = with_due(letters_with_rows(sent), Kind.LETTER_QUALITY).select_related("quality_check__form", "quality_check__checked_by", "dispatched_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"form": current_form(timezone.now())}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        letter = self.letter()
        check: QualityCheck | None = getattr(letter, "quality_check", None)
        return super().get_context_data(
            letter=letter,
            check=check,
            answered=self.answered(check) if check else [],
            heading=fill(letter.template.heading, values_of(letter, today=timezone.localdate())),
            body=body_html(letter),
            **kwargs,
        )

    def answered(self, check: QualityCheck) -> list[dict[str, Any]]:
        return [row | {"ok": check.answers.get(row["code"], True)} for row in CheckForm(form=check.form).rows()]

    def form_valid(self, form: CheckForm) -> HttpResponse:
        letter, asked = self.letter(), form.cleaned_data
        try:
            check = services.fill_quality_form(
                letter_id=letter.pk,
                answers=form.answers(),
                defects=asked["defects"],
                rectification=asked["rectification"],
                rectify_by=asked["rectify_by"],
                by=self.request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal_text(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("Checked: %(points)s points, %(grade)s.") % {"points": check.points, "grade": check.get_grade_display()})
        return HttpResponseRedirect(reverse("letters:quality-list"))


class QualityPaper(DeskPermission, View):
    """The filled form as a PDF."""

    permission_required = (SEE, CHECK)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = QualityCheck.objects.select_related("form", "letter__template", "letter__case", "letter__dispatched_by", "checked_by")
        check = get_object_or_404(rows, letter__in=letters_visible_to(request.user).filter(pk=pk))
        return pdf_response(quality_form_pdf(check), f"quality-{check.letter.number}")


class RectifyLetter(LetterAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        services.mark_rectified(letter_id=self.letter_id(pk), by=request.user, now=timezone.now())
        return _("Put right. The person who checked is told."), self.fallback_url(pk)
