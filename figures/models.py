from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Client, Placement
from collection.lib.crypto import EncryptedTextField
from figures.choices import RobotKind, SendState


class RecoveryTarget(models.Model):
    """How much of the amount placed shall be recovered, in percent: of one placement, or of every placement of a client that has none of its own."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="recovery_targets", verbose_name=_("client"))
    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, null=True, blank=True, related_name="recovery_target", verbose_name=_("placement"))
    percent = models.DecimalField(_("target, percent of the amount placed"), max_digits=5, decimal_places=2)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("changed by"))
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("recovery target")
        verbose_name_plural = _("recovery targets")
        default_permissions = ()
        permissions = [
            ("view_activity", _("Can see figures of calls and promises")),
            ("view_recovery", _("Can see figures of recovery and stages")),
            ("set_target", _("Can set recovery targets")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(placement=None), name="figures_one_target_per_client"),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="figures_target_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.placement or self.client} {self.percent} %"


class DigestChoice(models.Model):
    """Whether a person wants the morning's figures by e-mail. Without a row: leads and the GM office do, everybody else does not."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest_choice", verbose_name=_("person"))
    by_mail = models.BooleanField(_("by e-mail"))

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.person} {self.by_mail}"


class DigestRobot(models.Model):
    """A group robot that posts the morning's figures as one person sees them. Its address is a secret: whoever has it can post."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=RobotKind)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="digest_robots", verbose_name=_("whose figures"))
    url = EncryptedTextField(_("address"))
    secret = EncryptedTextField(_("signing secret"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("digest robot")
        verbose_name_plural = _("digest robots")
        default_permissions = ()
        permissions = [("manage_digest", _("Can set up the morning digest"))]
        constraints = [models.CheckConstraint(condition=Q(kind__in=RobotKind.values), name="figures_robot_kind_known")]

    def __str__(self) -> str:
        return self.name


class DigestSend(models.Model):
    """One morning's digest of one person by one way; the row is the job. There can be no second one, so nobody gets it twice."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests", verbose_name=_("person"))
    robot = models.ForeignKey(DigestRobot, on_delete=models.CASCADE, null=True, blank=True, related_name="sends", verbose_name=_("robot"))
    day = models.DateField(_("day"))
    state = models.CharField(_("state"), max_length=8, choices=SendState, default=SendState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    started_at = models.DateTimeField(_("began"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    failure = models.CharField(_("why it failed"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["person", "day"], condition=Q(robot=None), name="figures_one_mail_a_day"),
            models.UniqueConstraint(fields=["robot", "day"], condition=Q(robot__isnull=False), name="figures_one_post_a_day"),
            models.CheckConstraint(condition=Q(state__in=SendState.values), name="figures_send_state_known"),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(state=SendState.SENT), name="figures_sent_at_when_sent"),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state__in=[SendState.WAITING, SendState.SENDING]), name="figures_digests_to_send")]

    def __str__(self) -> str:
        return f"{self.day} {self.person}"


class CallSummary(models.Model):
    """Calls of one collector for one client in one hour of a past day: counted once, read instead of thousands of records."""

    day = models.DateField()
    hour = models.PositiveSmallIntegerField()
    collector = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, db_index=False, related_name="+")
    dials = models.PositiveIntegerField()
    reached = models.PositiveIntegerField()
    right_party = models.PositiveIntegerField()
    promises = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "hour", "collector", "client"], name="figures_one_summary_per_hour")]

    def __str__(self) -> str:
        return f"{self.day} {self.hour} {self.collector_id}"


class SummaryDay(models.Model):
    """A day that `CallSummary` holds, and up to which record, amendment and outcomes it was counted. What came later makes the day stale: it is then
    counted from the records again, so a summary never says anything else than they do."""

    day = models.DateField(primary_key=True)
    records_until = models.BigIntegerField()
    amendments_until = models.BigIntegerField()
    outcomes = models.CharField(max_length=20)
    built_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day}"


class CaseTally(models.Model):
    """Cases alike in all that figures ask by, counted and summed up; several rows of the same key add up, one may be negative.

    On PostgreSQL triggers (migration 0003) add a row with each change of a case, in the change's own transaction, so that the sums always say what the
    cases do. Days are those of the agency's clock. Without foreign keys: nothing waits for a tally, and rows of what is gone add up to nothing.
    """

    placement = models.ForeignKey(Placement, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    team = models.ForeignKey("staff.Team", on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+")
    stage = models.CharField(max_length=10)
    placed_on = models.DateField()
    came_on = models.DateField()
    ended_on = models.DateField(null=True)
    cases = models.IntegerField()
    placed = models.DecimalField(max_digits=18, decimal_places=2)
    remaining = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.placement_id} {self.stage} {self.cases}"


class PaymentTally(models.Model):
    """What was paid in yuan on one day on cases alike in all that figures ask by; kept as `CaseTally` is, also when a case comes into another stage."""

    placement = models.ForeignKey(Placement, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    team = models.ForeignKey("staff.Team", on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+")
    stage = models.CharField(max_length=10)
    placed_on = models.DateField()
    paid_on = models.DateField()
    paid = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.placement_id} {self.paid_on} {self.paid}"


class RollTally(models.Model):
    """Changes of stage alike in all that the roll asks by, counted; kept as `CaseTally` is (migration 0006).

    What the case was before, on which day it changed, and on which day it had changed before that: a change is its case's first since a day when it came
    on that day or later and the one before it sooner. The stage is the one that the case has now.
    """

    placement = models.ForeignKey(Placement, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    team = models.ForeignKey("staff.Team", on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+")
    stage = models.CharField(max_length=10)
    came_on = models.DateField()
    ended_on = models.DateField(null=True)
    before = models.CharField(max_length=10)
    changed_on = models.DateField()
    previous_on = models.DateField(null=True)
    changes = models.IntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.placement_id} {self.before} → {self.stage} {self.changes}"
