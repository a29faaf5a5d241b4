"""Penalty events: what was missed, its evidence, appeals and decisions."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import DetailView

from duties.selectors import history_of, holders_of, work_url, working_time
from penalties import services_appeals
from penalties.choices import EventState
from penalties.forms import AppealForm, DecisionForm, EventFilter, WaiverForm
from penalties.models import PenaltyEvent
from penalties.rules import appeal_until
from penalties.selectors import events_visible_to, files_for, involved_in, policy
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission


class EventList(DeskList):
    """A4: my missed duties and what they cost; a lead's team's, everybody's for the GM office."""

    list_name = "penalties:event-list"
    title = gettext_lazy("Penalty events")
    subtitle = gettext_lazy("Each missed duty is recorded once, against who held it when it was due. What is wrong can be appealed.")
    empty_title = gettext_lazy("No missed duties")
    empty_text = gettext_lazy("When a duty is not met in time, it appears here with its evidence, and can be appealed.")
    empty_icon = "check2-circle"
    filter_form = EventFilter
    default_sort = "-due_at"
    columns = [
        Column("due_at", gettext_lazy("Was due"), kind="datetime", sort="due_at"),
        Column("person", gettext_lazy("Person"), kind="person", sort="person__name"),
        Column("team", gettext_lazy("Team"), sort="team__name"),
        Column("kind", gettext_lazy("Duty"), value="duty.kind"),
        Column("subject", gettext_lazy("Subject"), value="duty.subject", link=True),
        Column("rule", gettext_lazy("Rule"), value="duty.kind.rule", hidden=True),
        Column("points", gettext_lazy("Penalty points"), kind="number", sort="points"),
        Column("amount", gettext_lazy("Amount"), kind="money", sort="amount", hidden=True),
        Column("relief", gettext_lazy("Costs nothing"), value="get_relief_display", hidden=True),
        Column("month", gettext_lazy("Month of the statement"), value=lambda event: f"{event.month:%Y-%m}", sort="month", hidden=True),
        Column("state", gettext_lazy("State"), value=lambda event: (event.state, event.get_state_display()), kind="state", sort="state"),
        Column("recorded_at", gettext_lazy("Recorded"), kind="datetime", sort="recorded_at", hidden=True),
    ]

    def rows(self) -> QuerySet[PenaltyEvent]:
        return events_visible_to(self.request.user).select_related("person", "team", "duty__kind")

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "now": timezone.now()}

    def row_url(self, row: PenaltyEvent) -> str:
        return reverse("penalties:event-detail", args=[row.pk])


class EventDetail(DeskPermission, DetailView):
    """One event with its evidence, and what can still be done about it."""

    template_name = "penalties/event_detail.html"
    context_object_name = "event"

    def get_queryset(self) -> QuerySet[PenaltyEvent]:
        related = ("person", "team__lead", "rule", "duty__kind", "duty__holder", "duty__met_by", "waived_by", "appeal__decided_by", "exemption", "correction")
        return events_visible_to(self.request.user).select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        event, user = self.object, self.request.user
        terms = policy()
        until = appeal_until(event.recorded_at, terms.appeal_days, working_time())
        may_judge = user.has_perm("penalties.decide_appeals") and user not in involved_in(event)
        is_open = event.state == EventState.RECORDED
        appeal = getattr(event, "appeal", None)
        return super().get_context_data(
            history=history_of(event.duty),
            holders=holders_of(event.duty),
            work_url=work_url(event.duty, self.request.user),
            appeal=appeal,
            files=files_for(user).filter(appeal=appeal) if appeal else [],
            appeal_until=until,
            correction=getattr(event, "correction", None),
            uses_money=terms.uses_money or bool(event.amount),
            appeal_form=AppealForm() if event.person == user and is_open and timezone.now() < until else None,
            decision_form=DecisionForm() if may_judge and event.state == EventState.APPEALED else None,
            waiver_form=WaiverForm() if may_judge and event.state in (EventState.RECORDED, EventState.UPHELD) else None,
            **kwargs,
        )


class _EventAction(ActionView):
    """A POST on one visible event; the form's first complaint is the refusal."""

    form_class: type = AppealForm

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        event = get_object_or_404(events_visible_to(request.user), pk=pk)
        form = self.form_class(request.POST)
        message = self.call(event, {name: request.POST.get(name, "")[: field.max_length] for name, field in form.fields.items() if name != "files"})
        return message, reverse("penalties:event-detail", args=[pk])

    def call(self, event: PenaltyEvent, values: dict[str, str]) -> str:
        raise NotImplementedError

    def fallback_url(self, pk: int) -> str:
        return reverse("penalties:event-detail", args=[pk])


class AppealEvent(_EventAction):
    form_class = AppealForm

    def call(self, event: PenaltyEvent, values: dict[str, str]) -> str:
        files = self.request.FILES.getlist("files")
        services_appeals.appeal(event_id=event.pk, by=self.request.user, now=timezone.now(), files=files, **values)
        return _("Your appeal was handed in. The GM office decides it within 5 working days.")


class DecideAppeal(_EventAction):
    permission_required = "penalties.decide_appeals"
    form_class = DecisionForm

    def call(self, event: PenaltyEvent, values: dict[str, str]) -> str:
        uphold = self.request.POST.get("uphold") != "no"
        services_appeals.decide_appeal(event_id=event.pk, uphold=uphold, by=self.request.user, now=timezone.now(), **values)
        return _("Decided: the event stands.") if uphold else _("Decided: the event is waived.")


class WaiveEvent(_EventAction):
    permission_required = "penalties.decide_appeals"
    form_class = WaiverForm

    def call(self, event: PenaltyEvent, values: dict[str, str]) -> str:
        services_appeals.waive(event_id=event.pk, by=self.request.user, now=timezone.now(), **values)
        return _("The event is waived.")


class AppealFileDownload(DeskPermission, View):
    """For the parties only; each fetch is on the trail."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        file = get_object_or_404(files_for(request.user).select_related("appeal__event__duty__kind", "appeal__event__person"), pk=pk)
        services_appeals.fetch_file(file=file, by=request.user, now=timezone.now())
        return FileResponse(file.file.open("rb"), as_attachment=True, filename=file.name, content_type="application/octet-stream")
