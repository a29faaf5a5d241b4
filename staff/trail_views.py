from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from audit.models import AuditEvent
from staff.listing import Column, DeskList
from staff.settings_forms import TrailFilter
from staff.trail_words import action_word, changes_in_words


def _in_words(event: AuditEvent) -> str:
    return "; ".join(f"{change['field']}: {change['before']} → {change['after']}" for change in changes_in_words(event.changes))


class Trail(DeskList):
    """Every change of data: who, what, before and after, when, from where. It can be read, never changed."""

    list_name = "staff:trail"
    permission_required = "audit.read_trail"
    title = gettext_lazy("Audit trail")
    subtitle = gettext_lazy("Every change of data, in the order it happened. It can't be changed or deleted.")
    filter_form = TrailFilter
    columns = [
        Column("at", gettext_lazy("When"), kind="datetime"),
        Column("actor", gettext_lazy("Who")),
        Column("action", gettext_lazy("Action"), value=lambda event: action_word(event.action)),
        Column("subject", gettext_lazy("What")),
        Column("changes", gettext_lazy("Before and after"), value=_in_words, kind="template", template="staff/_trail_changes.html"),
        Column("reason", gettext_lazy("Reason")),
        Column("origin", gettext_lazy("From where"), hidden=True),
    ]

    def rows(self) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.all()
