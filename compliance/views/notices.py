"""The banks' notices of entrustment (CR-19): entered once for a placement, they open the first call of each of its cases."""

from pathlib import PurePosixPath
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from cases.models import Placement
from compliance.forms import NoticeFilter, NoticeForm
from compliance.models import EntrustmentNotice
from compliance.selectors import placements_with_notice
from compliance.services.wishes import hand_out_notice, note_entrustment
from staff.listing import Column, DeskList
from staff.pages import DeskPermission, FormPage

NOTE = "compliance.note_entrustment"


def notice_state(row: Placement) -> tuple[str, Any]:
    return ("good", _("On file")) if row.notified_on else ("missing", _("Missing"))


class NoticeList(DeskList):
    list_name = "compliance:notice-list"
    permission_required = NOTE
    title = gettext_lazy("Notices of entrustment")
    subtitle = gettext_lazy(
        "The bank tells its debtors that we act for it. Without its notice on file no case of the placement is called for the first time (CR-19)."
    )
    empty_title = gettext_lazy("No placement fits")
    empty_text = gettext_lazy("A placement appears here as soon as it is imported.")
    empty_icon = "envelope-check"
    filter_form = NoticeFilter
    default_sort = "-committed_at"
    columns = [
        Column("code", gettext_lazy("Placement"), sort="code", link=True),
        Column("client", gettext_lazy("Client"), value="client.short_name", sort="client__short_name"),
        Column("team", gettext_lazy("Team"), value="team.name", sort="team__name"),
        Column("case_count", gettext_lazy("Cases"), kind="number", sort="case_count"),
        Column("placed_on", gettext_lazy("Placed on"), kind="date", sort="placed_on"),
        Column("state", gettext_lazy("State"), value=notice_state, kind="state", sort="notified_on"),
        Column("notified_on", gettext_lazy("Notified on"), kind="date", sort="notified_on"),
        Column("way", gettext_lazy("By which way"), value="notice_way"),
        Column("committed_at", gettext_lazy("Imported"), kind="datetime", sort="committed_at", hidden=True),
    ]

    def rows(self) -> QuerySet[Placement]:
        return placements_with_notice(self.request.user)

    def row_url(self, row: Placement) -> str:
        return reverse("compliance:notice-new", args=[row.pk])


class NoticeNew(FormPage):
    """A notice for the whole placement in one step, beside those that are on file."""

    permission_required = NOTE
    template_name = "compliance/notice_new.html"
    form_class = NoticeForm
    subtitle = gettext_lazy("It holds for every case of the placement.")

    @cached_property
    def placement(self) -> Placement:
        return get_object_or_404(placements_with_notice(self.request.user), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return _("Notice of entrustment: %(placement)s") % {"placement": self.placement}

    @property
    def cancel_url(self) -> str:
        return reverse("compliance:notice-list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notices = self.placement.entrustment_notices.select_related("entered_by").order_by("-notified_on", "-pk")
        return super().get_context_data(notices=notices, **kwargs)

    def save(self, form: NoticeForm) -> tuple[str, str]:
        note_entrustment(placement=self.placement, **form.cleaned_data, by=self.request.user, now=timezone.now())
        return _("The notice is on file: the cases of %(placement)s may be called.") % {"placement": self.placement}, self.cancel_url


class NoticeFile(DeskPermission, View):
    """The bank's paper; who took it is on the trail."""

    permission_required = NOTE

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        notice = get_object_or_404(EntrustmentNotice.objects.filter(placement__in=placements_with_notice(request.user).values("pk")), pk=pk)
        if not notice.file:
            raise Http404
        content = hand_out_notice(notice=notice, by=request.user, now=timezone.now())
        name = f"{notice.placement.code}{PurePosixPath(notice.file.name).suffix}"
        return FileResponse(content, as_attachment=True, filename=name, content_type="application/octet-stream")
