"""What managers set of the clocks: the calendar, working hours, duty kinds."""

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
from duties.forms import DayForm, HoursForm, KindForm, year_of
from duties.models import CalendarDay, DutyKind, DutyKindVersion
from duties.selectors import calendar_warning, hours_by_department, hours_of
from duties.services_settings import (
    TERMS,
    change_kind,
    clear_calendar_day,
    confirm_calendar_year,
    follow_agency_hours,
    seen_of_kind,
    set_calendar_days,
    set_working_hours,
    withdraw_planned_version,
)
from staff.choices import Role
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission, FormPage


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
            "hours": hours_by_department(),
            "changes": CalendarDay.objects.filter(day__year=year, changed_at__isnull=False).select_related("changed_by").order_by("-changed_at")[:8],
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
            last = form.cleaned_data["until"] or day
            set_calendar_days(first=day, last=last, is_working=kind == "work", name=form.cleaned_data["name"], by=by, now=now)
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
    """The hours of a working day, of the agency or of one department. A refusal comes back as a page of its own."""

    permission_required = "duties.manage_calendar"
    template_name = "duties/hours_edit.html"
    form_class = HoursForm
    subtitle = gettext_lazy("The end of the last stretch is close of business. Duties that have begun keep their deadlines.")

    @cached_property
    def department(self) -> str:
        asked = self.request.GET.get("department", "")
        return asked if asked in Role.values else ""

    @property
    def title(self) -> str:
        return _("Working hours: %(department)s") % {"department": Role(self.department).label if self.department else _("the agency")}

    @property
    def has_own_hours(self) -> bool:
        return bool(self.department) and any(row.department for row in hours_of(self.department))

    @property
    def cancel_url(self) -> str:
        return reverse("duties:calendar")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"spans": [(row.opens, row.closes) for row in hours_of(self.department)]}

    def save(self, form: HoursForm) -> tuple[str, str]:
        set_working_hours(spans=form.spans(), department=self.department, by=self.request.user, now=timezone.now())
        return _("The working hours were changed."), self.cancel_url


class FollowAgencyHours(ActionView):
    permission_required = "duties.manage_calendar"

    def act(self, request: HttpRequest) -> tuple[str, str]:
        follow_agency_hours(department=request.POST.get("department", ""), by=request.user, now=timezone.now())
        return _("The department works the agency's hours again."), reverse("duties:calendar")

    def fallback_url(self) -> str:
        return reverse("duties:calendar")


class KindList(DeskList):
    list_name = "duties:kind-list"
    permission_required = "duties.manage_calendar"
    title = gettext_lazy("Duty kinds")
    subtitle = gettext_lazy("How long each duty may take and how far it may be extended. A change holds for duties that begin from now on.")
    default_sort = "kind_id"
    columns = [
        Column("name", gettext_lazy("Duty"), value="kind", link=True),
        Column("rule", gettext_lazy("Rule"), value="kind.rule", sort="kind__rule"),
        Column("department", gettext_lazy("Held by"), value=lambda row: row.get_department_display() or _("several departments")),
        Column("amount", gettext_lazy("Length"), kind="number"),
        Column("ceiling", gettext_lazy("Longest"), kind="number"),
        Column("counting", gettext_lazy("Counted in"), value="get_counting_display"),
        Column("steps", gettext_lazy("Length by accounts"), value=lambda row: "; ".join(f"≤{most}: {amount}" for most, amount in row.steps)),
        Column("warnings", gettext_lazy("Warnings"), value=lambda row: ", ".join(f"{share} %" for share in (row.first_warning, row.last_warning) if share)),
        Column("may_pause", gettext_lazy("May be paused"), value=lambda row: _("yes") if row.may_pause else ""),
        Column("version", gettext_lazy("Version"), kind="number"),
        Column("valid_from", gettext_lazy("Valid from"), kind="datetime", hidden=True),
    ]

    def rows(self) -> QuerySet[DutyKindVersion]:
        return DutyKindVersion.objects.in_force(timezone.now()).select_related("kind")

    def row_url(self, row: DutyKindVersion) -> str:
        return reverse("duties:kind-edit", args=[row.kind_id])


class KindEdit(FormPage):
    permission_required = "duties.manage_calendar"
    template_name = "duties/kind_edit.html"
    form_class = KindForm

    @cached_property
    def kind(self) -> DutyKind:
        return get_object_or_404(DutyKind, pk=self.kwargs["pk"])

    @cached_property
    def last(self) -> DutyKindVersion:
        """The version in force, or the one that is planned."""
        return self.kind.versions.get(valid_to=None)

    @property
    def title(self) -> str:
        return str(self.kind)

    @property
    def subtitle(self) -> str:
        return _("%(rule)s, version %(version)s") % {"rule": self.kind.rule, "version": self.last.version}

    @property
    def cancel_url(self) -> str:
        return reverse("duties:kind-list")

    def seen_now(self) -> str:
        return seen_of_kind(self.kind)

    def get_initial(self) -> dict[str, Any]:
        names = {"name_zh": self.kind.name_zh, "name_en": self.kind.name_en}
        return names | {name: getattr(self.last, name) for name in TERMS} | {"steps": KindForm.steps_as_text(self.last.steps)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = self.kind.versions.select_related("created_by").order_by("-version")
        return super().get_context_data(versions=versions, is_planned=self.last.valid_from > timezone.now(), now=timezone.now(), **kwargs)

    def save(self, form: KindForm) -> tuple[str, str]:
        data = form.cleaned_data
        names = {"name_zh": data["name_zh"], "name_en": data["name_en"]}
        now, start = timezone.now(), data["valid_from"]
        kind = change_kind(code=self.kind.pk, **names, terms=form.terms(), valid_from=start, by=self.request.user, now=now, seen=self.seen)
        if start:
            return _("“%(kind)s” changes on %(day)s, for duties that begin from then on.") % {"kind": kind, "day": f"{start:%Y-%m-%d}"}, self.cancel_url
        return _("“%(kind)s” was changed; it holds for duties that begin from now on.") % {"kind": kind}, self.cancel_url


class WithdrawPlanned(ActionView):
    permission_required = "duties.manage_calendar"

    def act(self, request: HttpRequest, pk: str) -> tuple[str, str]:
        kind = get_object_or_404(DutyKind, pk=pk)
        withdraw_planned_version(code=kind.pk, by=request.user, now=timezone.now())
        return _("The planned change was taken back."), reverse("duties:kind-edit", args=[pk])

    def fallback_url(self, pk: str) -> str:
        return reverse("duties:kind-edit", args=[pk])
