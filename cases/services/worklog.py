"""What the work on a case leaves on the case itself: when to follow up, and how it was classified."""

from datetime import datetime

from audit.services import record
from cases.models import Case
from staff.models import User


def set_follow_up(case: Case, follow_up_at: datetime | None, *, by: User, now: datetime) -> None:
    """The case comes up again at that moment."""
    before, case.follow_up_at = case.follow_up_at, follow_up_at
    if before == follow_up_at:
        return
    case.save(update_fields=["follow_up_at"])
    _note_follow_up(case, before, by=by, now=now)


def work_case(case: Case, *, follow_up_at: datetime | None, by: User, now: datetime) -> None:
    """Somebody worked the locked case, which comes up again at that moment: `touch_case` and `set_follow_up` in one."""
    before, case.follow_up_at, case.touched_at = case.follow_up_at, follow_up_at, now
    case.save(update_fields=["follow_up_at", "touched_at"])
    if before != follow_up_at:
        _note_follow_up(case, before, by=by, now=now)


def _note_follow_up(case: Case, before: datetime | None, *, by: User, now: datetime) -> None:
    record("case.follow_up_set", subject=case, by=by, at=now, changes={"follow_up_at": (before, case.follow_up_at)})


def set_category(case: Case, category: str, *, by: User, now: datetime) -> None:
    """How the case was classified when it was filtered (A3.2)."""
    before, case.category = case.category, category
    if before == category:
        return
    case.save(update_fields=["category"])
    record("case.classified", subject=case, by=by, at=now, changes={"category": (before, category)})
