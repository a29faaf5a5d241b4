"""The import's page (A1.2, annex 2): a stepper that shows everything before it counts."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import DetailView, View

from cases import tasks
from cases.choices import ImportState
from cases.forms.common import ReasonForm
from cases.forms.imports import PasswordForm
from cases.models import ArrivalFile, ImportRun
from cases.selectors import arrivals_visible_to, assignment_path, files_of, imports_visible_to, kin_cases_of
from cases.services import imports
from cases.views.imports.check import check_context
from cases.views.imports.columns import columns_context
from cases.views.imports.common import STEP_OF, WORKING_ON, ImportAction, is_working, runs_for, state_of, steps_at
from cases.wording import failure_text
from collection.lib.masking import mask_name
from staff.pages import ActionView, DeskPermission

SHOWN_KIN = 50
OVER = (ImportState.COMMITTED, ImportState.UNDONE, ImportState.CANCELLED)


class ImportDetail(DeskPermission, DetailView):
    """Where the import stands, and what is to do there."""

    permission_required = "cases.view_placement"
    template_name = "cases/import_detail.html"
    context_object_name = "run"

    def get_queryset(self) -> QuerySet[ImportRun]:
        return runs_for(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.object
        may_import = self.request.user.has_perm("cases.import_placement")
        wants_columns = run.state == ImportState.VALIDATED and "columns" in self.request.GET
        context = {
            "steps": steps_at(1 if wants_columns else STEP_OF[run.state]),
            "badge": state_of(run),
            "may_import": may_import,
            "may_download": may_import or self.request.user.has_perm("cases.register_arrival"),
            "is_working": is_working(run),
            "work": WORKING_ON.get(run.state, ""),
            "failure": failure_text(run.failure) if run.failure else "",
            "is_locked": run.state == ImportState.UPLOADED and bool(run.failure),
            "is_wrong_password": run.failure.startswith("wrong_password"),
            "is_rejected": run.state == ImportState.FAILED,
            "is_over": run.state in OVER,
            "shows_columns": may_import and (run.state == ImportState.READ or wants_columns),
            "shows_check": run.state == ImportState.VALIDATED and not wants_columns,
        }
        return super().get_context_data(**context | self._parts(run, context), **kwargs)

    def _parts(self, run: ImportRun, shown: dict[str, Any]) -> dict[str, Any]:
        """What only this step's page needs."""
        parts: dict[str, Any] = {}
        if shown["is_locked"]:
            parts["password_form"] = PasswordForm()
        if shown["shows_columns"]:
            parts |= columns_context(run)
        if shown["shows_check"]:
            parts |= check_context(run, self.request, may_import=shown["may_import"])
        if run.state == ImportState.UNPACKED:
            parts["members"] = files_of(run.file.arrival).filter(packed_in=run.file)
        if run.state == ImportState.COMMITTED:
            parts |= done_context(run, may_import=shown["may_import"])
        return parts


def done_context(run: ImportRun, *, may_import: bool) -> dict[str, Any]:
    """What came of the file, and what is to do after."""
    # Other clients' and other teams' cases: only for whoever sees every arrival anyway.
    kin = list(kin_cases_of(run.placement)[: SHOWN_KIN + 1]) if run.is_placement and may_import else []
    return {
        "assignment_path": assignment_path(run.placement) if run.is_placement else "",
        "undo_form": ReasonForm(auto_id="undo-%s") if may_import and run.is_placement else None,
        "left_count": run.rows.count(),
        "took": _length(run.committed_at - run.created_at),
        "kin": [{"case": case, "person": mask_name(case.debtor.name), "others": case.debtor.others} for case in kin[:SHOWN_KIN]],
        "has_more_kin": len(kin) > SHOWN_KIN,
    }


def _length(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds >= 3600:
        return _("%(hours)sh %(minutes)sm") % {"hours": seconds // 3600, "minutes": seconds // 60 % 60}
    return _("%(minutes)s min %(seconds)s s") % {"minutes": seconds // 60, "seconds": seconds % 60}


class ImportProgress(DeskPermission, View):
    """The progress line, asked for again and again; when the work is over the page is loaded anew."""

    permission_required = "cases.view_placement"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(imports_visible_to(request.user).defer("layout"), pk=pk)
        if is_working(run):
            may_import = request.user.has_perm("cases.import_placement")
            return render(request, "cases/_import_progress.html", {"run": run, "work": WORKING_ON[run.state], "may_import": may_import})
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response


class ImportStart(ActionView):
    permission_required = "cases.import_placement"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        file = get_object_or_404(ArrivalFile, arrival__in=arrivals_visible_to(request.user), pk=pk)
        run = imports.start_import(file=file, by=request.user, now=timezone.now())
        tasks.read_import.delay_on_commit(run.pk)
        return "", reverse("cases:import-detail", args=[run.pk])

    def fallback_url(self, pk: int) -> str:
        return reverse("cases:arrival-list")


class ImportPassword(ImportAction):
    def do(self, run: ImportRun) -> str:
        imports.unlock_file(run_id=run.pk, password=self.request.POST.get("password", "")[:200], **self.who)
        tasks.read_import.delay_on_commit(run.pk)
        return ""


class ImportCommit(ImportAction):
    def do(self, run: ImportRun) -> str:
        imports.commit_import(run_id=run.pk, **self.who)
        tasks.write_import.delay_on_commit(run.pk)
        return ""


class ImportCancel(ImportAction):
    def do(self, run: ImportRun) -> str:
        imports.cancel_import(run_id=run.pk, **self.who)
        return _("The import is cancelled. The file can be imported again from its arrival.")


class ImportUndo(ImportAction):
    def do(self, run: ImportRun) -> str:
        imports.ask_undo(run_id=run.pk, reason=self.request.POST.get("reason", "")[:200], **self.who)
        tasks.undo_import.delay_on_commit(run.pk)
        return ""
