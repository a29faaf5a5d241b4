"""The one place that changes a case's stage: what the bank says it is now, with what it was."""

from cases.models import Case, StageChange
from cases.services.books import AT_ONCE, Origin, Planned


class Stages:
    """The stages that a file tells of some cases: planned line by line, written at once."""

    def __init__(self) -> None:
        self.changes: list[StageChange] = []

    def move(self, case: Case, stage: str, planned: Planned) -> None:
        """The case is in this stage now; nothing said, or nothing new, changes nothing."""
        if not stage or stage == case.stage:
            return
        planned.change("stage", case.stage, stage)
        self.changes.append(StageChange(case=case, before=case.stage, after=stage))
        case.stage = stage

    def save(self, origin: Origin) -> None:
        for change in self.changes:
            change.run, change.at, change.by = origin.run, origin.now, origin.by
        StageChange.objects.bulk_create(self.changes, batch_size=AT_ONCE)
