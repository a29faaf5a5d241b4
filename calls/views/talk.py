"""What is around calls: referrals to departments (E14), calls that the lead and quality look at, flags of cases, quick texts."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment.selectors import cases_visible_to
from calls.choices import ReferralState
from calls.forms import DayFilter, FlagFilter, IssueFilter, LiftForm, NoteForm, QuickTextForm, ReferralFilter, ReplyForm
from calls.models import CallIssue, Dial, QuickText, Referral
from calls.selectors import cancelled_visible_to, issues_visible_to, quick_texts_for, referrals_visible_to, unrecorded_visible_to
from calls.services.issues import review_issue
from calls.services.quick_texts import MANAGE, TEXT_FIELDS, remove_quick_text, save_quick_text
from calls.services.referrals import answer_referral, withdraw_referral
from collection.lib.seen import fingerprint_of
from compliance.models import CaseFlag
from compliance.services.flags import lift_flag
from staff.listing import Column, DeskList
from staff.pages import ActionView, FormPage

RECORD, ANSWER, REVIEW, LIFT = "calls.record_call", "calls.answer_referrals", "calls.review_issues", "compliance.lift_flags"


# --- Referrals (E14) ------------------------------------------------------------------------------------------------------------


class ReferralList(DeskList):
    list_name = "calls:referral-list"
    any_permission = (RECORD, ANSWER)
    title = gettext_lazy("Referrals")
    subtitle = gettext_lazy("What customers said, passed on to the department concerned, and its replies (E14).")
    empty_title = gettext_lazy("Nothing was passed on")
    empty_text = gettext_lazy("A collector passes on what a customer said from the desk; the department answers here.")
    empty_icon = "send"
    filter_form = ReferralFilter
    default_sort = "-asked_at"
    columns = [
        Column("case", gettext_lazy("Case"), value="case.case_no", sort="case__case_no", link=True),
        Column("department", gettext_lazy("Department"), value="get_department_display", sort="department"),
        Column("text", gettext_lazy("What it is about")),
        Column("state", gettext_lazy("State"), value=lambda row: (row.state, row.get_state_display()), kind="state", sort="state"),
        Column("asked_by", gettext_lazy("Asked by"), kind="person", sort="asked_by__name"),
        Column("asked_at", gettext_lazy("Asked"), kind="datetime", sort="asked_at"),
        Column("reply", gettext_lazy("Reply")),
        Column("closed_at", gettext_lazy("Answered"), kind="datetime", sort="closed_at", hidden=True),
    ]

    def rows(self) -> QuerySet[Referral]:
        rows = referrals_visible_to(self.request.user)
        return rows if self.form.is_bound else rows.filter(state=ReferralState.OPEN)

    def row_url(self, row: Referral) -> str:
        return reverse("calls:referral", args=[row.pk])


class ReferralPage(FormPage):
    """One referral, and its reply by the department."""

    any_permission = (RECORD, ANSWER)
    template_name = "calls/referral.html"
    form_class = ReplyForm
    submit_label = gettext_lazy("Reply")

    @cached_property
    def referral(self) -> Referral:
        return get_object_or_404(referrals_visible_to(self.request.user).select_related("case__debtor"), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return _("Referral to %(department)s") % {"department": self.referral.get_department_display()}

    @property
    def is_open(self) -> bool:
        return self.referral.state == ReferralState.OPEN

    @property
    def may_answer(self) -> bool:
        return self.is_open and self.request.user.has_perm(ANSWER)

    @property
    def may_withdraw(self) -> bool:
        return self.is_open and self.referral.asked_by_id == self.request.user.pk

    @property
    def cancel_url(self) -> str:
        return reverse("calls:referral-list")

    def save(self, form: ReplyForm) -> tuple[str, str]:
        answer_referral(referral_id=self.referral.pk, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("Answered; %(person)s was told.") % {"person": self.referral.asked_by}, self.cancel_url


class ReferralWithdraw(ActionView):
    any_permission = (RECORD, ANSWER)

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        own = get_object_or_404(referrals_visible_to(request.user).filter(asked_by=request.user), pk=pk)
        withdraw_referral(referral_id=own.pk, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now())
        return _("Withdrawn."), reverse("calls:referral-list")

    def fallback_url(self, pk: int) -> str:
        return reverse("calls:referral", args=[pk])


# --- Calls to look at ---------------------------------------------------------------------------------------------------------------


class IssueList(DeskList):
    list_name = "calls:issue-list"
    permission_required = REVIEW
    title = gettext_lazy("Calls to look at")
    subtitle = gettext_lazy("Never recorded, without a recording, past the hours, or from an unknown line: the lead and quality look at each.")
    empty_title = gettext_lazy("No call needs a look")
    empty_icon = "telephone-minus"
    filter_form = IssueFilter
    default_sort = "-at"
    columns = [
        Column("case", gettext_lazy("Case"), value="case.case_no", sort="case__case_no", link=True),
        Column("kind", gettext_lazy("Issue"), value="get_kind_display", sort="kind"),
        Column("rule", gettext_lazy("Rule"), sort="rule"),
        Column("collector", gettext_lazy("Collector"), kind="person", sort="collector__name"),
        Column("at", gettext_lazy("Noticed"), kind="datetime", sort="at"),
        Column("state", gettext_lazy("State"), value=lambda row: ("done", _("Looked at")) if row.seen_at else ("waiting", _("To look at")), kind="state"),
        Column("seen_by", gettext_lazy("Looked at by"), kind="person"),
        Column("note", gettext_lazy("What was found")),
    ]

    def rows(self) -> QuerySet[CallIssue]:
        rows = issues_visible_to(self.request.user)
        return rows if self.form.is_bound else rows.filter(seen_at=None)

    def row_url(self, row: CallIssue) -> str:
        return reverse("calls:issue", args=[row.pk])


class IssuePage(FormPage):
    permission_required = REVIEW
    template_name = "calls/issue.html"
    form_class = NoteForm
    submit_label = gettext_lazy("Looked at")

    @cached_property
    def issue(self) -> CallIssue:
        rows = issues_visible_to(self.request.user).select_related("case", "collector", "record__outcome", "verdict__contact", "seen_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.issue.get_kind_display()

    @property
    def may_review(self) -> bool:
        return self.issue.seen_at is None and self.issue.collector_id != self.request.user.pk

    @property
    def cancel_url(self) -> str:
        return reverse("calls:issue-list")

    def save(self, form: NoteForm) -> tuple[str, str]:
        review_issue(issue_id=self.issue.pk, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("It is noted what was found."), self.cancel_url


class UnrecordedList(DeskList):
    """Placed, and nobody said what came of it."""

    list_name = "calls:unrecorded-list"
    permission_required = REVIEW
    title = gettext_lazy("Calls not recorded")
    subtitle = gettext_lazy("Those placed count as made until their caller records what came of them.")
    empty_title = gettext_lazy("Every call is recorded")
    empty_icon = "check2-circle"
    default_sort = "at"
    columns = [
        Column("case", gettext_lazy("Case"), value="case.case_no", sort="case__case_no", link=True),
        Column("collector", gettext_lazy("Collector"), kind="person", sort="collector__name"),
        Column("whom", gettext_lazy("Whom"), value="verdict.contact.get_relation_display"),
        Column("direction", gettext_lazy("Direction"), value="get_direction_display"),
        Column("at", gettext_lazy("Placed"), kind="datetime", sort="at"),
        Column("backend", gettext_lazy("Way of dialling"), value="get_backend_display"),
        Column("ended_at", gettext_lazy("Ended"), kind="datetime", sort="ended_at"),
    ]

    def rows(self) -> QuerySet[Dial]:
        return unrecorded_visible_to(self.request.user, timezone.now())

    def row_url(self, row: Dial) -> str:
        return reverse("workbench:case-detail", args=[row.case_id])


class CancelledList(DeskList):
    """Shown, and said not to have been dialled. Each costs no attempt, so that who watches over calls looks at how many they are."""

    list_name = "calls:cancelled-list"
    permission_required = REVIEW
    title = gettext_lazy("Cancelled calls")
    subtitle = gettext_lazy("The number was shown or sent, and the caller said that nobody was rung. On a desk phone their word is all there is.")
    empty_title = gettext_lazy("No call was cancelled")
    empty_icon = "telephone-x"
    filter_form = DayFilter
    default_sort = "-cancelled_at"
    columns = [
        Column("case", gettext_lazy("Case"), value="case.case_no", sort="case__case_no", link=True),
        Column("collector", gettext_lazy("Collector"), kind="person", sort="collector__name"),
        Column("whom", gettext_lazy("Whom"), value="verdict.contact.get_relation_display"),
        Column("placed_at", gettext_lazy("Placed"), kind="datetime", sort="placed_at"),
        Column("cancelled_at", gettext_lazy("Cancelled"), kind="datetime", sort="cancelled_at"),
        Column("backend", gettext_lazy("Way of dialling"), value="get_backend_display"),
        Column("reason", gettext_lazy("Why"), value="cancel_reason"),
    ]

    def rows(self) -> QuerySet[Dial]:
        return cancelled_visible_to(self.request.user)

    def row_url(self, row: Dial) -> str:
        return reverse("workbench:case-detail", args=[row.case_id])


# --- Flags (CR-16, CR-50) --------------------------------------------------------------------------------------------------------------


class FlagList(DeskList):
    list_name = "calls:flag-list"
    any_permission = (LIFT, REVIEW)
    title = gettext_lazy("Flags of cases")
    subtitle = gettext_lazy(
        "What holds calls or asks for care (CR-16, CR-50). Collectors raise flags on the desk; the lead or the GM office lifts those that hold."
    )
    empty_title = gettext_lazy("No case is flagged")
    empty_icon = "flag"
    filter_form = FlagFilter
    default_sort = "-raised_at"
    columns = [
        Column("case", gettext_lazy("Case"), value="case.case_no", sort="case__case_no", link=True),
        Column("kind", gettext_lazy("Flag"), value="get_kind_display", sort="kind"),
        Column("evidence", gettext_lazy("What shows it")),
        Column("raised_by", gettext_lazy("Raised by"), kind="person", sort="raised_by__name"),
        Column("raised_at", gettext_lazy("Raised"), kind="datetime", sort="raised_at"),
        Column("state", gettext_lazy("State"), value=lambda row: ("quiet", _("Lifted")) if row.lifted_at else ("open", _("Standing")), kind="state"),
        Column("lift_reason", gettext_lazy("Why it is lifted"), hidden=True),
    ]

    def rows(self) -> QuerySet[CaseFlag]:
        rows = _flags_visible_to(self.request.user)
        return rows if self.form.is_bound else rows.filter(lifted_at=None)

    def row_url(self, row: CaseFlag) -> str:
        return reverse("calls:flag", args=[row.pk])


def _flags_visible_to(user: Any) -> QuerySet[CaseFlag]:
    return CaseFlag.objects.filter(case__in=cases_visible_to(user).values("pk")).select_related("case", "raised_by", "lifted_by").defer("case__extra")


class FlagPage(FormPage):
    any_permission = (LIFT, REVIEW)
    template_name = "calls/flag.html"
    form_class = LiftForm
    submit_label = gettext_lazy("Lift")

    @cached_property
    def flag(self) -> CaseFlag:
        return get_object_or_404(_flags_visible_to(self.request.user), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.flag.get_kind_display()

    @property
    def may_lift(self) -> bool:
        return self.flag.lifted_at is None and self.request.user.has_perm(LIFT)

    @property
    def cancel_url(self) -> str:
        return reverse("calls:flag-list")

    def save(self, form: LiftForm) -> tuple[str, str]:
        lift_flag(flag_id=self.flag.pk, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The flag is lifted."), self.cancel_url


# --- Quick texts ----------------------------------------------------------------------------------------------------------------------------


class QuickTextList(DeskList):
    list_name = "calls:quick-text-list"
    any_permission = (RECORD, MANAGE)
    title = gettext_lazy("Quick texts")
    subtitle = gettext_lazy("Put into a note of a call with “/”. The company's are kept by leads and administrators; everybody keeps their own.")
    empty_title = gettext_lazy("No quick text yet")
    empty_icon = "lightning"
    default_sort = "position"
    columns = [
        Column("title", gettext_lazy("Title"), sort="title", link=True),
        Column("text", gettext_lazy("Text")),
        Column("target", gettext_lazy("For"), value="get_target_display", sort="target"),
        Column("whose", gettext_lazy("Whose"), value=lambda row: _("Own") if row.owner_id else _("The company's")),
        Column("position", gettext_lazy("Position"), kind="number", sort="position"),
    ]

    def rows(self) -> QuerySet[QuickText]:
        return quick_texts_for(self.request.user)

    def row_url(self, row: QuickText) -> str:
        return reverse("calls:quick-text", args=[row.pk]) if row.owner_id or self.request.user.has_perm(MANAGE) else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everybody who sees the list may make a text of their own."""
        new = (gettext_lazy("New quick text"), "calls:quick-text-new", "")
        return super().get_context_data(**kwargs) | {"new": new}


