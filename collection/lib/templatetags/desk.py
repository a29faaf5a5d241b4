"""The components of a page, written once: amounts, badges, masked values, countdowns, people, form fields."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from collection.lib.money import format_money

register = template.Library()

LAST_STRETCH = timedelta(hours=2)

# What a state's colour means, the same on every page.
TONES = {
    "good": {"good", "verified", "met", "kept", "settled", "delivered", "pass", "committed", "imported", "applied", "answered", "waived", "done", "classified", "normal", "accepted"},
    "warn": {"warning", "waiting", "extended", "pending", "requested", "appealed", "met_late", "part_kept", "promised", "minor", "validated", "read", "draft", "doubtful"},
    "bad": {"bad", "missed", "broken", "failed", "rejected", "refused", "returned", "serious", "error", "empty", "wrong", "upheld", "recorded", "missing", "stopped"},
    "active": {"open", "working", "filtering", "assigned", "approved", "submitted", "confirmed", "rendering", "rendered", "dispatched", "handed_over", "committing", "mapped", "uploaded", "called", "reviewed"},
}  # fmt: skip


@register.filter
def money(amount: Decimal | None, currency: str = "CNY") -> str:
    return "—" if amount is None else format_money(Decimal(amount), currency)


@register.filter
def tone(value: str) -> str:
    """The colour of a state's badge: good, warn, bad, active or quiet."""
    return next((name for name, values in TONES.items() if value in values), "quiet")


@register.inclusion_tag("components/_badge.html")
def badge(value: str, label: Any = "") -> dict:
    return {"tone": tone(value), "label": label or value}


@register.filter
def grouped(value: int | Decimal | None) -> str:
    """A count with its thousands apart: 12,345."""
    return "—" if value is None else f"{value:,}"


@register.inclusion_tag("components/_countdown.html")
def countdown(due_at: datetime, starts_at: datetime | None = None, met: bool = False) -> dict:
    """Time left, kept live by desk.js: green, amber in the last third (without a start: the last two hours), red when over."""
    starts_at, now = starts_at or due_at - 3 * LAST_STRETCH, timezone.now()
    shown = {"due_at": due_at, "starts_at": starts_at, "met": met}
    if met:
        return shown | {"tone": "quiet", "text": f"{timezone.localtime(due_at):%Y-%m-%d %H:%M}"}
    return shown | {"tone": urgency(starts_at, due_at, now), "text": time_left(due_at, now)}


def urgency(starts_at: datetime, due_at: datetime, now: datetime) -> str:
    if now >= due_at:
        return "bad"
    return "warn" if (due_at - now) * 3 <= due_at - starts_at else "good"


def time_left(due_at: datetime, now: datetime) -> str:
    """The same words as desk.js writes: 2h 13m left; 1d 3h over."""
    words = {"length": _length(abs(due_at - now))}
    return _("%(length)s left") % words if now < due_at else _("%(length)s over") % words


def _length(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes >= 24 * 60:
        return _("%(days)sd %(hours)sh") % {"days": minutes // 1440, "hours": minutes // 60 % 24}
    if minutes >= 60:
        return _("%(hours)sh %(minutes)sm") % {"hours": minutes // 60, "minutes": minutes % 60}
    return _("%(minutes)sm") % {"minutes": minutes}


@register.inclusion_tag("components/_masked.html")
def masked(text: str, reveal_url: str = "") -> dict:
    """A masked value; with a reveal URL a button fetches the clear one, logged."""
    return {"text": text, "reveal_url": reveal_url}


@register.inclusion_tag("components/_person.html")
def person(user: Any) -> dict:
    return {"person": user}


@register.inclusion_tag("components/_field.html")
def field(bound_field: BoundField, autofocus: bool = False) -> dict:
    """Label, control, help and errors of one form field, in the house's dress."""
    widget = bound_field.field.widget
    kind, css = _dress(widget)
    attrs = {"class": f"{widget.attrs.get('class', '')} {css}".strip()} if css else {}
    if autofocus:
        attrs["autofocus"] = True
    return {"field": bound_field, "kind": kind, "widget": bound_field.as_widget(attrs=attrs)}


def _dress(widget: forms.Widget) -> tuple[str, str]:
    if isinstance(widget, forms.CheckboxInput):
        return "check", "form-check-input"
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "group", "checks"
    return "control", "form-select" if isinstance(widget, forms.Select) else "form-control"


@register.inclusion_tag("components/_empty.html")
def empty(title: Any, text: Any = "", url: str = "", action: Any = "", icon: str = "inbox") -> dict:
    return {"title": title, "text": text, "url": url, "action": action, "icon": icon}


@register.inclusion_tag("components/_progress.html")
def progress(done: int, total: int, label: Any = "") -> dict:
    return {"done": done, "total": total, "label": label, "percent": min(100, done * 100 // total) if total else 0}


@register.simple_tag(takes_context=True)
def query(context: dict, **changes: Any) -> str:
    """The present query string with some values changed; None removes one."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.simple_tag
def page_of(url_name: str, *args: Any) -> str:
    """The address of a page of another app; the home when this desk doesn't have it."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return "/"
