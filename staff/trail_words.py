"""The trail in the reader's words: what an action, a field and a value are called. What has no word yet is shown as it is."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ACTIONS = {
    "calendar_day.changed": gettext_lazy("Calendar day changed"),
    "calendar_day.removed": gettext_lazy("Calendar day follows the week again"),
    "case.moved": gettext_lazy("Case changed state"),
    "case.resumed": gettext_lazy("Case resumed"),
    "case.stopped": gettext_lazy("Case stopped"),
    "duty.cancelled": gettext_lazy("Duty cancelled"),
    "duty.extended": gettext_lazy("Duty extended"),
    "duty.handed_over": gettext_lazy("Duty handed over"),
    "duty.met": gettext_lazy("Duty met"),
    "duty.opened": gettext_lazy("Duty began"),
    "duty.warned": gettext_lazy("Holder warned"),
    "duty_kind.changed": gettext_lazy("Duty kind changed"),
    "leave.cancelled": gettext_lazy("Leave cancelled"),
    "leave.entered": gettext_lazy("Leave entered"),
    "list.exported": gettext_lazy("List exported"),
    "penalty.appealed": gettext_lazy("Penalty appealed"),
    "penalty.appeal_decided": gettext_lazy("Appeal decided"),
    "penalty.recorded": gettext_lazy("Penalty recorded"),
    "penalty.waived": gettext_lazy("Penalty waived"),
    "penalty_rule.revised": gettext_lazy("Penalty rule revised"),
    "person.changed": gettext_lazy("Person changed"),
    "person.created": gettext_lazy("Person entered"),
    "person.disabled": gettext_lazy("Person disabled"),
    "person.enabled": gettext_lazy("Person enabled"),
    "person.password_changed": gettext_lazy("Password changed"),
    "person.password_reset": gettext_lazy("Temporary password given"),
    "team.changed": gettext_lazy("Team changed"),
    "team.created": gettext_lazy("Team entered"),
    "working_hours.changed": gettext_lazy("Working hours changed"),
}
FIELDS = {
    "amount": gettext_lazy("amount"),
    "assigned": gettext_lazy("assigned"),
    "ceiling": gettext_lazy("longest"),
    "collector": gettext_lazy("collector"),
    "due_at": gettext_lazy("due"),
    "extension": gettext_lazy("extension"),
    "from": gettext_lazy("from"),
    "groups": gettext_lazy("groups"),
    "holder": gettext_lazy("held by"),
    "hours": gettext_lazy("working hours"),
    "is_active": gettext_lazy("active"),
    "is_working": gettext_lazy("working day"),
    "joined_on": gettext_lazy("joined on"),
    "lead": gettext_lazy("team lead"),
    "name": gettext_lazy("name"),
    "name_en": gettext_lazy("name in English"),
    "name_zh": gettext_lazy("name in Chinese"),
    "email": gettext_lazy("e-mail"),
    "person": gettext_lazy("person"),
    "points": gettext_lazy("points"),
    "severity": gettext_lazy("grade"),
    "staff_no": gettext_lazy("staff number"),
    "state": gettext_lazy("state"),
    "status": gettext_lazy("number status"),
    "steps": gettext_lazy("length by accounts"),
    "team": gettext_lazy("team"),
    "to": gettext_lazy("to"),
    "username": gettext_lazy("sign-in name"),
    "verification": gettext_lazy("verified"),
    "version": gettext_lazy("version"),
    "warning": gettext_lazy("warning"),
}
VALUES = {
    "open": gettext_lazy("Open"),
    "met": gettext_lazy("Met"),
    "met_late": gettext_lazy("Met late"),
    "missed": gettext_lazy("Missed"),
    "cancelled": gettext_lazy("Cancelled"),
    "recorded": gettext_lazy("Recorded"),
    "appealed": gettext_lazy("Appealed"),
    "upheld": gettext_lazy("Upheld"),
    "waived": gettext_lazy("Waived"),
    "unassigned": gettext_lazy("Unassigned"),
    "assigned": gettext_lazy("Assigned"),
    "filtering": gettext_lazy("Filtering"),
    "working": gettext_lazy("Working"),
    "promised": gettext_lazy("Promised"),
    "settled": gettext_lazy("Settled"),
    "minor": gettext_lazy("Minor"),
    "ordinary": gettext_lazy("Ordinary"),
    "serious": gettext_lazy("Serious"),
    "pending": gettext_lazy("Not verified"),
    "verified": gettext_lazy("Verified"),
}


def action_word(action: str) -> str:
    return str(ACTIONS.get(action, action))


def field_word(field: str) -> str:
    return str(FIELDS.get(field, field))


def value_word(value: Any) -> str:
    """A moment in the agency's time, yes or no, a state by its word; anything else as it was kept."""
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(value_word(item) for item in value)
    if isinstance(value, str):
        moment = _moment(value)
        if moment is not None:
            return moment
        return str(VALUES.get(value, value))
    return str(value)


def _moment(text: str) -> str | None:
    if len(text) < 10 or text[4:5] != "-":
        return None
    try:
        found = parse_datetime(text) if "T" in text else parse_date(text)
    except ValueError:
        return None
    if isinstance(found, datetime):
        return f"{timezone.localtime(found):%Y-%m-%d %H:%M}" if timezone.is_aware(found) else f"{found:%Y-%m-%d %H:%M}"
    return f"{found:%Y-%m-%d}" if isinstance(found, date) else None


def changes_in_words(changes: dict[str, list]) -> list[dict[str, str]]:
    """[{"field", "before", "after"}] of an audit event."""
    return [{"field": field_word(name), "before": value_word(pair[0]), "after": value_word(pair[1])} for name, pair in changes.items()]