class QuickTextNew(FormPage):
    any_permission = (RECORD, MANAGE)
    form_class = QuickTextForm
    title: Any = gettext_lazy("New quick text")

    @property
    def cancel_url(self) -> str:
        return reverse("calls:quick-text-list")

    def get_form(self, form_class: Any = None) -> QuickTextForm:
        form = super().get_form(form_class)
        if not self.request.user.has_perm(MANAGE):
            del form.fields["is_shared"]
        return form

    def save(self, form: QuickTextForm) -> tuple[str, str]:
        row = save_quick_text(by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("“%(title)s” is saved.") % {"title": row.title}, self.cancel_url


class QuickTextEdit(QuickTextNew):
    template_name = "calls/quick_text.html"

    @cached_property
    def row(self) -> QuickText:
        return get_object_or_404(quick_texts_for(self.request.user), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.row.title

    @property
    def subtitle(self) -> str:
        return _("Own") if self.row.owner_id else _("The company's")

    def get_form(self, form_class: Any = None) -> QuickTextForm:
        form = super().get_form(form_class)
        form.fields.pop("is_shared", None)  # whose it is stays as it is
        return form

    def seen_now(self) -> str:
        return fingerprint_of(self.row, TEXT_FIELDS)

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.row, name) for name in TEXT_FIELDS}

    def save(self, form: QuickTextForm) -> tuple[str, str]:
        row = save_quick_text(quick_text_id=self.row.pk, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("“%(title)s” is saved.") % {"title": row.title}, self.cancel_url


class QuickTextRemove(ActionView):
    any_permission = (RECORD, MANAGE)

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        row = get_object_or_404(quick_texts_for(request.user), pk=pk)
        remove_quick_text(quick_text_id=row.pk, by=request.user, now=timezone.now())
        return _("“%(title)s” is offered no more.") % {"title": row.title}, reverse("calls:quick-text-list")

    def fallback_url(self, pk: int) -> str:
        return reverse("calls:quick-text-list")
