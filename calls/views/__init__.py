"""The words of a call that managers keep: outcomes and categories."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.forms import CategoryFilter, CategoryForm, NewCategoryForm, OutcomeFilter, OutcomeForm
from calls.models import Category, Outcome
from calls.services import settings
from collection.lib.seen import fingerprint_of
from staff.listing import Column, DeskList
from staff.pages import FormPage

MANAGE = "calls.manage_outcomes"


def use_state(row: Outcome | Category) -> tuple[str, Any]:
    return ("good", _("In use")) if row.is_active else ("quiet", _("Not in use"))


def meaning_of(outcome: Outcome) -> list[dict[str, Any]]:
    """What follows from an outcome, in words."""
    flags = ("is_contact", "is_right_party", "is_effective_call", "creates_promise", "bars_number", "counts_as_attempt", "stops_case")
    found = [{"label": Outcome._meta.get_field(name).verbose_name, "value": _("yes") if getattr(outcome, name) else _("no")} for name in flags]
    for name, value in (
        ("marks_number", outcome.get_marks_number_display()),
        ("moves_to", outcome.get_moves_to_display()),
        ("raises_flag", outcome.get_raises_flag_display()),
        ("refers_to", outcome.get_refers_to_display()),
    ):
        found.append({"label": Outcome._meta.get_field(name).verbose_name, "value": value or "—"})
    return found


class OutcomeList(DeskList):
    list_name = "calls:outcome-list"
    permission_required = MANAGE
    title = gettext_lazy("Call outcomes")
    subtitle = gettext_lazy("What a caller chooses after a call. A third party is offered only its own outcomes.")
    empty_title = gettext_lazy("No outcome fits")
    empty_icon = "telephone-plus"
    filter_form = OutcomeFilter
    default_sort = "position"
    columns = [
        Column("code", gettext_lazy("Code"), sort="code", link=True),
        Column("name", gettext_lazy("Name"), value=str, link=True),
        Column("hotkey", gettext_lazy("Key"), sort="hotkey"),
        Column("target", gettext_lazy("Offered for"), value="get_target_display", sort="target"),
        Column("group", gettext_lazy("Kind of outcome"), value="get_group_display", sort="group"),
        Column("is_effective_call", gettext_lazy("Effective call"), value=lambda row: _("yes") if row.is_effective_call else ""),
        Column("marks_number", gettext_lazy("Marks the number as"), value="get_marks_number_display", hidden=True),
        Column("moves_to", gettext_lazy("Moves the case to"), value="get_moves_to_display"),
        Column("follow_up_days", gettext_lazy("Follow up after days"), kind="number", sort="follow_up_days"),
        Column("position", gettext_lazy("Position"), kind="number", sort="position", hidden=True),
        Column("state", gettext_lazy("State"), value=use_state, kind="state", sort="is_active"),
    ]

    def rows(self) -> QuerySet[Outcome]:
        return Outcome.objects.all()

    def row_url(self, row: Outcome) -> str:
        return reverse("calls:outcome-edit", args=[row.pk])


class OutcomeEdit(FormPage):
    permission_required = MANAGE
    template_name = "calls/outcome_edit.html"
    form_class = OutcomeForm

    @cached_property
    def outcome(self) -> Outcome:
        return get_object_or_404(Outcome, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return str(self.outcome)

    @property
    def subtitle(self) -> str:
        outcome = self.outcome
        return _("%(code)s, %(group)s, offered for: %(target)s") % {
            "code": outcome.code,
            "group": outcome.get_group_display(),
            "target": outcome.get_target_display(),
        }

    @property
    def cancel_url(self) -> str:
        return reverse("calls:outcome-list")

    def seen_now(self) -> str:
        return fingerprint_of(self.outcome, settings.OUTCOME_FIELDS)

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.outcome, name) for name in OutcomeForm.base_fields}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(meaning=meaning_of(self.outcome), **kwargs)

    def save(self, form: OutcomeForm) -> tuple[str, str]:
        outcome = settings.change_outcome(code=self.outcome.pk, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("“%(outcome)s” was saved.") % {"outcome": outcome}, self.cancel_url


class CategoryList(DeskList):
    list_name = "calls:category-list"
    permission_required = MANAGE
    title = gettext_lazy("Categories of filtered cases")
    subtitle = gettext_lazy("How a case is classified when it is filtered (A3.2). What is switched off is offered no more; cases keep it.")
    empty_title = gettext_lazy("No category fits")
    empty_icon = "tags"
    filter_form = CategoryFilter
    default_sort = "position"
    new_action = (gettext_lazy("New category"), "calls:category-new", MANAGE)
    columns = [
        Column("name", gettext_lazy("Name"), value=str, link=True),
        Column("code", gettext_lazy("Code"), sort="code"),
        Column("position", gettext_lazy("Position"), kind="number", sort="position"),
        Column("state", gettext_lazy("State"), value=use_state, kind="state", sort="is_active"),
    ]

    def rows(self) -> QuerySet[Category]:
        return Category.objects.all()

    def row_url(self, row: Category) -> str:
        return reverse("calls:category-edit", args=[row.pk])


class CategoryNew(FormPage):
    permission_required = MANAGE
    form_class: Any = NewCategoryForm
    title: Any = gettext_lazy("New category")

    @property
    def cancel_url(self) -> str:
        return reverse("calls:category-list")

    def get_initial(self) -> dict[str, Any]:
        return {"position": Category.objects.count()}

    def save(self, form: NewCategoryForm) -> tuple[str, str]:
        category = settings.add_category(by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("“%(category)s” was entered.") % {"category": category}, self.cancel_url


class CategoryEdit(CategoryNew):
    form_class = CategoryForm

    @cached_property
    def category(self) -> Category:
        return get_object_or_404(Category, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return str(self.category)

    @property
    def subtitle(self) -> str:
        return self.category.code

    def seen_now(self) -> str:
        return fingerprint_of(self.category, settings.CATEGORY_FIELDS)

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.category, name) for name in CategoryForm.base_fields}

    def save(self, form: CategoryForm) -> tuple[str, str]:
        category = settings.change_category(code=self.category.pk, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("“%(category)s” was saved.") % {"category": category}, self.cancel_url
