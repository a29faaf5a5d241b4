from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from duties.choices import Counting
from duties.forms import DutyFilter, ExtendForm, HandOverForm, PauseForm
from duties.models import Duty, DutyKindVersion
from duties.selectors import calendar_warning, duties_visible_to, history_of, holders_of, may_take_over, page_for, version_of, work_url
from duties.services import extend_duty_row, hand_over_duty, local
from duties.services_pauses import pause_duty, resume_duty
from staff.listing import Column, DeskList
from staff.models import User
from staff.pages import ActionView, DeskPermission, FormPage

STATES = {
    "open": gettext_lazy("Open"),
    "paused": gettext_lazy("Paused"),
    "met": gettext_lazy("Met"),
    "missed": gettext_lazy("Missed"),
    "met_late": gettext_lazy("Met late"),
    "cancelled": gettext_lazy("Cancelled"),
}


class DutyList(DeskList):
    """What must be done by when, by whom; the most pressing first."""

    list_name = "duties:duty-list"
    template_name = "duties/duty_list.html"
    title = gettext_lazy("Duties")
    subtitle = gettext_lazy("What must be done, by when, and who holds it.")
    empty_title = gettext_lazy("Nothing to be done")
    empty_text = gettext_lazy("Duties appear here by themselves: when files arrive, cases are assigned, letters approved.")
    empty_icon = "check2-circle"
    filter_form = DutyFilter
    default_sort = "due_at"
    columns = [
        Column("kind", gettext_lazy("Duty"), sort="kind_id"),
        Column("subject", gettext_lazy("Subject"), link=True),
        Column("holder", gettext_lazy("Held by"), kind="person", sort="holder__name"),
        Column("due_at", gettext_lazy("Due"), kind="datetime", sort="due_at"),
        Column("left", gettext_lazy("Time left"), value="due_at", kind="template", template="duties/_left.html", exported=False),
        Column("state", gettext_lazy("State"), value=lambda duty: (duty.state, STATES[duty.state]), kind="state"),
        Column("rule", gettext_lazy("Rule"), value="kind.rule", hidden=True),
        Column("starts_at", gettext_lazy("Began"), kind="datetime", sort="starts_at", hidden=True),
        Column("met_at", gettext_lazy("Met"), kind="datetime", sort="met_at", hidden=True),
        Column("pause_reason", gettext_lazy("Waiting for"), hidden=True),
        Column("accounts", gettext_lazy("Accounts"), kind="number", hidden=True),
        Column("actions", gettext_lazy("Actions"), value="pk", kind="template", template="duties/_actions.html", exported=False),
    ]

    def rows(self) -> QuerySet[Duty]:
        rows = duties_visible_to(self.request.user).select_related("kind", "holder")
        return rows if self.form.is_bound else rows.unmet()

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def row_url(self, row: Duty) -> str:
        return page_for(row, self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        warning = calendar_warning(timezone.localdate()) if user.has_perm("duties.manage_calendar") else ""
        return super().get_context_data(calendar_warning=warning, **rights_of(user), **kwargs)


def rights_of(user: User) -> dict[str, Any]:
    """What this person may do to others' duties, for the buttons of a line."""
    rights = {f"may_{verb}": user.has_perm(f"duties.{verb}_duty") for verb in ("extend", "hand_over", "pause")}
    in_force = DutyKindVersion.objects.in_force(timezone.now())
    return rights | {"pausable": set(in_force.filter(may_pause=True).values_list("kind", flat=True)) if rights["may_pause"] else set()}


class DutyPage(DeskPermission, TemplateView):
    """One duty's clock and its story: who held it when, what was allowed and why, and what became of it."""

    template_name = "duties/duty_detail.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        rows = duties_visible_to(user).select_related("kind", "holder", "missed_holder", "met_by", "extended_by")
        duty = get_object_or_404(rows, pk=pk)
        return super().get_context_data(
            duty=duty,
            version=version_of(duty),
            state=(duty.state, STATES[duty.state]),
            holders=holders_of(duty),
            history=history_of(duty),
            work_url=work_url(duty, user),
            **rights_of(user),
            **kwargs,
        )


class _OneDuty(FormPage):
    """A form about one visible duty that is still to be done."""

    @cached_property
    def duty(self) -> Duty:
        return get_object_or_404(duties_visible_to(self.request.user).unmet().select_related("kind", "holder"), pk=self.kwargs["pk"])

    @property
    def subtitle(self) -> str:
        values = {"duty": self.duty, "holder": self.duty.holder, "due": local(self.duty.due_at)}
        return _("%(duty)s, held by %(holder)s, due %(due)s") % values

    @property
    def cancel_url(self) -> str:
        return page_for(self.duty, self.request.user)


class Extend(_OneDuty):
    """A1.1, A3.1: more time, with a reason, never past the ceiling."""

    permission_required = "duties.extend_duty"
    form_class = ExtendForm
    title = gettext_lazy("Extend the time")
    submit_label = gettext_lazy("Extend")

    def get_form(self, form_class: type | None = None) -> ExtendForm:
        form, kind = super().get_form(form_class), version_of(self.duty)
        unit = _("working days") if kind.counting == Counting.WORKING_DAYS else _("minutes")
        form.fields["extra"].label = _("How much more (%(unit)s)") % {"unit": unit}
        form.fields["extra"].help_text = _("Empty: as long as the rule allows, %(ceiling)s %(unit)s in all.") % {"ceiling": kind.ceiling, "unit": unit}
        return form

    def save(self, form: ExtendForm) -> tuple[str, str]:
        duty = extend_duty_row(duty_id=self.duty.pk, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("Now due %(due)s.") % {"due": local(duty.due_at)}, self.cancel_url


class HandOver(_OneDuty):
    """Leave, delegation: somebody else holds it; the clock runs on."""

    permission_required = "duties.hand_over_duty"
    form_class = HandOverForm
    title = gettext_lazy("Hand over")
    submit_label = gettext_lazy("Hand over")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"candidates": may_take_over(self.duty, by=self.request.user, now=timezone.now())}

    def save(self, form: HandOverForm) -> tuple[str, str]:
        duty = hand_over_duty(duty_id=self.duty.pk, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("%(person)s holds it now and was told. The clock runs on.") % {"person": duty.holder}, self.cancel_url


class Pause(_OneDuty):
    """The clock stands still while somebody else is awaited."""

    permission_required = "duties.pause_duty"
    form_class = PauseForm
    title = gettext_lazy("Pause the clock")
    submit_label = gettext_lazy("Pause")

    def save(self, form: PauseForm) -> tuple[str, str]:
        pause_duty(duty_id=self.duty.pk, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The clock is paused; the holder was told."), reverse("duties:duty-list")


class Resume(ActionView):
    permission_required = "duties.pause_duty"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        get_object_or_404(duties_visible_to(request.user), pk=pk)
        duty = resume_duty(duty_id=pk, by=request.user, now=timezone.now())
        return _("The clock runs on: now due %(due)s.") % {"due": local(duty.due_at)}, reverse("duties:duty-list")

    def fallback_url(self, pk: int) -> str:
        return reverse("duties:duty-list")
