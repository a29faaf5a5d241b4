"""Where a plan is asked for: a placement, chosen cases, or the pool, with everything that a lead weighs before (A2.2)."""

from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment import tasks
from assignment.choices import PlanLevel, PlanState, Scope
from assignment.forms import PlanForm
from assignment.models import AssignmentPlan, ClientRequirement, TeamShare
from assignment.selectors import cases_visible_to, collectors_of, placements_to_plan_for, plans_visible_to, teams_to_plan_for
from assignment.selectors.make_up import make_up_of
from assignment.selectors.scope import cases_to_plan
from assignment.selectors.shares import proposed_team_weights, proposed_weights
from assignment.selectors.situation import Standing, standings_of
from assignment.selectors.teams_now import teams_now
from assignment.services.making import ask_plan
from cases.choices import CaseState
from cases.models import Case, Client, Placement
from cases.models.case import CaseQuerySet
from collection.lib.numbers import ids_in, whole
from duties.choices import Kind
from duties.models import Duty
from staff.choices import Role
from staff.models import Team
from staff.pages import FormPage
from staff.selectors import teams_led_by


class AskPage(FormPage):
    """What is to be given away, to whom it may go, and the choice that makes a plan."""

    permission_required = "assignment.assign_cases"
    template_name = "assignment/ask.html"
    form_class = PlanForm
    scope = Scope.PLACEMENT
    placement: Placement | None = None

    # --- What is asked about ---------------------------------------------------------------------------------------------

    @cached_property
    def may_plan_teams(self) -> bool:
        return self.request.user.has_perm("assignment.plan_teams")

    @cached_property
    def level(self) -> str:
        """Head office gives to teams unless it asks for people; a lead always gives to people."""
        return PlanLevel.TEAMS if self.may_plan_teams and self.asked("level") != PlanLevel.PEOPLE else PlanLevel.PEOPLE

    def asked(self, name: str) -> str:
        """The page's own choice, from the form or the address."""
        return self.request.POST.get(name) or self.request.GET.get(name, "")

    @cached_property
    def teams(self) -> list[Team]:
        """Whose people this person may plan for."""
        user = self.request.user
        found = teams_to_plan_for() if user.has_role(Role.GM_OFFICE) else teams_led_by(user)
        return list(found.order_by("name"))

    @cached_property
    def team(self) -> Team | None:
        """The team whose people get the cases: the one that was asked for, else one that has some of them."""
        if self.level == PlanLevel.TEAMS:
            return None
        asked = self.asked("team")
        if not asked:
            return self.likely_team()
        for team in self.teams:
            if team.pk == whole(asked):
                return team
        raise Http404  # somebody else's, or not led any more: never plan for another one instead

    def likely_team(self) -> Team | None:
        return next((team for team in self.teams if self.cases_for(team).exists()), self.teams[0] if self.teams else None)

    def cases_for(self, team: Team | None) -> CaseQuerySet:
        """The unassigned cases that a plan of this page would be about."""
        return cases_to_plan(AssignmentPlan(placement=self.placement, team=team, level=self.level, scope=self.scope))

    @cached_property
    def cases(self) -> CaseQuerySet:
        return self.cases_for(self.team)

    @property
    def client(self) -> Client | None:
        """Of whom requirements are shown: the placement's client."""
        return self.placement.client if self.placement else None

    # --- The form ------------------------------------------------------------------------------------------------------------

    def get_form_kwargs(self) -> dict[str, Any]:
        now = timezone.now()
        if self.level == PlanLevel.TEAMS:
            takers, proposed = list(teams_to_plan_for()), proposed_team_weights(now=now)
        else:
            takers = list(collectors_of(self.team)) if self.team else []
            proposed = proposed_weights(self.team, now=now) if self.team else {}
        return super().get_form_kwargs() | {"takers": takers, "proposed": proposed}

    def case_ids(self) -> list[int]:
        return []

    def save(self, form: PlanForm) -> tuple[str, str]:
        plan = ask_plan(
            mode=form.cleaned_data["mode"],
            holdings=form.cleaned_data["holdings"],
            level=self.level,
            scope=self.scope,
            placement=self.placement,
            team=self.team,
            case_ids=self.case_ids(),
            weights=form.weights(),
            by=self.request.user,
            now=timezone.now(),
        )
        is_made = tasks.start(plan)
        said = _("The plan is ready. Look at it, change it by hand, then apply it.") if is_made else _("The plan is being made.")
        return said, reverse("assignment:plan-detail", args=[plan.pk])

    # --- What is weighed -------------------------------------------------------------------------------------------------------

    def people(self) -> list[Standing]:
        client = self.client or Client.objects.filter(pk__in=self.cases.order_by().values("client")[:1]).first()
        return standings_of(self.team, client, now=timezone.now()) if self.team and client else []

    def earlier_plans(self) -> QuerySet[AssignmentPlan]:
        return plans_visible_to(self.request.user).filter(placement=self.placement, scope=self.scope)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        requirement = ClientRequirement.objects.filter(client=self.client).prefetch_related("teams", "people", "barred_people").first() if self.client else None
        plans = self.earlier_plans().exclude(state=PlanState.DISCARDED).select_related("created_by", "team")
        left = self.cases.count()
        return super().get_context_data(
            placement=self.placement,
            client=self.client,
            left=left,
            make_up=make_up_of(self.cases) if left else None,
            people=self.people(),
            standing_teams=teams_now() if self.level == PlanLevel.TEAMS else [],
            requirement=requirement,
            plans=plans.order_by("-pk")[:20],
            **kwargs,
        )


