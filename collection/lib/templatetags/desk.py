"""The components of a page, written once: amounts, badges, masked values, countdowns, people, form fields."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from collection.lib.money import format_money

register = template.Library()

# What a state's colour means, the same on every page.
TONES = {
    "good": {"good", "verified", "met", "kept", "settled", "delivered", "pass", "committed", "imported", "applied", "answered", "waived", "done", "classified", "normal"},
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


@register.inclusion_tag("components/_countdown.html")
def countdown(due_at: datetime, starts_at: datetime | None = None, met: bool = False) -> dict:
    """Time left, kept live by desk.js: green, amber in the last third, red when over."""
    return {"due_at": due_at, "starts_at": starts_at or due_at, "met": met, "is_over": timezone.now() >= due_at}


@register.inclusion_tag("components/_masked.html")
def masked(text: str, reveal_url: str = "") -> dict:
    """A masked value; with a reveal URL a button fetches the clear one, logged."""
    return {"text": text, "reveal_url": reveal_url}


@register.inclusion_tag("components/_person.html")
def person(user: Any) -> dict:
    return {"person": user}


@register.inclusion_tag("components/_field.html")
def field(bound_field: Any) -> dict:
    return {"field": bound_field}


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
