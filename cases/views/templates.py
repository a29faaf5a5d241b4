"""The clients' column templates (A1.2, annex 2): what a bank's headers mean, version beside version, kept as data."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, FormView, View

from cases.forms.templates import TemplateFilter, TemplateImportForm, TemplateNameForm, TemplateTryForm
from cases.models import ArrivalFile, ImportTemplate
from cases.reader import Unreadable
from cases.rules.findings import SEVERITIES, Found
from cases.rules.templates import Line, said, side_by_side
from cases.selectors import arrivals_visible_to, latest_templates, versions_of
from cases.serializers import read_document
from cases.services.imports import templates
from cases.services.imports.trial import TriedRow, TriedSheet, try_template
from cases.services.intake import shown_name
from cases.views.imports.check import SEVERITY_ORDER, TONES, finding_name
from cases.wording import failure_text, field_label, finding_text, remedy_text
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission, FormPage

IMPORT = "cases.import_placement"
SHOWN_ROWS = 50
EITHER = (IMPORT, "cases.manage_clients")


def use_state(template: ImportTemplate) -> tuple[str, Any]:
    return ("good", _("In use")) if template.is_active else ("cancelled", _("Retired"))


class TemplateList(DeskList):
    list_name = "cases:template-list"
    any_permission = EITHER
    template_name = "cases/template_list.html"
    title = gettext_lazy("Import templates")
    subtitle = gettext_lazy("What each client's columns mean. A file with the same headers is recognised and needs no mapping.")
    empty_title = gettext_lazy("No template yet")
    empty_text = gettext_lazy(
        "Confirm the columns of an import and tick “Remember the columns”: that makes the client's first template. Or take one over as JSON."
    )
    empty_icon = "layout-three-columns"
    new_action = (gettext_lazy("Take over JSON"), "cases:template-import", IMPORT)
    filter_form = TemplateFilter
    default_sort = "client__code"
    columns = [
        Column("name", gettext_lazy("Template"), sort="name", link=True),
        Column("client", gettext_lazy("Client"), value="client.short_name", sort="client__code"),
        Column("kind", gettext_lazy("Kind of file"), value="get_kind_display", sort="kind"),
        Column("version", gettext_lazy("Version"), kind="number", sort="version"),
        Column("columns", gettext_lazy("Columns"), value=lambda row: len(row.columns), kind="number"),
        Column("state", gettext_lazy("State"), value=use_state, kind="state", sort="is_active"),
        Column("created_by", gettext_lazy("Changed by"), kind="person"),
        Column("created_at", gettext_lazy("Changed"), kind="datetime", sort="created_at"),
    ]

    def rows(self) -> QuerySet[ImportTemplate]:
        return latest_templates().select_related("client", "created_by")

    def row_url(self, row: ImportTemplate) -> str:
        return reverse("cases:template-detail", args=[row.pk])


class TemplateDetail(DeskPermission, DetailView):
    """One version, beside the one before it or the one that is asked for."""

    any_permission = EITHER
    template_name = "cases/template_detail.html"
    context_object_name = "template"
    queryset = ImportTemplate.objects.select_related("client", "created_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        template = self.object
        versions = list(versions_of(template).select_related("created_by"))
        asked = self.request.GET.get("with", "")
        older = [version for version in versions if version.version < template.version]
        other = next((version for version in versions if str(version.pk) == asked and version != template), older[0] if older else None)
        lines = [line_context(line) for line in side_by_side(other.columns if other else template.columns, template.columns)]
        return super().get_context_data(
            versions=versions,
            other=other,
            lines=lines,
            changed=sum(bool(line["change"]) for line in lines),
            is_latest=versions[0] == template,
            state=use_state(template),
            may_import=self.request.user.has_perm(IMPORT),
            name_form=TemplateNameForm({"name": template.name}),
            **kwargs,
        )


CHANGES = {"new": gettext_lazy("New"), "gone": gettext_lazy("Gone"), "changed": gettext_lazy("Read otherwise")}


def line_context(line: Line) -> dict[str, Any]:
    column = line.after or line.before
    return {
        "header": column["header"],
        "change": line.change,
        "change_text": CHANGES.get(line.change, ""),
        "before": _meaning(line.before),
        "after": _meaning(line.after),
    }


def _meaning(column: Any) -> dict[str, Any] | None:
    """What a column of a template is read as, in words; None when the template does not have it."""
    return None if column is None else said(column) | {"label": field_label(column["field"]) if column["field"] else ""}


class TemplateImport(FormPage):
    permission_required = IMPORT
    form_class = TemplateImportForm
    template_name = "cases/template_import.html"
    title = gettext_lazy("Take over a template")
    subtitle = gettext_lazy("A template that was downloaded here or on another desk. It becomes the next version of that name.")
    submit_label = gettext_lazy("Take over")

    @property
    def cancel_url(self) -> str:
        return reverse("cases:template-list")

    def save(self, form: TemplateImportForm) -> tuple[str, str]:
        document = read_document(form.cleaned_data["content"])
        template = templates.import_template(client=form.cleaned_data["client"], **document, by=self.request.user, now=timezone.now())
        return _("“%(template)s” is taken over.") % {"template": template}, reverse("cases:template-detail", args=[template.pk])


class TemplateDocumentDownload(DeskPermission, View):
    any_permission = EITHER

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = get_object_or_404(ImportTemplate, pk=pk)
        text = json.dumps(templates.template_document(template), ensure_ascii=False, indent=2) + "\n"
        response = HttpResponse(text, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = content_disposition_header(True, f"{template.name}-v{template.version}.json")
        return response


class TemplateTry(DeskPermission, FormView):
    """The template tried on a file; nothing is stored."""

    permission_required = IMPORT
    form_class = TemplateTryForm
    template_name = "cases/template_try.html"

    @cached_property
    def template(self) -> ImportTemplate:
        return get_object_or_404(ImportTemplate.objects.select_related("client"), pk=self.kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        stored = ArrivalFile.objects.filter(client=self.template.client, arrival__in=arrivals_visible_to(self.request.user)).order_by("-pk")
        return super().get_form_kwargs() | {"stored": stored}

    def form_valid(self, form: TemplateTryForm) -> HttpResponse:
        data = form.cleaned_data
        name = shown_name(data["file"].name) if data["file"] else data["stored"].name
        try:
            with _on_disk(data["file"]) if data["file"] else nullcontext(data["stored"].file.path) as path:
                sheets = try_template(template=self.template, path=path, name=name, password=data["password"], by=self.request.user, now=timezone.now())
        except Unreadable as reason:
            form.add_error(None, failure_text(f"{reason.code}:{reason.detail}" if reason.detail else reason.code))
            return self.form_invalid(form)
        return self.render_to_response(self.get_context_data(form=form, name=name, sheets=[tried_context(self.template, sheet) for sheet in sheets]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(template=self.template, **kwargs)


@contextmanager
def _on_disk(upload: UploadedFile) -> Iterator[str]:
    """The uploaded file under a path, for the reader's own process; gone afterwards."""
    with NamedTemporaryFile() as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield file.name


