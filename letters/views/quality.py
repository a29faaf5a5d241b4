"""Annex 4: letters and days to check, and the form beside the letter's own pages."""

from functools import cached_property
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.db import transaction
from django.db.models import F
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.generic import FormView, View

from audit.services import record
from cases.discretion import withholds_amounts
from collection.lib.errors import Refused
from duties.choices import Kind
from letters import services
from letters.choices import SENT, Carrier, FormSubject
from letters.forms.quality import CheckForm, DayFilter, PhotoForm, QualityFilter
from letters.models import DispatchDay, Draw, Letter, QualityCheck, QualityPhoto
from letters.printing.drafts import quality_form_pdf
from letters.rules import sample_reasons
from letters.selectors import letters_visible_to, letters_with_rows, stored_pdf, with_due
from letters.selectors_quality import checks_visible_to, current_form, days_visible_to
from letters.services.quality import cannot_amend, day_facts, draft_of, keep_draft, seen_of
from letters.services.sampling import plan_of
from letters.views.letters import SEE, pdf_response, refusal_text, sheet_of
from letters.views.silence import ClosedToWhoCalls, SilentWithThirdParty
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission

CHECK = "letters.check_quality"
RESULTS = "letters.view_quality"


def grade_of_row(row: Letter | DispatchDay) -> tuple[str, str] | None:
    check = getattr(row, "quality_check", None)
    return (check.grade, check.get_grade_display()) if check else None


def rectification_of_row(row: Letter) -> tuple[str, str] | None:
    rectification = getattr(getattr(row, "quality_check", None), "rectification", None)
    return rectification.badge if rectification else None


def why_of_row(row: Letter) -> str:
    draw = getattr(row, "draw", None)
    return draw.reason_words if draw else ""


class QualityList(SilentWithThirdParty, DeskList):
    list_name = "letters:quality-list"
    permission_required = (SEE, CHECK)
    title = gettext_lazy("Letter quality")
    subtitle = gettext_lazy("Letters that were dispatched, the most pressing check first.")
    template_name = "letters/quality_list.html"
    filter_form = QualityFilter
    default_sort = "due_at"
    empty_title = gettext_lazy("No letter was dispatched yet")
    empty_text = gettext_lazy("As soon as the admin office hands a letter to the carrier, its check and its clock appear here.")
    empty_icon = "clipboard-check"
    columns = [
        Column("number", gettext_lazy("Letter number"), sort="number", link=True),
        Column("due", gettext_lazy("Check due"), value="due_at", kind="countdown", sort="due_at"),
        Column("why", gettext_lazy("Why it is checked"), value=why_of_row),
        Column("grade", gettext_lazy("Grade"), value=grade_of_row, kind="state", sort="quality_check__grade"),
        Column("points", gettext_lazy("Points"), value="quality_check.points", kind="number", sort="quality_check__points"),
        Column("rectify", gettext_lazy("Rectification"), value=rectification_of_row, kind="state"),
        Column("kind", gettext_lazy("Kind"), value="template.get_kind_display"),
        Column("case", gettext_lazy("Case"), value="case.case_no", hidden=True),
        Column("client", gettext_lazy("Client"), value="case.client.short_name"),
        Column("carrier", gettext_lazy("Carrier"), value="get_carrier_display"),
        Column("tracking_no", gettext_lazy("Tracking number"), hidden=True),
        Column("dispatched_by", gettext_lazy("Dispatched by"), kind="person"),
        Column("dispatched_at", gettext_lazy("Dispatched"), kind="datetime", sort="dispatched_at"),
    ]

    def rows(self):
        sent = letters_visible_to(self.request.user).filter(state__in=SENT)
        return with_due(letters_with_rows(sent), Kind.LETTER_QUALITY).select_related("quality_check__rectification", "dispatched_by", "draw")

    def ordering(self) -> list[Any]:
        return super().ordering() if self.sort else [F("due_at").asc(nulls_last=True), "-dispatched_at", "-pk"]

    def row_url(self, row: Letter) -> str:
        return reverse("letters:quality-check", args=[row.pk])


