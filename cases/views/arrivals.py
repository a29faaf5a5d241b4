"""The pages of supply chain: what arrived, its clock, and the hand-over (A1.1, A1.1b)."""

from typing import Any

from django.db.models import Count, QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, View

from cases import tasks
from cases.choices import ArrivalState
from cases.forms.arrivals import ArrivalFilter, ArrivalForm, DelegateForm, HandOverForm
from cases.forms.common import ReasonForm
from cases.models import Arrival, ArrivalFile
from cases.selectors import arrivals_visible_to, duty_of, files_of, may_hand_over, with_clock
from cases.services import imports, intake
from duties.choices import Kind
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission, FormPage


class ArrivalList(DeskList):
    list_name = "cases:arrival-list"
    title = gettext_lazy("Arrivals")
    subtitle = gettext_lazy("What the banks put into their channels. Each must be taken in within a working hour and handed to a data specialist (A1.1).")
    empty_title = gettext_lazy("Nothing has arrived")
    empty_text = gettext_lazy("When a bank's files come in, register them here. The clock of the intake starts with their arrival.")
    empty_icon = "box-arrow-in-down"
    new_action = (gettext_lazy("Register an arrival"), "cases:arrival-new", "cases.register_arrival")
    filter_form = ArrivalFilter
    default_sort = "-received_at"
    columns = [
        Column("number", gettext_lazy("No."), value="pk", sort="pk", link=True),
        Column("client", gettext_lazy("Client"), value="client.short_name", sort="client__short_name", link=True),
        Column("received_at", gettext_lazy("Arrived"), kind="datetime", sort="received_at"),
        Column("files", gettext_lazy("Files"), value="file_count", kind="number"),
        Column("channel", gettext_lazy("Channel"), value="get_channel_display"),
        Column("state", gettext_lazy("State"), value=lambda row: (row.state, row.get_state_display()), kind="state", sort="state"),
        Column("clock", gettext_lazy("Clock"), value=lambda row: (row.clock_due, row.clock_from) if row.clock_due else None, kind="countdown", exported=False),
        Column("holder", gettext_lazy("Held by"), value="holder_name"),
        Column("specialist", gettext_lazy("Data specialist"), value="data_specialist.name", hidden=True),
        Column("note", gettext_lazy("Note"), hidden=True),
    ]

    def rows(self) -> QuerySet[Arrival]:
        arrivals = arrivals_visible_to(self.request.user).select_related("client", "data_specialist")
        return with_clock(arrivals).annotate(file_count=Count("files", distinct=True))

    def row_url(self, row: Arrival) -> str:
        return reverse("cases:arrival-detail", args=[row.pk])


class ArrivalNew(FormPage):
    permission_required = "cases.register_arrival"
    form_class = ArrivalForm
    template_name = "cases/arrival_new.html"
    title = gettext_lazy("Register an arrival")
    submit_label = gettext_lazy("Register")

    def get_initial(self) -> dict[str, Any]:
        return {"received_at": timezone.localtime().replace(second=0, microsecond=0)}

    def save(self, form: ArrivalForm) -> tuple[str, str]:
        arrival = intake.register_arrival(**form.cleaned_data, by=self.request.user, now=timezone.now())
        return _("Registered. Hand it over within the hour."), reverse("cases:arrival-detail", args=[arrival.pk])


class ArrivalDetail(DeskPermission, DetailView):
    template_name = "cases/arrival_detail.html"
    context_object_name = "arrival"

    def get_queryset(self) -> QuerySet[Arrival]:
        related = ("client__team", "registered_by", "handed_over_by", "data_specialist")
        return arrivals_visible_to(self.request.user).select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        arrival, user, now = self.object, self.request.user, timezone.now()
        intake_duty, import_duty = duty_of(arrival, Kind.INTAKE), duty_of(arrival, Kind.IMPORT)
        is_waiting = arrival.state == ArrivalState.WAITING
        may_act = is_waiting and may_hand_over(user, arrival)
        may_import = user.has_perm("cases.import_placement")
        may_reject = may_act or (may_import and arrival.state == ArrivalState.HANDED_OVER)
        may_extend = is_waiting and user.has_perm("duties.extend_duty") and intake_duty and not intake_duty.is_late(now)
        # An archive's members stand under it.
        files = sorted(files_of(arrival), key=lambda file: (file.packed_in_id or file.pk, file.pk))
        can_begin = arrival.state not in (ArrivalState.WAITING, ArrivalState.REJECTED)
        return super().get_context_data(
            files=files,
            not_begun=sum(not file.imports for file in files) if can_begin else 0,
            intake_duty=intake_duty,
            import_duty=import_duty,
            duty=import_duty or intake_duty,
            may_import=may_import,
            may_download=may_import or user.has_perm("cases.register_arrival"),
            hand_over_form=HandOverForm(now=now) if may_act else None,
            extend_form=ReasonForm(auto_id="extend-%s") if may_extend else None,
            delegate_form=DelegateForm(auto_id="delegate-%s") if is_waiting and user.has_perm("cases.delegate_arrival") else None,
            reject_form=ReasonForm(auto_id="reject-%s") if may_reject else None,
            **kwargs,
        )