def tried_context(template: ImportTemplate, tried: TriedSheet) -> dict[str, Any]:
    """What came of one sheet, in words."""
    return {
        "sheet": tried.sheet,
        "header_row": tried.header_row,
        "recognised_by": tried.recognised_by,
        "is_own": tried.recognised_by is not None and tried.recognised_by.name == template.name,
        "percent": round(tried.likeness * 100),
        "lines": [line_context(line) for line in tried.lines if line.before is None or line.after is None],
        "missing": [field_label(field) for field in tried.missing],
        "columns": [{"letters": column.letters, "header": column.header, "label": field_label(column.field)} for column in tried.columns if column.field],
        "groups": [
            {"text": finding_name(code), "remedy": remedy_text(code), "count": count, "tone": TONES[SEVERITIES[code]]}
            for code, count in sorted(tried.codes.items(), key=lambda item: (SEVERITY_ORDER[SEVERITIES[item[0]]], -item[1]))
        ],
        "row_count": len(tried.rows),
        "rows": [_row_context(tried, row) for row in tried.rows[:SHOWN_ROWS]],
    }


def _row_context(tried: TriedSheet, row: TriedRow) -> dict[str, Any]:
    worst: dict[int | None, Found] = {}
    for found in sorted(row.found, key=lambda item: SEVERITY_ORDER[item.severity]):
        worst.setdefault(found.index, found)
    cells = []
    for column, (text, read) in zip(tried.columns, row.cells, strict=True):
        if column.field:
            found = worst.get(column.index)
            said = {"tone": TONES[found.severity], "text": finding_text(found.code, found.values)} if found else {}
            cells.append({"raw": text, "read": read, "is_other": read != text, **said})
    whole = [finding_text(found.code, found.values) for found in row.found if found.index is None]
    return {"number": row.number, "cells": cells, "whole": whole}


class TemplateAction(ActionView):
    """One button of a template's page: one service, then the page again."""

    permission_required = IMPORT

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        get_object_or_404(ImportTemplate, pk=pk)
        return self.do(pk), self.fallback_url(pk)

    def do(self, pk: int) -> str:
        raise NotImplementedError

    def fallback_url(self, pk: int) -> str:
        return reverse("cases:template-detail", args=[pk])

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.request.user, "now": timezone.now()}


class TemplateRename(TemplateAction):
    def do(self, pk: int) -> str:
        template = templates.rename_template(template_id=pk, name=self.request.POST.get("name", ""), **self.who)
        return _("The template is called “%(name)s” now, in all its versions.") % {"name": template.name}


class TemplateRetire(TemplateAction):
    def do(self, pk: int) -> str:
        templates.retire_template(template_id=pk, **self.who)
        return _("The template is retired. Files are no longer recognised by it.")


class TemplateRestore(TemplateAction):
    def do(self, pk: int) -> str:
        templates.restore_template(template_id=pk, **self.who)
        return _("The template is in use again.")
