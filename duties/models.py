from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from duties.choices import Counting, DaySource
from duties.rules import Length
from staff.choices import Role


class CalendarDay(models.Model):
    """A day that differs from the week's rhythm: an official holiday, or a make-up working day."""

    day = models.DateField(_("day"), primary_key=True)
    is_working = models.BooleanField(_("working day"))
    name = models.CharField(_("name"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=DaySource)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("working calendar")
        permissions = [("manage_calendar", _("Can edit the working calendar and duty kinds"))]
        constraints = [models.CheckConstraint(condition=Q(source__in=DaySource.values), name="duties_day_source_known")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class WorkingHours(models.Model):
    """One stretch of the working day; the first row opens it, the last one closes it. A department without rows of its own works the agency's ("")."""

    department = models.CharField(_("department"), max_length=20, choices=Role, blank=True)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints = [
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="duties_hours_close_after_opening"),
            models.UniqueConstraint(fields=["department", "opens"], name="duties_hours_open_once"),
        ]

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


class DutyKind(models.Model):
    """What must be done. How long it may take is said by its versions."""

    code = models.SlugField(_("code"), primary_key=True, max_length=40)
    name_zh = models.CharField(_("name in Chinese"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    rule = models.CharField(_("rule"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("duty kind")
        verbose_name_plural = _("duty kinds")

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class KindVersionQuerySet(models.QuerySet):
    def in_force(self, moment: datetime) -> "KindVersionQuerySet":
        """The version of each kind at that moment."""
        return self.filter(valid_from__lte=moment).filter(Q(valid_to=None) | Q(valid_to__gt=moment))


class DutyKindVersion(models.Model):
    """How long a duty of a kind may take, how far it may be extended and who is warned when. Amounts are minutes or days, by `counting`.

    A change is a new version, from now or from a day to come. A duty keeps the version in force when it began; none is ever
    changed once it is in force, so that version is always found again by the duty's own beginning.
    """

    kind = models.ForeignKey(DutyKind, on_delete=models.CASCADE, related_name="versions", verbose_name=_("duty"))
    version = models.PositiveIntegerField(_("version"), default=1)
    counting = models.CharField(_("counted in"), max_length=20, choices=Counting)
    amount = models.PositiveIntegerField(_("length"))
    ceiling = models.PositiveIntegerField(_("longest, extensions included"))
    steps = models.JSONField(_("length by accounts"), default=list, blank=True)
    # Whose working hours count; "" where holders come from several departments.
    department = models.CharField(_("held by"), max_length=20, choices=Role, blank=True)
    first_warning = models.PositiveSmallIntegerField(_("first warning, percent of the time"), default=50)
    last_warning = models.PositiveSmallIntegerField(_("last warning, percent of the time"), default=90)
    tells_lead = models.BooleanField(_("the lead is told with the last warning"), default=True)
    may_pause = models.BooleanField(_("may be paused"), default=False)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    objects = KindVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a duty kind")
        verbose_name_plural = _("versions of duty kinds")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(counting__in=Counting.values), name="duties_counting_known"),
            models.CheckConstraint(condition=Q(ceiling__gte=F("amount")), name="duties_ceiling_not_below_length"),
            models.CheckConstraint(
                condition=Q(last_warning=0) | Q(last_warning__gte=F("first_warning"), last_warning__lte=100), name="duties_warnings_in_order"
            ),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="duties_version_ends_after_it_starts"),
            models.UniqueConstraint(fields=["kind", "version"], name="duties_version_once"),
            models.UniqueConstraint(fields=["kind"], condition=Q(valid_to=None), name="duties_one_last_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"

    @property
    def length(self) -> Length:
        steps = tuple((most, amount) for most, amount in self.steps)
        return Length(counting=self.counting, amount=self.amount, ceiling=self.ceiling, steps=steps)


RUNNING = Q(met_at=None, missed_at=None, cancelled_at=None)
UNMET = Q(met_at=None, cancelled_at=None)


class DutyQuerySet(models.QuerySet):
    def running(self) -> "DutyQuerySet":
        """Not met and not yet missed, and its clock is not paused."""
        return self.filter(RUNNING, paused_at=None)

    def unmet(self) -> "DutyQuerySet":
        """Still to be done, in time or late."""
        return self.filter(UNMET)

    def missed(self) -> "DutyQuerySet":
        return self.exclude(missed_at=None)

    def about(self, subject: models.Model) -> "DutyQuerySet":
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)


class Duty(models.Model):
    """One obligation of one person with one deadline, stored when it began (never recomputed from "now").

    Its state is what its columns say: open until met, missed once `missed_at` is set (to the due time, whenever it is noticed),
    met late when both are. `missed_holder` is who held it at that moment.
    """

    kind = models.ForeignKey(DutyKind, on_delete=models.PROTECT, related_name="duties", db_index=False, verbose_name=_("duty"))
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    subject = models.CharField(_("subject"), max_length=200)
    path = models.CharField(max_length=300, blank=True)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="duties", verbose_name=_("held by"))
    accounts = models.PositiveIntegerField(_("accounts"), null=True, blank=True)
    starts_at = models.DateTimeField(_("began"))
    due_at = models.DateTimeField(_("due"))
    first_due_at = models.DateTimeField(_("due before any extension"))
    half_at = models.DateTimeField()
    last_tenth_at = models.DateTimeField()
    warnings_sent = models.PositiveSmallIntegerField(default=0)
    extended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    extension_reason = models.CharField(_("reason for the extension"), max_length=200, blank=True)
    # While `paused_at` is set the clock stands still; `paused_for` is how long it has stood in the pauses that are over (working or clock time).
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_for = models.DurationField(_("paused for"), default=timedelta)
    pause_reason = models.CharField(_("reason for the pause"), max_length=200, blank=True)
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    met_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    missed_at = models.DateTimeField(_("missed"), null=True, blank=True)
    missed_holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="missed_duties")
    # When the consequence of the miss was recorded by whoever keeps them; null until then.
    recorded_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        default_permissions = ()
        permissions = [
            ("extend_duty", _("Can extend a duty")),
            ("hand_over_duty", _("Can give a duty to somebody else")),
            ("pause_duty", _("Can pause the clock of a duty")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_type", "subject_id"], condition=UNMET, name="duties_one_unmet_per_kind_and_subject"),
            models.CheckConstraint(condition=Q(due_at__gte=F("first_due_at")), name="duties_extension_never_shortens"),
            models.CheckConstraint(condition=Q(missed_at=None) | Q(missed_at=F("due_at")), name="duties_missed_at_is_the_due_time"),
            models.CheckConstraint(
                condition=Q(missed_at=None, missed_holder=None) | Q(missed_at__isnull=False, missed_holder__isnull=False),
                name="duties_missed_at_and_holder_together",
            ),
            models.CheckConstraint(condition=Q(met_at=None) | Q(met_at__lt=F("due_at")) | Q(missed_at__isnull=False), name="duties_met_after_due_is_missed"),
            models.CheckConstraint(condition=Q(paused_at=None) | RUNNING, name="duties_only_what_runs_is_paused"),
        ]
        indexes = [
            # The minute's sweep: nothing overdue must cost the same at five million open duties as at none.
            models.Index(fields=["due_at"], condition=RUNNING, name="duties_running_by_due"),
            models.Index(fields=["half_at"], condition=RUNNING & Q(warnings_sent=0), name="duties_half_time_to_warn"),
            models.Index(fields=["last_tenth_at"], condition=RUNNING & Q(warnings_sent__lt=2), name="duties_last_tenth_to_warn"),
            models.Index(fields=["id"], condition=Q(missed_at__isnull=False, recorded_at=None), name="duties_missed_to_record"),
            models.Index(fields=["holder", "due_at"], condition=UNMET, name="duties_unmet_of_holder"),
            models.Index(fields=["subject_type", "subject_id"], name="duties_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.subject}"

    @property
    def state(self) -> str:
        """open, paused, met, missed, met_late or cancelled."""
        if self.cancelled_at:
            return "cancelled"
        if self.missed_at:
            return "met_late" if self.met_at else "missed"
        if self.paused_at:
            return "paused"
        return "met" if self.met_at else "open"

    @property
    def is_extended(self) -> bool:
        return self.due_at > self.first_due_at

    def is_late(self, now: datetime) -> bool:
        """Its time is over; while it is paused no time goes by."""
        return self.paused_at is None and now >= self.due_at


class HandOver(models.Model):
    """Who held a duty until when, and who from then on; the last line's newcomer holds it now."""

    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="hand_overs", verbose_name=_("duty"))
    at = models.DateTimeField(_("when"))
    from_person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("from"))
    to_person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("to"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("hand-over of a duty")
        verbose_name_plural = _("hand-overs of duties")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=~Q(from_person=F("to_person")), name="duties_handed_to_somebody_else")]

    def __str__(self) -> str:
        return f"{self.from_person} → {self.to_person}"
