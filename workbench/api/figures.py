"""The figures of the dashboards: the same tables as their pages, of what the same person may see, each number with the address of its rows."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from figures.forms import PeriodForm
from figures.rules import presets
from figures.selectors.question import Question
from figures.tables.activity import activity_tables
from figures.tables.duties import duty_tables
from figures.tables.letters import letter_tables
from figures.tables.recovery import recovery_tables, stage_tables
from figures.tables.table import Table
from workbench.api.base import DeskApi, operation
from workbench.serializers import figures as shapes


class SeesFigures(BasePermission):
    """One of the view's `rights` is enough; none are needed where everybody sees their own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return not view.rights or any(request.user.has_perm(right) for right in view.rights)


class FiguresApi(DeskApi):
    """`since` and `until` are days of the agency's clock, both included; without them the page's own period."""

    permission_classes = [IsAuthenticated, SeesFigures]
    rights: tuple[str, ...] = ()
    period = "month"
    without: tuple[str, ...] = ()
    tables: ClassVar[Callable[..., list[Table]]]

    def answer(self, request: Request, query: type) -> Response:
        asked = self.asked(query, request)
        question = self.question(request, {name: value for name, value in asked.items() if name in PeriodForm.base_fields})
        more = {name: asked[name] for name in asked.keys() - PeriodForm.base_fields.keys()}
        tables = [table.plain() for table in type(self).tables(question, **more)]
        return Response({"since": question.first.isoformat(), "until": question.last.isoformat(), "tables": tables})

    def question(self, request: Request, asked: dict[str, Any]) -> Question:
        now = timezone.now()
        form = PeriodForm(asked, user=request.user, now=now, period=self.default_period(timezone.localdate(now)), without=self.without)
        if not form.is_valid():
            raise ValidationError({name or "non_field_errors": errors for name, errors in form.errors.items()})
        return form.question()

    def default_period(self, today: date) -> tuple[date, date]:
        return next((first, last) for name, first, last in presets(today) if name == self.period)


class DutyFigures(FiguresApi):
    """What is open now, and what was kept of the duties due in the period (A1–A4). Everybody sees their own."""

    tables, without = staticmethod(duty_tables), ("client",)

    @operation(shapes.FiguresOut, query=shapes.PeopleQuery, name="figures_duties")
    def get(self, request: Request) -> Response:
        return self.answer(request, shapes.PeopleQuery)


class ActivityFigures(FiguresApi):
    """Dials, people reached, promises and what became of them, by team, day, hour and person."""

    tables, rights = staticmethod(activity_tables), ("figures.view_activity",)

    @operation(shapes.FiguresOut, query=shapes.AllQuery, name="figures_activity")
    def get(self, request: Request) -> Response:
        return self.answer(request, shapes.AllQuery)


class RecoveryFigures(FiguresApi):
    """What was recovered until today of what was placed in the period, against the target."""

    tables, rights, period, without = staticmethod(recovery_tables), ("figures.view_recovery",), "half_year", ("person",)

    @operation(shapes.FiguresOut, query=shapes.RecoveryQuery, name="figures_recovery")
    def get(self, request: Request) -> Response:
        return self.answer(request, shapes.RecoveryQuery)


class StageFigures(FiguresApi):
    """Where cases stood when the period began, and where when it ended."""

    tables, rights, without = staticmethod(stage_tables), ("figures.view_recovery",), ("person",)

    @operation(shapes.FiguresOut, query=shapes.CasesQuery, name="figures_stages")
    def get(self, request: Request) -> Response:
        return self.answer(request, shapes.CasesQuery)


class LetterFigures(FiguresApi):
    """Letters asked for in the period, how far they came, and how long they waited for the carrier."""

    tables, rights, period = staticmethod(letter_tables), ("letters.view_letter", "figures.view_recovery"), "half_year"

    @operation(shapes.FiguresOut, query=shapes.AllQuery, name="figures_letters")
    def get(self, request: Request) -> Response:
        return self.answer(request, shapes.AllQuery)
