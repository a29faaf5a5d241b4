"""What is done to a plan: changed by hand, made again, thrown away; then it counts, or is taken back."""

from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assignment import tasks
from assignment.choices import PlanLevel, PlanState
from assignment.forms import NOBODY, LineFilter
from assignment.models import AssignmentPlan
from assignment.selectors import collectors_of, plans_visible_to, teams_to_plan_for
from assignment.selectors.figures import figures_of
from assignment.services.applying import ask_apply
from assignment.services.making import ask_again
from assignment.services.plans import discard_plan, move_lines, set_aside
from assignment.services.refusals import CannotPlan
from assignment.services.undoing import ask_undo
from assignment.views.plans import takers_of
from collection.lib.numbers import ids_in, whole
from staff.models import Team, User
from staff.pages import ActionView


class _OnePlan(ActionView):
    """Something done to one visible plan."""

    permission_required = "assignment.assign_cases"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        plan = get_object_or_404(plans_visible_to(request.user).select_related("placement", "team"), pk=pk)
        return self.change(plan), self.next_url(plan)

    def change(self, plan: AssignmentPlan) -> str:
        raise NotImplementedError

    def next_url(self, plan: AssignmentPlan) -> str:
        """Back to the plan."""
        return reverse("assignment:plan-detail", args=[plan.pk])

    def fallback_url(self, pk: int) -> str:
        return reverse("assignment:plan-detail", args=[pk])

    def version(self) -> int:
        return whole(self.request.POST.get("version", ""))

    def chosen(self, plan: AssignmentPlan) -> list[int]:
        """The ticked cases, or all that the filter finds."""
        if self.request.POST.get("all"):
            form = LineFilter(QueryDict(self.request.POST.get("query", "")), takers=takers_of(plan))
            return list(form.apply(plan.lines.all()).values_list("case_id", flat=True)) if form.is_valid() else []
        return ids_in(self.request.POST.getlist("ids"))


class _ByHand(_OnePlan):
    def next_url(self, plan: AssignmentPlan) -> str:
        """Back to the cases, with the filter that was on."""
        query = self.request.POST.get("query", "")
        return f"{super().next_url(plan)}{f'?{query}' if query else ''}#list"


class Move(_ByHand):
    """To whoever the pressed button (or the drop) names, else to whom the list of names says."""

    def change(self, plan: AssignmentPlan) -> str:
        asked = self.request.POST.get("onto") or self.request.POST.get("to", "")
        if not asked:
            raise CannotPlan(_("Choose who gets these cases."))
        chosen = self.chosen(plan)
        moved = move_lines(plan_id=plan.pk, case_ids=chosen, to=_taker(plan, asked), version=self.version(), by=self.request.user, now=timezone.now())
        if moved > len(chosen):
            return _("%(count)s cases were moved: %(extra)s of the same debtors went along.") % {"count": moved, "extra": moved - len(chosen)}
        return _("%(count)s cases were moved.") % {"count": moved}


def _taker(plan: AssignmentPlan, asked: str) -> User | Team | None:
    if asked == NOBODY:
        return None
    takers = teams_to_plan_for() if plan.level == PlanLevel.TEAMS else collectors_of(plan.team)
    return get_object_or_404(takers, pk=whole(asked))


class SetAside(_ByHand):
    def change(self, plan: AssignmentPlan) -> str:
        reason = self.request.POST.get("reason", "")[:200]
        asked = {"case_ids": self.chosen(plan), "reason": reason, "version": self.version()}
        count = set_aside(plan_id=plan.pk, **asked, by=self.request.user, now=timezone.now())
        return _("%(count)s cases are set aside.") % {"count": count}


class Again(_OnePlan):
    """The same choice, from what is true now."""

    def change(self, plan: AssignmentPlan) -> str:
        self.fresh = ask_again(plan_id=plan.pk, by=self.request.user, now=timezone.now())
        return _("Planned again from what is true now. Moves by hand were dropped.") if tasks.start(self.fresh) else ""

    def next_url(self, plan: AssignmentPlan) -> str:
        return reverse("assignment:plan-detail", args=[self.fresh.pk])


class Apply(_OnePlan):
    def change(self, plan: AssignmentPlan) -> str:
        applying = ask_apply(plan_id=plan.pk, version=self.version(), by=self.request.user, now=timezone.now())
        if not tasks.start(applying) or applying.state != PlanState.APPLIED:
            return ""
        figures = figures_of(applying)
        values = {"cases": f"{figures.given:,}", "to": f"{figures.people:,}"}
        if plan.level == PlanLevel.TEAMS:
            return _("%(cases)s cases were given to %(to)s teams. Each lead was told.") % values
        return _("%(cases)s cases were assigned to %(to)s people. Each of them was told.") % values


class Undo(_OnePlan):
    def change(self, plan: AssignmentPlan) -> str:
        undoing = ask_undo(plan_id=plan.pk, by=self.request.user, now=timezone.now())
        is_undone = tasks.start(undoing) and undoing.state == PlanState.UNDONE
        return _("The plan was undone. Its cases are unassigned again, and everybody was told.") if is_undone else ""


class Discard(_OnePlan):
    def change(self, plan: AssignmentPlan) -> str:
        discard_plan(plan_id=plan.pk, by=self.request.user, now=timezone.now())
        return _("The plan was thrown away. Nothing was assigned.")

    def next_url(self, plan: AssignmentPlan) -> str:
        return reverse("assignment:placement-detail", args=[plan.placement_id]) if plan.placement_id else reverse("assignment:plan-list")
