"""The audit trail in the reader's words."""

from django import template

from audit.models import AuditEvent
from staff.trail_words import action_word, changes_in_words

register = template.Library()


@register.filter
def action_name(event: AuditEvent) -> str:
    return action_word(event.action)


@register.filter
def changes_of(event: AuditEvent) -> list[dict[str, str]]:
    return changes_in_words(event.changes)
