"""What the import's pages share: where a run stands, who may see it, and one way to act on it."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.choices import ImportState
from cases.models import ImportRun
from cases.selectors import imports_visible_to
from cases.services.imports.runs import JOBS
from staff.models import User
from staff.pages import ActionView

STEPS = [_("File"), _("Columns"), _("Check"), _("Import"), _("Done")]
STEP_OF = {
    ImportState.UPLOADED: 0, ImportState.FAILED: 0, ImportState.CANCELLED: 0, ImportState.READ: 1, ImportState.MAPPED: 2,
    ImportState.VALIDATED: 2, ImportState.COMMITTING: 3, ImportState.COMMITTED: 4, ImportState.UNDOING: 4, ImportState.UNDONE: 4, ImportState.UNPACKED: 4,
}  # fmt: skip
WORKING_ON = {
    ImportState.UPLOADED: _("Reading the file"),
    ImportState.MAPPED: _("Checking the rows"),
    ImportState.COMMITTING: _("Importing"),
    ImportState.UNDOING: _("Undoing the import"),
}


def steps_at(step: int) -> list[tuple[Any, str]]:
    """Each step's name, and "done", "here" or "" """
    return [(label, "done" if place < step else "here" if place == step else "") for place, label in enumerate(STEPS)]


def is_working(run: ImportRun) -> bool:
    return run.state in JOBS and not run.failure


def state_of(run: ImportRun) -> tuple[str, Any]:
    """The badge: (state, words). A locked file waits for a person, not for a worker."""
    if run.state == ImportState.UPLOADED and run.failure:
        return "waiting", _("Password needed")
    return run.state, run.get_state_display()


def runs_for(user: User) -> QuerySet[ImportRun]:
    """The imports that this person sees, with what their page shows of others."""
    related = ("client__team", "team__lead", "placement", "file__arrival__client", "file__packed_in", "created_by", "committed_by", "asked_by")
    return imports_visible_to(user).select_related(*related)


class ImportAction(ActionView):
    """One button of the stepper: one service, then the page again."""

    permission_required = "cases.import_placement"

    def act(self, request: Any, pk: int) -> tuple[str, str]:
        run = get_object_or_404(imports_visible_to(request.user), pk=pk)
        return self.do(run), self.fallback_url(pk)

    def do(self, run: ImportRun) -> str:
        raise NotImplementedError

    def fallback_url(self, pk: int) -> str:
        return reverse("cases:import-detail", args=[pk])

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.request.user, "now": timezone.now()}
