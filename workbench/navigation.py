"""The left navigation: what a person does, in the order of the work. An item shows when its page exists and one permission is held."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Item:
    """One page. `permissions`: one of them is enough; none means everybody. `key` goes there after `g`."""

    label: Any
    url_name: str
    icon: str
    permissions: tuple[str, ...] = ()
    key: str = ""
    count: str = ""


@dataclass(frozen=True)
class Group:
    label: Any
    items: tuple[Item, ...]


NAVIGATION = (
    Group(
        _("My day"),
        (
            Item(_("Today"), "workbench:home", "house", key="h"),
            Item(_("Inbox"), "staff:inbox", "inbox", key="i", count="unread"),
            Item(_("Duties"), "duties:duty-list", "stopwatch", key="u", count="duties"),
        ),
    ),
    Group(
        _("Collecting"),
        (
            Item(_("Collector's desk"), "workbench:desk", "telephone", ("calls.record_call",), key="d"),
            Item(_("Filtering"), "assignment:filtering-list", "funnel", ("calls.record_call", "assignment.assign_cases"), key="f"),
            Item(_("Cases"), "workbench:case-list", "folder2-open", ("cases.view_case",), key="c"),
            Item(_("Referrals"), "calls:referral-list", "send", ("calls.record_call", "calls.answer_referrals"), key="w"),
            Item(_("Flags of cases"), "calls:flag-list", "flag", ("compliance.lift_flags", "calls.review_issues")),
            Item(_("Calls to look at"), "calls:issue-list", "telephone-minus", ("calls.review_issues",)),
            Item(_("Calls not recorded"), "calls:unrecorded-list", "telephone-plus", ("calls.review_issues",)),
            Item(_("Cancelled calls"), "calls:cancelled-list", "telephone-x", ("calls.review_issues",)),
            Item(_("Quick texts"), "calls:quick-text-list", "lightning", ("calls.record_call", "calls.manage_quick_texts")),
        ),
    ),
    Group(
        _("Placements"),
        (
            Item(_("Arrivals"), "cases:arrival-list", "box-arrow-in-down", ("cases.view_arrival",), key="a"),
            Item(_("Imports"), "cases:import-list", "file-earmark-spreadsheet", ("cases.view_placement",), key="p"),
            Item(_("Import templates"), "cases:template-list", "layout-three-columns", ("cases.import_placement", "cases.manage_clients"), key="y"),
            Item(_("Assignment"), "assignment:board", "diagram-3", ("assignment.assign_cases",), key="b"),
            Item(_("Capacities"), "assignment:capacity-list", "speedometer2", ("assignment.manage_capacity",)),
            Item(_("Shifts"), "assignment:shift-grid", "calendar-week", ("assignment.manage_capacity", "staff.manage_people")),
            Item(_("Clients' requirements"), "assignment:requirement-list", "clipboard2-check", ("cases.manage_clients",)),
            Item(_("Assignment rules"), "assignment:rule-list", "signpost-split", ("assignment.manage_rules",)),
            Item(_("Re-assignment"), "assignment:policy-list", "recycle", ("assignment.manage_reassign",)),
        ),
    ),
    Group(
        _("Registry and letters"),
        (
            Item(
                _("Registry look-ups"),
                "cases:registry-list",
                "building",
                ("cases.handle_registry", "cases.approve_registry", "cases.request_registry"),
                key="r",
            ),
            Item(_("Letters"), "letters:letter-list", "envelope", ("letters.view_letter",), key="l"),
            Item(_("Letter batches"), "letters:batch-list", "envelope-plus", ("letters.request_letter",)),
            Item(_("Letter rules"), "letters:rule-list", "magic", ("letters.manage_letter_rules",)),
            Item(_("Print runs"), "letters:print-run-list", "printer", ("letters.dispatch_letter",), key="m"),
            Item(_("Scan desk"), "letters:scan", "upc-scan", ("letters.dispatch_letter",), key="x"),
            Item(_("Book results"), "letters:results", "envelope-check", ("letters.dispatch_letter",)),
            Item(_("Carriers' files"), "letters:file-list", "file-earmark-spreadsheet", ("letters.dispatch_letter",)),
            Item(_("Letter quality"), "letters:quality-list", "clipboard-check", ("letters.check_quality",), key="q"),
            Item(_("Quality results"), "letters:quality-report", "clipboard-data", ("letters.view_quality",)),
            Item(_("Rectifications"), "letters:rectification-list", "tools", ("letters.view_quality",)),
            Item(_("Stopped letters"), "letters:hold-list", "sign-stop", ("letters.view_quality",)),
        ),
    ),
    Group(
        _("Penalties"),
        (
            Item(_("Penalty events"), "penalties:event-list", "exclamation-diamond", key="e"),
            Item(_("Monthly statement"), "penalties:statement", "bar-chart", key="s"),
            Item(_("Penalty schedule"), "penalties:rule-list", "list-ol", ("penalties.manage_schedule",)),
        ),
    ),
    Group(
        _("Figures"),
        (
            Item(_("Duty board"), "figures:duties", "speedometer", key="j"),
            Item(_("Calls and promises"), "figures:activity", "telephone-forward", ("figures.view_activity",), key="k"),
            Item(_("Recovery"), "figures:recovery", "graph-up-arrow", ("figures.view_recovery",), key="v"),
            Item(_("Stage roll"), "figures:stages", "arrow-left-right", ("figures.view_recovery",)),
            Item(_("Morning digest"), "figures:digest-mine", "sunrise", ("figures.view_activity",)),
            Item(_("Letters in figures"), "figures:letters", "envelope-paper", ("letters.view_letter", "figures.view_recovery")),
        ),
    ),
    Group(
        _("Settings"),
        (
            Item(_("People"), "staff:people-list", "people", ("staff.manage_people",), key="o"),
            Item(_("Teams"), "staff:team-list", "diagram-2", ("staff.manage_people",)),
            Item(_("Leave"), "staff:leave-list", "calendar-x", ("staff.manage_people", "assignment.assign_cases")),
            Item(_("Training"), "staff:qualification-list", "mortarboard", ("staff.manage_people", "assignment.assign_cases")),
            Item(_("Clients"), "cases:client-list", "bank", ("cases.manage_clients",)),
            Item(_("Scripts"), "compliance:script-list", "chat-left-text", ("compliance.manage_scripts",)),
            Item(_("Contact limits"), "compliance:policy-list", "shield-check", ("compliance.manage_policies", "compliance.view_contactpolicy")),
            Item(_("Do-not-contact list"), "compliance:do-not-contact-list", "telephone-x", ("compliance.view_contactpolicy",), key="n"),
            Item(
                _("Clients' instructions"),
                "compliance:instruction-list",
                "file-earmark-check",
                ("compliance.enter_instruction", "compliance.approve_instruction"),
            ),
            Item(_("Notices of entrustment"), "compliance:notice-list", "envelope-check", ("compliance.note_entrustment",)),
            Item(_("Call outcomes"), "calls:outcome-list", "telephone-plus", ("calls.manage_outcomes",)),
            Item(_("Categories"), "calls:category-list", "tags", ("calls.manage_outcomes",)),
            Item(_("Letter templates"), "letters:template-list", "file-earmark-text", ("letters.manage_letter_templates",)),
            Item(_("Letter quality forms"), "letters:quality-form-list", "ui-checks", ("letters.manage_quality",)),
            Item(_("Letterheads and seals"), "letters:image-list", "image", ("letters.manage_letter_templates",)),
            Item(_("Papers behind letters"), "letters:paper-list", "file-earmark-lock", ("letters.manage_letter_templates", "letters.approve_lawyer_template")),
            Item(_("Working calendar"), "duties:calendar", "calendar3", ("duties.manage_calendar",)),
            Item(_("Duty kinds"), "duties:kind-list", "sliders", ("duties.manage_calendar",)),
            Item(_("Digests sent"), "figures:digest-list", "send-check", ("figures.manage_digest",)),
            Item(_("Recovery targets"), "figures:target-list", "bullseye", ("figures.set_target",)),
            Item(_("Audit trail"), "staff:trail", "clock-history", ("audit.read_trail",), key="t"),
        ),
    ),
)


def navigation_for(user: Any, *, path: str, counts: dict[str, str]) -> list[dict]:
    """The groups and items that this person sees; the item of the page at `path` is current. No query but the permissions'."""
    groups = []
    for group in NAVIGATION:
        items = [shown for item in group.items if (shown := _shown(item, user, counts))]
        if items:
            groups.append({"label": group.label, "items": items})
    _mark_current(groups, path)
    return groups


def _shown(item: Item, user: Any, counts: dict[str, str]) -> dict | None:
    if item.permissions and not any(user.has_perm(name) for name in item.permissions):
        return None
    try:
        url = reverse(item.url_name)
    except NoReverseMatch:
        return None
    return {"label": item.label, "url": url, "icon": item.icon, "key": item.key, "count": counts.get(item.count, ""), "current": False}


def _mark_current(groups: list[dict], path: str) -> None:
    """The longest address that the page's own begins with; the home's only when it is the home."""
    items = [item for group in groups for item in group["items"]]
    fitting = [item for item in items if path == item["url"] or (item["url"] != "/" and path.startswith(item["url"]))]
    if fitting:
        max(fitting, key=lambda item: len(item["url"]))["current"] = True
