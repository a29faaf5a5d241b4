"""What is written around a call: amendments of its record, texts at hand, and what was handed to another department."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calls.choices import Department, ReferralState, Target
from calls.models.core import ContactRecord
from cases.models import Case


def _person(related_name: str, label, *, is_optional: bool = False) -> models.ForeignKey:
    empty = {"null": True, "blank": True} if is_optional else {}
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name=related_name, verbose_name=label, **empty)


class RecordAmendment(models.Model):
    """What a record or its promise said before it was amended, and who changed it when and why. Written once."""

    record = models.ForeignKey(ContactRecord, on_delete=models.PROTECT, related_name="amendments")
    at = models.DateTimeField(_("amended"))
    by = _person("+", _("amended by"))
    reason = models.CharField(_("reason"), max_length=200)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="calls_amending_needs_a_reason")]

    def __str__(self) -> str:
        return f"{self.record} {self.at:%H:%M}"


class QuickText(models.Model):
    """A text that is put into a note with one key: the company's (no owner), or somebody's own."""

    owner = _person("quick_texts", _("owner"), is_optional=True)
    title = models.CharField(_("title"), max_length=30)
    text = models.CharField(_("text"), max_length=300)
    target = models.CharField(_("for"), max_length=12, choices=Target, default=Target.ANY)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("quick text")
        verbose_name_plural = _("quick texts")
        default_permissions = ()
        permissions = [("manage_quick_texts", _("Can edit the company's quick texts"))]
        constraints = [
            models.UniqueConstraint(fields=["owner", "title"], condition=Q(is_active=True), name="calls_own_quick_text_once"),
            models.UniqueConstraint(fields=["title"], condition=Q(owner=None, is_active=True), name="calls_shared_quick_text_once"),
            models.CheckConstraint(condition=Q(target__in=Target.values), name="calls_quick_text_target_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Referral(models.Model):
    """What the customer said, passed to the department concerned (E14); its reply comes back to who asked."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals", verbose_name=_("case"))
    record = models.ForeignKey(ContactRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="referrals")
    department = models.CharField(_("department"), max_length=14, choices=Department)
    text = models.CharField(_("what it is about"), max_length=500)
    state = models.CharField(_("state"), max_length=10, choices=ReferralState, default=ReferralState.OPEN)
    asked_by = _person("referrals", _("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    reply = models.CharField(_("reply"), max_length=500, blank=True)
    closed_by = _person("+", _("answered by"), is_optional=True)
    closed_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        default_permissions = ()
        permissions = [("answer_referrals", _("Can answer referrals"))]
        constraints = [
            models.CheckConstraint(condition=Q(department__in=Department.values), name="calls_referral_department_known"),
            models.CheckConstraint(
                condition=Q(state=ReferralState.OPEN, closed_at=None, closed_by=None) | (~Q(state=ReferralState.OPEN) & Q(closed_at__isnull=False)),
                name="calls_referral_closed_when_not_open",
            ),
            models.CheckConstraint(condition=~Q(state=ReferralState.ANSWERED, reply=""), name="calls_answered_with_a_reply"),
        ]
        indexes = [
            models.Index(fields=["case", "-asked_at"], name="calls_referrals_of_case"),
            models.Index(fields=["department", "asked_at"], condition=Q(state=ReferralState.OPEN), name="calls_open_referrals"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_department_display()}"
