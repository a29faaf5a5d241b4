"""Letters on many cases at once: a selection with its preview, the batch with its result, and the rules that ask by themselves."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from assignment.selectors import cases_visible_to
from cases.discretion import withholds_amounts
from cases.models import Case, Payee
from collection.lib.errors import Refused
from collection.lib.numbers import ids_in
from letters.forms.asking import BatchForm, RuleForm
from letters.models import LetterBatch, LetterRule
from letters.selectors import batches_visible_to, cases_to_judge
from letters.services import batches, letter_rules
from letters.tasks import work_on_batch
from letters.views.letters import refusal_text
from letters.views.silence import SilentWithThirdParty
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission, FormPage

ASK = "letters.request_letter"
KEEP_RULES = ("letters.manage_letter_rules", ASK)


def go_on_with(batch: LetterBatch) -> str:
    """Few are asked for at once, many by the worker; the page of the batch tells either way."""
    if batch.total <= batches.AT_ONCE:
        batches.work_on_batch(batch_id=batch.pk, clock=timezone.now)
    else:
        transaction.on_commit(lambda: work_on_batch.delay(batch.pk), robust=True)
    return reverse("letters:batch-detail", args=[batch.pk])


class BatchNew(SilentWithThirdParty, DeskPermission, View):
    """The cases chosen in a list: template and reason, then who would be refused and why, then asking."""

    permission_required = ASK
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        ids = set(ids_in(request.POST.getlist("ids")))
        cases = cases_visible_to(request.user).filter(pk__in=ids)
        if cases.count() != len(ids):
            raise Http404
        step = request.POST.get("step", "")
        form = BatchForm(request.POST if step else None, clients=set(cases.values_list("client_id", flat=True)), today=timezone.localdate())
        context: dict[str, Any] = {"form": form, "ids": sorted(ids), "count": len(ids), "most": batches.MOST_CASES}
        if step and form.is_valid() and len(ids) <= batches.MOST_CASES:
            try:
                if step == "ask":
                    return HttpResponseRedirect(go_on_with(self._ask(form, ids)))
                context |= preview_of(cases, form.cleaned_data["template"], request.user, payee=form.cleaned_data.get("payee"))
            except Refused as refusal:
                form.add_error(None, refusal_text(refusal))
        return render(request, "letters/batch_new.html", context)

    def _ask(self, form: BatchForm, ids: set[int]) -> LetterBatch:
        return batches.ask_for_letters(case_ids=ids, **form.cleaned_data, by=self.request.user, now=timezone.now())


def preview_of(cases: QuerySet[Case], template: Any, user: Any, payee: Payee | None = None) -> dict[str, Any]:
    good, refused = batches.preview(cases_to_judge(cases), template=template, payee=payee, by=user, now=timezone.now())
    return {"is_previewed": True, "good": good, "refused": [{"case": case, "rule": rule, "why": why} for case, rule, why in refused]}


class BatchList(SilentWithThirdParty, DeskList):
    list_name = "letters:batch-list"
    permission_required = ASK
    title = gettext_lazy("Letters asked for together")
    empty_title = gettext_lazy("Nothing was asked for together yet")
    empty_text = gettext_lazy("Choose cases in the list of cases, then “Ask for letters”; or keep a rule that asks by itself.")
    empty_icon = "envelope-plus"
    columns = [
        Column("batch", gettext_lazy("Batch"), value=str, link=True),
        Column("template", gettext_lazy("Template")),
        Column("rule", gettext_lazy("Letter rule")),
        Column("reason", gettext_lazy("Why")),
        Column("total", gettext_lazy("Cases"), kind="number", sort="total"),
        Column("asked", gettext_lazy("Asked for"), kind="number"),
        Column("refused", gettext_lazy("Refused"), kind="number"),
        Column("asked_by", gettext_lazy("Requested by"), kind="person"),
        Column("asked_at", gettext_lazy("Requested"), kind="datetime", sort="asked_at"),
    ]

    def rows(self) -> QuerySet[LetterBatch]:
        return batches_visible_to(self.request.user).select_related("template", "rule", "asked_by")

    def row_url(self, row: LetterBatch) -> str:
        return reverse("letters:batch-detail", args=[row.pk])


class BatchPage(SilentWithThirdParty, DeskPermission):
    permission_required = ASK

    def batch(self, pk: int) -> LetterBatch:
        return get_object_or_404(batches_visible_to(self.request.user).select_related("template", "payee", "rule", "asked_by"), pk=pk)


class BatchDetail(BatchPage, TemplateView):
    template_name = "letters/batch_detail.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        batch = self.batch(pk)
        lines = batch.lines.select_related("case__debtor", "letter__template").order_by("pk")
        refused = [{"case": line.case, "rule": line.refused_by, "why": line.refusal} for line in lines if line.refusal]
        letters = [line for line in lines if line.letter_id]
        return super().get_context_data(
            batch=batch, refused=refused, letters=letters, open_cases=self._open(batch), withholds_amounts=withholds_amounts(self.request.user), **kwargs
        )

    def _open(self, batch: LetterBatch) -> set[int]:
        """The cases that this person may open still."""
        return set(cases_visible_to(self.request.user).filter(pk__in=batch.lines.values("case")).values_list("pk", flat=True))


class BatchProgress(BatchPage, View):
    """The progress bar alone; when all is asked for the page loads anew."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        response = render(request, "letters/_batch_progress.html", {"batch": batch})
        if batch.finished_at:
            response["HX-Refresh"] = "true"
        return response


