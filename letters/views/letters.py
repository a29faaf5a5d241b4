"""The list of letters, one letter, and each step of annex 3 as a button."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from assignment.selectors import cases_visible_to
from audit.services import record
from cases.discretion import band_rank, third_party_is_on, withholds_amounts
from cases.models import Case
from cases.rules.amounts import band_of, mask_amounts
from collection.lib.errors import Refused
from collection.lib.numbers import ids_in, whole
from collection.lib.press.drawing import NotDrawn
from duties.choices import Kind
from letters import services
from letters.addresses import faults_of
from letters.choices import ON_THE_WAY, Carrier, LetterKind, LetterState, ReturnReason
from letters.forms.letters import LetterFilter, RequestForm
from letters.markup import fill, to_html
from letters.models import Letter
from letters.printing.drafts import letter_pdf
from letters.selectors import failure_text, letters_visible_to, letters_with_rows, other_addresses, steps_of, with_due
from letters.selectors_quality import holds_on
from letters.services.addressing import addresses_open_to
from letters.services.results import return_words
from letters.values import values_of, without_amounts
from letters.views.silence import ClosedToWhoCalls, SilentWithThirdParty
from staff.choices import Role
from staff.listing import Column, DeskList
from staff.pages import DeskPermission

SEE = "letters.view_letter"
OPEN_PDF = ("letters.approve_letter", "letters.dispatch_letter", "letters.check_quality")


def pdf_response(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"})


def refusal_text(refusal: Refused) -> str:
    """A refusal beside a form, with its rule."""
    return f"{refusal} ({refusal.rule})" if refusal.rule else str(refusal)


def chosen_ids(request: HttpRequest) -> list[int]:
    """The rows chosen in a list: all of them among the letters that this person may see."""
    ids = set(ids_in(request.POST.getlist("ids")))
    if letters_visible_to(request.user).filter(pk__in=ids).count() != len(ids):
        raise Http404
    return sorted(ids)


class LetterList(DeskList):
    list_name = "letters:letter-list"
    permission_required = SEE
    title = gettext_lazy("Letters")
    filter_form = LetterFilter
    empty_title = gettext_lazy("No letters yet")
    empty_text = gettext_lazy("A collector asks for a letter on a case; what is approved is printed and dispatched here.")
    empty_icon = "envelope"
    bulk_actions = [
        (gettext_lazy("Approve"), "letters:approve-many", "letters.approve_letter"),
        (gettext_lazy("Refuse"), "letters:refuse-many", "letters.approve_letter"),
        (gettext_lazy("Print"), "letters:print", "letters.dispatch_letter"),
        (gettext_lazy("Book results"), "letters:results-of", "letters.dispatch_letter"),
    ]
    columns = [
        Column("number", gettext_lazy("Letter number"), value=lambda row: row.number or f"#{row.pk}", sort="number", link=True),
        Column("kind", gettext_lazy("Kind"), value="template.get_kind_display"),
        Column("state", gettext_lazy("State"), value=lambda row: (row.state, row.get_state_display()), kind="state", sort="state"),
        Column("due", gettext_lazy("Due"), value="due_at", kind="countdown", sort="due_at"),
        Column("case", gettext_lazy("Case"), value="case.case_no", sort="case__case_no"),
        Column("debtor", gettext_lazy("Addressee"), value="case.debtor.name"),
        Column("client", gettext_lazy("Client"), value="case.client.short_name", sort="case__client__short_name"),
        Column("balance", gettext_lazy("Amount"), kind="money", sort="balance"),
        Column("band", gettext_lazy("Amount, roughly"), value=lambda row: band_of(row.balance).label, sort="band"),
        Column("address", gettext_lazy("Address"), value="address.masked", kind="masked", hidden=True),
        Column("requested_by", gettext_lazy("Requested by"), kind="person"),
        Column("requested_at", gettext_lazy("Requested"), kind="datetime", sort="requested_at", hidden=True),
        Column("tracking_no", gettext_lazy("Tracking number"), sort="tracking_no"),
        Column("dispatched_at", gettext_lazy("Dispatched"), kind="datetime", sort="dispatched_at", hidden=True),
        Column("failure", gettext_lazy("Why it was not printed"), value=failure_text, hidden=True),
    ]

    def setup(self, *args: Any, **kwargs: Any) -> None:
        """Who calls sees bands, as in the list of cases (CR-17); with a third party on the line neither debt nor bank (CR-12)."""
        super().setup(*args, **kwargs)
        user = self.request.user
        if not user.is_authenticated:  # who is turned away at the door
            return
        unseen = {"balance"} if withholds_amounts(user) else {"band"}
        self.is_silent = third_party_is_on(user, now=timezone.now())
        if self.is_silent:
            unseen |= {"balance", "band", "client", "kind", "failure"}
        self.columns = [column for column in self.columns if column.key not in unseen]

    def filter_arguments(self) -> dict[str, Any]:
        return {"is_silent": self.is_silent}

    def rows(self):
        return with_due(letters_with_rows(letters_visible_to(self.request.user)), Kind.LETTER_DISPATCH).annotate(band=band_rank())

    def row_url(self, row: Letter) -> str:
        return reverse("letters:letter-detail", args=[row.pk])


class LetterPage(SilentWithThirdParty, DeskPermission):
    """A page or step of one letter that the person may see; any other id is unknown."""

    permission_required = SEE

    def letter(self, pk: int) -> Letter:
        return get_object_or_404(letters_with_rows(letters_visible_to(self.request.user)), pk=pk)


def sheet_of(letter: Letter, user: Any) -> dict[str, str]:
    """The letter's words for the page, without amounts for who isn't told them (CR-17). `to_html` escapes every piece of text."""
    values = values_of(letter, today=timezone.localdate(letter.rendered_at or timezone.now()))
    if withholds_amounts(user):
        values = without_amounts(values)
    return {"heading": fill(letter.template.heading, values), "body": mark_safe(to_html(letter.template.body, values))}  # noqa: S308  (escaped by to_html)


def teller_of(user: Any) -> Callable[[str], str]:
    """How a text that people wrote is shown to this person: it may name amounts (CR-17)."""
    return mask_amounts if withholds_amounts(user) else str


def steps_told(letter: Letter, user: Any) -> list[dict[str, Any]]:
    """What happened to a letter, in words."""
    told = teller_of(user)
    return [{"event": event, "label": step_label(event.action), "reason": told(return_words(event.reason))} for event in steps_of(letter)]


class LetterDetail(LetterPage, TemplateView):
    template_name = "letters/letter_detail.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        letters = with_due(letters_with_rows(letters_visible_to(user)), Kind.LETTER_DISPATCH).select_related("decided_by", "dispatched_by")
        letter = get_object_or_404(letters, pk=pk)
        check = getattr(letter, "quality_check", None)
        may = may_do(letter, user, check)
        told = teller_of(user)
        may_open_case = user.has_perm("cases.view_case") and cases_visible_to(user).filter(pk=letter.case_id).exists()
        return super().get_context_data(
            letter=letter,
            **sheet_of(letter, user),
            withholds_amounts=withholds_amounts(user),
            reason=told(letter.reason),
            refusal=told(letter.refusal),
            steps=steps_told(letter, user),
            failure=failure_text(letter),
            return_words=return_words(letter.return_reason),
            check=check,
            holds=holds_on([letter]) if letter.state in ON_THE_WAY else [],
            may=may,
            may_open_case=may_open_case,
            address_faults=faults_of(letter.address) if letter.state in ON_THE_WAY else [],
            may_correct=addresses_open_to(user).filter(pk=letter.address_id).exists(),
            other_addresses=other_addresses(letter) if may["ask_again"] and may_open_case else [],
            carriers=Carrier.choices,
            return_reasons=ReturnReason.choices,
            **kwargs,
        )


STEP_LABELS = {
    "letter.requested": gettext_lazy("Requested"),
    "letter.approved": gettext_lazy("Approved"),
    "letter.refused": gettext_lazy("Refused"),
    "letter.sent_back": gettext_lazy("Sent back for approval"),
    "letter.cancelled": gettext_lazy("Cancelled"),
    "letter.printing": gettext_lazy("Given to a print run"),
    "letter.printed": gettext_lazy("Printed"),
    "letter.print_failed": gettext_lazy("Printing failed"),
    "letter.dispatched": gettext_lazy("Handed to the carrier"),
    "letter.tracking_corrected": gettext_lazy("Tracking number corrected"),
    "letter.delivered": gettext_lazy("Delivered"),
    "letter.returned": gettext_lazy("Came back"),
    "letter.checked": gettext_lazy("Quality checked"),
    "letter.check_amended": gettext_lazy("Quality form amended"),
    "letter.rectification_asked": gettext_lazy("Asked to put right"),
    "letter.rectified": gettext_lazy("Put right, says who had to"),
    "letter.rectification_judged": gettext_lazy("Second look"),
    "letter.photo_added": gettext_lazy("Photo added"),
    "letter.opened": gettext_lazy("File opened"),
    "letter.reprinted": gettext_lazy("Printed once more"),
    "letter.retried": gettext_lazy("Another try allowed"),
    "letter.print_stopped": gettext_lazy("Print run stopped"),
    "letter.asked_after": gettext_lazy("The carrier is to be asked"),
}


def step_label(action: str) -> Any:
    return STEP_LABELS.get(action, action)


def may_do(letter: Letter, user: Any, check: Any) -> dict[str, bool]:
    """Which buttons stand on the page. The services decide again."""
    state, has = letter.state, user.has_perm
    decides = has("letters.approve_letter") and letter.requested_by_id != user.pk
    if letter.template.kind == LetterKind.LAWYER:
        decides = decides and has("letters.approve_lawyer_letter")
    mails, opens_files = has("letters.dispatch_letter"), not withholds_amounts(user)
    return {
        "decide": state == LetterState.REQUESTED and decides,
        "print": state == LetterState.APPROVED and mails and not letter.is_set_aside,
        "send_back": state == LetterState.APPROVED and (mails or has("letters.approve_letter")),
        "dispatch": state == LetterState.RENDERED and mails,
        "book": state == LetterState.DISPATCHED and mails,
        "cancel": state in ON_THE_WAY and state != LetterState.RENDERING and (mails or has("letters.approve_letter") or letter.requested_by_id == user.pk),
        "check": bool(letter.dispatched_at) and check is None and has("letters.check_quality"),
        "open_pdf": any(has(name) for name in OPEN_PDF) and opens_files,
        "open_run": (mails or user.has_role(Role.GM_OFFICE)) and opens_files,
        "retry": letter.is_set_aside and mails,
        "reprint": state == LetterState.RENDERED and mails and opens_files,
        "ask_again": state == LetterState.RETURNED and has("letters.request_letter"),
    }


class LetterPdf(ClosedToWhoCalls, LetterPage, View):
    """The issued file, or a preview, for who approves, prints or checks letters: it shows the address in the clear (CR-46), so opening it
    is on the trail. Everybody else reads the letter's words on its page, with the address masked; so does who isn't told amounts (CR-17)."""

    any_permission = OPEN_PDF

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        letter, now = self.letter(pk), timezone.now()
        try:
            content = letter_pdf(letter, now=now)
        except (Refused, NotDrawn) as error:
            messages.error(request, str(error) if isinstance(error, Refused) else _("The letter could not be drawn. Look at its text and its address."))
            return HttpResponseRedirect(reverse("letters:letter-detail", args=[pk]))
        with transaction.atomic():
            record("letter.opened", subject=letter, by=request.user, at=now)
        return pdf_response(content, letter.number or f"letter-{letter.pk}")


class LetterNew(SilentWithThirdParty, DeskPermission, FormView):
    """Ask for a letter on one's own case: ?case=id."""

    permission_required = "letters.request_letter"
    template_name = "letters/letter_new.html"
    form_class = RequestForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.POST.get("case") or request.GET.get("case") or ""
        if request.user.is_authenticated and self.has_permission():
            cases = cases_visible_to(request.user).select_related("client", "debtor", "placement")
            self.case: Case = get_object_or_404(cases, pk=whole(asked))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"case": self.case, "today": timezone.localdate()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on_the_way = Letter.objects.filter(case=self.case).select_related("template").order_by("-pk")[:5]
        return super().get_context_data(case=self.case, letters=on_the_way, withholds_amounts=withholds_amounts(self.request.user), **kwargs)

    def form_valid(self, form: RequestForm) -> HttpResponse:
        asked = form.cleaned_data
        try:
            letter = services.request_letter(case=self.case, **asked, by=self.request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal_text(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("The letter awaits approval."))
        return HttpResponseRedirect(reverse("letters:letter-detail", args=[letter.pk]))
