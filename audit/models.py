from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEventQuerySet(models.QuerySet):
    def about(self, subject: models.Model) -> "AuditEventQuerySet":
        return self.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))


class AuditEvent(models.Model):
    """One line of the trail. Text only, no foreign keys: the trail outlives what it speaks of and never blocks it.

    Rows are never changed or deleted; a database trigger refuses it (migration 0002).
    """

    at = models.DateTimeField(_("when"), db_index=True)
    action = models.CharField(_("action"), max_length=60)
    actor = models.CharField(_("who"), max_length=150)
    actor_id = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    subject = models.CharField(_("what"), max_length=200)
    changes = models.JSONField(_("before and after"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    origin = models.CharField(_("from where"), max_length=120)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        permissions = [("read_trail", _("Can read the audit trail"))]
        default_permissions = ()
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.subject}"
