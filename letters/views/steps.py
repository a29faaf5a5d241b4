"""Each step of annex 3 as a button: one letter, or several chosen in the list."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from collection.lib.errors import Refused
from collection.lib.numbers import whole
from letters import services
from letters.forms.letters import DispatchForm, ReasonForm, ReturnForm
from letters.models import Letter
from letters.selectors import addresses_for, letters_visible_to
from letters.views.letters import SEE, chosen_ids, pdf_response
from letters.views.silence import ClosedToWhoCalls, SilentWithThirdParty
from staff.pages import ActionView, DeskPermission, came_from


class LetterAction(ActionView):
    """One step of one letter that the person may see."""

    permission_required = SEE

    def letter_id(self, pk: int) -> int:
        return get_object_or_404(letters_visible_to(self.request.user), pk=pk).pk

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:letter-detail", args=[pk])

    def reason(self) -> str:
        form = ReasonForm(self.request.POST)
        return form.cleaned_data["reason"] if form.is_valid() else ""


class ApproveLetter(LetterAction):
    permission_required = (SEE, "letters.approve_letter")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        services.approve_letter(letter_id=self.letter_id(pk), by=request.user, now=timezone.now())
        return _("Approved. The admin office prints and dispatches it."), self.fallback_url(pk)


class ApproveLetters(SilentWithThirdParty, DeskPermission, View):
    """The chosen letters: those that can be are approved; a page names the others, each with why not."""

    permission_required = (SEE, "letters.approve_letter")
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        done = services.approve_letters(letter_ids=chosen_ids(request), by=request.user, now=timezone.now())
        if done.approved:
            messages.success(request, _("%(count)s letters approved.") % {"count": len(done.approved)})
        back = came_from(request, reverse("letters:letter-list"))
        if not done.refused:
            return HttpResponseRedirect(back)
        refused = [{"letter": letter, "rule": refusal.rule, "why": str(refusal)} for letter, refusal in done.refused]
        return render(request, "letters/letters_not_approved.html", {"refused": refused, "back": back})


class RefuseLetter(LetterAction):
    permission_required = (SEE, "letters.approve_letter")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        services.refuse_letter(letter_id=self.letter_id(pk), reason=self.reason(), by=request.user, now=timezone.now())
        return _("Refused. The person who asked is told why."), self.fallback_url(pk)


class RefuseLetters(SilentWithThirdParty, DeskPermission, View):
    """The chosen letters: first the reason is asked for, then all are refused with it, or none."""

    permission_required = (SEE, "letters.approve_letter")
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        ids, error = chosen_ids(request), ""
        if "reason" in request.POST:
            try:
                services.refuse_letters(letter_ids=ids, reason=request.POST["reason"][:200], by=request.user, now=timezone.now())
            except Refused as refusal:
                error = str(refusal)
            else:
                messages.success(request, _("%(count)s letters refused. Who asked is told why.") % {"count": len(ids)})
                return HttpResponseRedirect(reverse("letters:letter-list"))
        letters = Letter.objects.filter(pk__in=ids).select_related("case__debtor", "template", "requested_by").order_by("pk")
        return render(request, "letters/letters_refuse.html", {"letters": letters, "error": error})


class AskAgain(LetterAction):
    """After a return: the same letter, in its newest version, to another address of the case."""

    permission_required = (SEE, "letters.request_letter")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        letter = get_object_or_404(letters_visible_to(request.user).select_related("case", "template", "payee"), pk=pk)
        address = get_object_or_404(addresses_for(letter.case), pk=whole(request.POST.get("address", "")))
        reason = _("Letter %(letter)s came back; sent to another address.") % {"letter": letter}
        again = services.ask_again(letter=letter, address=address, reason=reason, by=request.user, now=timezone.now())
        return _("The letter awaits approval."), reverse("letters:letter-detail", args=[again.pk])


class AllowAnotherTry(LetterAction):
    permission_required = (SEE, "letters.dispatch_letter")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        services.allow_another_try(letter_id=self.letter_id(pk), by=request.user, now=timezone.now())
        return _("It can be printed again."), self.fallback_url(pk)


class ReprintLetter(ClosedToWhoCalls, SilentWithThirdParty, DeskPermission, View):
    """The issued file once more, for a sheet that was torn or lost; the reason is on the trail."""

    permission_required = (SEE, "letters.dispatch_letter")
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        letter = get_object_or_404(letters_visible_to(request.user), pk=pk)
        try:
            content = services.reprint_letter(letter_id=letter.pk, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse("letters:letter-detail", args=[pk]))
        return pdf_response(content, letter.number)


class SendBackLetter(LetterAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        services.send_back_letter(letter_id=self.letter_id(pk), reason=self.reason(), by=request.user, now=timezone.now())
        return _("The letter awaits approval again."), reverse("letters:letter-list")


class CancelLetter(LetterAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        services.cancel_letter(letter_id=self.letter_id(pk), reason=self.reason(), by=request.user, now=timezone.now())
        return _("The letter is cancelled."), reverse("letters:letter-list")


class CorrectTracking(LetterAction):
    permission_required = (SEE, "letters.dispatch_letter")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        entered = DispatchForm(request.POST)
        given = entered.cleaned_data if entered.is_valid() else {"carrier": "", "tracking_no": ""}
        services.correct_tracking(letter_id=self.letter_id(pk), **given, reason=self.reason(), by=request.user, now=timezone.now())
        return _("The number is corrected; the wrong one stays in the trail."), self.fallback_url(pk)


class DeliverLetter(LetterAction):
    permission_required = (SEE, "letters.dispatch_letter")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        services.book_delivery(letter_id=self.letter_id(pk), by=request.user, now=timezone.now())
        return _("Delivery recorded."), came_from(request, self.fallback_url(pk))


class ReturnLetter(LetterAction):
    permission_required = (SEE, "letters.dispatch_letter")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        letter_id = self.letter_id(pk)
        form = ReturnForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        services.book_return(letter_id=letter_id, reason=reason, by=request.user, now=timezone.now())
        return _("Return recorded; the person who asked for the letter is told."), came_from(request, self.fallback_url(pk))
