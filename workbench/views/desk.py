"""The collector's desk: a frame of three panes; what is in them comes from the API."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView

from assignment.models import FilteringTask
from assignment.selectors import filtering_tasks_visible_to
from calls.selectors import progress_of
from duties.models import Duty
from staff.pages import DeskPermission


class Desk(DeskPermission, TemplateView):
    """Queue · case · action, worked from the keyboard."""

    template_name = "workbench/desk.html"
    permission_required = "calls.record_call"


class FilteringDesk(Desk):
    """The same desk for the cases of one filtering task: fields, call order, classification (A3.2), against the task's clock (A3.1).

    Who gave somebody else the task sees how far it is in the list of tasks instead.
    """

    permission_required = ()
    any_permission = ("calls.record_call", "assignment.assign_cases")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        task = get_object_or_404(filtering_tasks_visible_to(request.user), pk=kwargs["task"])
        if task.collector_id != request.user.pk:
            return redirect(f"{reverse('assignment:filtering-list')}?state=all&collector={task.collector_id}")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = filtering_tasks_visible_to(self.request.user).filter(collector=self.request.user)
        task = get_object_or_404(own.select_related("placement__client"), pk=self.kwargs["task"])
        may_ask = task.state == "open"
        return super().get_context_data(**kwargs | {"task": task, "duty": clock_of(task), "progress": progress_of(task), "may_ask": may_ask})


def clock_of(task: FilteringTask) -> Duty | None:
    return Duty.objects.about(task).filter(kind="filtering", cancelled_at=None).order_by("-pk").first()
