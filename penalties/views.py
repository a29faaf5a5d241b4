from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from duties.selectors import working_time
from penalties import services
from penalties.choices import EventState
from penalties.forms import AppealForm, DecisionForm, EventFilter, RuleForm, StatementFilter, WaiverForm, month_bounds, months_until
from penalties.models import PenaltyEvent, PenaltyRule
from penalties.rules import appeal_until
from penalties.selectors import events_visible_to, history_of, rules_in_force, statement_by_person, statement_by_team
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission, FormPage


class EventList(DeskList):
    """A4: my missed duties and what they cost; a lead's team's, everybody's for the GM office."""

    list_name = "penalties:event-list"
    title = gettext_lazy("Penalty events")
    subtitle = gettext_lazy("Each missed duty is recorded once, against who held it when it was due. You can appeal within 5 working days.")
    empty_title = gettext_lazy("No missed duties")
    empty_text = gettext_lazy("When a duty is not met in time, it appears here with its evidence, and can be appealed.")
    empty_icon = "check2-circle"
    filter_form = EventFilter
    default_sort = "-due_at"
    columns = [
        Column("due_at", gettext_lazy("Was due"), kind="datetime", sort="due_at"),
        Column("person", gettext_lazy("Person"), kind="person", sort="person__name"),
        Column("team", gettext_lazy("Team"), sort="team__name"),
        Column("kind", gettext_lazy("Duty"), value="duty.kind"),
        Column("subject", gettext_lazy("Subject"), value="duty.subject", link=True),
        Column("rule", gettext_lazy("Rule"), value="duty.kind.rule", hidden=True),
        Column("points", gettext_lazy("Penalty points"), kind="number", sort="points"),
        Column("state", gettext_lazy("State"), value=lambda event: (event.state, event.get_state_display()), kind="state", sort="state"),
        Column("recorded_at", gettext_lazy("Recorded"), kind="datetime", sort="recorded_at", hidden=True),
    ]

    def rows(self) -> QuerySet[PenaltyEvent]:
        return events_visible_to(self.request.user).select_related("person", "team", "duty__kind")

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "now": timezone.now()}

    def row_url(self, row: PenaltyEvent) -> str:
        return reverse("penalties:event-detail", args=[row.pk])


class EventDetail(DeskPermission, DetailView):
    """One event with its evidence, and what can still be done about it."""

    template_name = "penalties/event_detail.html"
    context_object_name = "event"

    def get_queryset(self) -> QuerySet[PenaltyEvent]:
        related = ("person", "team__lead", "rule", "duty__kind", "duty__holder", "duty__met_by", "waived_by", "appeal__decided_by")
        return events_visible_to(self.request.user).select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        event, user = self.object, self.request.user
        until = appeal_until(event.recorded_at, working_time())
        may_judge = user.has_perm("penalties.decide_appeals") and user not in services.involved_in(event)
        is_open = event.state == EventState.RECORDED
        return super().get_context_data(
            history=history_of(event.duty),
            appeal=getattr(event, "appeal", None),
            appeal_until=until,
            appeal_form=AppealForm() if event.person == user and is_open and timezone.now() < until else None,
            decision_form=DecisionForm() if may_judge and event.state == EventState.APPEALED else None,
            waiver_form=WaiverForm() if may_judge and event.state in (EventState.RECORDED, EventState.UPHELD) else None,
            **kwargs,
        )


class _EventAction(ActionView):
    """A POST on one visible event; the form's first complaint is the refusal."""

    form_class: type = AppealForm

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        event = get_object_or_404(events_visible_to(request.user), pk=pk)
        form = self.form_class(request.POST)
        message = self.call(event, {name: request.POST.get(name, "")[: field.max_length] for name, field in form.fields.items()})
        return message, reverse("penalties:event-detail", args=[pk])

    def call(self, event: PenaltyEvent, values: dict[str, str]) -> str:
        raise NotImplementedError

    def fallback_url(self, pk: int) -> str:
        return reverse("penalties:event-detail", args=[pk])


class AppealEvent(_EventAction):
    form_class = AppealForm

    def call(self, event: PenaltyEvent, values: dict[str, str]) -> str:
        services.appeal(event_id=event.pk, by=self.request.user, now=timezone.now(), **values)
        return _("Your appeal was handed in. The GM office decides it within 5 working days.")


class DecideAppeal(_EventAction):
    permission_required = "penalties.decide_appeals"
    form_class = DecisionForm

    def call(self, event: PenaltyEvent, values: dict[str, str]) -> str:
        uphold = self.request.POST.get("uphold") != "no"
        services.decide_appeal(event_id=event.pk, uphold=uphold, by=self.request.user, now=timezone.now(), **values)
        return _("Decided: the event stands.") if uphold else _("Decided: the event is waived.")


