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

from collection.lib.errors import Refused
from duties.calendar import year_of_months
from duties.choices import Counting
from duties.forms import DayForm, DutyFilter, ExtendForm, HandOverForm, HoursForm, KindForm, year_of
from duties.models import CalendarDay, Duty, DutyKind, WorkingHours
from duties.selectors import calendar_warning, duties_visible_to, may_take_over
from duties.services import extend_duty_row, hand_over_duty, local
from duties.services_settings import change_kind, clear_calendar_day, confirm_calendar_year, set_calendar_day, set_working_hours
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission, FormPage

STATES = {
    "open": gettext_lazy("Open"),
    "met": gettext_lazy("Met"),
    "missed": gettext_lazy("Missed"),
    "met_late": gettext_lazy("Met late"),
    "cancelled": gettext_lazy("Cancelled"),
}


class DutyList(DeskList):
    """What must be done by when, by whom; the most pressing first."""

    list_name = "duties:duty-list"
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
        Column("accounts", gettext_lazy("Accounts"), kind="number", hidden=True),
        Column("actions", gettext_lazy("Actions"), value="pk", kind="template", template="duties/_actions.html", exported=False),
    ]

    def rows(self) -> QuerySet[Duty]:
        rows = duties_visible_to(self.request.user).select_related("kind", "holder")
        return rows if self.form.is_bound else rows.unmet()

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def row_url(self, row: Duty) -> str:
        return row.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm
        return super().get_context_data(may_extend=may("duties.extend_duty"), may_hand_over=may("duties.hand_over_duty"), **kwargs)


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
        return self.duty.path or reverse("duties:duty-list")


class Extend(_OneDuty):
    """A1.1, A3.1: more time, with a reason, never past the ceiling."""

    permission_required = "duties.extend_duty"
    form_class = ExtendForm
    title = gettext_lazy("Extend the time")
    submit_label = gettext_lazy("Extend")

    def get_form(self, form_class: type | None = None) -> ExtendForm:
        form, kind = super().get_form(form_class), self.duty.kind
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


class WorkingCalendar(DeskPermission, TemplateView):
    """A year's working days, holidays and make-up days, and the hours of a working day."""

    permission_required = "duties.manage_calendar"
    template_name = "duties/calendar.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        year = year_of(self.request.GET.get("year", ""), today)
        months = year_of_months(year, today=today)
        return {
            "year": year,
            "today": today,
            "months": months,
            "working_days": sum(month["working"] for month in months),
            "warning": calendar_warning(today),
            "is_provisional": any(day and day.is_provisional for month in months for week in month["weeks"] for day in week),
            "is_known": CalendarDay.objects.filter(day__year=year).exists(),
            "day_form": DayForm(initial={"kind": "rest"}),
            "hours": WorkingHours.objects.order_by("opens"),
        } | kwargs


class ChangeDay(ActionView):
    permission_required = "duties.manage_calendar"

    def act(self, request: HttpRequest) -> tuple[str, str]:
        form = DayForm(request.POST)
        if not form.is_valid():
            raise Refused(_("Choose a day, and whether it is a working day or a rest day."))
        day, kind, by, now = form.cleaned_data["day"], form.cleaned_data["kind"], request.user, timezone.now()
        if kind == "week":
            clear_calendar_day(day=day, by=by, now=now)
        else:
            set_calendar_day(day=day, is_working=kind == "work", name=form.cleaned_data["name"], by=by, now=now)
        message = _("%(day)s was changed. Duties that have begun keep their deadlines.") % {"day": f"{day:%Y-%m-%d}"}
        return message, f"{reverse('duties:calendar')}?year={day.year}"

    def fallback_url(self) -> str:
        return reverse("duties:calendar")


class ConfirmYear(ActionView):
    permission_required = "duties.manage_calendar"

    def act(self, request: HttpRequest) -> tuple[str, str]:
        year = year_of(request.POST.get("year", ""), timezone.localdate())
        count = confirm_calendar_year(year=year, by=request.user, now=timezone.now())
        return _("%(count)s days of %(year)s are confirmed.") % {"count": count, "year": year}, f"{reverse('duties:calendar')}?year={year}"


class ChangeHours(FormPage):
    """The hours of a working day. A refusal comes back as a page of its own."""

    permission_required = "duties.manage_calendar"
    template_name = "duties/hours_edit.html"
    form_class = HoursForm
    title = gettext_lazy("Working hours")
    subtitle = gettext_lazy("The end of the last stretch is close of business. Duties that have begun keep their deadlines.")

    @property
    def cancel_url(self) -> str:
        return reverse("duties:calendar")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"spans": list(WorkingHours.objects.order_by("opens").values_list("opens", "closes"))}

    def save(self, form: HoursForm) -> tuple[str, str]:
        set_working_hours(spans=form.spans(), by=self.request.user, now=timezone.now())
        return _("The working hours were changed."), self.cancel_url


class KindList(DeskList):
    list_name = "duties:kind-list"
    permission_required = "duties.manage_calendar"
    title = gettext_lazy("Duty kinds")
    subtitle = gettext_lazy("How long each duty may take and how far it may be extended. A change holds for duties that begin from now on.")
    default_sort = "pk"
    columns = [
        Column("name", gettext_lazy("Duty"), value=str, link=True),
        Column("rule", gettext_lazy("Rule"), sort="rule"),
        Column("amount", gettext_lazy("Length"), kind="number"),
        Column("ceiling", gettext_lazy("Longest"), kind="number"),
        Column("counting", gettext_lazy("Counted in"), value="get_counting_display"),
        Column("steps", gettext_lazy("Length by accounts"), value=lambda kind: "; ".join(f"≤{most}: {amount}" for most, amount in kind.steps)),
    ]

    def rows(self) -> QuerySet[DutyKind]:
        return DutyKind.objects.all()

    def row_url(self, row: DutyKind) -> str:
        return reverse("duties:kind-edit", args=[row.pk])


class KindEdit(FormPage):
    permission_required = "duties.manage_calendar"
    form_class = KindForm

    @cached_property
    def kind(self) -> DutyKind:
        return get_object_or_404(DutyKind, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return str(self.kind)

    @property
    def subtitle(self) -> str:
        return _("%(rule)s, counted in %(unit)s") % {"rule": self.kind.rule, "unit": self.kind.get_counting_display()}

    @property
    def cancel_url(self) -> str:
        return reverse("duties:kind-list")

    def get_initial(self) -> dict[str, Any]:
        kind = self.kind
        return {name: getattr(kind, name) for name in ("name_zh", "name_en", "amount", "ceiling")} | {"steps": KindForm.steps_as_text(kind.steps)}

    def save(self, form: KindForm) -> tuple[str, str]:
        kind = change_kind(code=self.kind.pk, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("“%(kind)s” was changed; it holds for duties that begin from now on.") % {"kind": kind}, self.cancel_url
