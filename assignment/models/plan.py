"""A plan: what it is made of, what it proposes for each case, and the job that makes, applies or undoes it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assignment.choices import OPEN_PLANS, WORKED_ON, Holdings, Mode, PlanLevel, PlanState, Reason, Scope
from assignment.models.steering import AssignmentRule
from cases.models import Case, Placement


class AssignmentPlan(models.Model):
    """A proposal: shown, changed by hand, then applied at once or discarded. The row is the job that workers claim.

    Head office gives a placement's cases to teams (level TEAMS, no team of its own); a lead gives the team's cases to people (level PEOPLE).
    """

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, null=True, blank=True, related_name="plans", verbose_name=_("placement"))
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="plans", verbose_name=_("team"))
    level = models.CharField(_("level"), max_length=6, choices=PlanLevel, default=PlanLevel.PEOPLE)
    scope = models.CharField(_("cases"), max_length=10, choices=Scope, default=Scope.PLACEMENT)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode)
    holdings = models.CharField(_("holdings"), max_length=12, choices=Holdings)
    state = models.CharField(_("state"), max_length=10, choices=PlanState, default=PlanState.DRAFT)
    # What the plan was made from; when it differs from the present, the plan is stale.
    basis = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    case_count = models.PositiveIntegerField(_("cases"), default=0)
    # Why making or applying came to nothing, in the words of who asked for it.
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)
    # The job that runs: how many cases are through, its last sign of life, how often it was taken up, who asked for it.
    done_cases = models.PositiveIntegerField(default=0)
    worked_on_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignment_plans", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"))
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("assignment plan")
        verbose_name_plural = _("assignment plans")
        default_permissions = ()
        permissions = [("assign_cases", _("Can plan and assign cases")), ("plan_teams", _("Can give cases to teams"))]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PlanState.values), name="assignment_plan_state_known"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="assignment_mode_known"),
            models.CheckConstraint(condition=Q(holdings__in=Holdings.values), name="assignment_holdings_known"),
            models.CheckConstraint(
                condition=Q(level=PlanLevel.PEOPLE, team__isnull=False) | Q(level=PlanLevel.TEAMS, team=None), name="assignment_plan_of_a_team_or_for_teams"
            ),
            models.CheckConstraint(
                condition=Q(scope=Scope.PLACEMENT, placement__isnull=False) | Q(scope=Scope.SELECTION) | Q(scope=Scope.POOL, placement=None),
                name="assignment_scope_and_placement_agree",
            ),
            models.UniqueConstraint(
                fields=["placement", "team"],
                condition=Q(state__in=OPEN_PLANS, scope=Scope.PLACEMENT, level=PlanLevel.PEOPLE),
                name="assignment_one_draft_per_placement_and_team",
            ),
            models.UniqueConstraint(
                fields=["placement"],
                condition=Q(state__in=OPEN_PLANS, scope=Scope.PLACEMENT, level=PlanLevel.TEAMS),
                name="assignment_one_draft_for_teams_per_placement",
            ),
            models.UniqueConstraint(
                fields=["team"], condition=Q(state__in=OPEN_PLANS, scope=Scope.POOL, level=PlanLevel.PEOPLE), name="assignment_one_draft_of_the_pool_per_team"
            ),
            models.CheckConstraint(
                condition=Q(applied_at=None, applied_by=None) | Q(applied_at__isnull=False, applied_by__isnull=False),
                name="assignment_applied_at_and_by_together",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state__in=WORKED_ON), name="assignment_plans_to_work_on")]

    def __str__(self) -> str:
        return f"{self.placement or self.get_scope_display()} #{self.pk}"

    @property
    def is_working(self) -> bool:
        """Whether a job is at it: made, applied or undone."""
        return self.state in WORKED_ON

    @property
    def percent(self) -> int:
        """How far the job is."""
        return min(99, self.done_cases * 100 // self.case_count) if self.case_count else 0

    @property
    def for_teams(self) -> bool:
        return self.level == PlanLevel.TEAMS


class PlanWeight(models.Model):
    """The share of a person (or, of a plan for teams, of a team) in a plan by shares: twice the weight is twice the load."""

    plan = models.ForeignKey(AssignmentPlan, on_delete=models.CASCADE, related_name="weights")
    collector = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("collector"))
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"))
    weight = models.PositiveIntegerField(_("share"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["plan", "collector"], condition=Q(collector__isnull=False), name="assignment_one_weight_per_collector"),
            models.UniqueConstraint(fields=["plan", "team"], condition=Q(team__isnull=False), name="assignment_one_weight_per_team"),
            models.CheckConstraint(condition=Q(collector=None, team__isnull=False) | Q(collector__isnull=False, team=None), name="assignment_weight_of_one"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="assignment_weight_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.collector or self.team}: {self.weight}"


class PlanLine(models.Model):
    """Where one case goes, and why; to nobody means that it stays unassigned, for the reason given."""

    # A hundred thousand of these are written while somebody waits: only what is looked up by has an index.
    plan = models.ForeignKey(AssignmentPlan, on_delete=models.CASCADE, related_name="lines", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="plan_lines")
    collector = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="plan_lines", db_index=False)
    # Of a plan for teams: the team that gets the case, and whose it was before.
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="plan_lines", db_index=False)
    team_before = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    # The rule that sent it there.
    rule = models.ForeignKey(AssignmentRule, on_delete=models.PROTECT, null=True, blank=True, related_name="plan_lines", db_index=False, verbose_name=_("rule"))
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    # A case that nobody takes: the lead's own words for setting it aside (A2.1).
    set_aside_reason = models.CharField(_("set aside because"), max_length=200, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["plan", "case"], name="assignment_case_once_per_plan"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="assignment_reason_known"),
            models.CheckConstraint(condition=Q(collector=None) | Q(team=None), name="assignment_line_to_a_person_or_a_team"),
            models.CheckConstraint(condition=Q(collector=None, team=None) | Q(set_aside_reason=""), name="assignment_set_aside_goes_to_nobody"),
        ]
        indexes = [models.Index(fields=["plan", "collector"], name="assignment_lines_by_collector")]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.collector_id or self.team_id}"
