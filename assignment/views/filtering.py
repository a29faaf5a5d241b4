"""The team's filtering of new cases against its deadlines (A3.1), and cases that change hands."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment.forms import ExtendFilteringForm, FilteringFilter, TransferForm
from assignment.models import FilteringTask
from assignment.selectors import cases_of_task, cases_visible_to, collectors_visible_to, filtering_tasks_visible_to
from assignment.selectors.progress import TO_FILTER, with_filtering_progress
from assignment.services.clocks import filtering_path
from assignment.services.more_time import ask_for_time, asked_reason
from assignment.services.transfers import extend_filtering, transfer_cases
from cases.models import Case
from collection.lib.numbers import ids_in, whole
from duties.models import Duty
from duties.services import local
from staff.listing import Column, DeskList
from staff.models import User
from staff.pages import ActionView, FormPage

STATES = {"open": gettext_lazy("Open"), "done": gettext_lazy("Done"), "cancelled": gettext_lazy("Cancelled")}


class FilteringList(DeskList):
    """Who has which new cases to filter, how far they are, and by when."""

    template_name = "assignment/filtering_list.html"
    list_name = "assignment:filtering-list"
    any_permission = ("cases.work_case", "assignment.assign_cases")
    title = gettext_lazy("Filtering of new cases")
    subtitle = gettext_lazy("Up to 300 accounts in two days, up to 500 in three; the lead may allow four at most (A3.1).")
    empty_title = gettext_lazy("No new cases to filter")
    empty_text = gettext_lazy("When a plan is applied, each collector has a task here with its deadline.")
    empty_icon = "funnel"
    filter_form = FilteringFilter
    default_sort = "due_at"
    columns = [
        Column("placement", gettext_lazy("Placement"), value="placement.code", sort="placement__code", link=True),
        Column("client", gettext_lazy("Client"), value="placement.client.short_name", sort="placement__client__short_name"),
        Column("collector", gettext_lazy("Collector"), kind="person", sort="collector__name"),
        Column("accounts", gettext_lazy("Accounts"), kind="number", sort="accounts"),
        Column("progress", gettext_lazy("Filtered"), kind="template", template="assignment/_filtered.html", exported=False),
        Column("state", gettext_lazy("State"), value=lambda task: (task.state, STATES[task.state]), kind="state"),
        Column("due_at", gettext_lazy("Due"), kind="datetime", sort="due_at"),
        Column("left", gettext_lazy("Time left"), value="due_at", kind="template", template="assignment/_left.html", exported=False),
        Column("actions", gettext_lazy("Actions"), value="pk", kind="template", template="assignment/_filtering_actions.html", exported=False),
    ]

    def rows(self) -> QuerySet[FilteringTask]:
        rows = with_filtering_progress(filtering_tasks_visible_to(self.request.user)).select_related("placement__client", "collector")
        return rows if self.form.is_bound else rows.open()

    def filter_arguments(self) -> dict[str, Any]:
        return {"people": collectors_visible_to(self.request.user).order_by("name")}

    def row_url(self, row: FilteringTask) -> str:
        return filtering_path(row) if row.collector_id == self.request.user.pk else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm
        return super().get_context_data(may_extend=may("duties.extend_duty"), may_transfer=may("assignment.assign_cases"), **kwargs)


class AskForTime(ActionView):
    """A3.1: who filters asks; the lead arranges it, or doesn't."""

    permission_required = "calls.record_call"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        own = filtering_tasks_visible_to(request.user).filter(collector=request.user)
        task = get_object_or_404(own, pk=pk)
        lead = ask_for_time(task=task, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now())
        return _("%(lead)s was asked for more time.") % {"lead": lead}, filtering_path(task)

    def fallback_url(self, pk: int) -> str:
        return reverse("assignment:filtering-list")


class Extend(FormPage):
    """A3.1: special circumstances are arranged by the lead, four days at most."""

    permission_required = ("assignment.assign_cases", "duties.extend_duty")
    form_class = ExtendFilteringForm
    title = gettext_lazy("More time to filter")
    submit_label = gettext_lazy("Extend")

    @cached_property
    def task(self) -> FilteringTask:
        tasks = filtering_tasks_visible_to(self.request.user).open().select_related("placement", "collector")
        return get_object_or_404(tasks, pk=self.kwargs["pk"])

    @property
    def subtitle(self) -> str:
        duty = Duty.objects.unmet().about(self.task).first()
        values = {"placement": self.task.placement, "collector": self.task.collector, "due": local(duty.due_at) if duty else "—"}
        return _("%(placement)s, filtered by %(collector)s, due %(due)s") % values

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:filtering-list")

    def get_initial(self) -> dict[str, Any]:
        """Who asked for more time gave a reason; it is at hand."""
        return {"reason": asked_reason(self.task)}

    def save(self, form: ExtendFilteringForm) -> tuple[str, str]:
        duty = extend_filtering(task=self.task, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("Now due %(due)s. %(collector)s was told.") % {"due": local(duty.due_at), "collector": self.task.collector}, self.cancel_url


class Transfer(FormPage):
    """Chosen cases (posted as "ids" by a list) or a task's unfiltered ones (?task=) go to another collector."""

    permission_required = "assignment.assign_cases"
    template_name = "assignment/transfer.html"
    form_class = TransferForm
    title = gettext_lazy("Transfer cases")
    submit_label = gettext_lazy("Transfer")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A list posts only the cases: then the form comes first."""
        return super().post(request, *args, **kwargs) if "to" in request.POST else self.get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        arguments = super().get_form_kwargs() | {"people": self.takers}
        if "to" not in self.request.POST:
            arguments.pop("data", None)
            arguments.pop("files", None)
        return arguments

    @cached_property
    def takers(self) -> QuerySet[User]:
        return collectors_visible_to(self.request.user).order_by("name")

    @cached_property
    def cases(self) -> list[Case]:
        visible = cases_visible_to(self.request.user).filter(assignments__ended_at=None, assignments__isnull=False)
        task = self.request.GET.get("task", "")
        if task:
            found = get_object_or_404(filtering_tasks_visible_to(self.request.user), pk=whole(task))
            visible = visible.filter(pk__in=cases_of_task(found).filter(state__in=TO_FILTER).values("pk"))
        else:
            visible = visible.filter(pk__in=ids_in(self.request.POST.getlist("ids")))
        return list(visible.distinct().order_by("pk").only("pk", "case_no"))

    @property
    def subtitle(self) -> str:
        return _("%(count)s cases go to another collector of the team. What is still to be filtered keeps its deadline.") % {"count": len(self.cases)}

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:filtering-list")

    def save(self, form: TransferForm) -> tuple[str, str]:
        ids = [case.pk for case in self.cases]
        count = transfer_cases(case_ids=ids, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        values = {"count": count, "person": form.cleaned_data["to"], "extra": count - len(ids)}
        if count > len(ids):
            return _("%(count)s cases are with %(person)s now: %(extra)s of the same debtors went along.") % values, self.cancel_url
        return _("%(count)s cases are with %(person)s now.") % values, self.cancel_url
