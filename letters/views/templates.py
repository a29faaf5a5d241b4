"""Letter templates in the browser: versions, a preview of the printed pages, approval of lawyers' letters."""

from typing import Any

from django.contrib import messages
from django.forms import ChoiceField, Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from collection.lib.errors import Outdated, Refused
from collection.lib.press.drawing import NotDrawn
from letters import services
from letters.choices import LetterKind
from letters.forms.templates import TemplateForm
from letters.markup import PLACEHOLDERS
from letters.models import LetterTemplate
from letters.printing.press import draw_one
from letters.printing.samples import template_sheet
from letters.selectors import latest_templates, versions_of
from letters.services.templates import NEW
from letters.services.words import place_name
from letters.views.letters import pdf_response, refusal_text
from letters.views.silence import SilentWithThirdParty
from letters.views.template_parts import differences
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission

MANAGE = "letters.manage_letter_templates"
APPROVE = "letters.approve_lawyer_template"


def use_state(template: LetterTemplate) -> tuple[str, Any]:
    if template.waits:
        return "due", _("Awaits the GM office")
    return ("good", _("In use")) if template.is_active else ("cancelled", _("Retired"))


class TemplateList(SilentWithThirdParty, DeskList):
    list_name = "letters:template-list"
    permission_required = MANAGE
    title = gettext_lazy("Letter templates")
    default_sort = "kind"
    empty_title = gettext_lazy("No templates yet")
    empty_text = gettext_lazy("A template is the text of a letter with places for the case's own values.")
    empty_icon = "file-earmark-text"
    new_action = (gettext_lazy("New template"), "letters:template-new", MANAGE)
    columns = [
        Column("name", gettext_lazy("Template"), sort="name", link=True),
        Column("kind", gettext_lazy("Kind"), value="get_kind_display", sort="kind"),
        Column("client", gettext_lazy("Client"), value=lambda row: str(row.client or _("Every client"))),
        Column("version", gettext_lazy("Version"), kind="number", sort="version"),
        Column("state", gettext_lazy("State"), value=use_state, kind="state"),
        Column("created_by", gettext_lazy("Changed by"), kind="person"),
        Column("created_at", gettext_lazy("Changed"), kind="datetime", sort="created_at"),
    ]

    def rows(self):
        return latest_templates().select_related("client", "created_by")

    def row_url(self, row: LetterTemplate) -> str:
        return reverse("letters:template-edit", args=[row.pk])


class TemplateNew(SilentWithThirdParty, DeskPermission, FormView):
    permission_required = MANAGE
    template_name = "letters/template_edit.html"
    form_class = TemplateForm
    template: LetterTemplate | None = None

    def get_initial(self) -> dict[str, Any]:
        """A new template begins as the one in use for every client, which has every part that its kind asks for: ?kind=…"""
        asked = self.request.GET.get("kind", LetterKind.DEMAND)
        kind = asked if asked in LetterKind.values else LetterKind.DEMAND
        example = LetterTemplate.objects.filter(client=None, kind=kind, is_active=True).order_by("-pk").first()
        return (TemplateForm.initial_of(example) if example else {}) | {"name": "", "kind": kind}

    def get_form(self, form_class: Any = None) -> TemplateForm:
        form = super().get_form(form_class)
        form.offer_payees(self.template, today=timezone.localdate())
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shared = {"template": self.template, "seen": self.request.POST.get("seen", self.seen()), "places": places()}
        return super().get_context_data(**shared | kwargs)

    def seen(self) -> int:
        """The newest version when the form was opened."""
        return NEW

    def form_valid(self, form: TemplateForm) -> HttpResponse:
        asked = {name: form.cleaned_data[name] for name in ("client", "kind", "name", "heading", "body", "law_firm")}
        asked["payee"] = form.cleaned_data.get("payee")
        if self.template:  # a version belongs to its template
            asked |= {"client": self.template.client, "kind": self.template.kind, "name": self.template.name}
        seen = self.request.POST.get("seen", "")
        try:
            saved = services.save_template(
                **asked, layout=form.layout(), seen=int(seen) if seen.isdecimal() else None, by=self.request.user, now=timezone.now()
            )
        except Outdated as refusal:
            return self.form_outdated(form, refusal)
        except Refused as refusal:
            show_refusal(form, refusal)
            return self.form_invalid(form)
        messages.success(self.request, said_of(saved))
        return HttpResponseRedirect(reverse("letters:template-edit", args=[saved.pk]))

    def form_outdated(self, form: TemplateForm, refusal: Outdated) -> HttpResponse:
        """Both texts, and the choice to save one's own as the version after: nothing typed is lost (F13)."""
        form.add_error(None, refusal_text(refusal))
        current = refusal.current
        rows = differences(current["body"], refusal.entered["body"])
        conflict = {"rows": rows, "version": current["version"], "url": reverse("letters:template-edit", args=[current["id"]])}
        return self.render_to_response(self.get_context_data(form=form, conflict=conflict, seen=current["version"]))


