"""A1.2: what a column means is confirmed once, remembered for the client, and refused where it cannot be."""

import pytest

from cases.models import ImportTemplate
from cases.services import imports
from collection.lib.errors import Refused
from staff.models import Team
from tests.cases import files
from tests.factories import MONDAY_9AM, make_client


def test_confirmed_mapping_is_remembered(read, specialist, bank):
    """A1.2: saved as the client's template, recognised by its headers; a change makes a new version; nobody else's is used."""
    rows = [files.row() | {"内部编码": "X1"}]
    first = read(files.workbook(rows))
    sheet = first.layout[0]
    fields = {column["index"]: "product" for column in sheet["columns"] if column["header"] == "内部编码"}
    chosen = {sheet["sheet"]: imports.SheetChoice(fields=fields)}
    imports.confirm_mapping(run_id=first.pk, chosen=chosen, by=specialist, now=MONDAY_9AM)

    second = read(files.workbook([files.row() | {"内部编码": "X2"}]))
    other = read(files.workbook([files.row() | {"内部编码": "X3"}]), client=make_client(team=bank.team))

    found = [{column["header"]: column for column in run.layout[0]["columns"]}["内部编码"] for run in (second, other)]
    assert [column["field"] for column in found] == ["product", ""]
    assert second.layout[0]["template"].endswith("v1")
    assert ImportTemplate.objects.get().version == 1


def test_mapping_without_a_required_field_is_refused(read, specialist):
    """A1.2: needs case number, name, ID number, amount."""
    row = files.row()
    del row["委案金额"]
    run = read(files.workbook([row]))
    imports.choose_kind(run_id=run.pk, kind="placement", by=specialist, now=MONDAY_9AM)

    with pytest.raises(Refused):
        imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert run.state == "read"


def test_one_field_twice_is_refused(read, specialist):
    run = read(files.workbook([files.row() | {"另一号": "A1"}]))
    sheet = run.layout[0]
    fields = {column["index"]: "case.no" for column in sheet["columns"] if column["header"] == "另一号"}
    chosen = {sheet["sheet"]: imports.SheetChoice(fields=fields)}

    with pytest.raises(Refused, match="P"):
        imports.confirm_mapping(run_id=run.pk, chosen=chosen, by=specialist, now=MONDAY_9AM)


def test_team_without_lead_is_refused(read, specialist):
    """A1.2: there must be a lead to tell."""
    run = read(files.workbook([files.row()]))

    with pytest.raises(Refused):
        imports.confirm_mapping(run_id=run.pk, team=Team.objects.create(name="无负责人"), by=specialist, now=MONDAY_9AM)