class WaiveEvent(_EventAction):
    permission_required = "penalties.decide_appeals"
    form_class = WaiverForm

    def call(self, event: PenaltyEvent, values: dict[str, str]) -> str:
        services.waive(event_id=event.pk, by=self.request.user, now=timezone.now(), **values)
        return _("The event is waived.")


class RuleList(DeskList):
    """Annex 1: what a missed duty costs. Earlier versions stay readable."""

    list_name = "penalties:rule-list"
    permission_required = "penalties.manage_schedule"
    title = gettext_lazy("Penalty schedule")
    subtitle = gettext_lazy("What each missed duty costs. A change holds from now on; events keep the version of their moment.")
    default_sort = "duty_kind_id"
    columns = [
        Column("duty_kind", gettext_lazy("Duty"), sort="duty_kind_id"),
        Column("name", gettext_lazy("Rule"), value=str, link=True),
        Column("severity", gettext_lazy("Grade"), value=lambda rule: (rule.severity, rule.get_severity_display()), kind="state", sort="severity"),
        Column("points", gettext_lazy("Penalty points"), kind="number", sort="points"),
        Column("version", gettext_lazy("Version"), kind="number"),
        Column("valid_from", gettext_lazy("Valid from"), kind="datetime", sort="valid_from"),
    ]

    def rows(self) -> QuerySet[PenaltyRule]:
        return rules_in_force()

    def row_url(self, row: PenaltyRule) -> str:
        return reverse("penalties:rule-edit", args=[row.pk])


class RuleEdit(FormPage):
    permission_required = "penalties.manage_schedule"
    template_name = "penalties/rule_edit.html"
    form_class = RuleForm
    submit_label = gettext_lazy("Make a new version")

    @cached_property
    def rule(self) -> PenaltyRule:
        return get_object_or_404(rules_in_force(), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return str(self.rule)

    @property
    def subtitle(self) -> str:
        return _("%(duty)s, version %(version)s") % {"duty": self.rule.duty_kind, "version": self.rule.version}

    @property
    def cancel_url(self) -> str:
        return reverse("penalties:rule-list")

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.rule, name) for name in RuleForm.base_fields}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = self.rule.duty_kind.penalty_rules.select_related("created_by").order_by("-version")
        return super().get_context_data(versions=versions, **kwargs)

    def save(self, form: RuleForm) -> tuple[str, str]:
        rule = services.revise_rule(rule_id=self.rule.pk, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("Version %(version)s is in force from now on.") % {"version": rule.version}, reverse("penalties:rule-list")


FIGURES = [
    Column("events", gettext_lazy("Missed duties"), kind="number", sort="events"),
    Column("serious", gettext_lazy("Of these serious"), kind="number", sort="serious"),
    Column("appealed", gettext_lazy("Under appeal"), kind="number", sort="appealed"),
    Column("waived", gettext_lazy("Waived"), kind="number", sort="waived"),
    Column("points", gettext_lazy("Penalty points"), kind="number", sort="points"),
]


class _Statement(DeskList):
    """The month's counts and points (A4); every figure opens its events."""

    template_name = "penalties/statement.html"
    any_permission = ("penalties.view_all_events", "duties.hand_over_duty")
    title = gettext_lazy("Monthly statement")
    empty_title = gettext_lazy("Nothing missed in this month")
    empty_text = gettext_lazy("People and teams with missed duties appear here, with counts and points.")
    empty_icon = "bar-chart"
    filter_form = StatementFilter
    default_sort = "-points"
    who = ""

    @cached_property
    def month(self) -> str:
        asked = self.form.cleaned_data["month"] if self.form.is_bound and self.filter_fits else ""
        return asked or months_until(timezone.now())[0][0]

    @property
    def subtitle(self) -> str:
        return _("%(month)s, by when the duty was due. Waived events count no points.") % {"month": self.month}

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "now": timezone.now()}

    def row_url(self, row: Any) -> str:
        return f"{reverse('penalties:event-list')}?month={self.month}&{self.who}={row.pk}"


class Statement(_Statement):
    list_name = "penalties:statement"
    who = "person"
    columns = [
        Column("person", gettext_lazy("Person"), value=str, sort="name", link=True),
        Column("staff_no", gettext_lazy("Staff number"), sort="staff_no"),
        Column("team", gettext_lazy("Team"), sort="team__name"),
        *FIGURES,
    ]

    def rows(self) -> QuerySet:
        return statement_by_person(self.request.user, *month_bounds(self.month))


class TeamStatement(_Statement):
    list_name = "penalties:team-statement"
    who = "team"
    columns = [
        Column("team", gettext_lazy("Team"), value=str, sort="name", link=True),
        Column("lead", gettext_lazy("Team lead"), kind="person"),
        Column("people", gettext_lazy("People concerned"), kind="number", sort="people"),
        *FIGURES,
    ]

    def rows(self) -> QuerySet:
        return statement_by_team(self.request.user, *month_bounds(self.month))