class TemplateEdit(TemplateNew):
    def has_permission(self) -> bool:
        """Who approves lawyers' templates may look at them."""
        return super().has_permission() or (self.request.method == "GET" and self.request.user.has_perm(APPROVE))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and self.has_permission():
            self.template = get_object_or_404(LetterTemplate.objects.select_related("client", "law_firm", "payee", "created_by"), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def seen(self) -> int:
        return versions_of(self.template)[0].version

    def get_initial(self) -> dict[str, Any]:
        return TemplateForm.initial_of(self.template)

    def get_form(self, form_class: Any = None) -> TemplateForm:
        form = super().get_form(form_class)
        for name in ("client", "kind", "name"):
            form.fields[name].disabled = True
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions, user = list(versions_of(self.template)), self.request.user
        may = {
            "edit": user.has_perm(MANAGE),
            "approve": self.template.waits and user.has_perm(APPROVE) and self.template.created_by_id != user.pk,
            "reuse": not self.template.is_active and not self.template.waits and user.has_perm(MANAGE),
        }
        rows = [{"row": row, "state": use_state(row)} for row in versions]
        return super().get_context_data(versions=rows, newest=versions[0], state=use_state(self.template), may=may, **kwargs)


def show_refusal(form: TemplateForm, refusal: Refused) -> None:
    """Each problem beside its field, with its line; what concerns the whole above the form."""
    problems = getattr(refusal, "problems", [])
    for problem in problems:
        words = f"{problem.words} ({problem.rule})"
        line = _("Line %(line)s: %(words)s") % {"line": problem.line, "words": words} if problem.line and problem.field in MANY_LINES else words
        form.add_error(problem.field if problem.field in form.fields else None, line)
    if not problems:
        form.add_error(None, refusal_text(refusal))


MANY_LINES = ("body", "first_header", "cover")


def said_of(saved: LetterTemplate) -> str:
    if saved.waits:
        return _("Version %(version)s awaits the GM office; until then the version before stays in use.") % {"version": saved.version}
    return _("Version %(version)s is in use.") % {"version": saved.version}


def places() -> list[dict[str, str]]:
    return [{"name": f"{{{name}}}", "text": place_name(name)} for name in PLACEHOLDERS]


class TemplateCompare(SilentWithThirdParty, DeskPermission, TemplateView):
    """What changed from one version to another: ?with=id, the version before when left out."""

    any_permission = (MANAGE, APPROVE)
    template_name = "letters/template_compare.html"

    def get_context_data(self, pk: int, **kwargs: Any) -> dict[str, Any]:
        template = get_object_or_404(LetterTemplate.objects.select_related("client"), pk=pk)
        versions = list(versions_of(template))
        asked = self.request.GET.get("with", "")
        older = [row for row in versions if row.version < template.version]
        chosen = [row for row in versions if asked.isdecimal() and row.pk == int(asked)]
        other = (chosen or older or [template])[0]
        return super().get_context_data(template=template, other=other, versions=versions, parts=compare(other, template), **kwargs)


def compare(before: LetterTemplate, after: LetterTemplate) -> list[dict[str, Any]]:
    """The parts of two versions that differ, each as rows of both sides."""
    fields = TemplateForm.base_fields
    old, new = TemplateForm.initial_of(before), TemplateForm.initial_of(after)
    changed = [name for name in old if old[name] != new[name]]
    parts = [(fields[name], old[name], new[name]) for name in changed]
    return [{"label": field.label, "rows": differences(shown(field, one), shown(field, other))} for field, one, other in parts]


def shown(field: Field, value: Any) -> str:
    """A value as the form words it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if type(field) is ChoiceField:
        return str(dict(field.choices).get(value, value))
    return "" if value is None else str(value)


class TemplatePdf(SilentWithThirdParty, DeskPermission, View):
    """A saved template with made-up values, as it prints."""

    any_permission = (MANAGE, APPROVE)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = get_object_or_404(LetterTemplate.objects.select_related("client", "law_firm", "payee"), pk=pk)
        try:
            return pdf_response(draw_one(template_sheet(template, today=timezone.localdate()), style="letter").content, f"template-{template.pk}")
        except NotDrawn:
            messages.error(request, _("The letter could not be drawn. Look at its text and its address."))
            return HttpResponseRedirect(reverse("letters:template-edit", args=[pk]))


class TemplateAction(ActionView):
    permission_required = MANAGE

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:template-edit", args=[pk])


class RetireTemplate(TemplateAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        template = get_object_or_404(LetterTemplate, pk=pk)
        services.retire_template(template_id=template.pk, by=request.user, now=timezone.now())
        return _("Retired: no new letter uses it."), reverse("letters:template-list")


class ReuseTemplate(TemplateAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        template = get_object_or_404(LetterTemplate, pk=pk)
        saved = services.reuse_template(template_id=template.pk, by=request.user, now=timezone.now())
        return said_of(saved), reverse("letters:template-edit", args=[saved.pk])


class ApproveTemplate(TemplateAction):
    permission_required = APPROVE

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        template = get_object_or_404(LetterTemplate, pk=pk)
        services.approve_template(template_id=template.pk, by=request.user, now=timezone.now())
        return _("Version %(version)s is in use.") % {"version": template.version}, self.fallback_url(pk)