class RuleList(SilentWithThirdParty, DeskList):
    list_name = "letters:rule-list"
    permission_required = KEEP_RULES
    title = gettext_lazy("Letter rules")
    empty_title = gettext_lazy("No rule asks for letters yet")
    empty_text = gettext_lazy("Such as “stage M3 and lost contact”: it shows first how many letters it would ask for, then runs by hand or each morning.")
    empty_icon = "magic"
    new_action = (gettext_lazy("New rule"), "letters:rule-new", "letters.manage_letter_rules")
    columns = [
        Column("name", gettext_lazy("Name"), sort="name", link=True),
        Column("conditions", gettext_lazy("Conditions"), value=lambda rule: conditions(rule)),
        Column("template", gettext_lazy("Template")),
        Column("client", gettext_lazy("Client"), value=lambda rule: rule.client or _("Every client")),
        Column("is_daily", gettext_lazy("Runs"), value=lambda rule: ("good", _("each morning")) if rule.is_daily else ("quiet", _("by hand")), kind="state"),
        Column("owner", gettext_lazy("Owner"), kind="person"),
        Column("last_on", gettext_lazy("Last ran"), kind="date", sort="last_on"),
        Column("asked", gettext_lazy("Letters so far"), kind="number", sort="asked"),
    ]

    def rows(self) -> QuerySet[LetterRule]:
        rules = letter_rules.rules_visible_to(self.request.user).select_related("template", "client", "owner")
        asked = Count("batches__lines", filter=Q(batches__lines__letter__isnull=False))
        return rules.annotate(last_on=Max("batches__run_on"), asked=asked)

    def row_url(self, row: LetterRule) -> str:
        return reverse("letters:rule-detail", args=[row.pk])


def conditions(rule: LetterRule) -> str:
    """A rule's conditions in words."""
    parts = [
        "/".join(rule.stages),
        _("lost contact") if rule.lost_contact else "",
        _("balance over %(amount)s") % {"amount": f"¥{rule.balance_over:,.2f}"} if rule.balance_over is not None else "",
        _("over %(days)s days overdue") % {"days": rule.overdue_over} if rule.overdue_over is not None else "",
        _("no letter for %(days)s days") % {"days": rule.quiet_days},
    ]
    return " · ".join(part for part in parts if part)


class RuleForms(SilentWithThirdParty, FormPage):
    permission_required = KEEP_RULES
    form_class = RuleForm
    submit_label = gettext_lazy("Save the rule")

    @property
    def cancel_url(self) -> str:
        return reverse("letters:rule-list")

    def rule_id(self) -> int | None:
        return None

    def save(self, form: RuleForm) -> tuple[str, str]:
        rule = letter_rules.save_rule(**form.cleaned_data, rule_id=self.rule_id(), by=self.request.user, now=timezone.now())
        return _("Saved. Look at what it would ask for before it runs."), reverse("letters:rule-detail", args=[rule.pk])


class RuleNew(RuleForms):
    title = gettext_lazy("New letter rule")
    subtitle = gettext_lazy("It asks for letters on the cases that you may see; somebody else approves them.")


class RuleEdit(RuleForms):
    title = gettext_lazy("Letter rule")
    subtitle = gettext_lazy("Whoever saves it is its owner: its letters are asked for in the owner's name.")

    def rule(self) -> LetterRule:
        return get_object_or_404(letter_rules.rules_visible_to(self.request.user), pk=self.kwargs["pk"])

    def rule_id(self) -> int | None:
        return self.rule().pk

    def get_initial(self) -> dict[str, Any]:
        return RuleForm.initial_of(self.rule())


class RuleDetail(SilentWithThirdParty, DeskPermission, TemplateView):
    """What the rule would ask for now, who would be refused and why; and what it asked for before."""

    permission_required = KEEP_RULES
    template_name = "letters/rule_detail.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        user, now = self.request.user, timezone.now()
        rule = get_object_or_404(letter_rules.rules_visible_to(user).select_related("template", "client", "owner"), pk=pk)
        found = letter_rules.cases_of_rule(rule, by=user, now=now)
        count = found.count()
        return super().get_context_data(
            rule=rule,
            conditions=conditions(rule),
            count=count,
            most=batches.MOST_CASES,
            has_run=rule.batches.filter(run_on=timezone.localdate(now)).exists(),
            past=rule.batches.annotate(asked=Count("lines__letter")).order_by("-pk")[:30],
            **preview_of(found[: batches.MOST_CASES], rule.template, user),
            **kwargs,
        )


class RunRule(ActionView):
    permission_required = KEEP_RULES

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:rule-detail", args=[pk])

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        rule = get_object_or_404(letter_rules.rules_visible_to(request.user), pk=pk)
        batch = letter_rules.run_rule(rule_id=rule.pk, by=request.user, now=timezone.now())
        if batch is None:
            messages.info(request, _("No case fits this rule now."))
            return "", self.fallback_url(pk)
        return "", go_on_with(batch)


class RetireRule(ActionView):
    permission_required = KEEP_RULES

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:rule-detail", args=[pk])

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        rule = get_object_or_404(letter_rules.rules_visible_to(request.user), pk=pk)
        letter_rules.retire_rule(rule_id=rule.pk, by=request.user, now=timezone.now())
        return _("The rule asks for nothing any more."), reverse("letters:rule-list")
