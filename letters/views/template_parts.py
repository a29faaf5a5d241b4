"""The live preview of a template's pages, and what differs between two texts."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from assignment.selectors import cases_visible_to
from audit.services import record
from cases.discretion import withholds_amounts
from cases.models import Case
from collection.lib.press.drawing import NotDrawn
from letters.forms.templates import TemplateForm
from letters.models import LetterTemplate
from letters.printing.pictures import data_url
from letters.printing.press import draw_one
from letters.printing.samples import template_sheet
from letters.services.content import problems_in, texts_of
from letters.views.silence import SilentWithThirdParty
from staff.models import User
from staff.pages import DeskPermission

PAGES_SHOWN = 6
# Somebody types and looks: a text that takes longer is said to be too long.
SECONDS = 10


class TemplatePreview(SilentWithThirdParty, DeskPermission, View):
    """The text in the form as printed pages, and what would be refused of it; nothing is saved. `preview_case`: a case that the editor may see."""

    permission_required = "letters.manage_letter_templates"

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TemplateForm(request.POST)
        form.is_valid()  # half-typed forms are looked at too
        template, today = unsaved(form, request.POST), timezone.localdate()
        case, unknown = self._case(request)
        texts = texts_of(template.heading, template.body, form.layout())
        problems = problems_in(kind=template.kind, texts=texts, client=template.client, law_firm=template.law_firm, payee=template.payee, today=today)
        pages, count, failure = pages_of(template, case, hides_amounts=withholds_amounts(request.user))
        fields = [(name, [problem for problem in problems if problem.field == name]) for name in ("law_firm", "payee", *texts)]
        context = {
            "fields": fields,
            "problems": problems,
            "count": len(problems),
            "pages": pages,
            "more": count - len(pages),
            "failure": failure,
            "unknown": unknown,
        }
        return render(request, "letters/_template_preview.html", context)

    def _case(self, request: HttpRequest) -> tuple[Case | None, str]:
        """The case that fills the preview; that it was looked at is on the trail, for its address is on the page."""
        number = request.POST.get("preview_case", "").strip()[:60]
        if not number:
            return None, ""
        case = visible_case(request.user, number)
        if case is None:
            return None, _("You see no case %(number)s.") % {"number": number}
        with transaction.atomic():
            record("letter_template.previewed", subject=case, by=request.user, at=timezone.now())
        return case, ""


def visible_case(user: User, number: str) -> Case | None:
    cases = cases_visible_to(user).filter(case_no=number).select_related("client", "debtor")
    return cases.prefetch_related("accounts").order_by("-pk").first()


def unsaved(form: TemplateForm, given: Any) -> LetterTemplate:
    """The template that the form would make; what is invalid in it is left out, what is too long cut."""
    data = form.cleaned_data
    return LetterTemplate(
        client=data.get("client"),
        kind=data.get("kind") or "demand",
        heading=given.get("heading", "")[:60],
        body=given.get("body", "").replace("\r\n", "\n")[:20_000],
        layout=form.layout().stored(),
        law_firm=data.get("law_firm"),
        payee=data.get("payee"),
    )


def pages_of(template: LetterTemplate, case: Case | None, *, hides_amounts: bool) -> tuple[list[str], int, str]:
    """The first pages as data URLs, how many there are, and why there is none."""
    try:
        pages = template_sheet(template, today=timezone.localdate(), case=case, hides_amounts=hides_amounts)
        drawn = draw_one(pages, style="letter", pictures=PAGES_SHOWN, seconds=SECONDS)
    except NotDrawn:
        return [], 0, _("The letter could not be drawn. Look for very long text or a huge table.")
    return [data_url(picture) for picture in drawn.pictures], drawn.pages, ""


@dataclass(frozen=True)
class Row:
    """One line of a comparison: "same", "gone", "new" or "changed"; the numbers are those of each side's lines."""

    kind: str
    before_no: int | None = None
    before: str = ""
    after_no: int | None = None
    after: str = ""


def differences(before: str, after: str, *, around: int = 2) -> list[Row]:
    """What changed, line by line, with a few equal lines around; "gap" where more were left out."""
    old, new = before.split("\n"), after.split("\n")
    rows: list[Row] = []
    for group in SequenceMatcher(a=old, b=new, autojunk=False).get_grouped_opcodes(around):
        if rows:
            rows.append(Row("gap"))
        for tag, first, last, start, end in group:
            rows += _rows_of(tag, list(enumerate(old[first:last], first + 1)), list(enumerate(new[start:end], start + 1)))
    return rows


def _rows_of(tag: str, left: list[tuple[int, str]], right: list[tuple[int, str]]) -> list[Row]:
    kinds = {"equal": "same", "delete": "gone", "insert": "new", "replace": "changed"}
    blank: tuple[int | None, str] = (None, "")
    paired = [(left[place] if place < len(left) else blank, right[place] if place < len(right) else blank) for place in range(max(len(left), len(right)))]
    return [Row(kinds[tag], *one, *other) for one, other in paired]
