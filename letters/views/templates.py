"""Letter templates in the browser: versions, live preview with made-up values."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, View

from collection.lib.errors import Refused
from collection.lib.press.drawing import NotDrawn
from letters import services
from letters.choices import LetterKind
from letters.forms.templates import TemplateForm
from letters.markup import PLACEHOLDERS, fill, to_html
from letters.models import LetterTemplate
from letters.printing.drafts import sample_values, template_sheet
from letters.printing.press import draw_one
from letters.selectors import latest_templates
from letters.services.content import check_template
from letters.views.letters import pdf_response, refusal_text
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission

MANAGE = "letters.manage_letter_templates"


def use_state(template: LetterTemplate) -> tuple[str, Any]:
    return ("good", _("In use")) if template.is_active else ("cancelled", _("Retired"))


class TemplateList(DeskList):
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


class TemplateNew(DeskPermission, FormView):
    permission_required = MANAGE
    template_name = "letters/template_edit.html"
    form_class = TemplateForm
    template: LetterTemplate | None = None

    def get_initial(self) -> dict[str, Any]:
        """A new template begins as the demand letter in use, which has every part that CR-24 asks for."""
        example = LetterTemplate.objects.filter(client=None, kind=LetterKind.DEMAND, is_active=True).order_by("-pk").first()
        return TemplateForm.initial_of(example) | {"name": ""} if example else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(template=self.template, places=[{"name": f"{{{name}}}", "text": place_text(name)} for name in PLACEHOLDERS], **kwargs)

    def form_valid(self, form: TemplateForm) -> HttpResponse:
        asked = {name: form.cleaned_data[name] for name in ("client", "kind", "name", "heading", "body")}
        if self.template:  # a version belongs to its template
            asked |= {"client": self.template.client, "kind": self.template.kind, "name": self.template.name}
        try:
            saved = services.save_template(**asked, layout=form.layout(), by=self.request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal_text(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("Version %(version)s is in use.") % {"version": saved.version})
        return HttpResponseRedirect(reverse("letters:template-edit", args=[saved.pk]))


class TemplateEdit(TemplateNew):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and self.has_permission():
            self.template = get_object_or_404(LetterTemplate.objects.select_related("client"), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return TemplateForm.initial_of(self.template)

    def get_form(self, form_class: Any = None) -> TemplateForm:
        form = super().get_form(form_class)
        for name in ("client", "kind", "name"):
            form.fields[name].disabled = True
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = {"client": self.template.client, "kind": self.template.kind, "name": self.template.name}
        versions = LetterTemplate.objects.filter(**mine).select_related("created_by").order_by("-version")
        return super().get_context_data(versions=versions, **kwargs)


class TemplatePreview(DeskPermission, View):
    """What the text in the form looks like now; nothing is saved."""

    permission_required = MANAGE

    def post(self, request: HttpRequest) -> HttpResponse:
        given = request.POST
        kind, heading, body = given.get("kind", "demand"), given.get("heading", ""), given.get("body", "")
        layout = {name: given.get(name, "") for name in services.templates.LAYOUT if name != "number_from"}
        values = sample_values(kind, layout, today=timezone.localdate())
        problem = ""
        try:
            check_template(kind=kind, heading=heading, body=body, layout=layout)
        except Refused as refusal:
            problem = refusal_text(refusal)
        html = mark_safe(to_html(body, values))  # noqa: S308  (escaped by to_html)
        context = {"heading": fill(heading, values), "body": html, "first_header": fill(layout["first_header"], values), "problem": problem}
        return render(request, "letters/_template_preview.html", context)


class TemplatePdf(DeskPermission, View):
    """A saved template with made-up values, as it prints."""

    permission_required = MANAGE

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = get_object_or_404(LetterTemplate, pk=pk)
        html = template_sheet(kind=template.kind, heading=template.heading, body=template.body, layout=template.layout, today=timezone.localdate())
        try:
            return pdf_response(draw_one(html, style="letter").content, f"template-{template.pk}")
        except NotDrawn:
            messages.error(request, _("The letter could not be drawn. Look at its text and its address."))
            return HttpResponseRedirect(reverse("letters:template-edit", args=[pk]))


class RetireTemplate(ActionView):
    permission_required = MANAGE

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:template-edit", args=[pk])

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        template = get_object_or_404(LetterTemplate, pk=pk)
        services.retire_template(template_id=template.pk, by=request.user, now=timezone.now())
        return _("Retired: no new letter uses it."), reverse("letters:template-list")


def place_text(name: str) -> str:
    return {
        "debtor_name": _("debtor's name"),
        "debtor_honorific": _("Mr or Ms"),
        "masked_id": _("ID number, masked"),
        "masked_card": _("card number, masked"),
        "case_no": _("case number"),
        "product": _("product"),
        "client_name": _("bank's name"),
        "client_phone": _("bank's phone"),
        "payee_account": _("bank's payee account"),
        "agency_name": _("our name"),
        "agency_contact": _("our phone and address"),
        "amount": _("balance in figures"),
        "amount_in_words": _("balance in capital characters"),
        "balance_on": _("day of the balance"),
        "principal": _("principal"),
        "interest": _("interest"),
        "fees": _("fees"),
        "overdue_since": _("overdue since"),
        "today": _("today's date"),
        "letter_number": _("letter number"),
        "law_firm": _("law firm"),
        "accounts_table": _("table of accounts, on a line of its own"),
        "seal": _("place of the seal, on a line of its own"),
    }[name]
