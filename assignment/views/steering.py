"""What sends cases somewhere by itself: rules for slices of a placement (A2.2, second principle), and the re-assignment of untouched cases."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import TemplateView

from assignment.choices import ReassignTo
from assignment.forms_limits import PolicyForm, RuleForm
from assignment.models import AssignmentRule, ReassignPolicy
from assignment.selectors.rule_words import conditions_of, count_fitting, fitting, state_of, targets_of, waiting_cases
from assignment.services.rule_order import STEP, order_rules
from assignment.services.steering import POLICY_FIELDS, RULE_FIELDS, save_rule, set_policy
from cases.models import Case, Client
from collection.lib.numbers import ids_in, whole
from collection.lib.seen import fingerprint_of
from staff.choices import Role
from staff.models import User
from staff.pages import ActionView, DeskPermission, FormPage


class RuleList(DeskPermission, TemplateView):
    """The rules in the order in which they are asked; the first that fits takes the case."""

    permission_required = "assignment.manage_rules"
    template_name = "assignment/rule_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        rules = list(AssignmentRule.objects.select_related("client", "team").prefetch_related("people").order_by("priority", "pk"))
        fits = count_fitting(rules, today=today)
        lines = [
            {"rule": rule, "conditions": conditions_of(rule), "to": targets_of(rule), "state": state_of(rule, today=today), "fits": fits[rule.pk]}
            for rule in rules
        ]
        return super().get_context_data(lines=lines, **kwargs)


class RuleOrder(ActionView):
    """The order of the rules as "ids" says, with "up" or "down" of one of them applied to it."""

    permission_required = "assignment.manage_rules"

    def act(self, request: HttpRequest) -> tuple[str, str]:
        ids = ids_in(request.POST.getlist("ids"))
        for name, step in (("up", -1), ("down", 1)):
            if asked := whole(request.POST.get(name, "")):
                ids = _moved(ids, asked, step)
        changed = order_rules(ids=ids, by=request.user, now=timezone.now())
        return _("The order was changed. It holds from the next plan on.") if changed else "", reverse("assignment:rule-list")

    def fallback_url(self) -> str:
        return reverse("assignment:rule-list")


def _moved(ids: list[int], pk: int, step: int) -> list[int]:
    if pk not in ids:
        return ids
    place = ids.index(pk)
    other = min(max(place + step, 0), len(ids) - 1)
    ids[place], ids[other] = ids[other], ids[place]
    return ids


class RuleEdit(FormPage):
    """A new rule, or one that is changed; beside it, how many cases would fit as it is typed."""

    permission_required = "assignment.manage_rules"
    template_name = "assignment/rule_edit.html"
    form_class = RuleForm
    subtitle = gettext_lazy("What is left empty asks nothing. Of several rules that fit a case, the one with the smallest priority takes it.")

    @cached_property
    def rule(self) -> AssignmentRule | None:
        return get_object_or_404(AssignmentRule, pk=self.kwargs["pk"]) if "pk" in self.kwargs else None

    @property
    def title(self) -> str:
        return self.rule.name if self.rule else _("New rule")

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:rule-list")

    def get_form_kwargs(self) -> dict[str, Any]:
        named = Q(pk__in=self.rule.people.values("pk")) if self.rule else Q(pk__in=[])
        people = User.objects.filter(named | Q(is_active=True, groups__name=Role.COLLECTOR)).distinct().order_by("staff_no")
        return super().get_form_kwargs() | {"people": people}

    def get_initial(self) -> dict[str, Any]:
        if self.rule is None:
            last = AssignmentRule.objects.order_by("-priority").values_list("priority", flat=True).first() or 0
            return {"priority": last + STEP, "is_active": True}
        return {name: getattr(self.rule, name) for name in RULE_FIELDS} | {"people": self.rule.people.all()}

    @property
    def version(self) -> str:
        """The one that the person looks at: after a refusal still the one of the first look, or a second click would undo what somebody else did."""
        return self.request.POST.get("version", "") if self.request.method == "POST" else str(self.rule.version)

    def save(self, form: RuleForm) -> tuple[str, str]:
        known = {"rule_id": self.rule.pk, "version": whole(self.version)} if self.rule else {"rule_id": None, "version": None}
        row = save_rule(**known, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The rule “%(rule)s” was saved. It holds from the next plan on.") % {"rule": row}, self.cancel_url


class RulePreview(DeskPermission, View):
    """How many cases would fit the conditions as they are typed now."""

    permission_required = "assignment.manage_rules"

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RuleForm(request.POST, people=User.objects.none())
        form.is_valid()  # what can't be read yet asks nothing
        cases = Case.objects.live().filter(fitting(form.cleaned_data, today=timezone.localdate()))
        counts = {"live": cases.count(), "waiting": waiting_cases(cases).count()}
        return render(request, "assignment/_rule_preview.html", counts)


class PolicyList(DeskPermission, TemplateView):
    """For each client, and for all others, what becomes of cases that nobody touches."""

    permission_required = "assignment.manage_reassign"
    template_name = "assignment/policy_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        policies = {row.client_id: row for row in ReassignPolicy.objects.select_related("client")}
        clients = Client.objects.filter(Q(is_active=True) | Q(pk__in=[pk for pk in policies if pk])).order_by("short_name")
        own = [(client, policies.get(client.pk)) for client in clients]
        return super().get_context_data(general=policies.get(None), own=own, **kwargs)


class PolicyEdit(FormPage):
    """Of one client, or (without a number) of every client that has none of its own."""

    permission_required = "assignment.manage_reassign"
    form_class = PolicyForm
    subtitle = gettext_lazy("Counted from the day when the holder last worked the case. Runs every night; each case is on the trail, and its holder is told.")

    @cached_property
    def client(self) -> Client | None:
        return get_object_or_404(Client, pk=self.kwargs["pk"]) if "pk" in self.kwargs else None

    @property
    def title(self) -> str:
        if self.client is None:
            return _("Untouched cases of every other client")
        return _("Untouched cases of %(client)s") % {"client": self.client}

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:policy-list")

    @cached_property
    def policy(self) -> ReassignPolicy | None:
        return ReassignPolicy.objects.filter(client=self.client).first()

    def seen_now(self) -> str:
        return fingerprint_of(self.policy, POLICY_FIELDS)

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.policy, name) for name in POLICY_FIELDS} if self.policy else {"is_active": False, "to": ReassignTo.POOL}

    def save(self, form: PolicyForm) -> tuple[str, str]:
        row = set_policy(client=self.client, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("Saved. Runs from tonight on.") if row.is_active else _("Saved. It is off."), self.cancel_url