class ArrivalAction(ActionView):
    """One button of an arrival's page: its form, then one service."""

    form_class: Any = ReasonForm

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        arrival = get_object_or_404(arrivals_visible_to(request.user), pk=pk)
        form = self.form_class(request.POST)
        if not form.is_valid():
            raise intake.CannotGoOn(" ".join(error for errors in form.errors.values() for error in errors))
        return self.do(arrival, form.cleaned_data, now=timezone.now()), self.fallback_url(pk)

    def do(self, arrival: Arrival, data: dict[str, Any], *, now: Any) -> str:
        raise NotImplementedError

    def fallback_url(self, pk: int) -> str:
        return reverse("cases:arrival-detail", args=[pk])


class ArrivalExtend(ArrivalAction):
    permission_required = "duties.extend_duty"

    def do(self, arrival: Arrival, data: dict[str, Any], *, now: Any) -> str:
        duty = intake.extend_intake(arrival_id=arrival.pk, reason=data["reason"], by=self.request.user, now=now)
        return _("Extended until %(due)s.") % {"due": f"{timezone.localtime(duty.due_at):%Y-%m-%d %H:%M}"}


class ArrivalDelegate(ArrivalAction):
    permission_required = "cases.delegate_arrival"
    form_class = DelegateForm

    def do(self, arrival: Arrival, data: dict[str, Any], *, now: Any) -> str:
        intake.delegate_arrival(arrival_id=arrival.pk, to=data["to"], reason=data["reason"], by=self.request.user, now=now)
        return _("%(name)s now holds the arrival; its clock runs on.") % {"name": data["to"]}


class ArrivalHandOver(ArrivalAction):
    form_class = HandOverForm

    def do(self, arrival: Arrival, data: dict[str, Any], *, now: Any) -> str:
        arrival = intake.hand_over_arrival(arrival_id=arrival.pk, to=data["to"], by=self.request.user, now=now)
        return _("Handed over to %(name)s, who was told and must import it at once.") % {"name": arrival.data_specialist}


class ArrivalReject(ArrivalAction):
    any_permission = ("cases.register_arrival", "cases.import_placement")

    def do(self, arrival: Arrival, data: dict[str, Any], *, now: Any) -> str:
        intake.reject_arrival(arrival_id=arrival.pk, reason=data["reason"], by=self.request.user, now=now)
        return _("The arrival is rejected.")


class ArrivalImportAll(ActionView):
    """Every file that nobody has begun to import; what was rejected or cancelled is begun again by itself only."""

    permission_required = "cases.import_placement"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        arrival = get_object_or_404(arrivals_visible_to(request.user), pk=pk)
        files = [file for file in files_of(arrival) if not file.imports]
        for file in files:
            run = imports.start_import(file=file, by=request.user, now=timezone.now())
            tasks.read_import.delay_on_commit(run.pk)
        return _("%(count)s imports are begun.") % {"count": len(files)}, self.fallback_url(pk)

    def fallback_url(self, pk: int) -> str:
        return reverse("cases:arrival-detail", args=[pk])


class FileDownload(DeskPermission, View):
    """The bank's file as it came; who took it is on the trail."""

    any_permission = ("cases.register_arrival", "cases.import_placement")

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        file = get_object_or_404(ArrivalFile, arrival__in=arrivals_visible_to(request.user), pk=pk)
        content = intake.hand_out_file(file=file, by=request.user, now=timezone.now())
        return FileResponse(content, as_attachment=True, filename=file.name, content_type="application/octet-stream")
