"""What is wrong with calls is looked at by the lead and by quality."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from calls.models import CallIssue, ContactRecord
from calls.selectors import issues_visible_to
from collection.lib.errors import Refused
from staff.models import User


class CannotReview(Refused):
    """Somebody else than the caller looks at a call, once, and says what was found."""


def note_issue(row: ContactRecord, kind: str, rule: str, now: datetime) -> CallIssue:
    """The record's call is to be looked at, once for each kind."""
    about = {"rule": rule, "case_id": row.case_id, "collector_id": row.collector_id, "record": row, "at": now}
    issue, _is_new = CallIssue.objects.get_or_create(verdict_id=row.verdict_id, kind=kind, defaults=about)
    return issue


@transaction.atomic
def review_issue(*, issue_id: int, note: str, by: User, now: datetime) -> CallIssue:
    """It was looked at; the note says what came of it."""
    issue = CallIssue.objects.select_for_update(of=("self",)).get(pk=issue_id)
    if not issues_visible_to(by).filter(pk=issue.pk).exists():
        raise CannotReview(_("This is no longer there."))
    if issue.collector_id == by.pk:
        raise CannotReview(_("Somebody else looks at your own calls."))
    if issue.seen_at:
        raise CannotReview(_("It was looked at already."))
    if not note.strip():
        raise CannotReview(_("Say what you found."))
    issue.seen_at, issue.seen_by, issue.note = now, by, note.strip()[:200]
    issue.save(update_fields=["seen_at", "seen_by", "note"])
    record("call.issue_seen", subject=issue, by=by, at=now, changes={"note": (None, issue.note)})
    return issue
