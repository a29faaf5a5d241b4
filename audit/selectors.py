from django.db import models

from audit.models import AuditEvent, AuditEventQuerySet


def trail_of(subject: models.Model) -> AuditEventQuerySet:
    """Everything that happened to one row, latest first. One query."""
    return AuditEvent.objects.about(subject).order_by("-id")
