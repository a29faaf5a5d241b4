"""Who holds what and by when it is filtered; what a team got from head office."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from assignment.choices import EndReason
from assignment.models.plan import AssignmentPlan
from cases.models import Case, Placement

AT_ONCE = 5000


def note_holders(case_ids: Iterable[int]) -> None:
    """Each of these cases says who holds it: what its open assignment says, whatever it said before. The assignment is the fact."""
    ids = list(case_ids)
    for start in range(0, len(ids), AT_ONCE):
        Case.objects.filter(pk__in=ids[start : start + AT_ONCE]).update(holder=holder_now())


class AssignmentQuerySet(models.QuerySet):
    """Whoever gives or takes cases by it changes who holds them on the cases too. Rows that are loaded past it want `holder_now`."""

    def open(self) -> "AssignmentQuerySet":
        return self.filter(ended_at=None)

    def update(self, **values: Any) -> int:
        with transaction.atomic(savepoint=False):
            cases = list(self.order_by().values_list("case", flat=True)) if {"ended_at", "collector"} & values.keys() else []
            count = super().update(**values)
            note_holders(cases)
        return count

    def bulk_create(self, objs: Iterable["Assignment"], *args: Any, **kwargs: Any) -> list["Assignment"]:
        with transaction.atomic(savepoint=False):
            rows = super().bulk_create(objs, *args, **kwargs)
            note_holders(row.case_id for row in rows)
        return rows


class Assignment(models.Model):
    """Who held a case and when. The open row is the one fact of who holds it now."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("case"))
    collector = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments", db_index=False, verbose_name=_("collector"))
    plan = models.ForeignKey(AssignmentPlan, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments")
    # The filtering task that the case came with: who holds an open row of it filters the case.
    filtering_task = models.ForeignKey(
        "assignment.FilteringTask", on_delete=models.PROTECT, null=True, blank=True, related_name="assignments", verbose_name=_("filtering task")
    )
    assigned_at = models.DateTimeField(_("assigned"))
    # None: a policy did it.
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("assigned by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            note_holders([self.case_id])
        if self.ended_at is None:
            self.case.holder_id = self.collector_id


def holder_now() -> Subquery:
    """Of a case in a query: whom its open assignment names."""
    return Subquery(Assignment.objects.open().filter(case=OuterRef("pk")).values("collector")[:1])


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
            models.UniqueConstraint(
                fields=["plan", "placement", "collector"], condition=Q(continues=None), name="assignment_one_filtering_task_per_plan_and_collector"
            ),
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


class TeamShare(models.Model):
    """The cases of one placement that head office gave to one team; the subject of its lead's duty to assign them that day (A2.1).

    Its cases are those of the placement whose team it is (`cases.models.Case.team`).
    """

    plan = models.ForeignKey(AssignmentPlan, on_delete=models.PROTECT, related_name="shares")
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="shares", verbose_name=_("placement"))
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, related_name="shares", verbose_name=_("team"))
    cases = models.PositiveIntegerField(_("cases"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    given_at = models.DateTimeField(_("given"))

    class Meta:
        verbose_name = _("team's share")
        verbose_name_plural = _("teams' shares")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["plan", "placement", "team"], name="assignment_one_share_per_plan_and_team")]

    def __str__(self) -> str:
        return f"{self.placement} · {self.team}"
