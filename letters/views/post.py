"""The post desk: tracking numbers by scanner, results many at once, carriers' files."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from collection.lib.errors import Refused
from letters import services
from letters.choices import Carrier, LetterState
from letters.forms.post import CarrierFileForm, ResultsForm
from letters.models import CarrierFile, Letter
from letters.selectors import letters_visible_to, letters_with_rows
from letters.services import carrier_files
from letters.services.results import Result
from letters.services.scanning import Scanned, scan
from letters.views.letters import chosen_ids, refusal_text
from letters.views.silence import SilentWithThirdParty
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission

MAIL = "letters.dispatch_letter"
SHOWN = 15


class ScanDesk(DeskPermission, View):
    """One input for letter and tracking number in turn; the keyboard alone. Each scan is answered with the desk as it is then."""

    permission_required = MAIL

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.desk("letters/scan.html", Scanned())

    def post(self, request: HttpRequest) -> HttpResponse:
        given = {name: request.POST.get(name, "")[:60] for name in ("letter_number", "doubted", "carrier")}
        result = scan(code=request.POST.get("code", "")[:200], by=request.user, now=timezone.now(), **given)
        is_part = bool(request.headers.get("HX-Request"))
        return self.desk("letters/_scan_desk.html" if is_part else "letters/scan.html", result)

    def desk(self, template: str, result: Scanned) -> HttpResponse:
        letters = letters_visible_to(self.request.user)
        sent = letters.filter(dispatched_by=self.request.user, dispatched_at__date=timezone.localdate())
        return render(
            self.request,
            template,
            {
                "result": result,
                "carriers": Carrier.choices,
                "carrier": self.request.POST.get("carrier", ""),
                "sent": letters_with_rows(sent).order_by("-dispatched_at", "-pk")[:SHOWN],
                "sent_count": sent.count(),
                "waiting": letters.filter(state=LetterState.RENDERED).count(),
            },
        )


class Results(DeskPermission, FormView):
    """What became of many letters: all of them are booked, or none, with each number that is wrong."""

    permission_required = MAIL
    template_name = "letters/results.html"
    form_class = ResultsForm

    def form_valid(self, form: ResultsForm) -> HttpResponse:
        found, wrong = self._letters(form.codes())
        if wrong or not found:
            return self._again(form, wrong)
        results = [Result(letter.pk, form.reason, form.cleaned_data["on"]) for letter in found]
        try:
            letters = services.book_results(results=results, by=self.request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal_text(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("%(count)s results booked.") % {"count": len(letters)})
        return HttpResponseRedirect(reverse("letters:results"))

    def _again(self, form: ResultsForm, wrong: list[tuple[str, str]]) -> HttpResponse:
        form.add_error(None, _("Nothing was booked yet: mend these lines, or take them out.") if wrong else _("Scan or enter at least one number."))
        return self.render_to_response(self.get_context_data(form=form, wrong=wrong))

    def _letters(self, codes: list[str]) -> tuple[list[Letter], list[tuple[str, str]]]:
        """The letters that these numbers mean, and (number, what is wrong with it)."""
        known: dict[str, Letter] = {}
        for letter in letters_visible_to(self.request.user).filter(Q(number__in=codes) | Q(tracking_no__in=codes)).exclude(number=""):
            known |= {letter.number: letter, letter.tracking_no: letter}
        wrong = [(code, problem) for code in codes if (problem := _problem(known.get(code)))]
        return list({known[code].pk: known[code] for code in codes if code in known}.values()), wrong


def _problem(letter: Letter | None) -> str:
    if letter is None:
        return _("no such letter")
    if letter.state != LetterState.DISPATCHED:
        return _("letter %(letter)s is “%(state)s”") % {"letter": letter, "state": letter.get_state_display()}
    return ""


class ResultsOf(SilentWithThirdParty, DeskPermission, View):
    """From the list: the chosen letters' numbers stand in the form already."""

    permission_required = ("letters.view_letter", MAIL)
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        numbers = Letter.objects.filter(pk__in=chosen_ids(request)).exclude(number="").order_by("number").values_list("number", flat=True)
        form = ResultsForm(initial={"numbers": "\n".join(numbers)})
        return render(request, "letters/results.html", {"form": form})