class PlacementDetail(AskPage):
    """A placement: its make-up, the people or teams, the client's requirements."""

    title = gettext_lazy("Assignment")

    @cached_property
    def placement(self) -> Placement:
        return get_object_or_404(placements_to_plan_for(self.request.user).select_related("client", "team__lead", "run"), pk=self.kwargs["pk"])

    def likely_team(self) -> Team | None:
        """The placement's own team, as long as head office has not given its cases to others."""
        own = next((team for team in self.teams if team.pk == self.placement.team_id and self.cases_for(team).exists()), None)
        return own or super().likely_team()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        total = self.placement.cases.aggregate(count=Count("pk"))["count"]
        return super().get_context_data(total=total, duty=self._duty(), shares=self._shares(), **kwargs)

    def _duty(self) -> Duty | None:
        """The clock of whoever has to assign: the team's lead after head office gave it a share, else the placement's."""
        share = TeamShare.objects.filter(placement=self.placement, team=self.team).order_by("-pk").first() if self.team else None
        about = Duty.objects.about(share or self.placement).filter(kind=Kind.ASSIGNMENT, cancelled_at=None)
        return about.select_related("holder").order_by("-pk").first()

    def _shares(self) -> list[TeamShare]:
        """What head office gave to which team, as far as it counts."""
        given = TeamShare.objects.filter(placement=self.placement, plan__state=PlanState.APPLIED).select_related("team")
        return list(given.order_by("team__name"))


class Pool(AskPage):
    """Cases that came back: from people who left them, or untouched too long."""

    title = gettext_lazy("Cases back in the pool")
    scope = Scope.POOL

    def earlier_plans(self) -> QuerySet[AssignmentPlan]:
        return plans_visible_to(self.request.user).filter(scope=Scope.POOL)


class Selection(AskPage):
    """Chosen cases, posted as "ids" by a list; the unassigned ones among them are planned."""

    title = gettext_lazy("Plan chosen cases")
    scope = Scope.SELECTION

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A list posts only the cases: then the page comes first."""
        return super().post(request, *args, **kwargs) if "mode" in request.POST else self.get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        arguments = super().get_form_kwargs()
        if "mode" not in self.request.POST:
            arguments.pop("data", None)
            arguments.pop("files", None)
        return arguments

    def case_ids(self) -> list[int]:
        return ids_in(self.request.POST.getlist("ids"))

    @cached_property
    def chosen(self) -> list[Case]:
        """The visible ones among the chosen."""
        return list(cases_visible_to(self.request.user).filter(pk__in=self.case_ids()).order_by("pk").only("pk", "case_no", "state"))

    def cases_for(self, team: Team | None) -> CaseQuerySet:
        rows = Case.objects.filter(pk__in=[case.pk for case in self.chosen], state=CaseState.UNASSIGNED)
        return rows if team is None else rows.of_teams([team])

    def earlier_plans(self) -> QuerySet[AssignmentPlan]:
        return plans_visible_to(self.request.user).filter(scope=Scope.SELECTION)
