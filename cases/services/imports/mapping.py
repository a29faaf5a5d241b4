"""The person confirms what each column holds; the client's template remembers it."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from cases.choices import PlacementState, RowState
from cases.models import ImportTemplate, Placement
from cases.rules.fields import FIELDS, missing_fields
from cases.rules.headers import Column
from cases.services.imports.reading import fingerprint_of
from cases.services.imports.runs import CannotImport, lock_placement
from cases.wording import field_label
from staff.models import Team, User

# {sheet: {column index: field}}: a sheet that is not in it is not taken.
Chosen = Mapping[str, Mapping[int, str]]


@transaction.atomic
def confirm_mapping(
    *,
    placement_id: int,
    by: User,
    now: datetime,
    chosen: Chosen | None = None,
    code: str = "",
    team: Team | None = None,
    placed_on: date | None = None,
    due_back_on: date | None = None,
    save_template: bool = True,
) -> Placement:
    """The columns are as `chosen` says (as guessed, without it), and the rows wait to be checked. May be called again until the commit."""
    placement = lock_placement(placement_id, PlacementState.READ, PlacementState.VALIDATED)
    layout = _choose(placement.layout, chosen)
    taken = [sheet for sheet in layout if sheet["taken"]]
    if not taken:
        raise CannotImport(_("Choose a sheet to import."))
    for sheet in taken:
        _check_columns(sheet)
    _rename(placement, code.strip())
    placement.team = team or placement.team or placement.client.team
    if placement.team is None or placement.team.lead is None:
        raise CannotImport(_("Choose a team that has a lead: the lead is told when the placement is in."))
    if placed_on and due_back_on and due_back_on < placed_on:
        raise CannotImport(_("The placement would go back before it came."))
    before = placement.state
    placement.layout, placement.state, placement.placed_on, placement.due_back_on = layout, PlacementState.MAPPED, placed_on, due_back_on
    placement.worked_on_at, placement.attempts, placement.done_rows = None, 0, 0
    placement.save(update_fields=["layout", "state", "code", "team", "placed_on", "due_back_on", "worked_on_at", "attempts", "done_rows"])
    names = [sheet["sheet"] for sheet in taken]
    placement.rows.exclude(sheet__in=names).update(state=RowState.SKIPPED)
    placement.rows.filter(sheet__in=names, state=RowState.SKIPPED).update(state=RowState.GOOD)
    if save_template:
        for sheet in taken:
            _save_template(placement, sheet, by=by, now=now)
    changes = {"state": (before, placement.state), "sheets": (None, names), "team": (None, placement.team)}
    record("placement.mapped", subject=placement, by=by, at=now, changes=changes)
    return placement


def columns_of(sheet: dict) -> list[Column]:
    """The columns of a sheet of the layout, as the rules know them."""
    return [Column(**{name: value for name, value in column.items() if name != "column"}) for column in sheet["columns"]]


def _choose(layout: list[dict], chosen: Chosen | None) -> list[dict]:
    if chosen is None:
        return layout
    result = []
    for sheet in layout:
        fields = chosen.get(sheet["sheet"])
        taken = fields is not None and sheet["header_row"] is not None
        columns = [_chosen_column(column, fields) for column in sheet["columns"]] if taken else sheet["columns"]
        result.append(sheet | {"taken": taken, "columns": columns})
    return result


def _chosen_column(column: dict, fields: Mapping[int, str]) -> dict:
    field = fields.get(column["index"], column["field"])
    if field and field not in FIELDS:
        raise CannotImport(_("“%(field)s” is not a field.") % {"field": field})
    return column if field == column["field"] else column | {"field": field, "confidence": 1.0}


def _check_columns(sheet: dict) -> None:
    seen: dict[tuple[str, str], str] = {}
    for column in sheet["columns"]:
        key = (column["field"], column["currency"])
        if not column["field"] or FIELDS[column["field"]].many:
            continue
        if key in seen:
            values = {"sheet": sheet["sheet"], "first": seen[key], "second": column["column"], "field": field_label(column["field"])}
            raise CannotImport(_("Sheet %(sheet)s: columns %(first)s and %(second)s are both “%(field)s”. Choose one of them.") % values)
        seen[key] = column["column"]
    missing = missing_fields({column["field"] for column in sheet["columns"]})
    if missing:
        names = "、".join(field_label(name) for name in missing)
        raise CannotImport(_("Sheet %(sheet)s: no column for %(fields)s. Choose one, or leave the sheet out.") % {"sheet": sheet["sheet"], "fields": names})


def _rename(placement: Placement, code: str) -> None:
    if not code or code == placement.code:
        return
    others = Placement.objects.filter(client=placement.client, code=code).exclude(pk=placement.pk)
    if others.exclude(state__in=[PlacementState.FAILED, PlacementState.CANCELLED, PlacementState.UNDONE]).exists():
        raise CannotImport(_("This client already has a placement %(code)s. Choose another name.") % {"code": code})
    placement.code = code[:60]


def _save_template(placement: Placement, sheet: dict, *, by: User, now: datetime) -> None:
    """A new version, if the mapping differs from the one that is kept for these headers."""
    columns = [{"header": column["header"], "field": column["field"]} for column in sheet["columns"]]
    fingerprint = fingerprint_of([column["header"] for column in columns])
    latest = ImportTemplate.objects.filter(client=placement.client, fingerprint=fingerprint).order_by("-version").first()
    if latest and latest.columns == columns:
        return
    name = latest.name if latest else f"{placement.client.short_name} {sheet['sheet']}"[:60]
    template = ImportTemplate.objects.create(
        client=placement.client,
        name=name,
        version=latest.version + 1 if latest else 1,
        fingerprint=fingerprint,
        columns=columns,
        created_by=by,
        created_at=now,
    )
    record("template.saved", subject=template, by=by, at=now, changes={"version": (latest.version if latest else None, template.version)})
