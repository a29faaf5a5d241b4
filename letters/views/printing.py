"""Print runs: progress, the files to print, and the table of tracking numbers."""

from itertools import groupby
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from audit.services import record
from cases.discretion import withholds_amounts
from collection.lib.errors import Refused
from collection.lib.regions import place_of
from letters import services
from letters.choices import Carrier, LetterState
from letters.forms.letters import DispatchForm
from letters.models import Letter, PrintRun
from letters.printing.post import dispatch_list_pdf, dispatch_list_xlsx, labels_pdf
from letters.selectors import failure_text, letters_visible_to, letters_with_rows, print_runs_visible_to
from letters.selectors_quality import holds_on
from letters.tasks import print_waiting_runs
from letters.views.letters import chosen_ids, pdf_response
from letters.views.silence import ClosedToWhoCalls, SilentWithThirdParty
from staff.exports import attachment
from staff.listing import Column, DeskList
from staff.models import User
from staff.pages import ActionView, DeskPermission, came_from

MAIL = "letters.dispatch_letter"
SEE_RUNS = ("letters.view_letter",)


def run_state(run: PrintRun) -> tuple[str, Any]:
    if run.finished_at is None:
        return ("rendering", _("Being stopped")) if run.cancelled_at else ("rendering", _("Being printed"))
    if run.failure:
        return "bad", _("Given up")
    if run.cancelled_at:
        return "cancelled", _("Stopped")
    return ("minor", _("Printed, some failed")) if run.failed else ("done", _("Printed"))


class PrintRunList(DeskList):
    list_name = "letters:print-run-list"
    permission_required = SEE_RUNS
    title = gettext_lazy("Print runs")
    empty_title = gettext_lazy("Nothing was printed yet")
    empty_text = gettext_lazy("Choose approved letters in the list of letters, then Print.")
    empty_icon = "printer"
    columns = [
        Column("run", gettext_lazy("Print run"), value=str, link=True),
        Column("state", gettext_lazy("State"), value=run_state, kind="state"),
        Column("total", gettext_lazy("Letters"), kind="number", sort="total"),
        Column("done", gettext_lazy("Printed"), kind="number"),
        Column("failed", gettext_lazy("Failed"), kind="number", sort="failed"),
        Column("started_by", gettext_lazy("Started by"), kind="person"),
        Column("started_at", gettext_lazy("Started"), kind="datetime", sort="started_at"),
        Column("finished_at", gettext_lazy("Finished"), kind="datetime", sort="finished_at"),
    ]

    def rows(self):
        return print_runs_visible_to(self.request.user).select_related("started_by")

    def row_url(self, row: PrintRun) -> str:
        return "" if withholds_amounts(self.request.user) else reverse("letters:print-run-detail", args=[row.pk])


def page_of(run_id: int, user: User) -> str:
    """Where a step of a run goes on: to its page, or to the list for who does not open it (CR-17)."""
    return reverse("letters:print-run-list") if withholds_amounts(user) else reverse("letters:print-run-detail", args=[run_id])


class StartPrintRun(ActionView):
    """The chosen approved letters go to the press; the worker does it, this page answers at once."""

    permission_required = MAIL

    def fallback_url(self) -> str:
        return reverse("letters:letter-list")

    def act(self, request: HttpRequest) -> tuple[str, str]:
        run = services.start_print_run(letter_ids=chosen_ids(request), by=request.user, now=timezone.now())
        # Losing this message is harmless: the timetable looks for waiting runs every minute.
        transaction.on_commit(print_waiting_runs.delay, robust=True)
        return _("%(count)s letters are being printed.") % {"count": run.total}, page_of(run.pk, request.user)


def rows_of(run: PrintRun) -> list[Letter]:
    """The letters of a run in the order of the printed file; what failed comes first."""
    return list(letters_with_rows(run.letters.all()).order_by("number", "pk"))


def by_route(letters: list[Letter]) -> list[tuple[str, list[Letter]]]:
    """The printed letters under headings of carrier and province, city: the piles in which they leave the house."""
    printed = [letter for letter in letters if letter.number]
    return [(heading, list(group)) for heading, group in groupby(printed, route_heading)]


