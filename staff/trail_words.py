"""The trail in the reader's words: what an action, a field and a value are called. What has no word yet is shown as it is."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ACTIONS = {
    "address.added": gettext_lazy("Address added"),
    "address.mail_returned": gettext_lazy("Mail came back from the address"),
    "address.verified": gettext_lazy("Address verified"),
    "arrival.delegated": gettext_lazy("Arrival delegated"),
    "arrival.handed_over": gettext_lazy("Arrival handed over"),
    "arrival.imported": gettext_lazy("Arrival imported"),
    "arrival.registered": gettext_lazy("Arrival registered"),
    "arrival.rejected": gettext_lazy("Arrival rejected"),
    "arrival.reopened": gettext_lazy("Arrival reopened"),
    "calendar_day.changed": gettext_lazy("Calendar day changed"),
    "calendar_day.removed": gettext_lazy("Calendar day follows the week again"),
    "call.identity_verified": gettext_lazy("Identity verified in a call"),
    "call.recorded": gettext_lazy("Call recorded"),
    "capacity.set": gettext_lazy("Capacity set"),
    "case.assigned": gettext_lazy("Case assigned"),
    "case.classified": gettext_lazy("Case classified"),
    "case.follow_up_set": gettext_lazy("Follow-up set"),
    "case.imported": gettext_lazy("Case imported"),
    "case.moved": gettext_lazy("Case changed state"),
    "case.resumed": gettext_lazy("Case resumed"),
    "case.stopped": gettext_lazy("Case stopped"),
    "case.transferred": gettext_lazy("Case transferred"),
    "case.unassigned": gettext_lazy("Case unassigned"),
    "category.changed": gettext_lazy("Category changed"),
    "category.created": gettext_lazy("Category entered"),
    "client.added": gettext_lazy("Client entered"),
    "client.changed": gettext_lazy("Client changed"),
    "client.created": gettext_lazy("Client entered"),
    "contact.verified": gettext_lazy("Contact verified"),
    "demo.loaded": gettext_lazy("Demo data loaded"),
    "duty.cancelled": gettext_lazy("Duty cancelled"),
    "duty.extended": gettext_lazy("Duty extended"),
    "duty.handed_over": gettext_lazy("Duty handed over"),
    "duty.met": gettext_lazy("Duty met"),
    "duty.opened": gettext_lazy("Duty began"),
    "duty.warned": gettext_lazy("Holder warned"),
    "duty_kind.changed": gettext_lazy("Duty kind changed"),
    "file.downloaded": gettext_lazy("File downloaded"),
    "filtering.begun": gettext_lazy("Filtering of a case begun"),
    "filtering.cancelled": gettext_lazy("Filtering cancelled"),
    "filtering.classified": gettext_lazy("Case classified in filtering"),
    "filtering.continued": gettext_lazy("Filtering continued by somebody else"),
    "filtering.done": gettext_lazy("Filtering done"),
    "filtering.field_reviewed": gettext_lazy("Field reviewed"),
    "filtering.moved": gettext_lazy("Filtering moved on"),
    "filtering.started": gettext_lazy("Filtering task started"),
    "filtering.step_closed": gettext_lazy("Step of the call order closed"),
    "gate.answered": gettext_lazy("Contact gate answered"),
    "instruction.approved": gettext_lazy("Instruction approved"),
    "instruction.downloaded": gettext_lazy("Client's instruction downloaded"),
    "instruction.entered": gettext_lazy("Instruction entered"),
    "leave.cancelled": gettext_lazy("Leave cancelled"),
    "leave.entered": gettext_lazy("Leave entered"),
    "letter.approved": gettext_lazy("Letter approved"),
    "letter.cancelled": gettext_lazy("Letter cancelled"),
    "letter.checked": gettext_lazy("Letter checked"),
    "letter.delivered": gettext_lazy("Letter delivered"),
    "letter.dispatched": gettext_lazy("Letter dispatched"),
    "letter.opened": gettext_lazy("Letter opened"),
    "letter.print_failed": gettext_lazy("Printing of a letter failed"),
    "letter.printed": gettext_lazy("Letter printed"),
    "letter.printing": gettext_lazy("Letter being printed"),
    "letter.rectified": gettext_lazy("Letter rectified"),
    "letter.refused": gettext_lazy("Letter refused"),
    "letter.requested": gettext_lazy("Letter requested"),
    "letter.returned": gettext_lazy("Letter came back"),
    "letter.sent_back": gettext_lazy("Letter sent back"),
    "letter_template.retired": gettext_lazy("Letter template retired"),
    "letter_template.saved": gettext_lazy("Letter template saved"),
    "list.export_failed": gettext_lazy("Export failed"),
    "list.export_requested": gettext_lazy("Export requested"),
    "list.exported": gettext_lazy("List exported"),
    "number.barred": gettext_lazy("Number barred"),
    "outcome.changed": gettext_lazy("Outcome changed"),
    "penalty.appeal_decided": gettext_lazy("Appeal decided"),
    "penalty.appealed": gettext_lazy("Penalty appealed"),
    "penalty.recorded": gettext_lazy("Penalty recorded"),
    "penalty.waived": gettext_lazy("Penalty waived"),
    "penalty_rule.revised": gettext_lazy("Penalty rule revised"),
    "person.changed": gettext_lazy("Person changed"),
    "person.created": gettext_lazy("Person entered"),
    "person.disabled": gettext_lazy("Person disabled"),
    "person.enabled": gettext_lazy("Person enabled"),
    "person.password_changed": gettext_lazy("Password changed"),
    "person.password_reset": gettext_lazy("Temporary password given"),
    "phone.added": gettext_lazy("Phone added"),
    "phone.marked": gettext_lazy("Number status changed"),
    "phone.verified": gettext_lazy("Phone verified"),
    "placement.cancelled": gettext_lazy("Import cancelled"),
    "placement.cell_mended": gettext_lazy("Cell mended"),
    "placement.checked": gettext_lazy("Rows checked"),
    "placement.commit_asked": gettext_lazy("Import confirmed"),
    "placement.commit_broken_off": gettext_lazy("Import broken off"),
    "placement.committed": gettext_lazy("Placement imported"),
    "placement.errors_exported": gettext_lazy("Error workbook downloaded"),
    "placement.mapped": gettext_lazy("Columns confirmed"),
    "placement.password_given": gettext_lazy("File password given"),
    "placement.read": gettext_lazy("File read"),
    "placement.rejected": gettext_lazy("File rejected"),
    "placement.started": gettext_lazy("Import started"),
    "placement.undone": gettext_lazy("Import undone"),
    "plan.applied": gettext_lazy("Plan applied"),
    "plan.discarded": gettext_lazy("Plan discarded"),
    "plan.made": gettext_lazy("Plan made"),
    "plan.undone": gettext_lazy("Plan undone"),
    "policy.set": gettext_lazy("Contact limit changed"),
    "print_run.finished": gettext_lazy("Print run finished"),
    "print_run.opened": gettext_lazy("Print run opened"),
    "print_run.started": gettext_lazy("Print run started"),
    "promise.broken": gettext_lazy("Promise broken"),
    "promise.cancelled": gettext_lazy("Promise cancelled"),
    "promise.made": gettext_lazy("Promise made"),
    "qualification.entered": gettext_lazy("Training entered"),
    "quality_form.changed": gettext_lazy("Quality form changed"),
    "registry.answered": gettext_lazy("Registry request answered"),
    "registry.approved": gettext_lazy("Registry request approved"),
    "registry.confirmed": gettext_lazy("Registry request confirmed by phone"),
    "registry.refused": gettext_lazy("Registry request refused"),
    "registry.requested": gettext_lazy("Registry request made"),
    "registry.submitted": gettext_lazy("Registry request submitted"),
    "requirement.set": gettext_lazy("Client's requirement set"),
    "script.saved": gettext_lazy("Script saved"),
    "team.changed": gettext_lazy("Team changed"),
    "team.created": gettext_lazy("Team entered"),
    "template.saved": gettext_lazy("Import template saved"),
    "working_hours.changed": gettext_lazy("Working hours changed"),
}
FIELDS = {
    "accounts": gettext_lazy("accounts"),
    "allowed": gettext_lazy("allowed"),
    "amount": gettext_lazy("amount"),
    "approved_at": gettext_lazy("approved"),
    "assigned": gettext_lazy("assigned"),
    "balance": gettext_lazy("balance"),
    "basis": gettext_lazy("basis"),
    "carrier": gettext_lazy("carrier"),
    "cases": gettext_lazy("cases"),
    "category": gettext_lazy("category"),
    "ceiling": gettext_lazy("longest"),
    "cell": gettext_lazy("cell"),
    "client": gettext_lazy("client"),
    "code": gettext_lazy("code"),
    "collector": gettext_lazy("collector"),
    "count": gettext_lazy("count"),
    "data_specialist": gettext_lazy("data specialist"),
    "due_at": gettext_lazy("due"),
    "due_on": gettext_lazy("due on"),
    "email": gettext_lazy("e-mail"),
    "expires_on": gettext_lazy("valid until"),
    "extension": gettext_lazy("extension"),
    "file": gettext_lazy("file"),
    "files": gettext_lazy("files"),
    "follow_up_at": gettext_lazy("follow up"),
    "follow_up_days": gettext_lazy("follow up after days"),
    "from": gettext_lazy("from"),
    "grade": gettext_lazy("grade"),
    "groups": gettext_lazy("groups"),
    "holder": gettext_lazy("held by"),
    "hotkey": gettext_lazy("key"),
    "hours": gettext_lazy("working hours"),
    "is_active": gettext_lazy("active"),
    "is_working": gettext_lazy("working day"),
    "joined_on": gettext_lazy("joined on"),
    "kind": gettext_lazy("kind"),
    "lead": gettext_lazy("team lead"),
    "left": gettext_lazy("left over"),
    "letters": gettext_lazy("letters"),
    "mode": gettext_lazy("mode"),
    "name": gettext_lazy("name"),
    "name_en": gettext_lazy("name in English"),
    "name_zh": gettext_lazy("name in Chinese"),
    "number": gettext_lazy("number"),
    "outcome": gettext_lazy("outcome"),
    "pages": gettext_lazy("pages"),
    "passed_on": gettext_lazy("passed on"),
    "person": gettext_lazy("person"),
    "placement": gettext_lazy("placement"),
    "points": gettext_lazy("penalty points"),
    "position": gettext_lazy("position"),
    "received_at": gettext_lazy("received"),
    "rows": gettext_lazy("rows"),
    "rules": gettext_lazy("rules"),
    "severity": gettext_lazy("grade"),
    "sheets": gettext_lazy("sheets"),
    "source": gettext_lazy("source"),
    "staff_no": gettext_lazy("staff number"),
    "state": gettext_lazy("state"),
    "status": gettext_lazy("number status"),
    "steps": gettext_lazy("length by accounts"),
    "stopped_at": gettext_lazy("stopped"),
    "team": gettext_lazy("team"),
    "text": gettext_lazy("text"),
    "to": gettext_lazy("to"),
    "tracking_no": gettext_lazy("tracking number"),
    "username": gettext_lazy("sign-in name"),
    "valid_from": gettext_lazy("valid from"),
    "valid_until": gettext_lazy("valid until"),
    "value": gettext_lazy("value"),
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
