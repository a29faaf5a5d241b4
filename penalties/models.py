from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from duties.models import Duty, DutyKind
from penalties.choices import EventState, Relief, Severity


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
    # Done late, but within so many minutes after the due time: recorded, and costs nothing. Until they are over nothing is recorded.
    grace_minutes = models.PositiveIntegerField(_("grace, minutes"), default=0)
    # From the second time on that a person misses this within one month.
    repeat_multiplier = models.DecimalField(_("times, when repeated within a month"), max_digits=4, decimal_places=2, default=1)
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
            models.CheckConstraint(condition=Q(amount__gte=0), name="penalties_rule_amount_not_negative"),
            models.CheckConstraint(condition=Q(repeat_multiplier__gte=1), name="penalties_repeated_costs_no_less"),
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class Policy(models.Model):
    """The one row of what holds for all penalties."""

    appeal_days = models.PositiveSmallIntegerField(_("days for an appeal"), default=5)
    # Deductions from wages need a check against labour law first: only the GM office turns them on (A4).
    uses_money = models.BooleanField(_("money counts beside points"), default=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("penalty policy")
        verbose_name_plural = _("penalty policy")
        default_permissions = ()
        permissions = [("turn_on_money", _("Can turn on money penalties")), ("close_months", _("Can close monthly statements"))]
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="penalties_one_policy"),
            models.CheckConstraint(condition=Q(appeal_days__gte=1), name="penalties_time_for_an_appeal"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class Exemption(models.Model):
    """What falls due in this time costs nothing: for everybody, a team or a person, for all duties or one kind. The event is recorded all the same."""

    duty_kind = models.ForeignKey(DutyKind, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("duty"))
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.CharField(_("reason"), max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("entered by"))
    created_at = models.DateTimeField(_("entered"))
    ended_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="penalties_exemption_ends_after_it_starts")]
        indexes = [models.Index(fields=["starts_at", "ends_at"], condition=Q(ended_at=None), name="penalties_exemptions_in_force")]

    def __str__(self) -> str:
        return self.reason


class PenaltyEvent(models.Model):
    """One missed duty, once, against who held it at that moment (A4)."""

    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="penalty_event", verbose_name=_("duty"))
    rule = models.ForeignKey(PenaltyRule, on_delete=models.PROTECT, null=True, blank=True, related_name="events", db_index=False, verbose_name=_("rule"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="penalty_events", db_index=False, verbose_name=_("person"))
    team = models.ForeignKey(
        "staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="penalty_events", db_index=False, verbose_name=_("team")
    )
    due_at = models.DateTimeField(_("was due"))
    # The statement it belongs to, by its first day: the month it was due in, or the next open one when that is closed already.
    month = models.DateField(_("month"))
    points = models.PositiveSmallIntegerField(_("points"))
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2, default=0)
    repeat_no = models.PositiveSmallIntegerField(_("so many times in the month"), default=1)
    relief = models.CharField(_("why it costs nothing"), max_length=10, choices=Relief, blank=True)
    exemption = models.ForeignKey(
        Exemption, on_delete=models.PROTECT, null=True, blank=True, related_name="events", db_index=False, verbose_name=_("exemption")
    )
    recorded_at = models.DateTimeField(_("recorded"))
    state = models.CharField(_("state"), max_length=10, choices=EventState, default=EventState.RECORDED)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("waived by")
    )
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
            models.CheckConstraint(condition=Q(relief="") | Q(relief__in=Relief.values, points=0, amount=0), name="penalties_relief_costs_nothing"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="penalties_amount_not_negative"),
        ]
        # Few, on purpose: each missed duty pays for every one of them.
        indexes = [
            models.Index(fields=["person", "-due_at"], name="penalties_of_person"),
            models.Index(fields=["team", "-due_at"], name="penalties_of_team"),
            models.Index(fields=["-due_at", "id"], name="penalties_latest"),
            models.Index(fields=["month", "person"], name="penalties_of_month"),
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


class AppealFile(models.Model):
    """A file that belongs to an appeal. Only the person and whoever decides fetches it, and each fetch is on the trail."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="files", verbose_name=_("appeal"))
    name = models.CharField(_("file name"), max_length=120)
    file = models.FileField(upload_to="appeals/%Y/%m")
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("file of an appeal")
        verbose_name_plural = _("files of appeals")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["appeal", "sha256"], name="penalties_appeal_file_once")]

    def __str__(self) -> str:
        return self.name


class ClosedMonth(models.Model):
    """A statement that the GM office closed, with its totals. What changes afterwards is a correction in the next open month."""

    month = models.DateField(_("month"), primary_key=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("closed by"))
    closed_at = models.DateTimeField(_("closed"))
    events = models.PositiveIntegerField(_("missed duties"))
    points = models.IntegerField(_("points"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    reopened_at = models.DateTimeField(_("reopened"), null=True, blank=True)
    reopen_reason = models.CharField(_("why reopened"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="penalties_month_by_its_first_day")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Correction(models.Model):
    """What an event of a closed month costs less, in the statement of a later month."""

    event = models.OneToOneField(PenaltyEvent, on_delete=models.PROTECT, related_name="correction", verbose_name=_("penalty event"))
    month = models.DateField(_("month"), db_index=True)
    points = models.IntegerField(_("points"))
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(points__lte=0, amount__lte=0), name="penalties_correction_lowers")]

    def __str__(self) -> str:
        return f"{self.event} {self.points}"
