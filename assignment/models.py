from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assignment.choices import EndReason, Holdings, Mode, PlanState, Reason
from cases.models import Case, Client, Placement


class Capacity(models.Model):
    """How much one collector may hold (A2.2, third principle). Amounts in yuan."""

    collector = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="capacity", verbose_name=_("collector"))
    max_cases = models.PositiveIntegerField(_("most cases"))
    max_amount = models.DecimalField(_("most money"), max_digits=14, decimal_places=2)
    max_new_per_day = models.PositiveIntegerField(_("most new cases a day"))

    class Meta:
        verbose_name = _("capacity")
        verbose_name_plural = _("capacities")
        permissions = [("manage_capacity", _("Can set capacities"))]

    def __str__(self) -> str:
        return str(self.collector)


class ClientRequirement(models.Model):
    """Who may hold a client's cases (A2.2, first principle). An empty list of teams means every team."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, related_name="requirement", verbose_name=_("client"))
    teams = models.ManyToManyField("staff.Team", blank=True, related_name="+", verbose_name=_("only these teams"))
    barred_people = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("not these people"))
    min_months_of_service = models.PositiveSmallIntegerField(_("months of service at least"), default=0)
    max_cases_per_person = models.PositiveIntegerField(_("most of its cases for one person"), null=True, blank=True)
    training_required = models.BooleanField(_("valid training required"), default=True)

    class Meta:
        verbose_name = _("client's requirement")
        verbose_name_plural = _("clients' requirements")

    def __str__(self) -> str:
        return str(self.client)


class AssignmentPlan(models.Model):
    """A proposal for one placement: shown, changed by hand, then applied at once or discarded."""

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="plans", verbose_name=_("placement"))
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, related_name="plans", verbose_name=_("team"))
    mode = models.CharField(_("mode"), max_length=10, choices=Mode)
    holdings = models.CharField(_("holdings"), max_length=12, choices=Holdings)
    state = models.CharField(_("state"), max_length=10, choices=PlanState, default=PlanState.DRAFT)
    # What the plan was made from; when it differs from the present, the plan is stale.
    basis = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignment_plans", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"))
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("assignment plan")
        verbose_name_plural = _("assignment plans")
        default_permissions = ()
        permissions = [("assign_cases", _("Can plan and assign cases"))]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PlanState.values), name="assignment_plan_state_known"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="assignment_mode_known"),
            models.CheckConstraint(condition=Q(holdings__in=Holdings.values), name="assignment_holdings_known"),
            models.UniqueConstraint(fields=["placement", "team"], condition=Q(state=PlanState.DRAFT), name="assignment_one_draft_per_placement_and_team"),
            models.CheckConstraint(
                condition=Q(applied_at=None, applied_by=None) | Q(applied_at__isnull=False, applied_by__isnull=False),
                name="assignment_applied_at_and_by_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.placement} #{self.pk}"


class PlanLine(models.Model):
    """Where one case goes, and why; no collector means that it stays unassigned, for the reason given."""

    plan = models.ForeignKey(AssignmentPlan, on_delete=models.CASCADE, related_name="lines")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="plan_lines")
    collector = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="plan_lines")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # A case that nobody takes: the lead's own words for setting it aside (A2.1).
    set_aside_reason = models.CharField(_("set aside because"), max_length=200, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["plan", "case"], name="assignment_case_once_per_plan"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="assignment_reason_known"),
        ]
        indexes = [models.Index(fields=["plan", "collector"], name="assignment_lines_by_collector")]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.collector_id}"


class AssignmentQuerySet(models.QuerySet):
    def open(self) -> "AssignmentQuerySet":
        return self.filter(ended_at=None)


class Assignment(models.Model):
    """Who held a case and when. The open row is the one fact of who holds it now."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("case"))
    collector = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("collector"))
    plan = models.ForeignKey(AssignmentPlan, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments")
    # The filtering task that the case came with: who holds an open row of it filters the case.
    filtering_task = models.ForeignKey(
        "assignment.FilteringTask", on_delete=models.PROTECT, null=True, blank=True, related_name="assignments", verbose_name=_("filtering task")
    )
    assigned_at = models.DateTimeField(_("assigned"))
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("assigned by"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    end_reason = models.CharField(_("why it ended"), max_length=20, choices=EndReason, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at=None), name="assignment_one_holder_per_case"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=F("assigned_at")), name="assignment_ends_after_it_starts"),
        ]
        indexes = [
            models.Index(fields=["collector", "case"], condition=Q(ended_at=None), name="assignment_held_now"),
            models.Index(fields=["collector", "assigned_at"], name="assignment_new_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.case} → {self.collector}"


class FilteringTaskQuerySet(models.QuerySet):
    def open(self) -> "FilteringTaskQuerySet":
        return self.filter(done_at=None, cancelled_at=None)


class FilteringTask(models.Model):
    """The new cases of one placement that one collector must filter by a deadline (A3.1); its clock is the duty "filtering".

    Its cases are the open assignments that name it (`selectors.cases_of_task`). `accounts` counts debtors, not cards: it set the
    deadline when the task began. Cases that are transferred meanwhile get a task of the new holder that `continues` this one.
    """

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="filtering_tasks", verbose_name=_("placement"))
    collector = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="filtering_tasks", verbose_name=_("collector"))
    plan = models.ForeignKey(AssignmentPlan, on_delete=models.PROTECT, related_name="filtering_tasks")
    accounts = models.PositiveIntegerField(_("accounts"))
    started_at = models.DateTimeField(_("started"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    continues = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="continuations")

    objects = FilteringTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("filtering task")
        verbose_name_plural = _("filtering tasks")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["plan", "collector"], condition=Q(continues=None), name="assignment_one_filtering_task_per_plan_and_collector"),
            models.UniqueConstraint(
                fields=["continues", "collector"], condition=Q(done_at=None, cancelled_at=None), name="assignment_one_open_continuation_per_collector"
            ),
        ]
        indexes = [models.Index(fields=["collector"], condition=Q(done_at=None, cancelled_at=None), name="assignment_open_filtering")]

    def __str__(self) -> str:
        return f"{self.placement} · {self.collector}"

    @property
    def state(self) -> str:
        """open, done or cancelled; whether it is late is its duty's to say."""
        if self.cancelled_at:
            return "cancelled"
        return "done" if self.done_at else "open"