class DayList(DeskList):
    list_name = "letters:quality-day-list"
    template_name = "letters/quality_list.html"
    permission_required = RESULTS
    title = gettext_lazy("Days' dispatch")
    subtitle = gettext_lazy("What went out each day, its sample, and the day's own quality form.")
    filter_form = DayFilter
    default_sort = "-day"
    empty_title = gettext_lazy("Nothing was dispatched yet")
    empty_text = gettext_lazy("A day appears here with its first dispatched letter.")
    empty_icon = "calendar-check"
    columns = [
        Column("day", gettext_lazy("Day"), kind="date", sort="day", link=True),
        Column("letters", gettext_lazy("Letters"), kind="number", sort="letters"),
        Column("grade", gettext_lazy("Grade"), value=grade_of_row, kind="state", sort="quality_check__grade"),
        Column("points", gettext_lazy("Points"), value="quality_check.points", kind="number", sort="quality_check__points"),
        Column("checked_by", gettext_lazy("Checked by"), value="quality_check.checked_by", kind="person"),
        Column("checked_at", gettext_lazy("Checked at"), value="quality_check.checked_at", kind="datetime", sort="quality_check__checked_at"),
    ]

    def rows(self):
        return days_visible_to(self.request.user).select_related("quality_check__checked_by")

    def row_url(self, row: DispatchDay) -> str:
        return reverse("letters:quality-day", args=[row.pk])


