"""Pages around one case that say what the debtor asked for or agreed to, and what interrupted the limitation."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment.selectors import cases_visible_to
from calls.services.promises import sign_plan
from cases.models import Case
from cases.services.casework import set_contact_zone
from compliance.selectors import interruptions_of, wishes_of
from compliance.services.limitation import record_interruption
from compliance.services.wishes import WIDENS, end_wish, note_wish
from staff.pages import ActionView, FormPage
from workbench.forms import InterruptionForm, PlanForm, WishForm, ZoneForm
from workbench.words import wish_words

RECORD, STOP = "calls.record_call", "cases.stop_case"


class _OfCase:
    """A page or step of a case that the person sees."""

    @cached_property
    def case(self) -> Case:
        return get_object_or_404(cases_visible_to(self.request.user).select_related("client", "debtor", "placement"), pk=self.kwargs["pk"])

    @property
    def subtitle(self) -> str:
        return f"{self.case.debtor.name} · {self.case.case_no}"

    @property
    def cancel_url(self) -> str:
        return reverse("workbench:case-detail", args=[self.case.pk])


class Wishes(_OfCase, FormPage):
    """What the debtor asked for; who hears it enters it. What allows more than the law's limit is entered by a lead or the GM office."""

    any_permission = (RECORD, STOP)
    template_name = "workbench/wishes.html"
    form_class = WishForm
    title = gettext_lazy("The debtor's wishes")
    submit_label = gettext_lazy("Enter")

    @property
    def may_widen(self) -> bool:
        return self.request.user.has_perm(WIDENS)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"may_widen": self.may_widen}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, may_widen = timezone.now(), self.may_widen
        rows = [
            {"row": row, "words": wish_words(row), "is_open": is_open, "may_end": is_open and (row.is_consent or may_widen)}
            for row in wishes_of(self.case.debtor_id)
            for is_open in [row.valid_to is None or row.valid_to > now]
        ]
        contact = self.case.contacts.filter(relation="self").first() if may_widen else None
        zone_form = ZoneForm(initial={"zone": contact.zone}) if contact else None
        return super().get_context_data(rows=rows, zone_form=zone_form, case=self.case, **kwargs)

    def save(self, form: WishForm) -> tuple[str, str]:
        note_wish(case=self.case, **form.asked(), by=self.request.user, now=timezone.now())
        return _("Entered: the gate heeds it from now on, for every case of the debtor."), reverse("workbench:case-wishes", args=[self.case.pk])


class _WishStep(_OfCase, ActionView):
    any_permission = (RECORD, STOP)

    def fallback_url(self, pk: int, **_more: Any) -> str:
        return reverse("workbench:case-wishes", args=[pk])


class WishEnd(_WishStep):
    def act(self, request: HttpRequest, pk: int, wish: int) -> tuple[str, str]:
        row = get_object_or_404(wishes_of(self.case.debtor_id), pk=wish)
        end_wish(wish_id=row.pk, reason=request.POST.get("reason", "")[:200], by=request.user, now=timezone.now())
        return _("It binds no more."), self.fallback_url(pk)


class Zone(_WishStep):
    """Another zone's day opens hours that are closed here, so that who calls doesn't enter it (CR-01)."""

    any_permission = (WIDENS,)

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        contact = get_object_or_404(self.case.contacts.all(), relation="self")
        set_contact_zone(contact=contact, zone=request.POST.get("zone", "").strip()[:40], by=request.user, now=timezone.now())
        return _("Calls are judged by the time there."), self.fallback_url(pk)


class Plan(_OfCase, FormPage):
    permission_required = STOP
    form_class = PlanForm
    title = gettext_lazy("Instalment plan signed")
    submit_label = gettext_lazy("Hold dunning")

    def save(self, form: PlanForm) -> tuple[str, str]:
        data = form.cleaned_data
        sign_plan(case_id=self.case.pk, instalments=data["instalments"], evidence=data["evidence"], by=self.request.user, now=timezone.now())
        return _("Dunning of the case waits while the plan is performed (CR-33)."), self.cancel_url


class Limitation(_OfCase, FormPage):
    permission_required = STOP
    template_name = "workbench/limitation.html"
    form_class = InterruptionForm
    title = gettext_lazy("Limitation of the debt")
    submit_label = gettext_lazy("Enter")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(events=interruptions_of(self.case), **kwargs)

    def save(self, form: InterruptionForm) -> tuple[str, str]:
        row = record_interruption(case=self.case, **form.cleaned_data, by=self.request.user, now=timezone.now())
        said = _("Entered: the term runs anew from %(day)s.") if row.counts else _("Entered. The term was over by then: %(day)s begins nothing anew.")
        return said % {"day": row.on}, reverse("workbench:case-limitation", args=[self.case.pk])
