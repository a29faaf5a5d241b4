"""A page of figures: the question from the address, its tables, their charts and their workbooks."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from audit.services import record
from figures.forms import PeriodForm
from figures.rules import presets
from figures.selectors.question import Question
from figures.tables.table import Line, Table
from staff.exports import attachment, workbook_of
from staff.listing import Column
from staff.pages import DeskPermission

PERIODS = {
    "today": gettext_lazy("Today"),
    "week": gettext_lazy("This week"),
    "month": gettext_lazy("This month"),
    "last_month": gettext_lazy("Last month"),
    "half_year": gettext_lazy("Half a year"),
}
EXPORTED_AS = {"money": "money", "number": "number"}


class FiguresPage(DeskPermission, TemplateView):
    """`tables` answers the tables; `?export=CODE` one of them as a workbook."""

    template_name = "figures/page.html"
    page = ""
    title: Any = ""
    subtitle: Any = ""
    period = "month"
    without: tuple[str, ...] = ()
    period_label: Any = gettext_lazy("Period")

    def tables(self, question: Question) -> list[Table]:
        raise NotImplementedError

    def hints(self) -> list[Any]:
        """What a reader should keep in mind."""
        return []

    def switches(self) -> list[dict[str, Any]]:
        """Other ways of looking at it: {"label", "url", "is_current"}."""
        return []

    @cached_property
    def now(self):
        return timezone.now()

    @cached_property
    def presets(self) -> dict[str, tuple]:
        return {name: (first, last) for name, first, last in presets(timezone.localdate(self.now))}

    @cached_property
    def form(self) -> PeriodForm:
        asked = any(name in self.request.GET for name in PeriodForm.base_fields)
        given = self.request.GET if asked else None
        return PeriodForm(given, user=self.request.user, now=self.now, period=self.presets[self.period], without=self.without)

    @cached_property
    def question(self) -> Question:
        return self.form.question()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if code := request.GET.get("export"):
            return self.export(code)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tables = self.tables(self.question)
        days = {"since": self.question.first.isoformat(), "until": self.question.last.isoformat()}
        return super().get_context_data(
            view=self,
            tables=tables,
            charts={table.chart_id: table.chart for table in tables if table.chart},
            shown_form=self._shown_form(days),
            periods=[self._period(name, *span) for name, span in self.presets.items()],
            is_empty=not any(table.lines for table in tables),
            **kwargs,
        )

    def _shown_form(self, days: dict[str, str]) -> PeriodForm:
        """With the days that are looked at, also where the address names none; as typed when they can't be read."""
        if self.form.is_bound and not self.form.is_valid():
            return self.form
        given = self.request.GET.dict() | days
        return PeriodForm(given, user=self.request.user, now=self.now, period=self.presets[self.period], without=self.without)

    def _period(self, name: str, first: Any, last: Any) -> dict[str, Any]:
        is_current = (first, last) == (self.question.first, self.question.last)
        return {"label": PERIODS[name], "url": self.address(since=first, until=last), "is_current": is_current}

    def address(self, **changes: Any) -> str:
        """This page with some of the address changed."""
        query = self.request.GET.dict() | {name: str(value) for name, value in changes.items()}
        query.pop("export", None)
        return f"{self.request.path}?{urlencode(query)}"

    def export(self, code: str) -> HttpResponse:
        """One table as a workbook with a serial number of the trail."""
        table = next((table for table in self.tables(self.question) if table.code == code), None)
        if table is None:
            raise Http404
        lines = [*table.lines, *([table.total] if table.total else [])]
        with transaction.atomic():
            name = f"figures:{self.page}:{code}"
            event = record("list.exported", subject=self.request.user, by=self.request.user, at=self.now, changes={name: (None, len(lines))})
        title = f"{self.title}-{table.title}"
        content = workbook_of(columns_of(table), lines, title=str(table.title), person=self.request.user, serial=event.pk, now=self.now)
        return attachment(content, f"{title}-{self.question.first}-{self.question.last}-{event.pk}.xlsx")


def columns_of(table: Table) -> list[Column]:
    """The table as columns of a workbook: counts and money as numbers, everything else as its text."""
    columns = [Column("label", table.first, value=lambda line: line.label)]
    if any(line.note for line in table.lines):
        columns.append(Column("note", _("Note"), value=lambda line: line.note))
    return columns + [_column(place, head) for place, head in enumerate(table.heads)]


def _column(place: int, head: Any) -> Column:
    kind = EXPORTED_AS.get(head.kind, "text")

    def value_of(line: Line) -> Any:
        cell = line.cells[place]
        return cell.value if kind != "text" or cell.value is None else cell.text

    return Column(head.key, head.label, value=value_of, kind=kind)
