"""The addresses of a case: how complete they are, and putting one right."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from cases.models import Address, Case
from collection.lib.errors import Outdated, Refused
from collection.lib.regions import place_of
from letters.addresses import faults_of
from letters.forms.post import AddressForm
from letters.services.addressing import addresses_open_to, correct_address, open_address
from letters.views.letters import refusal_text
from letters.views.silence import SilentWithThirdParty
from staff.pages import DeskPermission

MAY = ("letters.request_letter", "letters.dispatch_letter")


class CaseAddresses(SilentWithThirdParty, DeskPermission, TemplateView):
    """Each address as province, city and district, its source, whether it was verified, and what is missing."""

    any_permission = MAY
    template_name = "letters/addresses.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        addresses = addresses_open_to(self.request.user).filter(contact__case=pk)
        rows = list(addresses.select_related("contact__case__debtor", "contact__case__client").order_by("contact_id", "pk"))
        if not rows:
            raise Http404
        case: Case = rows[0].contact.case
        return super().get_context_data(case=case, rows=[row_of(address) for address in rows], **kwargs)


def row_of(address: Address) -> dict[str, Any]:
    place = place_of(address.text)
    return {"address": address, "place": place, "faults": faults_of(address), "is_usable": not place.blocking and address.verification != "wrong"}


class AddressCorrect(DeskPermission, FormView):
    """The address in the clear for who puts it right; opening it is on the trail."""

    any_permission = MAY
    template_name = "letters/address_correct.html"
    form_class = AddressForm

    def address(self) -> Address:
        return get_object_or_404(addresses_open_to(self.request.user).select_related("contact__case__debtor"), pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        open_address(address_id=self.address().pk, by=request.user, now=timezone.now())
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        address = self.address()
        return {"text": place_of(address.text).full or address.text, "postcode": address.postcode, "seen": address.text}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        address = self.address()
        return super().get_context_data(address=address, row=row_of(address), back=self.back(address), **kwargs)

    def back(self, address: Address) -> str:
        """To the page it came from (a letter, say), else to the case's addresses."""
        asked = self.request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
            return asked
        return reverse("letters:addresses", args=[address.contact.case_id])

    def form_valid(self, form: AddressForm) -> HttpResponse:
        address, given = self.address(), form.cleaned_data
        try:
            correct_address(address_id=address.pk, text=given["text"], postcode=given["postcode"], seen=given["seen"], by=self.request.user, now=timezone.now())
        except Outdated as outdated:
            form.add_error(None, f"{outdated} {outdated.current['address']}")
            return self.form_invalid(form)
        except Refused as refusal:
            form.add_error("text", refusal_text(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("The address is put right."))
        return HttpResponseRedirect(self.back(address))
