"""The lists behind the numbers. They name no debtor: whoever may see the case finds the person there."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from assignment.selectors import cases_visible_to
from collection.lib.money import format_money
from duties.selectors import duties_visible_to, page_for
from figures import forms
from figures.rules import presets
from figures.selectors import behind
from figures.selectors.question import Question
from figures.tables.recovery import stage_text
from figures.tables.today import answers_for_others
from figures.views.pages import ACTIVITY, RECOVERY
from staff.listing import Column, DeskList

CASE_NO = Column("case_no", gettext_lazy("Case number"), value="case.case_no", sort="case__case_no", link=True)
CLIENT = Column("client", gettext_lazy("Client"), value="case.client.short_name", sort="case__client__short_name")


class RowsBehind(DeskList):
    """`case_of` says which case a row belongs to; it is linked where the reader may see it."""

    template_name = "figures/rows.html"
    filter_form = forms.RowsFilter
    without: tuple[str, ...] = ()
    back = ""
    period = "month"
    empty_title = gettext_lazy("No rows")
    empty_text = gettext_lazy("Nothing is behind this number now.")
    amount_column = ""
    case_of: Callable[[Any], int] | None = None

    def filter_arguments(self) -> dict[str, Any]:
        now = timezone.now()
        first, last = next((first, last) for name, first, last in presets(timezone.localdate(now)) if name == self.period)
        return {"user": self.request.user, "now": now, "period": (first, last), "without": self.without}

    @property
    def question(self) -> Question:
        return self.form.question()

    def found(self) -> QuerySet:
        """The rows, by the question and what the form says besides."""
        raise NotImplementedError

    def rows(self) -> QuerySet:
        return self.found()

    def asked(self, *names: str) -> dict[str, Any]:
        found = {name: self.form.asked(name) for name in names}
        return {name: value for name, value in found.items() if value not in (None, "")}

    def complete(self, rows: list) -> list:
        if self.case_of:
            ids = {type(self).case_of(row) for row in rows}
            self.visible = set(cases_visible_to(self.request.user).filter(pk__in=ids).values_list("pk", flat=True))
        return rows

    def row_url(self, row: Any) -> str:
        case = type(self).case_of(row)
        return reverse("workbench:case-detail", args=[case]) if case in self.visible else ""

    @cached_property
    def subtitle(self) -> str:
        label = dict(self.form.MEASURES)[self.form.chosen]
        days = "" if self.is_of_now else f", {self.question.first} – {self.question.last}"
        amount = f", {format_money(behind.sum_of(self.rows(), self.amount_column))}" if self.amount_column and self.filter_fits and self.shows_amounts else ""
        return f"{label}{days}{amount}"

    @property
    def is_of_now(self) -> bool:
        return False

    @cached_property
    def shows_amounts(self) -> bool:
        """Lists name no amount of a case to who collects it (CR-17)."""
        return answers_for_others(self.request.user)

    def shown_columns(self) -> list[Column]:
        return [column for column in super().shown_columns() if column.kind != "money" or self.shows_amounts]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back_url=reverse(self.back), **kwargs)


class DutyRows(RowsBehind):
    list_name = "figures:duty-rows"
    title = gettext_lazy("Duties behind the figure")
    filter_form = forms.DutyRowsFilter
    without = ("client",)
    back = "figures:duties"
    default_sort = "due_at"
    columns = [
        Column("kind", gettext_lazy("Duty"), sort="kind_id"),
        Column("subject", gettext_lazy("Subject"), link=True),
        Column("answers", gettext_lazy("Who answers for it"), value=lambda duty: duty.missed_holder or duty.holder, kind="person"),
        Column("starts_at", gettext_lazy("Began"), kind="datetime", sort="starts_at"),
        Column("due_at", gettext_lazy("Due"), kind="datetime", sort="due_at"),
        Column("left", gettext_lazy("Time left"), value="due_at", kind="template", template="duties/_left.html", exported=False),
        Column("met_at", gettext_lazy("Met"), kind="datetime", sort="met_at"),
    ]

    def found(self) -> QuerySet:
        rows = behind.duty_rows(self.question, self.form.chosen, **self.asked("kind", "month"))
        return rows.select_related("kind", "holder", "missed_holder")

    @property
    def is_of_now(self) -> bool:
        return self.form.chosen in ("overdue", "soon", "today", "due_today", "later", "paused")

    def complete(self, rows: list) -> list:
        self.visible = set(duties_visible_to(self.request.user).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
        return rows

    def row_url(self, row: Any) -> str:
        return page_for(row, self.request.user) if row.pk in self.visible else ""


class CallRows(RowsBehind):
    list_name = "figures:call-rows"
    title = gettext_lazy("Calls behind the figure")
    permission_required = ACTIVITY
    filter_form = forms.CallRowsFilter
    back = "figures:activity"
    default_sort = "-started_at"
    case_of = staticmethod(lambda row: row.case_id)
    columns = [
        Column("started_at", gettext_lazy("Began"), kind="datetime", sort="started_at"),
        CASE_NO,
        CLIENT,
        Column("collector", gettext_lazy("Collector"), kind="person", sort="collector__name"),
        Column("outcome", gettext_lazy("Outcome"), sort="outcome_id"),
    ]

    def found(self) -> QuerySet:
        rows = behind.call_rows(self.question, self.form.chosen, **self.asked("weekday", "hour"))
        return rows.select_related("case__client", "collector", "outcome").defer("case__extra", "note")


class PromiseRows(RowsBehind):
    list_name = "figures:promise-rows"
    title = gettext_lazy("Promises behind the figure")
    permission_required = ACTIVITY
    filter_form = forms.PromiseRowsFilter
    back = "figures:activity"
    case_of = staticmethod(lambda row: row.case_id)
    columns = [
        Column("made", gettext_lazy("Promised"), value="record.started_at", kind="datetime", sort="record__started_at"),
        CASE_NO,
        CLIENT,
        Column("collector", gettext_lazy("Collector"), value="record.collector", kind="person", sort="record__collector__name"),
        Column("amount", gettext_lazy("Amount"), kind="money", sort="amount"),
        Column("due_on", gettext_lazy("Due on"), kind="date", sort="due_on"),
        Column("state", gettext_lazy("State"), value=lambda promise: (promise.state, promise.get_state_display()), kind="state", sort="state"),
        Column("settled_at", gettext_lazy("Settled on"), kind="datetime", sort="settled_at"),
    ]

    def found(self) -> QuerySet:
        rows = behind.promise_rows(self.question, self.form.chosen)
        return rows.select_related("case__client", "record__collector").defer("case__extra", "record__note")


class PaymentRows(RowsBehind):
    list_name = "figures:payment-rows"
    title = gettext_lazy("Payments behind the figure")
    any_permission = (ACTIVITY, RECOVERY)
    filter_form = forms.PaymentRowsFilter
    back = "figures:activity"
    default_sort = "-paid_on"
    amount_column = "amount"
    case_of = staticmethod(lambda row: row.case_id)
    columns = [
        Column("paid_on", gettext_lazy("Paid on"), kind="date", sort="paid_on"),
        CASE_NO,
        CLIENT,
        Column("placement", gettext_lazy("Placement"), value="case.placement.code", sort="case__placement__code"),
        Column("stage", gettext_lazy("Stage"), value="case.stage", sort="case__stage"),
        Column("amount", gettext_lazy("Amount"), kind="money", sort="amount"),
        Column("credited_to", gettext_lazy("Credited to"), kind="person", sort="credited_to__name"),
    ]

    def found(self) -> QuerySet:
        rows = behind.payment_rows(self.question, self.form.chosen, **self.asked("placement", "stage", "cohort", "unit", "step"))
        return rows.select_related("case__client", "case__placement", "credited_to").defer("case__extra", "payer")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = "figures:activity" if self.form.chosen == "credited" else "figures:recovery"
        return super().get_context_data(**kwargs) | {"back_url": reverse(back)}


class _Cases(RowsBehind):
    permission_required = RECOVERY
    without = ("person",)
    amount_column = "amount"
    case_of = staticmethod(lambda row: row.pk)
    columns = [
        Column("case_no", gettext_lazy("Case number"), sort="case_no", link=True),
        Column("client", gettext_lazy("Client"), value="client.short_name", sort="client__short_name"),
        Column("placement", gettext_lazy("Placement"), value="placement.code", sort="placement__code"),
        Column("placed_on", gettext_lazy("Placed on"), kind="date", sort="placed_on"),
        Column("stage", gettext_lazy("Stage"), sort="stage"),
        Column("amount", gettext_lazy("Amount placed"), kind="money", sort="amount"),
        Column("balance", gettext_lazy("Owed"), kind="money", sort="balance"),
        Column("state", gettext_lazy("State"), value=lambda case: (case.state, case.get_state_display()), kind="state", sort="state"),
    ]


class CaseRows(_Cases):
    list_name = "figures:case-rows"
    title = gettext_lazy("Cases behind the figure")
    filter_form = forms.CaseRowsFilter
    back = "figures:recovery"
    period = "half_year"

    @property
    def amount_column(self) -> str:
        return "balance" if self.form.chosen == "owing" else "amount"

    def found(self) -> QuerySet:
        rows = behind.case_rows(self.question, self.form.chosen, **self.asked("placement", "stage"))
        return rows.select_related("client", "placement").defer("extra")


class RollRows(_Cases):
    list_name = "figures:roll-rows"
    title = gettext_lazy("Cases behind the stage roll")
    filter_form = forms.RollRowsFilter
    back = "figures:stages"
    columns = [
        *_Cases.columns[:4],
        Column("rolled_from", gettext_lazy("From stage"), value=lambda case: stage_text(case.rolled_from)),
        Column("rolled_to", gettext_lazy("To stage"), value=lambda case: stage_text(case.rolled_to)),
        *_Cases.columns[5:],
    ]

    def found(self) -> QuerySet:
        rows = behind.rolled_rows(self.question, **self.asked("rolled_from", "rolled_to"))
        return rows.select_related("client", "placement").defer("extra")


class LetterRows(RowsBehind):
    list_name = "figures:letter-rows"
    title = gettext_lazy("Letters behind the figure")
    any_permission = ("letters.view_letter", RECOVERY)
    filter_form = forms.LetterRowsFilter
    back = "figures:letters"
    period = "half_year"
    case_of = staticmethod(lambda row: row.case_id)
    columns = [
        Column("requested_at", gettext_lazy("Asked for"), kind="datetime", sort="requested_at"),
        CASE_NO,
        CLIENT,
        Column("template", gettext_lazy("Template"), value="template.name", sort="template__name"),
        Column("requested_by", gettext_lazy("Requested by"), kind="person", sort="requested_by__name"),
        Column("state", gettext_lazy("State"), value=lambda letter: (letter.state, letter.get_state_display()), kind="state", sort="state"),
        Column("decided_at", gettext_lazy("Decided"), kind="datetime", sort="decided_at", hidden=True),
        Column("dispatched_at", gettext_lazy("Dispatched"), kind="datetime", sort="dispatched_at"),
        Column("carrier", gettext_lazy("Carrier"), value="get_carrier_display", sort="carrier"),
    ]

    def found(self) -> QuerySet:
        rows = behind.letter_rows(self.question, self.form.chosen, **self.asked("template", "carrier"))
        return rows.select_related("case__client", "template", "requested_by").defer("case__extra")