def route_heading(letter: Letter) -> str:
    place = place_of(letter.address.text)
    city = "" if place.city == place.province else place.city
    return " · ".join(filter(None, (str(letter.get_carrier_display()), place.province, city)))


class CancelPrintRun(ActionView):
    """What is not drawn yet goes back to the approved letters."""

    permission_required = MAIL

    def fallback_url(self, pk: int) -> str:
        return page_of(pk, self.request.user)

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        run = get_object_or_404(print_runs_visible_to(request.user), pk=pk)
        services.cancel_print_run(run_id=run.pk, by=request.user, now=timezone.now())
        transaction.on_commit(print_waiting_runs.delay, robust=True)
        return _("The run is stopped. What was not printed is approved as before."), page_of(run.pk, request.user)


class RunPage(ClosedToWhoCalls, SilentWithThirdParty, DeskPermission):
    permission_required = SEE_RUNS

    def run(self, pk: int) -> PrintRun:
        return get_object_or_404(print_runs_visible_to(self.request.user).select_related("started_by"), pk=pk)


class PrintRunDetail(RunPage, TemplateView):
    template_name = "letters/print_run_detail.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        run = self.run(pk)
        letters = rows_of(run)
        return super().get_context_data(
            run=run,
            state=run_state(run),
            holds=holds_on(letters),
            groups=by_route(letters),
            failures=[{"letter": letter, "text": failure_text(letter)} for letter in letters if letter.failure],
            waiting=sum(letter.state == LetterState.RENDERED for letter in letters),
            withdrawn=[letter for letter in letters if letter.state == LetterState.CANCELLED and letter.first_page],
            carriers=Carrier.choices,
            may_mail=self.request.user.has_perm(MAIL),
            **kwargs,
        )


class PrintRunProgress(RunPage, View):
    """The progress bar alone; when the run is done the page loads anew."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self.run(pk)
        response = render(request, "letters/_run_progress.html", {"run": run})
        if run.finished_at:
            response["HX-Refresh"] = "true"
        return response


class PrintRunFile(RunPage, View):
    """What the admin office prints: all letters, labels, or the carrier's list. It names people in the clear: on the trail."""

    kind = "letters"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(print_runs_visible_to(request.user).exclude(pdf=""), pk=pk)
        content = self.content(run)
        with transaction.atomic():
            record("print_run.opened", subject=run, by=request.user, at=timezone.now(), changes={"file": (None, self.kind)})
        if self.kind == "dispatch-workbook":
            return attachment(content, f"dispatch-list-{run.pk}.xlsx")
        return pdf_response(content, f"{self.kind}-{run.pk}")

    def content(self, run: PrintRun) -> bytes:
        if self.kind == "letters":
            with run.pdf.open("rb") as file:
                return file.read()
        letters = [letter for letter in rows_of(run) if letter.number and letter.state != LetterState.CANCELLED]
        if self.kind == "labels":
            return labels_pdf(letters)
        return dispatch_list_xlsx(run, letters) if self.kind == "dispatch-workbook" else dispatch_list_pdf(run, letters)


class DispatchLetter(ActionView):
    """A tracking number for one letter. A row of the fast table is answered with the row alone."""

    permission_required = MAIL

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get("HX-Request"):
            return self.row(request, **kwargs)
        return super().post(request, *args, **kwargs)

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:letter-detail", args=[pk])

    def dispatch_it(self, pk: int) -> None:
        letter = get_object_or_404(letters_visible_to(self.request.user), pk=pk)
        form = DispatchForm(self.request.POST)
        given = form.cleaned_data if form.is_valid() else {"carrier": "", "tracking_no": ""}
        services.dispatch_letter(letter_id=letter.pk, carrier=given["carrier"], tracking_no=given["tracking_no"], by=self.request.user, now=timezone.now())

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        self.dispatch_it(pk)
        return _("Dispatched; the quality check's clock has begun."), came_from(request, self.fallback_url(pk))

    def row(self, request: HttpRequest, pk: int) -> HttpResponse:
        error = ""
        try:
            self.dispatch_it(pk)
        except Refused as refusal:
            error = str(refusal)
        letter = letters_with_rows(Letter.objects.filter(pk=pk)).get()
        return render(request, "letters/_tracking_row.html", {"letter": letter, "error": error, "typed": request.POST.get("tracking_no", ""), "may_mail": True})
