"""Rows back to the bank: the error workbook, and the rows that were left out. A long one is made by the worker (staff.services_exports)."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from cases.choices import ImportState
from cases.models import ImportRun
from cases.selectors import imports_visible_to
from cases.services.imports.workbook import hand_out_errors, hand_out_left_rows
from staff.exports import attachment
from staff.listing import EXPORTED_AT_ONCE
from staff.pages import DeskPermission
from staff.services_exports import request_export


class RunWorkbook(DeskPermission, View):
    """A workbook of an import's rows, at once or told in the inbox."""

    permission_required = "cases.import_placement"
    state: str = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self.run()
        if run.rows.count() <= EXPORTED_AT_ONCE:
            return attachment(self.content(run, now=timezone.now()), f"{self.title(run)}.xlsx")
        request_export(title=self.title(run), address=request.path, by=request.user, now=timezone.now())
        messages.success(request, _("A long file: the workbook is being made. Your inbox tells you when it is ready."))
        return HttpResponseRedirect(reverse("cases:import-detail", args=[pk]))

    def run(self) -> ImportRun:
        return get_object_or_404(imports_visible_to(self.request.user), pk=self.kwargs["pk"], state=self.state)

    def may_export(self) -> bool:
        """Asked again when the worker comes to it (staff.listing.made_again)."""
        return imports_visible_to(self.request.user).filter(pk=self.kwargs["pk"], state=self.state).exists()

    def export_again(self, *, serial: str, now: datetime) -> tuple[bytes, int]:
        run = self.run()
        return self.content(run, now=now), run.rows.count()

    def title(self, run: ImportRun) -> str:
        raise NotImplementedError

    def content(self, run: ImportRun, *, now: datetime) -> bytes:
        raise NotImplementedError


class ErrorWorkbook(RunWorkbook):
    state = ImportState.VALIDATED

    def title(self, run: ImportRun) -> str:
        return f"{run.code}-{_('errors')}"

    def content(self, run: ImportRun, *, now: datetime) -> bytes:
        return hand_out_errors(run=run, by=self.request.user, now=now)


class LeftRowsWorkbook(RunWorkbook):
    state = ImportState.COMMITTED

    def title(self, run: ImportRun) -> str:
        return f"{run.code}-{_('left out')}"

    def content(self, run: ImportRun, *, now: datetime) -> bytes:
        return hand_out_left_rows(run=run, by=self.request.user, now=now)