class CarrierFileList(DeskList):
    list_name = "letters:file-list"
    permission_required = MAIL
    title = gettext_lazy("Carriers' files")
    empty_title = gettext_lazy("No carrier's file was read yet")
    empty_text = gettext_lazy("Tracking numbers or results that a carrier sends as xlsx or csv: look at every line first, then write them all.")
    empty_icon = "file-earmark-spreadsheet"
    new_action = (gettext_lazy("Read a file"), "letters:file-new", MAIL)
    columns = [
        Column("name", gettext_lazy("File"), link=True),
        Column("kind", gettext_lazy("Kind"), value="get_kind_display"),
        Column("carrier", gettext_lazy("Carrier"), value="get_carrier_display"),
        Column("state", gettext_lazy("State"), value=lambda file: file_state(file), kind="state"),
        Column("lines", gettext_lazy("Lines"), value=lambda file: len(file.lines), kind="number"),
        Column("uploaded_by", gettext_lazy("Uploaded by"), kind="person"),
        Column("uploaded_at", gettext_lazy("Uploaded"), kind="datetime", sort="uploaded_at"),
        Column("committed_at", gettext_lazy("Written"), kind="datetime", sort="committed_at"),
    ]

    def rows(self) -> QuerySet[CarrierFile]:
        return CarrierFile.objects.select_related("uploaded_by")

    def row_url(self, row: CarrierFile) -> str:
        return reverse("letters:file-detail", args=[row.pk])


def file_state(file: CarrierFile) -> tuple[str, Any]:
    if file.committed_at:
        return "done", _("Written")
    return ("bad", _("Lines are wrong")) if any(line["fault"] for line in file.lines) else ("waiting", _("To be written"))


class CarrierFileNew(DeskPermission, FormView):
    permission_required = MAIL
    template_name = "letters/file_new.html"
    form_class = CarrierFileForm

    def form_valid(self, form: CarrierFileForm) -> HttpResponse:
        given = form.cleaned_data
        try:
            file = carrier_files.read_carrier_file(kind=given["kind"], carrier=given["carrier"], upload=given["file"], by=self.request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error("file", refusal_text(refusal))
            return self.form_invalid(form)
        return HttpResponseRedirect(reverse("letters:file-detail", args=[file.pk]))


class CarrierFileDetail(SilentWithThirdParty, DeskPermission, TemplateView):
    """Every line with its letter, and in words what is wrong with it."""

    permission_required = MAIL
    template_name = "letters/file_detail.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        file = get_object_or_404(CarrierFile.objects.select_related("uploaded_by", "committed_by"), pk=pk)
        letters = letters_with_rows(Letter.objects.filter(pk__in=[line["letter"] for line in file.lines])).in_bulk()
        lines = [shown_line(line, letters.get(line["letter"])) for line in file.lines]
        lines.sort(key=lambda line: (not line["fault"], not line["warning"], line["row"]))
        wrong = sum(bool(line["fault"]) for line in lines)
        return super().get_context_data(file=file, lines=lines, wrong=wrong, state=file_state(file), **kwargs)


def shown_line(line: dict, letter: Letter | None) -> dict[str, Any]:
    outcome = ""
    if line["outcome"]:
        outcome = services.return_words(line["reason"]) if line["outcome"] == "returned" else _("Delivered")
    return line | {"shown_letter": letter, "result": outcome, "fault": fault_words(line["fault"]), "warning": warning_words(line["warning"])}


def fault_words(code: str) -> str:
    return {
        "": "",
        "no_letter": _("There is no such letter."),
        "addressee": _("No printed letter waits for this addressee."),
        "letter_twice": _("This letter is in the file twice."),
        "tracking_twice": _("This tracking number is in the file twice."),
        "tracking": _("Not a tracking number of this carrier."),
        "used": _("Another letter has this tracking number."),
        "state": _("The letter is not where this step begins."),
        "outcome": _("Neither delivered nor returned: the words are not understood."),
    }[code]


def warning_words(code: str) -> str:
    return {
        "": "",
        "check_digit": _("The check digit does not fit: compare it with the envelope."),
        "by_name": _("Found by the addressee."),
        "by_order": _("Several letters to this addressee: taken in the order of printing."),
        "known": _("Written before: nothing to do."),
    }[code]


class CommitCarrierFile(ActionView):
    permission_required = MAIL

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:file-detail", args=[pk])

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        file = get_object_or_404(CarrierFile, pk=pk)
        count = carrier_files.commit_carrier_file(file_id=file.pk, by=request.user, now=timezone.now())
        return _("%(count)s letters moved on.") % {"count": count}, self.fallback_url(pk)
