"""Annex 4's own settings: the items of each form as rows, its versions and what each changed, and the sampling rule."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from collection.lib.errors import Outdated, Refused
from letters import services
from letters.choices import FormSubject, ItemGroup
from letters.forms.quality_settings import ItemForm, Items, QualityFormSettings, SamplingForm
from letters.models import QualityForm, SamplingRule
from letters.selectors_quality import current_form
from letters.services.quality_forms import differences, item_differences
from letters.services.sampling import Sampling
from letters.views.letters import refusal_text
from staff.pages import DeskPermission

MANAGE = "letters.manage_quality"
FIELDS = {"serious_below": gettext_lazy("Serious below")} | {name: field.label for name, field in ItemForm.base_fields.items()}


class QualityFormEdit(DeskPermission, TemplateView):
    """The newest version of a form as rows; saving makes the next one."""

    permission_required = MANAGE
    template_name = "letters/quality_form_edit.html"

    @cached_property
    def subject(self) -> str:
        if self.kwargs["subject"] not in FormSubject.values:
            raise Http404
        return self.kwargs["subject"]

    @cached_property
    def versions(self) -> list[QualityForm]:
        return list(QualityForm.objects.filter(subject=self.subject).select_related("created_by").order_by("-version"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        newest = self.versions[0]
        defaults = {
            "items": Items(initial=newest.items, prefix="items"),
            "settings": QualityFormSettings(initial=QualityFormSettings.initial_of(newest)),
            "both": [],
        }
        return super().get_context_data(
            **defaults | kwargs | {"subject": self.subject},
            newest=newest,
            in_force=current_form(timezone.now(), self.subject),
            subjects=[(value, label, reverse("letters:quality-form", args=[value])) for value, label in FormSubject.choices],
            history=[{"form": form, "changes": said(differences(older, form))} for form, older in zip(self.versions, [*self.versions[1:], None], strict=True)],
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        items, settings = Items(request.POST, prefix="items"), QualityFormSettings(request.POST)
        if not (items.is_valid() and settings.is_valid()):
            return self.render_to_response(self.get_context_data(items=items, settings=settings))
        try:
            form = self._save(items.items(), settings)
        except Outdated as refusal:
            settings.add_error(None, refusal_text(refusal))
            both = said(item_differences(refusal.current["items"], refusal.entered["items"]))
            settings.data = posted_with(request, based_on=self.versions[0].version)
            return self.render_to_response(self.get_context_data(items=items, settings=settings, both=both))
        except Refused as refusal:
            settings.add_error(None, refusal_text(refusal))
            return self.render_to_response(self.get_context_data(items=items, settings=settings))
        messages.success(request, _("Version %(version)s is saved. Forms filled before keep theirs.") % {"version": form.version})
        return HttpResponseRedirect(request.path)

    def _save(self, items: list[dict], settings: QualityFormSettings) -> QualityForm:
        asked, now = settings.cleaned_data, timezone.now()
        return services.save_quality_form(
            subject=self.subject,
            items=items,
            serious_below=asked["serious_below"],
            valid_from=settings.moment(now),
            based_on=asked["based_on"],
            by=self.request.user,
            now=now,
        )


def posted_with(request: HttpRequest, *, based_on: int) -> QueryDict:
    """What was entered, to be saved on top of the version that stands there now."""
    posted = request.POST.copy()
    posted["based_on"] = str(based_on)
    return posted


def said(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Differences in the reader's words."""
    return [change | {"label": FIELDS.get(change["field"], ""), "before": word(change, "before"), "after": word(change, "after")} for change in changes]


def word(change: dict[str, Any], side: str) -> str:
    value = change[side]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if change["field"] == "group" and value in ItemGroup.values:
        return str(ItemGroup(value).label)
    return "" if value is None else str(value)


class SamplingEdit(DeskPermission, TemplateView):
    """The sampling rule in force, and the versions before it."""

    permission_required = MANAGE
    template_name = "letters/quality_sampling.html"

    @cached_property
    def versions(self) -> list[SamplingRule]:
        return list(SamplingRule.objects.select_related("created_by").order_by("-version"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        newest = self.versions[0]
        defaults = {"form": SamplingForm(instance=newest, initial={"based_on": newest.version}), "both": []}
        history = [{"rule": rule, "changes": rule_changes(older, rule)} for rule, older in zip(self.versions, [*self.versions[1:], None], strict=True)]
        return super().get_context_data(**defaults | kwargs, newest=newest, history=history)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = SamplingForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        wanted = Sampling(**{name: form.cleaned_data[name] for name in SamplingForm.Meta.fields})
        try:
            rule = services.save_sampling(wanted=wanted, based_on=form.cleaned_data["based_on"], by=request.user, now=timezone.now())
        except Outdated as refusal:
            form.add_error(None, refusal_text(refusal))
            form.data = posted_with(request, based_on=self.versions[0].version)
            return self.render_to_response(self.get_context_data(form=form, both=both_sides(refusal)))
        except Refused as refusal:
            form.add_error(None, refusal_text(refusal))
            return self.render_to_response(self.get_context_data(form=form))
        messages.success(request, _("Version %(version)s of the sampling rule draws from now on.") % {"version": rule.version})
        return HttpResponseRedirect(request.path)


def rule_label(name: str) -> Any:
    return SamplingRule._meta.get_field(name).verbose_name


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "—" if value is None else str(value)


def rule_changes(before: SamplingRule | None, after: SamplingRule) -> list[dict[str, Any]]:
    if before is None:
        return []
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in SamplingForm.Meta.fields]
    return [{"label": rule_label(name), "before": shown(old), "after": shown(new)} for name, old, new in pairs if old != new]


def both_sides(refusal: Outdated) -> list[dict[str, Any]]:
    """What stands there now and what this person entered, where they differ."""
    pairs = [(name, refusal.current[name], refusal.entered[name]) for name in refusal.entered]
    return [{"label": rule_label(name), "before": shown(old), "after": shown(new)} for name, old, new in pairs if old != new]
