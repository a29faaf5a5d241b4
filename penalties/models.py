from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from duties.models import Duty, DutyKind
from penalties.choices import EventState, Severity


class PenaltyRule(models.Model):
    """A line of the penalty schedule (annex 1). A change is a new version; an event keeps the version of its moment.

    Points by default; `amount` in yuan counts only once the GM office turns money on.
    """

    duty_kind = models.ForeignKey(DutyKind, on_delete=models.PROTECT, related_name="penalty_rules", verbose_name=_("duty"))
    name_zh = models.CharField(_("name in Chinese"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    severity = models.CharField(_("grade"), max_length=10, choices=Severity)
    points = models.PositiveSmallIntegerField(_("points"))
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2, default=0)
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("penalty rule")
        verbose_name_plural = _("penalty schedule")
        permissions = [("manage_schedule", _("Can edit the penalty schedule"))]
        constraints = [
            models.UniqueConstraint(fields=["duty_kind", "version"], name="penalties_rule_version_once"),
            models.UniqueConstraint(fields=["duty_kind"], condition=Q(valid_to=None), name="penalties_one_rule_in_force_per_kind"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="penalties_rule_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="penalties_severity_known"),
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class PenaltyEvent(models.Model):
    """One missed duty, once, against who held it at that moment (A4)."""

    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="penalty_event", verbose_name=_("duty"))
    rule = models.ForeignKey(PenaltyRule, on_delete=models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("rule"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="penalty_events", verbose_name=_("person"))
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="penalty_events", verbose_name=_("team"))
    due_at = models.DateTimeField(_("was due"))
    points = models.PositiveSmallIntegerField(_("points"))
    recorded_at = models.DateTimeField(_("recorded"))
    state = models.CharField(_("state"), max_length=10, choices=EventState, default=EventState.RECORDED)
    waived_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("waived by"))
    waived_at = models.DateTimeField(_("waived"), null=True, blank=True)
    waiver_reason = models.CharField(_("why waived"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("penalty event")
        verbose_name_plural = _("penalty events")
        default_permissions = ()
        permissions = [("view_all_events", _("Can see everybody's penalty events")), ("decide_appeals", _("Can decide appeals and waive"))]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=EventState.values), name="penalties_event_state_known"),
            models.CheckConstraint(
                condition=Q(waived_at=None, waived_by=None) | Q(waived_at__isnull=False, waived_by__isnull=False), name="penalties_waived_at_and_by_together"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-due_at"], name="penalties_of_person"),
            models.Index(fields=["team", "-due_at"], name="penalties_of_team"),
            models.Index(fields=["-due_at", "id"], name="penalties_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.duty}"


class Appeal(models.Model):
    """The person's objection to an event, and the decision of somebody who isn't part of it."""

    event = models.OneToOneField(PenaltyEvent, on_delete=models.PROTECT, related_name="appeal", verbose_name=_("penalty event"))
    text = models.TextField(_("grounds"))
    appealed_at = models.DateTimeField(_("appealed"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="penalties_decided_at_and_by_together",
            )
        ]

    def __str__(self) -> str:
        return str(self.event)
