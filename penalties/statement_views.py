"""Monthly statements by person and team, closed by the GM office."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from audit.services import record
from collection.lib.press.drawing import NotDrawn
from collection.lib.press.fonts import FontMissing
from penalties.forms import ReopenForm, StatementFilter, month_of, months_until
from penalties.models import ClosedMonth
from penalties.papers import statement_pdf
from penalties.selectors import statement_by_person, statement_by_team, teams_visible_to, terms_of, totals_of
from penalties.services_months import close_month, reopen_month
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission

FIGURES = [
    Column("events", gettext_lazy("Missed duties"), kind="number", sort="events"),
    Column("serious", gettext_lazy("Of these serious"), kind="number", sort="serious"),
    Column("appealed", gettext_lazy("Under appeal"), kind="number", sort="appealed"),
    Column("waived", gettext_lazy("Waived"), kind="number", sort="waived"),
    Column("corrections", gettext_lazy("Corrections of earlier months"), kind="number", sort="corrections"),
    Column("points", gettext_lazy("Penalty points"), kind="number", sort="points"),
    Column("amount", gettext_lazy("Amount"), kind="money", sort="amount", hidden=True),
]


class _Statement(DeskList):
    """The month's counts and points (A4); every figure opens its events."""

    template_name = "penalties/statement.html"
    title = gettext_lazy("Monthly statement")
    empty_title = gettext_lazy("Nothing missed in this month")
    empty_text = gettext_lazy("People and teams with missed duties appear here, with counts and points.")
    empty_icon = "bar-chart"
    filter_form = StatementFilter
    default_sort = "-points"
    who = ""

    @cached_property
    def month(self) -> str:
        asked = self.form.cleaned_data["month"] if self.form.is_bound and self.filter_fits else ""
        return asked or months_until(timezone.now())[0][0]

    @property
    def subtitle(self) -> str:
        return _("%(month)s. Waived events count no points; what was waived after a month was closed is corrected in the next.") % {"month": self.month}

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "now": timezone.now()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        month, user = month_of(self.month), self.request.user
        sees_all, may_close = user.has_perm("penalties.view_all_events"), user.has_perm("penalties.close_months")
        closed = ClosedMonth.objects.filter(month=month, reopened_at=None).select_related("closed_by").first()
        return super().get_context_data(
            closed=closed,
            totals=totals_of(month) if sees_all else None,
            may_close=may_close and closed is None and month < timezone.localdate().replace(day=1),
            may_reopen=may_close and closed is not None and month == terms_of(timezone.now()).closed,
            reopen_form=ReopenForm(),
            may_print=sees_all,
            has_teams=teams_visible_to(user).exists(),
            **kwargs,
        )

    @property
    def is_filtered(self) -> bool:
        """A month is always chosen: one in which nothing was missed is a good month, not a filter that fits nothing."""
        narrows = [name for name in self.form.fields if name != "month"]
        return super().is_filtered and (not self.filter_fits or any(self.request.GET.get(name) for name in narrows))

    def row_url(self, row: Any) -> str:
        return f"{reverse('penalties:event-list')}?month={self.month}&{self.who}={row.pk}"


class Statement(_Statement):
    """Everybody's own line; a lead's people, and everybody for the GM office."""

    list_name = "penalties:statement"
    who = "person"
    columns = [
        Column("person", gettext_lazy("Person"), value=str, sort="name", link=True),
        Column("staff_no", gettext_lazy("Staff number"), sort="staff_no"),
        Column("team", gettext_lazy("Team"), sort="team__name"),
        *FIGURES,
    ]

    def rows(self) -> QuerySet:
        return statement_by_person(self.request.user, month_of(self.month))


class TeamStatement(_Statement):
    any_permission = ("penalties.view_all_events", "duties.hand_over_duty")
    list_name = "penalties:team-statement"
    who = "team"
    columns = [
        Column("team", gettext_lazy("Team"), value=str, sort="name", link=True),
        Column("lead", gettext_lazy("Team lead"), kind="person"),
        Column("people", gettext_lazy("People concerned"), kind="number", sort="people"),
        *FIGURES,
    ]

    def rows(self) -> QuerySet:
        return statement_by_team(self.request.user, month_of(self.month))


class _MonthAction(ActionView):
    permission_required = "penalties.close_months"

    def fallback_url(self, month: str) -> str:
        return f"{reverse('penalties:statement')}?month={month}"


class CloseMonth(_MonthAction):
    def act(self, request: HttpRequest, month: str) -> tuple[str, str]:
        row = close_month(month=month_of(month), by=request.user, now=timezone.now())
        message = _("%(month)s is closed: %(events)s events, %(points)s points.") % {"month": row, "events": row.events, "points": row.points}
        return message, self.fallback_url(month)


class ReopenMonth(_MonthAction):
    def act(self, request: HttpRequest, month: str) -> tuple[str, str]:
        reason = request.POST.get("reason", "")[:300]
        row = reopen_month(month=month_of(month), reason=reason, by=request.user, now=timezone.now())
        return _("%(month)s is open again.") % {"month": row}, self.fallback_url(month)


class StatementPdf(DeskPermission, View):
    """The month on paper; who printed it is on the trail."""

    permission_required = "penalties.view_all_events"

    def get(self, request: HttpRequest, month: str) -> HttpResponse:
        now = timezone.now()
        with transaction.atomic():
            line = record("list.exported", subject=request.user, by=request.user, at=now, changes={"penalties:statement": (None, month)})
        try:
            content = statement_pdf(month_of(month), user=request.user, serial=line.pk, now=now)
        except (NotDrawn, FontMissing) as failure:
            messages.error(request, _("The statement could not be drawn (%(why)s). Try again.") % {"why": failure})
            return HttpResponseRedirect(f"{reverse('penalties:statement')}?month={month}")
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = content_disposition_header(True, f"{_('Monthly statement')}-{month}.pdf")
        return response
