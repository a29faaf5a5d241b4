"""What the sheets of a file are taken for until a person says so: by the client's templates, or by their headers and values."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from cases.models import ImportRun
from cases.rules.headers import Column
from cases.services.imports.sheets import Sheet, kind_of, take_sheets
from cases.services.imports.templates import template_for


def guess_sheets(run: ImportRun, sheets: Sequence[Sheet], today: date) -> str:
    """Every sheet has its columns, its role, and is taken or not. Returns what the file is for."""
    for sheet in sheets:
        sheet.guess(today)
    templates = {sheet.sheet: template_for(run.client, [column.header for column in sheet.columns]) for sheet in sheets if sheet.columns}
    known = [template for template in templates.values() if template]
    kind = known[0].kind if known else kind_of(sheets, run.file.name)
    for sheet in sheets:
        template = templates.get(sheet.sheet)
        if template and template.kind == kind:
            sheet.columns = [_as_saved(column, saved) for column, saved in zip(sheet.columns, template.columns, strict=True)]
            sheet.template = str(template)
        else:
            sheet.guess(today, kind)
    take_sheets(sheets, kind)
    return kind


def _as_saved(column: Column, saved: dict) -> Column:
    """A mapping that a person confirmed for these very headers counts more than a guess."""
    return replace(column, field=saved["field"], confidence=1.0, currency=saved.get("currency", column.currency), unit=saved.get("unit", column.unit))
