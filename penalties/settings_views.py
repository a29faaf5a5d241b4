"""What managers set of the penalties: schedule, simulation, exemptions, policy."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penalties import services_schedule
from penalties.forms import ExemptionForm, PolicyForm, RuleForm, month_of
from penalties.models import Exemption, PenaltyEvent, PenaltyRule
from penalties.selectors import Drafted, policy, rules_in_force, simulate
from staff.listing import Column, DeskList
from staff.pages import ActionView, FormPage


class RuleList(DeskList):
    """Annex 1: what a missed duty costs. Earlier versions stay readable."""

    list_name = "penalties:rule-list"
    template_name = "penalties/rule_list.html"
    permission_required = "penalties.manage_schedule"
    title = gettext_lazy("Penalty schedule")
    subtitle = gettext_lazy("What each missed duty costs. A change holds from now on, or from a day to come; events keep the version of their moment.")
    default_sort = "duty_kind_id"
    columns = [
        Column("duty_kind", gettext_lazy("Duty"), sort="duty_kind_id"),
        Column("name", gettext_lazy("Rule"), value=str, link=True),
        Column("severity", gettext_lazy("Grade"), value=lambda rule: (rule.severity, rule.get_severity_display()), kind="state", sort="severity"),
        Column("points", gettext_lazy("Penalty points"), kind="number", sort="points"),
        Column("amount", gettext_lazy("Amount"), kind="money", sort="amount"),
        Column("grace_minutes", gettext_lazy("Grace, minutes"), kind="number"),
        Column("repeat_multiplier", gettext_lazy("Times, when repeated"), kind="number"),
        Column("version", gettext_lazy("Version"), kind="number"),
        Column("valid_from", gettext_lazy("Valid from"), kind="datetime", sort="valid_from"),
        Column("changes_at", gettext_lazy("Changes"), kind="datetime"),
    ]

    def rows(self) -> QuerySet[PenaltyRule]:
        return rules_in_force(timezone.now())

    def row_url(self, row: PenaltyRule) -> str:
        return reverse("penalties:rule-edit", args=[row.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(policy=policy(), **kwargs)


class RuleEdit(FormPage):
    permission_required = "penalties.manage_schedule"
    template_name = "penalties/rule_edit.html"
    form_class = RuleForm
    submit_label = gettext_lazy("Make a new version")

    @cached_property
    def rule(self) -> PenaltyRule:
        return get_object_or_404(rules_in_force(timezone.now()), pk=self.kwargs["pk"])

    @cached_property
    def planned(self) -> PenaltyRule | None:
        """The version that is to follow, if one is planned."""
        return self.rule.duty_kind.penalty_rules.filter(version=self.rule.version + 1).first()

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
        return {name: getattr(self.rule, name) for name in RuleForm.base_fields if name not in ("simulated", "valid_from")}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"now": timezone.now()}

    def form_valid(self, form: RuleForm) -> HttpResponse:
        """The draft is only tried on a month, or it becomes the next version."""
        if "simulate" not in self.request.POST:
            return super().form_valid(form)
        month = month_of(form.cleaned_data["simulated"])
        lines = simulate(month, timezone.now(), {"kind": self.rule.duty_kind_id, **form.draft()})
        return self.render_to_response(self.get_context_data(form=form, lines=lines, simulated=month, total=_total(lines)))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = self.rule.duty_kind.penalty_rules.select_related("created_by").order_by("-version")
        return super().get_context_data(versions=versions, **kwargs)

    def save(self, form: RuleForm) -> tuple[str, str]:
        data = {name: value for name, value in form.cleaned_data.items() if name != "simulated"}
        rule = services_schedule.revise_rule(rule_id=self.rule.pk, by=self.request.user, now=timezone.now(), **data)
        if form.cleaned_data["valid_from"]:
            text = _("Version %(version)s is in force from %(day)s on; until then it can be taken back.")
            return text % {"version": rule.version, "day": f"{form.cleaned_data['valid_from']:%Y-%m-%d}"}, reverse("penalties:rule-list")
        return _("Version %(version)s is in force from now on.") % {"version": rule.version}, reverse("penalties:rule-list")


class WithdrawPlannedRule(ActionView):
    permission_required = "penalties.manage_schedule"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        rule = get_object_or_404(rules_in_force(timezone.now()), pk=pk)
        services_schedule.withdraw_planned_rule(rule_id=rule.pk, by=request.user, now=timezone.now())
        return _("The planned change was taken back."), reverse("penalties:rule-edit", args=[rule.pk])

    def fallback_url(self, pk: int) -> str:
        return reverse("penalties:rule-list")


def _total(lines: list[Drafted]) -> dict[str, Any]:
    names = ("events", "points", "drafted_points", "amount", "drafted_amount", "difference")
    teams: dict[str, list[int]] = {}
    for line in lines:
        was = teams.setdefault(line.team, [0, 0, 0])
        was[0], was[1], was[2] = was[0] + line.events, was[1] + line.points, was[2] + line.drafted_points
    by_team = [{"name": name, "events": events, "points": old, "drafted": new, "difference": new - old} for name, (events, old, new) in sorted(teams.items())]
    return {name: sum(getattr(line, name) for line in lines) for name in names} | {"teams": by_team}


class ExemptionList(DeskList):
    """Times, teams, people and duties for which nothing is charged: a power cut, a move, a bank's system that was down."""

    list_name = "penalties:exemption-list"
    permission_required = "penalties.manage_schedule"
    title = gettext_lazy("Exemptions")
    subtitle = gettext_lazy("What falls due in these times is recorded, but costs nothing.")
    empty_title = gettext_lazy("No exemptions")
    empty_text = gettext_lazy("Enter one when people can't be held to their duties for a time: a power cut, a move, a bank's system that is down.")
    empty_icon = "shield-check"
    new_action = (gettext_lazy("New exemption"), "penalties:exemption-new", "penalties.manage_schedule")
    default_sort = "-starts_at"
    columns = [
        Column("reason", gettext_lazy("Reason")),
        Column("starts_at", gettext_lazy("Exempt from"), kind="datetime", sort="starts_at"),
        Column("ends_at", gettext_lazy("Exempt until"), kind="datetime", sort="ends_at"),
        Column("duty_kind", gettext_lazy("Duty"), value=lambda row: row.duty_kind or _("all duties")),
        Column("who", gettext_lazy("For"), value=lambda row: row.person or row.team or _("everybody")),
        Column("created_by", gettext_lazy("Entered by"), kind="person"),
        Column("events", gettext_lazy("Events spared"), kind="number", sort="spared", value="spared"),
        Column("ended_at", gettext_lazy("Taken back"), kind="datetime"),
        Column("actions", gettext_lazy("Actions"), value="pk", kind="template", template="penalties/_exemption_actions.html", exported=False),
    ]

    def rows(self) -> QuerySet[Exemption]:
        spared = PenaltyEvent.objects.filter(exemption=OuterRef("pk")).order_by().values("exemption").annotate(number=Count("pk")).values("number")
        related = Exemption.objects.select_related("duty_kind", "team", "person", "created_by")
        return related.annotate(spared=Coalesce(Subquery(spared), 0))