class _FormPage(SilentWithThirdParty, DeskPermission, FormView):
    """The form beside what it is about; once filled, what it says, and the form again for who may still amend it."""

    permission_required = RESULTS
    form_class = CheckForm
    form_subject = FormSubject.LETTER

    @cached_property
    def subject(self) -> Letter | DispatchDay:
        raise NotImplementedError

    @cached_property
    def check(self) -> QualityCheck | None:
        return getattr(self.subject, "quality_check", None)

    @cached_property
    def is_amending(self) -> bool:
        return bool(self.check) and "amend" in self.request.GET and not cannot_amend(self.check, self.request.user, timezone.now())

    @cached_property
    def may_fill(self) -> bool:
        return self.request.user.has_perm(CHECK) and (self.check is None or self.is_amending)

    def get_form_kwargs(self) -> dict[str, Any]:
        form = self.check.form if self.check else current_form(timezone.now(), self.form_subject)
        return super().get_form_kwargs() | {"form": form, "amending": self.is_amending}

    def get_initial(self) -> dict[str, Any]:
        if self.check:
            return CheckForm.values_of(self.check)
        draft = draft_of(self.subject, self.request.user)
        return dict(draft.values) if draft else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, now = self.request.user, timezone.now()
        return super().get_context_data(
            subject=self.subject,
            check=self.check,
            answered=answered_rows(self.check) if self.check else [],
            rectification=getattr(self.check, "rectification", None) if self.check else None,
            photos=self.subject.quality_photos.select_related("uploaded_by").order_by("pk"),
            may_fill=self.may_fill,
            may_photo=user.has_perm(CHECK),
            may_amend=bool(self.check) and not self.is_amending and not cannot_amend(self.check, user, now),
            is_amending=self.is_amending,
            seen=self.request.POST.get("seen") or (seen_of(self.check) if self.check else ""),
            draft=draft_of(self.subject, user) if not self.check else None,
            photo_form=PhotoForm(),
            withholds_amounts=withholds_amounts(user),
            **self.urls(),
            **kwargs,
        )

    def urls(self) -> dict[str, str]:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(CHECK) or (self.check and not self.is_amending):
            messages.error(request, _("This form was filled before."))
            return HttpResponseRedirect(request.path)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: CheckForm) -> HttpResponse:
        try:
            check = self._save(form)
        except Refused as refusal:
            form.add_error(None, refusal_text(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("Checked: %(points)s points, %(grade)s.") % {"points": check.points, "grade": check.get_grade_display()})
        return HttpResponseRedirect(self.next_url(check))

    def _save(self, form: CheckForm) -> QualityCheck:
        user, now = self.request.user, timezone.now()
        if self.is_amending:
            return services.amend_quality_form(
                check_id=self.check.pk, filled=form.filled(), reason=form.cleaned_data["reason"], seen=self.request.POST.get("seen"), by=user, now=now
            )
        return self.fill(form, user, now)

    def fill(self, form: CheckForm, user: Any, now: Any) -> QualityCheck:
        raise NotImplementedError

    def next_url(self, check: QualityCheck) -> str:
        return self.request.path if check.grade != "pass" else reverse("letters:quality-list")


def answered_rows(check: QualityCheck) -> list[dict[str, Any]]:
    """The items as they were answered, with each defect."""
    found = {row.item: row for row in check.defects.all()}
    return [row | {"ok": check.answers.get(row["code"], True), "defect": found.get(row["code"])} for row in CheckForm(form=check.form).rows()]


def letter_for(user: Any, pk: int) -> Letter:
    """The letter, for who checks letters or may see its filled form."""
    seen = letters_visible_to(user) if user.has_perm(CHECK) else Letter.objects.filter(quality_check__in=checks_visible_to(user))
    rows = with_due(letters_with_rows(seen.filter(state__in=SENT)), Kind.LETTER_QUALITY)
    return get_object_or_404(
        rows.select_related("quality_check__form", "quality_check__checked_by", "quality_check__rectification__holder", "dispatched_by", "draw"), pk=pk
    )


class QualityCheckPage(_FormPage):
    template_name = "letters/quality_check.html"

    @cached_property
    def subject(self) -> Letter:
        return letter_for(self.request.user, self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A duty of checking leads here, for the GM office and the lead as well: to them a letter not yet checked is the letter's own page."""
        if not request.user.has_perm(CHECK) and not checks_visible_to(request.user).filter(letter=self.kwargs["pk"]).exists():
            return redirect("letters:letter-detail", get_object_or_404(letters_visible_to(request.user), pk=self.kwargs["pk"]).pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        letter = self.subject
        words = {} if letter.pdf and not withholds_amounts(self.request.user) else sheet_of(letter, self.request.user)
        return super().get_context_data(letter=letter, **words, **kwargs)

    def urls(self) -> dict[str, str]:
        names = {"draft_url": "quality-draft", "photo_url": "quality-photo-add", "paper_url": "quality-paper"}
        return {key: reverse(f"letters:{name}", args=[self.subject.pk]) for key, name in names.items()}

    def fill(self, form: CheckForm, user: Any, now: Any) -> QualityCheck:
        return services.fill_quality_form(letter_id=self.subject.pk, filled=form.filled(), by=user, now=now)


class DayPage(_FormPage):
    """A day's dispatch: its counts, its sample with the reasons, and its own form."""

    template_name = "letters/quality_day.html"
    form_subject = FormSubject.DAY

    @cached_property
    def subject(self) -> DispatchDay:
        rows = days_visible_to(self.request.user).select_related("quality_check__form", "quality_check__checked_by", "quality_check__rectification__holder")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        day = self.subject
        draws = list(day.draws.select_related("letter__template", "letter__quality_check", "letter__dispatched_by", "rule").order_by("place"))
        facts = self.check.facts if self.check else day_facts(day)
        carriers = [(Carrier(code).label, count) for code, count in facts["carriers"].items() if code in Carrier.values]
        return super().get_context_data(
            day=day,
            facts=facts,
            carriers=carriers,
            drawn=[draw for draw in draws if draw.is_drawn],
            rules=sorted({str(draw.rule) for draw in draws}),
            is_reproduced=all(drawn_again(draw, day) == draw.reasons for draw in draws),
            shown_all="all" in self.request.GET,
            draws=draws if "all" in self.request.GET else [draw for draw in draws if draw.is_drawn],
            **kwargs,
        )

    def urls(self) -> dict[str, str]:
        names = {"draft_url": "quality-day-draft", "photo_url": "quality-day-photo-add", "paper_url": "quality-day-paper"}
        return {key: reverse(f"letters:{name}", args=[self.subject.pk]) for key, name in names.items()}

    def fill(self, form: CheckForm, user: Any, now: Any) -> QualityCheck:
        return services.fill_day_form(day_id=self.subject.pk, filled=form.filled(), by=user, now=now)

    def next_url(self, check: QualityCheck) -> str:
        return self.request.path


def drawn_again(draw: Draw, day: DispatchDay) -> list[str]:
    """The same draw from what was kept: its rule, its place, the day's seed, and what was known of the letter."""
    return sample_reasons(plan_of(draw.rule), seed=day.seed, place=draw.place, facts=draw.facts)


class _OfOneSubject(DeskPermission, View):
    """A step of a letter (`days` False) or of a day's dispatch."""

    permission_required = (SEE, CHECK)
    days = False

    def subject(self, pk: int) -> Letter | DispatchDay:
        if self.days:
            return get_object_or_404(days_visible_to(self.request.user), pk=pk)
        return get_object_or_404(letters_visible_to(self.request.user).filter(state__in=SENT), pk=pk)


class KeepDraft(_OfOneSubject):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = keep_draft(subject=self.subject(pk), values=request.POST.dict(), by=request.user, now=timezone.now())
        return HttpResponse(_("Draft kept at %(time)s.") % {"time": f"{timezone.localtime(draft.saved_at):%H:%M:%S}"})


class AddPhoto(ActionView, _OfOneSubject):
    permission_required = (SEE, CHECK)

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:quality-day" if self.days else "letters:quality-check", args=[pk])

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        subject, form = self.subject(pk), PhotoForm(request.POST, request.FILES)
        if not form.is_valid():
            raise Refused(" ".join(form.errors["photo"]), rule="A1.4")
        services.add_photo(subject=subject, file=form.cleaned_data["photo"], by=request.user, now=timezone.now())
        return _("The photo is kept."), self.fallback_url(pk)


class PhotoFile(SilentWithThirdParty, DeskPermission, View):
    """A kept photo, for who may see the form that it belongs to."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        photo = get_object_or_404(QualityPhoto.objects.select_related("letter", "dispatch_day"), pk=pk)
        if not self.may_see(photo):
            raise Http404
        return FileResponse(photo.file.open("rb"), content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})

    def may_see(self, photo: QualityPhoto) -> bool:
        user = self.request.user
        checks = checks_visible_to(user)
        if photo.letter_id:
            is_checker = user.has_perm(CHECK) and letters_visible_to(user).filter(pk=photo.letter_id).exists()
            return is_checker or checks.filter(letter=photo.letter_id).exists()
        return days_visible_to(user).filter(pk=photo.dispatch_day_id).exists() or checks.filter(dispatch_day=photo.dispatch_day_id).exists()


@method_decorator(xframe_options_sameorigin, name="dispatch")
@method_decorator(csp_replace({"frame-ancestors": [SELF], "object-src": [SELF]}), name="dispatch")
class LetterPane(ClosedToWhoCalls, SilentWithThirdParty, DeskPermission, View):
    """The issued pages inside the page of the form: the only answer that a page of ours may frame. On the trail, as any opening."""

    permission_required = RESULTS

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        letter = letter_for(request.user, pk)
        try:
            content = stored_pdf(letter)
        except Refused as refusal:
            return HttpResponse(str(refusal), status=404, content_type="text/plain; charset=utf-8")
        with transaction.atomic():
            record("letter.opened", subject=letter, by=request.user, at=timezone.now())
        return pdf_response(content, letter.number)


class QualityPaper(ClosedToWhoCalls, SilentWithThirdParty, DeskPermission, View):
    """The filled form on paper (annex 4), of a letter or of a day's dispatch."""

    permission_required = RESULTS
    days = False

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = checks_visible_to(request.user).select_related(
            "form", "letter__template", "letter__case", "letter__dispatched_by", "dispatch_day", "checked_by", "rectification__holder"
        )
        check = get_object_or_404(rows, **{"dispatch_day" if self.days else "letter": pk})
        return pdf_response(quality_form_pdf(check), f"quality-{check.letter.number if check.letter else check.dispatch_day}")