class ExemptionNew(FormPage):
    permission_required = "penalties.manage_schedule"
    form_class = ExemptionForm
    title = gettext_lazy("New exemption")
    subtitle = gettext_lazy("What falls due in this time and is recorded from now on costs nothing. What is recorded already stays as it is.")

    @property
    def cancel_url(self) -> str:
        return reverse("penalties:exemption-list")

    def save(self, form: ExemptionForm) -> tuple[str, str]:
        services_schedule.exempt(by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The exemption is in force."), self.cancel_url


class ExemptionEnd(ActionView):
    permission_required = "penalties.manage_schedule"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        row = get_object_or_404(Exemption, pk=pk)
        services_schedule.end_exemption(exemption_id=row.pk, by=request.user, now=timezone.now())
        return _("The exemption was taken back."), reverse("penalties:exemption-list")

    def fallback_url(self, pk: int) -> str:
        return reverse("penalties:exemption-list")


class PolicyEdit(FormPage):
    """How long one may appeal, and whether money counts."""

    permission_required = "penalties.manage_schedule"
    form_class = PolicyForm
    title = gettext_lazy("Penalty policy")
    subtitle = gettext_lazy("Holds for what is recorded from now on.")

    @property
    def cancel_url(self) -> str:
        return reverse("penalties:rule-list")

    def get_initial(self) -> dict[str, Any]:
        row = policy()
        return {"appeal_days": row.appeal_days, "uses_money": row.uses_money}

    def save(self, form: PolicyForm) -> tuple[str, str]:
        services_schedule.change_policy(by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The policy was changed."), self.cancel_url
